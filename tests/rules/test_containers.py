"""Rules about the header alone: a run of nothing else decodes no pixel, and must still say only what is true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segloss_cli import rules
from segloss_cli._counts import Measured
from segloss_cli.rules._examples import header

ENTRIES = [entry for entry in rules.catalogue() if (entry.rule.about, entry.rule.depth) == ("label", "container")]


def _unmeasured(*_args, **_facts):
    raise AssertionError("a rule about headers looked at pixels")


def _examples(kind):
    return [
        pytest.param(entry, example, id=f"{entry.code}-{example.note}")
        for entry in ENTRIES
        for example in getattr(entry.rule, kind)
    ]


def _said(entry, profile, contract):
    return [(hit.severity, hit.certainty, hit.remedy, hit) for hit in entry.rule.judge(profile, contract)]


def test_there_are_such_rules():
    assert {"SL101", "SL104", "SL109", "SL112", "SL113"} <= {entry.code for entry in ENTRIES}


@pytest.mark.parametrize(("entry", "example"), _examples("good"))
def test_what_is_good_is_good_by_its_header(entry, example):
    assert _said(entry, header(example.record), example.contract) == []


@pytest.mark.parametrize(("entry", "example"), _examples("bad"))
def test_what_is_bad_is_found_by_its_header_as_sure_and_as_bad(entry, example):
    whole = _said(entry, example.record, example.contract)
    bare = _said(entry, header(example.record), example.contract)
    assert [found[:2] for found in bare] == [found[:2] for found in whole]
    for *_, hit in bare:
        assert not hit.values
        assert not {"distinct", "counts", "low", "high", "pixels"} & {*hit.evidence}


@pytest.mark.parametrize(("entry", "example"), _examples("good") + _examples("bad"))
def test_neighbourhoods_are_never_asked_for(entry, example):
    profile = replace(example.record, core=Measured([255], _unmeasured), edges=_unmeasured)
    assert isinstance(list(entry.rule.judge(profile, example.contract)), list)

"""Contract tests over the folder: a new rule file is tested here before its author writes a test."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from dataclasses import replace

import pytest

from segloss_cli import _plugins, rules
from segloss_cli.errors import ReadError
from segloss_cli.rules._rule import Rule
from segloss_cli.rules.sl107_unreadable_label import finding_for
from segloss_cli.types import SEVERITIES, Contract, Dataset, LossValue, Pair, Scene, Terms

ENTRIES = rules.catalogue()
HEADINGS = ["## What it is", "## Why it hurts", "## How to fix it"]
PATH = "evil\x1b[31m[red]markup[/red]\n.png"


def _examples(kind):
    return [
        pytest.param(entry, example, id=f"{entry.code}-{example.note}")
        for entry in ENTRIES
        for example in getattr(entry.rule, kind)
    ]


each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
each_good = pytest.mark.parametrize(("entry", "example"), _examples("good"))
each_bad = pytest.mark.parametrize(("entry", "example"), _examples("bad"))
each_example = pytest.mark.parametrize(("entry", "example"), _examples("good") + _examples("bad"))


def _hits(entry, example):
    return list(entry.rule.judge(example.record, example.contract))


def _moved(record, path):
    """The record as if its file had another path."""
    if isinstance(record, Pair):
        return replace(record, scores=_moved(record.scores, path), label=_moved(record.label, path))
    if isinstance(record, LossValue):
        return replace(record, label=path, pred=path)
    if isinstance(record, Terms):
        return replace(record, path=path)
    if isinstance(record, Dataset):
        return record
    if isinstance(record, Scene):
        return replace(record, label=_moved(record.label, path))
    return replace(record, container=replace(record.container, path=path))


def _one_line(text):
    return bool(text) and text == text.strip() and text.isprintable()


def test_the_catalogue_is_what_the_issue_asks_for():
    numbers = [101, 102, 103, 104, 105, 107, 109, 110, 201, 202, 203, 206, 208, 209, 210, 211, 214, 215, 216]
    numbers += [301, 302, 303, 304, 305, 309, 310, 311, 312, 316, 401, 402, 902]
    assert {f"SL{number}" for number in numbers} <= set(rules.codes())


def test_codes_and_names_are_unique():
    assert not [code for code, n in Counter(rules.codes()).items() if n > 1]
    assert not [name for name, n in Counter(entry.name for entry in ENTRIES).items() if n > 1]


def test_files_are_named_after_code_and_fault():
    for name in _plugins.names("segloss_cli.rules"):
        assert re.fullmatch(r"sl[1-9]\d\d(-[a-z0-9]+)+", name)


@each
def test_the_record_is_a_rule_with_good_and_bad_examples(entry):
    assert isinstance(entry.rule, Rule)
    assert entry.rule.good
    assert entry.rule.bad
    assert entry.rule.severity in SEVERITIES
    assert entry.rule.severity != "error" or entry.rule.certainty == "proof"


@each
def test_what_a_rule_is_about_and_how_deep_it_looks_is_read_in_its_text(entry):
    apart = rules.Entry(entry.code, entry.name)
    assert (apart.about, apart.depth) == (entry.rule.about, entry.rule.depth)
    assert "rule" not in vars(apart)


def test_where_the_text_cannot_be_read_the_rule_itself_says_that(monkeypatch):
    monkeypatch.setattr(rules, "__path__", ["/nowhere"])
    for name in ("about", "depth"):
        apart = rules.Entry(ENTRIES[0].code, ENTRIES[0].name)
        assert getattr(apart, name) == getattr(vars(apart)["rule"], name) == getattr(ENTRIES[0].rule, name)


def test_an_entry_may_be_given_its_rule():
    given = rules.Entry("SL101", "a-rule", replace(ENTRIES[0].rule, about="terms", depth="pixels"), "its page")
    assert (given.about, given.depth, given.page) == ("terms", "pixels", "its page")
    assert repr(given) == "Entry('SL101', 'a-rule')"


@each
def test_the_page_is_a_manual(entry):
    summary, _, body = entry.page.partition("\n")
    assert _one_line(summary)
    assert summary.endswith(".")
    assert [line for line in body.splitlines() if line.startswith("#")] == HEADINGS
    parts = re.split("|".join(map(re.escape, HEADINGS)), body)[1:]
    assert all(len(part.split()) >= 12 for part in parts)


@each
def test_the_page_gives_numbers_and_code(entry):
    why, fix = entry.page.split(HEADINGS[1])[1].split(HEADINGS[2])
    assert re.search(r"\d", why)
    blocks = re.findall(r"```python\n(.*?)```", fix, re.DOTALL)
    assert blocks or "| --- |" in fix
    for block in blocks:
        compile(block.replace("return ", "value = "), entry.code, "exec")


@each
def test_notes_tell_the_examples_apart(entry):
    notes = [example.note for example in (*entry.rule.good, *entry.rule.bad)]
    assert len(set(notes)) == len(notes)


@each_good
def test_good_examples_are_silent(entry, example):
    assert _hits(entry, example) == []


@each_bad
def test_bad_examples_are_found(entry, example):
    assert example.says
    assert any(example.says in hit.message for hit in _hits(entry, example))


@each_bad
def test_only_proof_is_an_error(entry, example):
    for hit in _hits(entry, example):
        severity, certainty = hit.severity or entry.rule.severity, hit.certainty or entry.rule.certainty
        assert severity in SEVERITIES
        assert severity != "error" or certainty == "proof"


@each_bad
def test_without_a_contract_values_are_no_error(entry, example):
    """Damaged and lossy files are errors as they are; all else needs something that was declared."""
    alone = {"SL101", "SL107", "SL110", "SL309", "SL316", "SL402", "SL501", "SL502", "SL505", "SL604"}
    for hit in entry.rule.judge(example.record, Contract()):
        assert (hit.severity or entry.rule.severity) != "error" or entry.code in alone


@each_bad
def test_what_is_said_is_one_clean_line(entry, example):
    for hit in _hits(entry, example):
        assert _one_line(hit.message)
        assert _one_line(hit.remedy)
        assert hit.key == "" or _one_line(hit.key)


@each_bad
def test_paths_are_left_to_the_renderer(entry, example):
    record = _moved(example.record, PATH)
    for hit in entry.rule.judge(record, example.contract):
        assert "evil" not in hit.message + hit.remedy
        assert _one_line(hit.message)


@each_bad
def test_evidence_is_json(entry, example):
    for hit in _hits(entry, example):
        assert hit.evidence
        assert json.loads(json.dumps(hit.evidence, allow_nan=False))


@each_bad
def test_values_are_values_of_the_label(entry, example):
    for hit in _hits(entry, example):
        if hit.values:
            assert set(hit.values) <= set(example.record.counts or {example.record.low, example.record.high})


@each_example
def test_judge_is_a_pure_function(entry, example):
    record, contract = copy.deepcopy(example.record), copy.deepcopy(example.contract)
    first = _hits(entry, example)
    assert _hits(entry, example) == first
    assert example.record == record
    assert example.contract == contract


@each_bad
def test_findings_carry_code_name_and_path(entry, example):
    found = [f for f in rules.judge(_moved(example.record, "some/gt.png"), example.contract) if f.code == entry.code]
    assert found or entry.code in {"SL102", "SL112", "SL206"}  # these three also look at the name
    for finding in found:
        assert finding.name == entry.name
        if not isinstance(example.record, Dataset):
            assert finding.path == "some/gt.png"
        elif finding.path:  # what is said of a whole set is shown at one of its files, or at none
            assert repr(finding.path) in repr(example.record)


def test_selection_is_by_prefix_of_code_or_by_name():
    assert {entry.code[:3] for entry in rules.selected(["sl2"], [])} == {"SL2"}
    assert [entry.code for entry in rules.selected(["id-out-of-range"], [])] == ["SL201"]
    assert {entry.code for entry in rules.selected([], ["SL3", "looks-black-but-ok"])} == {
        code for code in rules.codes() if not code.startswith("SL3") and code != "SL902"
    }


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("a Git LFS pointer, not the file itself", "git lfs pull"),
        ("HTML, not a picture", "download the file again"),
        ("truncated: 100 of 400 rows", "download or export the file again"),
        ("holds Python objects (pickle), which are never loaded", "np.save"),
        ("two\nlines\x1b[31m", "download or export"),
        ("", "download or export"),
    ],
)
def test_an_unreadable_file_is_a_finding(reason, remedy):
    finding = finding_for(ReadError("a/b.png", reason))
    assert (finding.code, finding.name) == ("SL107", "unreadable-label")
    assert (finding.severity, finding.certainty, finding.path) == ("error", "proof", "a/b.png")
    assert remedy in finding.remedy
    assert _one_line(finding.message)

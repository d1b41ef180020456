"""Reports as lines, and back."""

import json
import math
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli._plugins import load, names
from segloss_cli.errors import ReadError
from segloss_cli.render._lines import (
    contract_of,
    contract_record,
    finding_of,
    finding_record,
    line_of,
    record_of,
    skipped_of,
    skipped_record,
)
from segloss_cli.render.jsonl import read, render, report_of
from segloss_cli.types import Contract, Finding, Place, Report, Skipped

ANY = st.text(st.characters(exclude_categories=()))
NUMBERS = st.integers(-(2**63), 2**64) | st.floats()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
    max_leaves=5,
)
COUNTS = st.integers(0, 2**40)
PLACES = st.builds(Place, COUNTS, COUNTS, st.none() | st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), COUNTS)
FINDINGS = {
    "code": st.from_regex(r"SL[0-9]{3}", fullmatch=True),
    "name": ANY,
    "severity": st.sampled_from(["error", "warning", "info"]),
    "certainty": st.sampled_from(["proof", "likely", "hint"]),
    "path": ANY,
    "message": ANY,
    "remedy": ANY,
    "evidence": st.dictionaries(ANY, JSON, max_size=3),
    "values": st.lists(NUMBERS, max_size=4).map(tuple),
    "place": st.none() | PLACES,
    "key": ANY,
}
LEVELS = st.integers(0, 255)
CONTRACTS = {
    "num_classes": st.none() | st.integers(1, 1000),
    "ignore": st.frozensets(st.integers(-100, 65535), max_size=3),
    "names": st.lists(ANY, max_size=3).map(tuple),
    "palette": st.lists(st.tuples(LEVELS, LEVELS, LEVELS), max_size=3).map(tuple),
    "task": st.sampled_from([None, "binary", "multiclass", "multilabel"]),
    "losses": st.lists(ANY, max_size=2).map(tuple),
    "reduce_zero_label": st.booleans(),
    "weights": st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3).map(tuple),
    "consecutive": st.booleans(),
    "coded": st.booleans(),
    "preset": ANY,
    "options": st.dictionaries(ANY, st.floats(allow_nan=False, allow_infinity=False), max_size=2),
    "declared": st.frozensets(st.sampled_from(["names", "ignore", "task"])),
}


def lines_of(report, **view):
    return [json.loads(line) for line in render(report, **view).splitlines()]


def travelled(record):
    line = line_of("x", record)
    assert line.isascii() and line.endswith("\n") and line.count("\n") == 1
    json.loads(line.encode().decode("utf-8")).__repr__().encode("utf-8")  # strict: no lone surrogate in it
    back = record_of(line)
    assert back.pop("type") == "x"
    return back


def finite(number):
    return number if math.isfinite(number) else None


def test_all_fields_are_tried():
    assert {field.name for field in fields(Finding)} == set(FINDINGS)
    assert {field.name for field in fields(Contract)} == set(CONTRACTS)


@settings(deadline=None)
@given(st.builds(Finding, **FINDINGS))
def test_a_finding_comes_back(finding):
    back = finding_of(travelled(finding_record(finding)))
    assert [finite(value) for value in back.values] == [finite(value) for value in finding.values]
    assert replace(back, values=()) == replace(finding, values=())


@settings(deadline=None)
@given(st.builds(Contract, **CONTRACTS))
def test_a_contract_comes_back(contract):
    assert contract_of(travelled(contract_record(contract))) == contract


@settings(deadline=None)
@given(ANY, ANY)
def test_a_skipped_file_comes_back(path, reason):
    assert skipped_of(travelled(skipped_record(Skipped(path, reason)))) == Skipped(path, reason)


def test_numbers_of_libraries_come_back_as_numbers(reports):
    import numpy as np

    found = reports.finding(evidence={"counts": np.array([1, 2]), "share": np.float32(0.5), "ids": (1, 2)})
    assert finding_of(travelled(finding_record(found))).evidence == {"counts": [1, 2], "share": 0.5, "ids": [1, 2]}


def test_keys_of_later_versions_are_passed_over():
    assert contract_of({**contract_record(Contract()), "later": 1}) == Contract()


@pytest.mark.parametrize("name", ["checked", "checked_hostile", "clean"])
@pytest.mark.parametrize("form", names("segloss_cli.render"))
def test_a_check_that_comes_back_looks_the_same_in_every_format(reports, name, form):
    report = getattr(reports, name)()
    back = report_of(render(report).splitlines(keepends=True))
    as_text = load("segloss_cli.render", form).render
    assert as_text(back, width=None) == as_text(report, width=None)
    assert (back.dataset, back.contract) == (report.dataset, report.contract)


def test_the_kinds_of_lines(reports):
    kinds = [record["type"] for record in lines_of(reports.checked())]
    assert (kinds[0], kinds[1], kinds[-1]) == ("run", "dataset", "summary")
    assert {kind: kinds.count(kind) for kind in ("class", "finding", "skipped", "loss")} == {
        "class": 5,
        "finding": 11,
        "skipped": 2,
        "loss": 0,
    }
    kinds = {record["type"] for record in lines_of(reports.full())}
    assert kinds == {"run", "file", "finding", "skipped", "loss", "summary"}
    assert {"comparison"} <= {record["type"] for record in lines_of(reports.compared())}
    assert {"match"} <= {record["type"] for record in lines_of(reports.searched())}


def test_a_finding_line_is_that_of_the_document(reports):
    document = json.loads(load("segloss_cli.render", "json").render(reports.checked()))
    lines = [record for record in lines_of(reports.checked()) if record["type"] == "finding"]
    assert [{name: line[name] for name in document["findings"][0]} for line in lines] == document["findings"]


def test_an_interrupted_run_says_so(reports):
    report = replace(reports.checked(), complete=False)
    assert lines_of(report)[-1]["complete"] is False
    assert report_of(render(report).splitlines(keepends=True)).complete is False


def test_the_exit_code_of_a_shard_is_not_the_whole_set_s(reports):
    report = replace(reports.clean(), facts={**reports.clean().facts, "exit_code": 1})
    assert lines_of(report)[-1]["exit_code"] == 1
    assert "exit_code" not in report_of(render(report).splitlines()).facts


def test_from_a_file(reports, tmp_path):
    path = tmp_path / "part.jsonl"
    path.write_text(render(reports.checked_hostile()))
    assert read(str(path)).findings == reports.checked_hostile().findings


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"{}\n", b"[1]\n", b"\x89PNG\r\n", b"[" * 100_000])
def test_a_file_of_something_else_is_a_read_error(tmp_path, content):
    path = tmp_path / "part.jsonl"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"part\.jsonl: "):
        read(str(path))


def test_a_file_that_is_not_there_is_a_read_error(tmp_path):
    with pytest.raises(ReadError, match="No such file"):
        read(str(tmp_path / "part.jsonl"))


def test_a_file_that_was_cut_short_is_a_read_error(reports):
    lines = render(reports.checked()).splitlines()
    with pytest.raises(ReadError, match="cut short"):
        report_of(lines[:-1], "part")
    with pytest.raises(ReadError, match=f"line {len(lines)} is no line"):
        report_of([*lines[:-1], lines[-1][:20]], "part")
    with pytest.raises(ReadError, match="not one report of schema segloss/1"):
        report_of(lines[1:], "part")
    with pytest.raises(ReadError, match="not one report"):
        report_of(lines * 2, "part")


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("run", {"schema": "segloss/2"}),
        ("run", {"contract": {"task": "sorting"}}),
        ("run", {"contract": {"palette": ["red"]}}),
        ("run", {"totals": {"SL201": {"name": "x", "severity": "bad", "findings": 1, "files": 1}}}),
        ("run", {"totals": {"SL201": {"name": "x", "severity": "error", "findings": "many", "files": 1}}}),
        ("run", {"facts": 3}),
        ("finding", {"code": 201}),
        ("finding", {"severity": "fatal"}),
        ("finding", {"severity": []}),
        ("finding", {"values": ["x"]}),
        ("finding", {"values": None}),
        ("finding", {"first": {"y": 1}}),
        ("finding", {"bbox": [1, 2]}),
        ("finding", {"evidence": 3}),
        ("skipped", {"path": None}),
        ("dataset", {"dataset": {}}),
        ("dataset", {"dataset": None}),
        ("summary", {"type": 3}),
    ],
)
def test_a_line_that_was_tampered_with_is_a_read_error(reports, kind, broken):
    records = lines_of(reports.checked())
    lines = [json.dumps({**record, **broken} if record["type"] == kind else record) for record in records]
    with pytest.raises(ReadError, match="part: "):
        report_of(lines, "part")


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=4), JSON)
def test_whatever_stands_in_a_line_nothing_but_a_read_error_comes(where, junk):
    from segloss_cli.types import Dataset

    report = Report(
        "check", Contract(), (), (Finding("SL201", "x", "error", "proof", "a", "m", "r"),), dataset=Dataset()
    )
    records = lines_of(report)
    for number in where:
        record = records[number % len(records)]
        record[sorted(record)[number % len(record)]] = junk
    try:
        back = report_of([json.dumps(record) for record in records], "part")
    except ReadError:
        return
    assert isinstance(back, Report)

"""When a missing partner is an error, and when it may well be meant so."""

from __future__ import annotations

import pytest

from segloss_cli.rules import judge, selected
from segloss_cli.types import Contract, Dataset, Orphan

ENTRIES = selected(["SL604"], [])


def found(orphans, labels=100):
    return list(judge(Dataset(files={"label": labels}, orphans=tuple(orphans)), Contract(), ENTRIES))


def lost(count, role="label", kind="no-image"):
    return [Orphan(f"x/{n:03}.png", role, kind, "no image has its stem") for n in range(count)]


def test_each_label_without_an_image_is_an_error_where_most_have_one():
    findings = found(lost(50))
    assert len(findings) == 50
    assert {(f.severity, f.certainty) for f in findings} == {("error", "proof")}
    assert [f.path for f in findings[:2]] == ["x/000.png", "x/001.png"]


def test_where_most_labels_have_none_the_pairing_is_in_doubt():
    (finding,) = found(lost(51))
    assert (finding.severity, finding.certainty, finding.path) == ("warning", "likely", "")
    assert finding.message.startswith("51 of 100 labels have no image")
    assert finding.evidence == {"files": 51, "labels": 100, "first": [f"x/{n:03}.png" for n in range(5)]}


def test_a_set_whose_labels_could_not_be_read_is_not_divided_by():
    (finding,) = found(lost(2), labels=0)
    assert finding.severity == "warning"
    assert finding.message.startswith("2 of 2 labels")


@pytest.mark.parametrize(
    ("role", "kind"),
    [("image", "no-label"), ("prediction", "no-label"), ("label", "no-prediction"), ("image", "stray")],
)
def test_what_may_be_meant_so_is_one_line_and_no_fault(role, kind):
    (finding,) = found(lost(15_000, role, kind))
    assert (finding.severity, finding.path) == ("info", "")
    assert finding.message.startswith(f"15,000 {role}s have no ")
    assert len(finding.evidence["first"]) == 5


@pytest.mark.parametrize(
    ("role", "kind", "severity"),
    [
        ("label", "duplicate", "error"),
        ("image", "duplicate", "warning"),
        ("label", "case", "warning"),
        ("label", "ambiguous", "warning"),
    ],
)
def test_doubtful_files_are_named_with_their_partner(role, kind, severity):
    (finding,) = found([Orphan("m/a.png", role, kind, "two of one stem", "m/a.npy")])
    assert (finding.severity, finding.certainty, finding.path) == (severity, "proof", "m/a.png")
    assert finding.evidence == {"role": role, "kind": kind, "partner": "m/a.npy"}


def test_kinds_are_told_apart_so_that_no_two_findings_are_the_same():
    findings = found([*lost(1, "image", "no-label"), *lost(1, "image", "stray"), *lost(1, "prediction", "no-label")])
    assert len({(f.path, f.key) for f in findings}) == 3

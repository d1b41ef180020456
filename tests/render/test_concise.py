"""A line for each finding."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli.render.concise import render
from segloss_cli.types import Contract, Finding, Place, Report, Skipped


def lines(report, **view):
    return render(report, **view).splitlines()


def test_findings(reports):
    found = (
        reports.finding("a.png", place=Place(3, 5)),
        reports.finding("b.png", severity="warning"),
        reports.finding("", code="SL601", name="mostly-empty", severity="info"),
    )
    assert lines(replace(reports.empty(), findings=found)) == [
        "a.png:3:5: SL201 error id-out-of-range: 3 pixels hold 40",
        "b.png: SL201 warning id-out-of-range: 3 pixels hold 40",
        "whole set: SL601 info mostly-empty: 3 pixels hold 40",
    ]


def test_nothing_found_is_no_line(reports):
    assert render(reports.clean()) == ""


def test_what_nobody_judged_has_a_line(reports):
    assert lines(reports.checked())[-1] == "train/labels/a.png.npz: not judged: gone"


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "p.npy l.png: dice = 0.250000"),
        ({"like": "smp", "target": "repaired: x"}, "p.npy l.png: dice smp (repaired: x) = 0.250000"),
        ({"knobs": {"gamma": 2, "smooth": 1.0}}, "p.npy l.png: dice:gamma=2,smooth=1.0 = 0.250000"),
        ({"pred": "", "label": ""}, "the data set: dice = 0.250000"),
        ({"value": None, "status": "skipped", "reason": "why"}, "p.npy l.png: dice = skipped (why)"),
    ],
)
def test_values(reports, facts, line):
    value = replace(reports.value(), **facts)
    assert lines(replace(reports.empty(), losses=(value,))) == [line]
    assert lines(replace(reports.empty(), losses=(value,)), detail="findings") == []


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_a_finding_is_one_line_whatever_its_name(path, message):
    finding = Finding("SL201", "x", "error", "proof", path, message, "r")
    text = render(Report("check", Contract(), findings=(finding,), skipped=(Skipped("b", message),)))
    assert len(text.splitlines()) == 2
    text.encode("utf-8")

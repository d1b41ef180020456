"""GitHub's workflow commands, read as the runner reads them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli.render._escape import visible
from segloss_cli.render.github import WORST, render
from segloss_cli.types import Contract, Finding, Report, Skipped

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def unescaped(text):
    for escape, char in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(escape, char)
    return text


def commands(report, **view):
    """Type, properties and message of each line that is a command."""
    found = []
    for line in render(report, detail="findings", **view).splitlines():
        kind, properties, message = COMMAND.fullmatch(line).groups()
        said = dict(part.split("=", 1) for part in properties.split(","))
        found.append((kind, {name: unescaped(text) for name, text in said.items()}, unescaped(message)))
    return found


def test_a_finding(reports):
    error, warning, note, lost = sorted(commands(reports.full()), key=lambda one: (one[0] != "error", one[2]))
    assert error == (
        "error",
        {"file": "gt.png", "line": "1", "title": "segloss SL201 id-out-of-range"},
        "3 pixels hold 40\nmap 40 to 255",
    )
    assert {warning[0], note[0], lost[0]} == {"warning", "notice"}


def test_what_is_about_the_whole_set_has_no_file(reports):
    report = replace(reports.empty(), findings=(reports.finding(""),))
    assert commands(report)[0][1] == {"title": "segloss SL201 id-out-of-range"}


def test_paths_are_relative_to_the_root(reports):
    report = replace(reports.empty(), findings=(reports.finding("/data/masks/a.png"),))
    assert commands(report, root="/data")[0][1]["file"] == "masks/a.png"


def test_the_last_line_says_how_it_went(reports):
    assert render(reports.clean()) == "2 files: nothing wrong found; shard 1 of 4\n"
    assert render(reports.clean(), detail="findings") == ""


@pytest.mark.parametrize(("amount", "shown", "more"), [(9, 9, None), (10, 9, "and 1 more"), (12, 9, "and 3 more")])
@pytest.mark.parametrize("severity", ["error", "warning", "info"])
def test_the_nine_worst_of_each_type(reports, severity, amount, shown, more):
    found = tuple(reports.finding(f"{i}.png", severity=severity) for i in range(amount))
    told = commands(replace(reports.empty(), findings=found))
    assert [properties["file"] for _, properties, _ in told if "file" in properties] == [
        f"{i}.png" for i in range(shown)
    ]
    assert (told[-1][2] if len(told) > shown else None) == more
    assert len(told) <= WORST + 1


def test_the_surest_come_first(reports):
    found = [reports.finding(f"{i}.png", certainty="hint") for i in range(9)] + [reports.finding("sure.png")]
    assert commands(replace(reports.empty(), findings=tuple(found)))[0][1]["file"] == "sure.png"


def test_findings_that_were_not_kept_are_counted(reports):
    notes = [message for kind, _, message in commands(reports.checked()) if kind == "notice"]
    assert notes[-1] == "and 1,199 more"


def test_files_that_nobody_judged_are_warnings_first_and_within_the_nine(reports):
    lost = tuple(Skipped(f"{i}.png", "gone") for i in range(12))
    report = replace(reports.empty(), skipped=lost, findings=(reports.finding(severity="warning"),))
    told = commands(report)
    assert [properties.get("title") for _, properties, _ in told] == ["segloss: not judged"] * 9 + ["segloss"]
    assert told[-1][2] == "and 4 more"


TEXT = st.text(st.characters(exclude_categories=())) | st.text("%:,\r\n0AD23Cc=;")


@settings(deadline=None)
@given(TEXT, TEXT)
def test_nothing_in_a_name_or_a_message_ends_a_command(path, message):
    finding = Finding("SL201", "id-out-of-range", "error", "proof", "x" + path.replace("/", ""), message, "r")
    ((kind, properties, said),) = commands(Report("check", Contract(), findings=(finding,)))
    assert kind == "error"
    shown = {"\r": "\r", "\n": "\n"}
    assert said == "".join(shown.get(char, visible(char)) for char in message) + "\nr"
    if "\0" not in path:
        assert properties["file"] == "".join(shown.get(char, visible(char)) for char in finding.path)


def test_known_escapes():
    finding = Finding("SL201", "x", "error", "proof", "a:b,c%\n.png", "50 %: yes, no\r\n", "r")
    line = render(Report("check", Contract(), findings=(finding,)), detail="findings")
    assert line == "::error file=a%3Ab%2Cc%25%0A.png,line=1,title=segloss SL201 x::50 %25: yes, no%0D%0A%0Ar\n"

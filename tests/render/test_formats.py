"""What holds for every format, present and future: this runs over the folder."""

import re
import unicodedata

import pytest

from segloss_cli._plugins import load, names

FORMATS = names("segloss_cli.render")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(params=FORMATS)
def render(request):
    return load("segloss_cli.render", request.param).render


def test_there_are_formats():
    known = {"concise", "github", "gitlab", "html", "json", "jsonl", "junit", "markdown", "sarif", "table"}
    assert known <= set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_page(name):
    page = load("segloss_cli.render", name).__doc__
    assert len(page.splitlines()[0]) < 120


@pytest.mark.parametrize("detail", ["full", "summary", "findings"])
@pytest.mark.parametrize("width", [None, 200, 80, 40, 20])
def test_every_report_renders_the_same_twice(render, report, width, detail):
    first = render(report, width=width, colour=False, detail=detail)
    assert first == render(report, width=width, colour=False, detail=detail)
    assert first == "" or first.endswith("\n")


@pytest.mark.parametrize("width", [None, 80])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("detail", ["full", "summary", "findings"])
def test_nothing_from_outside_acts_on_a_terminal(render, reports, width, colour, detail):
    text = "".join(
        render(report, width=width, colour=colour, detail=detail)
        for report in (reports.hostile(), reports.checked_hostile())
    )
    if width is not None and colour:
        text = COLOURS.sub("", text)
    bad = {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert not bad
    assert not any(line.startswith("new [bold]") for line in text.splitlines())
    text.encode("utf-8")


@pytest.mark.parametrize("width", [None, 200, 80])
@pytest.mark.parametrize("kind", ["compared", "searched"])
def test_nothing_from_outside_acts_in_the_other_tables_either(render, reports, kind, width):
    text = render(getattr(reports, kind)(reports.HOSTILE), width=width, colour=False)
    assert not {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    text.encode("utf-8")


def test_a_name_from_outside_is_there_as_data(render, reports):
    for kind in ("hostile", "checked_hostile"):
        text = render(getattr(reports, kind)(), width=None, colour=False)
        # Markdown and URIs have their own ways to write brackets
        assert any(name in text for name in ("[bold]line", "&#91;bold&#93;line", "%5Bbold%5Dline"))


def test_no_format_depends_on_the_clock_or_the_place(render, report, monkeypatch, tmp_path):
    import time

    first = render(report, width=None, colour=False)
    monkeypatch.setattr(time, "time", lambda: 1.0)
    monkeypatch.chdir(tmp_path)
    assert render(report, width=None, colour=False) == first

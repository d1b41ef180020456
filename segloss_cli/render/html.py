"""One HTML file to send to somebody: nothing in it comes from elsewhere, and it opens without a server.

Findings by rule, each with its page; a box that filters them; the classes of a data set with bars for their shares;
light and dark. Of ``segloss inspect``, ``compute`` and ``trace`` the tables of the report for people follow as plain
text. It stays below 1 MB: of very many findings the first of each rule are shown, and it says how many more there are.
File names, class names and messages are escaped, all of them, by Jinja2 (``pip install 'segloss-cli[html]'``)::

    segloss check DATA --output html=report.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from importlib.util import find_spec
from typing import Any

from segloss_cli import __version__
from segloss_cli.errors import MissingExtraError
from segloss_cli.render import Detail
from segloss_cli.render._class_table import name_of, percent, titles, uncounted
from segloss_cli.render._closing import closing, first_of
from segloss_cli.render._document import of_classes
from segloss_cli.render._escape import visible
from segloss_cli.render._groups import Group, groups_of, unjudged
from segloss_cli.render._pages import page_of
from segloss_cli.types import Finding, Report

_BUDGET = 250_000
"""Bytes for findings and for the plain text, each: with the rules' pages and the classes that stays below 1 MB."""

_LONGEST = 250
"""A message is cut after so many characters, a path before its last."""

_CLASSES = 500
"""So many classes are shown."""

_NAME = 100
"""The name of a class is cut after so many characters."""

_LOST = 100
"""So many files that were not judged are shown."""


def require() -> None:
    """Before the work: whether there is what this format needs.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    if find_spec("jinja2") is None:
        raise MissingExtraError("--format html needs Jinja2: pip install 'segloss-cli[html]'")


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The page; ``width``, ``colour`` and ``detail`` change nothing in it."""
    require()
    from jinja2 import Environment, StrictUndefined

    page = resources.files("segloss_cli.render").joinpath("_report.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = environment.from_string(page).render(_shown(report))
    # pure ASCII, which is right whatever the encoding of where it goes
    return text.encode("ascii", "xmlcharrefreplace").decode() + "\n"


def _shown(report: Report) -> dict[str, Any]:
    """All that the page shows, as texts that are safe to look at; the template escapes them."""
    groups = groups_of(report)
    lost = unjudged(report)
    amount = max(report.facts.get("unjudged", 0), len(lost))
    return {
        "command": report.command,
        "version": __version__,
        "complete": report.complete,
        "closing": closing(report),
        "first": first_of(report),
        "notes": [_cut(str(note)) for note in report.facts.get("notes", ())],
        "groups": [*_groups(groups)],
        "lost": [(_path(one.path), _cut(one.reason)) for one in lost[:_LOST]],
        "more_lost": amount - min(len(lost), _LOST),
        **_classes(report),
        "plain": _plain(report),
    }


def _groups(groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
    share = _BUDGET // max(len(groups), 1)
    for group in groups:
        rows = [*_rows(group.kept, share)]
        page = page_of(group.code, group.name)
        yield {
            "code": group.code,
            "name": group.name,
            "severity": group.severity,
            "certainty": group.certainty,
            "findings": group.findings,
            "files": group.files,
            "whole": group.whole,
            "remedy": _cut(group.remedy),
            "page": visible_lines(page.markdown) if page else "",
            "rows": rows,
            "more": group.findings - len(rows),
        }


def _rows(kept: Sequence[Finding], budget: int) -> Iterator[tuple[str, str, str]]:
    """Path, place and message of the first findings, as many as the budget has room for, but one."""
    from html import escape

    for finding in kept:
        place = "" if finding.place is None else f"y {finding.place.y}, x {finding.place.x}"
        row = (_path(finding.path) or "whole set", place, _cut(finding.message))
        yield row
        budget -= 60 + sum(len(escape(text).encode("ascii", "xmlcharrefreplace")) for text in row)
        if budget < 0:
            return


def _classes(report: Report) -> dict[str, Any]:
    classes = of_classes(report)
    splits = titles(classes)
    largest = max((one["share"] or 0.0 for one in classes), default=0.0) or 1.0
    rows = [
        {
            "id": one["id"],
            "name": _cut(name_of(one), _NAME),
            "pixels": one["pixels"],
            "share": percent(one),
            "bar": round(100 * (one["share"] or 0.0) / largest, 2),
            "files": one["files"],
            "splits": [percent(one["splits"].get(split, {})) for split in splits],
        }
        for one in classes[:_CLASSES]
    ]
    more = len(classes) - len(rows)
    said = uncounted(report.dataset) if report.dataset is not None else ""
    return {"splits": [_cut(split) for split in splits], "classes": rows, "more_classes": more, "uncounted": said}


def _plain(report: Report) -> str:
    if report.command == "check":
        return ""
    from segloss_cli.render.table import render as as_table

    text = as_table(report, width=None)
    return text if len(text) <= _BUDGET else text[:_BUDGET].rpartition("\n")[0] + "\n(cut)"


def visible_lines(text: str) -> str:
    """The text with its lines, each safe to show."""
    return "\n".join(map(visible, text.splitlines()))


def _cut(text: str, longest: int = _LONGEST) -> str:
    shown = visible(text)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"


def _path(path: str) -> str:
    """The path; of a long one the end, which tells it from others."""
    shown = visible(path)
    return shown if len(shown) <= _LONGEST else f"…{shown[-_LONGEST:]}"

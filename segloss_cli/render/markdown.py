"""Markdown for a job's summary or a comment on a pull request.

What was found by rule, with examples to unfold, the classes of a data set, and how it went. Of ``segloss inspect``,
``compute`` and ``trace`` the tables of the report for people follow as plain text. File names, class names and
messages are data: nothing in them becomes markup, a link, a mention or a new column. Long texts are cut, so that the
whole stays far below the 1 MiB that GitHub takes::

    segloss check DATA --output markdown=summary.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segloss_cli.render import Detail
from segloss_cli.render._class_table import in_none, row, telling, titles, uncounted
from segloss_cli.render._closing import closing, first_of
from segloss_cli.render._document import of_classes
from segloss_cli.render._escape import visible
from segloss_cli.render._files import count
from segloss_cli.render._groups import Group, groups_of, unjudged
from segloss_cli.types import Finding, Report

EXAMPLES = 10
"""So many findings of a rule are shown, and so many files that were not judged."""

_LONGEST = 300
"""A text is cut after so many characters; a path at its beginning."""

_MOST_TEXT = 60_000
"""So many characters of a plain report are shown."""

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$@#]|(?<=:)(?=//)|(?<=www)\.")


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The text; ``detail`` is as in the report for people: "findings" has those alone, "summary" no examples."""
    groups = groups_of(report)
    parts = [] if detail == "findings" else [f"### segloss {report.command}", *_head(report)]
    parts += [_table(groups)] if groups else []
    if detail != "summary":
        parts += [_examples(group) for group in groups]
    parts += [*_lost(report)]
    if detail == "full":
        parts += [*_classes(report), *_plain(report)]
    return "".join(f"{part}\n\n" for part in parts)[:-1]


def escaped(text: str) -> str:
    """The text as Markdown that shows it: no markup, no link, no mention, one line.

    >>> print(escaped("[a](b) | <i> @me www.x"))
    &#91;a&#93;(b) &#124; &#60;i&#62; <span>@</span>me www&#46;x
    """
    shown = visible(text)
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
    return _MARKUP.sub(_entity, shown)


def named(path: str) -> str:
    """A path as Markdown; of a long one the end, which tells it from others."""
    shown = visible(path)
    shown = shown if len(shown) <= _LONGEST else f"…{shown[-_LONGEST:]}"
    return f"<code>{_MARKUP.sub(_entity, shown)}</code>" if path else "whole set"


def _entity(found: re.Match[str]) -> str:
    # what mentions and links begin with stands apart from the rest: GitHub looks for those after entities are gone
    return f"<span>{found[0]}</span>" if found[0] in {"", "@", "#"} else f"&#{ord(found[0])};"


def _head(report: Report) -> Iterator[str]:
    mark = "" if report.complete else " **Interrupted: this report is incomplete.**"
    yield f"{escaped(closing(report))}.{mark}"
    first = first_of(report)
    if first:
        yield f"**Fix first:** {first.code} {first.name}: {escaped(first.remedy)}"
    notes = [f"- {escaped(str(note))}" for note in report.facts.get("notes", ())]
    if notes:
        yield "\n".join(notes)


def _table(groups: Sequence[Group]) -> str:
    head = ("| severity | rule | findings | files | for example | fix |", "| --- | --- | ---: | ---: | --- | --- |")
    return "\n".join([*head, *map(_row, groups)])


def _row(group: Group) -> str:
    files = "whole set" if group.whole else f"{group.files:,}"
    said = (group.severity, f"{group.code} {group.name}", f"{group.findings:,}", files)
    return f"| {' | '.join(said)} | {escaped(group.kept[0].message)} | {escaped(group.remedy)} |"


def _examples(group: Group) -> str:
    lines = [_example(finding) for finding in group.kept[:EXAMPLES]]
    if group.findings > len(lines):
        lines.append(f"- and {group.findings - len(lines):,} more")
    head = f"{group.code} {group.name}: {count(group.findings, 'finding')}"
    return "\n".join([f"<details><summary>{head}</summary>", "", *lines, "", "</details>"])


def _example(finding: Finding) -> str:
    return f"- {named(finding.path)}: {escaped(finding.message)}"


def _lost(report: Report) -> Iterator[str]:
    lost = unjudged(report)
    amount = max(report.facts.get("unjudged", 0), len(lost))
    if amount:
        lines = [f"- {named(skipped.path)}: {escaped(skipped.reason)}" for skipped in lost[:EXAMPLES]]
        lines += [f"- and {amount - len(lines):,} more"] if amount > len(lines) else []
        yield "\n".join(["**Not judged:**", "", *lines])


def _classes(report: Report) -> Iterator[str]:
    if report.dataset is None:
        return
    classes = of_classes(report)
    present, absent = in_none(classes)
    shown, words = telling(present)
    splits = titles(classes)
    if shown:
        heads = ["id", "class", "pixels", "share", "files", *map(escaped, splits)]
        rule = ["---:", "---", *["---:"] * (len(heads) - 2)]
        rows = [[escaped(text) for text in row(one, splits)] for one in shown]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, rule, *rows])
        yield f"<details><summary>{count(len(classes), 'class')}</summary>\n\n{table}\n\n</details>"
    yield from (escaped(text) for text in (words, absent, uncounted(report.dataset)) if text)


def _plain(report: Report) -> Iterator[str]:
    """The tables of a report that is not about a data set, in a fence that no line of them can end."""
    if report.command == "check":
        return
    from segloss_cli.render.table import render as as_table

    text = as_table(report, width=None)
    cut = text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT].rpartition("\n")[0] + "\n(cut)\n"
    longest = max(map(len, re.findall("`+", cut)), default=0)
    fence = "`" * max(longest + 1, 3)
    yield f"{fence}text\n{cut}{fence}"

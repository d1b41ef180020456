"""What the report for people says of a data set: findings by rule, the classes, and what to do first."""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.render import Detail
from segloss_cli.render._blocks import Block, Column, Grid, Line, Span, cell, line
from segloss_cli.render._class_table import in_none, row, telling, titles, uncounted
from segloss_cli.render._closing import closing, first_of
from segloss_cli.render._document import of_classes
from segloss_cli.render._files import count
from segloss_cli.render._groups import Group, groups_of, unjudged
from segloss_cli.types import Finding, Report

EXAMPLES = 5
"""So many findings of a rule are shown, and so many files that were not judged."""

NOTES = 2
"""Of a rule that only notes something, so many."""


def of_check(report: Report, detail: Detail) -> list[Block]:
    """All of it; with "findings" the groups alone, with "summary" a line for each group."""
    groups = groups_of(report)
    if detail == "findings":
        return [*_apart(groups), *_lost(report)]
    if detail == "summary":
        brief: list[Block] = [_in_brief(groups), line("")] if groups else []
        return [*brief, *_end(report)]
    notes = [line(str(note), "dim") for note in report.facts.get("notes", ())]
    blocks: list[Block] = [*notes, *([line("")] if notes else [])]
    for part in ([*_apart(groups)], _lost(report), _classes(report)):
        blocks += [*part, line("")] if part else []
    return [*blocks, *_end(report)]


def extent(group: Group) -> str:
    """How much a rule found, in words."""
    if group.whole:
        return "whole set" if group.findings == 1 else f"{count(group.findings, 'finding')} about the whole set"
    return f"{count(group.findings, 'finding')} in {count(group.files, 'file')}"


def rest(group: Group, shown: int) -> str:
    """What is said of the findings of a rule that are not shown; nothing where all are."""
    more = group.findings - shown
    if more <= 0:
        return ""
    listed = "all" if len(group.kept) == group.findings else f"{len(group.kept):,}"
    return f"and {more:,} more (--format json lists {listed})"


def _apart(groups: tuple[Group, ...]) -> Iterator[Block]:
    for number, group in enumerate(groups):
        if number:
            yield line("")
        yield from _of_group(group)


def _of_group(group: Group) -> Iterator[Block]:
    what = (Span(f"{group.severity} {group.code}", group.severity), Span(f" {group.name}", "head"))
    yield Line((*what, Span(f" ({group.certainty}): {extent(group)}", "dim")))
    shown = group.kept[: NOTES if group.severity == "info" else EXAMPLES]
    yield from map(_example, shown)
    more = rest(group, len(shown))
    if more:
        yield line(more, "dim", indent=2)
    yield line(f"fix: {group.remedy}", indent=2)


def _example(finding: Finding) -> Line:
    where = (Span(finding.path, "head"), Span(": ")) if finding.path else ()
    return Line((*where, Span(finding.message)), indent=2)


def _in_brief(groups: tuple[Group, ...]) -> Grid:
    columns = (Column("rule"), Column("name", wrap=True), Column("certainty"))
    amounts = (Column("findings", right=True), Column("files", right=True))
    rows = [
        [
            cell(f"{group.severity} {group.code}", group.severity),
            cell(group.name),
            cell(group.certainty),
            cell(f"{group.findings:,}"),
            cell("whole set" if group.whole else f"{group.files:,}"),
        ]
        for group in groups
    ]
    return Grid((*columns, *amounts), rows, indent=0)


def _lost(report: Report) -> list[Block]:
    lost = unjudged(report)
    amount = max(report.facts.get("unjudged", 0), len(lost))
    lines: list[Block] = [
        Line((Span("not judged ", "warning"), Span(f"{one.path}: {one.reason}"))) for one in lost[:EXAMPLES]
    ]
    more = amount - len(lines)
    return [*lines, line(f"and {more:,} more not judged", "warning")] if more > 0 else lines


def _classes(report: Report) -> list[Block]:
    if report.dataset is None:
        return []
    classes, left_out = of_classes(report), uncounted(report.dataset)
    if not classes:
        return [line(left_out, "dim")] if left_out else []
    present, absent = in_none(classes)
    shown, words = telling(present)
    splits = titles(classes)
    columns = (
        Column("id", right=True),
        Column("class", wrap=True),
        *(Column(title, right=True) for title in ("pixels", "share", "files", *splits)),
    )
    rows = [[cell(text) for text in row(one, splits)] for one in shown]
    if not any(one["name"] or one["ignored"] for one in shown):
        columns, rows = columns[:1] + columns[2:], [cells[:1] + cells[2:] for cells in rows]
    return [Grid(columns, rows, indent=0), *(line(text, "dim") for text in (words, absent, left_out) if text)]


def _end(report: Report) -> Iterator[Block]:
    first = first_of(report)
    yield line(closing(report), first.severity if first else "head")
    if first:
        yield line(f"fix first: {first.code} {first.name}: {first.remedy}")
    if not report.complete:
        yield line("interrupted: this report is incomplete", "warning")

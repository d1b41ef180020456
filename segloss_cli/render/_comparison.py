"""What the report for people says of several libraries' values: a row per loss, a column per library, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any

from segloss_cli.render._blocks import Block, Cell, Column, Either, Grid, cell, line
from segloss_cli.render._files import count
from segloss_cli.render._values import digits, label_of, outside, titled_knobs
from segloss_cli.types import LossValue

_FEW = 3
"""Up to this many pairs that a library cannot take are named, each with its reason; more are counted."""

_MOST = 3
"""Of a library's reasons so many are told, those that make the largest difference."""

_PART = re.compile(r"\d+ of \d+ pairs$")
"""What a value that is not of all pairs is over."""

Comparison = Mapping[str, Any]


def of_comparisons(comparisons: Sequence[Comparison], values: Sequence[LossValue]) -> list[Block]:
    """A table for each target of the label, why the libraries differ, and what has no value at all."""
    blocks: list[Block] = []
    by_key = {_key(value): value for value in values}
    targets = list(dict.fromkeys(comparison["target"] for comparison in comparisons))
    for target in targets:
        some = [c for c in comparisons if c["target"] == target]
        blocks += [line(""), line(target, "head")] if len(targets) > 1 else []
        blocks += _of_target(some, by_key)
    return blocks[1:] if len(targets) > 1 else blocks


def _key(value: LossValue) -> tuple[str, ...]:
    return titled_knobs(value.loss, value.knobs), value.like or "ours", value.target, value.pred, value.label


def _of_target(comparisons: Sequence[Comparison], by_key: Mapping[tuple[str, ...], LossValue]) -> list[Block]:
    shown = [c for c in comparisons if any(value is not None for value in c["values"].values())]
    blocks: list[Block] = [_table(shown, by_key)] if shown else []
    differing = [c for c in shown if c["reasons"]]
    if differing:
        columns = (Column("loss"), Column("libraries", wrap=True), Column("why they differ", wrap=True))
        why = Grid(columns, [row for comparison in differing for row in _why(comparison)], indent=0)
        blocks += [line("* not the first number of its row", "dim", indent=0), line(""), why]
    part = next(filter(None, (_PART.search(value.over) for value in by_key.values())), None)
    if part:
        blocks.append(line(f"{part[0]}: without those that cannot be computed or differ in classes", "warning"))
    without: dict[str, list[str]] = {}
    for comparison in comparisons:
        if comparison not in shown:
            name = _name(comparison)
            value = by_key.get((name, next(iter(comparison["values"])), *_where(comparison)))
            without.setdefault((value and value.reason) or "no value", []).append(name)
    lines = [line(f"{', '.join(names)}: {reason}", indent=2) for reason, names in without.items()]
    gap = [line("")] if blocks else []
    return [*blocks, *([*gap, line("undefined", "head"), *lines] if lines else [])]


def _where(comparison: Comparison) -> tuple[str, str, str]:
    return comparison["target"], comparison["pred"], comparison["label"]


def _name(comparison: Comparison) -> str:
    return titled_knobs(comparison["loss"], comparison["knobs"])


def _table(comparisons: Sequence[Comparison], by_key: Mapping[tuple[str, ...], LossValue]) -> Either:
    """Beside each other where the width allows it, else each number once with those who give it."""
    libraries = _libraries(comparisons)
    wide, narrow = [], []
    for comparison in comparisons:
        cells = _cells(comparison, by_key)
        wide.append([cell(_name(comparison)), *(cells.get(library, cell("")) for library in libraries)])
        narrow += _folded(_name(comparison), {library: cells[library] for library in libraries if library in cells})
    columns = (Column("loss"), *(Column(library, right=True) for library in libraries))
    folded = (Column("loss"), Column("value", right=True), Column("libraries", wrap=True))
    return Either(Grid(columns, wide, indent=0), Grid(folded, narrow, indent=0))


def _libraries(comparisons: Sequence[Comparison]) -> list[str]:
    """All of them, in an order that is each row's: the first number of a row is what others are compared with."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for comparison in comparisons:
        asked = list(comparison["values"])
        order.add(asked[0])
        for before, library in pairwise(asked):
            order.add(library, before)
    return list(order.static_order())


def _cells(comparison: Comparison, by_key: Mapping[tuple[str, ...], LossValue]) -> dict[str, Cell]:
    differing = {library for reason in comparison["reasons"] for library in reason["like"]}
    cells = {}
    for library, amount in comparison["values"].items():
        value = by_key.get((_name(comparison), library, *_where(comparison)))
        text = "undefined" if amount is None else digits(amount)
        style = "error" if value and outside(value) else "warning" if library in differing else ""
        cells[library] = cell(f"*{text}" if library in differing else text, style)
    return cells


def _folded(name: str, cells: Mapping[str, Cell]) -> list[list[Cell]]:
    groups: dict[Cell, list[str]] = {}
    for library, amount in cells.items():
        groups.setdefault(amount, []).append(library)
    names = [name] + [""] * len(groups)
    return [[cell(a), amount, cell(", ".join(who))] for a, (amount, who) in zip(names, groups.items(), strict=False)]


def _why(comparison: Comparison) -> Iterator[list[Cell]]:
    """A row for each reason, in the order of the libraries."""
    asked = list(comparison["values"])
    names = [_name(comparison)] + [""] * len(asked)
    reasons = sorted(comparison["reasons"], key=lambda reason: min(map(asked.index, reason["like"])))
    for name, reason in zip(names, reasons, strict=False):
        libraries = ", ".join(sorted(reason["like"], key=asked.index))
        yield [cell(name), cell(libraries, "head"), cell(_words(reason))]


def _words(reason: Mapping[str, Any]) -> str:
    """The knobs' words; where there are several, each with what it alone makes of the base's value."""
    knobs = reason["knobs"]
    if len(knobs) < 2:
        return str(reason["words"])
    said = [k["words"] + (f" (alone {digits(k['alone'])})" if k["alone"] is not None else "") for k in knobs[:_MOST]]
    return ", ".join(said) + (f" and {len(knobs) - _MOST} more" if len(knobs) > _MOST else "")


def not_taken(values: Iterable[LossValue], comparisons: Sequence[Comparison]) -> tuple[list[LossValue], list[Block]]:
    """The skipped values to be named one by one, and a line on the others: blank cells of the table."""
    rows = {_name(comparison) for comparison in comparisons}
    skipped = [value for value in values if value.status == "skipped"]
    blank = [value for value in skipped if value.like and titled_knobs(value.loss, value.knobs) in rows]
    names = dict.fromkeys(label_of(value) for value in blank)
    if len(names) <= _FEW:
        return skipped, []
    if any(value.status != "skipped" and value.like for value in values):
        text = f"blank: the library has no such loss; or, {count(len(names), 'time')}, its loss does not take this data"
    else:
        text = f"{count(len(names), 'time')} a library's loss does not take this data"
    return [value for value in skipped if value not in blank], [line(f"{text} (--format json says why)", "dim")]

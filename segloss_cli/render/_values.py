"""What the report for people says about computed losses: a row per loss, the repaired value beside the given one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from os.path import basename
from typing import Any

from segloss_cli.render._blocks import Block, Cell, Column, Grid, cell, line
from segloss_cli.render._files import number
from segloss_cli.types import Contract, LossValue

_LONG = 30
"""A longer name of a loss may be folded."""

_OFTEN = 4
"""A note of at least so many undefined losses is told once."""

Row = Sequence[LossValue]


def of_losses(
    losses: Sequence[LossValue], contract: Contract, comparisons: Sequence[Mapping[str, Any]] = ()
) -> list[Block]:
    """A table for all that was computed over everything, one of the pairs, the classes and images, and what was not."""
    computed = [value for value in losses if value.status != "skipped"]
    several = len({(value.pred, value.label) for value in computed}) > 1
    whole = [value for value in computed if not (several and value.pred)]
    main, skipped = _main(whole), losses
    more: list[Block] = []
    if comparisons:
        from segloss_cli.render._comparison import not_taken, of_comparisons

        shown = [comparison for comparison in comparisons if not (several and comparison["pred"])]
        main = of_comparisons(shown, whole)
        skipped, more = not_taken(losses, shown)
    blocks = [
        *main,
        *more,
        *(_by_pair([value for value in computed if value.pred]) if several else []),
        *_by_class(whole, contract),
        *_by_image(whole),
        *_gradients(computed, contract),
        *_skipped(skipped),
    ]
    return blocks[1:] if blocks[:1] == [line("")] else blocks


def _gradients(values: Sequence[LossValue], contract: Contract) -> list[Block]:
    if all(value.grad is None for value in values):
        return []
    from segloss_cli.render._gradients import of_gradients

    return of_gradients(values, contract)


def _main(values: Sequence[LossValue]) -> list[Block]:
    if not values:
        return []
    targets = list(dict.fromkeys(["given", *(value.target for value in values)]))
    rows = _grouped(values)
    titles = ["value"] if targets == ["given"] else targets
    often = _said_often(rows)
    columns = (
        Column("loss", wrap=any(len(label_of(value)) > _LONG for value in values)),
        *(Column(title, right=True) for title in titles),
        Column("range"),
        Column("over", wrap=True),
        Column("note", wrap=True),
    )
    cells = [_row(row, targets, "" if _note(row) in often else _note(row)) for row in rows]
    kept = [i for i in range(len(columns)) if any(row[i] != cell("") for row in cells)]
    grid = Grid(tuple(columns[i] for i in kept), [[row[i] for i in kept] for row in cells], indent=0)
    told = [line(f"{_every(names, rows)}: {note}", indent=2) for note, names in often.items()]
    return [grid, *([line(""), line("undefined", "head"), *told] if told else [])]


def _every(names: Sequence[str], rows: Sequence[Row]) -> str:
    return "every loss" if len(names) == len(rows) else ", ".join(names)


def _said_often(rows: Sequence[Row]) -> dict[str, list[str]]:
    """The notes that many undefined losses share, with these: they are told once, below the table."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        if any(value.status == "undefined" for value in row):
            notes.setdefault(_note(row), []).append(label_of(row[0]))
    return {note: names for note, names in notes.items() if note and len(names) >= _OFTEN}


def _row(row: Row, targets: Sequence[str], note: str) -> list[Cell]:
    by_target = {value.target: value for value in row}
    shown = [_value(by_target[target]) if target in by_target else cell("") for target in targets]
    return [
        cell(label_of(row[0])),
        *shown,
        cell(_range(row[0])),
        cell(next((value.over for value in row if value.over and value.status == "ok"), "")),
        cell(note),
    ]


def _grouped(values: Iterable[LossValue]) -> list[list[LossValue]]:
    groups: dict[str, list[LossValue]] = {}
    for value in values:
        groups.setdefault(label_of(value), []).append(value)
    return list(groups.values())


def label_of(value: LossValue) -> str:
    """The loss with what makes it this one: its knobs and its convention."""
    return " ".join(filter(None, (titled_knobs(value.loss, value.knobs), value.like)))


def titled_knobs(loss: str, knobs: Mapping[str, Any]) -> str:
    """The loss with the knobs that were set.

    >>> titled_knobs("focal", {"gamma": 2.0})
    'focal (gamma=2)'
    """
    words = ", ".join(f"{name}={_knob(knob)}" for name, knob in knobs.items())
    return f"{loss} ({words})" if words else loss


def _knob(knob: object) -> str:
    if knob is None or isinstance(knob, bool):
        return str(knob).lower()
    return number(knob) if isinstance(knob, int | float) else str(knob)


def _value(value: LossValue) -> Cell:
    if value.value is None or not math.isfinite(value.value):
        return cell("undefined" if value.value is None else str(value.value), "warning")
    return cell(digits(value.value), "error" if outside(value) else "")


def digits(value: float) -> str:
    """A value with six decimals, or four digits where these would hide it."""
    return f"{value:.6f}" if value == 0 or 1e-3 <= abs(value) < 1e6 else f"{value:.4g}"


def outside(value: LossValue) -> bool:
    """Whether a value is outside of its loss's range."""
    if value.value is None or math.isnan(value.value):
        return False
    # a rounding error at the edge of a range is no news
    slack = 1e-6 * max(1.0, abs(value.value))
    return not value.low - slack <= value.value <= value.high + slack


def _range(value: LossValue) -> str:
    low = f"[{number(value.low)}" if math.isfinite(value.low) else "(-inf"
    high = f"{number(value.high)}]" if math.isfinite(value.high) else "inf)"
    return f"{low}, {high}"


def _note(row: Row) -> str:
    several = len(row) > 1
    notes: dict[str, list[str]] = {}
    for value in row:
        for note in (value.reason, "outside its range" if outside(value) else None):
            if note:
                notes.setdefault(note, []).append(value.target)
    return "; ".join(
        f"{', '.join(who)}: {note}" if several and len(who) < len(row) else note for note, who in notes.items()
    )


def _by_pair(values: Sequence[LossValue]) -> list[Block]:
    pairs: dict[tuple[str, str], dict[str, LossValue]] = {}
    for value in values:
        pairs.setdefault((value.pred, value.label), {})[_titled(value)] = value
    titles = list(dict.fromkeys(_titled(value) for value in values))
    short = len({basename(label) for _, label in pairs}) == len(pairs)
    rows = [
        [
            cell(basename(label) if short else label),
            *(_value(of[title]) if title in of else cell("") for title in titles),
        ]
        for (_, label), of in pairs.items()
    ]
    return [line(""), line("by pair", "head"), matrix("label", titles, rows)] if rows else []


def _by_class(values: Sequence[LossValue], contract: Contract) -> list[Block]:
    listed = [value for value in values if value.per_class]
    classes = range(max((len(value.per_class) for value in listed), default=0))
    rows = [[cell(named(c, contract)), *(_part(value.per_class, c) for value in listed)] for c in classes]
    return [line(""), line("by class", "head"), matrix("class", map(_titled, listed), rows)] if rows else []


def _by_image(values: Sequence[LossValue]) -> list[Block]:
    listed = [value for value in values if value.per_image]
    images = range(max((len(value.per_image) for value in listed), default=0))
    rows = [[cell(n), *(_part(value.per_image, n) for value in listed)] for n in images]
    return [line(""), line("by image", "head"), matrix("image", map(_titled, listed), rows)] if rows else []


def matrix(first: str, titles: Iterable[str], rows: Sequence[Sequence[Cell]]) -> Grid:
    """A column of numbers for each title."""
    return Grid((Column(first, wrap=True), *(Column(title, right=True) for title in titles)), rows, indent=0)


def _part(values: Sequence[float | None], i: int) -> Cell:
    if i >= len(values):
        return cell("")
    value = values[i]
    return cell("undefined", "dim") if value is None else cell(digits(value))


def named(index: int, contract: Contract) -> str:
    """A class's number, with its name where there is one."""
    return f"{index} {contract.names[index]}" if index < len(contract.names) else str(index)


def _titled(value: LossValue) -> str:
    return label_of(value) if value.target == "given" else f"{label_of(value)}, {value.target}"


def _skipped(losses: Sequence[LossValue]) -> list[Block]:
    """The losses that were not computed, those with the same reason together."""
    reasons: dict[str, dict[str, list[LossValue]]] = {}
    whole: dict[str, set[str]] = {}
    for value in losses:
        name = titled_knobs(value.loss, value.knobs)
        whole.setdefault(name, set()).add(label_of(value))
        if value.status == "skipped":
            reasons.setdefault(_without_subject(value), {}).setdefault(name, []).append(value)
    lines = []
    for reason, by_name in reasons.items():
        told = []
        for name, values in by_name.items():
            labels = list(dict.fromkeys(map(label_of, values)))
            # a loss that no library has a value of is named once
            told += [name] if name in labels and whole[name] == set(labels) else labels
        lines.append(line(f"{', '.join(told)}: {reason}", indent=2))
    return [line(""), line("not computed", "head"), *lines] if lines else []


def _without_subject(value: LossValue) -> str:
    """Why a loss was not computed, without its own name at the start."""
    reason = value.reason or "no reason given"
    subjects = (f"{value.like}'s {value.loss} ", f"{value.loss} ")
    said = next((reason.removeprefix(subject) for subject in subjects if reason.startswith(subject)), reason)
    return said.removeprefix("is ")

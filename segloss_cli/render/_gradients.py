"""What the report for people says of gradients: their length, which classes get them, which pixels get none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os.path import basename

from segloss_cli.render._blocks import Block, Cell, Column, Grid, cell, line
from segloss_cli.render._files import count
from segloss_cli.render._values import digits, label_of, matrix, named
from segloss_cli.types import Contract, Gradient, LossValue

_NIL = 1e-6
"""A class whose share of the gradient is smaller than this gets none."""

_MOST = 3


def of_gradients(values: Sequence[LossValue], contract: Contract) -> list[Block]:
    """A row per loss that has a gradient or a reason for none; by class too, where the losses are shown so."""
    listed = [value for value in values if value.grad is not None]
    if not listed:
        return []
    several = len({(value.pred, value.label) for value in listed}) > 1
    columns = (
        Column("loss", wrap=True),
        Column("norm", right=True),
        Column("pixels without", right=True),
        Column("largest shares", wrap=True),
        Column("classes without", wrap=True),
    )
    rows = _rows(listed, contract, several=several)
    kept = [i for i in range(len(columns)) if any(span.text for row in rows for span in row[i])]
    grid = Grid(tuple(columns[i] for i in kept), [[row[i] for i in kept] for row in rows], indent=0)
    head = [line(""), line("gradient with respect to the logits", "head")]
    by_class = any(value.per_class for value in values)
    return [*head, grid, *(_by_class(listed, contract, several=several) if by_class else [])]


def _rows(values: Sequence[LossValue], contract: Contract, *, several: bool) -> list[list[Cell]]:
    """A row for each gradient; libraries that give the same of a loss share one."""
    rows: dict[tuple[str, tuple[Cell, ...]], list[LossValue]] = {}
    for value in values:
        if value.grad is not None:
            cells = tuple(_row(value.grad, contract))
            rows.setdefault((_titled(replace(value, like=None), several=several), cells), []).append(value)
    return [[cell(_shared(some, several=several)), *cells] for (_, cells), some in rows.items()]


def _shared(values: Sequence[LossValue], *, several: bool) -> str:
    """One name for a loss and all libraries that have the same of it."""
    first, *others = values
    likes = ", ".join(value.like or "ours" for value in others)
    name = _titled(first, several=several)
    return f"{name} (so {likes})" if others else name


def _titled(value: LossValue, *, several: bool) -> str:
    target = "" if value.target == "given" else value.target
    return ", ".join(filter(None, (label_of(value), target, basename(value.label) if several else "")))


def _row(grad: Gradient, contract: Contract) -> list[Cell]:
    if grad.reason:
        return [cell("none", "dim"), cell(""), cell(grad.reason, "dim"), cell("")]
    shares = sorted(((share, c) for c, share in enumerate(grad.per_class)), key=lambda pair: -pair[0])
    largest = ", ".join(f"{named(c, contract)}: {_percent(share)}" for share, c in shares[:_MOST] if share > _NIL)
    several = len(grad.per_class) > 1
    without = [named(c, contract) for c, share in enumerate(grad.per_class) if several and share <= _NIL]
    if grad.norm is None:
        return [cell("not finite", "error"), cell(""), cell(f"{count(grad.bad, 'element')} NaN or infinite"), cell("")]
    return [
        cell(digits(grad.norm)),
        cell("" if grad.zero is None else _percent(grad.zero), "warning" if (grad.zero or 0) > 0.5 else ""),
        cell(largest if several else ""),
        cell(", ".join(without), "warning"),
    ]


def _percent(share: float) -> str:
    """A share in percent that shows 0 and 100 only where they are exact.

    >>> _percent(0.0), _percent(0.00001), _percent(0.12345), _percent(1.0)
    ('0 %', '<0.01 %', '12.35 %', '100 %')
    """
    if share in {0, 1}:
        return f"{share:.0%}".replace("%", " %")
    return "<0.01 %" if share < 1e-4 else f"{min(100 * share, 99.99):.2f} %"


def _by_class(values: Sequence[LossValue], contract: Contract, *, several: bool) -> list[Block]:
    shown = [value for value in values if value.grad and len(value.grad.per_class) > 1]
    classes = range(max((len(value.grad.per_class) for value in shown if value.grad), default=0))
    rows = [
        [cell(named(c, contract)), *(cell(_percent(value.grad.per_class[c])) for value in shown if value.grad)]
        for c in classes
    ]
    titles = [_titled(value, several=several) for value in shown]
    return [line(""), line("gradient by class", "head"), matrix("class", titles, rows)] if rows else []

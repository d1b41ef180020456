"""``segloss losses [NAME]``: the list of losses, or the page of one with its knobs and every library's call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from segloss_cli.losses._loss import Loss
    from segloss_cli.render._blocks import Block

_TASKS = ("binary", "multiclass", "multilabel")
_PACKAGE = "segloss_cli.losses"


def losses(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A loss, for its page: dice, focal.")] = None,
) -> int:
    """List the losses, or show the page of one."""
    from segloss_cli.cli._finish import put, terminal
    from segloss_cli.losses import catalogue
    from segloss_cli.losses._knobs import find
    from segloss_cli.render.table import lay_out

    width, colour = terminal()
    blocks = _list(catalogue()) if name is None else _page(name, find(name))
    put(lay_out(blocks, width=width, colour=colour))
    return 0


def _list(known: Mapping[str, Loss]) -> list[Block]:
    from segloss_cli.losses._knobs import parameters
    from segloss_cli.render._blocks import Column, Grid, cell

    columns = (
        Column("loss"),
        Column("range"),
        Column("tasks", wrap=True),
        Column("knobs", wrap=True),
        Column("--like", wrap=True),
    )
    rows = [
        [
            cell(name, "head"),
            cell(_range(loss)),
            cell(", ".join(task for task in _TASKS if task in loss.tasks)),
            cell(_words(parameters(loss, None))),
            cell(", ".join(loss.conventions)),
        ]
        for name, loss in known.items()
    ]
    return [Grid(columns, rows, indent=0)]


def _page(name: str, loss: Loss) -> list[Block]:
    from segloss_cli._plugins import load
    from segloss_cli.losses._knobs import parameters
    from segloss_cli.render._blocks import Line, Span, line

    page = (load(_PACKAGE, name).__doc__ or "").strip().splitlines()
    blocks: list[Block] = [Line((Span(name, "head"), Span(f"  in {_range(loss)}", "dim"))), line("")]
    blocks += [line(text.strip(), indent=len(text) - len(text.lstrip())) for text in page]
    blocks += [line(""), line(f"defaults: {_words(parameters(loss, None))}")]
    for like, convention in loss.conventions.items():
        own = _words(parameters(loss, like)) or "none"
        takes = ", ".join(sorted(convention.tasks) + sorted(convention.takes))
        blocks += [line(""), Line((Span(f"--like {like}", "head"), Span(f"  takes {takes}; parameters: {own}", "dim")))]
        blocks.append(line(convention.call, indent=2))
    return blocks


def _range(loss: Loss) -> str:
    low, high = loss.bounds({})
    return f"[{low:g}, inf)" if high == float("inf") else f"[{low:g}, {high:g}]"


def _words(knobs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_word(value)}" for name, value in knobs.items())


def _word(value: Any) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)

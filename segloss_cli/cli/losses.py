"""``segloss losses [NAME]``: the list of losses, or the page of one with its knobs and every library's call."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from segloss_cli.losses._loss import Loss
    from segloss_cli.render._blocks import Block

_TASKS = ("binary", "multiclass", "multilabel")
_PACKAGE = "segloss_cli.losses"

TASKS = "tasks (* unasked)"
"""The title of the tasks: a star marks those for which a loss is computed without being named."""


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
    from segloss_cli.render._blocks import Column, Either, Grid, cell

    titles = ("what it is", "formula", "range", TASKS, "knobs", "--like", "needs")
    wide, narrow = [], []
    for name, loss in known.items():
        facts = _facts(name, loss)
        wide.append([cell(name, "head"), *(cell(facts[title]) for title in titles)])
        shown = [(title, facts[title]) for title in titles if facts[title]]
        names = [cell(name, "head")] + [cell("")] * len(shown)
        narrow += [[first, cell(title, "dim"), cell(fact)] for first, (title, fact) in zip(names, shown, strict=False)]
    least = {"what it is": 30, "formula": 40, "knobs": 30}
    columns = [Column(title, wrap=title != "range", least=least.get(title, 14)) for title in titles]
    stacked = (Column("loss"), Column(""), Column("", wrap=True))
    return [Either(Grid((Column("loss"), *columns), wide, indent=0), Grid(stacked, narrow, indent=0))]


def _facts(name: str, loss: Loss) -> dict[str, str]:
    """What the list says of a loss, by column; empty where there is nothing to say."""
    from segloss_cli.losses._knobs import parameters

    return {
        "what it is": page_of(name).partition("\n")[0].rstrip("."),
        "formula": formula_of(page_of(name)),
        "range": _range(loss),
        TASKS: ", ".join(f"{t}*" if t in loss.default else t for t in _TASKS if t in loss.tasks),
        "knobs": _words(parameters(loss, None)),
        "--like": ", ".join(loss.conventions),
        "needs": loss.extra or "",
    }


def page_of(name: str) -> str:
    """The manual page of a loss: its module's docstring."""
    from segloss_cli._plugins import load

    return (load(_PACKAGE, name).__doc__ or "").strip()


def formula_of(page: str) -> str:
    r"""The formula of a page in a line: what is indented below its Formula heading.

    >>> formula_of("Loss.\n\nFormula, with p::\n\n    l = -ln p\n    L = mean of l      over pixels\n\nKnobs: none.")
    'l = -ln p; L = mean of l; over pixels'
    """
    _, _, rest = page.partition("\nFormula")
    block = rest.partition("\n\n")[2].partition("\n\n")[0]
    block = re.sub(r" {2,}=", " =", block)
    parts = re.split(r"\n\s+(?!\s|=)|(?<=\S) {4,}(?=\S)", block.strip())
    return "; ".join(" ".join(part.split()) for part in parts)


def _page(name: str, loss: Loss) -> list[Block]:
    from segloss_cli.losses._knobs import parameters
    from segloss_cli.render._blocks import Line, Span, line

    page, facts = page_of(name).splitlines(), _facts(name, loss)
    blocks: list[Block] = [Line((Span(name, "head"), Span(f"  in {facts['range']}", "dim"))), line("")]
    blocks += [line(text.strip(), indent=len(text) - len(text.lstrip())) for text in page]
    blocks += [line(""), line(f"defaults: {facts['knobs'] or 'no knobs'}"), line(f"{TASKS}: {facts[TASKS]}")]
    blocks += [line(f"needs: {loss.extra}")] if loss.extra else []
    for like, convention in loss.conventions.items():
        own = _words(parameters(loss, like)) or "none"
        takes = ", ".join(sorted(convention.tasks) + sorted(convention.takes))
        blocks += [line(""), Line((Span(f"--like {like}", "head"), Span(f"  takes {takes}; parameters: {own}", "dim")))]
        blocks.append(line(convention.call, indent=2))
    return blocks


def _range(loss: Loss) -> str:
    low, high = loss.bounds({})
    least = "(-inf" if low == -math.inf else f"[{low:g}"
    return f"{least}, inf)" if high == math.inf else f"{least}, {high:g}]"


def _words(knobs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_word(value)}" for name, value in knobs.items())


def _word(value: Any) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)

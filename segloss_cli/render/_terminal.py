"""Blocks on a terminal of some width, through Rich: colours, wrapping, and wide grids in parts below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from segloss_cli.render._blocks import STYLES, Block, Cell, Column, Either, Grid, Line, is_swatch
from segloss_cli.render._escape import visible

_GAP = 2


def layout(blocks: Sequence[Block], *, width: int, colour: bool) -> str:
    """The text, wrapped to the width; nothing is cut, and columns that do not fit beside each other stand below."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=colour,
        color_system="auto" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    with console.capture() as captured:
        for block in blocks:
            if block == Line():
                console.print()
                continue
            for part in _parts(block, width, colour):
                console.print(part)
    return "".join(f"{text.rstrip()}\n" for text in captured.get().splitlines()) if not colour else captured.get()


def _parts(block: Block, width: int, colour: bool) -> Iterator[Padding]:
    if isinstance(block, Either):
        block = block.wide if len(chunks(block.wide, width - block.wide.indent)) == 1 else block.narrow
    if isinstance(block, Grid):
        for columns in chunks(block, width - block.indent):
            yield Padding(_table(block, columns, colour), (0, 0, 0, block.indent), expand=False)
        return
    yield Padding(_text(block.spans, colour), (0, 0, 0, block.indent), expand=False)


def chunks(grid: Grid, width: int) -> list[list[int]]:
    """The columns, as indices, in groups that fit the width; each begins with the first column, which names the row."""
    least = [_least(column, [row[i] for row in grid.rows]) for i, column in enumerate(grid.columns)]
    groups = [[0]]
    for i in range(1, len(least)):
        used = sum(least[j] + _GAP for j in groups[-1])
        if len(groups[-1]) > 1 and used + least[i] > width:
            groups.append([0])
        groups[-1].append(i)
    return groups


def _least(column: Column, cells: Sequence[Cell]) -> int:
    needed = max([len(column.title), *(_text(cell, colour=True).cell_len for cell in cells)])
    return min(needed, column.least) if column.wrap else needed


def _table(grid: Grid, columns: Sequence[int], colour: bool) -> Table:
    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for column in (grid.columns[i] for i in columns):
        table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.wrap,
            overflow="fold",
            min_width=None if column.wrap else len(column.title),
        )
    for row in grid.rows:
        table.add_row(*(_text(row[i], colour) for i in columns))
    return table


def _text(cell: Cell, colour: bool) -> Text:
    spans = (span for span in cell if colour or not is_swatch(span))
    return Text.assemble(*((visible(span.text), STYLES.get(span.style, span.style)) for span in spans), overflow="fold")

"""Blocks as plain text for a pipe or a file: no escapes, nothing wrapped, nothing cut."""

from __future__ import annotations

from collections.abc import Sequence

from segloss_cli.render._blocks import Block, Cell, Either, Grid, is_swatch
from segloss_cli.render._escape import visible


def layout(blocks: Sequence[Block]) -> str:
    r"""The text, a newline after every line.

    >>> from segloss_cli.render._blocks import line
    >>> layout([line("one"), line("two", indent=2)])
    'one\n  two\n'
    """
    lines = (text for block in blocks for text in _lines(block))
    return "".join(f"{text.rstrip()}\n" for text in lines)


def text_of(cell: Cell) -> str:
    """The cell's text, safe to show, without its swatches."""
    return visible("".join(span.text for span in cell if not is_swatch(span)))


def _lines(block: Block) -> list[str]:
    block = block.wide if isinstance(block, Either) else block
    if not isinstance(block, Grid):
        return [" " * block.indent + text_of(block.spans)]
    rows = [[column.title for column in block.columns], *([text_of(cell) for cell in row] for row in block.rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(block.columns))]
    return [" " * block.indent + "  ".join(_padded(row, widths, block)) for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], grid: Grid) -> list[str]:
    return [
        text.rjust(width) if column.right else text.ljust(width)
        for text, width, column in zip(row, widths, grid.columns, strict=True)
    ]

"""What a report for people is made of, before anything is laid out: lines, and grids of cells.

Texts are raw; both layouts escape every one of them. A style is a name of :data:`STYLES`, or ``#rrggbb`` for a swatch:
a patch of that colour, left out where there are no colours.
"""

from __future__ import annotations

from collections.abc import Sequence

from segloss_cli._record import record

STYLES = {
    "": "",
    "head": "bold",
    "dim": "dim",
    "error": "bold red",
    "warning": "bold yellow",
    "info": "cyan",
    "good": "green",
}


@record(frozen=True)
class Span:
    """A piece of text in one style."""

    text: str
    style: str = ""


Cell = tuple[Span, ...]


@record(frozen=True)
class Line:
    """A line, which may be wrapped; no spans make an empty one."""

    spans: Cell = ()
    indent: int = 0


@record(frozen=True)
class Column:
    """A column of a grid: numbers stand ``right``, and only those that ``wrap`` may be folded, not below ``least``."""

    title: str
    right: bool = False
    wrap: bool = False
    least: int = 14


@record(frozen=True)
class Grid:
    """A table; its first column says what a row is."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    indent: int = 2


@record(frozen=True)
class Either:
    """The same as a wide table and as a narrow one: the wide one stands where it fits, and in a pipe."""

    wide: Grid
    narrow: Grid


Block = Line | Grid | Either


def cell(text: object, style: str = "") -> Cell:
    """A cell of one text.

    >>> cell(3)
    (Span(text='3', style=''),)
    """
    return (Span(str(text), style),)


def line(text: str, style: str = "", indent: int = 0) -> Line:
    """A line of one text; of none, an empty line."""
    return Line() if not text else Line((Span(text, style),), indent)


def is_swatch(span: Span) -> bool:
    """Whether the span is a patch of colour rather than text."""
    return span.style.startswith("#")

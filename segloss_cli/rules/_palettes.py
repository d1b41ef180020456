"""Colours that well-known labels are drawn in, and the grey levels that careless readers turn them into."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from segloss_cli.presets._cityscapes import PALETTE, UNSCORED_PALETTE
from segloss_cli.presets._colours import VOC_VOID, voc_colour
from segloss_cli.types import Colour

__all__ = [
    "CITYSCAPES",
    "VOC_VOID",
    "greys",
    "known",
    "luminance",
    "luminance_truncated",
    "palette_of",
    "voc_colour",
]

CITYSCAPES: tuple[Colour, ...] = PALETTE
"""The 19 classes, by trainId."""


@cache
def known() -> dict[str, frozenset[Colour]]:
    """The palettes that a coloured label is compared with."""
    return {
        "PASCAL VOC": frozenset({*map(voc_colour, range(21)), VOC_VOID}),
        "Cityscapes": frozenset({*CITYSCAPES, *UNSCORED_PALETTE}),
    }


def palette_of(colours: Iterable[Colour]) -> str | None:
    """The known palette that holds all these colours, at least two of them not black; else None."""
    found = {*colours}
    if len(found - {(0, 0, 0)}) < 2:
        return None
    return next((name for name, palette in known().items() if found <= palette), None)


def luminance(colour: Colour) -> int:
    """What Pillow's ``convert("L")`` makes of a colour."""
    red, green, blue = colour
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16


def luminance_truncated(colour: Colour) -> int:
    """What OpenCV's ``IMREAD_GRAYSCALE`` makes of a colour of a palette: the same weights, rounded down."""
    red, green, blue = colour
    return (red * 4899 + green * 9617 + blue * 1868) >> 14


def greys(palette: Iterable[Colour]) -> tuple[frozenset[int], frozenset[int]]:
    """The grey levels of a palette, as Pillow and as OpenCV round them."""
    colours = [*palette]
    return frozenset(map(luminance, colours)), frozenset(map(luminance_truncated, colours))

"""Colours that well-known labels are drawn in, and the grey levels that careless readers turn them into."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from segloss_cli.types import Colour

CITYSCAPES: tuple[Colour, ...] = (
    (128, 64, 128),
    (244, 35, 232),
    (70, 70, 70),
    (102, 102, 156),
    (190, 153, 153),
    (153, 153, 153),
    (250, 170, 30),
    (220, 220, 0),
    (107, 142, 35),
    (152, 251, 152),
    (70, 130, 180),
    (220, 20, 60),
    (255, 0, 0),
    (0, 0, 142),
    (0, 0, 70),
    (0, 60, 100),
    (0, 80, 100),
    (0, 0, 230),
    (119, 11, 32),
)
"""The 19 classes, by trainId."""

_CITYSCAPES_UNSCORED: tuple[Colour, ...] = (
    (0, 0, 0),
    (111, 74, 0),
    (81, 0, 81),
    (250, 170, 160),
    (230, 150, 140),
    (180, 165, 180),
    (150, 100, 100),
    (150, 120, 90),
    (0, 0, 90),
    (0, 0, 110),
)

VOC_VOID: Colour = (224, 224, 192)


def voc_colour(index: int) -> Colour:
    """The colour of an id in the PASCAL VOC colour map: its bits, spread over R, G and B from the top.

    >>> voc_colour(1), voc_colour(15), voc_colour(255)
    ((128, 0, 0), (192, 128, 128), (224, 224, 192))
    """
    red = green = blue = 0
    for step in range(8):
        triple = index >> (3 * step)
        red |= (triple & 1) << (7 - step)
        green |= (triple >> 1 & 1) << (7 - step)
        blue |= (triple >> 2 & 1) << (7 - step)
    return red, green, blue


@cache
def known() -> dict[str, frozenset[Colour]]:
    """The palettes that a coloured label is compared with."""
    return {
        "PASCAL VOC": frozenset({*map(voc_colour, range(21)), VOC_VOID}),
        "Cityscapes": frozenset({*CITYSCAPES, *_CITYSCAPES_UNSCORED}),
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

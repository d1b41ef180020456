"""How alike a label and an image are, in grey levels; strip by strip, as both may be large. Imports NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from segloss_cli.types import Mask, Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIP = 1 << 20
"""Pixels that are looked at together."""

# of 65,536: what Pillow's convert("L") makes of red, green and blue
_RED, _GREEN, _BLUE, _HALF = 19595, 38470, 7471, 0x8000


class Likeness(NamedTuple):
    """The largest difference of two pictures in grey levels, and the share of one's contrast that they differ by.

    ``distance`` is the root mean square of the difference over the standard deviation of the image, which counts as
    1 grey level at least.
    """

    worst: int
    distance: float


def greys_of(label: Profile, mask: Mask, least: int) -> Iterator[NDArray[Any]]:
    """The label read as grey levels: as stored, and through its palette; none that has no more than ``least``."""
    ids = mask.ids()[0]
    deep = 8 * (label.high > 255)
    palette = label.container.palette[:256]
    if palette and ids.ndim == 2:
        table = np.zeros((1, 256, 3), np.uint8)
        table[0, : len(palette)] = palette
        yield from _with_levels(_luminance(table, 0)[0][ids], least)
    yield from _with_levels(_luminance(ids, deep) if ids.ndim == 3 else (ids >> deep).astype(np.uint8), least)


def grid_of(levels: list[bytes]) -> NDArray[Any]:
    """Rows of grey levels as an array."""
    return np.frombuffer(b"".join(levels), np.uint8).reshape(len(levels), -1)


def shrunk(grey: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Means over blocks: as small as a thumbnail of this shape."""
    down, along = (np.arange(n) * length // n for n, length in zip(shape, grey.shape, strict=True))
    sums = np.add.reduceat(np.add.reduceat(grey, along, 1, np.int64), down, 0)
    sizes = np.outer(np.diff([*down, grey.shape[0]]), np.diff([*along, grey.shape[1]]))
    return np.asarray(sums // sizes)


def likeness(grey: NDArray[Any], photo: NDArray[Any]) -> Likeness:
    """How alike a label in grey and an image in grey of one shape are."""
    worst = squares = total = spread = 0
    for rows in _strips(photo):
        one, other = grey[rows].astype(np.int64), photo[rows].astype(np.int64)
        difference = one - other
        worst = max(worst, int(abs(difference).max()))
        squares += int((difference**2).sum())
        total += int(other.sum())
        spread += int((other**2).sum())
    mean = total / photo.size
    deviation = max(spread / photo.size - mean**2, 1.0) ** 0.5
    return Likeness(worst, (squares / photo.size) ** 0.5 / deviation)


def _with_levels(grey: NDArray[Any], least: int) -> Iterator[NDArray[Any]]:
    if np.unique(grey).size > least:
        yield grey


def _luminance(bands: NDArray[Any], deep: int) -> NDArray[Any]:
    """The bands in grey; of two bands the first is."""
    if bands.shape[-1] < 3:
        return np.asarray((bands[..., 0] >> deep).astype(np.uint8))
    grey = np.empty(bands.shape[:2], np.uint8)
    for rows in _strips(grey):
        red, green, blue = (bands[rows, :, band].astype(np.int64) >> deep for band in range(3))
        grey[rows] = red * _RED + green * _GREEN + blue * _BLUE + _HALF >> 16
    return grey


def _strips(grid: NDArray[Any]) -> Iterator[slice]:
    height, width = grid.shape
    step = max(STRIP // width, 1)
    return (slice(top, top + step) for top in range(0, height, step))

"""How the areas of an 8-bit picture meet: the measurements of ``Edges``, by Pillow alone.

All of it is comparing the picture with copies of itself that are moved by a pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops

from segloss_cli._edges import LONG, MANY, summed, suspicious
from segloss_cli._level_arrays import at_hand, plane_of
from segloss_cli.types import Edges, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

STRIP = 1 << 20
"""Pixels that are looked at together."""

LINES = 16
"""Rows, and where they tell too little as many columns, that show whether all pixels are worth a look."""

ENOUGH = 30
"""So many jumps without a sliver between them are no slopes."""

_HIT = [0] + [255] * 255
_MISS = [255] + [0] * 255

_SAME = range(256)

Triples = dict[tuple[Number, Number, Number], int]


def sample(image: Image.Image) -> bool:
    """Whether some rows, or some columns, of the picture have suspiciously many slivers."""
    width, height = image.size
    jumps, slivers = _line(_lines(image, width, min(LINES, height)), 1, 0)
    if jumps < ENOUGH:
        more = _line(_lines(image, min(LINES, width), height), 0, 1)
        jumps, slivers = jumps + more[0], slivers + more[1]
    return suspicious(jumps, slivers)


def edges_of(image: Image.Image) -> Edges | None:
    """The edges of a picture; None for noise, photographs, and pictures without a pixel that has eight neighbours."""
    total: Edges | None = None
    for strip in _strips(image):
        part = _measure(strip)
        if part is None:
            return None
        total = part if total is None else total + part
    return total


def _strips(image: Image.Image) -> Iterator[Image.Image]:
    """Rows that overlap by two, so that each row but the first and the last is the inside of one strip."""
    if image.width < 3:
        return
    step = max(STRIP // image.width, 1)
    for top in range(1, image.height - 1, step):
        strip = image.crop((0, top - 1, image.width, min(top + step, image.height - 1) + 1))
        # indices of a palette as grey levels: many of Pillow's functions want mode L
        yield strip.point(_SAME, "L")


def _lines(image: Image.Image, width: int, height: int) -> Image.Image:
    """Every so manyth row or column, as grey levels: with each copy of mode P Pillow copies the palette too."""
    lines = image.resize((width, height), Image.Resampling.NEAREST)
    return Image.frombytes("L", (width, height), lines.tobytes())


def _line(image: Image.Image, dx: int, dy: int) -> tuple[int, int]:
    """The jumps and slivers of rows or columns that are not neighbours."""
    width, height = image.width - 2 * dx, image.height - 2 * dy
    if min(width, height) < 1:
        return 0, 0
    if at_hand(image):
        from segloss_cli._sliver_arrays import jumps_and_slivers

        return jumps_and_slivers(plane_of(image), axis=dy)
    before, here, after = (image.crop((k * dx, k * dy, k * dx + width, k * dy + height)) for k in range(3))
    low, high = ImageChops.darker(before, after), ImageChops.lighter(before, after)
    slivers = ImageChops.darker(ImageChops.subtract(here, low), ImageChops.subtract(high, here))
    return _apart(low, high), _nonzero(slivers) if slivers.getbbox() else 0


def _measure(strip: Image.Image) -> Edges | None:
    width, height = strip.width - 2, strip.height - 2
    moved = {(x, y): strip.crop((x, y, x + width, y + height)) for y in range(3) for x in range(3)}
    here = moved[1, 1]
    triples: Triples = {}
    jumps, peaks, slivers = 0, 0, []
    for before, after in ((moved[0, 1], moved[2, 1]), (moved[1, 0], moved[1, 2])):
        low, high = ImageChops.darker(before, after), ImageChops.lighter(before, after)
        mask = ImageChops.darker(ImageChops.subtract(here, low), ImageChops.subtract(high, here)).point(_HIT)
        seen = _triples(low, here, high, mask)
        if seen is None:
            return None
        triples = summed(triples, seen)
        slivers.append(mask)
        jumps += _apart(low, high)
        peaks += _nonzero(ImageChops.subtract(here, high)) + _nonzero(ImageChops.subtract(low, here))
    flat = _spread(list(moved.values())).point(_MISS)
    return Edges(
        pixels=width * height,
        flat=_nonzero(flat),
        jumps=jumps,
        peaks=peaks,
        long=_long(slivers[0]),
        triples=triples,
        between=_values(here, ImageChops.lighter(*slivers)),
        solid=frozenset(_values(here, flat)),
    )


def _triples(low: Image.Image, here: Image.Image, high: Image.Image, mask: Image.Image) -> Triples | None:
    """The slivers by (low, here, high); None where there are too many different ones."""
    bands = Image.merge("RGB", (low, here, high))
    black = Image.new("RGB", bands.size)
    seen: list[Any] | None = Image.composite(bands, black, mask).getcolors(MANY)
    return None if seen is None else {key: count for count, key in seen if key != (0, 0, 0)}


def _spread(pictures: list[Image.Image]) -> Image.Image:
    """By how much the pictures differ at each pixel, at most."""
    low = high = pictures[0]
    for picture in pictures[1:]:
        low, high = ImageChops.darker(low, picture), ImageChops.lighter(high, picture)
    return ImageChops.subtract(high, low)


def _long(mask: Image.Image) -> int:
    width = mask.width - 2 * LONG
    if width < 1:
        return 0
    left, here, right = (mask.crop((k * LONG, 0, k * LONG + width, mask.height)) for k in range(3))
    return _nonzero(ImageChops.darker(ImageChops.darker(left, here), right))


def _apart(low: Image.Image, high: Image.Image) -> int:
    return sum(ImageChops.subtract(high, low).histogram()[2:])


def _nonzero(image: Image.Image) -> int:
    return sum(image.histogram()[1:])


def _values(image: Image.Image, mask: Image.Image) -> dict[Number, int]:
    return {value: count for value, count in enumerate(image.histogram(mask)) if count}

"""What ``profile`` asks of 8-bit pictures, by NumPy: for processes that have it loaded, as the workers of a check may.

The answers are those of Pillow, in a half to a third of the time; loading NumPy takes as long as 500 pictures gain.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from segloss_cli.types import Number, Place

NOISE = 16
"""With more than one run in so many pixels, counting runs takes longer than counting pixels."""

_KEEP_BYTES = 16 << 20
_PLANE = "plane of segloss"

BYTES = {"L", "P"}
"""Modes of a byte a pixel."""


def at_hand(image: Image.Image) -> bool:
    """Whether NumPy is loaded, and the picture has a byte a pixel."""
    return image.mode in BYTES and loaded()


def loaded() -> bool:
    """Whether something else has loaded NumPy, here."""
    return "numpy" in sys.modules


@cache
def keep_freed_memory() -> None:
    """Have the C library keep what a picture's bytes took for those of the next.

    glibc gives memory back beyond twice the largest block that was ever mapped and freed, and the next picture faults
    it in again, page by page, which takes longer than counting. Nothing of this block is touched; of one beyond 32 MiB
    no note would be taken.
    """
    bytes(_KEEP_BYTES)


def stripped(rows: bytes, width: int, mode: str) -> Image.Image:
    """The picture of rows of a byte a pixel that stand behind another byte each."""
    import numpy as np

    keep_freed_memory()
    return _sharing(np.frombuffer(rows, np.uint8).reshape(-1, width + 1)[:, 1:].copy(), mode)


def blank(mode: str, width: int, height: int, last: int) -> Image.Image:
    """A picture of a byte a pixel to decode into: all that is known of its pixels is the value of the last row's."""
    import numpy as np

    keep_freed_memory()
    plane = np.empty((height, width), np.uint8)
    plane[-1] = last
    return _sharing(plane, mode)


def _sharing(plane: NDArray[Any], mode: str) -> Image.Image:
    """A picture of these very pixels; :func:`plane_of` has them at hand, so that none of them may be changed later."""
    from PIL import Image

    image = Image.frombuffer(mode, plane.shape[::-1], plane, "raw", mode, 0, 1)
    vars(image)[_PLANE] = plane
    return image


def plane_of(image: Image.Image) -> NDArray[Any]:
    """The pixels, rows by columns; for pictures of a byte a pixel."""
    import numpy as np

    known: NDArray[Any] | None = vars(image).get(_PLANE)
    if known is not None:
        return known
    keep_freed_memory()
    return np.frombuffer(image.tobytes(), np.uint8).reshape(image.height, image.width)


def levels_by_runs(image: Image.Image) -> list[int] | None:
    """The pixels of each level, from the runs of equal pixels; None where those are too many, as in noise."""
    import numpy as np

    flat = plane_of(image).reshape(-1)
    ends = _steps(flat)
    if ends.size * NOISE > flat.size:
        return None
    # append() and diff(prepend=...) would take as long as all the rest
    ends = np.concatenate((ends, [flat.size - 1]))
    lengths = ends + 1
    lengths[1:] = ends[1:] - ends[:-1]
    levels: list[int] = np.bincount(flat[ends], lengths, 256).astype(np.int64).tolist()
    return levels


def _steps(flat: NDArray[Any]) -> NDArray[Any]:
    """Where a pixel differs from the next.

    Eight at a time, since most words of eight hold no step: three quarters of the time that ``flatnonzero`` takes.
    """
    import numpy as np

    differs = np.zeros(-(-flat.size // 8) * 8, bool)
    np.not_equal(flat[1:], flat[:-1], out=differs[: flat.size - 1])
    words = differs.view(np.uint64)
    some = np.flatnonzero(words != 0)
    near = np.flatnonzero(words[some].view(bool))
    steps: NDArray[Any] = (some[near >> 3] << 3) + (near & 7)
    return steps


def survives(image: Image.Image, value: Number, radius: int) -> bool:
    """Whether a pixel of a value survives an erosion with a (2r + 1)^2 box; beyond the border all has that value."""
    import numpy as np

    from segloss_cli._arrays import eroded

    hits = np.ones((image.height + 2 * radius, image.width + 2 * radius), bool)
    hits[radius:-radius, radius:-radius] = plane_of(image) == value
    return bool(eroded(hits, 2 * radius + 1).any())


def place_of(image: Image.Image, values: Sequence[Number]) -> Place | None:
    """The first pixel that has one of the values, and the box around all; None where there is none."""
    from segloss_cli._arrays import place

    plane = plane_of(image)
    if not values:
        return None
    hits = plane == values[0]
    for value in values[1:]:
        hits |= plane == value
    return place(hits)

"""Whether the planes of an array of 0 and 1 have exactly one 1 in each pixel: for the rule about one-hot labels."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from segloss_cli.types import Contract, Mask, OneHot, Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 256
"""An axis longer than this is taken for height or width, not for classes."""


def with_one_hot(mask: Mask, profile: Profile, contract: Contract) -> Profile:
    """The profile with what its planes hold together, where it is an array that may have a plane per class.

    The class axis is the one of the declared length, else the shorter of the two that it can be.
    """
    array = mask.array
    if array is None or mask.container.mode or len(array.shape) not in {3, 4} or not _zeros_and_ones(profile):
        return profile
    at = class_axis(array.shape, contract.num_classes if contract.says("num_classes") else None)
    return profile if at is None else replace(profile, one_hot=_measured(array, at))


def class_axis(shape: tuple[int, ...], classes: int | None) -> int | None:
    """Which axis has the planes, or None where none can.

    >>> class_axis((5, 64, 48), None), class_axis((2, 64, 48, 5), None), class_axis((3, 64, 3), 3)
    (0, 3, 0)
    >>> class_axis((64, 48, 40), None) is None  # no shorter than the picture by far
    True
    """
    first, last = len(shape) - 3, len(shape) - 1
    if classes is not None:
        return next((axis for axis in (first, last) if shape[axis] == classes > 1), None)
    axis = min((first, last), key=lambda one: shape[one])
    sides = shape[first + 1 :] if axis == first else shape[first:last]
    return axis if 2 <= shape[axis] <= MOST and 2 * shape[axis] <= min(sides) else None


def _zeros_and_ones(profile: Profile) -> bool:
    if profile.nonfinite or not profile.integral or (profile.low, profile.high) != (0, 1):
        return False
    return profile.counts is not None or profile.colours is not None


def _measured(array: NDArray[Any], at: int) -> OneHot:
    """Counts over all images, a strip of rows at a time."""
    import numpy as np

    view = array[None] if array.ndim == 3 else array
    view = np.moveaxis(view, -1, 1) if at == array.ndim - 1 else view
    images, planes, height, width = view.shape
    overlaps, holes = 0, 0
    first: dict[str, tuple[int, int, int] | None] = {"overlap": None, "hole": None}
    rows = max((1 << 22) // max(planes * width, 1), 1)
    for n in range(images):
        for top in range(0, height, rows):
            claims = np.count_nonzero(view[n, :, top : top + rows], axis=0)
            over, none = claims > 1, claims == 0
            overlaps, holes = overlaps + int(over.sum()), holes + int(none.sum())
            first["overlap"] = first["overlap"] or _first(over, n, top)
            first["hole"] = first["hole"] or _first(none, n, top)
    axis = ", ".join(("N",) * (array.ndim - 3) + (("C", "H", "W") if at == array.ndim - 3 else ("H", "W", "C")))
    return OneHot(planes, axis, images * math.prod((height, width)), overlaps, holes, first["overlap"], first["hole"])


def _first(hits: NDArray[Any], n: int, top: int) -> tuple[int, int, int] | None:
    import numpy as np

    if not hits.any():
        return None
    y, x = (int(i) for i in np.unravel_index(int(np.argmax(hits)), hits.shape))
    return n, top + y, x

"""A chunk's labels as classes, and sums by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def classes_of(
    labels: NDArray[Any], classes: int, ignore: frozenset[int], *, out: NDArray[np.intp]
) -> tuple[NDArray[np.intp], int]:
    """Write a chunk's labels to ``out`` as indices, with 0 where the pixel does not count.

    Returns:
        The pixels that do not count, and how many of them are neither a class nor ignored.

    >>> label = np.empty(4, np.intp)
    >>> bad, outside = classes_of(np.asarray([0, 2, 255, 7], np.uint8), 3, frozenset({255}), out=label)
    >>> label.tolist(), bad.tolist(), outside
    ([0, 2, 0, 0], [2, 3], 1)
    """
    label = out
    np.copyto(label, labels, casting="unsafe")
    # labels of 8 bits are compared as they are, an eighth of the bytes
    raw = labels if labels.dtype == np.uint8 and classes < 256 else label
    left_out = raw >= classes if raw is labels else (raw >= classes) | (raw < 0)
    outside = int(np.count_nonzero(left_out))
    for value in ignore if outside else ():
        if not 0 <= value < classes:
            outside -= int(np.count_nonzero(raw == value))
    for value in ignore:
        if 0 <= value < classes:
            left_out |= raw == value
    bad = np.flatnonzero(left_out)
    label[bad] = 0
    return bad, outside


def by_class(
    rows: Sequence[NDArray[Any]], label: NDArray[np.intp], classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum each row (pixels,) by label, float64 (rows, classes); and the pixels of each class.

    >>> sums, count = by_class([np.asarray([1.0, 2.0, 4.0])], np.asarray([1, 1, 0]), 3)
    >>> sums.tolist(), count.tolist()
    ([[4.0, 3.0, 0.0]], [1.0, 2.0, 0.0])
    """
    edges = np.flatnonzero(label[1:] != label[:-1])
    if edges.size * 4 > label.size:
        whole = np.bincount(label, minlength=classes).astype(np.float64)
        return np.stack([np.bincount(label, weights=row, minlength=classes) for row in rows]), whole
    starts = np.empty(edges.size + 1, np.intp)
    starts[0] = 0
    np.add(edges, 1, out=starts[1:])
    who = label[starts]
    lengths = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=lengths[:-1])
    lengths[-1] = label.size - starts[-1]
    runs = (np.add.reduceat(row, starts) for row in rows)
    count = np.bincount(who, weights=lengths, minlength=classes).astype(np.float64, copy=False)
    return np.stack([np.bincount(who, weights=run, minlength=classes) for run in runs]), count

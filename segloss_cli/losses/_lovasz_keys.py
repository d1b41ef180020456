"""Lovasz extensions on the CPU: one integer per pixel, sorted.

Only the pairs (error, whether the pixel is of the class) matter, not where they come from. So a pixel is one unsigned
integer: the bits of its error, times two, plus one for a pixel of the class. Bits of floats that are not negative sort
as the floats do; no permutation is made, and integers are what NumPy sorts fastest.

In ascending order, with n pixels, G of the class and f of those before position i, the Jaccard loss of the pixels from
i on is 1 - H(i), H(i) = f / (n - i + f), and the extension is the sum of error(i) (H(i + 1) - H(i)).

As long as f is 0 a pixel adds exactly nothing. Those are pixels of other classes with errors below the smallest of the
class's own: set to one value they cost the sort next to nothing, and the sum leaves them out. Pixels that do not count
are among them, with error 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._lovasz import Errors, Task
    from segloss_cli.losses._sums import Marks, Strips

BLOCK = 1 << 16
"""Pixels that are worked on at a time, so that what is made of them stays in the cache."""

_PIECE = 1 << 13

BIN_BLOCK = 1 << 18
"""The same for a histogram, whose bins are touched once a block."""

_LARGE = 1 << 21
"""Fewer pixels times classes than this are left to one worker."""


@dataclass(slots=True)
class Room:
    """The buffers of a worker: a key per pixel, and what a block needs: ``steps`` are 0, -1, -2, ..."""

    keys: NDArray[Any]
    bits: NDArray[Any]
    before: NDArray[Any]
    union: NDArray[Any]
    steps: NDArray[Any]
    height: NDArray[np.float64]
    wide: NDArray[np.float64]
    places: NDArray[np.intp]

    @classmethod
    def of(cls, pixels: int, dtype: np.dtype[Any]) -> Room:
        """Room for so many pixels of a floating dtype."""
        block, size = min(BLOCK, pixels), dtype.itemsize
        whole = f"i{size}" if pixels < 1 << 31 else "i8"
        return cls(
            keys=np.empty(pixels, f"u{size}"),
            bits=np.empty(block, f"i{size}"),
            before=np.empty(block + 1, whole),
            union=np.empty(block + 1, whole),
            steps=np.arange(0, -block - 1, -1).astype(whole),
            height=np.empty(block + 1),
            wide=np.empty(block + 1),
            places=np.empty(min(BIN_BLOCK, pixels), np.intp),
        )


def extensions(strips: Sequence[Strips], tasks: Sequence[Task], errors: Errors, bins: int | None) -> list[float]:
    """The Lovasz extension of every task, in order.

    Args:
        strips: the images.
        tasks: which images to rank together, for which class.
        errors: what to sort.
        bins: None is exact; else errors in [0, 1] are counted in so many bins.
    """
    sizes = [sum(strips[i].pixels for i in images) for images, _ in tasks]
    workers = _workers(strips[0].workers, len(tasks), sum(sizes))
    spare = [Room.of(max(sizes), strips[0].dtype) for _ in range(workers)]

    def work(task: Task) -> float:
        images, c = task
        room = spare.pop()  # never empty: as many tasks are under way as there are rooms
        try:
            return _one([(strips[i], strips[i].marks(c)) for i in images], c, errors, room, bins)
        finally:
            spare.append(room)

    if workers == 1:
        return [work(task) for task in tasks]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, tasks))


def _workers(most: int, tasks: int, pixels: int) -> int:
    """How many threads: each holds a key per pixel, so a quarter of the classes, to stay small beside the logits."""
    return 1 if pixels < _LARGE else max(1, min(most, -(-tasks // 4)))


def _one(parts: Sequence[tuple[Strips, Marks]], c: int, errors: Errors, room: Room, bins: int | None) -> float:
    size = sum(marks.size for _, marks in parts)
    with np.errstate(all="ignore"):
        if bins is not None and size:
            return _binned(parts, c, errors, room, bins)
        keys, lowest = _fill(parts, c, errors, room)
        dtype = parts[0][0].dtype
        if not size:
            # the Jaccard loss of an absent class is 1 as soon as one pixel is taken for it; no bits are above NaN's
            return float((keys.max() >> 1).view(dtype))
        np.maximum(keys, lowest - 1, out=keys)
        keys.sort()
        return _sum(keys[int(np.searchsorted(keys, lowest)) :], room, dtype)


def _fill(parts: Sequence[tuple[Strips, Marks]], c: int, errors: Errors, room: Room) -> tuple[NDArray[Any], Any]:
    """The keys of all pixels, unsorted; and the lowest of the class's own."""
    start, lowest = 0, np.iinfo(room.keys.dtype).max
    for strip, marks in parts:
        image = room.keys[start : start + strip.pixels]
        for a in range(0, strip.pixels, BLOCK):
            b = min(a + BLOCK, strip.pixels)
            floats = image[a:b].view(strip.dtype)
            (strip.logits if errors.of_logits else strip.probability)(c, a, b, floats)
            own = np.flatnonzero(marks.codes[a:b] == marks.inside)
            inside = errors.in_place(floats, own)
            np.left_shift(image[a:b], 1, out=image[a:b])
            keys = (inside.view(image.dtype) << 1) | 1
            image[a:b][own] = keys
            lowest = min(lowest, keys.min(initial=lowest))
        image[marks.void] = 0
        strip.release()
        start += strip.pixels
    return room.keys[:start], lowest


def _sum(keys: NDArray[Any], room: Room, dtype: np.dtype[Any]) -> float:
    """The sum of error times weight over ascending keys, of which the first is of the class; keys are used up."""
    total, ahead = 0.0, 0
    for a in range(0, keys.size, BLOCK):
        part = keys[a : a + BLOCK]
        k = part.size
        bits, before, union = room.bits[:k], room.before[: k + 1], room.union[: k + 1]
        height, wide = room.height[: k + 1], room.wide[: k + 1]
        np.bitwise_and(part.view(bits.dtype), 1, out=bits)
        before[0] = ahead
        bits[0] += ahead
        np.cumsum(bits, out=before[1:])
        np.add(before, room.steps[: k + 1], out=union)
        union += keys.size - a
        # converted first: a division of integers converts in smaller pieces
        np.copyto(height, before)
        np.copyto(wide, union)
        height /= wide
        weight = np.subtract(height[1:], height[:-1], out=wide[:-1])
        np.right_shift(part, 1, out=part)
        np.copyto(height[:-1], part.view(dtype))
        total += _dot(height[:-1], weight)
        ahead = int(before[-1])
    return total


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The dot product, in pieces that OpenBLAS does not share out to threads of its own."""
    return sum(float(np.dot(a[i : i + _PIECE], b[i : i + _PIECE])) for i in range(0, a.size, _PIECE))


def _binned(parts: Sequence[tuple[Strips, Marks]], c: int, errors: Errors, room: Room, bins: int) -> float:
    """The same with every error at the middle of its bin, which is off by half a bin at most: weights add up to 1."""
    own, rest = np.zeros(bins, np.intp), np.zeros(bins, np.intp)
    for strip, marks in parts:
        for a in range(0, strip.pixels, room.places.size):
            b = min(a + room.places.size, strip.pixels)
            floats, places = room.keys[: b - a].view(strip.dtype), room.places[: b - a]
            (strip.logits if errors.of_logits else strip.probability)(c, a, b, floats)
            void = marks.void[slice(*np.searchsorted(marks.void, (a, b)))] - a
            floats[void] = 0
            if np.isnan(floats.max()):
                return float("nan")
            mine = np.flatnonzero(marks.codes[a:b] == marks.inside)
            inside = errors.in_place(floats, mine)
            np.multiply(floats, bins, out=places, casting="unsafe")
            np.minimum(places, bins - 1, out=places)
            places[mine] = bins
            rest += np.bincount(places, minlength=bins)[:bins]
            own += np.bincount(np.minimum((inside * bins).astype(np.intp), bins - 1), minlength=bins)
        strip.release()
    return _from_counts(own, rest)


def _from_counts(own: NDArray[np.intp], rest: NDArray[np.intp]) -> float:
    """The extension from how many pixels of the class and of others have an error in each bin of [0, 1].

    >>> _from_counts(np.asarray([0, 1]), np.asarray([1, 0]))  # one error, of the class, is near 3/4
    0.75
    """
    bins = own.size
    before = np.concatenate([[0], np.cumsum(own)])
    after = rest.sum() - np.concatenate([[0], np.cumsum(rest)])
    height = before / (before[-1] + after)
    middle = (np.arange(bins) + 0.5) / bins
    return float(np.sum(middle * np.diff(height)))

"""The sum of the largest of many values, without a copy of them: the least of those is found digit by digit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECE = 1 << 18
_DIGIT = 16


def top_sum(images: Sequence[NDArray[Any]], k: int) -> Any:
    """The sum of the k largest of all values, a float64.

    The bits of numbers that are not negative grow with them, so two counts by 16 bits (four in float64) find the k-th
    largest exactly. NaN is the largest of all. What is negative marks what does not count and ranks as 0.

    >>> images = [np.asarray([-1.0, 3.0, 1.0]), np.asarray([2.0, 1.0])]
    >>> [float(top_sum(images, k)) for k in range(5)]
    [0.0, 3.0, 5.0, 6.0, 7.0]
    """
    total = np.float64(0)
    if k <= 0:
        return total
    dtype = images[0].dtype
    least, some = _least(images, k)
    for values, keys in _pieces(images):
        total += values[keys > least].sum(dtype=np.float64)
    return total + some * np.float64(_word(dtype).type(least).view(dtype))


def _least(images: Sequence[NDArray[Any]], k: int) -> tuple[int, int]:
    """The key of the k-th largest value, and how many of that key are among the k."""
    prefix, some, first = 0, k, 8 * images[0].itemsize - _DIGIT
    for shift in range(first, -1, -_DIGIT):
        counts = np.zeros(1 << _DIGIT, np.int64)
        for _, keys in _pieces(images):
            alike = keys if shift == first else keys[keys >> (shift + _DIGIT) == prefix]
            counts += np.bincount((alike >> shift).astype(np.uint16), minlength=counts.size)
        above = counts[::-1].cumsum()
        place = int(np.searchsorted(above, some))
        digit = counts.size - 1 - place
        some -= int(above[place] - counts[digit])
        prefix = prefix << _DIGIT | digit
    return prefix, some


def _pieces(images: Sequence[NDArray[Any]]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Values, and integers in the order of them."""
    word = _word(images[0].dtype)
    positive = word.type(np.iinfo(word).max >> 1)
    for values in images:
        for a in range(0, values.size, _PIECE):
            piece = values[a : a + _PIECE]
            keys = piece.view(word) & positive
            keys[piece < 0] = 0  # no NaN, whatever its sign
            yield piece, keys


def _word(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"u{dtype.itemsize}")

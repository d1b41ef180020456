"""Large arrays read as (N, C, H, W), block by block, so that a memory map is never held in memory whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1 << 20
"""Values in a block, unless one row of all channels has more."""

SAMPLE = 1 << 18
"""Values in a sample."""

Block = tuple[int, int, "NDArray[Any]"]


def nchw(array: NDArray[Any], axes: str) -> NDArray[Any]:
    """A view with the axes in the order N, C, H, W; those that are not stored have length 1.

    >>> import numpy
    >>> nchw(numpy.zeros((4, 6, 3)), "HWC").shape
    (1, 3, 4, 6)
    """
    order = [axes.index(axis) for axis in "NCHW" if axis in axes]
    view: NDArray[Any] = array.transpose(order)[tuple(slice(None) if axis in axes else None for axis in "NCHW")]
    return view


def blocks(view: NDArray[Any]) -> Iterator[Block]:
    """Image, first row, and the (C, rows, W) block in native byte order, over a whole (N, C, H, W) view.

    A file's pages are let go of on the way.
    """
    n, c, h, w = view.shape
    rows = max(BLOCK // (c * w), 1)
    for index in range(n):
        for top in range(0, h, rows):
            yield index, top, _native(view[index, :, top : top + rows])
            release(view)


def sample(view: NDArray[Any]) -> Iterator[Block]:
    """Single rows of all channels as :func:`blocks` gives them, spread evenly over all images."""
    n, c, h, w = view.shape
    rows = min(max(SAMPLE // (c * w), 1), n * h)
    with scattered(view):
        for step in range(rows):
            index, top = divmod(step * (n * h - 1) // max(rows - 1, 1), h)
            yield index, top, _native(view[index, :, top : top + 1])
            release(view)


@contextmanager
def scattered(array: NDArray[Any]) -> Iterator[None]:
    """Read a memory map here and there: a page that is not in the cache comes alone, not with megabytes around it."""
    _advise(array, "MADV_RANDOM")
    try:
        yield
    finally:
        _advise(array, "MADV_NORMAL")


def release(array: NDArray[Any]) -> None:
    """Drop a memory map's pages from this process; they stay in the system's cache.

    Left alone are arrays that may be written to (a private copy's changes would be lost), and those in Fortran
    order, where each row touches every page.
    """
    if array.flags.writeable or abs(array.strides[-2]) < abs(array.strides[-1]):
        return
    _advise(array, "MADV_DONTNEED")


def _advise(array: NDArray[Any], advice: str) -> None:
    """Tell the system what comes next of a memory map, where this system has such advice."""
    owner: Any = array
    while owner is not None:
        if hasattr(owner, "madvise"):
            import mmap

            if hasattr(mmap, advice):
                owner.madvise(getattr(mmap, advice))
            return
        owner = getattr(owner, "base", None)


def _native(block: NDArray[Any]) -> NDArray[Any]:
    """In this machine's byte order, and not wider than float64, whose values Python can hold."""
    import numpy as np

    plain = np.asarray(block)
    if plain.dtype.kind == "f" and plain.dtype.itemsize > 8:
        with np.errstate(all="ignore"):
            return plain.astype(np.float64)
    return plain.astype(plain.dtype.newbyteorder("="), copy=False)

"""Predictions as blocks of logits: whatever is stored becomes (classes, pixels) rows in a scratch buffer.

A block is read straight from its file, so a prediction larger than memory is never held; probabilities become their
logarithm, hard ids 0 or -inf, and a resized prediction is interpolated row by row as it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from segloss_cli._record import record
from segloss_cli.losses._file_rows import FileRows, where_stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.types import Scores

_CERTAIN = 1000.0
"""A logit whose sigmoid is exactly 1, and 0 below zero."""


class Source(Protocol):
    """Logits of N images with C classes and H x W pixels, read by image and pixel range."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Images, classes, height, width."""

    def read(self, n: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Write the logits of pixels a to b of image n into ``out``, (classes, b - a)."""

    def view(self, n: int, a: int, b: int, scratch: NDArray[Any]) -> NDArray[Any]:
        """The logits of pixels a to b of image n: where they stand if they need no change, or read into ``scratch``."""

    def plane(self, n: int, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Write the logits of class c alone into ``out``, (b - a,)."""

    def release(self) -> None:
        """Give back memory that reading has touched."""


@record(frozen=True)
class Stored:
    """Logits from an array in any order of axes; ``convert`` turns a block of stored values into logits in place."""

    array: NDArray[Any]
    shape: tuple[int, int, int, int]
    last: bool
    convert: Callable[[NDArray[Any]], None] | None = None
    memory: Any = None

    def read(self, n: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Copy the block; the only copy that is ever made of it."""
        np.copyto(out, self.array[n, a:b].T if self.last else self.array[n, :, a:b], casting="unsafe")
        if self.convert:
            self.convert(out)

    def view(self, n: int, a: int, b: int, scratch: NDArray[Any]) -> NDArray[Any]:
        """The stored block itself, where its layout and dtype are what the engine computes in."""
        if not self.last and self.convert is None and self.array.dtype == scratch.dtype:
            return self.array[n, :, a:b]
        self.read(n, a, b, scratch)
        return scratch

    def plane(self, n: int, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Copy one class's row."""
        np.copyto(out, self.array[n, a:b, c] if self.last else self.array[n, c, a:b], casting="unsafe")
        if self.convert:
            self.convert(out)

    def release(self) -> None:
        """Drop the file's pages from this process; they stay in the system's cache."""
        if hasattr(self.memory, "madvise"):
            import mmap

            self.memory.madvise(mmap.MADV_DONTNEED)


@record(frozen=True)
class Hard:
    """Class ids as logits: 0 for the id's class, -inf for the others; one channel is far above or below 0."""

    ids: NDArray[Any]
    shape: tuple[int, int, int, int]

    def read(self, n: int, a: int, b: int, out: NDArray[Any]) -> None:
        """One-hot on the fly."""
        block = self.ids[n, a:b].astype(np.intp)
        if out.shape[0] == 1:
            out[0] = np.where(block != 0, _CERTAIN, -_CERTAIN)
            return
        out[...] = -np.inf
        inside = np.flatnonzero((block >= 0) & (block < out.shape[0]))
        out[block[inside], inside] = 0

    def view(self, n: int, a: int, b: int, scratch: NDArray[Any]) -> NDArray[Any]:
        """Always read: the block stands nowhere."""
        self.read(n, a, b, scratch)
        return scratch

    def plane(self, n: int, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Where the id is the class."""
        if self.shape[1] == 1:
            self.read(n, a, b, out[None])
            return
        out[...] = np.where(self.ids[n, a:b] == c, 0, -np.inf)

    def release(self) -> None:
        """Nothing is held."""


@record(frozen=True)
class TwoClass:
    """A one-channel prediction z as the two-class softmax of (0, z)."""

    source: Source

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """As the source's, with two classes."""
        n, _, h, w = self.source.shape
        return n, 2, h, w

    def read(self, n: int, a: int, b: int, out: NDArray[Any]) -> None:
        """A row of zeros above the row of logits."""
        out[0] = 0
        self.source.read(n, a, b, out[1:])

    def view(self, n: int, a: int, b: int, scratch: NDArray[Any]) -> NDArray[Any]:
        """Always read: the block stands nowhere."""
        self.read(n, a, b, scratch)
        return scratch

    def plane(self, n: int, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Zeros, or the channel."""
        out[...] = 0
        if c:
            self.source.plane(n, 0, a, b, out)

    def release(self) -> None:
        """As the source."""
        self.source.release()


@record(frozen=True)
class Channel:
    """One class of a source, as a source of one channel."""

    source: Source
    index: int

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """As the source's, with one channel."""
        n, _, h, w = self.source.shape
        return n, 1, h, w

    def read(self, n: int, a: int, b: int, out: NDArray[Any]) -> None:
        """The class's row."""
        self.source.plane(n, self.index, a, b, out[0])

    def view(self, n: int, a: int, b: int, scratch: NDArray[Any]) -> NDArray[Any]:
        """Always read."""
        self.read(n, a, b, scratch)
        return scratch

    def plane(self, n: int, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        """The only one that there is."""
        self.source.plane(n, self.index + c, a, b, out)

    def release(self) -> None:
        """As the source."""
        self.source.release()


@record(frozen=True)
class Resized:
    """Logits interpolated to another height and width: bilinear, corners aligned, as the tutorials do."""

    source: Source
    shape: tuple[int, int, int, int]

    def read(self, n: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Interpolate the rows that the pixels a to b lie in."""
        _, c, h, w = self.source.shape
        height, width = self.shape[2:]
        first, last = a // width, -(-b // width)
        y0, dy = _grid(h, height, first, last, out.dtype)
        x0, dx = _grid(w, width, 0, width, out.dtype)
        top, bottom = int(y0[0]), min(int(y0[-1]) + 2, h)
        rows = np.empty((c, (bottom - top) * w), out.dtype)
        self.source.read(n, top * w, bottom * w, rows)
        grid = rows.reshape(c, bottom - top, w)
        y1 = np.minimum(y0 + 1, h - 1) - top
        lines = _between(grid[:, y0 - top], grid[:, y1], dy[:, None])
        block = _between(lines[:, :, x0], lines[:, :, np.minimum(x0 + 1, w - 1)], dx)
        np.copyto(out, block.reshape(c, -1)[:, a - first * width : b - first * width])

    def view(self, n: int, a: int, b: int, scratch: NDArray[Any]) -> NDArray[Any]:
        """Always read: the block stands nowhere."""
        self.read(n, a, b, scratch)
        return scratch

    def plane(self, n: int, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        """One class, interpolated alone."""
        Resized(Channel(self.source, c), (self.shape[0], 1, *self.shape[2:])).read(n, a, b, out[None])

    def release(self) -> None:
        """As the source."""
        self.source.release()


def _between(low: NDArray[Any], high: NDArray[Any], part: NDArray[Any]) -> NDArray[Any]:
    """Linear interpolation in which a neighbour of weight 0 does not count, though it be -inf, the log of 0."""
    with np.errstate(invalid="ignore"):
        mixed: NDArray[Any] = low * (1 - part) + high * part
    if np.isfinite(mixed).all():
        return mixed
    exact: NDArray[Any] = np.where(part == 0, low, np.where(part == 1, high, mixed))
    return exact


def _grid(size: int, wanted: int, first: int, last: int, dtype: Any) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """The lower neighbour and the fraction of output positions first to last, corners aligned."""
    step = (size - 1) / (wanted - 1) if wanted > 1 else 0.0
    position = np.arange(first, last) * step
    lower = np.minimum(position.astype(np.intp), max(size - 1, 0))
    fraction: NDArray[Any] = (position - lower).astype(dtype)
    return lower, fraction


def from_array(array: NDArray[Any]) -> Stored:
    """Logits (N, C, ...) in memory.

    >>> from_array(np.zeros((2, 3, 4, 5))).shape
    (2, 3, 4, 5)
    """
    n, c = array.shape[:2]
    height = array.shape[2] if array.ndim > 2 else 1
    pixels = int(np.prod(array.shape[2:], dtype=np.int64))
    return Stored(array.reshape(n, c, pixels), (n, c, height, pixels // max(height, 1)), last=False)


def from_scores(scores: Scores, *, sigmoid: bool, classes: int) -> Source:
    """The logits of a prediction file.

    Args:
        scores: the file as read.
        sigmoid: whether probabilities are of a sigmoid (each channel alone) rather than a softmax.
        classes: how many classes class ids stand for.
    """
    n, c, h, w = scores.shape
    array = scores.array
    if scores.kind == "ids":
        return Hard(array.reshape(n, h * w), (n, classes, h, w))
    last = scores.axes.endswith("C")
    convert = _converter(scores, sigmoid=sigmoid)
    if (stored := where_stored(array)) is not None:
        return FileRows(*stored, array.dtype, scores.shape, last, convert)
    flat = array.reshape(n, h * w, c) if last else array.reshape(n, c, h * w)
    return Stored(flat, scores.shape, last, convert, getattr(array, "_mmap", None))


def _converter(scores: Scores, *, sigmoid: bool) -> Callable[[NDArray[Any]], None] | None:
    if scores.kind == "logits" or (scores.kind == "log-probabilities" and not sigmoid):
        return None
    if scores.kind == "log-probabilities":
        return _log_to_logit
    top = np.iinfo(scores.array.dtype).max if scores.array.dtype.kind in "ui" else 1

    def convert(block: NDArray[Any]) -> None:
        if top != 1:
            block /= block.dtype.type(top)
        (_probability_to_logit if sigmoid else _log)(block)

    return convert


def _log(block: NDArray[Any]) -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        np.log(block, out=block)


def _probability_to_logit(block: NDArray[Any]) -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.log1p(-block)
        np.log(block, out=block)
        np.subtract(block, rest, out=block)


def _log_to_logit(block: NDArray[Any]) -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        np.subtract(block, np.log(-np.expm1(block)), out=block)

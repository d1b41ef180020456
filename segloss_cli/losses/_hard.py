"""Hard regions of one image: the arg max of the logits against the label, and the boxes around both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Extent:
    """Where the regions of one image lie: ``rows`` (classes, height) and ``columns`` (classes, width) hold True.

    Of a run of equal ids in a row only the two ends are marked, which is all that a box needs. Workers share it:
    marking is only ever setting True. The last row of each is for pixels of no class, id -1.
    """

    rows: NDArray[np.bool_]
    columns: NDArray[np.bool_]

    @classmethod
    def zeros(cls, classes: int, height: int, width: int) -> Extent:
        """No pixel seen yet."""
        return cls(np.zeros((classes + 1, height), bool), np.zeros((classes + 1, width), bool))

    def mark(self, ids: NDArray[Any], start: int, ignore: frozenset[int] = frozenset()) -> NDArray[np.float64]:
        """Take in a stretch of pixels that begins at pixel ``start``: ids of classes, ignored ones, others.

        Returns:
            The pixels of each class, (classes,).
        """
        classes, width = self.columns.shape
        edge = np.empty(ids.size, bool)
        edge[0] = True
        np.not_equal(ids[1:], ids[:-1], out=edge[1:])
        edge[-start % width :: width] = True  # a run begins where its row begins
        starts = np.flatnonzero(edge)
        who = ids[starts].astype(np.intp)
        who[_is_none(who, classes, ignore)] = classes - 1
        starts += start % width
        # division by a scalar is vectorised, divmod is not
        row = starts // width
        column = starts - row * width
        row += who * self.rows.shape[1] + start // width
        self.rows.reshape(-1)[row] = True
        column += who * width
        columns = self.columns.reshape(-1)
        columns[column] = True
        lengths = np.empty_like(starts)
        np.subtract(starts[1:], starts[:-1], out=lengths[:-1])
        lengths[-1] = ids.size + start % width - starts[-1]
        column += lengths - 1
        columns[column] = True
        return np.bincount(who, weights=lengths, minlength=classes)[:-1].astype(np.float64, copy=False)

    def box(self) -> NDArray[np.float64]:
        """The half-open boxes (classes, 4) as x0, y0, x1, y1; zeros for empty regions."""
        (x0, x1), (y0, y1) = _ends(self.columns[:-1]), _ends(self.rows[:-1])
        return np.stack([x0, y0, x1, y1], axis=1).astype(np.float64)


def _ends(seen: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    some = seen.any(axis=1)
    first, last = seen.argmax(axis=1), seen.shape[1] - seen[:, ::-1].argmax(axis=1)
    return np.where(some, first, 0), np.where(some, last, 0)


@dataclass(slots=True)
class HardImage:
    """The regions of one image: as predicted, chunk by chunk, and as labelled, which takes one look at the whole."""

    predicted: Extent
    labelled: Extent

    @classmethod
    def zeros(cls, classes: int, height: int, width: int) -> HardImage:
        """No pixel seen yet."""
        return cls(Extent.zeros(classes, height, width), Extent.zeros(classes, height, width))

    def see(
        self,
        shifted: NDArray[Any],
        labels: tuple[NDArray[np.intp], NDArray[np.intp]],
        start: int,
        small: NDArray[np.uint8],
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Take in a chunk that begins at pixel ``start``.

        Args:
            shifted: logits less their maximum, (classes, pixels).
            labels: classes, (pixels,), and the pixels that do not count.
            start: the chunk's first pixel.
            small: scratch of the shape of ``shifted``.

        Returns:
            Where prediction and label agree, (pixels,), and how many pixels are predicted as each class.
        """
        label, bad = labels
        ids = arg_max(shifted, small)
        hits = ids == label
        ids[bad] = -1
        return hits, self.predicted.mark(ids, start)


def arg_max(shifted: NDArray[Any], small: NDArray[np.uint8]) -> NDArray[np.signedinteger[Any]]:
    """The first class whose logit is the maximum, from logits less their maximum, (classes, pixels); -1 for NaN.

    Hits times descending weights, then the maximum, in small integers: a fifteenth of ``argmax``'s time. ``small`` is
    scratch of the same shape.

    >>> shifted = np.asarray([[0.0, -1.0, 0.0, np.nan], [-2.0, 0.0, 0.0, np.nan]])
    >>> arg_max(shifted, np.empty(shifted.shape, np.uint8)).tolist()
    [0, 1, 0, -1]
    """
    classes = shifted.shape[0]
    np.equal(shifted, 0, out=small.view(bool))
    best: NDArray[np.signedinteger[Any]]
    if classes < 255:
        np.multiply(small, np.arange(classes, 0, -1, dtype=np.uint8)[:, None], out=small)
        best = np.maximum.reduce(small, axis=0).astype(np.int16)
    else:
        best = np.maximum.reduce(small * np.arange(classes, 0, -1, dtype=np.int32)[:, None], axis=0)
    best[best == 0] = classes + 1
    np.subtract(best.dtype.type(classes), best, out=best)
    return best


def _is_none(who: NDArray[np.intp], classes: int, ignore: frozenset[int]) -> NDArray[np.bool_]:
    none = (who < 0) | (who >= classes)
    for value in ignore:
        none |= who == value
    return none

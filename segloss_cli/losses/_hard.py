"""Hard regions of one image: the arg max of the logits against the label, their sizes and bounding boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Extent:
    """Pixels and half-open box of each class: ``box`` is (classes, 4) as x0, y0, x1, y1; empty boxes are inverted."""

    count: NDArray[np.float64]
    box: NDArray[np.float64]

    @classmethod
    def zeros(cls, classes: int) -> Extent:
        """No pixel seen yet."""
        return cls(np.zeros(classes), np.tile(np.asarray([np.inf, np.inf, 0.0, 0.0]), (classes, 1)))

    def see(self, ids: NDArray[np.intp], start: int, width: int) -> None:
        """Take in a stretch of pixels that begins at pixel ``start``; -1 is no class."""
        edge = ids[1:] != ids[:-1]
        edge[(-start - 1) % width :: width] = True  # a run ends where its row ends
        starts = np.concatenate([np.zeros(1, np.intp), np.flatnonzero(edge) + 1])
        lengths = np.diff(starts, append=ids.size)
        who = ids[starts]
        inside = who >= 0
        who, lengths, starts = who[inside], lengths[inside], starts[inside]
        row, column = np.divmod(start + starts, width)
        self.count += np.bincount(who, weights=lengths, minlength=self.count.size)
        np.minimum.at(self.box[:, 0], who, column)
        np.minimum.at(self.box[:, 1], who, row)
        np.maximum.at(self.box[:, 2], who, column + lengths)
        np.maximum.at(self.box[:, 3], who, row + 1)

    def add(self, other: Extent) -> None:
        """Join with another stretch."""
        self.count += other.count
        np.minimum(self.box[:, :2], other.box[:, :2], out=self.box[:, :2])
        np.maximum(self.box[:, 2:], other.box[:, 2:], out=self.box[:, 2:])

    def closed(self) -> NDArray[np.float64]:
        """The boxes, with zeros for empty regions."""
        return np.where(self.count[:, None] > 0, self.box, 0.0)


@dataclass(slots=True)
class HardImage:
    """What one image's hard regions add up to."""

    width: int
    both: NDArray[np.float64]
    predicted: Extent
    labelled: Extent

    @classmethod
    def zeros(cls, classes: int, width: int) -> HardImage:
        """No pixel seen yet."""
        return cls(width, np.zeros(classes), Extent.zeros(classes), Extent.zeros(classes))

    def see(self, shifted: NDArray[Any], label: NDArray[np.intp], bad: NDArray[np.intp], start: int) -> None:
        """Take in a chunk: logits less their maximum (classes, pixels), labels, and the pixels that do not count."""
        ids = arg_max(shifted)
        truth = label
        if bad.size:
            truth = label.copy()
            truth[bad] = ids[bad] = -1
        self.both += np.bincount(ids[(ids == truth) & (ids >= 0)], minlength=self.both.size)
        self.predicted.see(ids, start, self.width)
        self.labelled.see(truth, start, self.width)

    def add(self, other: HardImage) -> None:
        """Join with another stretch of the same image."""
        self.both += other.both
        self.predicted.add(other.predicted)
        self.labelled.add(other.labelled)

    def parts(self) -> tuple[NDArray[np.float64], ...]:
        """The fields of a ``Boxes`` record, for this image."""
        return self.both, self.predicted.count, self.labelled.count, self.predicted.closed(), self.labelled.closed()


def arg_max(shifted: NDArray[Any]) -> NDArray[np.intp]:
    """The first class whose logit is the maximum, from logits less their maximum, (classes, pixels).

    One matrix product over the hits is a fifth of ``argmax``'s time; ties, whose ids would add up, are done over.

    >>> arg_max(np.asarray([[0.0, -1.0, 0.0], [-2.0, 0.0, 0.0]])).tolist()
    [0, 1, 0]
    """
    hit = shifted == 0
    classes = shifted.shape[0]
    rows = np.stack([np.arange(classes), np.ones(classes)]).astype(shifted.dtype)
    found, how_many = rows @ hit.astype(shifted.dtype)
    ids = found.astype(np.intp)
    ties = np.flatnonzero(how_many != 1)
    if ties.size:
        ids[ties] = hit[:, ties].argmax(axis=0)
    return ids

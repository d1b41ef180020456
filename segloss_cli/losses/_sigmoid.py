"""The CPU engine for sigmoids: channels one at a time, against targets that may be anything the label file holds.

A target outside [0, 1] is not refused: the sums are what the training code would have summed, which is how a Dice of
ids 0..40 comes out below zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli.losses._maps import canvas
from segloss_cli.losses._stats import Stats
from segloss_cli.losses._sums import Regions, Squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job, Part
    from segloss_cli.losses._loss import Needs


@dataclass(slots=True)
class PlaneSums:
    """The sums of a stretch of pixels, (channels,) each, but ``positive`` and ``negative`` (sides, channels).

    ``squares`` holds the overlap, the predicted, the labelled and the leaked sums of squares, (4, channels).
    """

    labelled: NDArray[np.float64]
    overlap: NDArray[np.float64]
    predicted: NDArray[np.float64]
    leaked: NDArray[np.float64]
    positive: NDArray[np.float64]
    negative: NDArray[np.float64]
    squares: NDArray[np.float64]
    valid: NDArray[np.float64]

    @classmethod
    def zeros(cls, job: Job) -> PlaneSums:
        """Nothing summed yet."""
        c, sides = job.classes, len(job.needs.sides)
        return cls(
            labelled=np.zeros(c),
            overlap=np.zeros(c),
            predicted=np.zeros(c),
            leaked=np.zeros(c),
            positive=np.zeros((sides, c)),
            negative=np.zeros((sides, c)),
            squares=np.zeros((4, c)),
            valid=np.zeros(c),
        )

    def add(self, other: PlaneSums) -> None:
        """Add another stretch of the same image."""
        for name in ("labelled", "overlap", "predicted", "leaked", "positive", "negative", "squares", "valid"):
            total = getattr(self, name)
            total += getattr(other, name)


def sigmoid_stats(job: Job) -> Stats:
    """Statistics of sigmoid channels.

    Labels (N, H * W) are the target itself where there is one channel, and class ids (one-vs-rest) where there are
    several, an id that is none of them being background to all; labels (N, C, H * W) are one target per channel.
    Ignored values count nowhere.
    """
    rows = [PlaneSums.zeros(job) for _ in range(job.images)]
    for image, sums in job.run(lambda part: (part[0], _sums_of(job, part))):
        rows[image].add(sums)
    return _stats(job, rows)


def _sums_of(job: Job, part: Part) -> PlaneSums:
    sums = PlaneSums.zeros(job)
    image, a, b = part
    z = np.empty(b - a, job.dtype)
    labels = job.labels[image, ..., a:b]
    good = _good(job, labels) if labels.ndim == 1 else None
    with np.errstate(all="ignore"):
        for c in range(job.classes):
            job.source.plane(image, c, a, b, z)
            if labels.ndim == 2:
                _add_channel(sums, c, job.needs, (z, labels[c].astype(job.dtype), _good(job, labels[c])))
            elif job.classes > 1:
                _add_channel(sums, c, job.needs, (z, labels == c, good))
            else:
                _add_channel(sums, c, job.needs, (z, labels.astype(job.dtype), good))
    return sums


def _good(job: Job, labels: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Which pixels count, None for all of them."""
    good = np.ones(labels.shape, bool)
    for value in job.ignore:
        good &= labels != value
    return None if good.all() else good


def _add_channel(
    sums: PlaneSums, c: int, needs: Needs, pixels: tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_] | None]
) -> None:
    """Add a channel against its target: numbers, or for exclusive classes which pixels are of the class."""
    z, target, good = pixels
    if needs.overlap:
        p = 1 / (1 + np.exp(-z))
        if good is not None:
            _add_leaked(sums, c, p[~good])
            p = p[good]
        _add_regions(sums, c, p, target if good is None else target[good], squares=needs.squares)
    if good is not None:
        z, target = z[good], target[good]
    ones = np.flatnonzero(target) if target.dtype == bool else None
    sums.valid[c] += z.size
    sums.labelled[c] += np.sum(target, dtype=np.float64) if ones is None else ones.size
    for i, side in enumerate(needs.sides):
        positive, negative = side(z)
        if ones is None:
            sums.positive[i, c] += _weighted(positive, target)
            sums.negative[i, c] += _weighted(negative, 1 - target)
        else:
            sums.positive[i, c] += np.sum(positive.take(ones), dtype=np.float64)
            negative[ones] = 0
            sums.negative[i, c] += np.sum(negative, dtype=np.float64)


def _add_leaked(sums: PlaneSums, c: int, p: NDArray[Any]) -> None:
    sums.leaked[c] += np.sum(p, dtype=np.float64)
    sums.squares[3, c] += np.sum(p * p, dtype=np.float64)


def _add_regions(sums: PlaneSums, c: int, p: NDArray[Any], target: NDArray[Any], *, squares: bool) -> None:
    sums.predicted[c] += np.sum(p, dtype=np.float64)
    sums.overlap[c] += np.sum(p * target, dtype=np.float64)
    for i, values in enumerate((p * p * target, p * p, target * target) if squares else ()):
        sums.squares[i, c] += np.sum(values, dtype=np.float64)


def _weighted(values: NDArray[Any], weight: NDArray[Any]) -> float:
    # 0 times an infinite value is 0 here: a certain and right pixel adds nothing
    return float(np.sum(np.where(weight == 0, 0, values * weight), dtype=np.float64))


def _stats(job: Job, rows: list[PlaneSums]) -> Stats:
    def stack(name: str) -> NDArray[np.float64]:
        return np.stack([getattr(row, name) for row in rows])

    positive, negative, labelled = stack("positive"), stack("negative"), stack("labelled")
    valid, squares, needs = stack("valid"), stack("squares").swapaxes(0, 1), job.needs
    return Stats(
        count=labelled,
        valid=valid.mean(axis=1),
        total=np.full(len(rows), float(job.pixels)),
        outside=np.zeros(len(rows)),
        terms={},
        sides={side: (positive[:, i], negative[:, i]) for i, side in enumerate(needs.sides)},
        regions=Regions(
            stack("overlap"),
            stack("predicted"),
            labelled,
            stack("leaked"),
            valid,
            Squares(*squares) if needs.squares else None,
        ),
        planes=tuple(canvas(job, i, None) for i in range(job.images)) if needs.planes else None,
    )

"""The CPU engine for sigmoids: channels one at a time, against targets that may be anything the label file holds.

A target outside [0, 1] is not refused: the sums are what the training code would have summed, which is how a Dice of
ids 0..40 comes out below zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli._record import record
from segloss_cli.losses._maps import canvas
from segloss_cli.losses._sides import Against
from segloss_cli.losses._stats import Stats
from segloss_cli.losses._sums import Regions, Squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job, Part
    from segloss_cli.losses._loss import Needs


_STRETCH = 128 << 10
"""Logits that are worked on at once: enough that the calls cost little, few enough for the cache."""


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


@record(frozen=True)
class Target:
    """What the label says of pixels: ``bad`` are the numbers of those that do not count.

    ``ones`` are places in the flat logits, (channels, pixels), where the pixel is of the channel's class, and ``of``
    the classes of them, None for one channel. Where some target is neither 0 nor 1, ``soft`` holds all targets.
    """

    bad: NDArray[np.intp]
    ones: NDArray[np.intp]
    of: NDArray[np.intp] | None = None
    soft: NDArray[Any] | None = None


def _sums_of(job: Job, part: Part) -> PlaneSums:
    sums = PlaneSums.zeros(job)
    image, low, high = part
    exclusive = job.labels.ndim == 2 and job.classes > 1
    add = _add_classes if exclusive else _add_channels
    step = max(1, _STRETCH // job.classes) if exclusive else _STRETCH
    with np.errstate(all="ignore"):
        for a in range(low, high, step):
            add(job, sums, (image, a, min(a + step, high)))
    return sums


def _add_classes(job: Job, sums: PlaneSums, part: Part) -> None:
    """Add all channels of exclusive classes at once: a pixel is of one class, so what is of a class is a row."""
    image, a, b = part
    labels = job.labels[image, a:b]
    z = np.empty((job.classes, b - a), job.dtype)
    job.source.read(image, a, b, z)
    ignored = _ignored(job, labels)
    of_class = np.flatnonzero((labels >= 0) & (labels < job.classes) & ~ignored)
    of = labels[of_class].astype(np.intp)
    target = Target(np.flatnonzero(ignored), of * (b - a) + of_class, of)
    _add_hard(sums, slice(None), job.needs, z, target)


def _add_channels(job: Job, sums: PlaneSums, part: Part) -> None:
    """Add channels that each have a target of their own, one by one."""
    image, a, b = part
    z = np.empty(b - a, job.dtype)
    labels = np.atleast_2d(job.labels[image, ..., a:b])
    for c in range(job.classes):
        job.source.plane(image, c, a, b, z)
        target = _target(job, labels[c])
        if target.soft is None:
            _add_hard(sums, slice(c, c + 1), job.needs, z[None], target)
        else:
            _add_soft(sums, c, job.needs, z, (target.soft, target.bad))


def _target(job: Job, labels: NDArray[Any]) -> Target:
    ignored = _ignored(job, labels)
    bad, ones = np.flatnonzero(ignored), np.flatnonzero((labels == 1) & ~ignored)
    if np.count_nonzero((labels == 0) & ~ignored) + ones.size + bad.size == labels.size:
        return Target(bad, ones)
    return Target(bad, ones, soft=labels.astype(job.dtype))


def _ignored(job: Job, labels: NDArray[Any]) -> NDArray[np.bool_]:
    found = np.zeros(labels.shape, bool)
    for value in job.ignore:
        found |= labels == value
    return found


def _add_hard(sums: PlaneSums, rows: slice, needs: Needs, z: NDArray[Any], target: Target) -> None:
    """Add logits (channels, pixels) to rows of the sums; each pixel is of a channel's class or is not."""
    bad, ones = target.bad, target.ones

    def by_class(values: NDArray[Any] | None) -> NDArray[np.float64]:
        if target.of is None:
            return np.asarray([ones.size if values is None else _sum(values)])
        return np.bincount(target.of, weights=values, minlength=len(z)).astype(np.float64, copy=False)

    sums.valid[rows] += z.shape[1] - bad.size
    sums.labelled[rows] += by_class(None)
    if needs.overlap:
        p = 1 / (1 + np.exp(-z))
        leaked = p[:, bad]
        p[:, bad] = 0
        of_class = p.take(ones)
        sums.leaked[rows] += _by_row(leaked)
        sums.overlap[rows] += by_class(of_class)
        sums.predicted[rows] += _by_row(p)
        if needs.squares:
            squares = by_class(of_class * of_class), _by_row(p * p), by_class(None), _by_row(leaked * leaked)
            sums.squares[:, rows] += squares
    ours, others = Against(-z.take(ones)), Against(z)
    for i, side in enumerate(needs.sides):
        sums.positive[i, rows] += by_class(side(ours, True))
        values = side(others, False)
        # the next side may want what this one handed on as it was
        values = values.copy() if any(values is held for held in vars(others).values()) else values
        values.reshape(-1)[ones] = 0
        values[:, bad] = 0
        sums.negative[i, rows] += _by_row(values)


def _add_soft(
    sums: PlaneSums, c: int, needs: Needs, z: NDArray[Any], target: tuple[NDArray[Any], NDArray[np.intp]]
) -> None:
    """Add a channel whose targets, the first of ``target``, may be any numbers; the second are those not to count."""
    y, bad = target
    if bad.size:
        if needs.overlap:
            p = 1 / (1 + np.exp(-z[bad]))
            sums.leaked[c] += _sum(p)
            sums.squares[3, c] += _sum(p * p)
        z, y = np.delete(z, bad), np.delete(y, bad)
    sums.valid[c] += z.size
    sums.labelled[c] += _sum(y)
    if needs.overlap:
        p = 1 / (1 + np.exp(-z))
        sums.predicted[c] += _sum(p)
        sums.overlap[c] += _sum(p * y)
        if needs.squares:
            sums.squares[:3, c] += _sum(p * p * y), _sum(p * p), _sum(y * y)
    ours, others = Against(-z), Against(z)
    for i, side in enumerate(needs.sides):
        sums.positive[i, c] += _weighted(side(ours, True), y)
        sums.negative[i, c] += _weighted(side(others, False), 1 - y)


def _by_row(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.sum(values, axis=1, dtype=np.float64))


def _sum(values: NDArray[Any]) -> float:
    return float(np.sum(values, dtype=np.float64))


def _weighted(values: NDArray[Any], weight: NDArray[Any]) -> float:
    # 0 times an infinite value is 0 here: a certain and right pixel adds nothing
    return _sum(np.where(weight == 0, 0, values * weight))


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

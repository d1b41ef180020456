"""The CPU engine for a softmax: every statistic from one pass over the logits. NumPy only; no torch.

Per chunk of pixels, with x the (classes, pixels) block in a reused scratch buffer::

    m = max_c x;  d = x - m;  d_y = d[label];  e = exp(d);  s = sum_c e;  nll = ln s - d_y;  p = exp(-nll)
    sum of p_c over pixels = e @ (1 / s)            (probabilities are never normalised element by element)

One exponential per logit is most of the time. Sums by class go through the runs of equal labels, since labels are
blobs; on noise they fall back to bincount. Sums over chunks are float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli._record import record
from segloss_cli.losses._by_class import by_class, classes_of
from segloss_cli.losses._hard import HardImage
from segloss_cli.losses._job import Spare
from segloss_cli.losses._loss import Boxes, Needs, Regions
from segloss_cli.losses._stats import Stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job, Part, Scratch


@dataclass(slots=True)
class Sums:
    """The sums of a stretch of pixels of one image: (classes,) each, ``terms`` (terms, classes).

    ``chosen`` counts the pixels whose arg max is the class, ``hits`` those of them that are labelled so.
    """

    count: NDArray[np.float64]
    overlap: NDArray[np.float64]
    predicted: NDArray[np.float64]
    leaked: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    terms: NDArray[np.float64]
    hits: NDArray[np.float64]
    chosen: NDArray[np.float64]
    divergence: float = 0.0
    valid: int = 0
    outside: int = 0

    @classmethod
    def zeros(cls, job: Job) -> Sums:
        """Nothing summed yet."""
        c = job.classes
        return cls(
            count=np.zeros(c),
            overlap=np.zeros(c),
            predicted=np.zeros(c),
            leaked=np.zeros(c),
            smoothed=np.zeros(c),
            terms=np.zeros((len(job.needs.terms), c)),
            hits=np.zeros(c),
            chosen=np.zeros(c),
        )

    def add(self, other: Sums) -> None:
        """Add another stretch of the same image."""
        for name in ("count", "overlap", "predicted", "leaked", "smoothed", "terms", "hits", "chosen"):
            total = getattr(self, name)
            total += getattr(other, name)
        self.divergence += other.divergence
        self.valid += other.valid
        self.outside += other.outside


@record(frozen=True)
class Early:
    """What must be taken from the shifted logits d before their exponential overwrites them.

    ``tail`` is the sum of d over valid pixels, (classes,); ``cross`` is sum_c q_c (ln q_c - d_c), (pixels,).
    """

    tail: NDArray[np.float64] | None
    cross: NDArray[Any] | None


def softmax_stats(job: Job) -> Stats:
    """Statistics of exclusive classes: logits of C >= 2 classes against integer labels (N, H * W)."""
    rows = [Sums.zeros(job) for _ in range(job.images)]
    nll = tuple(np.empty(job.pixels, job.dtype) for _ in rows) if job.needs.ranked else None
    size = (job.classes, *job.source.shape[2:])
    hard = [HardImage.zeros(*size) for _ in rows] if job.needs.boxes else None
    spare = Spare(job)

    def work(part: Part) -> tuple[int, Sums]:
        sums = Sums.zeros(job)
        with spare.lend() as scratch:
            for image, a, b in job.chunks(part):
                kept = nll[image][a:b] if nll else None
                bad = _add_chunk(job, sums, scratch, (image, a, b), (kept, hard[image] if hard else None))
                if kept is not None:
                    kept[bad] = -1
        return part[0], sums

    for image, sums in job.run(work):
        rows[image].add(sums)
    for image, regions in enumerate(hard or ()):
        regions.labelled.mark(job.labels[image], 0, job.ignore)
    return _stats(job, rows, nll, hard)


def _add_chunk(
    job: Job, sums: Sums, scratch: Scratch, where: Part, kept: tuple[NDArray[Any] | None, HardImage | None]
) -> NDArray[np.intp]:
    """Add one chunk to the sums, its -ln p to ``kept``, and its regions; the pixels that do not count."""
    image, a, b = where
    k = b - a
    x, small = scratch.shaped(job.classes, k)
    logits = job.source.view(image, a, b, x)
    label, index = scratch.label[:k], scratch.index[:k]
    bad, outside = classes_of(job.labels[image, a:b], job.classes, job.ignore, out=label)
    np.multiply(label, k, out=index)
    index += scratch.count[:k]
    slot, hard = kept
    with np.errstate(all="ignore"):
        np.subtract(logits, np.maximum.reduce(logits, axis=0), out=x)
        hits = None
        if hard:
            hits, chosen = hard.see(x, (label, bad), a, small)
            sums.chosen += chosen
        d_label = x.reshape(-1).take(index)
        early = _early(job, x, bad, where)
        np.exp(x, out=x)
        s = np.add.reduce(x, axis=0)
        log_s = np.log(s)
        nll = np.subtract(log_s, d_label, out=slot)
        np.maximum(nll, 0, out=nll)
        _add_whole(job.needs, sums, x, s, bad)
        _add_by_class(job.needs, sums, (label, bad), nll, hits)
        _add_early(sums, early, log_s, bad)
    sums.valid += k - bad.size
    sums.outside += outside
    return bad


def _early(job: Job, d: NDArray[Any], bad: NDArray[np.intp], where: Part) -> Early:
    tail = cross = None
    if job.needs.smoothed:
        good = np.ones(d.shape[1], d.dtype)
        good[bad] = 0
        tail = (d @ good).astype(np.float64)
        if bad.size and not np.isfinite(tail).all():
            tail = np.delete(d, bad, axis=1).sum(axis=1, dtype=np.float64)
    if job.needs.divergence and job.teacher is not None:
        t = np.empty_like(d)
        job.teacher.read(*where, t)
        np.subtract(t, np.maximum.reduce(t, axis=0), out=t)
        q = np.exp(t)
        total = np.add.reduce(q, axis=0)
        # where q is 0 its term is 0, also if ln q is -inf
        cross = np.add.reduce(np.where(q > 0, q * (t - d), 0), axis=0) / total - np.log(total)
    return Early(tail, cross)


def _add_early(sums: Sums, early: Early, log_s: NDArray[Any], bad: NDArray[np.intp]) -> None:
    if early.tail is not None:
        sums.smoothed += _sum_without(log_s, bad) - early.tail
    if early.cross is not None:
        sums.divergence += _sum_without(early.cross + log_s, bad)


def _sum_without(values: NDArray[Any], bad: NDArray[np.intp]) -> float:
    if bad.size:
        values = values.copy()
        values[bad] = 0  # rather than subtracted, so that a NaN under an ignored pixel goes too
    return float(np.sum(values, dtype=np.float64))


def _add_whole(needs: Needs, sums: Sums, e: NDArray[Any], s: NDArray[Any], bad: NDArray[np.intp]) -> None:
    """What every class gets from every pixel: its probability."""
    if not needs.overlap:
        return
    r = 1 / s
    if bad.size:
        if needs.leaked:
            sums.leaked += e[:, bad] @ r[bad]
        r[bad] = 0
    whole = e @ r
    if bad.size and not np.isfinite(whole).all():
        e[:, bad] = 0  # 0 times NaN is NaN, and what is ignored must not count whatever it is
        whole = e @ r
    sums.predicted += whole


def _add_by_class(
    needs: Needs,
    sums: Sums,
    labels: tuple[NDArray[np.intp], NDArray[np.intp]],
    nll: NDArray[Any],
    hits: NDArray[np.bool_] | None,
) -> None:
    """What only the label's class gets."""
    label, bad = labels
    p = np.exp(-nll)
    rows = [p, *(_own(term(p, nll, label), nll) for term in needs.terms)]
    rows += [] if hits is None else [hits.astype(p.dtype)]
    for row in rows if bad.size else ():
        row[bad] = 0
    totals, count = by_class(rows, label, sums.count.size)
    count[0] -= bad.size
    sums.count += count
    sums.overlap += totals[0]
    sums.terms += totals[1 : 1 + len(needs.terms)]
    if hits is not None:
        sums.hits += totals[-1]


def _own(row: NDArray[Any], nll: NDArray[Any]) -> NDArray[Any]:
    """A row that may be written to: a term may hand back what it was given."""
    return row.copy() if row is nll else row


def _boxes(
    hard: list[HardImage], both: NDArray[np.float64], chosen: NDArray[np.float64], count: NDArray[np.float64]
) -> Boxes:
    predicted, labelled = ([getattr(image, side).box() for image in hard] for side in ("predicted", "labelled"))
    return Boxes(both, chosen, count, np.stack(predicted), np.stack(labelled))


def _stats(job: Job, rows: list[Sums], nll: tuple[NDArray[Any], ...] | None, hard: list[HardImage] | None) -> Stats:
    def stack(name: str) -> NDArray[np.float64]:
        return np.stack([getattr(row, name) for row in rows])

    needs, terms = job.needs, stack("terms")
    return Stats(
        count=stack("count"),
        valid=np.asarray([float(row.valid) for row in rows]),
        total=np.full(len(rows), float(job.pixels)),
        outside=np.asarray([float(row.outside) for row in rows]),
        terms={term: terms[:, i] for i, term in enumerate(needs.terms)},
        sides={},
        regions=Regions(stack("overlap"), stack("predicted"), stack("count"), stack("leaked")),
        smoothed=stack("smoothed"),
        nll=nll,
        boxes=_boxes(hard, stack("hits"), stack("chosen"), stack("count")) if hard else None,
        divergence=np.asarray([row.divergence for row in rows]) if job.teacher is not None else None,
    )

"""The CPU engine for a softmax: every statistic from one pass over the logits. NumPy only; no torch.

Per chunk of pixels, with x the (classes, pixels) block in a reused scratch buffer::

    m = max_c x;  d = x - m;  d_y = d[label];  e = exp(d);  s = sum_c e;  nll = ln s - d_y;  p = exp(-nll)
    sum of p_c over pixels = e @ (1 / s)            (probabilities are never normalised element by element)

One exponential per logit is most of the time. Sums by class go through the runs of equal labels, since labels are
blobs; on noise they fall back to bincount. Sums over chunks are float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli._record import record
from segloss_cli.losses._by_class import by_class, classes_of
from segloss_cli.losses._hard import HardImage
from segloss_cli.losses._job import Spare
from segloss_cli.losses._loss import Needs
from segloss_cli.losses._maps import canvas
from segloss_cli.losses._softmax_sums import Kept, Sums
from segloss_cli.losses._stats import Stats
from segloss_cli.losses._sums import Boxes, Outcome, Regions, Squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job, Part, Scratch


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
    kept = [Kept.for_image(job) for _ in rows]
    spare = Spare(job)

    def work(part: Part) -> tuple[int, Sums]:
        sums = Sums.zeros(job)
        with spare.lend() as scratch:
            for chunk in job.chunks(part):
                _add_chunk(job, sums, scratch, chunk, kept[part[0]])
        return part[0], sums

    for image, sums in job.run(work):
        rows[image].add(sums)
    for image, held in enumerate(kept):
        if held.hard:
            held.hard.labelled.mark(job.labels[image], 0, job.ignore)
    return _stats(job, rows, kept)


def _add_chunk(job: Job, sums: Sums, scratch: Scratch, where: Part, kept: Kept) -> None:
    """Add one chunk to the sums, and put what is kept of its pixels where it belongs."""
    image, a, b = where
    k = b - a
    x, small = scratch.shaped(job.classes, k)
    logits = job.source.view(image, a, b, x)
    label, index = scratch.label[:k], scratch.index[:k]
    bad, outside = classes_of(job.labels[image, a:b], job.classes, job.ignore, out=label)
    np.multiply(label, k, out=index)
    index += scratch.count[:k]
    with np.errstate(all="ignore"):
        highest = np.maximum.reduce(logits, axis=0)
        np.subtract(logits, highest, out=x)
        hits = None
        if kept.hard:
            hits, chosen = kept.hard.see(x, (label, bad), a, small)
            sums.chosen += chosen
        d_label = x.reshape(-1).take(index)
        early = _early(job, x, bad, where)
        np.exp(x, out=x)
        s = np.add.reduce(x, axis=0)
        log_s = np.log(s)
        nll = np.subtract(log_s, d_label, out=kept.nll[()][a:b] if () in kept.nll else None)
        np.maximum(nll, 0, out=nll)
        if kept.norm is not None:
            kept.norm[0, a:b] = highest
            np.divide(1, s, out=kept.norm[1, a:b])
        _add_whole(job.needs, sums, x, s, bad)
        _add_by_class(job.needs, sums, (label, bad), nll, hits)
        _add_early(sums, early, log_s, bad)
    for weights, slot in kept.nll.items():
        if weights:
            np.multiply(nll, np.asarray(weights, job.dtype)[label], out=slot[a:b])
        slot[a:b][bad] = -1
    sums.valid += k - bad.size
    sums.outside += outside


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
    """What every class gets from every pixel: its probability, and the square of it."""
    if not needs.overlap:
        return
    predicted, leaked = _weighted(e, 1 / s, bad, leaked=needs.leaked)
    sums.predicted += predicted
    sums.leaked += leaked
    if not needs.squares:
        return
    np.multiply(e, e, out=e)
    predicted, leaked = _weighted(e, 1 / (s * s), bad, leaked=needs.leaked)
    sums.squares[1] += predicted
    sums.squares[2] += leaked


def _weighted(
    e: NDArray[Any], r: NDArray[Any], bad: NDArray[np.intp], *, leaked: bool
) -> tuple[NDArray[Any], NDArray[Any] | float]:
    """The sums of e_c r over the pixels that count, and over those that do not."""
    other = e[:, bad] @ r[bad] if leaked and bad.size else 0.0
    if bad.size:
        r[bad] = 0
    whole = e @ r
    if bad.size and not np.isfinite(whole).all():
        e[:, bad] = 0  # 0 times NaN is NaN, and what is ignored must not count whatever it is
        whole = e @ r
    return whole, other


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
    outcome = Outcome(p, nll, label)
    rows = [p, *(_own(term(outcome), outcome) for term in needs.terms)]
    rows += [] if hits is None else [hits.astype(p.dtype)]
    rows += [p * p] if needs.squares else []
    for row in rows if bad.size else ():
        row[bad] = 0
    totals, count = by_class(rows, label, sums.count.size)
    count[0] -= bad.size
    sums.count += count
    sums.overlap += totals[0]
    sums.terms += totals[1 : 1 + len(needs.terms)]
    if hits is not None:
        sums.hits += totals[1 + len(needs.terms)]
    if needs.squares:
        sums.squares[0] += totals[-1]


def _own(row: NDArray[Any], outcome: Outcome) -> NDArray[Any]:
    """A row that may be written to: a term may hand back what it was given."""
    return row.copy() if row is outcome.nll or row is outcome.rest else row


def _boxes(
    hard: list[HardImage], both: NDArray[np.float64], chosen: NDArray[np.float64], count: NDArray[np.float64]
) -> Boxes:
    predicted, labelled = ([getattr(image, side).box() for image in hard] for side in ("predicted", "labelled"))
    return Boxes(both, chosen, count, np.stack(predicted), np.stack(labelled))


def _spoilt(overlap: NDArray[np.float64]) -> NDArray[np.float64]:
    """0, or NaN for an image with a logit that is no number, (images, 1)."""
    spoilt: NDArray[np.float64] = 0 * overlap.sum(axis=1, keepdims=True)
    return spoilt


def _stats(job: Job, rows: list[Sums], kept: list[Kept]) -> Stats:
    def stack(name: str) -> NDArray[np.float64]:
        return np.stack([getattr(row, name) for row in rows])

    needs, terms, count = job.needs, stack("terms"), stack("count")
    valid = np.asarray([float(row.valid) for row in rows])
    squares = stack("squares").swapaxes(0, 1)
    hard = [held.hard for held in kept if held.hard]
    return Stats(
        count=count,
        valid=valid,
        total=np.full(len(rows), float(job.pixels)),
        outside=np.asarray([float(row.outside) for row in rows]),
        terms={term: terms[:, i] for i, term in enumerate(needs.terms)},
        sides={},
        regions=Regions(
            stack("overlap"),
            stack("predicted"),
            count,
            stack("leaked"),
            np.broadcast_to(valid[:, None], count.shape),
            Squares(squares[0], squares[1], count, squares[2]) if needs.squares else None,
        ),
        smoothed=stack("smoothed"),
        nll={weights: tuple(held.nll[weights] for held in kept) for weights in needs.ranked},
        boxes=_boxes(hard, stack("hits") + _spoilt(stack("overlap")), stack("chosen"), count) if hard else None,
        divergence=np.asarray([row.divergence for row in rows]) if job.teacher is not None else None,
        planes=tuple(canvas(job, i, held.norm) for i, held in enumerate(kept)) if needs.planes else None,
    )

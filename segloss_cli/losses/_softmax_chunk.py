"""What the CPU engine for a softmax does chunk by chunk: all that looks at every logit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli._record import record
from segloss_cli.losses._hard import first_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job, Part, Scratch
    from segloss_cli.losses._loss import Needs
    from segloss_cli.losses._softmax_sums import Sums


@record(frozen=True)
class Early:
    """What must be taken from the shifted logits d before their exponential overwrites them.

    ``tail`` is the sum of d over valid pixels, (classes,); ``cross`` is sum_c q_c (ln q_c - d_c), (pixels,).
    """

    tail: NDArray[np.float64] | None = None
    cross: NDArray[Any] | None = None


@record(frozen=True)
class Rows:
    """Rows of a part, (pixels,), that its chunks fill, but for ``label`` and ``bad``, the pixels that do not count.

    ``own`` is the label's shifted logit, ``total`` the sum of the exponentials of all. ``codes`` takes the arg max,
    ``norm`` (2, pixels) the largest logit and 1 / ``total``; None where nobody asked.
    """

    label: NDArray[np.intp]
    bad: NDArray[np.intp]
    total: NDArray[Any]
    own: NDArray[Any]
    codes: NDArray[Any] | None
    norm: NDArray[Any] | None

    def cut(self, low: int, high: int) -> Rows:
        """The rows of some of the pixels."""
        bad = self.bad[slice(*np.searchsorted(self.bad, (low, high)))] - low
        codes = None if self.codes is None else self.codes[low:high]
        norm = None if self.norm is None else self.norm[:, low:high]
        return Rows(self.label[low:high], bad, self.total[low:high], self.own[low:high], codes, norm)

    def nll(self, out: NDArray[Any] | None) -> NDArray[Any]:
        """-ln p of the label's class."""
        nll: NDArray[Any] = np.subtract(np.log(self.total), self.own, out=out)
        np.maximum(nll, 0, out=nll)
        return nll


def add_chunks(job: Job, sums: Sums, scratch: Scratch, part: Part, rows: Rows) -> None:
    """Fill the rows of a part, and add what every class gets from every pixel."""
    for chunk in job.chunks(part):
        _add_chunk(job, sums, scratch, chunk, rows.cut(chunk[1] - part[1], chunk[2] - part[1]))


def _add_chunk(job: Job, sums: Sums, scratch: Scratch, chunk: Part, rows: Rows) -> None:
    k = rows.label.size
    x, small = scratch.shaped(job.classes, k)
    logits = job.source.view(*chunk, x)
    highest = np.maximum.reduce(logits, axis=0)
    if rows.codes is not None:
        first_of(np.equal(logits, highest, out=small.view(bool)), out=rows.codes)
    np.subtract(logits, highest, out=x)
    index = np.multiply(rows.label, k, out=scratch.index[:k])
    index += scratch.count[:k]
    x.reshape(-1).take(index, out=rows.own, mode="clip")  # an index is never clipped, but "raise" would copy
    early = _early(job, x, rows.bad, chunk) if job.needs.smoothed or job.teacher is not None else Early()
    np.exp(x, out=x)
    s = np.add.reduce(x, axis=0, out=rows.total)
    _add_early(sums, early, s, rows.bad)
    if rows.norm is not None:
        rows.norm[0] = highest
        np.divide(1, s, out=rows.norm[1])
    _add_whole(job.needs, sums, x, s, rows.bad)


def _early(job: Job, d: NDArray[Any], bad: NDArray[np.intp], where: Part) -> Early:
    tail = cross = None
    if job.needs.smoothed:
        good = np.ones(d.shape[1], d.dtype)
        good[bad] = 0
        tail = np.dot(d, good).astype(np.float64)
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


def _add_early(sums: Sums, early: Early, s: NDArray[Any], bad: NDArray[np.intp]) -> None:
    if early.tail is not None:
        sums.smoothed += _sum_without(np.log(s), bad) - early.tail
    if early.cross is not None:
        sums.divergence += _sum_without(early.cross + np.log(s), bad)


def _sum_without(values: NDArray[Any], bad: NDArray[np.intp]) -> float:
    if bad.size:
        values = values.copy()
        values[bad] = 0  # rather than subtracted, so that a NaN under an ignored pixel goes too
    return float(np.sum(values, dtype=np.float64))


def _add_whole(needs: Needs, sums: Sums, e: NDArray[Any], s: NDArray[Any], bad: NDArray[np.intp]) -> None:
    """What every class gets from every pixel: its probability, and the square of it."""
    if not needs.overlap:
        return
    r = 1 / s
    outside = r[bad]
    r[bad] = 0
    if needs.leaked:
        leaked = e[:, bad]
        sums.leaked += np.dot(leaked, outside)
        sums.squares[2] += np.dot(leaked * leaked, outside * outside) if needs.squares else 0
    sums.predicted += _weighted(e, r, bad)
    if needs.squares:
        np.multiply(e, e, out=e)
        r = 1 / (s * s)
        r[bad] = 0
        sums.squares[1] += _weighted(e, r, bad)


def _weighted(e: NDArray[Any], r: NDArray[Any], bad: NDArray[np.intp]) -> NDArray[Any]:
    """The sums of e_c r, where r is 0 at the pixels that do not count."""
    whole: NDArray[Any] = np.dot(e, r)  # other threads work meanwhile, as they do not during e @ r
    if bad.size and not np.isfinite(whole).all():
        e[:, bad] = 0  # 0 times NaN is NaN, and what is ignored must not count whatever it is
        whole = np.dot(e, r)
    return whole

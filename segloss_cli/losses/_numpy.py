"""The CPU engine for a softmax: every statistic from one pass over the logits. NumPy only; no torch.

Per chunk of pixels, with x the (classes, pixels) block in a reused scratch buffer::

    m = max_c x;  d = x - m;  d_y = d[label];  e = exp(d);  s = sum_c e;  nll = ln s - d_y;  p = exp(-nll)
    sum of p_c over pixels = e @ (1 / s)            (probabilities are never normalised element by element)

One exponential per logit is most of the time. A part is some chunks: what has one value per pixel, the last two of the
above, is done for all of it at once. Sums by class go through the runs of equal labels, since labels are blobs; on
noise they fall back to bincount. Sums over parts are float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli.losses._by_class import by_class, classes_of
from segloss_cli.losses._hard import HardImage
from segloss_cli.losses._job import Spare
from segloss_cli.losses._loss import Needs
from segloss_cli.losses._maps import canvas
from segloss_cli.losses._softmax_chunk import Rows, add_chunks
from segloss_cli.losses._softmax_sums import Kept, Sums
from segloss_cli.losses._stats import Stats
from segloss_cli.losses._sums import Boxes, Outcome, Regions, Squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job, Part, Scratch


def softmax_stats(job: Job) -> Stats:
    """Statistics of exclusive classes: logits of C >= 2 classes against integer labels (N, H * W)."""
    rows = [Sums.zeros(job) for _ in range(job.images)]
    kept = [Kept.for_image(job) for _ in rows]
    spare = Spare(job)

    def work(part: Part) -> tuple[int, Sums]:
        with spare.lend() as scratch:
            return part[0], _sums_of(job, scratch, part, kept[part[0]])

    for image, sums in job.run(work):
        rows[image].add(sums)
    return _stats(job, rows, kept)


def _sums_of(job: Job, scratch: Scratch, part: Part, kept: Kept) -> Sums:
    """The sums of a part; what is kept of its pixels is put where it belongs."""
    sums = Sums.zeros(job)
    image, a, b = part
    k = b - a
    label, codes = scratch.label[:k], scratch.codes[:k] if kept.hard else None
    bad, outside = classes_of(job.labels[image, a:b], job.classes, job.ignore, out=label)
    norm = None if kept.norm is None else kept.norm[:, a:b]
    rows = Rows(label, bad, scratch.total[:k], scratch.own[:k], codes, norm)
    own_nll = kept.nll[()][a:b] if () in kept.nll else None
    with np.errstate(all="ignore"):
        add_chunks(job, sums, scratch, part, rows)
        nll = rows.nll(own_nll)
        for weights, slot in kept.nll.items():
            if weights:
                np.multiply(nll, np.asarray(weights, job.dtype)[label], out=slot[a:b])
        values = _values(job.needs, Outcome(np.exp(-nll), nll, label))
        label[bad] = job.classes  # from here on they are of a class of their own, beyond the last
        _add_by_class(job.needs, sums, values, label)
    if kept.hard and codes is not None:
        missed, mistaken = kept.hard.see(codes, (label, bad), a)
        sums.hits = sums.count - missed
        sums.chosen = sums.hits + mistaken
    for slot in kept.nll.values():
        slot[a:b][bad] = -1
    sums.valid += k - bad.size
    sums.outside += outside
    return sums


def _values(needs: Needs, outcome: Outcome) -> list[NDArray[Any]]:
    """What only the label's class gets, (pixels,) each."""
    p = outcome.p
    return [p, *(term(outcome) for term in needs.terms), *([p * p] if needs.squares else [])]


def _add_by_class(needs: Needs, sums: Sums, values: list[NDArray[Any]], label: NDArray[np.intp]) -> None:
    found, found_count = by_class(values, label, sums.count.size + 1)
    totals, count = found[:, :-1], found_count[:-1]
    sums.count += count
    sums.overlap += totals[0]
    sums.terms += totals[1 : 1 + len(needs.terms)]
    if needs.squares:
        sums.squares[0] += totals[-1]


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

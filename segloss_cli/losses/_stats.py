"""What one pass of an engine leaves: additive statistics, one row per image; ``+`` puts batches one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from segloss_cli._record import record
from segloss_cli.losses._loss import (
    NLL,
    Array,
    Boxes,
    Divergence,
    Loss,
    Pixels,
    Ranked,
    Regions,
    Side,
    Sides,
    Term,
    namespace,
)


@record(frozen=True)
class Stats:
    """The sums of one pass. (images, classes) arrays unless said otherwise; what was not asked for is None.

    ``outside`` counts pixels whose label is neither a class nor ignored (they are left out of every sum);
    ``nll`` is one array (pixels,) per image with -1 for ignored pixels, for the losses that rank.
    """

    count: Array
    valid: Array
    total: Array
    outside: Array
    terms: Mapping[Term, Array]
    sides: Mapping[Side, tuple[Array, Array]]
    regions: Regions | None = None
    smoothed: Array | None = None
    nll: tuple[Array, ...] | None = None
    boxes: Boxes | None = None
    divergence: Array | None = None

    @property
    def images(self) -> int:
        """How many images."""
        return int(self.count.shape[0])

    @property
    def classes(self) -> int:
        """How many classes."""
        return int(self.count.shape[1])

    def image(self, index: int) -> Stats:
        """The statistics of one image alone."""
        return _map(lambda rows: rows[index : index + 1], [self])

    def __add__(self, other: Stats) -> Stats:
        """The statistics of both batches, as one batch."""
        return join([self, other])


def join(parts: Sequence[Stats]) -> Stats:
    """Many batches as one, in order, with the sums that all of them have."""
    return parts[0] if len(parts) == 1 else _map(_stack, list(parts))


def _stack(*rows: Any) -> Any:
    if isinstance(rows[0], tuple):
        return sum(rows, ())
    return namespace(rows[0]).concat(rows, axis=0)


def _map(rows: Any, parts: list[Stats]) -> Stats:
    def each(values: list[Any]) -> Any:
        if any(value is None for value in values):
            return None
        if isinstance(values[0], (Regions, Boxes)):
            names = [f.name for f in fields(values[0])]
            return type(values[0])(**{name: rows(*(getattr(v, name) for v in values)) for name in names})
        return rows(*values)

    first = parts[0]
    return Stats(
        terms={t: rows(*(p.terms[t] for p in parts)) for t in first.terms if all(t in p.terms for p in parts)},
        sides={
            s: (rows(*(p.sides[s][0] for p in parts)), rows(*(p.sides[s][1] for p in parts)))
            for s in first.sides
            if all(s in p.sides for p in parts)
        },
        **{
            f.name: each([getattr(p, f.name) for p in parts]) for f in fields(first) if f.name not in {"terms", "sides"}
        },
    )


def view(stats: Stats, loss: Loss, knobs: Mapping[str, Any]) -> Any:
    """The record that this kind of loss is given."""
    if loss.kind == "pixel":
        sums = tuple(stats.terms[term] for term in loss.terms(knobs))
        return Pixels(sums, stats.count, stats.total, stats.smoothed if knobs.get("label_smoothing") else None)
    if loss.side:
        positive, negative = stats.sides[loss.side(knobs)]
        return Sides(positive, negative, stats.count, stats.valid, stats.total)
    if loss.kind == "ranked":
        return rank(stats)
    if loss.kind == "divergence":
        xp = namespace(stats.count)
        sums = xp.sum(stats.terms[NLL], axis=1) if stats.divergence is None else stats.divergence
        return Divergence(sums, stats.valid, stats.total, stats.classes)
    return stats.boxes if loss.kind == "boxes" else stats.regions


def rank(stats: Stats) -> Ranked:
    """The ranking of all pixels of the batch, image by image where that suffices."""
    images = stats.nll or ()
    xp = namespace(images[0])
    valid = int(xp.sum(stats.valid))

    def above(threshold: float) -> tuple[Array, int]:
        hard = [~(nll <= threshold) for nll in images]  # NaN is hard: no loss may hide it
        kept = (xp.where(h, nll, xp.zeros_like(nll)) for h, nll in zip(hard, images, strict=True))
        return sum(xp.astype(xp.sum(k), stats.valid.dtype) for k in kept), sum(int(xp.count_nonzero(h)) for h in hard)

    def top(k: int) -> Array:
        # an image's own k largest are all that can be among the k largest: the whole is never copied
        best = [_largest(nll, min(k, int(nll.shape[0]))) for nll in images]
        return xp.sum(_largest(xp.concat(best), k), dtype=stats.valid.dtype)

    return Ranked(above, top, valid, int(xp.sum(stats.total)) - valid)


def _largest(values: Array, k: int) -> Array:
    if hasattr(values, "topk"):
        return values.topk(k).values
    import numpy as np

    return np.partition(values, values.size - k)[values.size - k :]

"""What one pass of an engine leaves: additive statistics, one row per image; ``+`` puts batches one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import Any

from segloss_cli._record import record
from segloss_cli.losses._loss import Kind, Loss, ranking
from segloss_cli.losses._sums import (
    NLL,
    Array,
    Boxes,
    Canvas,
    Divergence,
    Pixels,
    Planes,
    Ranked,
    Regions,
    Side,
    Sides,
    Squares,
    Term,
    namespace,
)

_PIECE = 1 << 16
_APART = frozenset({"terms", "sides", "nll", "memo"})


@record(frozen=True)
class Stats:
    """The sums of one pass. (images, classes) arrays unless said otherwise; what was not asked for is None.

    ``outside`` counts pixels whose label is neither a class nor ignored (they are left out of every sum);
    ``nll`` holds, for each ranking, one array (pixels,) per image with -1 for ignored pixels; ``planes`` one record of
    maps per image. ``memo`` is what losses keep of the maps.
    """

    count: Array
    valid: Array
    total: Array
    outside: Array
    terms: Mapping[Term, Array]
    sides: Mapping[Side, tuple[Array, Array]]
    regions: Regions | None = None
    smoothed: Array | None = None
    nll: Mapping[tuple[float, ...], tuple[Array, ...]] = field(default_factory=dict)
    boxes: Boxes | None = None
    divergence: Array | None = None
    planes: tuple[Canvas, ...] | None = None
    memo: dict[Any, Any] = field(default_factory=dict)

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
        if isinstance(values[0], (Regions, Squares, Boxes)):
            names = [f.name for f in fields(values[0])]
            return type(values[0])(**{name: each([getattr(v, name) for v in values]) for name in names})
        return rows(*values)

    def common(name: str) -> list[Any]:
        maps = [getattr(part, name) for part in parts]
        return [key for key in maps[0] if all(key in other for other in maps)]

    return Stats(
        terms={t: rows(*(p.terms[t] for p in parts)) for t in common("terms")},
        sides={s: tuple(rows(*(p.sides[s][i] for p in parts)) for i in (0, 1)) for s in common("sides")},
        nll={w: rows(*(p.nll[w] for p in parts)) for w in common("nll")},
        **{f.name: each([getattr(p, f.name) for p in parts]) for f in fields(parts[0]) if f.name not in _APART},
    )


def view(stats: Stats, loss: Loss, kind: Kind, knobs: Mapping[str, Any]) -> Any:
    """The record of one kind that a loss is given."""
    planes = None if stats.planes is None else Planes(stats.planes, stats.memo)
    made: Mapping[Kind, Callable[[], Any]] = {
        "pixel": lambda: replace(_pixels(stats, loss, knobs), planes=planes),
        "sides": lambda: _sides(stats, loss, knobs),
        "overlap": lambda: stats.regions,
        "ranked": lambda: rank(stats, ranking(knobs)),
        "boxes": lambda: stats.boxes and replace(stats.boxes, planes=planes),
        "divergence": lambda: _divergence(stats),
        "planes": lambda: planes,
    }
    return made[kind]()


def _pixels(stats: Stats, loss: Loss, knobs: Mapping[str, Any]) -> Pixels:
    sums = tuple(stats.terms[term] for term in loss.terms(knobs))
    return Pixels(sums, stats.count, stats.total, stats.smoothed if knobs.get("label_smoothing") else None)


def _sides(stats: Stats, loss: Loss, knobs: Mapping[str, Any]) -> Sides:
    first, *others = (stats.sides[side] for side in loss.sides(knobs))
    return Sides(*first, stats.count, stats.valid, stats.total, tuple(others))


def _divergence(stats: Stats) -> Divergence:
    xp = namespace(stats.count)
    sums = xp.sum(stats.terms[NLL], axis=1) if stats.divergence is None else stats.divergence
    return Divergence(sums, stats.valid, stats.total, stats.classes)


def rank(stats: Stats, weights: tuple[float, ...] = ()) -> Ranked:
    """The ranking of all pixels of the batch, image by image where that suffices."""
    images = stats.nll[weights]
    xp = namespace(images[0])
    valid = int(xp.sum(stats.valid))

    def above(threshold: float) -> tuple[Array, int]:
        total, hard = xp.zeros_like(stats.valid[0]), 0
        for nll in images:
            for a in range(0, nll.shape[0], _PIECE):
                piece = nll[a : a + _PIECE]
                over = piece[~(piece <= threshold)]  # NaN is hard: no loss may hide it
                total, hard = total + xp.sum(over, dtype=total.dtype), hard + int(over.shape[0])
        return total, hard

    def top(k: int) -> Array:
        if not hasattr(images[0], "topk"):
            from segloss_cli.losses._top import top_sum

            return top_sum(images, k)
        # an image's own k largest are all that can be among the k largest: the whole is never copied
        best = images[0][:0]
        for nll in images:
            best = xp.concat([best, nll.topk(min(k, int(nll.shape[0]))).values])
            best = best.topk(min(k, int(best.shape[0]))).values
        return xp.sum(best, dtype=stats.valid.dtype)

    return Ranked(above, top, valid, int(xp.sum(stats.total)) - valid)

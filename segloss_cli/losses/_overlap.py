"""The one formula behind Dice, Jaccard and Tversky: a soft region score per class, and its mean.

    S = (tp + s_n) / max(tp + a fp + b fn + s_d, floor),    tp = sum p y,  fp = sum p - tp,  fn = sum y - tp

What libraries choose differently is a knob, all applied to the sums after the pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import Bounds, Needs, Values
from segloss_cli.losses._sums import Array, Regions, mean_where, namespace, ratio

Scope = Literal["batch", "image"]
Classes = Literal["all", "present", "present-zero"]
Weigh = Literal["normalised", "raw"]
Squared = Literal["no", "denominator", "elements"]


def squares(knobs: Mapping[str, Any]) -> Needs:
    """Sums of squares, where the knob ``squared`` asks for them."""
    return Needs(squares=knobs.get("squared", "no") != "no")


def one_minus(score: Array) -> Array:
    """The loss of a score: 1 - S."""
    return 1 - score


def same(mean: Array) -> Array:
    """What becomes of the mean over classes: nothing."""
    return mean


def overlap(
    regions: Regions,
    *,
    fp: float,
    fn: float,
    smooth: tuple[float, float],
    floor: float = 0.0,
    scope: Scope = "batch",
    classes: Classes = "all",
    pool: bool = False,
    leak: bool = False,
    squared: Squared = "no",
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    empty: float | None = None,
    like: str | None = None,
    of_score: Callable[[Array], Array] = one_minus,
    of_mean: Callable[[Array], Array] = same,
) -> Values:
    """One minus the mean region score, or what ``of_score`` and ``of_mean`` make of it.

    Args:
        regions: soft regions, (images, classes).
        fp: weight of false positives in the denominator (Dice 0.5, Jaccard 1).
        fn: weight of false negatives.
        smooth: what is added to the numerator and to the denominator of the form above.
        floor: the least denominator.
        scope: "batch" sums over all images before the ratio, "image" takes a ratio per image, then their mean.
        classes: the class mean: "all" of them; the "present" in the label; "present-zero": an absent class has
            loss 0 and stays in the divisor.
        pool: one ratio over all classes together, instead of a mean of ratios.
        leak: count the probability on ignored pixels as false positives.
        squared: "denominator": sizes are sums of squares (fp = sum p^2 - tp, fn = sum y^2 - tp); "elements": tp, fp and
            fn are squared pixel by pixel (tp = sum p^2 y, fp = sum p^2 (1 - y), fn = sum (1 - p)^2 y).
        weight: class weights, (classes,).
        weigh: "normalised" divides by the sum of the weights, "raw" by the number of classes.
        empty: the loss of an image (or batch) in which no class is present, where only present ones count; None
            leaves it out.
        like: the library being reproduced; without one, a label without any class is undefined.
        of_score: the loss of a region's score.
        of_mean: the loss of an image (or batch) from the mean over its classes.

    Raises:
        UsageError: a negative weight or smoothing.
    """
    if min(fp, fn, *smooth) < 0:
        raise UsageError(f"a region score with fp={fp}, fn={fn}, smooth={smooth}: weights and smoothing are 0 or more")
    xp = namespace(regions.overlap)
    tp, false_p, false_n = confusion(regions, leak=leak, squared=squared)
    if scope == "batch":
        tp, false_p, false_n = (xp.sum(x, axis=0, keepdims=True) for x in (tp, false_p, false_n))
    over = _over(regions, scope, classes, pool=pool)
    nothing = None if like or bool(xp.any(regions.labelled > 0)) else "no pixel of any class in the label"
    present = _present(regions, scope)
    if pool:
        tp, false_p, false_n = _pooled((tp, false_p, false_n), weight)
        present = xp.any(present, axis=1, keepdims=True)
    losses = of_score((tp + smooth[0]) / _at_least(tp + fp * false_p + fn * false_n + smooth[1], floor))
    if pool:
        return Values(xp.mean(of_mean(losses)), None, over, nothing)
    kept = present if classes == "present" else xp.ones_like(present)
    losses = xp.where(present, losses, xp.zeros_like(losses)) if classes == "present-zero" else losses
    value = _class_mean(losses, kept, weight, weigh=weigh, empty=empty, of_mean=of_mean)
    return Values(value, mean_where(losses, kept, axis=0), over, nothing, partial(_note, losses, present, classes))


def confusion(regions: Regions, *, leak: bool = False, squared: Squared = "no") -> tuple[Array, Array, Array]:
    """True positives, false positives and false negatives, soft, (images, classes)."""
    tp, predicted, labelled = regions.overlap, regions.predicted, regions.labelled
    if squared == "no" or regions.squares is None:
        predicted = predicted + regions.leaked if leak else predicted
        return tp, predicted - tp, labelled - tp
    squares = regions.squares
    size = squares.predicted + squares.leaked if leak else squares.predicted
    if squared == "denominator":
        return tp, size - tp, squares.labelled - tp
    return squares.overlap, size - squares.overlap, labelled - 2 * tp + squares.overlap


def _present(regions: Regions, scope: Scope) -> Array:
    xp = namespace(regions.labelled)
    labelled = regions.labelled > 0
    return xp.any(labelled, axis=0, keepdims=True) if scope == "batch" else labelled


def _pooled(parts: tuple[Array, ...], weight: Array | None) -> tuple[Array, ...]:
    """The sums over all classes, each times its weight."""
    xp = namespace(parts[0])
    scale = xp.ones_like(parts[0]) if weight is None else weight + xp.zeros_like(parts[0])
    return tuple(xp.sum(part * scale, axis=1, keepdims=True) for part in parts)


def _at_least(bottom: Array, floor: float) -> Array:
    xp = namespace(bottom)
    if floor:
        return xp.where(bottom < floor, xp.full_like(bottom, floor), bottom)
    return xp.where(bottom == 0, xp.full_like(bottom, float("nan")), bottom)


def _class_mean(
    losses: Array,
    kept: Array,
    weight: Array | None,
    *,
    weigh: Weigh,
    empty: float | None,
    of_mean: Callable[[Array], Array],
) -> Array:
    """Over the kept classes of each row, then over the rows that have one."""
    xp = namespace(losses)
    some = xp.any(kept, axis=1)
    if weight is None:
        means = of_mean(mean_where(losses, kept, axis=1))
        return mean_where(means, some) if empty is None else xp.mean(xp.where(some, means, xp.full_like(means, empty)))
    scale = xp.where(kept, weight + xp.zeros_like(losses), xp.zeros_like(losses))
    sums = xp.sum(xp.where(kept, losses, xp.zeros_like(losses)) * scale, axis=1)
    divisor = scale if weigh == "normalised" else xp.astype(kept, losses.dtype)
    return mean_where(of_mean(ratio(sums, xp.sum(divisor, axis=1))), some)


def _over(regions: Regions, scope: Scope, classes: Classes, *, pool: bool) -> str:
    images, count = regions.overlap.shape
    parts = "foreground" if count == 1 else {"all": f"{count} classes", "present": "present classes"}.get(classes, "")
    if classes == "present-zero":
        parts = f"{count} classes, absent ones as 0" if count > 1 else "foreground, 0 where absent"
    if pool:
        parts = f"one ratio over {count} classes"
    if images == 1:
        return parts
    return f"{parts}, {images} images as one" if scope == "batch" else f"{parts}, mean of {images} images"


def _note(losses: Array, present: Array, classes: Classes) -> str:
    xp = namespace(losses)
    seen = xp.any(present, axis=0)
    count = int(seen.shape[0])
    absent = [c for c in range(count) if not bool(seen[c])]
    if not absent or len(absent) == count or classes == "present":
        return ""
    alone = mean_where(mean_where(losses, present, axis=0), seen)
    which = ", ".join(str(c) for c in absent[:8]) + (", ..." if len(absent) > 8 else "")
    return f"{len(absent)} of {count} classes absent ({which}); over the present ones {float(alone):.6g}"


def unit_bounds(knobs: Mapping[str, Any]) -> Bounds:
    """The range of one minus a score: [0, 1], or up to the largest raw weight."""
    weight = knobs.get("weight")
    if weight is None or knobs.get("weigh", "normalised") == "normalised":
        return 0.0, 1.0
    return 0.0, float(namespace(weight).max(weight))

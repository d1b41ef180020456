"""The one formula behind Dice, Jaccard and Tversky: a soft region score per class, and its mean.

    S = (tp + s_n) / max(tp + a fp + b fn + s_d, floor),    tp = sum p y,  fp = sum p - tp,  fn = sum y - tp

What libraries choose differently is a knob, all applied to the sums after the pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import Array, Bounds, Regions, Values, mean_where, namespace, ratio

Scope = Literal["batch", "image"]
Classes = Literal["all", "present", "present-zero"]
Weigh = Literal["normalised", "raw"]


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
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    empty: float | None = None,
    like: str | None = None,
) -> Values:
    """One minus the mean region score.

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
        weight: class weights, (classes,).
        weigh: "normalised" divides by the sum of the weights, "raw" by the number of classes.
        empty: the loss of an image (or batch) in which no class is present, where only present ones count; None
            leaves it out.
        like: the library being reproduced; without one, a label without any class is undefined.

    Raises:
        UsageError: a negative weight or smoothing.
    """
    if min(fp, fn, *smooth) < 0:
        raise UsageError(f"a region score with fp={fp}, fn={fn}, smooth={smooth}: weights and smoothing are 0 or more")
    xp = namespace(regions.overlap)
    tp, predicted, labelled = regions.overlap, regions.predicted, regions.labelled
    predicted = predicted + regions.leaked if leak else predicted
    if scope == "batch":
        tp, predicted, labelled = (xp.sum(x, axis=0, keepdims=True) for x in (tp, predicted, labelled))
    top = tp + smooth[0]
    bottom = tp + fp * (predicted - tp) + fn * (labelled - tp) + smooth[1]
    over = _over(regions, scope, classes, pool=pool)
    nothing = None if like or bool(xp.any(regions.labelled > 0)) else "no pixel of any class in the label"
    if pool:
        top, bottom = _pooled(tp, predicted, labelled, weight, fp=fp, fn=fn, smooth=smooth)
    losses = 1 - top / _at_least(bottom, floor)
    if pool:
        return Values(xp.mean(losses), None, over, nothing)
    present = labelled > 0
    kept = present if classes == "present" else xp.ones_like(present)
    losses = xp.where(present, losses, xp.zeros_like(losses)) if classes == "present-zero" else losses
    value = _class_mean(losses, kept, weight, weigh=weigh, empty=empty)
    return Values(value, mean_where(losses, kept, axis=0), over, nothing, partial(_note, losses, present, classes))


def _pooled(
    tp: Array,
    predicted: Array,
    labelled: Array,
    weight: Array | None,
    *,
    fp: float,
    fn: float,
    smooth: tuple[float, float],
) -> tuple[Array, Array]:
    xp = namespace(tp)
    scale = xp.ones_like(tp) if weight is None else weight + xp.zeros_like(tp)
    both, p, y = (xp.sum(x * scale, axis=1, keepdims=True) for x in (tp, predicted, labelled))
    return both + smooth[0], both + fp * (p - both) + fn * (y - both) + smooth[1]


def _at_least(bottom: Array, floor: float) -> Array:
    xp = namespace(bottom)
    if floor:
        return xp.where(bottom < floor, xp.full_like(bottom, floor), bottom)
    return xp.where(bottom == 0, xp.full_like(bottom, float("nan")), bottom)


def _class_mean(losses: Array, kept: Array, weight: Array | None, *, weigh: Weigh, empty: float | None) -> Array:
    """Over the kept classes of each row, then over the rows that have one."""
    xp = namespace(losses)
    some = xp.any(kept, axis=1)
    if weight is None:
        means = mean_where(losses, kept, axis=1)
        return mean_where(means, some) if empty is None else xp.mean(xp.where(some, means, xp.full_like(means, empty)))
    scale = xp.where(kept, weight + xp.zeros_like(losses), xp.zeros_like(losses))
    sums = xp.sum(xp.where(kept, losses, xp.zeros_like(losses)) * scale, axis=1)
    divisor = scale if weigh == "normalised" else xp.astype(kept, losses.dtype)
    return mean_where(ratio(sums, xp.sum(divisor, axis=1)), some)


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

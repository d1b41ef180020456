"""The mean of losses by class: which classes count and with which weight, and then over which images."""

from __future__ import annotations

from functools import partial
from typing import Literal

from segloss_cli.losses._loss import Values
from segloss_cli.losses._sums import Array, Regions, Squares, mean_where, namespace, ratio

Scope = Literal["batch", "image"]
Classes = Literal["all", "present", "present-zero"]
Weigh = Literal["normalised", "raw"]


def counted(regions: Regions, *, include_background: bool) -> Array:
    """Which classes count at all, bool (classes,): every one, or all but class 0; a single channel always does."""
    xp = namespace(regions.labelled)
    every = xp.ones_like(regions.labelled[0], dtype=xp.bool)
    if include_background or every.shape[0] == 1:
        return every
    return xp.concat([xp.zeros_like(every[:1]), every[1:]])


def seen(regions: Regions, scope: Scope, like: str | None) -> Regions:
    """The regions without the images that have no valid pixel, where each image has a loss of its own.

    What a library makes of such an image stays as it is; and where all are such, there is no value anyway.

    >>> import numpy as np
    >>> two = np.asarray([[3.0], [0.0]])
    >>> seen(Regions(two, two, two, two, two), "image", None).valid.tolist()
    [[3.0]]
    """
    if like or scope == "batch" or regions.valid is None:
        return regions
    xp = namespace(regions.valid)
    kept = xp.any(regions.valid > 0, axis=1)
    if bool(xp.all(kept)) or not bool(xp.any(kept)):
        return regions
    squares = regions.squares
    if squares is not None:
        squares = Squares(squares.overlap[kept], squares.predicted[kept], squares.labelled[kept], squares.leaked[kept])
    return Regions(
        regions.overlap[kept],
        regions.predicted[kept],
        regions.labelled[kept],
        regions.leaked[kept],
        regions.valid[kept],
        squares,
    )


def no_value(regions: Regions, kept: Array, like: str | None) -> str | None:
    """Why there is no value, or None: no valid pixel, or (without a library to follow) none of the ``kept`` classes."""
    xp = namespace(regions.labelled)
    if bool(xp.any((regions.labelled > 0) & kept)):
        return None
    if regions.valid is not None and not bool(xp.any(regions.valid > 0)):
        return "no valid pixel: every one is ignored"
    but = "" if bool(kept[0]) else " but the background"
    return None if like else f"no pixel of any class{but} in the label"


def class_mean(
    losses: Array,
    regions: Regions,
    *,
    scope: Scope,
    classes: Classes = "all",
    include_background: bool = True,
    usable: Array | None = None,
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    empty: float | None = None,
    undefined: str | None = None,
    remark: str = "",
) -> Values:
    """The mean over the classes of each row, then over the rows: the batch as one, or its images.

    Args:
        losses: (rows, classes); or (rows, 1) of all classes together, which has no loss by class.
        regions: what they were made of, (images, classes).
        scope: what a row is.
        classes: the mean is over "all" of them; over the "present" in the row's label; or, "present-zero", an absent
            class has loss 0 and stays in the divisor.
        include_background: whether class 0 counts; a single channel always does.
        usable: which losses there are, bool (rows, classes), where not all.
        weight: class weights, (classes,).
        weigh: "normalised" divides by the sum of the weights, "raw" by the number of classes.
        empty: the loss of a row in which nothing counts; None leaves it out.
        undefined: why there is no value.
        remark: what to add to what it is averaged over.
    """
    xp = namespace(losses)
    pool = losses.shape[1] < regions.labelled.shape[1]
    present = _rows(regions.labelled > 0, scope)
    mask = counted(regions, include_background=include_background)
    if pool:
        present, mask = xp.any(present & mask, axis=1, keepdims=True), mask[-1:]
    kept = mask & (present if classes == "present" else xp.ones_like(present))
    kept = kept if usable is None else kept & usable
    losses = xp.where(present, losses, xp.zeros_like(losses)) if classes == "present-zero" else losses
    value, rows = _mean(losses, kept, weight, weigh=weigh, empty=empty)
    if weight is not None and empty is None and not undefined and not bool(xp.any(rows)):
        undefined = "the weights of all classes that count are 0"
    over = _over(regions, scope, classes, pool=pool, background=include_background) + remark
    if pool:
        return Values(value, None, over, undefined)
    per_class = mean_where(losses, kept, axis=0)
    return Values(value, per_class, over, undefined, partial(_note, losses, present, kept))


def _rows(flags: Array, scope: Scope) -> Array:
    """Flags by image, or whether any image has them."""
    return namespace(flags).any(flags, axis=0, keepdims=True) if scope == "batch" else flags


def _mean(
    losses: Array, kept: Array, weight: Array | None, *, weigh: Weigh, empty: float | None
) -> tuple[Array, Array]:
    """Over the kept classes of each row, then over the rows that have one; and which rows do."""
    xp = namespace(losses)
    some = xp.astype(kept, losses.dtype)
    scale = some if weight is None else some * weight
    # a class of weight 0 counts nothing even where it has no finite loss
    sums = xp.sum(xp.where(scale == 0, xp.zeros_like(losses), losses) * scale, axis=1)
    divisor = xp.sum(scale if weigh == "normalised" else some, axis=1)
    rows = divisor > 0
    means = ratio(sums, divisor)
    if empty is None:
        return mean_where(means, rows), rows
    return xp.mean(xp.where(rows, means, xp.full_like(means, empty))), rows


def _over(regions: Regions, scope: Scope, classes: Classes, *, pool: bool, background: bool) -> str:
    images, count = regions.overlap.shape
    inner = count if background or count == 1 else count - 1
    parts = "foreground" if count == 1 else {"all": f"{inner} classes", "present": "present classes"}.get(classes, "")
    if classes == "present-zero":
        parts = f"{inner} classes, absent ones as 0" if count > 1 else "foreground, 0 where absent"
    if pool:
        parts = f"one ratio over {inner} classes"
    parts += "" if inner == count else " without the background"
    if images == 1:
        return parts
    return f"{parts}, {images} images as one" if scope == "batch" else f"{parts}, mean of {images} images"


def _note(losses: Array, present: Array, kept: Array) -> str:
    xp = namespace(losses)
    counts, seen = xp.any(kept, axis=0), xp.any(present, axis=0)
    names = [c for c in range(int(counts.shape[0])) if bool(counts[c])]
    absent = [c for c in names if not bool(seen[c])]
    if not absent or len(absent) == len(names):
        return ""
    alone = mean_where(mean_where(losses, present & kept, axis=0), seen & counts)
    which = ", ".join(str(c) for c in absent[:8]) + (", ..." if len(absent) > 8 else "")
    return f"{len(absent)} of {len(names)} classes absent ({which}); over the present ones {float(alone):.6g}"

"""The one formula behind Dice, Jaccard, Tversky and their kin: a soft region score per class, and its mean.

    S = (tp + s_n) / max(tp + a fp + b fn + s_d, floor),    tp = sum p y,  fp = sum p - tp,  fn = sum y - tp

What libraries choose differently is a knob, all applied to the sums after the pass. The mean over classes and images
is in ``_class_mean.py``, the ranges in ``_region_bounds.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Classes, Scope, Weigh, class_mean, counted, no_value, seen
from segloss_cli.losses._loss import Needs, Values
from segloss_cli.losses._sums import Array, Regions, namespace

Squared = Literal["no", "denominator", "elements"]
Head = Literal["auto", "sigmoid"]


def squares(knobs: Mapping[str, Any]) -> Needs:
    """Sums of squares, where the knob ``squared`` asks for them."""
    return Needs(squares=knobs.get("squared", "no") != "no")


def one_minus(score: Array) -> Array:
    """The loss of a score: 1 - S."""
    return 1 - score


def minus_score(score: Array) -> Array:
    """The loss of a score as nnU-Net has it: -S."""
    return -score


def minus_log(score: Array, *, least: float = 0.0) -> Array:
    """The loss of a score, in nats: -ln S, of at least ``least``; infinite where that is 0.

    >>> import numpy as np
    >>> minus_log(np.asarray([1.0, 0.5, 0.0])).round(6).tolist()
    [-0.0, 0.693147, inf]
    >>> minus_log(np.asarray([0.5, 0.0]), least=0.5).round(6).tolist()
    [0.693147, 0.693147]
    """
    xp = namespace(score)
    raised = xp.where(score < least, xp.full_like(score, least), score)
    zero = raised == 0
    return xp.where(zero, xp.full_like(score, float("inf")), -xp.log(xp.where(zero, xp.ones_like(score), raised)))


def raised(loss: Array, *, gamma: float) -> Array:
    """loss^gamma, 0 where the loss is 0 or below it by rounding.

    >>> import numpy as np
    >>> raised(np.asarray([0.25, 0.0, -1e-17]), gamma=0.5).tolist()
    [0.5, 0.0, 0.0]
    """
    if gamma == 1:
        return loss
    xp = namespace(loss)
    # below gamma = 1 the slope at 0 is infinite, and its gradient would be NaN
    done = loss <= 0
    return xp.where(done, xp.zeros_like(loss), xp.where(done, xp.ones_like(loss), loss) ** gamma)


def ln_cosh(loss: Array) -> Array:
    """Ln cosh x = ln(1 + 2 sinh^2(x / 2)), which keeps its digits near 0.

    >>> import numpy as np
    >>> ln_cosh(np.asarray([1.0, 1e-6])).round(14).tolist()
    [0.43378083048303, 5e-13]
    """
    xp = namespace(loss)
    half = xp.sinh(loss / 2)
    return xp.log1p(2 * half * half)


def overlap(
    regions: Regions,
    *,
    fp: float,
    fn: float,
    smooth: tuple[float, float],
    floor: float = 0.0,
    scope: Scope = "batch",
    classes: Classes = "all",
    include_background: bool = True,
    pool: bool = False,
    leak: bool = False,
    squared: Squared = "no",
    head: Head = "auto",
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    empty: float | None = None,
    like: str | None = None,
    of_score: Callable[[Array], Array] = one_minus,
) -> Values:
    """One minus the mean region score, or the mean of what ``of_score`` makes of each.

    Args:
        regions: soft regions, (images, classes).
        fp: weight of false positives in the denominator (Dice 0.5, Jaccard 1).
        fn: weight of false negatives.
        smooth: what is added to the numerator and to the denominator of the form above.
        floor: the least denominator.
        scope: "batch" sums over all images before the ratio, "image" takes a ratio per image, then their mean.
        classes: the class mean, see :func:`~segloss_cli.losses._class_mean.class_mean`.
        include_background: whether class 0 counts; a single channel always does.
        pool: one ratio over all classes together, instead of a mean of ratios.
        leak: count the probability on ignored pixels as false positives.
        squared: "denominator": sizes are sums of squares (fp = sum p^2 - tp, fn = sum y^2 - tp); "elements": tp, fp and
            fn are squared pixel by pixel (tp = sum p^2 y, fp = sum p^2 (1 - y), fn = sum (1 - p)^2 y).
        head: "sigmoid" where the regions are those of a sigmoid per class (the pass was chosen by it).
        weight: class weights, (classes,), or one per row too, (rows, classes).
        weigh: "normalised" divides by the sum of the weights, "raw" by the number of classes.
        empty: the loss of an image (or batch) in which nothing counts; None leaves it out.
        like: the library being reproduced; without one, a label without any class is undefined.
        of_score: the loss of a region's score.

    Raises:
        UsageError: a negative weight or smoothing.
    """
    if min(fp, fn, floor, *smooth) < 0:
        raise UsageError(f"a region score with fp={fp}, fn={fn}, smooth={smooth}, floor={floor}: all are 0 or more")
    # what an image without a valid pixel has is said by ``empty``
    regions = seen(regions, scope, like) if empty is None else regions
    tp, false_p, false_n = summed(confusion(regions, leak=leak, squared=squared), scope)
    kept = counted(regions, include_background=include_background)
    if pool:
        tp, false_p, false_n = _pooled((tp, false_p, false_n), kept, weight)
    losses = of_score((tp + smooth[0]) / _at_least(tp + fp * false_p + fn * false_n + smooth[1], floor))
    return class_mean(
        losses,
        regions,
        scope=scope,
        classes=classes,
        include_background=include_background,
        weight=None if pool else weight,
        weigh=weigh,
        empty=empty,
        undefined=no_value(regions, kept, like),
        remark=", a sigmoid per class" if head == "sigmoid" else "",
    )


def confusion(regions: Regions, *, leak: bool = False, squared: Squared = "no") -> tuple[Array, Array, Array]:
    """True positives, false positives and false negatives, soft, (images, classes).

    Raises:
        LookupError: squares are wanted and were not summed; the loss's ``also`` is to ask for them.
    """
    tp, predicted, labelled = regions.overlap, regions.predicted, regions.labelled
    if squared == "no":
        predicted = predicted + regions.leaked if leak else predicted
        return tp, predicted - tp, labelled - tp
    squares = regions.squares
    if squares is None:
        raise LookupError(f"squared={squared}: the engine was not asked for sums of squares")
    size = squares.predicted + squares.leaked if leak else squares.predicted
    if squared == "denominator":
        return tp, size - tp, squares.labelled - tp
    return squares.overlap, size - squares.overlap, labelled - 2 * tp + squares.overlap


def summed(parts: tuple[Array, ...], scope: Scope) -> tuple[Array, ...]:
    """The sums over the batch, (1, classes), where that is the scope; else as they are, (images, classes)."""
    if scope == "image":
        return parts
    return tuple(namespace(part).sum(part, axis=0, keepdims=True) for part in parts)


def _pooled(parts: tuple[Array, ...], kept: Array, weight: Array | None) -> tuple[Array, ...]:
    """The sums over all classes that count, each times its weight, (rows, 1)."""
    xp = namespace(parts[0])
    scale = xp.astype(kept, parts[0].dtype)
    scale = scale + xp.zeros_like(parts[0]) if weight is None else weight * scale + xp.zeros_like(parts[0])
    return tuple(xp.sum(part * scale, axis=1, keepdims=True) for part in parts)


def _at_least(bottom: Array, floor: float) -> Array:
    xp = namespace(bottom)
    if floor:
        return xp.where(bottom < floor, xp.full_like(bottom, floor), bottom)
    return xp.where(bottom == 0, xp.full_like(bottom, float("nan")), bottom)


def valid_pixels(regions: Regions) -> Array:
    """The valid pixels, (images, classes).

    Raises:
        LookupError: they were not counted.
    """
    if regions.valid is None:
        raise LookupError("the regions were made without the number of their valid pixels")
    return regions.valid

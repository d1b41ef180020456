"""MCC: one minus the Matthews correlation coefficient of each class against the rest, from soft counts.

When to use: where the background is most of the image and must still count: unlike Dice it sees the true negatives,
so it does not matter which of the two is called the foreground. 0 is perfect, 1 is no better than chance, 2 is
everything wrong.

Formula, with tp, fp, fn of a class over the valid pixels, tn = N - tp - fp - fn, s = ``smooth``::

    MCC = (tp tn - fp fn) / sqrt((tp + fp) (tp + fn) (tn + fp) (tn + fn) + s)          loss = 1 - MCC, mean over classes

Convention: softmax inside (sigmoid for one channel: then of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; a class whose root is 0 (in the label or the prediction it
is nowhere, or everywhere) has no MCC and is left out; undefined where no class has one, or none is present. With
scope "image" every image and class that has one counts alike.

Beware: libraries fill that gap differently. For an empty label and an empty prediction SMP's ``eps``, which it adds to
each of the four counts, gives 0.500001, and MONAI gives 0. SMP's takes probabilities: logits give NaN. The smoothing is
inside the root, on a product of four counts.

Knobs: ``smooth`` (in the root), ``smooth_numerator``, ``eps`` (added to each of the four counts), ``perfect`` (a class
without any error has loss 0, whatever the root), ``scope`` ("batch" or "image"), ``include_background`` (whether class
0 counts).

Reference: K. Abhishek and G. Hamarneh, "Matthews correlation coefficient loss for deep convolutional networks:
application to skin lesion segmentation", 2021, equations 3 to 5 (arXiv 2010.13454).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Scope, class_mean, counted, no_value
from segloss_cli.losses._loss import BINARY, EVERY_TASK, EXCLUSIVE, Bounds, Convention, Loss, Values
from segloss_cli.losses._overlap import summed, valid_pixels
from segloss_cli.losses._sums import Array, Regions, mean_where, namespace


def mcc(
    regions: Regions,
    *,
    smooth: float = 0.0,
    smooth_numerator: float = 0.0,
    eps: float = 0.0,
    perfect: bool = False,
    scope: Scope = "batch",
    include_background: bool = True,
    like: str | None = None,
) -> Values:
    """One minus the mean Matthews correlation coefficient.

    Args:
        regions: soft regions with their valid pixels, (images, classes).
        smooth: added to the product in the root.
        smooth_numerator: added to the numerator.
        eps: added to each of tp, tn, fp and fn.
        perfect: a class without false positives and false negatives has loss 0.
        scope: the counts of the "batch" or of each "image".
        include_background: whether class 0 counts.
        like: the library being reproduced.

    Raises:
        UsageError: a negative smoothing.

    Example: tp = 4, fp = 1, fn = 1, tn = 4.

        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> regions = Regions(4 * one, 5 * one, 5 * one, 0 * one, 10 * one)
        >>> round(mcc(regions).value.item(), 10)  # 1 - (16 - 1) / sqrt(5^4)
        0.4
        >>> round(mcc(regions, eps=1).value.item(), 10)  # 1 - (25 - 4) / sqrt(7^4)
        0.5714285714
    """
    if min(smooth, smooth_numerator, eps) < 0:
        raise UsageError(f"mcc: smooth={smooth}, smooth_numerator={smooth_numerator}, eps={eps}; all are 0 or more")
    tp, fp, fn, tn = _counts(regions, scope)
    losses, usable = _losses(tp + eps, fp + eps, fn + eps, tn + eps, smooth=smooth, more=smooth_numerator)
    xp = namespace(losses)
    if perfect:
        right = (fp == 0) & (fn == 0)
        losses, usable = xp.where(right, xp.zeros_like(losses), losses), usable | right
    kept = counted(regions, include_background=include_background)
    undefined = no_value(regions, kept, like)
    if not undefined and not bool(xp.any(usable & kept)):
        undefined = "no class has an MCC: in the label or the prediction each is nowhere or everywhere"
    values = class_mean(
        losses, regions, scope=scope, include_background=include_background, usable=usable, undefined=undefined
    )
    # each image and class that has one counts alike, as a mean over all of them would have it
    return replace(values, value=mean_where(losses, usable & kept))


def _counts(regions: Regions, scope: Scope) -> tuple[Array, Array, Array, Array]:
    """tp, fp, fn and tn, (rows, classes), and 0 where there can be none.

    A class that is everywhere has no other pixel. What sum p and tp then differ by is rounding, which a root that is
    nearly 0 would magnify.
    """
    xp = namespace(regions.overlap)
    parts = (regions.overlap, regions.predicted, regions.labelled, valid_pixels(regions))
    tp, predicted, labelled, valid = summed(parts, scope)
    fp = xp.where(labelled == valid, xp.zeros_like(tp), predicted - tp)
    return tp, fp, labelled - tp, valid - labelled - fp


def _losses(tp: Array, fp: Array, fn: Array, tn: Array, *, smooth: float, more: float) -> tuple[Array, Array]:
    """1 - MCC, and where there is one."""
    xp = namespace(tp)
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn) + smooth
    usable = ~(product <= 0)  # NaN is no gap: it stays one
    root = xp.sqrt(xp.where(usable, product, xp.ones_like(product)))
    return 1 - (tp * tn - fp * fn + more) / root, usable


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    more, smooth = float(knobs.get("smooth_numerator", 0.0)), float(knobs.get("smooth", 0.0))
    if not more:
        return 0.0, 2.0
    # (x + more) / sqrt(x^2 + smooth) is largest at x = smooth / more
    return (1 - math.sqrt(1 + more * more / smooth), 2.0) if smooth else (-math.inf, 2.0)


def _smp(*, eps: float = 1e-5) -> Mapping[str, Any]:
    return {"eps": eps}


def _monai(
    *, smooth_nr: float = 0.0, smooth_dr: float = 1e-5, include_background: bool = True, batch: bool = False
) -> Mapping[str, Any]:
    return {
        "smooth_numerator": smooth_nr,
        "smooth": smooth_dr,
        "include_background": include_background,
        "scope": "batch" if batch else "image",
        "perfect": True,
    }


LOSS = Loss(
    function=mcc,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=_bounds,
    default=EVERY_TASK,
    conventions={
        "smp": Convention(
            "MCCLoss(eps=1e-5)(sigmoid(x), y), segmentation-models-pytorch 0.6: over the whole batch",
            BINARY,
            frozenset(),
            _smp,
        ),
        "monai": Convention(
            "MCCLoss(softmax/sigmoid=True, to_onehot_y=True, smooth_nr=0, smooth_dr=1e-5), MONAI 1.6: per image and "
            "class",
            EXCLUSIVE,
            frozenset(),
            _monai,
        ),
    },
)

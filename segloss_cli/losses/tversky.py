"""Tversky: a soft region score in which false positives and false negatives weigh differently.

When to use: misses and false alarms do not cost the same. Here ``alpha`` weighs false positives and ``beta`` false
negatives, as in the paper; beta > alpha buys recall. alpha = beta = 0.5 is Dice, 1 and 1 is Jaccard.

Formula, with tp = sum p y, fp = sum p - tp, fn = sum y - tp over the valid pixels, s = ``smooth``::

    S = (tp + s) / (tp + alpha fp + beta fn + s)          Tversky = 1 - mean of S over the classes

Convention: softmax inside (sigmoid for one channel: then of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; all classes count; no class present is undefined.

Knobs: ``alpha`` (on fp), ``beta`` (on fn); ``smooth``, ``smooth_denominator``, ``floor``, ``scope``, ``classes``,
``include_background``, ``pool``, ``leak``, ``weigh`` and ``empty`` as of ``dice``; ``squared``: "no", or "elements".
Beware: some code swaps alpha and beta (SMP's 0.3 and 0.7 give 0.4814, and the other way round 0.4727). mmseg
wants alpha + beta = 1 and smooths with 1.

Reference: S. S. M. Salehi et al., "Tversky loss function for image segmentation using 3D fully convolutional deep
networks", 2017 (arXiv 1706.05721).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.losses._class_mean import Classes, Scope, Weigh
from segloss_cli.losses._loss import BOTH, EVERY_TASK, EXCLUSIVE, IGNORE, MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._overlap import overlap, squares
from segloss_cli.losses._region_bounds import score_bounds
from segloss_cli.losses._sums import Array, Regions


def tversky(
    regions: Regions,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1e-5,
    smooth_denominator: float | None = None,
    floor: float = 0.0,
    scope: Scope = "batch",
    classes: Classes = "all",
    include_background: bool = True,
    pool: bool = False,
    leak: bool = False,
    squared: Literal["no", "elements"] = "no",
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    empty: float | None = None,
    like: str | None = None,
) -> Values:
    """One minus the mean Tversky index.

    Args:
        regions: soft regions, (images, classes).
        alpha: weight of false positives.
        beta: weight of false negatives.
        smooth: added to numerator and denominator.
        smooth_denominator: what is added to the denominator instead, where it differs.
        floor: the least denominator.
        scope: the ratio of the "batch" or of each "image".
        classes: which classes the mean runs over.
        include_background: whether class 0 counts.
        pool: one ratio over all classes.
        leak: ignored pixels stay in the predicted size.
        squared: "elements" squares p y, p (1 - y) and (1 - p) y pixel by pixel.
        weight: class weights, (classes,).
        weigh: how the weights divide.
        empty: the loss of an image in which nothing counts; None leaves it out of the mean.
        like: the library being reproduced.

    Example: tp = 6, fp = 2, fn = 1.

        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> regions = Regions(6 * one, 8 * one, 7 * one, 0 * one)
        >>> round(tversky(regions, alpha=0.3, beta=0.7, smooth=0).value.item(), 10)  # 1 - 6 / (6 + 0.6 + 0.7)
        0.1780821918
        >>> round(tversky(regions, alpha=0.7, beta=0.3, smooth=0).value.item(), 10)  # 1 - 6 / (6 + 1.4 + 0.3)
        0.2207792208
    """
    bottom = smooth if smooth_denominator is None else smooth_denominator
    return overlap(
        regions,
        fp=alpha,
        fn=beta,
        smooth=(smooth, bottom),
        floor=floor,
        scope=scope,
        classes=classes,
        include_background=include_background,
        pool=pool,
        leak=leak,
        squared=squared,
        weight=weight,
        weigh=weigh,
        empty=empty,
        like=like,
    )


def _smp(*, alpha: float = 0.5, beta: float = 0.5, smooth: float = 0.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "beta": beta, "smooth": smooth, "floor": 1e-7, "classes": "present-zero"}


def _monai(
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1e-5,
    include_background: bool = True,
    batch: bool = False,
) -> Mapping[str, Any]:
    scope = "batch" if batch else "image"
    return {"alpha": alpha, "beta": beta, "smooth": smooth, "include_background": include_background, "scope": scope}


def _kornia(*, alpha: float = 0.5, beta: float = 0.5, eps: float = 1e-8) -> Mapping[str, Any]:
    return {
        "alpha": alpha,
        "beta": beta,
        "smooth": 0.0,
        "smooth_denominator": eps,
        "scope": "image",
        "classes": "present",
        "empty": 1.0,
    }


def _mmseg(*, alpha: float = 0.3, beta: float = 0.7, smooth: float = 1.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "beta": beta, "smooth": smooth, "scope": "image", "weigh": "raw"}


LOSS = Loss(
    function=tversky,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=score_bounds,
    default=EVERY_TASK,
    also=squares,
    signed=frozenset({"empty"}),
    conventions={
        "smp": Convention(
            "TverskyLoss(mode, alpha=0.5, beta=0.5, smooth=0, ignore_index, class_weights), "
            "segmentation-models-pytorch 0.6",
            EXCLUSIVE,
            BOTH,
            _smp,
        ),
        "smp-0.3.4": Convention(
            "TverskyLoss(mode, alpha=0.5, beta=0.5, smooth=0, ignore_index), segmentation-models-pytorch 0.3.4",
            EXCLUSIVE,
            IGNORE,
            _smp,
        ),
        "mmseg": Convention(
            "TverskyLoss(smooth=1, alpha=0.3, beta=0.7, class_weight, ignore_index), mmsegmentation 1.2: "
            "alpha + beta = 1",
            MULTICLASS,
            BOTH,
            _mmseg,
        ),
        "monai": Convention(
            "TverskyLoss(alpha=0.5, beta=0.5, smooth_nr=smooth_dr=1e-5, ignore_index), MONAI 1.6",
            EXCLUSIVE,
            IGNORE,
            _monai,
        ),
        "kornia": Convention(
            "tversky_loss(x, y, alpha, beta, eps=1e-8, ignore_index), kornia 0.9",
            MULTICLASS,
            IGNORE,
            _kornia,
        ),
    },
)

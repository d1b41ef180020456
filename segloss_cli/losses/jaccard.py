"""Soft Jaccard (IoU): one minus the overlap over the union.

When to use: where mean IoU is what counts. It is Dice with the errors counted in full: J = D / (2 - D) for one region.

Formula, with tp = sum p y, fp = sum p - tp, fn = sum y - tp over the valid pixels, s = ``smooth``::

    S = (tp + s) / (tp + fp + fn + s)          Jaccard = 1 - mean of S over the classes

Convention: softmax inside (sigmoid for one channel: then of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; all classes count; no class present is undefined.

Beware: smoothing is counted in different forms. MONAI's 1 is 0.5 here, as it writes 2 tp over twice the union.

Knobs: ``smooth``, ``floor``, ``scope``, ``classes``, ``include_background``, ``pool``, ``leak``, ``squared`` and
``weigh``, all as of ``dice``.

Reference: M. A. Rahman and Y. Wang, "Optimizing Intersection-Over-Union in Deep Neural Networks for Image
Segmentation", 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._class_mean import Classes, Scope, Weigh
from segloss_cli.losses._loss import BOTH, EVERY_TASK, EXCLUSIVE, Convention, Loss, Values
from segloss_cli.losses._overlap import Squared, overlap, squares
from segloss_cli.losses._region_bounds import unit_bounds
from segloss_cli.losses._sums import Array, Regions


def jaccard(
    regions: Regions,
    *,
    smooth: float = 1e-5,
    floor: float = 0.0,
    scope: Scope = "batch",
    classes: Classes = "all",
    include_background: bool = True,
    pool: bool = False,
    leak: bool = False,
    squared: Squared = "no",
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    like: str | None = None,
) -> Values:
    """One minus the mean soft Jaccard score.

    Args:
        regions: soft regions, (images, classes).
        smooth: added to numerator and denominator.
        floor: the least denominator.
        scope: the ratio of the "batch" or of each "image".
        classes: which classes the mean runs over.
        include_background: whether class 0 counts.
        pool: one ratio over all classes.
        leak: ignored pixels stay in the predicted size.
        squared: where squares are taken.
        weight: class weights, (classes,).
        weigh: how the weights divide.
        like: the library being reproduced.

    Example: tutorial 001's three samples; its prose means this loss where its code computes Dice.

        >>> import numpy as np
        >>> tp, p, y = (np.asarray([v]) for v in ([1.7, 0.0, 0.6], [1.9, 0.4, 0.7], [2.0, 0.0, 1.0]))
        >>> regions = Regions(tp, p, y, np.zeros((1, 3)))
        >>> values = jaccard(regions, smooth=0)
        >>> [round(v, 10) for v in values.per_class.tolist()], round(values.value.item(), 10)
        ([0.2272727273, 1.0, 0.4545454545], 0.5606060606)
        >>> round(jaccard(regions, smooth=0, classes="present").value.item(), 10)
        0.3409090909
    """
    return overlap(
        regions,
        fp=1.0,
        fn=1.0,
        smooth=(smooth, smooth),
        floor=floor,
        scope=scope,
        classes=classes,
        include_background=include_background,
        pool=pool,
        leak=leak,
        squared=squared,
        weight=weight,
        weigh=weigh,
        like=like,
    )


def _smp(*, smooth: float = 0.0) -> Mapping[str, Any]:
    return {"smooth": smooth, "floor": 1e-7, "classes": "present-zero"}


def _monai(
    *, smooth: float = 1e-5, squared_pred: bool = False, include_background: bool = True, batch: bool = False
) -> Mapping[str, Any]:
    # it writes 2 tp over twice the union, so its smoothing weighs half
    return {
        "smooth": smooth / 2,
        "squared": "denominator" if squared_pred else "no",
        "include_background": include_background,
        "scope": "batch" if batch else "image",
        "weigh": "raw",
    }


LOSS = Loss(
    function=jaccard,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=unit_bounds,
    default=EVERY_TASK,
    also=squares,
    conventions={
        "smp": Convention(
            "JaccardLoss(mode, smooth=0, eps=1e-7, ignore_index, class_weights), segmentation-models-pytorch 0.6",
            EXCLUSIVE,
            BOTH,
            _smp,
        ),
        "smp-0.3.4": Convention(
            "JaccardLoss(mode, smooth=0, eps=1e-7), segmentation-models-pytorch 0.3.4", EXCLUSIVE, frozenset(), _smp
        ),
        "toolbelt": Convention(
            "JaccardLoss(mode, smooth=0, eps=1e-7), pytorch-toolbelt 0.8", EXCLUSIVE, frozenset(), _smp
        ),
        "monai": Convention(
            "DiceLoss(jaccard=True, smooth_nr=smooth_dr=1e-5, weight, ignore_index), MONAI 1.6",
            EXCLUSIVE,
            BOTH,
            _monai,
        ),
    },
)

"""Logarithmic Dice: minus the logarithm of the Dice score, which grows without bound as a class is missed.

When to use: classes that the network does not find at all. 1 - S is flat near S = 0, where its gradient hardly tells a
missed class from a nearly missed one; -ln S is steep there. It is the Dice part of the exponential-logarithmic loss.

Formula, with tp, fp, fn of each class over the valid pixels and s = ``smooth``::

    S = (2 tp + s) / (2 tp + fp + fn + s)          log-Dice = mean of -ln S over the classes, in nats

Convention: softmax inside (sigmoid for one channel: then of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; all classes count, so an absent one adds
-ln(s / (fp + s)), which is large; no class present is undefined.

Beware: the mean of the logarithms is not the logarithm of the mean. Without smoothing a class that is missed
altogether makes the loss infinite; SMP and pytorch-toolbelt stop at -ln 1e-7 = 16.1 and count an absent class as 0.
On the same data with an absent class and without smoothing this gives infinity, and theirs 0.746.

Knobs: ``least`` (the least score under the logarithm); ``smooth``, ``floor``, ``scope`` and ``classes`` as of ``dice``.

Reference: K. C. L. Wong et al., "3D segmentation with exponential logarithmic loss for highly unbalanced object sizes",
2018, its Dice part with a power of 1 (arXiv 1809.00076).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Classes, Scope
from segloss_cli.losses._loss import BOTH, EVERY_TASK, EXCLUSIVE, IGNORE, Bounds, Convention, Loss, Values
from segloss_cli.losses._overlap import minus_log, overlap
from segloss_cli.losses._sums import Array, Regions


def log_dice(
    regions: Regions,
    *,
    smooth: float = 1e-5,
    least: float = 0.0,
    floor: float = 0.0,
    scope: Scope = "batch",
    classes: Classes = "all",
    weight: Array | None = None,
    like: str | None = None,
) -> Values:
    """The mean of minus the logarithm of the soft Dice score, in nats.

    Args:
        regions: soft regions, (images, classes).
        smooth: added to numerator and denominator.
        least: the least score under the logarithm.
        floor: the least denominator.
        scope: the ratio of the "batch" or of each "image".
        classes: which classes the mean runs over.
        weight: class weights, (classes,).
        like: the library being reproduced.

    Raises:
        UsageError: a least score outside [0, 1].

    Example: two classes with S = 3/4 and S = 1/2.

        >>> import numpy as np
        >>> tp, p, y = (np.asarray([v]) for v in ([6.0, 1.0], [8.0, 2.0], [8.0, 2.0]))
        >>> regions = Regions(tp, p, y, np.zeros((1, 2)))
        >>> round(log_dice(regions, smooth=0).value.item(), 10)  # (ln(4/3) + ln 2) / 2
        0.4904146265
        >>> round(log_dice(regions, smooth=0, least=0.75).value.item(), 10)  # ln(4/3)
        0.2876820725
    """
    if not 0 <= least <= 1:
        raise UsageError(f"log-dice: least={least}; the least score is from 0 to 1")
    return overlap(
        regions,
        fp=0.5,
        fn=0.5,
        smooth=(smooth / 2, smooth / 2),
        floor=floor / 2,
        scope=scope,
        classes=classes,
        weight=weight,
        like=like,
        of_score=partial(minus_log, least=least),
    )


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    least = float(knobs.get("least", 0.0))
    return 0.0, -math.log(least) if least else math.inf


def _smp(*, smooth: float = 0.0) -> Mapping[str, Any]:
    # it adds smooth to tp / (tp + fp/2 + fn/2), half of this file's form
    return {"smooth": 2 * smooth, "floor": 2e-7, "least": 1e-7, "classes": "present-zero"}


def _toolbelt(*, smooth: float = 0.0) -> Mapping[str, Any]:
    return {"smooth": smooth, "floor": 1e-7, "least": 1e-7, "classes": "present-zero"}


LOSS = Loss(
    function=log_dice,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=_bounds,
    default=EVERY_TASK,
    conventions={
        "smp": Convention(
            "DiceLoss(mode, log_loss=True, smooth=0, eps=1e-7, ignore_index, class_weights), "
            "segmentation-models-pytorch 0.6",
            EXCLUSIVE,
            BOTH,
            _smp,
        ),
        "smp-0.3.4": Convention(
            "DiceLoss(mode, log_loss=True, smooth=0, eps=1e-7, ignore_index), segmentation-models-pytorch 0.3.4: half "
            "the smoothing",
            EXCLUSIVE,
            IGNORE,
            _toolbelt,
        ),
        "toolbelt": Convention(
            "DiceLoss(mode, log_loss=True, smooth=0, eps=1e-7, ignore_index), pytorch-toolbelt 0.8",
            EXCLUSIVE,
            IGNORE,
            _toolbelt,
        ),
    },
)

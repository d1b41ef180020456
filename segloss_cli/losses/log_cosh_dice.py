"""Log-cosh Dice: ln cosh of the Dice loss, which is quadratic near 0 and nearly straight far from it.

When to use: to try a smoother Dice loss near the optimum; it ranks predictions as Dice does. Its values are small:
ln cosh 1 = 0.4338 is the largest, so 0.14 stands for a Dice loss of 0.53. Its slope is tanh(Dice), so its gradient
vanishes together with the loss: what is added to it (cross-entropy, say) weighs more and more.

Formula, with S of each class as ``dice`` has it::

    Dice = 1 - mean of S over the classes          log-cosh Dice = ln cosh Dice

Convention: softmax inside (sigmoid for one channel: then of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; all classes count; no class present is undefined.

Beware: ln cosh of the mean and the mean of ln cosh (``each``) differ the more the classes do: 0.1364 and 0.1365 where
all are alike, 0.2158 and 0.2245 where one is absent.

Knobs: ``each`` (of each class's loss instead of their mean); ``smooth``, ``scope`` and ``classes`` as of ``dice``.

Reference: S. Jadon, "A survey of loss functions for semantic segmentation", 2020 (arXiv 2006.14822).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from segloss_cli.losses._class_mean import Classes, Scope
from segloss_cli.losses._loss import EVERY_TASK, Bounds, Loss, Values
from segloss_cli.losses._overlap import ln_cosh, one_minus, overlap
from segloss_cli.losses._sums import Array, Regions


def log_cosh_dice(
    regions: Regions,
    *,
    smooth: float = 1e-5,
    each: bool = False,
    scope: Scope = "batch",
    classes: Classes = "all",
    weight: Array | None = None,
) -> Values:
    """The logarithm of the hyperbolic cosine of the soft Dice loss.

    Args:
        regions: soft regions, (images, classes).
        smooth: added to numerator and denominator of Dice.
        each: the mean of each class's, instead of that of the mean.
        scope: the ratio of the "batch" or of each "image".
        classes: which classes the mean runs over.
        weight: class weights, (classes,).

    Example: two classes with S = 1 and S = 0, so that Dice is 1/2.

        >>> import numpy as np
        >>> tp, p, y = (np.asarray([v]) for v in ([4.0, 0.0], [4.0, 3.0], [4.0, 2.0]))
        >>> regions = Regions(tp, p, y, np.zeros((1, 2)))
        >>> round(log_cosh_dice(regions, smooth=0).value.item(), 10)  # ln cosh 0.5
        0.120114507
        >>> round(log_cosh_dice(regions, smooth=0, each=True).value.item(), 10)  # (0 + ln cosh 1) / 2
        0.2168904152
    """
    values = overlap(
        regions,
        fp=0.5,
        fn=0.5,
        smooth=(smooth / 2, smooth / 2),
        scope=scope,
        classes=classes,
        weight=weight,
        of_score=(lambda score: ln_cosh(1 - score)) if each else one_minus,
    )
    return values if each else replace(values, value=ln_cosh(values.value))


def _bounds(_: Mapping[str, Any]) -> Bounds:
    return 0.0, math.log(math.cosh(1.0))


LOSS = Loss(function=log_cosh_dice, kinds=("overlap",), tasks=EVERY_TASK, bounds=_bounds, default=EVERY_TASK)

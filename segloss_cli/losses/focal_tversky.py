"""Focal Tversky: the Tversky loss of each class to a power, which moves the weight between hard and easy classes.

When to use: small structures where misses and false alarms do not cost the same, and some classes are far worse than
others. gamma < 1 (the paper's 3/4) lifts losses that are already small and keeps pushing a class that is nearly right;
gamma > 1 turns such classes down, as gamma of ``focal`` does with pixels. gamma = 1 is ``tversky``.

Formula, with tp = sum p y, fp = sum p - tp, fn = sum y - tp over the valid pixels, a = ``alpha``, b = ``beta``::

    S = (tp + s) / (tp + a fp + b fn + s)          FTL = mean of (1 - S)^gamma over the classes

Convention: softmax inside (sigmoid for one channel: then of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; all classes count; no class present is undefined.

Beware: the paper writes the exponent as 1/gamma with gamma = 4/3; here, as in most code, it is gamma itself. SMP takes
the power after the mean over the classes (``power="mean"``), and its default gamma is 1: the plain Tversky loss. Where
one of five classes is absent, 4/3 gives 0.5997 after the mean and 0.6076 per class. Below 1 the slope at a perfect
class is infinite.

Knobs: ``alpha`` (on fp), ``beta`` (on fn), ``gamma`` > 0, ``power``: "class" (of each class's loss) or "mean" (of
their mean); ``smooth``, ``floor``, ``scope`` and ``classes`` as of ``dice``.

Reference: N. Abraham and N. M. Khan, "A novel focal Tversky loss function with improved attention U-Net for lesion
segmentation", 2019, section 2 (arXiv 1810.07842).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Classes, Scope
from segloss_cli.losses._loss import BOTH, EVERY_TASK, EXCLUSIVE, IGNORE, Convention, Loss, Values
from segloss_cli.losses._overlap import one_minus, overlap, raised
from segloss_cli.losses._region_bounds import unit_bounds
from segloss_cli.losses._sums import Array, Regions


def focal_tversky(
    regions: Regions,
    *,
    alpha: float = 0.3,
    beta: float = 0.7,
    gamma: float = 0.75,
    power: Literal["class", "mean"] = "class",
    smooth: float = 1e-5,
    floor: float = 0.0,
    scope: Scope = "batch",
    classes: Classes = "all",
    weight: Array | None = None,
    like: str | None = None,
) -> Values:
    """The mean over classes of the Tversky loss to the power of gamma.

    Args:
        regions: soft regions, (images, classes).
        alpha: weight of false positives.
        beta: weight of false negatives.
        gamma: the power.
        power: whether each "class" is raised, or their "mean".
        smooth: added to numerator and denominator.
        floor: the least denominator.
        scope: the ratio of the "batch" or of each "image".
        classes: which classes the mean runs over.
        weight: class weights, (classes,).
        like: the library being reproduced.

    Raises:
        UsageError: a gamma of 0 or less.

    Example: two classes with S = 3/4 and S = 0: 6 / (6 + 0.5 * 4) and nothing found of 5.

        >>> import numpy as np
        >>> tp, p, y = (np.asarray([v]) for v in ([6.0, 0.0], [8.0, 0.0], [8.0, 5.0]))
        >>> regions = Regions(tp, p, y, np.zeros((1, 2)))
        >>> half = {"alpha": 0.5, "beta": 0.5, "smooth": 0}
        >>> focal_tversky(regions, **half, gamma=2).value.item()  # (1/16 + 1) / 2
        0.53125
        >>> focal_tversky(regions, **half, gamma=2, power="mean").value.item()  # ((1/4 + 1) / 2)^2
        0.390625
        >>> focal_tversky(regions, **half, gamma=0.5).value.item()  # (1/2 + 1) / 2
        0.75
    """
    if gamma <= 0:
        raise UsageError(f"focal-tversky: gamma={gamma}; it must be above 0 (1 is the Tversky loss)")
    values = overlap(
        regions,
        fp=alpha,
        fn=beta,
        smooth=(smooth, smooth),
        floor=floor,
        scope=scope,
        classes=classes,
        weight=weight,
        like=like,
        of_score=one_minus if power == "mean" else lambda score: raised(1 - score, gamma=gamma),
    )
    return replace(values, value=raised(values.value, gamma=gamma)) if power == "mean" else values


def _smp(*, alpha: float = 0.5, beta: float = 0.5, gamma: float = 1.0, smooth: float = 0.0) -> Mapping[str, Any]:
    return {
        "alpha": alpha,
        "beta": beta,
        "gamma": gamma,
        "power": "mean",
        "smooth": smooth,
        "floor": 1e-7,
        "classes": "present-zero",
    }


LOSS = Loss(
    function=focal_tversky,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=unit_bounds,
    default=EVERY_TASK,
    conventions={
        "smp": Convention(
            "TverskyLoss(mode, alpha=0.5, beta=0.5, gamma=1, smooth=0, ignore_index, class_weights), "
            "segmentation-models-pytorch 0.6: the power after the class mean",
            EXCLUSIVE,
            BOTH,
            _smp,
        ),
        "smp-0.3.4": Convention(
            "TverskyLoss(mode, alpha=0.5, beta=0.5, gamma=1, smooth=0, ignore_index), "
            "segmentation-models-pytorch 0.3.4: the power after the class mean",
            EXCLUSIVE,
            IGNORE,
            _smp,
        ),
    },
)

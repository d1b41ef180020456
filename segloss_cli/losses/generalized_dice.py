"""Generalized Dice: one Dice ratio over all classes, in which small classes weigh more.

When to use: classes of very different sizes, where a mean of ratios would let the tiniest one decide and one plain
ratio the largest. Square weights make every class count alike whatever its size.

Formula, with tp = sum p y, P = sum p, G = sum y of each class over the valid pixels and s = ``smooth``::

    GDL = 1 - (2 sum_c w_c tp_c + s) / (sum_c w_c (P_c + G_c) + s)          w_c = 1 / G_c^2

Convention: softmax inside (sigmoid for one channel: then it is the foreground's Dice, whatever the weights; or a
sigmoid per channel, multi-label); sums over the valid pixels of the whole batch; a class that is absent, whose weight
would be infinite, has the largest weight of the present ones (MONAI's rule); no class present is undefined.

Beware: ``smooth`` is not scale-free, since square weights make both sums small: the same prediction tiled to 512 x 512
falls from 0.5362 to 0.5098 with 1e-5, and stays at 0.5363 with 0. Code that gives an absent class a weight of 1e10 or
so returns 1 for any prediction. A one-channel image without foreground has no finite weight: per image it scores 1
whatever is predicted, so its loss is 0.

Knobs: ``weights``: "square" (1 / G^2), "simple" (1 / G) or "uniform" (1); ``smooth``, ``scope``,
``include_background``: as of ``dice``.

Reference: C. H. Sudre et al., "Generalised Dice overlap as a deep learning loss function for highly unbalanced
segmentations", 2017, section 2 (arXiv 1707.03237).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.losses._class_mean import Scope, counted, seen
from segloss_cli.losses._loss import EVERY_TASK, EXCLUSIVE, Convention, Loss, Values
from segloss_cli.losses._overlap import overlap, summed
from segloss_cli.losses._region_bounds import unit_bounds
from segloss_cli.losses._sums import Array, Regions, namespace

Weights = Literal["square", "simple", "uniform"]


def generalized_dice(
    regions: Regions,
    *,
    weights: Weights = "square",
    smooth: float = 1e-5,
    scope: Scope = "batch",
    include_background: bool = True,
    like: str | None = None,
) -> Values:
    """One minus the generalized Dice score.

    Args:
        regions: soft regions, (images, classes).
        weights: how a class's weight falls with its labelled size G.
        smooth: added to numerator and denominator.
        scope: the ratio of the "batch" or of each "image".
        include_background: whether class 0 counts.
        like: the library being reproduced.

    Example: a class of 8 pixels with tp = 6 of P = 8, and one of 2 pixels with tp = 1 of P = 2.

        >>> import numpy as np
        >>> tp, p, y = (np.asarray([v]) for v in ([6.0, 1.0], [8.0, 2.0], [8.0, 2.0]))
        >>> regions = Regions(tp, p, y, np.zeros((1, 2)))
        >>> round(generalized_dice(regions, smooth=0).value.item(), 10)  # 1 - 2 (6/64 + 1/4) / (16/64 + 4/4)
        0.45
        >>> generalized_dice(regions, smooth=0, weights="simple").value.item()  # 1 - 2 (6/8 + 1/2) / (16/8 + 4/2)
        0.375
        >>> round(generalized_dice(regions, smooth=0, weights="uniform").value.item(), 10)  # 1 - 2 * 7 / 20
        0.3
    """
    regions = seen(regions, scope, like)
    (labelled,) = summed((regions.labelled,), scope)
    kept = counted(regions, include_background=include_background)
    return overlap(
        regions,
        fp=0.5,
        fn=0.5,
        smooth=(smooth / 2, smooth / 2),
        scope=scope,
        include_background=include_background,
        pool=True,
        weight=_weights(labelled, kept, weights),
        like=like,
    )


def _weights(labelled: Array, kept: Array, weights: Weights) -> Array:
    """(rows, classes): an absent class has the largest weight of its row's present ones that count, 0 without one."""
    xp = namespace(labelled)
    if weights == "uniform":
        return xp.ones_like(labelled)
    absent = labelled == 0
    size = xp.where(absent, xp.ones_like(labelled), labelled)
    found = xp.where(absent | ~kept, xp.zeros_like(size), 1 / (size * size if weights == "square" else size))
    return xp.where(absent, xp.max(found, axis=1, keepdims=True) + xp.zeros_like(found), found)


def _monai(
    *, w_type: Weights = "square", smooth: float = 1e-5, include_background: bool = True, batch: bool = False
) -> Mapping[str, Any]:
    return {
        "weights": w_type,
        "smooth": smooth,
        "scope": "batch" if batch else "image",
        "include_background": include_background,
    }


LOSS = Loss(
    function=generalized_dice,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=unit_bounds,
    default=EVERY_TASK,
    conventions={
        "monai": Convention(
            "GeneralizedDiceLoss(softmax/sigmoid=True, to_onehot_y=True, w_type='square', smooth_nr=smooth_dr=1e-5), "
            "MONAI 1.6",
            EXCLUSIVE,
            frozenset(),
            _monai,
        ),
    },
)

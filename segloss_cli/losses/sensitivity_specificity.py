"""Sensitivity-specificity: the squared error on a region and outside it, each divided by its own size.

When to use: tiny lesions, where the squared error of the background would drown that of the lesion. ``r`` says how much
the region counts against the rest: a high one buys recall, a low one precision.

Formula, with o the one-hot label, G = sum o, N the number of valid pixels, s = ``smooth``::

    SS = r sum (p - o)^2 o / (G + s) + (1 - r) sum (p - o)^2 (1 - o) / (N - G + s)          mean over the classes

Convention: softmax inside (sigmoid for one channel: then of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; all classes count, and an absent one has only its second
part; no class present is undefined.

Beware: it is about the mean squared error, not a ratio of overlaps, so its values are small: 0.06 where Dice is 0.53.
A well-known collection of losses names the two parts the wrong way round; ``r`` is on the region's own error
(sensitivity) here and there.

Knobs: ``r`` in [0, 1], ``smooth``; ``scope`` ("batch" or "image").

Reference: T. Brosch et al., "Deep convolutional encoder networks for multiple sclerosis lesion segmentation", 2015,
section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Scope, class_mean, counted, no_value, seen
from segloss_cli.losses._loss import EVERY_TASK, Loss, Needs, Values
from segloss_cli.losses._overlap import confusion, summed, valid_pixels
from segloss_cli.losses._region_bounds import unit_bounds
from segloss_cli.losses._sums import Array, Regions, namespace


def sensitivity_specificity(
    regions: Regions,
    *,
    r: float = 0.1,
    smooth: float = 1.0,
    scope: Scope = "batch",
) -> Values:
    """The mean over classes of the weighted squared errors inside and outside the region.

    Args:
        regions: soft regions with their squares and valid pixels, (images, classes).
        r: weight of the error on the region; the rest has 1 - r.
        smooth: added to both sizes.
        scope: the sums of the "batch" or of each "image".

    Raises:
        UsageError: r outside [0, 1] or a negative smooth.

    Example: one class with p = 1/2 on both of its pixels and p = 1/4 on the other four.

        >>> import numpy as np
        >>> from segloss_cli.losses._sums import Squares
        >>> one = np.ones((1, 1))
        >>> squares = Squares(0.5 * one, 0.75 * one, 2 * one, 0 * one)
        >>> regions = Regions(1 * one, 2 * one, 2 * one, 0 * one, 6 * one, squares)
        >>> round(sensitivity_specificity(regions, smooth=0).value.item(), 10)  # 0.1 * 0.5 / 2 + 0.9 * 0.25 / 4
        0.08125
        >>> round(sensitivity_specificity(regions).value.item(), 10)  # 0.1 * 0.5 / 3 + 0.9 * 0.25 / 5
        0.0616666667
    """
    if not 0 <= r <= 1 or smooth < 0:
        raise UsageError(f"sensitivity-specificity: r={r}, smooth={smooth}; r is from 0 to 1, smooth 0 or more")
    regions = seen(regions, scope, None)
    _, outside, inside = confusion(regions, squared="elements")
    parts = (inside, outside, regions.labelled, valid_pixels(regions))
    inside, outside, labelled, valid = summed(parts, scope)
    losses = r * _share(inside, labelled + smooth) + (1 - r) * _share(outside, valid - labelled + smooth)
    undefined = no_value(regions, counted(regions, include_background=True), None)
    return class_mean(losses, regions, scope=scope, undefined=undefined)


def _share(error: Array, size: Array) -> Array:
    """The error by size, 0 where there is neither."""
    xp = namespace(error)
    return error / xp.where(size == 0, xp.ones_like(size), size)


def _squares(_: Mapping[str, Any]) -> Needs:
    return Needs(squares=True)


LOSS = Loss(
    function=sensitivity_specificity,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=unit_bounds,
    default=EVERY_TASK,
    also=_squares,
)

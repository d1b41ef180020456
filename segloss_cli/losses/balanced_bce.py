"""Balanced binary cross-entropy: the rarer of foreground and background weighs as much as the other.

When to use: a foreground of thin lines or edges, one pixel in a hundred, in one channel or several that may overlap.

Formula, with z the logit, y the target, s(x) = ln(1 + e^x), and counts over the valid pixels of a channel::

    B = (negatives / (positives + negatives))^gamma
    f = B y s(-z) + (1 - B) (1 - y) s(z)          mean over valid pixels and channels

Convention: sigmoid inside; one B per channel from all valid pixels of the batch; ignored pixels count nowhere; nothing
valid is undefined. positives is the sum of y, soft targets as they are; a sum that is no count of 0 and 1 (below 0, or
above the number of pixels: a 0/255 mask) is undefined.

Where the label is all background B is 1, and so the loss is 0 whatever is predicted; all foreground likewise. The loss
depends on the batch: an image with few edges weighs its edges more beside images that have many. mmsegmentation has it
under the name BoundaryLoss (PIDNet's), which is not Kervadec's ``boundary``. pytorch-toolbelt raises to gamma twice:
B itself, and then both B and 1 - B; and with another ignore_index than the mask's 255 it counts 255 in neither class
but adds 255 s(-z) - 254 s(z) for each such pixel.

Knobs: ``scope``: one B for the "batch" or one for each "image"; ``gamma`` >= 0: below 1 it moves B towards 1, above 1
towards 0; ``divide``: "valid" pixels, or "all" (ignored pixels stay in the divisor, counting 0); ``twice``: B and 1 - B
are raised to gamma once more; ``smooth``: added to the denominator of B.

Reference: S. Xie and Z. Tu, "Holistically-Nested Edge Detection", 2015 (arXiv 1504.06375).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import BINARY, IGNORE, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sides import CROSS_ENTROPY, channel_mean
from segloss_cli.losses._sums import Array, Side, Sides, namespace, ratio


def balanced_bce(
    sides: Sides,
    *,
    scope: Literal["batch", "image"] = "batch",
    gamma: float = 1.0,
    divide: Literal["valid", "all"] = "valid",
    twice: bool = False,
    smooth: float = 0.0,
) -> Values:
    """Mean balanced binary cross-entropy, in nats.

    Args:
        sides: ``positive`` is the sum of y s(-z), ``negative`` of (1 - y) s(z), (images, channels).
        scope: one share for the "batch", or one for each "image".
        gamma: power of the share.
        divide: whether the mean runs over the "valid" pixels or over "all".
        twice: both weights are raised to gamma again.
        smooth: added to the number of pixels that the share is of.

    Raises:
        UsageError: a negative gamma or smooth.

    Example: four valid pixels, one of them positive: B = 3/4. Positive terms 2 in all, negative ones 4.

        >>> import numpy as np
        >>> one = np.asarray([[1.0]])
        >>> sides = Sides(2 * one, 4 * one, one, np.asarray([4.0]), np.asarray([5.0]))
        >>> balanced_bce(sides).value.item()  # (0.75 * 2 + 0.25 * 4) / 4
        0.625
        >>> balanced_bce(sides, divide="all").value.item()  # 2.5 / 5
        0.5
        >>> balanced_bce(sides, gamma=2).value.item()  # (0.5625 * 2 + 0.4375 * 4) / 4
        0.71875
    """
    if gamma < 0 or smooth < 0:
        raise UsageError(f"balanced-bce: gamma={gamma}, smooth={smooth}; both must be 0 or more")
    xp = namespace(sides.positive)
    share = _share(sides, scope, smooth)
    a = share**gamma
    b = 1 - a
    if twice:
        a, b = a**gamma, b**gamma
    values = channel_mean(sides, xp.sum(a * sides.positive + b * sides.negative, axis=0), divide=divide)
    return Values(values.value, values.per_class, values.over, values.undefined or _no_share(share, sides))


def _share(sides: Sides, scope: str, smooth: float) -> Array:
    """The negatives' share of the pixels, (1 or images, channels); 0 where there are none."""
    xp = namespace(sides.count)
    positives, pixels = sides.count, sides.valid[:, None] + xp.zeros_like(sides.count)
    if scope == "batch":
        positives, pixels = (xp.sum(x, axis=0, keepdims=True) for x in (positives, pixels))
    return xp.where(pixels > 0, ratio(pixels - positives, pixels + smooth), xp.zeros_like(pixels))


def _no_share(share: Array, sides: Sides) -> str | None:
    xp = namespace(share)
    if bool(xp.all((share >= 0) & (share <= 1))):
        return None
    return f"the targets of a channel are not 0 and 1: they sum to {float(xp.max(sides.count)):g}"


def _sides(_: Mapping[str, Any]) -> tuple[Side, ...]:
    return (CROSS_ENTROPY,)


def _mmseg() -> Mapping[str, Any]:
    return {"divide": "all"}


def _toolbelt(*, gamma: float = 1.0) -> Mapping[str, Any]:
    return {"gamma": gamma, "divide": "all", "twice": True, "smooth": 1e-7}


LOSS = Loss(
    function=balanced_bce,
    kinds=("sides",),
    tasks=frozenset({"binary", "multilabel"}),
    bounds=nonnegative,
    default=BINARY,
    sides=_sides,
    conventions={
        "mmseg": Convention(
            "BoundaryLoss()(x, y), PIDNet's, which is a balanced BCE, mmsegmentation 1.2",
            BINARY,
            frozenset(),
            _mmseg,
        ),
        "toolbelt": Convention(
            "BalancedBCEWithLogitsLoss(gamma=1, ignore_index)(x, y), pytorch-toolbelt 0.8",
            BINARY,
            IGNORE,
            _toolbelt,
        ),
    },
)

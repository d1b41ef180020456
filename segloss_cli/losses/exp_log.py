"""Exponential logarithmic loss: Dice and cross-entropy, each as a power of a logarithm.

When to use: objects of very different sizes. A power below 1 keeps a gradient on what is nearly right, and the weights
of the cross-entropy lift rare classes.

Formula, with S_c the Dice score of a class, p the probability of the label's class and f_c the pixels of a class::

    ExpLog = weight_dice mean_c (-ln S_c)^gamma_dice + weight_cross mean over pixels of w_y (-ln p)^gamma_cross
    w_c = sqrt(sum_k f_k / f_c)

Convention: S as ``dice`` has it (whole batch, valid pixels, all classes), with the paper's smoothing of 1; f_c counted
in the batch; the second mean runs over the valid pixels. An absent class has a small S, and (-ln S)^gamma lifts the sum
far above what the present classes give. No class present is undefined.

Beware: SegLossOdyssey's code leaves the cross-entropy without its power and its weights (``gamma_cross=1,
balance=false``); the paper raises both.

Knobs: ``gamma_dice``, ``gamma_cross`` > 0; ``weight_dice``, ``weight_cross``; ``smooth``; ``scope``; ``balance``: the
weights w_c, or ones.

Reference: K. C. L. Wong et al., "3D Segmentation with Exponential Logarithmic Loss for Highly Unbalanced Object Sizes",
2018 (arXiv 1809.00076).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Scope
from segloss_cli.losses._joint import add
from segloss_cli.losses._loss import EXCLUSIVE, Loss, Values
from segloss_cli.losses._overlap import minus_log, overlap
from segloss_cli.losses._pixel import nonnegative, weighted_mean
from segloss_cli.losses._sums import Array, Outcome, Pixels, Regions, Term, namespace, ratio


def powered(outcome: Outcome, *, gamma: float) -> Array:
    """(-ln p)^gamma, (pixels,)."""
    if gamma == 1:
        return outcome.nll
    xp = namespace(outcome.nll)
    # the derivative of a root is infinite at 0; a power in float32 takes several times as long as this
    return xp.exp(gamma * xp.log(xp.clip(outcome.nll, 1e-30, None)))


def log_power(score: Array, *, gamma: float) -> Array:
    """(-ln S)^gamma of a score in (0, 1]."""
    return namespace(score).clip(minus_log(score), 1e-300, None) ** gamma


def exp_log(
    sums: tuple[Regions, Pixels],
    *,
    gamma_dice: float = 0.3,
    gamma_cross: float = 0.3,
    weight_dice: float = 0.8,
    weight_cross: float = 0.2,
    smooth: float = 1.0,
    scope: Scope = "batch",
    balance: bool = True,
    like: str | None = None,
) -> Values:
    """The exponential logarithmic loss.

    Args:
        sums: soft regions, and ``sums[0]`` of (-ln p)^gamma_cross by class; (images, classes) each.
        gamma_dice: power of the logarithm of the Dice score.
        gamma_cross: power of -ln p (it went into the sums).
        weight_dice: factor of the Dice part.
        weight_cross: factor of the cross-entropy part.
        smooth: of the Dice score.
        scope: the Dice score of the "batch" or of each "image".
        balance: weigh pixels by sqrt(all pixels / pixels of their class).
        like: the library being reproduced.

    Raises:
        UsageError: a power that is not positive.

    Example: one class of 4 pixels with S = exp(-1) (tp = 1, p + y = 2 e) and (-ln p)^gamma adding up to 2.

        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> regions = Regions(one, (2 * np.e - 4) * one, 4 * one, 0 * one)
        >>> sums = (regions, Pixels((2 * one,), 4 * one, np.asarray([4.0])))
        >>> round(exp_log(sums, smooth=0).value.item(), 10)  # 0.8 * 1 + 0.2 * 2 / 4
        0.9
    """
    if min(gamma_dice, gamma_cross) <= 0:
        raise UsageError(f"exp-log: gamma_dice={gamma_dice}, gamma_cross={gamma_cross}; a power must be above 0")
    regions, pixels = sums
    xp = namespace(regions.overlap)
    each = partial(log_power, gamma=gamma_dice)
    smoothing = (smooth / 2, smooth / 2)
    dice = overlap(regions, fp=0.5, fn=0.5, smooth=smoothing, scope=scope, like=like, of_score=each)
    count = xp.sum(pixels.count, axis=0)
    lift = xp.sqrt(ratio(xp.sum(count) + xp.zeros_like(count), count))
    weight = xp.where(count > 0, lift, xp.zeros_like(lift)) if balance else None
    cross = weighted_mean(pixels, pixels.sums[0], weight=weight, divide="valid")
    return add((weight_dice, dice), (weight_cross, cross))


def _terms(knobs: Mapping[str, Any]) -> tuple[Term, ...]:
    return (Term(powered, (("gamma", float(knobs.get("gamma_cross", 0.3))),)),)


LOSS = Loss(
    function=exp_log,
    kinds=("overlap", "pixel"),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
    default=EXCLUSIVE,
    terms=_terms,
)

"""Combo loss: weighted binary cross-entropy minus the Dice score.

When to use: to trade misses against false alarms (``beta``) while Dice keeps the balance between input and output.

Formula, with o = 1 where the pixel is of the class, p = sigmoid(z) of its channel and S the Dice score::

    Combo = alpha mean -[beta o ln p + (1 - beta) (1 - o) ln(1 - p)] - (1 - alpha) mean_c S_c

Convention: the first mean runs over valid pixels and channels, each channel with a sigmoid of its own, as the paper
writes it; S as ``dice`` has it, after the softmax where there are several exclusive classes. It is minus the score, so
the loss of a perfect prediction is alpha - 1, not 0. Either part undefined makes the sum undefined.

Knobs: ``alpha`` in [0, 1]: the share of the cross-entropy; ``beta`` in [0, 1]: above 0.5 misses cost more than false
alarms; ``smooth`` of the score.

Reference: S. A. Taghanaki et al., "Combo loss: Handling input and output imbalance in multi-organ segmentation", 2019
(arXiv 1805.02798).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._joint import add
from segloss_cli.losses._loss import EVERY_TASK, INF, Bounds, Loss, Values
from segloss_cli.losses._overlap import minus_score, overlap
from segloss_cli.losses._sides import CROSS_ENTROPY, channel_mean
from segloss_cli.losses._sums import Regions, Side, Sides, namespace


def combo(
    sums: tuple[Regions, Sides],
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1e-5,
    like: str | None = None,
) -> Values:
    """Cross-entropy and minus the Dice score.

    Args:
        sums: soft regions, and one-vs-rest sums of softplus(-z) and softplus(z); (images, channels) each.
        alpha: share of the cross-entropy.
        beta: weight of the foreground's term.
        smooth: of the Dice score.
        like: the library being reproduced.

    Raises:
        UsageError: an alpha or beta outside [0, 1].

    Example: S = 3/4 (tp = 3, p = 4, y = 4); positive terms 2 in all, negative ones 4, over 4 pixels.

        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> sides = Sides(2 * one, 4 * one, 4 * one, np.asarray([4.0]), np.asarray([4.0]))
        >>> sums = (Regions(3 * one, 4 * one, 4 * one, 0 * one), sides)
        >>> combo(sums, smooth=0).value.item()  # 0.5 * (0.5 * 2 + 0.5 * 4) / 4 - 0.5 * 0.75
        0.0
        >>> combo(sums, smooth=0, alpha=1, beta=0.25).value.item()  # (0.25 * 2 + 0.75 * 4) / 4
        0.875
    """
    if not (0 <= alpha <= 1 and 0 <= beta <= 1):
        raise UsageError(f"combo: alpha={alpha}, beta={beta}; both are shares, from 0 to 1")
    regions, sides = sums
    xp = namespace(sides.positive)
    cross = channel_mean(sides, xp.sum(beta * sides.positive + (1 - beta) * sides.negative, axis=0))
    smoothing = (smooth / 2, smooth / 2)
    score = overlap(regions, fp=0.5, fn=0.5, smooth=smoothing, like=like, of_score=minus_score)
    return add((alpha, cross), (1 - alpha, score))


def _sides(_: Mapping[str, Any]) -> tuple[Side, ...]:
    return (CROSS_ENTROPY,)


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    alpha = float(knobs.get("alpha", 0.5))
    return alpha - 1, INF if alpha else 0.0


LOSS = Loss(
    function=combo,
    kinds=("overlap", "sides"),
    tasks=EVERY_TASK,
    bounds=_bounds,
    default=frozenset({"binary", "multilabel"}),
    sides=_sides,
)

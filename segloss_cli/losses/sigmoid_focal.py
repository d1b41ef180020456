"""Focal loss on the sigmoid: binary cross-entropy with the easy pixels turned down, one channel against the rest.

When to use: few foreground pixels among very many easy ones, one channel or classes that may overlap. With exclusive
classes it is computed one-vs-rest when asked for by name; ``focal`` is the softmax one, and another number.

Formula, with p = sigmoid(z) of a channel, y its target, a = ``alpha`` and g = ``gamma``::

    f = a y (1 - p)^g (-ln p) + (1 - a) (1 - y) p^g (-ln(1 - p))          mean over valid pixels and channels

alpha weighs the foreground against the background; without one both factors are 1. g = 0 is binary cross-entropy.

Convention: sigmoid inside; the mean runs over valid pixels times channels; ignored pixels count in neither; nothing
valid is undefined. Written with softplus, so no logit overflows and no probability of 1 loses its digits.

Knobs: ``alpha`` in [0, 1] or none, ``gamma`` >= 0; ``divide``: "valid", "all" (ignored pixels stay in the divisor,
counting 0), or "pixels" (the divisor is not multiplied by the channels, as MONAI's is not once ignore_index is set);
``weigh``: "normalised" or "raw" class weights.

Reference: T.-Y. Lin et al., "Focal Loss for Dense Object Detection", 2017, equations 4 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import BOTH, EVERY_TASK, EXCLUSIVE, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sides import Divide, channel_mean, softplus
from segloss_cli.losses._sums import Array, Side, Sides, namespace


def foreground(z: Array, *, gamma: float) -> Array:
    """(1 - p)^gamma (-ln p): ln(1 - p) is -softplus(z), so the power is an exponential."""
    return namespace(z).exp(-gamma * softplus(z)) * softplus(-z)


def background(z: Array, *, gamma: float) -> Array:
    """p^gamma (-ln(1 - p))."""
    return foreground(-z, gamma=gamma)


def sigmoid_focal(
    sides: Sides,
    *,
    alpha: float | None = None,
    gamma: float = 2.0,
    divide: Divide = "valid",
    weight: Array | None = None,
    weigh: Literal["normalised", "raw"] = "normalised",
) -> Values:
    """Mean sigmoid focal loss, in nats.

    Args:
        sides: ``positive`` and ``negative`` modulated sums, (images, channels).
        alpha: weight of the foreground; the background has 1 - alpha.
        gamma: focusing power (it went into the sums).
        divide: what the mean divides by.
        weight: class weights, (channels,).
        weigh: how the weights divide.

    Raises:
        UsageError: a negative gamma, or an alpha outside [0, 1].

    Example: four pixels of one channel, positive terms 0.4 in all, negative ones 0.8.

        >>> import numpy as np
        >>> one = np.asarray([[1.0]])
        >>> sides = Sides(0.4 * one, 0.8 * one, one, np.asarray([4.0]), np.asarray([5.0]))
        >>> round(sigmoid_focal(sides).value.item(), 12)  # 1.2 / 4
        0.3
        >>> round(sigmoid_focal(sides, alpha=0.25).value.item(), 12)  # (0.25 * 0.4 + 0.75 * 0.8) / 4
        0.175
    """
    if gamma < 0 or (alpha is not None and not 0 <= alpha <= 1):
        raise UsageError(f"sigmoid-focal: alpha={alpha}, gamma={gamma}; alpha is from 0 to 1, gamma 0 or more")
    a, b = (1.0, 1.0) if alpha is None else (alpha, 1 - alpha)
    by_class = namespace(sides.positive).sum(a * sides.positive + b * sides.negative, axis=0)
    return channel_mean(sides, by_class, divide=divide, weight=weight, weigh=weigh)


def _sides(knobs: Mapping[str, Any]) -> tuple[Side, ...]:
    return (Side(foreground, background, (("gamma", float(knobs.get("gamma", 2.0))),)),)


def _torchvision(*, alpha: float | None = 0.25, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "gamma": gamma, "divide": "all"}


def _smp(*, alpha: float | None = None, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "gamma": gamma}


def _kornia(*, alpha: float | None = 0.25, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "gamma": gamma, "divide": "all", "weigh": "raw"}


def _monai(*, alpha: float | None = None, gamma: float = 2.0, ignoring: bool = False) -> Mapping[str, Any]:
    return {"alpha": alpha, "gamma": gamma, "divide": "pixels" if ignoring else "all", "weigh": "raw"}


LOSS = Loss(
    function=sigmoid_focal,
    kinds=("sides",),
    tasks=EVERY_TASK,
    bounds=nonnegative,
    default=frozenset({"multilabel"}),
    sides=_sides,
    conventions={
        "torchvision": Convention(
            "sigmoid_focal_loss(x, one_hot(y), alpha=0.25, gamma=2, reduction='mean'), torchvision 0.29",
            EXCLUSIVE,
            frozenset(),
            _torchvision,
        ),
        "smp": Convention(
            "FocalLoss(mode, alpha=None, gamma=2, ignore_index, class_weights), segmentation-models-pytorch 0.6",
            EXCLUSIVE,
            BOTH,
            _smp,
        ),
        "kornia": Convention(
            "binary_focal_loss_with_logits(x, one_hot(y), alpha=0.25, gamma=2, 'mean', weight, ignore_index), "
            "kornia 0.9",
            EXCLUSIVE,
            BOTH,
            _kornia,
        ),
        "monai": Convention(
            "FocalLoss(to_onehot_y=True, gamma=2, alpha=None, weight, ignore_index), MONAI 1.6",
            EXCLUSIVE,
            BOTH,
            _monai,
        ),
    },
)

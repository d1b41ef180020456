"""One-vs-rest losses: the functions of a logit that they are made of, and their means over pixels and channels."""

from __future__ import annotations

from typing import Literal

from segloss_cli.losses._loss import Values
from segloss_cli.losses._sums import Array, Sides, namespace, ratio

Divide = Literal["valid", "all", "pixels"]

_OVER = {
    "valid": "valid pixels",
    "all": "all pixels, ignored ones as 0",
    "pixels": "valid pixels, whatever the channels",
}


def softplus(z: Array) -> Array:
    """ln(1 + e^z) without overflow, for an array of any shape.

    >>> import numpy as np
    >>> softplus(np.asarray([0.0, 1000.0, -1000.0])).round(6).tolist()
    [0.693147, 1000.0, 0.0]
    """
    xp = namespace(z)
    return xp.maximum(z, xp.zeros_like(z)) + xp.log1p(xp.exp(-xp.abs(z)))


def softplus_minus(z: Array) -> Array:
    """ln(1 + e^-z) = -ln sigmoid(z), what a foreground pixel adds to binary cross-entropy."""
    return softplus(-z)


def channel_mean(
    sides: Sides,
    by_class: Array,
    *,
    divide: Divide = "valid",
    weight: Array | None = None,
    weigh: Literal["normalised", "raw"] = "normalised",
) -> Values:
    """The mean over pixels and channels of sums by channel.

    Args:
        sides: the statistics that the sums are of.
        by_class: (channels,), the sum over each channel's pixels.
        divide: "valid" pixels times channels; "all" of them, ignored ones counting 0; or valid "pixels" alone.
        weight: class weights, (channels,).
        weigh: "normalised" divides by the mean weight, "raw" does not.
    """
    xp = namespace(by_class)
    channels = by_class.shape[0]
    valid = xp.sum(sides.valid)
    pixels = xp.sum(sides.total) if divide == "all" else valid
    scaled = by_class if weight is None else weight * by_class
    divisor = pixels if divide == "pixels" else pixels * channels
    if weight is not None and weigh == "normalised":
        divisor = divisor * xp.mean(weight)
    nothing = None if bool(valid > 0) else "no valid pixel: every one is ignored"
    over = _OVER[divide] if channels == 1 or divide == "pixels" else f"{_OVER[divide]} x {channels} channels"
    return Values(ratio(xp.sum(scaled), divisor), ratio(by_class, pixels + xp.zeros_like(by_class)), over, nothing)

"""One-vs-rest losses: the functions of a logit that they are made of, and their means over pixels and channels."""

from __future__ import annotations

from typing import Literal

from segloss_cli.losses._loss import Values
from segloss_cli.losses._sums import Array, Side, Sides, namespace, ratio

Divide = Literal["valid", "all", "pixels"]

_OVER = {
    "valid": "valid pixels",
    "all": "all pixels, ignored ones as 0",
    "pixels": "valid pixels, whatever the channels",
}


def softplus_pair(z: Array) -> tuple[Array, Array]:
    """softplus(-z) and softplus(z), which share ln(1 + e^-|z|).

    >>> import numpy as np
    >>> [x.round(6).tolist() for x in softplus_pair(np.asarray([0.0, 1000.0, np.log(3)]))]
    [[0.693147, 0.0, 0.287682], [0.693147, 1000.0, 1.386294]]
    """
    xp = namespace(z)
    zero = xp.zeros_like(z)
    high, low = xp.maximum(z, zero), xp.minimum(z, zero)
    u = xp.exp(low - high)
    tail = _log1p(u, 1 + u)
    return tail - low, tail + high


def logistic(z: Array) -> tuple[Array, Array, Array, Array]:
    """1 - p and p of p = sigmoid(z), each with its digits, and what they are the exponentials of, softplus(z) and (-z).

    The gradient at z = 0 is the right one: maximum and minimum halve it there.

    >>> import numpy as np
    >>> [x.round(6).tolist() for x in logistic(np.asarray([np.log(3), -1000.0]))]
    [[0.25, 1.0], [0.75, 0.0], [1.386294, 0.0], [0.287682, 1000.0]]
    """
    xp = namespace(z)
    zero = xp.zeros_like(z)
    high, low = xp.maximum(z, zero), xp.minimum(z, zero)
    q, p = xp.exp(-high), xp.exp(low)  # one of the two is 1
    total = q + p
    tail = _log1p(q * p, total)
    return q / total, p / total, tail + high, tail - low


def power(chance: Array, minus_log: Array, gamma: float) -> Array:
    """A power of a probability, minus whose logarithm is known: an exponential takes a quarter of a power's time.

    It has a gradient where the probability is 0, too.

    >>> import numpy as np
    >>> power(np.asarray([0.25]), -np.log([0.25]), 0.5).round(12).item()
    0.5
    """
    if gamma == 0:
        return namespace(chance).ones_like(chance)
    if gamma == 1:
        return chance
    return chance * chance if gamma == 2 else namespace(chance).exp(-gamma * minus_log)


def _log1p(u: Array, w: Array) -> Array:
    """ln(1 + u) from u in [0, 1] and w = 1 + u as it was rounded: log1p takes four times as long in float32."""
    return namespace(u).log(w) + (u - (w - 1)) / w


CROSS_ENTROPY = Side(softplus_pair)
"""The side of binary cross-entropy."""


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
    # a channel of weight 0 counts nothing even where its own sum is infinite
    scaled = by_class if weight is None else weight * xp.where(weight == 0, xp.zeros_like(by_class), by_class)
    divisor = pixels if divide == "pixels" else pixels * channels
    if weight is not None and weigh == "normalised":
        divisor = divisor * xp.mean(weight)
    over = _OVER[divide] if channels == 1 or divide == "pixels" else f"{_OVER[divide]} x {channels} channels"
    each = ratio(by_class, pixels + xp.zeros_like(by_class))
    return Values(ratio(xp.sum(scaled), divisor), each, over, _nothing(sides))


def mean_of_channels(
    sides: Sides,
    each: Array,
    over: str,
    *,
    weight: Array | None = None,
    weigh: Literal["normalised", "raw"] = "normalised",
) -> Values:
    """The mean over channels of a value per channel.

    Args:
        sides: the statistics that the values are of.
        each: (channels,), the values.
        over: what each is a mean over.
        weight: class weights, (channels,).
        weigh: as in :func:`channel_mean`.
    """
    xp = namespace(each)
    scale = xp.ones_like(each) if weight is None else weight
    divisor = xp.sum(scale if weigh == "normalised" else xp.ones_like(each))
    over = over if each.shape[0] == 1 else f"{over}, mean of {each.shape[0]} channels"
    return Values(ratio(xp.sum(scale * each), divisor), each, over, _nothing(sides))


def _nothing(sides: Sides) -> str | None:
    return None if bool(namespace(sides.valid).any(sides.valid > 0)) else "no valid pixel: every one is ignored"

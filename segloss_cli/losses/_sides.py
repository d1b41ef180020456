"""One-vs-rest losses: the functions of a logit that they are made of, and their means over pixels and channels."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

from segloss_cli._record import record
from segloss_cli.losses._loss import Values
from segloss_cli.losses._sums import Array, Side, Sides, namespace, ratio

Divide = Literal["valid", "all", "pixels"]

_OVER = {
    "valid": "valid pixels",
    "all": "all pixels, ignored ones as 0",
    "pixels": "valid pixels, whatever the channels",
}


@record(frozen=True)
class Against:
    """What a sigmoid gives to the wrong answer, made once for all that want it, of the shape of its logits.

    ``logits`` are those of the wrong answer: -z at a pixel of the class, z at any other. ``p`` is its probability,
    ``rest`` is 1 - p; ``minus_log_p`` and ``minus_log_rest`` are what they are the exponentials of, in nats. The last
    is binary cross-entropy. Each has its digits where the other rounds to 1, and the right gradient at 0, where
    maximum and minimum halve it.

    >>> import numpy as np
    >>> wrong = Against(np.asarray([np.log(3), -1000.0]))
    >>> [x.round(6).tolist() for x in (wrong.p, wrong.rest, wrong.minus_log_p, wrong.minus_log_rest)]
    [[0.75, 0.0], [0.25, 1.0], [0.287682, 1000.0], [1.386294, 0.0]]
    """

    logits: Array

    @cached_property
    def p(self) -> Array:
        """The wrong answer's probability."""
        return self._ends[1] / self._total

    @cached_property
    def rest(self) -> Array:
        """The right answer's probability."""
        return self._ends[0] / self._total

    @cached_property
    def minus_log_rest(self) -> Array:
        """Softplus of the logits: what the right answer costs, its binary cross-entropy."""
        return self._tail + self._high

    @cached_property
    def minus_log_p(self) -> Array:
        """Softplus of the logits with their sign changed."""
        return self._tail - self._low

    @cached_property
    def _high(self) -> Array:
        xp = namespace(self.logits)
        return xp.maximum(self.logits, xp.zeros_like(self.logits))

    @cached_property
    def _low(self) -> Array:
        xp = namespace(self.logits)
        return xp.minimum(self.logits, xp.zeros_like(self.logits))

    @cached_property
    def _ends(self) -> tuple[Array, Array]:
        """The exponentials of -high and low, one of which is 1."""
        xp = namespace(self.logits)
        return xp.exp(-self._high), xp.exp(self._low)

    @cached_property
    def _total(self) -> Array:
        return self._ends[0] + self._ends[1]

    @cached_property
    def _tail(self) -> Array:
        """ln(1 + e^-|z|): log1p takes four times as long in float32."""
        u, w = self._ends[0] * self._ends[1], self._total
        return namespace(u).log(w) + (u - (w - 1)) / w


def power(chance: Array, gamma: float, minus_log: Callable[[], Array]) -> Array:
    """A power of a probability, minus whose logarithm can be had: an exponential takes a quarter of a power's time.

    It has a gradient where the probability is 0, too.

    >>> import numpy as np
    >>> power(np.asarray([0.25]), 0.5, lambda: -np.log([0.25])).round(12).item()
    0.5
    """
    if gamma == 0:
        return namespace(chance).ones_like(chance)
    if gamma == 1:
        return chance
    return chance * chance if gamma == 2 else namespace(chance).exp(-gamma * minus_log())


def cross_entropy(against: Against, _: bool) -> Array:
    """Binary cross-entropy, in nats, of either side."""
    return against.minus_log_rest


CROSS_ENTROPY = Side(cross_entropy)
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

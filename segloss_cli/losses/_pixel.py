"""Means of values per pixel: the denominators that libraries choose between."""

from __future__ import annotations

from typing import Any, Literal

from segloss_cli.losses._loss import Bounds, Values
from segloss_cli.losses._sums import Array, Pixels, namespace, ratio

Divide = Literal["weights", "valid", "all", "elements"]

_OVER = {
    "weights": "valid pixels",
    "valid": "valid pixels",
    "all": "all pixels, ignored ones as 0",
    "elements": "pixels x classes, ignored ones as 0",
}


def weighted_mean(
    pixels: Pixels, sums: Array, *, weight: Array | None, divide: Divide, extra: Array | float = 0.0
) -> Values:
    """The mean of sums by class.

    Args:
        pixels: the statistics that the sums are of.
        sums: (images, classes), the sum over each class's pixels.
        weight: class weights, (classes,), or None for ones.
        divide: "weights": the summed weights of the valid pixels (their number, without weights); "valid": their
            number; "all": all pixels, ignored ones included; "elements": all pixels times classes.
        extra: a scalar added to the weighted sum.
    """
    xp = namespace(sums)
    by_class, count = xp.sum(sums, axis=0), xp.sum(pixels.count, axis=0)
    scale = xp.ones_like(count) if weight is None else weight
    divisor = {
        "weights": lambda: xp.sum(scale * count),
        "valid": lambda: xp.sum(count),
        "all": lambda: xp.sum(pixels.total),
        "elements": lambda: xp.sum(pixels.total) * count.shape[0],
    }[divide]()
    # a class of weight 0 counts nothing even where its own sum is infinite
    kept = xp.where(scale == 0, xp.zeros_like(by_class), scale * by_class)
    value = ratio(xp.sum(kept) + extra, divisor)
    nothing = undefined(divisor, count)
    over = f"{_OVER[divide]}, by weight" if divide == "weights" and weight is not None else _OVER[divide]
    return Values(value, ratio(by_class, count), over, nothing)


def undefined(divisor: Array, count: Array) -> str | None:
    """Why a mean over pixels has no value, or None."""
    xp = namespace(count)
    if not bool(xp.any(count > 0)):
        return "no valid pixel: every one is ignored"
    return "the weights of all present classes are 0" if bool(divisor == 0) else None


def nonnegative(_: Any) -> Bounds:
    """The range [0, inf)."""
    return 0.0, float("inf")

"""Means of values per pixel: the denominators that libraries choose between."""

from __future__ import annotations

from typing import Any, Literal

from segloss_cli.losses._loss import Bounds, Values
from segloss_cli.losses._sums import Array, Pixels, namespace, ratio

Divide = Literal["weights", "valid", "all", "all-weights", "elements", "images"]

_OVER = {
    "weights": "valid pixels",
    "valid": "valid pixels",
    "all": "all pixels, ignored ones as 0",
    "all-weights": "all pixels, ignored ones as 0",
    "elements": "pixels x classes, ignored ones as 0",
    "images": "valid pixels of each image, images added up",
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
            number; "all": all pixels, ignored ones included; "all-weights": their weights, an ignored one's being 1;
            "elements": all pixels times classes; "images": the number in each image, and the images are added up.
        extra: what is added to the weighted sum of each image, (images,).
    """
    xp = namespace(sums)
    count = xp.sum(pixels.count, axis=0)
    scale = xp.ones_like(count) if weight is None else weight
    # a class of weight 0 counts nothing even where its own sum is infinite
    kept = scale * xp.where(scale == 0, xp.zeros_like(sums), sums)
    rows, divisors = xp.sum(kept, axis=1) + extra, _divisors(pixels, scale, divide)
    whole = xp.sum(divisors)
    value = added_up(rows, divisors) if divide == "images" else ratio(xp.sum(rows), whole)
    over = f"{_OVER[divide]}, by weight" if "weights" in divide and weight is not None else _OVER[divide]
    return Values(value, ratio(xp.sum(sums, axis=0), count), over, undefined(whole, count))


def _divisors(pixels: Pixels, scale: Array, divide: Divide) -> Array:
    """What each image adds to the divisor, (images,)."""
    xp = namespace(scale)
    if divide in {"all", "elements"}:
        return pixels.total * (1 if divide == "all" else scale.shape[0])
    valid = xp.sum(pixels.count, axis=1)
    if divide in {"valid", "images"}:
        return valid
    weights = xp.sum(scale * pixels.count, axis=1)
    return weights if divide == "weights" else weights + pixels.total - valid


def added_up(rows: Array, divisors: Array) -> Array:
    """The sum over images of row / divisor, an image without pixels being 0.

    >>> import numpy as np
    >>> added_up(np.asarray([1.0, 3.0, 0.0]), np.asarray([2.0, 4.0, 0.0])).item()  # 1 / 2 + 3 / 4
    1.25
    """
    xp = namespace(rows)
    return xp.sum(xp.where(divisors > 0, ratio(rows, divisors), xp.zeros_like(rows)))


def undefined(divisor: Array, count: Array) -> str | None:
    """Why a mean over pixels has no value, or None."""
    xp = namespace(count)
    if not bool(xp.any(count > 0)):
        return "no valid pixel: every one is ignored"
    return "the weights of all present classes are 0" if bool(divisor == 0) else None


def nonnegative(_: Any) -> Bounds:
    """The range [0, inf)."""
    return 0.0, float("inf")

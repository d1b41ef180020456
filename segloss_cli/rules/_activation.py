"""What a prediction's range tells about the activations that it went through."""

from __future__ import annotations

import math

from segloss_cli.types import ScoresProfile

SIGMOID_OF_ONE = 1 / (1 + math.exp(-1))
"""The largest sigmoid of a number in [0, 1]: 0.7311."""

SUM_TOLERANCE = 2e-3
"""Sums of float16 probabilities are this far from 1."""

SLACK = 1e-3

FEWEST_SIGMOIDS = 100
"""Fewer values than this may all lie between 0.5 and 0.7311 by chance."""


def values(profile: ScoresProfile) -> int:
    """How many numbers the prediction holds."""
    return math.prod(profile.shape)


def sums_to_one(profile: ScoresProfile) -> bool:
    """Whether the values over the class axis sum to 1 everywhere."""
    if profile.shape[1] < 2 or profile.sum_low is None or profile.sum_high is None:
        return False
    return abs(profile.sum_low - 1) <= SUM_TOLERANCE and abs(profile.sum_high - 1) <= SUM_TOLERANCE


def in_unit_range(profile: ScoresProfile) -> bool:
    """Whether all values lie in [0, 1], and are not all the same."""
    return 0 <= profile.low < profile.high <= 1


def softmax_ceiling(classes: int) -> float:
    """The largest value of a softmax of C numbers in [0, 1]: e / (e + C - 1)."""
    return math.e / (math.e + classes - 1)


def softmax_floor(classes: int) -> float:
    """The smallest value of a softmax of C numbers in [0, 1]: 1 / (1 + (C - 1) e)."""
    return 1 / (1 + (classes - 1) * math.e)


def looks_double_softmax(profile: ScoresProfile) -> bool:
    """Whether all values are within the bounds of a softmax of probabilities, and not all the same."""
    classes = profile.shape[1]
    bounded = softmax_floor(classes) - SLACK / classes <= profile.low < profile.high
    return profile.exact and sums_to_one(profile) and bounded and profile.high <= softmax_ceiling(classes) + 1e-6


def looks_double_sigmoid(profile: ScoresProfile) -> bool:
    """Whether all values are within the bounds of a sigmoid of probabilities, and not all the same."""
    bounded = 0.5 - 1e-6 <= profile.low < profile.high <= SIGMOID_OF_ONE + 1e-4
    return profile.exact and values(profile) >= FEWEST_SIGMOIDS and bounded and not sums_to_one(profile)

"""The ranges of losses made of region scores, for any knobs; labels are taken to be 0 or 1."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._loss import Bounds
from segloss_cli.losses._sums import namespace


def best_score(knobs: Mapping[str, Any], *, fp: float = 0.5, fn: float = 0.5) -> float:
    """The largest region score: 1, but where the numerator is smoothed more or sizes are sums of squares.

    >>> best_score({"smooth": 1.0})
    1.0
    >>> best_score({"smooth": 1.0, "smooth_denominator": 0.25})  # nothing there: 1 / 0.25
    4.0
    >>> best_score({"squared": "denominator"}, fp=0.8, fn=0.2)  # p = 0.5 on all of it: 0.5 / (0.8 * 0.25 + 0.2)
    1.25
    """
    top = float(knobs.get("smooth", 1e-5))
    bottom = knobs.get("smooth_denominator")
    bottom = top if bottom is None else float(bottom)
    full = 1.0
    if knobs.get("squared") == "denominator" and fn < fp:
        # p / (fp p^2 + fn) is largest at p = sqrt(fn / fp)
        full = 0.5 / math.sqrt(fp * fn) if fn else math.inf
    floor = float(knobs.get("floor", 0.0))
    if bottom < floor and full < math.inf:
        # the most tp that the floor hides
        return max(full, (full * (floor - bottom) + top) / floor)
    return max(full, top / bottom) if bottom else (math.inf if top else full)


def mean_bounds(knobs: Mapping[str, Any], low: float, high: float) -> Bounds:
    """The range of the mean over classes of a loss in [low, high]: raw weights scale it, absent classes are 0."""
    factor = _factor(knobs)
    low, high = (factor * end if end else 0.0 for end in (low, high))
    if knobs.get("classes") == "present-zero":
        low, high = min(low, 0.0), max(high, 0.0)
    empty = knobs.get("empty")
    return (low, high) if empty is None else (min(low, empty), max(high, empty))


def _factor(knobs: Mapping[str, Any]) -> float:
    """The largest mean of class weights that nothing divides."""
    weight = knobs.get("weight")
    if weight is None or knobs.get("pool") or knobs.get("weigh", "normalised") == "normalised":
        return 1.0
    kept = weight if knobs.get("include_background", True) or weight.shape[0] == 1 else weight[1:]
    xp = namespace(kept)
    return float(xp.max(kept) if knobs.get("classes") == "present" else xp.mean(kept))


def unit_bounds(knobs: Mapping[str, Any]) -> Bounds:
    """The range of one minus a score in [0, 1]: [0, 1], or as raw weights scale it."""
    return mean_bounds(knobs, 0.0, 1.0)


def score_bounds(knobs: Mapping[str, Any]) -> Bounds:
    """The range of one minus a score that smoothing may take above 1."""
    return mean_bounds(knobs, 1 - best_score(knobs), 1.0)

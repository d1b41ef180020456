"""How counts add up: the arithmetic behind ``Profile + Profile``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_VALUES = 1024
"""A profile lists at most this many distinct values; beyond it keeps their number and range only."""

Counts = Mapping[Any, int] | None
Shares = tuple[Mapping[Any, float], Counts]


def add_counts(a: Counts, b: Counts) -> dict[Any, int] | None:
    """Pixels of each value in both; None where either is not listed, or both together are too many.

    >>> add_counts({0: 5, 7: 1}, {0: 2, 3: 4})
    {0: 7, 3: 4, 7: 1}
    """
    if a is None or b is None:
        return None
    total = {key: a.get(key, 0) + b.get(key, 0) for key in sorted({*a, *b})}
    return total if len(total) <= MAX_VALUES else None


def add_shares(a: Shares, b: Shares) -> dict[Any, float]:
    """The share of each value's pixels in both, from the shares in each and the pixels.

    >>> add_shares(({255: 0.5}, {255: 10}), ({255: 0.0}, {255: 30}))
    {255: 0.125}
    """

    def pixels(side: Shares, value: Any) -> int:
        return (side[1] or {}).get(value, 0)

    def solid(side: Shares, value: Any) -> float:
        return side[0].get(value, 0.0) * pixels(side, value)

    return {v: (solid(a, v) + solid(b, v)) / max(pixels(a, v) + pixels(b, v), 1) for v in sorted({*a[0], *b[0]})}

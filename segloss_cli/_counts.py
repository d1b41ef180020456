"""How counts add up, and numbers that are measured when asked for: what ``Profile`` is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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


class Measured(Mapping[Any, float]):
    """Numbers by key, each measured when it is first asked for; equal to a dict of the same, and copied as one.

    What measures is let go of once all are known.

    >>> areas = Measured((2, 3), lambda side: side * side)
    >>> len(areas), areas[3], areas == {2: 4, 3: 9}, areas.get(5)
    (2, 9, True, None)
    """

    __slots__ = ("_keys", "_known", "_measure")

    def __init__(self, keys: Iterable[Any], measure: Callable[[Any], float]) -> None:
        """``measure`` is called once for each key that is asked for."""
        self._keys = tuple(keys)
        self._known: dict[Any, float] = {}
        self._measure: Callable[[Any], float] | None = measure

    def __getitem__(self, key: Any) -> float:
        """The number of a key."""
        if key in self._known:
            return self._known[key]
        if key not in self._keys or self._measure is None:
            raise KeyError(key)
        self._known[key] = found = self._measure(key)
        if len(self._known) == len(self._keys):
            self._measure = None
        return found

    def __contains__(self, key: object) -> bool:
        """Whether this is one of the keys; measures nothing."""
        return key in self._keys

    def __iter__(self) -> Iterator[Any]:
        """The keys, none of them measured."""
        return iter(self._keys)

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._keys)

    def __repr__(self) -> str:
        """As a dict, all measured."""
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[Any, float]], tuple[dict[Any, float]]]:
        """A copy, or what another process gets, is the plain dict."""
        return dict, (dict(self),)

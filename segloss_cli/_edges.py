"""How the areas of a label meet; part of :mod:`segloss_cli.types`. Measured by ``_slivers`` and ``_sliver_arrays``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from segloss_cli._contract import Number
from segloss_cli._record import record

LEAST_VALUES = 4
"""With fewer values than this there are no two that lie between others."""

MANY = 1 << 16
"""With more different slivers than this (in one strip) a picture is noise or a photograph."""

LONG = 3
"""A sliver with others this many pixels to the left and to the right lies within a long ramp."""


@record(frozen=True)
class Edges:
    """What the borders between the areas of a label look like, over all pixels with eight neighbours.

    A *sliver* is a pixel strictly between its left and right neighbours, or between the upper and the lower one;
    a *jump* is a pixel whose two such neighbours are 2 or more apart. Both count a pixel once in each direction, as
    does ``peaks``, the pixels above or below both neighbours. Drawn borders have few slivers, interpolated ones many.

    ``triples`` gives the slivers by (lower neighbour, value, higher neighbour), ``between`` the pixels of each value
    that are slivers in any direction, and ``long`` those that lie within long ramps along their row. ``flat`` counts
    the pixels that equal all eight neighbours, ``solid`` holds their values; ``pixels`` is how many were looked at.
    """

    pixels: int
    flat: int
    jumps: int
    peaks: int
    long: int
    triples: Mapping[tuple[Number, Number, Number], int]
    between: Mapping[Number, int]
    solid: frozenset[Number]

    @property
    def slivers(self) -> int:
        """All slivers, in both directions."""
        return sum(self.triples.values())

    def __add__(self, other: Edges) -> Edges:
        """The edges of two parts of a label together."""
        return Edges(
            pixels=self.pixels + other.pixels,
            flat=self.flat + other.flat,
            jumps=self.jumps + other.jumps,
            peaks=self.peaks + other.peaks,
            long=self.long + other.long,
            triples=summed(self.triples, other.triples),
            between=summed(self.between, other.between),
            solid=self.solid | other.solid,
        )


def suspicious(jumps: int, slivers: int) -> bool:
    """Whether so many slivers in a sample ask for a look at all pixels: about half of what a finding takes."""
    return slivers >= 4 and slivers > 0.08 * jumps


def when_asked(sample: Callable[[], bool], measure: Callable[[], Edges | None]) -> Callable[..., Edges | None]:
    """A function that measures once, when it is first asked: all pixels if ``whole``, else only if a sample says so.

    >>> edges = when_asked(lambda: False, lambda: print("measured"))
    >>> edges(), edges(whole=True), edges(whole=True)
    measured
    (None, None, None)
    """
    return _WhenAsked(sample, measure)


class _WhenAsked:
    """A class, since one is made for every label: two functions that remember take ten times as long to make."""

    __slots__ = ("_measure", "_measured", "_sample", "_told")

    def __init__(self, sample: Callable[[], bool], measure: Callable[[], Edges | None]) -> None:
        """``sample`` says whether to ``measure``; neither is called more than once."""
        self._sample, self._measure = sample, measure
        self._told: bool | None = None
        self._measured: tuple[Edges | None] | None = None

    def __call__(self, *, whole: bool = False) -> Edges | None:
        """What was measured; None where the sample shows nothing."""
        if not whole:
            if self._told is None:
                self._told = self._sample()
            if not self._told:
                return None
        if self._measured is None:
            self._measured = (self._measure(),)
        return self._measured[0]


def summed(one: Mapping[Any, int], other: Mapping[Any, int]) -> dict[Any, int]:
    """Both counts together."""
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}

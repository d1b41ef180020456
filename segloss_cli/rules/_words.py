"""How rules put numbers into words, and into evidence that JSON can carry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from segloss_cli.types import Colour, Number, Profile

MANY = 8


def number(value: Number) -> str:
    """A value without needless digits.

    >>> number(255), number(255.0), number(0.00392157)
    ('255', '255', '0.003922')
    """
    if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        return f"{value:.4g}"
    return str(int(value))


def listing(values: Iterable[Number], limit: int = MANY) -> str:
    """Values in a sentence; runs of whole numbers are drawn together, long lists are cut.

    >>> listing([3]), listing([3, 7]), listing([19, 20, 21, 22, 33])
    ('3', '3 and 7', '19..22 and 33')
    """
    spans = [*_spans(sorted(values))]
    rest = len(spans) - limit
    shown = spans[:limit] + ([f"{rest:,} more"] if rest > 0 else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def pixels(count: int) -> str:
    """A count of pixels.

    >>> pixels(1), pixels(12345)
    ('1 pixel', '12,345 pixels')
    """
    return f"{count:,} pixel{'' if count == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """A part of the pixels in per cent; a small part never reads as none, a large one never as all.

    >>> share(1, 3), share(1, 1_000_000), share(999_999, 1_000_000), share(4, 4)
    ('33.3 %', '< 0.1 %', '> 99.9 %', '100 %')
    """
    if part >= whole:
        return "100 %"
    if 0 < part < whole / 1000:
        return "< 0.1 %"
    return "> 99.9 %" if part > whole * 0.999 else f"{100 * part / whole:.1f} %"


def amount(part: int, whole: int) -> str:
    """A count of pixels with its share.

    >>> amount(2, 8)
    '2 pixels, 25.0 %'
    """
    return f"{pixels(part)}, {share(part, whole)}"


def total(profile: Profile, values: Iterable[Number]) -> int:
    """How many pixels have one of these values."""
    counts = profile.counts or {}
    return sum(counts.get(value, 0) for value in values)


def tally(profile: Profile, values: Iterable[Number]) -> dict[str, Any]:
    """The evidence for some values of a label: the values, the pixels of each, their sum and their share.

    Where the profile does not list its values, their number and range take the place of the counts.
    """
    found = sorted(values)
    counts = profile.counts
    if counts is None:
        return {"values": found, "distinct": profile.distinct, "low": profile.low, "high": profile.high}
    part = total(profile, found)
    return {
        "values": found,
        "counts": [counts.get(value, 0) for value in found],
        "pixels": part,
        "share": round(part / max(profile.pixels, 1), 6),
    }


def commonest(colours: Mapping[Colour, int], limit: int = MANY) -> list[list[int]]:
    """The commonest colours as [r, g, b, pixels], as evidence."""
    order = sorted(colours.items(), key=lambda item: (-item[1], item[0]))
    return [[*colour, count] for colour, count in order[:limit]]


def printable(text: str) -> str:
    """Foreign text on one line, without control characters."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _spans(values: list[Number]) -> Iterable[str]:
    start = 0
    for end in range(1, len(values) + 1):
        if end < len(values) and values[end] == values[end - 1] + 1:
            continue
        first, last = number(values[start]), number(values[end - 1])
        if end - start > 2:
            yield f"{first}..{last}"
        else:
            yield from (first, last)[: end - start]
        start = end

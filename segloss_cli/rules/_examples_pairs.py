"""Builders for the examples of rules about pairs, predictions and terms, beside those in ``_examples.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.rules._examples import pair, scores, sized
from segloss_cli.rules._later import builder
from segloss_cli.types import Agreement, Number, OneHot, Pair, Terms

SIDE = 64

Confusion = Mapping[tuple[int, int], int]


@builder
@builder
def compared(confusion: Confusion, moved: Mapping[str, Confusion] | None = None, /, **facts: Any) -> Pair:
    """A healthy-looking pair of 64 x 64 whose pixels agree as the confusion, (label, prediction) -> pixels, says.

    Facts of the comparison (``constant``, ``identical``, ``borders``, ...) are given by name.
    """
    truth: dict[int, int] = {}
    for (label, _), count in confusion.items():
        truth[label] = truth.get(label, 0) + count
    known = {"pixels": sum(confusion.values()), "truth": truth, "borders": 300, **facts}
    seen = Agreement(confusion=confusion, moved=moved or {}, **known)
    channels = max(max(both) for both in confusion) + 1
    couple = pair(scores((1, channels, SIDE, SIDE)), sized(SIDE, SIDE))
    return Pair(couple.scores, couple.label, agreement=lambda: seen)


@builder
@builder
def apart() -> Pair:
    """A pair whose pixels cannot be compared."""
    couple = pair(scores((1, 3, SIDE, SIDE)), sized(SIDE, SIDE))
    return Pair(couple.scores, couple.label, agreement=lambda: None)


@builder
@builder
def asked(couple: Pair, *losses: str) -> Pair:
    """The same pair, with losses that are to be computed of it."""
    return Pair(couple.scores, couple.label, couple.agreement, asked=losses)


@builder
@builder
def one_hot(planes: int, pixels: int = 4096, overlaps: int = 0, holes: int = 0, axis: str = "C, H, W") -> OneHot:
    """What the planes of a one-hot label hold together."""
    return OneHot(
        planes,
        axis,
        pixels,
        overlaps,
        holes,
        first_overlap=(0, 3, 5) if overlaps else None,
        first_hole=(0, 7, 9) if holes else None,
    )


@builder
@builder
def terms(*present: Number, **facts: Any) -> Terms:
    """Terms of a set whose labels hold these ids, in 8 bits; none: it is not known which."""
    return Terms(**{"present": frozenset(present) or None, "dtypes": frozenset({"uint8"}), **facts})

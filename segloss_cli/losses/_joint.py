"""Losses that are sums of two others: each part is the other loss's own function, told what a library tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._loss import Loss, Needs, Values
from segloss_cli.losses._sums import Array, Term

Parts = Mapping[str, Mapping[str, Any]]
"""By the part's name, the knobs that a library's convention gives it. ``weight: None`` keeps class weights from it."""


def convention_of(loss: Loss, like: str, **parameters: Any) -> dict[str, Any]:
    """The knobs of a part as one library has it.

    >>> from segloss_cli.losses.dice import LOSS as DICE
    >>> convention_of(DICE, "smooth1")
    {'smooth': 1.0, 'scope': 'image', 'like': 'smooth1'}
    """
    return {**loss.conventions[like].knobs(**parameters), "like": like}


def told(loss: Loss, part: Mapping[str, Any], weight: Array | None) -> dict[str, Any]:
    """What a part is called with: its knobs, and the class weights if it takes any."""
    accepted = loss.function.__kwdefaults__ or {}
    knobs = {"weight": weight, **part} if "weight" in accepted else dict(part)
    return {name: value for name, value in knobs.items() if name in accepted}


def terms_of(loss: Loss, part: Mapping[str, Any], weight: Array | None) -> tuple[Term, ...]:
    """The terms of a part of the kind ``pixel``."""
    return loss.terms(told(loss, part, weight))


def leaks(parts: Parts | None) -> Needs:
    """Whether a part counts ignored pixels."""
    return Needs(leaked=any(bool(part.get("leak")) for part in (parts or {}).values()))


def add(*shares: tuple[float, Values]) -> Values:
    """The weighted sum of parts; undefined where one of them is."""
    value = shares[0][0] * shares[0][1].value
    for factor, part in shares[1:]:
        value = value + factor * part.value
    reason = next((part.undefined for _, part in shares if part.undefined), None)
    over = " + ".join(dict.fromkeys(part.over for _, part in shares if part.over))

    def note() -> str:
        return "; ".join(filter(None, (part.note() for _, part in shares)))

    return Values(value, None, over, reason, note)

"""The records of a computed loss, its gradient, and what a search found; part of :mod:`segloss_cli.types`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from segloss_cli._record import record

Status = Literal["ok", "undefined", "skipped"]


@record(frozen=True)
class Gradient:
    """A loss's gradient with respect to the logits of one pair.

    ``norm`` is its Euclidean length, None where some element is no number or infinite (``finite`` is False then, and
    ``bad`` counts those elements). ``per_class`` is each channel's share of the sum of magnitudes, and ``zero`` the
    share of the valid pixels whose gradient is nil or nearly so: less than a millionth of the largest pixel's.
    ``reason`` says why there is no gradient.
    """

    finite: bool = True
    norm: float | None = None
    per_class: tuple[float, ...] = ()
    zero: float | None = None
    bad: int = 0
    reason: str | None = None


@record(frozen=True)
class LossValue:
    """One computed loss. ``value`` is None unless ``status`` is ok; then ``reason`` says why.

    ``low`` and ``high`` are the theoretical range; ``target`` is "given" (the label as the training code saw it) or
    "repaired: KIND"; ``over`` says in words what the value is averaged over; ``pixels`` is how many counted.
    """

    loss: str
    value: float | None
    status: Status
    low: float
    high: float
    like: str | None = None
    reason: str | None = None
    knobs: Mapping[str, Any] = field(default_factory=dict)
    target: str = "given"
    over: str = ""
    per_class: tuple[float | None, ...] = ()
    per_image: tuple[float | None, ...] = ()
    pixels: int = 0
    pred: str = ""
    label: str = ""
    grad: Gradient | None = None


@record(frozen=True)
class Match:
    """A value that ``--find`` came upon: what was computed, how it is read, and how far it is from the wanted one.

    ``what`` names the part or form of the loss that gives ``found`` ("", "1 - value", "class 3", "image 0", ...);
    ``agrees`` says whether it is the wanted number to the digits that were given.
    """

    value: LossValue
    found: float
    what: str = ""
    difference: float = 0.0
    agrees: bool = False

"""The words that every part shares, and the contract; part of :mod:`segloss_cli.types`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from segloss_cli._record import record

Task = Literal["binary", "multiclass", "multilabel"]
Severity = Literal["error", "warning", "info"]
Certainty = Literal["proof", "likely", "hint"]
Kind = Literal["logits", "probabilities", "log-probabilities", "ids"]
Alpha = Literal["none", "opaque", "varies"]
Colour = tuple[int, int, int]
Number = int | float

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@record(frozen=True)
class Contract:
    """What labels are meant to be. ``declared`` names the fields that the user said; what else is set was inferred.

    ``consecutive`` says that ids without gaps are demanded (nnU-Net does); ``coded`` that the labels are pictures
    whose colours stand for ids, by ``palette``; ``preset`` names the preset or the file that all this comes from;
    ``options`` are settings of rules, such as ``"SL608.share"``.
    """

    num_classes: int | None = None
    ignore: frozenset[int] = frozenset()
    names: tuple[str, ...] = ()
    palette: tuple[Colour, ...] = ()
    task: Task | None = None
    losses: tuple[str, ...] = ()
    reduce_zero_label: bool = False
    weights: tuple[float, ...] = ()
    consecutive: bool = False
    coded: bool = False
    preset: str = ""
    options: Mapping[str, float] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()

    def says(self, name: str) -> bool:
        """Whether the user declared this field, rather than segloss inferring it."""
        return name in self.declared

"""What only both files of a pair, or the planes of a label together, tell; part of :mod:`segloss_cli.types`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from segloss_cli._record import record


@record(frozen=True)
class Agreement:
    """How a hard prediction (arg max, or p > 0.5) and its label agree, class by class, where the label counts.

    ``confusion`` counts pixels by (label's class, predicted class): of all, or of a sample on a regular grid, whose
    size ``pixels`` is. ``moved`` holds the same for the prediction flipped, turned or transposed, by the name of what
    was done. ``truth`` counts the label's classes over all of it. ``borders`` counts neighbours in the sample's rows
    whose classes differ in the label. ``constant`` is the one class that is predicted in every pixel, None if there
    are several; ``identical`` says that label and prediction are equal in every pixel that counts.
    """

    pixels: int
    confusion: Mapping[tuple[int, int], int]
    moved: Mapping[str, Mapping[tuple[int, int], int]] = field(default_factory=dict)
    truth: Mapping[int, int] = field(default_factory=dict)
    borders: int = 0
    constant: int | None = None
    identical: bool = False


@record(frozen=True)
class OneHot:
    """The planes of an array of 0 and 1 with a plane per class: pixels that several planes claim, or none.

    ``axis`` is where the planes are ("C, H, W", "N, H, W, C", ...); ``first_overlap`` and ``first_hole`` are the index
    (n, y, x) of the first of each, None where there is none.
    """

    planes: int
    axis: str
    pixels: int
    overlaps: int
    holes: int
    first_overlap: tuple[int, int, int] | None = None
    first_hole: tuple[int, int, int] | None = None

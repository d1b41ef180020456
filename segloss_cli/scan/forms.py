"""The forms in which a loss is printed: the value, one minus it, its negative, a sum, one class or image of it.

Everything is an array with a row per loss that was evaluated, so that a hundred thousand numbers are compared at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import numpy as np

from segloss_cli._record import record
from segloss_cli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FURTHEST = 3
"""Knobs and forms together are at most so many steps from the plain command."""

_DIGITS = 300


_SINGLE = 1e-6
"""What a number that was computed in single precision may be off, relative, before it was rounded to be printed."""


@record(frozen=True)
class Number:
    """A number as it was printed, and how far from it still prints the same."""

    text: str
    value: float
    tolerance: float


def number_of(text: str) -> Number:
    """The number that a text means: half a unit of its last digit, and what single precision is off, are the tolerance.

    >>> number_of("0.4807")
    Number(text='0.4807', value=0.4807, tolerance=5.04807e-05)

    Raises:
        UsageError: it is no number.
    """
    try:
        exact = Decimal(text.strip())
    except InvalidOperation:
        exact = Decimal("nan")
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _DIGITS:
        raise UsageError(f"--find {text}: no number to look for; write it as it was printed, such as 0.4807")
    value = float(exact)
    return Number(text.strip(), value, 0.5 * 10.0**exponent + _SINGLE * abs(value))


@record(frozen=True)
class Evaluated:
    """Losses that were evaluated, a row each; NaN where there is no number.

    ``values`` is (rows,), ``classes`` (rows, C) and ``images`` (rows, N); ``scores`` says which are one minus a score,
    in [0, 1], and ``means`` which are means over pixels, of which there are ``pixels``.
    """

    values: NDArray[np.float64]
    classes: NDArray[np.float64]
    images: NDArray[np.float64]
    scores: NDArray[np.bool_]
    means: NDArray[np.bool_]
    pixels: int


@record(frozen=True)
class Form:
    """One way of printing: its name, {} being the class or image, the numbers (rows,) or (rows, parts), its steps."""

    name: str
    numbers: NDArray[np.float64]
    steps: int

    def called(self, part: int) -> str:
        """The name, of one class or image."""
        return self.name.format(part)


def forms_of(of: Evaluated) -> Iterator[Form]:
    """Every form of every loss; NaN where a form makes no sense of one."""
    with np.errstate(all="ignore"):
        yield from _forms_of(of)


def _forms_of(of: Evaluated) -> Iterator[Form]:
    yield Form("", of.values, 0)
    yield Form("1 - value", _where(of.scores, 1 - of.values), 1)
    yield Form("value - 1", _where(of.scores, of.values - 1), 1)
    yield Form("-value", -of.values, 1)
    count = of.classes.shape[1]
    if count > 1:
        yield Form(f"value x {count} classes", of.values * count, 1)
        yield Form("class {}", of.classes, 1)
        yield Form("1 - class {}", _where(of.scores[:, None], 1 - of.classes), 2)
    yield Form(f"sum: value x {of.pixels:,} pixels", _where(of.means, of.values * of.pixels), 1)
    images = of.images.shape[1]
    if images > 1:
        yield Form(f"sum / {images} images", _where(of.means, of.values * of.pixels / images), 1)
        yield Form("image {}", of.images, 1)
        yield Form("mean of the images' values", of.images.mean(axis=1), 1)


def _where(kept: NDArray[np.bool_], numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(kept, numbers, np.nan)


@record(frozen=True)
class Numbers:
    """All numbers of all forms, flat: each with its row, its form, its class or image, and its steps."""

    numbers: NDArray[np.float64]
    rows: NDArray[np.intp]
    forms: NDArray[np.intp]
    parts: NDArray[np.intp]
    steps: NDArray[np.intp]

    def take(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Numbers:
        """Some of them."""
        return Numbers(self.numbers[kept], self.rows[kept], self.forms[kept], self.parts[kept], self.steps[kept])


def numbers_of(forms: list[Form], steps: NDArray[np.intp]) -> Numbers:
    """The finite numbers of the forms that are near enough to the plain command.

    Example:
        >>> found = numbers_of([Form("", np.asarray([0.5, np.nan]), 0)], np.asarray([0, 1]))
        >>> found.numbers.tolist(), found.rows.tolist()
        ([0.5], [0])
    """
    columns = []
    for index, form in enumerate(forms):
        table = form.numbers if form.numbers.ndim == 2 else form.numbers[:, None]
        rows, parts = np.nonzero(np.isfinite(table) & (steps + form.steps <= FURTHEST)[:, None])
        columns.append((table[rows, parts], rows, np.full_like(rows, index), parts, steps[rows] + form.steps))
    return Numbers(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def chance(numbers: NDArray[np.float64], wanted: Number) -> float:
    """How many of these numbers would agree with one of about this size that has nothing to do with them.

    The different ones that lie around it (within a tenth of it) and do not agree, as if they were spread evenly.

    >>> round(chance(np.asarray([0.45, 0.46, 0.5, 0.52, 0.48]), number_of("0.480")), 3)  # 4 * 0.0005 / (0.048 - 0.0005)
    0.042
    """
    width = max(0.1 * abs(wanted.value), 50 * wanted.tolerance)
    away = np.abs(numbers - wanted.value)
    around = numbers[(away <= width) & (away > wanted.tolerance)]
    different = np.unique(np.round(around / width, 9)).size
    return float(different * wanted.tolerance / (width - wanted.tolerance))

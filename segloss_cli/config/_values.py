"""Readers: a value as TOML gives it -> the value as Settings holds it, or what was expected instead."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from segloss_cli._contract import Colour

T = TypeVar("T")
Reader = Callable[[Any], T]

ROLES = ("image", "label", "prediction")
STEM = "{stem}"

_HEX = r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})"
_FORMAT = r"(?s)([a-z][a-z0-9]*)=(.+)"


class UnfitError(Exception):
    """A value of the wrong kind: what was expected, what was found, and the keys below the field's own."""

    def __init__(self, expected: str, found: object, at: tuple[str, ...] = ()) -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = found
        self.at = at


def whole(low: int | None = None) -> Reader[int]:
    """A whole number, of ``low`` or more; true and false are none."""
    expected = "a whole number" if low is None else f"a whole number of {low} or more"

    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and (low is None or value >= low):
            return value
        raise UnfitError(expected, value)

    return read


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise UnfitError("a finite number", value)


def switch(value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise UnfitError("true or false", value)


def text(value: Any) -> str:
    """A text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise UnfitError("a text that is not empty", value)


def path(value: Any) -> str:
    """The path of a file or folder; an empty one sets back to none."""
    if isinstance(value, str):
        return value
    raise UnfitError("a path", value)


def choice(options: Sequence[T]) -> Reader[T]:
    """One of some words."""

    def read(value: Any) -> T:
        if value in options:
            return options[options.index(value)]
        raise UnfitError(f"one of {', '.join(map(str, options))}", value)

    return read


def many(one: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list, or a single value in its place."""

    def read(value: Any) -> tuple[T, ...]:
        return tuple(map(one, value)) if isinstance(value, list | tuple) else (one(value),)

    return read


def table(one: Reader[T], keys: Sequence[str] = ()) -> Reader[dict[str, T]]:
    """A table of values, by any key or by some keys only."""

    def read(value: Any) -> dict[str, T]:
        if not isinstance(value, Mapping):
            raise UnfitError("a table", value)
        return {key: _below(key, one, value[key], keys) for key in value}

    return read


def codes(value: Any) -> tuple[str, ...]:
    """Codes, prefixes or names of rules; one text may hold several, with commas between.

    >>> codes(["SL2, SL301", "lossy-label-file"])
    ('SL2', 'SL301', 'lossy-label-file')
    """
    parts = (part.strip() for item in many(text)(value) for part in item.split(","))
    return tuple(part for part in parts if part)


def jobs(value: Any) -> int | None:
    """How many processes; None for "auto"."""
    if value == "auto":
        return None
    try:
        return whole(1)(value)
    except UnfitError as error:
        raise UnfitError(f'{error.expected}, or "auto"', value) from error


def cache(value: Any) -> str | None:
    """A folder; true is the usual one (None), false or an empty text none ("")."""
    if isinstance(value, bool):
        return None if value else ""
    if isinstance(value, str):
        return value
    raise UnfitError("a folder, true or false", value)


def names(value: Any) -> tuple[str, ...] | str:
    """Class names: a list, or a text that names a file."""
    return text(value) if isinstance(value, str) else _listed(text, "a list of names, or a file of them", value)


def weights(value: Any) -> tuple[float, ...] | str:
    """Class weights: a list of numbers of 0 or more, or a text that names a file."""
    return text(value) if isinstance(value, str) else _listed(_weight, "a list of numbers, or a file of them", value)


def colour(value: Any) -> Colour:
    """A colour: "#rrggbb" or [r, g, b].

    >>> colour("#ff8000"), colour([1, 2, 3])
    ((255, 128, 0), (1, 2, 3))
    """
    if isinstance(value, str) and (found := re.fullmatch(_HEX, value)):
        red, green, blue = (int(part, 16) for part in found.groups())
        return red, green, blue
    if isinstance(value, list | tuple) and len(value) == 3 and all(map(_is_byte, value)):
        return value[0], value[1], value[2]
    raise UnfitError('a colour, "#rrggbb" or [r, g, b] with 0 to 255', value)


def palette(value: Any) -> tuple[Colour, ...]:
    """A list of colours, by id."""
    return _listed(colour, "a list of colours", value)


def pattern(value: Any) -> str:
    """A path with ``{stem}`` in it."""
    if isinstance(value, str) and STEM in value:
        return value
    raise UnfitError(f"a path with {STEM} in it", value)


def output(value: Any) -> tuple[str, str]:
    """``FORMAT=FILE``, or a file alone, whose format is that of ``--format`` ("").

    >>> output("sarif=a=b.sarif"), output("./a=b.json")
    (('sarif', 'a=b.sarif'), ('', './a=b.json'))
    """
    if not isinstance(value, str) or not value or re.fullmatch(r"[a-z][a-z0-9]*=", value):
        raise UnfitError("FORMAT=FILE, such as sarif=report.sarif", value)
    found = re.fullmatch(_FORMAT, value)
    return (found[1], found[2]) if found else ("", value)


def _weight(value: Any) -> float:
    if number(value) < 0:
        raise UnfitError("a number of 0 or more", value)
    return float(value)


def _is_byte(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def _listed(one: Reader[T], expected: str, value: Any) -> tuple[T, ...]:
    if not isinstance(value, list | tuple):
        raise UnfitError(expected, value)
    return tuple(map(one, value))


def _below(key: str, one: Reader[T], value: Any, keys: Sequence[str]) -> T:
    if keys and key not in keys:
        raise UnfitError(f"{', '.join(keys[:-1])} or {keys[-1]} as the key", key, (key,))
    try:
        return one(value)
    except UnfitError as error:
        raise UnfitError(error.expected, error.found, (key, *error.at)) from error

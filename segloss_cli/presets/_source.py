"""Contracts that lie beside the data: what was found, and reading such a file without trusting it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from segloss_cli._record import record
from segloss_cli.errors import ReadError
from segloss_cli.presets._preset import Layout
from segloss_cli.types import Contract

LARGEST = 1 << 20
"""No file that says what labels mean is larger than this (bytes)."""

MOST_CLASSES = 10_000
LONGEST_NAME = 200
LAST_ID = 65_535
VOID = frozenset({"void", "unlabeled", "unlabelled", "ignore", "ignored", "__ignore__", "_ignore_", "ignore_label"})
BACKGROUND = frozenset({"background", "_background_", "__background__", "bg"})


@record(frozen=True)
class Existing:
    """A contract that was found: what it declares, the file that it is from, and what is to be known about it.

    ``contract`` is empty where the file is damaged or says nothing about masks; ``notes`` then say why.
    """

    contract: Contract
    path: str
    notes: tuple[str, ...] = ()
    layout: Layout = field(default_factory=Layout)


def text_of(path: str, largest: int = LARGEST) -> str:
    """The text of a file that is small, regular and UTF-8.

    Raises:
        ReadError: it is not.
    """
    try:
        if not os.path.isfile(path):
            raise ReadError(path, "is not a regular file")
        with open(path, "rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise ReadError(path, f"cannot be read ({error.strerror or error})") from error
    if len(data) > largest:
        raise ReadError(path, f"is larger than {largest:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(path, "is no UTF-8 text; save it as UTF-8") from error


def checked(path: str, names: Mapping[int, str]) -> dict[int, str]:
    """Class names by id, sorted, after a look at their number and size.

    Raises:
        ReadError: there are none or too many, a name is too long, or an id is no label's.
    """
    if not names:
        raise ReadError(path, "has no classes in it")
    if len(names) > MOST_CLASSES:
        raise ReadError(path, f"has {len(names):,} classes; more than {MOST_CLASSES:,} are taken for a mistake")
    for number, name in names.items():
        if not 0 <= number <= LAST_ID:
            raise ReadError(path, f"gives a class the id {str(number)[:20]}; ids are 0 to {LAST_ID}")
        if len(name) > LONGEST_NAME:
            raise ReadError(path, f"has a class name of {len(name):,} characters; it reads as no list of classes")
    return {number: names[number] for number in sorted(names)}


def full(names: Mapping[int, str]) -> tuple[str, ...]:
    """The names in the order of their ids, which have no gaps; an empty tuple where they have."""
    return tuple(names.values()) if [*names] == [*range(len(names))] else ()


def void_of(names: Mapping[int, str]) -> frozenset[int]:
    """The ids whose name says that they are no class."""
    return frozenset(number for number, name in names.items() if name.strip().lower() in VOID)


def stamped(path: str, contract: Contract, said: Iterable[str]) -> Contract:
    """The contract with the file that it is from, and those of the given terms that are set declared."""
    declared = frozenset(name for name in said if getattr(contract, name))
    return replace(contract, preset=os.path.basename(path), declared=declared)

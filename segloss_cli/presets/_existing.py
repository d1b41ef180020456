"""Find the contract that a data set already has: in its folder, or in the one above."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from itertools import islice

from segloss_cli.errors import ReadError
from segloss_cli.presets._source import LARGEST, Existing, text_of
from segloss_cli.types import Contract

Reader = Callable[[str, str], "Existing | None"]

FILES: tuple[tuple[str, str], ...] = (
    ("dataset.json", "_nnunet"),
    ("data.yaml", "_ultralytics"),
    ("data.yml", "_ultralytics"),
    ("dataset.yaml", "_ultralytics"),
    ("_classes.csv", "_tables"),
    ("class_dict.csv", "_tables"),
    ("labelmap.txt", "_tables"),
    ("label_colors.txt", "_tables"),
    ("class_names.txt", "_class_names"),
    ("classes.txt", "_class_names"),
    ("labels.txt", "_class_names"),
)
"""Files by name and the module that reads them, the most telling first."""

SPLITS = ("train", "valid", "val", "test")
SLOW = {"_ultralytics": 1 << 17, "_metainfo": 1 << 17}
"""Larger files (bytes) are not given to PyYAML and to Python's tokenizer, which would take seconds."""

ENTRIES, SCRIPTS = 1000, 32
"""So many entries of a folder are looked at for Python files, and so many of those."""

DEEP = (RecursionError, MemoryError, OverflowError, ValueError)
"""What parsers raise at text that was made to break them."""


def existing(root: str) -> Existing | None:
    """The contract that lies in the data set's folder, or in the one above it.

    nnU-Net's ``dataset.json``, Ultralytics' ``data.yaml``, tables of classes and colours, lists of names, and in the
    folder itself a Python file with mmseg's METAINFO (which is parsed, never run). The first that can be read counts.
    Nothing here raises for what a file holds.

    Args:
        root: the data set's folder.

    Returns:
        The contract with the notes of all files that were looked at before it; one that is empty where there are only
        notes; None where there is nothing.
    """
    notes: list[str] = []
    last = ""
    for path, reader in _candidates(root):
        try:
            found = _read(path, reader)
        except ReadError as error:
            notes.append(f"{error}; it is left aside")
            last = last or path
            continue
        if found is not None and found.contract != Contract():
            return replace(found, notes=(*notes, *found.notes))
        if found is not None:
            notes += found.notes
            last = last or path
    return Existing(Contract(), last, tuple(notes)) if notes else None


def _read(path: str, reader: str) -> Existing | None:
    text = text_of(path, SLOW.get(reader, LARGEST))
    read: Reader = import_module(f"segloss_cli.presets.{reader}").read
    try:
        return read(path, text)
    except DEEP as error:
        raise ReadError(path, f"cannot be parsed ({type(error).__name__})") from error


def _candidates(root: str) -> Iterator[tuple[str, str]]:
    above = os.path.normpath(os.path.join(root, os.pardir))
    for folder in (root, *(os.path.join(root, split) for split in SPLITS), above):
        wanted = FILES if folder in {root, above} else FILES[4:5]
        yield from ((path, reader) for name, reader in wanted if os.path.isfile(path := os.path.join(folder, name)))
        if folder == root:
            yield from ((path, "_metainfo") for path in _scripts(root))


def _scripts(root: str) -> list[str]:
    """The Python files of a folder, sorted; those of a folder above may belong to anything."""
    try:
        with os.scandir(root) as entries:
            found = [entry.path for entry in islice(entries, ENTRIES) if entry.name.endswith(".py")]
    except (OSError, ValueError):
        return []
    return [path for path in sorted(found)[:SCRIPTS] if os.path.isfile(path)]

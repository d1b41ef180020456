"""nnU-Net's ``dataset.json``: labels by name (version 2) or by id (version 1), regions, and the ignore label."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from segloss_cli.errors import ReadError
from segloss_cli.presets._preset import Layout
from segloss_cli.presets._source import Existing, checked, full, stamped
from segloss_cli.types import Contract

SIGNS = frozenset({"channel_names", "modality", "file_ending", "numTraining", "regions_class_order"})
"""Keys of which nnU-Net's file has one; other tools call their files so too."""

READABLE = (".png", ".bmp", ".tif", ".tiff", ".npy", ".npz", ".gif")


def read(path: str, text: str) -> Existing | None:
    """The contract of a ``dataset.json``; None where it is not nnU-Net's.

    Labels are consecutive, as nnU-Net demands; the label called "ignore" is ignored.

    Raises:
        ReadError: it is no JSON, or its labels make no sense.
    """
    try:
        said = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReadError(path, f"is no JSON (line {error.lineno}: {error.msg})") from error
    labels = said.get("labels") if isinstance(said, dict) else None
    if not isinstance(labels, dict) or not SIGNS.intersection(said):
        return None
    ids = [*_ids(path, labels)]
    ignore = frozenset(number for number, name, alone in ids if alone and name == "ignore")
    names = checked(path, {number: name for number, name, alone in ids if alone and number not in ignore})
    every = sorted({number for number, _, _ in ids} - ignore)
    checked(path, dict.fromkeys(every, ""))
    contract = Contract(
        num_classes=every[-1] + 1,
        ignore=ignore,
        names=full(names) if len(names) == every[-1] + 1 else (),
        task="multiclass",
        consecutive=True,
    )
    notes = (*_gaps(path, every), *_regions(path, ids), *_ending(path, said))
    said_terms = ("num_classes", "ignore", "names", "consecutive")
    return Existing(stamped(path, contract, said_terms), path, notes, _layout(said))


def _ids(path: str, labels: Mapping[str, Any]) -> Iterator[tuple[int, str, bool]]:
    """Every id with its name, and whether the name is of that id alone rather than of a region."""
    for key, value in labels.items():
        if isinstance(value, str):
            if not key.strip().isdecimal():
                raise ReadError(path, f"has the label {key[:40]!r}: {value[:40]!r}, where a whole number is needed")
            yield int(key), value, True
            continue
        members = value if isinstance(value, list) else [value]
        if not members or not all(type(member) is int for member in members):
            raise ReadError(path, f"gives the label {key[:40]!r} no whole number, and no list of them")
        yield from ((member, key, len(members) == 1) for member in members)


def _gaps(path: str, every: list[int]) -> Iterator[str]:
    missing = every[-1] + 1 - len(every)
    if missing:
        yield f"{path}: nnU-Net wants ids without gaps, and {missing:,} below {every[-1]} are given to no label"


def _regions(path: str, ids: list[tuple[int, str, bool]]) -> Iterator[str]:
    if not all(alone for _, _, alone in ids):
        yield f"{path}: labels are regions of several ids; the ids are judged, the regions are not"


def _ending(path: str, said: Mapping[str, Any]) -> Iterator[str]:
    ending = said.get("file_ending", ".nii.gz")
    if isinstance(ending, str) and ending.lower() not in READABLE:
        yield f"{path}: its files end in {ending[:20]}, which segloss does not read"


def _layout(said: Mapping[str, Any]) -> Layout:
    ending = said.get("file_ending", ".nii.gz")
    if not isinstance(ending, str) or len(ending) > 20 or not ending.startswith(".") or {*"/\\{}"} & {*ending}:
        return Layout()
    return Layout(images=(f"imagesTr/{{stem}}_0000{ending}",), labels=(f"labelsTr/{{stem}}{ending}",))

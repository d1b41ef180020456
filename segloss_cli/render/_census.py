"""A data set as JSON and back, without loss; and its classes as rows, for tables and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from segloss_cli._dataset import Tint, Tints
from segloss_cli.types import Contract, Dataset, Orphan, Seen, Split

MAX_DECLARED = 1024
"""Declared classes that no label holds have rows too, up to so many classes."""


def pack(dataset: Dataset) -> dict[str, Any]:
    """The data set in types that JSON has: keys are strings, records lists; :func:`unpack` undoes it.

    >>> pack(Dataset(files={"label": 2}, tops={3: 2}))["tops"]
    {'3': 2}
    """
    return {
        "splits": {name: _split(split) for name, split in dataset.splits.items()},
        "encodings": _keyed(dataset.encodings, _seen),
        "families": _keyed(dataset.families, _seen),
        "suffixes": _keyed(dataset.suffixes, _seen),
        "tints": _keyed(dataset.tints, lambda tints: [_tint(tints.low), _tint(tints.high)]),
        "tops": _keyed(dataset.tops, int),
        "twins": {digest: dict(first) for digest, first in dataset.twins.items()},
        "modes": _keyed(dataset.modes, _seen),
        "orphans": [[one.path, one.role, one.kind, one.what, one.partner] for one in dataset.orphans],
        "files": dict(dataset.files),
        "unread": dataset.unread,
    }


def unpack(packed: Mapping[str, Any]) -> Dataset:
    """The data set that was packed.

    Raises:
        KeyError, TypeError, ValueError: this is no packed data set.
    """
    return Dataset(
        splits={name: _unpacked_split(split) for name, split in packed["splits"].items()},
        encodings=_keyed(packed["encodings"], _unpacked_seen),
        families=_keyed(packed["families"], _unpacked_seen),
        suffixes=_keyed(packed["suffixes"], _unpacked_seen),
        tints=_numbered(packed["tints"], lambda pair: Tints(*map(_unpacked_tint, pair))),
        tops=_numbered(packed["tops"], int),
        twins={digest: dict(first) for digest, first in packed["twins"].items()},
        modes=_keyed(packed["modes"], _unpacked_seen),
        orphans=tuple(Orphan(*one) for one in packed["orphans"]),
        files=_keyed(packed["files"], int),
        unread=int(packed["unread"]),
    )


def classes(dataset: Dataset, contract: Contract) -> list[dict[str, Any]]:
    """What there is of each id, by id: those that labels hold, and those that were declared.

    Returns:
        For each id a row: ``id`` as stored, ``name`` ("" where it has none), ``pixels``, ``share`` of the pixels of
        all ids that are not ignored (None for those that are), ``files`` that hold it, ``splits`` with pixels, files
        and share of the split likewise by the split's name, and ``ignored``. Where there are more ids than a data set
        lists, the declared classes alone have rows, without numbers to trust: look at ``Split.many`` first.
    """
    gone = contract.ignore | {0, 255} if contract.reduce_zero_label else contract.ignore
    whole = dataset.whole
    valid = {name: _valid(split, gone) for name, split in sorted(dataset.splits.items())}
    total = _valid(whole, gone)
    return [
        {
            "id": value,
            "name": _name(value, contract),
            **_amounts(whole, value, total, value in gone),
            "splits": {
                split: _amounts(dataset.splits[split], value, pixels, value in gone) for split, pixels in valid.items()
            },
            "ignored": value in gone,
        }
        for value in sorted({*whole.counts, *_declared(contract)})
    ]


def _amounts(split: Split, value: int, valid: int, ignored: bool) -> dict[str, Any]:
    pixels, seen = split.counts.get(value, 0), split.holders.get(value)
    share = None if ignored else round(pixels / max(valid, 1), 9)
    return {"pixels": pixels, "share": share, "files": seen.files if seen else 0}


def _valid(split: Split, gone: frozenset[int]) -> int:
    return sum(pixels for value, pixels in split.counts.items() if value not in gone)


def _declared(contract: Contract) -> range:
    """The declared classes as they are stored, where they are not too many."""
    count, shift = contract.num_classes or len(contract.names), int(contract.reduce_zero_label)
    return range(shift, count + shift) if count <= MAX_DECLARED else range(0)


def _name(value: int, contract: Contract) -> str:
    place = value - int(contract.reduce_zero_label)
    return contract.names[place] if 0 <= place < len(contract.names) else ""


def _split(split: Split) -> dict[str, Any]:
    return {
        "labels": split.labels,
        "pixels": split.pixels,
        "counts": _keyed(split.counts, int),
        "holders": _keyed(split.holders, _seen),
        "empty": split.empty,
        "uncounted": split.uncounted,
        "many": split.many,
    }


def _unpacked_split(packed: Mapping[str, Any]) -> Split:
    return Split(
        labels=int(packed["labels"]),
        pixels=int(packed["pixels"]),
        counts=_numbered(packed["counts"], int),
        holders=_numbered(packed["holders"], _unpacked_seen),
        empty=int(packed["empty"]),
        uncounted=int(packed["uncounted"]),
        many=bool(packed["many"]),
    )


def _seen(seen: Seen) -> list[Any]:
    return [seen.files, seen.first]


def _unpacked_seen(packed: list[Any]) -> Seen:
    files, first = packed
    return Seen(int(files), str(first))


def _tint(tint: Tint) -> list[Any]:
    return [[*tint.colour], tint.files, tint.first]


def _unpacked_tint(packed: list[Any]) -> Tint:
    (red, green, blue), files, first = packed
    return Tint((int(red), int(green), int(blue)), int(files), str(first))


def _keyed(store: Mapping[Any, Any], value: Callable[[Any], Any]) -> dict[str, Any]:
    return {str(key): value(each) for key, each in store.items()}


def _numbered(store: Mapping[str, Any], value: Callable[[Any], Any]) -> dict[int, Any]:
    return {int(key): value(each) for key, each in store.items()}

"""The classes of a data set as a table shows them: of many, the most telling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segloss_cli.render._files import count
from segloss_cli.types import Dataset

MOST = 60
"""So many classes are shown all."""

FEW = 3
"""So many classes that no label holds have rows of their own."""

_LISTED = 40
_ENDS = 20
"""Of more, so many of the commonest, of the rarest, and of those that are missing somewhere."""

Class = Mapping[str, Any]


def in_none(classes: Sequence[Class]) -> tuple[list[Class], str]:
    """The classes that some label holds, and the others in a line; a few of those keep their rows.

    >>> in_none([{"id": i, "name": "", "ignored": False, "pixels": 9 * (i == 0), "splits": {}} for i in range(7)])[1]
    'in no label: 1, 2, 3, 4, 5, 6'
    """
    absent = [one for one in classes if not one["pixels"]]
    if len(absent) <= FEW or len(absent) == len(classes):
        return list(classes), ""
    words = ", ".join(f"{one['id']} {name_of(one)}".rstrip() for one in absent[:_LISTED])
    rest = f" and {len(absent) - _LISTED:,} more" if len(absent) > _LISTED else ""
    return [one for one in classes if one["pixels"]], f"in no label: {words}{rest}"


def telling(classes: Sequence[Class]) -> tuple[list[Class], str]:
    """The classes to show, in their order, and what was left out in words.

    >>> telling([{"id": 0, "pixels": 3, "splits": {}}])
    ([{'id': 0, 'pixels': 3, 'splits': {}}], '')
    """
    if len(classes) <= MOST:
        return list(classes), ""
    ranked = sorted((one for one in classes if one["pixels"]), key=lambda one: (-one["pixels"], one["id"]))
    missing = [one["id"] for one in classes if _missing(one)]
    shown = {one["id"] for one in [*ranked[:_ENDS], *ranked[-_ENDS:]]} | set(missing[:_ENDS])
    words = f"{len(shown)} of {len(classes):,} classes: the commonest, the rarest"
    words += f", and {min(len(missing), _ENDS)} of {len(missing):,} that are missing somewhere" if missing else ""
    return [one for one in classes if one["id"] in shown], f"{words} (--format json lists all)"


def titles(classes: Sequence[Class]) -> list[str]:
    """The splits that have columns of their own: all that are named."""
    return sorted({split for one in classes for split in one["splits"]} - {""})


def row(one: Class, splits: Sequence[str]) -> list[str]:
    """A class as texts: id, name, pixels, share, files, and the share in each split."""
    parts = [percent(one["splits"].get(split, {})) for split in splits]
    return [str(one["id"]), name_of(one), f"{one['pixels']:,}", percent(one), f"{one['files']:,}", *parts]


def name_of(one: Class) -> str:
    """Its name; whether it is ignored is said with it."""
    return f"{one['name']} (ignored)".lstrip() if one["ignored"] else str(one["name"])


def percent(counted: Mapping[str, Any]) -> str:
    """The share in per cent; "none" where there is not a pixel, "" where a share means nothing.

    >>> percent({"pixels": 1, "share": 1e-9}), percent({"pixels": 0, "share": 0.0}), percent({"pixels": 3, "share": 1})
    ('<0.01 %', 'none', '100.00 %')
    """
    if not counted.get("pixels"):
        return "none"
    if counted["share"] is None:
        return ""
    share = 100 * counted["share"]
    # 0 and 100 only where they are exact
    return "<0.01 %" if share < 0.01 else f"{min(share, 99.99) if share < 100 else share:.2f} %"


def uncounted(dataset: Dataset) -> str:
    """What the table leaves out in words: labels whose ids are not known; nothing where all are."""
    whole = dataset.whole
    if whole.many:
        return "no table of classes: the labels hold too many different ids"
    if not whole.uncounted:
        return ""
    return f"{whole.uncounted:,} of {count(whole.labels, 'label')} not counted: their ids are not known"


def _missing(one: Class) -> bool:
    return not one["pixels"] or any(not split["pixels"] for split in one["splits"].values())

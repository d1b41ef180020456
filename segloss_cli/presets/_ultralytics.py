"""Ultralytics' ``data.yaml``: names, ``masks_dir``, ``label_mapping``. Reading it needs PyYAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from segloss_cli.errors import ReadError
from segloss_cli.presets._preset import Layout
from segloss_cli.presets._source import LAST_ID, Existing, checked, full, stamped
from segloss_cli.types import Contract

IGNORED = 255
"""What Ultralytics ignores in masks, always."""

IGNORE = "ignore_label"


def read(path: str, text: str) -> Existing | None:
    """The contract of a ``data.yaml``; None where it has no names.

    Without ``masks_dir`` labels are polygons, and what masks hold is not said. With ``label_mapping`` the labels are
    judged as stored: by its keys.

    Raises:
        ReadError: it is no plain YAML, or its names make no sense.
    """
    try:
        yaml = import_module("yaml")
    except ImportError:
        name = path.replace("\\", "/").rpartition("/")[2]
        return Existing(Contract(), path, (f"{name} found, install segloss-cli[yaml] to read it",))
    said = _load(path, text, yaml)
    if not isinstance(said, dict) or "names" not in said:
        return None
    folder = said.get("masks_dir")
    if not isinstance(folder, str) or not folder:
        return Existing(Contract(), path, (f"{path}: no masks_dir in it, so it is about polygons; masks are not told",))
    names = checked(path, dict(_names(path, said["names"])))
    notes = (*_counted(path, said.get("nc"), names),)
    mapping = said.get("label_mapping")
    contract = _plain(names) if mapping is None else _mapped(path, names, _table(path, mapping))
    return Existing(stamped(path, contract, _said(contract)), path, notes, _layout(said, folder))


def _load(path: str, text: str, yaml: Any) -> Any:
    """Plain YAML: aliases are refused, since a few lines of them can stand for gigabytes."""
    try:
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise ReadError(path, "has aliases (*name), which are not read; write the names out")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise ReadError(path, f"is no plain YAML{where}") from error
    except (TypeError, AttributeError) as error:
        raise ReadError(path, f"cannot be parsed ({type(error).__name__})") from error


def _names(path: str, said: Any) -> Iterator[tuple[int, str]]:
    pairs = enumerate(said) if isinstance(said, list) else said.items() if isinstance(said, dict) else ()
    for number, name in pairs:
        if type(number) is not int or not isinstance(name, str | int | float | bool):
            raise ReadError(path, "has names that are neither a list nor a table from ids to names")
        yield number, str(name)


def _counted(path: str, count: Any, names: Mapping[int, str]) -> Iterator[str]:
    if type(count) is int and count != len(names):
        yield f"{path}: nc is {str(count)[:20]}, and there are {len(names)} names; the names count"


def _plain(names: Mapping[int, str]) -> Contract:
    return Contract(num_classes=max(names) + 1, ignore=frozenset({IGNORED}), names=full(names))


def _table(path: str, said: Any) -> dict[int, int | None]:
    """Stored ids to trained ids, None for what is ignored."""
    if not isinstance(said, dict) or not said:
        raise ReadError(path, "has a label_mapping that is no table from stored ids to ids")
    table: dict[int, int | None] = {}
    for stored, trained in said.items():
        if type(stored) is not int or not -1 <= stored <= LAST_ID or not (trained == IGNORE or type(trained) is int):
            raise ReadError(path, f"maps {str(stored)[:20]!r} to {str(trained)[:20]!r}; ids or {IGNORE} are needed")
        table[stored] = None if trained in {IGNORE, IGNORED} else trained
    return table


def _mapped(path: str, names: Mapping[int, str], table: Mapping[int, int | None]) -> Contract:
    """The labels as stored: all that are mapped are known, those that are mapped to nothing are ignored."""
    unknown = sorted({trained for trained in table.values() if trained is not None} - {*names})
    if unknown:
        raise ReadError(path, f"maps to the id {unknown[0]}, which has no name")
    kept = {stored: trained for stored, trained in table.items() if trained is not None}
    if not kept or min(kept) < 0:
        raise ReadError(path, "has a label_mapping that leaves no class, or maps a negative id to one")
    if table.get(0, 0) is None and kept == {number + 1: number for number in range(len(names))}:
        shifted = Contract(num_classes=len(names), ignore=frozenset({IGNORED}), names=full(names))
        return Contract(**{**_terms(shifted), "reduce_zero_label": True})
    count = max(kept) + 1
    gone = frozenset(range(count)) - kept.keys() | {stored for stored, trained in table.items() if trained is None}
    shown = tuple(names[kept[number]] if number in kept else "(ignored)" for number in range(count))
    return Contract(num_classes=count, ignore=gone | {IGNORED}, names=shown)


def _terms(contract: Contract) -> dict[str, Any]:
    return {name: getattr(contract, name) for name in ("num_classes", "ignore", "names")}


def _said(contract: Contract) -> tuple[str, ...]:
    """Ignored ids among the classes come from the mapping, and need no warning: they are set and not declared."""
    inside = any(number < (contract.num_classes or 0) for number in contract.ignore)
    return ("num_classes", "names", "reduce_zero_label", *(() if inside else ("ignore",)))


def _layout(said: Mapping[str, Any], folder: str) -> Layout:
    """Masks lie where images do, with the folder exchanged."""
    train = said.get("train")
    if not isinstance(train, str) or "images" not in train.split("/") or {*"{}"} & {*train, *folder}:
        return Layout()
    where = "/".join("{split}" if part == "train" else part for part in train.rstrip("/").split("/"))
    masks = "/".join(folder if part == "images" else part for part in where.split("/"))
    return Layout(images=(f"{where}/{{stem}}.*",), labels=(f"{masks}/{{stem}}.png",))

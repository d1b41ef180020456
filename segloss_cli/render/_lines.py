r"""Records as lines of JSON and back, nothing lost: what ``segloss merge`` and a cache live on.

A line is an object whose ``type`` says what it is. It is pure ASCII and strict JSON. File names may hold bytes that
are no Unicode; a line with such a name says ``"escaped": true``, and in its texts a backslash stands doubled and such
a byte as ``\udcNN``, which :func:`record_of` takes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_args

from segloss_cli.render._document import hexed, of_finding
from segloss_cli.render._groups import CERTAINTIES
from segloss_cli.render._json import plain
from segloss_cli.types import SEVERITIES, Colour, Contract, Finding, Place, Skipped, Task

_BACK = re.compile(r"\\(\\|u[0-9a-f]{4})")
_FOREIGN = re.compile("[\ud800-\udfff]")


def line_of(kind: str, record: Mapping[str, Any]) -> str:
    r"""A record as a line, with its newline.

    >>> line_of("skipped", {"path": "a.png", "reason": "empty"})
    '{"type": "skipped", "path": "a.png", "reason": "empty"}\n'
    >>> print(line_of("skipped", {"path": "a\\\udcff"}), end="")
    {"type": "skipped", "escaped": true, "path": "a\\\\\\udcff"}
    """
    known = plain(record, str)
    text = json.dumps({"type": kind, **known}, allow_nan=False)
    # astral characters are written as such pairs too
    if "\\ud" in text and _FOREIGN.search(json.dumps(known, ensure_ascii=False)):
        text = json.dumps({"type": kind, "escaped": True, **_each_text(known, _escaped)}, allow_nan=False)
    return text + "\n"


def record_of(line: str) -> dict[str, Any]:
    """The record of a line, as it was given to :func:`line_of`, with its type.

    Raises:
        ValueError: the line is no JSON.
        TypeError: it is no object with a type.
    """
    try:
        record = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(record, dict) or not isinstance(record.get("type"), str):
        raise TypeError("not an object with a type")
    return _each_text(record, _unescaped) if record.pop("escaped", False) is True else record


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as a record from which :func:`finding_of` makes it again."""
    return {**of_finding(finding), "path": finding.path, "key": finding.key}


def finding_of(record: Mapping[str, Any]) -> Finding:
    """The finding of a record; what JSON does not have (tuples, numbers that are not finite) is gone from its evidence.

    Raises:
        LookupError: something that a finding has is missing.
        ValueError: something in the record is not what a finding has.
        TypeError: or it is of another type.
    """
    return Finding(
        code=_text(record, "code"),
        name=_text(record, "name"),
        severity=one_of(SEVERITIES, record["severity"]),
        certainty=one_of(CERTAINTIES, record["certainty"]),
        path=_text(record, "path"),
        message=_text(record, "message"),
        remedy=_text(record, "remedy"),
        evidence=dict(record["evidence"]),
        values=tuple(_number(value) for value in record["values"]),
        place=_place(record["first"], record["bbox"]),
        key=_text(record, "key"),
    )


def skipped_record(skipped: Skipped) -> dict[str, Any]:
    """A skipped file as a record from which :func:`skipped_of` makes it again."""
    return {"path": skipped.path, "reason": skipped.reason}


def skipped_of(record: Mapping[str, Any]) -> Skipped:
    """The skipped file of a record."""
    return Skipped(_text(record, "path"), _text(record, "reason"))


def contract_record(contract: Contract) -> dict[str, Any]:
    """A contract as a record from which :func:`contract_of` makes it again, all fields of it."""
    known = {field.name: getattr(contract, field.name) for field in fields(contract)}
    return {**known, "palette": [hexed(colour) for colour in contract.palette]}


def contract_of(record: Mapping[str, Any]) -> Contract:
    """The contract of a record; keys of later versions are passed over.

    Raises:
        ValueError: something in the record is not what a contract has.
        TypeError: or it is of another type.
    """
    known = {field.name for field in fields(Contract)} & set(record)
    return Contract(**{name: _MADE.get(name, _as_it_is)(record[name]) for name in sorted(known)})


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _each_text(item, change) for key, item in value.items()}
    return [_each_text(item, change) for item in value] if isinstance(value, list) else value


def _escaped(text: str) -> str:
    doubled = text.replace("\\", "\\\\")
    return _FOREIGN.sub(lambda found: f"\\u{ord(found[0]):04x}", doubled)


def _unescaped(text: str) -> str:
    return _BACK.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), text)


def _text(record: Mapping[str, Any], name: str) -> str:
    if not isinstance(record[name], str):
        raise TypeError(f"{name} is no text")
    return str(record[name])


def one_of(known: tuple[Any, ...], value: Any) -> Any:
    """The value, which is one of those known, or a ValueError."""
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value


def _number(value: Any) -> int | float:
    """A number; what was not finite is null, and not a number ever after."""
    return float("nan") if value is None else value + 0


def _place(first: Mapping[str, Any] | None, bbox: Any) -> Place | None:
    if first is None:
        return None
    box = None if bbox is None else _whole(bbox, 4)
    return Place(int(first["y"]), int(first["x"]), bbox=box, n=int(first["image"]))


def _whole(values: Any, amount: int) -> Any:
    whole = tuple(int(value) for value in values)
    if len(whole) != amount:
        raise ValueError(f"{len(whole)} numbers instead of {amount}")
    return whole


def _colour(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def _task(value: Any) -> Any:
    return one_of((None, *get_args(Task)), value)


def _as_it_is(value: Any) -> Any:
    return value


_MADE: Mapping[str, Callable[[Any], Any]] = {
    "ignore": frozenset,
    "names": tuple,
    "palette": lambda colours: tuple(map(_colour, colours)),
    "task": _task,
    "losses": tuple,
    "weights": lambda weights: tuple(map(_number, weights)),
    "options": dict,
    "declared": frozenset,
}
"""How the fields of a contract that JSON has no type for are made of lists and texts."""

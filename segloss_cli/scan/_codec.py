"""Outcomes as JSON text and back, exactly: tuples stay tuples, keys stay numbers, odd file names stay as they are.

JSON's own types stand for themselves; all else is an object with one key that says what it is: ``{"t": [...]}`` is a
tuple, ``{"d": [keys, values]}`` a mapping, ``{"s": [...]}`` a frozen set. What none of these can hold is not stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from segloss_cli.scan._order import Facts, Outcome
from segloss_cli.types import Finding, Place, Skipped

_PLAIN = (str, int, float, bool, type(None))
_FINDING = ("code", "name", "severity", "certainty", "path", "message", "remedy", "evidence", "values", "place", "key")


class StrangeError(Exception):
    """A value that has no exact form in JSON."""


def encode(outcome: Outcome) -> str:
    """The text of an outcome, in pure ASCII.

    Raises:
        StrangeError: it holds something that would not come back as it is.
    """
    facts = [_frozen(value) if type(value) is tuple else pack(value) for value in outcome.facts]
    findings = [packed_finding(finding) for finding in outcome.findings]
    skipped = [[one.path, one.reason] for one in outcome.skipped]
    return json.dumps([facts, findings, skipped], separators=(",", ":"))


def decode(parts: Any) -> Outcome:
    """The outcome of what ``json.loads`` makes of a text.

    Raises:
        (ValueError, TypeError, LookupError): it is not what :func:`encode` wrote.
    """
    facts, findings, skipped = parts
    return Outcome(
        Facts(*[unpack(value) if type(value) is dict else value for value in facts]),
        tuple([finding_from(one) for one in findings]) if findings else (),
        tuple([Skipped(path, reason) for path, reason in skipped]) if skipped else (),
    )


def pack(value: Any) -> Any:
    """A value as JSON's types.

    >>> pack({1: (2, 0.5)})
    {'d': [[1], [{'t': [2, 0.5]}]]}
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list):
        return [pack(item) for item in value]
    if isinstance(value, Place):
        return {"p": [value.y, value.x, pack(value.bbox), value.n]}
    if isinstance(value, tuple):
        return {"t": [pack(item) for item in value]}
    if isinstance(value, frozenset):
        return {"s": [pack(item) for item in value]}
    if isinstance(value, Mapping):
        return {"d": [[pack(key) for key in value], [pack(item) for item in value.values()]]}
    raise StrangeError(type(value).__name__)


def unpack(value: Any) -> Any:
    """The value that :func:`pack` made JSON's types of.

    >>> unpack({"d": [[1], [{"t": [2, 0.5]}]]})
    {1: (2, 0.5)}
    """
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, items),) = value.items()
    return _UNPACKED[kind](items)


def _frozen(value: tuple[Any, ...]) -> Any:
    """A tuple as a text of its own: the same one in many samples is made once."""
    return {"f": json.dumps(pack(value), separators=(",", ":"))} if value else {"t": []}


@lru_cache(maxsize=4096)
def _thawed(text: str) -> Any:
    return unpack(json.loads(text))


def _own(value: Any) -> Any:
    """A value of a finding: mappings that JSON holds as they are (most evidence) come back without a further look."""
    return {"j": value} if type(value) is dict and _is_own(value) else pack(value)


def _is_own(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str for key in value) and all(map(_is_own, value.values()))
    return all(map(_is_own, value)) if type(value) is list else type(value) in _PLAIN


def packed_finding(finding: Finding) -> list[Any]:
    """A finding as a list that JSON can hold; :func:`finding_from` undoes it."""
    return [_own(getattr(finding, name)) for name in _FINDING]


def finding_from(values: list[Any]) -> Finding:
    """The finding that was packed, made without its constructor, which takes longer than all else here."""
    made = object.__new__(Finding)
    plain = [unpack(value) if type(value) is dict else value for value in values]
    made.__dict__.update(zip(_FINDING, plain, strict=True))
    return made


def _place(items: list[Any]) -> Place:
    y, x, bbox, n = items
    return Place(y, x, unpack(bbox), n)


def _mapping(items: list[Any]) -> dict[Any, Any]:
    keys, values = items
    return dict(zip(map(unpack, keys), map(unpack, values), strict=True))


_UNPACKED: Mapping[str, Callable[[Any], Any]] = {
    "d": _mapping,
    "f": _thawed,
    "j": lambda items: items,
    "p": _place,
    "s": lambda items: frozenset(unpack(items)),
    "t": lambda items: tuple(unpack(items)),
}

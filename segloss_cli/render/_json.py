"""Values as JSON can hold them, whatever came in: NumPy's numbers, names that are no Unicode, numbers not finite."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

_encoded = json.JSONEncoder(allow_nan=False).encode
_quoted = json.encoder.encode_basestring_ascii


def text_of(value: Any, *, indent: int | None = None) -> str:
    """The value as pure ASCII JSON, so that no name in it can act on a terminal.

    >>> text_of({"share": float("nan")})
    '{"share": null}'
    """
    made = plain(value)
    return json.dumps(made, allow_nan=False) if indent is None else _indented(made, "\n", " " * indent)


def _indented(made: Any, line: str, step: str) -> str:
    """What ``json.dumps`` gives with ``indent``, which it writes in Python, in a third of the time."""
    if type(made) is str:
        return _quoted(made)
    inner = line + step
    if type(made) is dict and made:
        items = [f"{_quoted(key)}: {_indented(item, inner, step)}" for key, item in made.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{line}}}"
    if type(made) is list and made:
        return f"[{inner}{f',{inner}'.join([_indented(item, inner, step) for item in made])}{line}]"
    return str(made) if type(made) is int else _encoded(made)


def without_surrogates(text: str) -> str:
    r"""The text with what is no Unicode written out: a byte of a file name that is not UTF-8 as ``\xNN``.

    >>> print(without_surrogates("a\udcff.png"))
    a\xff.png
    """
    return (
        "".join(f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in text)
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def plain(value: Any, text: Callable[[str], str] = without_surrogates) -> Any:
    """The value as JSON can hold it: numbers that are not finite become None, keys strings, lone surrogates escapes.

    ``text`` is what becomes of texts that are not ASCII.

    >>> plain({1: (2.5, float("nan"))})
    {'1': [2.5, None]}
    """
    if isinstance(value, str):
        return value if value.isascii() else text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dict | Mapping):
        return {plain(str(key), text): plain(item, text) for key, item in value.items()}
    if isinstance(value, frozenset | set | list | tuple):
        return [plain(item, text) for item in (sorted(value) if isinstance(value, frozenset | set) else value)]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    # NumPy's and torch's scalars and arrays know their Python value; whatever else there is shows as text
    return plain(value.tolist() if hasattr(value, "tolist") else str(value), text)

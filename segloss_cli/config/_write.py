"""Settings as TOML and JSON can hold them, and values as TOML is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from segloss_cli.config._fields import FIELDS
from segloss_cli.config._settings import Settings, key_of

_BARE = r"[A-Za-z0-9_-]+"
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def as_table(settings: Settings) -> dict[str, Any]:
    """All settings by key, as they are written in the file; None where nothing is set.

    >>> as_table(Settings(cache="", output=(("", "a"), ("sarif", "b"))))["output"]
    ['a', 'sarif=b']
    """
    return {key_of(name): _WRITTEN.get(name, _plain)(getattr(settings, name)) for name in FIELDS}


def toml_text(value: Any) -> str:
    r"""A value as TOML is written, on one line.

    Bytes of file names that are no text (lone surrogates) cannot be written in TOML and become U+FFFD.

    >>> print(toml_text({"a b": [1, "x\ny", True], "c": 0.5}))
    { "a b" = [1, "x\ny", true], c = 0.5 }
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {toml_text(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    return repr(value)


def _key(key: str) -> str:
    return key if re.fullmatch(_BARE, key) else toml_text(key)


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return None if value == "" else value


def _palette(value: Any) -> list[str]:
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in value]


def _output(value: Any) -> list[str]:
    return [f"{form}={path}" if form else path for form, path in value]


def _jobs(value: Any) -> Any:
    return "auto" if value is None else value


def _cache(value: Any) -> Any:
    return True if value is None else value or False


_WRITTEN: Mapping[str, Callable[[Any], Any]] = {
    "palette": _palette,
    "output": _output,
    "jobs": _jobs,
    "cache": _cache,
}

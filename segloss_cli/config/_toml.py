"""Finding the configuration file and reading it; the TOML parser is loaded only where there is one."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

from segloss_cli._record import record
from segloss_cli.errors import UsageError

OWN, SHARED = "segloss.toml", "pyproject.toml"

_MAX_BYTES = 1 << 20
_TABLE = ("tool", "segloss")
# texts, not compiled: most runs find no file
_HEADER = r"\s*\[+([^\[\]]+)\]+"
_KEY = r"""\s*([A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*[=.]"""
_MENTION = r"""tool["']?\s*(\.\s*["']?segloss|\]|=)|\\[uUx]"""
"""Without this there is no ``[tool.segloss]``, be it dotted, nested, quoted, or with escapes."""


@record(frozen=True)
class File:
    """A configuration file: its path, the keys it sets, and the lines that they stand on, as far as known."""

    path: str
    table: Mapping[str, Any]
    lines: Mapping[str, int]

    def place(self, key: str) -> str:
        """Where a key is set: the file, with the line if it is known."""
        return f"{self.path}:{self.lines[key]}" if key in self.lines else self.path


def nearest(folders: Iterable[str]) -> File | None:
    """The first configuration at or above the folders, looked for from each in turn.

    In one folder ``segloss.toml`` comes before ``pyproject.toml``; one of those without a table ``[tool.segloss]`` is
    passed over.
    """
    for folder in folders:
        for here in _upwards(os.path.abspath(folder)):
            found = _own(here) or _shared(here)
            if found:
                return found
    return None


def named(path: str) -> File:
    """The configuration in a file that the user named.

    Raises:
        UsageError: there is no such file, it is no TOML, or it is a pyproject.toml without ``[tool.segloss]``.
    """
    if not os.path.isfile(path):
        raise UsageError(f"--config {path}: no such file")
    if os.path.basename(path) != SHARED:
        return _read(path, ())
    found = _read(path, _TABLE)
    if not found.table:
        raise UsageError(f"--config {path}: has no table [tool.segloss]; add it, or name another file")
    return found


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        folder = above
        yield folder


def _own(folder: str) -> File | None:
    path = os.path.join(folder, OWN)
    return _read(_shown(path), ()) if os.path.isfile(path) else None


def _shared(folder: str) -> File | None:
    path = os.path.join(folder, SHARED)
    if not os.path.isfile(path):
        return None
    shown = _shown(path)
    # most projects' files say nothing of segloss: those are not even parsed, and may be as broken as they like
    text = _text(shown)
    if "segloss" not in text or not re.search(_MENTION, text):
        return None
    found = _read(shown, _TABLE)
    return found if found.table else None


def _shown(path: str) -> str:
    here = os.path.join(os.getcwd(), "")
    return path.removeprefix(here)


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise UsageError(f"{path}: larger than 1 MiB; a configuration is not")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); --no-config passes it over") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start}); TOML is written in UTF-8") from error


def _read(path: str, within: tuple[str, ...]) -> File:
    text = _text(path)
    parser = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table = parser.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is not TOML ({error}); correct it, or pass it over with --no-config") from error
    for name in within:
        table = table.get(name, {})
        if not isinstance(table, Mapping):
            raise UsageError(f"{path}: [tool.segloss] is no table; write the keys below that heading")
    return File(path, table, _lines(text, within))


def _lines(text: str, within: tuple[str, ...]) -> dict[str, int]:
    """The line of each key of a table; a line inside a long text may be taken for one, which misleads and no more."""
    here: tuple[str, ...] = ()
    lines: dict[str, int] = {}
    for count, line in enumerate(text.splitlines(), 1):
        header, key = re.match(_HEADER, line), re.match(_KEY, line)
        if header:
            here = tuple(part.strip(" \t\"'") for part in header[1].split("."))
            if here[: len(within)] == within and len(here) > len(within):
                lines.setdefault(here[len(within)], count)
        elif key and here == within:
            lines.setdefault(key[1].strip("\"'"), count)
    return lines

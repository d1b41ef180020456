"""The file behind the cache: an SQLite database of texts, each with a checksum of its own.

It holds nothing that cannot be made again: where it is damaged it is thrown away, where it cannot be used it is left
alone, and ``note`` says why. None of its errors leaves this module.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    import sqlite3

KEYS = 8
"""Keys that are remembered; the one that was not asked for longest goes first."""

SPARE = 1000
"""Entries beyond twice those that were asked for, from which on those of files that are gone are looked for."""

SUFFIX = ".sqlite"
DAYS, DATABASES = 90, 64
"""Databases that nobody wrote to for so long go, and the oldest where there are more."""

_DAY = 24 * 60 * 60
_WAIT = 1.0
_TABLES = """
CREATE TABLE IF NOT EXISTS keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (
    key INTEGER NOT NULL, name TEXT NOT NULL, stamp TEXT NOT NULL, sum INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (key, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wholes (
    key INTEGER PRIMARY KEY, stamp TEXT NOT NULL, sum INTEGER NOT NULL, text TEXT NOT NULL
);
"""
_FIND = """
SELECT name, stamp, sum, text FROM outcomes WHERE key = ? AND name IN (SELECT value FROM json_each(?))
"""

_FORGET = (
    "DELETE FROM outcomes WHERE key = ?",
    "DELETE FROM wholes WHERE key = ?",
    "DELETE FROM keys WHERE id = ?",
)

T = TypeVar("T")
Row = tuple[str, str, str]
"""Name, stamp, text."""


class Store:
    """The entries of one key. ``note`` says why there are none, where the file cannot be used."""

    def __init__(self, path: str, key: str) -> None:
        self.note = ""
        self._path = path
        self._key = key
        self._id = 0
        self._base: sqlite3.Connection | None = None

    def find(self, names: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Stamp and text of each name that is known."""
        return self._try(lambda base: _found(base, self._id, names), {}) if names else {}

    def add(self, rows: Iterable[Row]) -> None:
        """Remember texts, in place of what was known by their names."""
        made = [(self._id, name, stamp, checksum(name, stamp, text), text) for name, stamp, text in rows]
        self._try(lambda base: _write(base, "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?)", made), None)

    def whole(self, stamp: str) -> str | None:
        """The text about the whole, if its stamp is this one."""
        return self._try(lambda base: _whole(base, self._id, stamp), None)

    def set_whole(self, stamp: str, text: str) -> None:
        """Remember a text about the whole."""
        row = (self._id, stamp, checksum("", stamp, text), text)
        self._try(lambda base: _write(base, "INSERT OR REPLACE INTO wholes VALUES (?, ?, ?, ?)", [row]), None)

    def tidy(self, asked: int, exists: Callable[[str], bool]) -> None:
        """Forget old keys, and names that are gone, where there are many more of them than were asked for."""
        self._try(lambda base: _forget(base, self._id, 2 * asked + SPARE, exists), None)

    def close(self) -> None:
        """Close the file."""
        if self._base is not None:
            self._try(lambda base: base.close(), None)
            self._base = None

    def _try(self, use: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What comes of using the database; ``otherwise``, from now on, where something is wrong with it."""
        if self.note:
            return otherwise
        try:
            import sqlite3
        except ImportError:
            self.note = "the cache is not used: this Python has no sqlite3"
            return otherwise
        try:
            return use(self._opened())
        except (sqlite3.Error, OSError, ValueError, OverflowError, TypeError, AttributeError) as error:
            self.note = f"the cache is not used: {self._path}: {error}"
            self._drop()
            # this very class stands for a file that is no database, or a damaged one; the others for a bad moment
            if type(error) is sqlite3.DatabaseError or not isinstance(error, sqlite3.Error | OSError):
                _remove(self._path)
            return otherwise

    def take(self, other: Store) -> None:
        """Go on with the open file of another one, for this key; the other has none from now on."""
        self._base, other._base = other._base, None
        self.note = other.note

    def __del__(self) -> None:
        self._drop()

    def _drop(self) -> None:
        """Close the file as it is."""
        base, self._base = self._base, None
        if base is not None:
            with suppress(Exception):
                base.close()

    def _opened(self) -> sqlite3.Connection:
        if self._base is None:
            folder = os.path.dirname(self._path)
            if not os.path.exists(self._path):
                os.makedirs(folder, mode=0o700, exist_ok=True)
                sweep(folder)
            self._base = _open(self._path)
        if not self._id:
            self._id = _id_of(self._base, self._key)
        return self._base


def checksum(name: str, stamp: str, text: str) -> int:
    """What tells an entry that was damaged in place."""
    return crc32(text.encode("utf-8", "surrogatepass"), crc32(f"{name}\0{stamp}".encode("utf-8", "surrogatepass")))


def sweep(folder: str) -> None:
    """Remove databases that are long out of use, and the oldest where there are too many."""
    with suppress(OSError):
        found = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(folder) if entry.name.endswith(SUFFIX)]
        late = time.time() - DAYS * _DAY
        for number, (changed, path) in enumerate(sorted(found, reverse=True)):
            if changed < late or number >= DATABASES:
                _remove(path)


def _open(path: str) -> sqlite3.Connection:
    import sqlite3

    base = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        # a crash of the machine may cost the cache: then a checksum or SQLite itself notices
        base.execute("PRAGMA synchronous = OFF")
        base.executescript(_TABLES)
    except sqlite3.Error:
        base.close()
        raise
    return base


def _id_of(base: sqlite3.Connection, key: str) -> int:
    """The number of a key, and that it was used today."""
    today = int(time.time() // _DAY)
    row = base.execute("SELECT id, used FROM keys WHERE key = ?", (key,)).fetchone()
    if row is None or row[1] != today:
        base.execute(
            "INSERT INTO keys (key, used) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET used = ?", (key, today, today)
        )
        row = base.execute("SELECT id FROM keys WHERE key = ?", (key,)).fetchone()
    return int(row[0])


def _found(base: sqlite3.Connection, key: int, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    rows = base.execute(_FIND, (key, json.dumps(names)))
    return {name: (stamp, text) for name, stamp, total, text in rows if total == checksum(name, stamp, text)}


def _whole(base: sqlite3.Connection, key: int, stamp: str) -> str | None:
    rows = base.execute("SELECT sum, text FROM wholes WHERE key = ? AND stamp = ?", (key, stamp))
    return next((text for total, text in rows if total == checksum("", stamp, text)), None)


def _write(base: sqlite3.Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """All rows in one transaction, or none."""
    base.execute("BEGIN IMMEDIATE")
    try:
        base.executemany(statement, rows)
    except BaseException:
        base.execute("ROLLBACK")
        raise
    base.execute("COMMIT")


def _forget(base: sqlite3.Connection, key: int, room: int, exists: Callable[[str], bool]) -> None:
    old = base.execute("SELECT id FROM keys ORDER BY used DESC, id DESC LIMIT -1 OFFSET ?", (KEYS,)).fetchall()
    if old:
        for statement in _FORGET:
            _write(base, statement, old)
    if base.execute("SELECT count(*) FROM outcomes WHERE key = ?", (key,)).fetchone()[0] > room:
        names = base.execute("SELECT name FROM outcomes WHERE key = ?", (key,))
        gone = [(key, name) for (name,) in names if not exists(name)]
        _write(base, "DELETE FROM outcomes WHERE key = ? AND name = ?", gone)


def _remove(path: str) -> None:
    with suppress(OSError):
        os.remove(path)

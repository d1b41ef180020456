"""What was found before, so that a second run of an unchanged data set opens none of its files.

A sample is the same when its files have the same names, sizes and times of change; what is known of it holds for one
order, and for one version of segloss and of what it reads with. Files that changed a moment ago are not trusted, as
one more change might leave no trace (git calls them racy). Whatever is wrong with the cache itself (damaged, locked,
no room, no rights) only means that it is not used: ``Cache.note`` says so.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, NamedTuple

from segloss_cli import __version__
from segloss_cli.scan._order import Order, Outcome
from segloss_cli.scan._store import SUFFIX, Store
from segloss_cli.types import Sample

RACY = 2 * 10**9
"""Nanoseconds that a file must be unwritten to be trusted: the coarsest clock of file systems ticks every 2 seconds."""

_FORMAT = 1
_BATCH = 1000
_MOST_TEXT = 64 << 20


class Stamp(NamedTuple):
    """The names of a sample's files, and their sizes and times; ``racy`` where those may not tell of a change."""

    name: str
    text: str
    racy: bool


class Cache:
    """What is known of the samples of one data set, under one key; :meth:`of` finds it.

    ``note`` says why it is not used, where it is not.
    """

    def __init__(self, path: str, key: str, engine: str = "") -> None:
        self._store = Store(path, key)
        self._path, self._engine = path, engine
        self._stamps: dict[str, str] = {}
        self._rows: list[tuple[str, str, str]] = []
        self._asked = 0
        self._whole = ""

    @classmethod
    def of(cls, root: str, order: Order, folder: str | None = None) -> Cache:
        """The cache of the data set in a folder, judged by this order.

        Args:
            root: the data set's folder.
            order: how its samples are judged.
            folder: where caches are kept; :func:`default_folder` unless said.
        """
        from hashlib import sha256

        # paths are kept as they are shown, which is as they are seen from the working folder
        place = f"{os.path.abspath(root)}\0{os.getcwd()}".encode("utf-8", "surrogatepass")
        name = f"{_FORMAT}-{sha256(place).hexdigest()[:32]}{SUFFIX}"
        engine = json.dumps(_engine())
        return cls(os.path.join(folder or default_folder(), name), key_of(order, engine), engine)

    def by(self, order: Order) -> Cache:
        """The cache of the same data set, judged by another order, in place of this one."""
        made = Cache(self._path, key_of(order, self._engine), self._engine)
        made._store.take(self._store)
        return made

    @property
    def note(self) -> str:
        """Why the cache is not used, or nothing."""
        return self._store.note

    def known(self, samples: Sequence[Sample]) -> list[Outcome | None]:
        """What is known of each sample; None where nothing is, or a file of it has changed."""
        self._asked += len(samples)
        if self.note:
            return [None] * len(samples)
        stamps = [stamp_of(sample) for sample in samples]
        found = self._store.find([stamp.name for stamp in stamps if stamp is not None])
        texts: list[str | None] = []
        for stamp in stamps:
            known, text = found.get(stamp.name, ("", "")) if stamp is not None else ("", "")
            texts.append(text if stamp is not None and known == stamp.text else None)
            if stamp is not None and texts[-1] is None and not stamp.racy:
                self._stamps[stamp.name] = stamp.text
        return _decoded(texts)

    def get(self, sample: Sample) -> Outcome | None:
        """What is known of one sample."""
        return self.known([sample])[0]

    def put(self, sample: Sample, outcome: Outcome) -> None:
        """Remember what came of a sample, which has to have been asked for before its files were read."""
        from segloss_cli.scan._codec import StrangeError, encode

        name = _name(sample)
        stamp = self._stamps.pop(name, None)
        if stamp is None:
            return
        with suppress(StrangeError):
            self._rows.append((name, stamp, encode(outcome)))
        if len(self._rows) >= _BATCH:
            self.save()

    def recall(self, samples: Iterable[Sample], more: str = "") -> str | None:
        """The text that :meth:`keep` was given about these very samples.

        Args:
            samples: all of them, in order.
            more: whatever else the text depends on.
        """
        from hashlib import sha256

        total, sure = sha256(more.encode("utf-8", "surrogatepass")), True
        for sample in samples:
            stamp = stamp_of(sample)
            if stamp is None or stamp.racy:
                sure = False
                break
            total.update(f"{stamp.name}\n{stamp.text}\n".encode())
        self._whole = total.hexdigest() if sure else ""
        return self._store.whole(self._whole) if sure else None

    def keep(self, text: str) -> None:
        """Remember a text about all the samples that :meth:`recall` was asked for, as they were then."""
        if self._whole and len(text) <= _MOST_TEXT:
            self._store.set_whole(self._whole, text)

    def save(self) -> None:
        """Write down what was put in."""
        if self._rows:
            self._store.add(self._rows)
            self._rows.clear()

    def close(self, *, tidy: bool = True) -> None:
        """Write down what was put in, forget what is of no use any more (with ``tidy``), and close the file."""
        self.save()
        if tidy:
            self._store.tidy(self._asked, _exists)
        self._store.close()


def default_folder() -> str:
    """The folder of caches: ``$XDG_CACHE_HOME/segloss/check``, or in ``~/.cache``."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = named if os.path.isabs(named) else os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "segloss", "check")


def key_of(order: Order, engine: str = "") -> str:
    """What an outcome depends on besides the files: the order, and every version of what judges them."""
    from hashlib import sha256

    return sha256(f"{json.dumps(_plain(order))}\n{engine or json.dumps(_engine())}".encode()).hexdigest()


def stamp_of(sample: Sample) -> Stamp | None:
    """The stamp of a sample; None where a file of it cannot be looked at, or is none."""
    now, racy, text = time.time_ns(), False, ""
    for path in (sample.label, sample.image, sample.prediction):
        if path:
            try:
                seen = os.stat(path)
            except (OSError, ValueError):
                return None
            if not stat.S_ISREG(seen.st_mode):
                return None
            text += f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns};"
            racy = racy or seen.st_mtime_ns > now - RACY
    return Stamp(_name(sample), text, racy) if text else None


def _name(sample: Sample) -> str:
    """The names of a sample's files as a text that SQLite can hold, another one for each sample."""
    name = f"{sample.label}\n{sample.image}\n{sample.prediction}\n{sample.split}"
    if name.isascii() and name.count("\n") == 3:
        return name
    # in one line, so that it is no such name
    return json.dumps([sample.label, sample.image, sample.prediction, sample.split])


def _exists(name: str) -> bool:
    paths = name.split("\n") if "\n" in name else json.loads(name)
    return all(os.path.lexists(path) for path in paths[:3] if path)


def _decoded(texts: Sequence[str | None]) -> list[Outcome | None]:
    from segloss_cli.scan._codec import decode

    try:
        made = iter(json.loads(f"[{','.join(text for text in texts if text is not None)}]"))
        return [None if text is None else decode(next(made)) for text in texts]
    except (ValueError, TypeError, LookupError, StopIteration):
        return [None] * len(texts)


def _plain(value: Any) -> Any:
    """A record as JSON's types, the same whatever order its sets and mappings have in this process."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return sorted([repr(key), _plain(item)] for key, item in value.items())
    if isinstance(value, frozenset | set):
        return sorted(map(repr, value))
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else repr(value)


def _engine() -> list[Any]:
    """What tells this segloss from another, and its Pillow and NumPy: sizes and times of their files."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = [here, *(os.path.join(here, name) for name in sorted(os.listdir(here)))]
    return [__version__, _versions(), *(seen for folder in folders for seen in _modules(folder))]


def _modules(folder: str) -> list[list[Any]]:
    """Name, size and time of each module in a folder; nothing where it is none."""
    if not os.path.isdir(folder):
        return []
    files = sorted((entry for entry in os.scandir(folder) if entry.name.endswith(".py")), key=lambda entry: entry.path)
    return [[entry.path, entry.stat().st_size, entry.stat().st_mtime_ns] for entry in files]


def _versions() -> list[Any]:
    import sys

    found: list[Any] = [sys.version]
    for name in ("PIL", "numpy"):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            found += [spec.origin, os.stat(spec.origin).st_mtime_ns]
    return found

"""Which reader a file needs: the first whose ``matches`` says yes to the file's first bytes."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from segloss_cli import _plugins
from segloss_cli.errors import ReadError
from segloss_cli.read import _source
from segloss_cli.read._foreign import describe
from segloss_cli.read._source import HEAD, Decoded, read_head

if TYPE_CHECKING:
    from types import ModuleType

SMALL = 1 << 16
"""Files of fewer bytes are read at once; of larger ones the first bytes have to tell what reads the rest."""

_PACKAGE = "segloss_cli.read"


def reader(path: str) -> ModuleType:
    """The module that reads this file.

    Raises:
        ReadError: there is none; the reason says what the file is instead.
    """
    return _reader_of(path, read_head(path))


def decode(path: str, member: str | None) -> Decoded:
    """The content of a file, as stored."""
    start = read_head(path, SMALL)
    module = _reader_of(path, start[:HEAD])
    whole = len(start) < min(SMALL, _source.MAX_FILE)
    from_bytes = getattr(module, "from_bytes", None) if whole else None
    decoded: Decoded = module.decode(path, member) if from_bytes is None else from_bytes(path, start)
    return decoded


def _reader_of(path: str, head: bytes) -> ModuleType:
    for name in _order(path.rpartition(".")[2].lower()):
        module = _load(name)
        if module.matches(head):
            return module
    raise ReadError(path, describe(head))


@cache
def _load(name: str) -> ModuleType:
    return _plugins.load(_PACKAGE, name)


@lru_cache(maxsize=64)
def _order(promised: str) -> tuple[str, ...]:
    """All readers, the one that the suffix promises first: that spares importing the others, and decides nothing."""
    return tuple(sorted(_plugins.names(_PACKAGE), key=lambda name: (name != promised, name != "png", name)))

"""Which reader a file needs: the first whose ``matches`` says yes to the file's first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segloss_cli import _plugins
from segloss_cli.errors import ReadError
from segloss_cli.read._foreign import describe
from segloss_cli.read._source import Decoded, read_head

if TYPE_CHECKING:
    from types import ModuleType

_PACKAGE = "segloss_cli.read"


def reader(path: str) -> ModuleType:
    """The module that reads this file.

    Raises:
        ReadError: there is none; the reason says what the file is instead.
    """
    head = read_head(path)
    for name in _order(path):
        module = _plugins.load(_PACKAGE, name)
        if module.matches(head):
            return module
    raise ReadError(path, describe(head))


def decode(path: str, member: str | None) -> Decoded:
    """The content of a file, as stored."""
    decoded: Decoded = reader(path).decode(path, member)
    return decoded


def _order(path: str) -> list[str]:
    """All readers, the one that the suffix promises first: that spares importing the others, and decides nothing."""
    promised = path.rpartition(".")[2].lower()
    return sorted(_plugins.names(_PACKAGE), key=lambda name: (name != promised, name != "png", name))

"""Parts of a data set for several machines: which part a file belongs to, its name alone decides."""

from __future__ import annotations

import os
from collections.abc import Iterable
from operator import attrgetter
from typing import Protocol, TypeVar
from zlib import crc32

from segloss_cli.scan._relative import relative


class HasPath(Protocol):
    """What has a path: a sample, an orphan, a file that could not be read."""

    @property
    def path(self) -> str:
        """The file that this is about."""


T = TypeVar("T")

_path_of = attrgetter("path")

_ODD = 0x9E3779B1


def shard_of(path: str, root: str, count: int) -> int:
    """The part, counted from 1, that a path belongs to; the same wherever the data set lies, on every machine.

    Args:
        path: a file.
        root: the folder of the data set; only what comes behind it counts.
        count: how many parts there are.

    >>> shard_of("data/masks/a.png", "data", 4) == shard_of("/mnt/x/masks/a.png", "/mnt/x", 4)
    True
    """
    # names that differ in a digit have checksums that agree in their last bits: a product mixes all bits into those
    return (crc32(_inside(path, root)) * _ODD >> 16) % count + 1


def part_of(items: Iterable[T], root: str, shard: tuple[int, int]) -> tuple[T, ...]:
    """What belongs to part i of n, in its order; every item has a ``path``."""
    number, count = shard
    return tuple(item for item in items if shard_of(_path_of(item), root, count) == number)


def mark_of(items: Iterable[HasPath], root: str) -> str:
    """What tells one list of files from another, wherever they lie: the parts of one data set have the same.

    >>> mark_of([], "data")
    '0-00000000'
    """
    count = total = 0
    for item in items:
        count, total = count + 1, crc32(_inside(item.path, root) + b"\0", total)
    return f"{count}-{total:08x}"


def _inside(path: str, root: str) -> bytes:
    """The name behind the root, with forward slashes, as the bytes that it has on disk where it is no UTF-8."""
    start = os.path.join(root, "")
    name = path[len(start) :].replace(os.sep, "/") if path.startswith(start) else relative(path, root)
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, which Windows allows
        return name.encode("utf-8", "surrogatepass")

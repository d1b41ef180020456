"""The paths, globs and lists that a data set is named by, and the folder that they have in common."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

from segloss_cli.errors import UsageError
from segloss_cli.scan._folder_names import Part, meaning_of


class Source(NamedTuple):
    """A file, or a folder, that was given; and the role that the user said it has."""

    path: str
    part: Part
    is_folder: bool


def sources_of(paths: Iterable[str], part: Part = "") -> list[Source]:
    """The files and folders that paths and globs stand for.

    Raises:
        UsageError: a path does not exist, or a glob matches nothing.
    """
    return [Source(found, part, os.path.isdir(found)) for path in paths for found in _matches(path, part)]


def listed(file_list: str) -> list[Source]:
    """The paths in a file, or in the standard input for ``-``: one a line, or ended by NUL where there is one.

    Raises:
        UsageError: the list cannot be read, or a path in it does not exist.
    """
    found = []
    for number, path in enumerate(_content(file_list), 1):
        if not path:
            continue
        is_folder = os.path.isdir(path)
        if not is_folder and not os.path.lexists(path):
            raise UsageError(f"--file-list {file_list}, line {number}: {path}: no such file or folder")
        found.append(Source(path, "", is_folder))
    return found


def root_of(sources: Iterable[Source]) -> str:
    """The folder that all sources have in common: a folder given alone is its own.

    >>> root_of([Source(".", "", True)]), root_of([Source("a/masks/b.png", "", False), Source("a/b", "", True)])
    ('.', 'a')
    """
    folders = {source.path if source.is_folder else os.path.dirname(source.path) for source in sources}
    folders = {os.path.normpath(folder) for folder in folders}
    if len(folders) == 1:
        return folders.pop()
    if any(os.path.isabs(folder) or folder.startswith(os.pardir) for folder in folders):
        folders = {os.path.abspath(folder) for folder in folders}
    try:
        return os.path.commonpath(folders) or os.curdir
    except ValueError:  # nothing in common: two drives of Windows, or no source
        return os.curdir


def prefix_of(folder: str) -> str:
    """What to put before a name in this folder.

    >>> prefix_of("."), prefix_of("./data/"), prefix_of("/")
    ('', 'data/', '/')
    """
    start = os.curdir + os.sep
    while folder.startswith(start):
        folder = folder[len(start) :].lstrip(os.sep)
    if folder in {"", os.curdir}:
        return ""
    return folder if folder.endswith(os.sep) else folder + os.sep


def parts_of(folder: str, root: str) -> tuple[str, ...]:
    """The folders from the root down to a folder; of one that lies elsewhere, its own.

    >>> parts_of("data/masks/val", "data"), parts_of("a", "."), parts_of("data", "data/")
    (('masks', 'val'), ('a',), ())
    """
    inner, outer = os.path.normpath(folder or os.curdir), os.path.normpath(root or os.curdir)
    if os.path.isabs(inner) != os.path.isabs(outer):
        inner, outer = os.path.abspath(inner), os.path.abspath(outer)
    if outer != os.curdir:
        inner = "" if inner == outer else inner.removeprefix(outer.rstrip(os.sep) + os.sep)
    return tuple(part for part in inner.split(os.sep) if part not in {"", os.curdir, os.pardir})


def standing(root: str) -> tuple[Part, str]:
    """The role and the split that the name of the root itself tells, or the names above it.

    They count where they say nothing else: ``labels/train``, not ``my_images_of_2020``. Above the current folder only
    the names above a split do.
    """
    path, here = os.path.abspath(root), os.path.join(os.getcwd(), "")
    reach = path[len(here) :].count(os.sep) + 1 if path.startswith(here) else 1
    split, names = "", path.split(os.sep)
    while names:
        meaning = meaning_of(names.pop())
        reach -= 1
        if meaning.sure:
            split = split or meaning.split
            if meaning.part:
                return ("label" if meaning.part == "aside" else meaning.part), split
        if reach <= 0 and not (meaning.sure and meaning.split):
            names = []
    return "", split


def _matches(path: str, part: Part) -> list[str]:
    named = f"--{part}s {path}" if part else path
    if os.path.lexists(path):
        return [path]
    from glob import glob, has_magic

    if not has_magic(path):
        raise UsageError(f"{named}: no such file or folder")
    matches = sorted(glob(path, recursive=True))
    if not matches:
        raise UsageError(f"{named}: nothing matches")
    return matches


def _content(file_list: str) -> list[str]:
    try:
        data = sys.stdin.buffer.read() if file_list == "-" else _bytes(file_list)
    except OSError as error:
        raise UsageError(f"--file-list {file_list}: cannot be read: {error.strerror}") from error
    if b"\0" in data:
        return [os.fsdecode(line) for line in data.split(b"\0")]
    return [os.fsdecode(line.rstrip(b"\r")) for line in data.split(b"\n")]


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()

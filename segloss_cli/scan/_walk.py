"""Every file under some paths, folder by folder; no file is opened and, where the system allows it, none is asked for.

A link to a folder is followed, after all real folders, and no folder is walked twice, so that a loop ends. What is no
regular file (a FIFO, a socket, a broken link) is listed like any other: whoever reads it looks before opening it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from segloss_cli.scan._folder_names import Part
from segloss_cli.scan._passed import EXCLUDED, NOT_INCLUDED, UNREAD, is_passed_folder, reason_for
from segloss_cli.scan._sources import Source, parts_of, prefix_of
from segloss_cli.types import Skipped

Only = Callable[[str], bool]


class Directory:
    """The files of one folder: ``prefix`` + name is a path; ``parts`` are the folders between the root and it.

    ``said`` is the role that the user gave it, ``names`` what may be pictures, ``unread`` files of formats that are not
    read, ``outright`` the names that were given one by one.
    """

    __slots__ = ("names", "outright", "parts", "prefix", "said", "unread")

    def __init__(self, prefix: str, parts: tuple[str, ...], said: Part) -> None:
        self.prefix, self.parts, self.said = prefix, parts, said
        self.names: list[str] = []
        self.unread: list[str] = []
        self.outright: set[str] = set()


class Walk:
    """What was found so far, and where the walk has been.

    Args:
        root: the folder that ``parts`` are counted from.
        include: which paths, relative to ``base`` and with forward slashes, are taken; None for all.
        exclude: which are not; a folder that is excluded is not looked into.
        base: the folder that these paths are relative to.
    """

    def __init__(self, root: str, include: Only | None = None, exclude: Only | None = None, base: str = "") -> None:
        self._root, self._base = root, base or root
        self._include, self._exclude = include, exclude
        self._unfiltered = include is None and exclude is None
        self._found: dict[tuple[str, Part], Directory] = {}
        self._taken: dict[str, set[str]] = {}
        self._places: dict[str, str] = {}
        self._been: set[tuple[int, int]] = set()
        self._links: list[tuple[str, tuple[str, ...], Part]] = []
        self.passed: dict[str, int] = {}
        self.refused: list[Skipped] = []

    def add(self, sources: Iterable[Source]) -> None:
        """Take in files, then folders with all in them, so that no folder lists a file of them again."""
        folders = []
        for source in sources:
            if source.is_folder:
                folders.append(source)
            else:
                self._single(source.path, source.part)
        for path, said, _ in folders:
            self._descend(prefix_of(path), parts_of(path, self._root), said)
        while self._links:
            self._links.sort(reverse=True)
            self._descend(*self._links.pop())

    def directories(self) -> list[Directory]:
        """The folders in the order of their paths, the names in each sorted."""
        found = sorted(self._found.values(), key=lambda d: (d.prefix.replace(os.sep, "\0"), d.said))
        for directory in found:
            directory.names.sort()
            directory.unread.sort()
        return [directory for directory in found if directory.names or directory.unread]

    def _single(self, path: str, said: Part) -> None:
        folder, name = os.path.split(path)
        prefix = prefix_of(folder)
        taken = self._taken.setdefault(self._place(prefix), set())
        if name in taken:
            return
        taken.add(name)
        # a hidden file that is named is meant
        reason = "" if name[:1] == "." else reason_for(name)
        if reason and reason != UNREAD:
            self._pass(reason)
            return
        if not self._wanted(prefix, name, said):
            return
        directory = self._found.get((prefix, said)) or self._directory(prefix, parts_of(folder, self._root), said)
        (directory.unread if reason else directory.names).append(name)
        directory.outright.add(name)

    def _place(self, prefix: str) -> str:
        """What a folder is called however it was given: by itself, from the current one, or in a roundabout way."""
        if prefix not in self._places:
            self._places[prefix] = os.path.abspath(prefix)
        return self._places[prefix]

    def _descend(self, prefix: str, parts: tuple[str, ...], said: Part) -> None:
        todo = [(prefix, parts)]
        while todo:
            prefix, parts = todo.pop()
            if not self._is_new(prefix):
                continue
            try:
                folders = self._scan(prefix, parts, said)
            except OSError as error:
                self.refused.append(Skipped(prefix.rstrip(os.sep) or prefix, f"cannot be listed: {error.strerror}"))
                continue
            todo += [(prefix + name + os.sep, (*parts, name)) for name in folders]

    def _is_new(self, prefix: str) -> bool:
        try:
            status = os.stat(prefix or os.curdir)
        except OSError:
            return True  # listing it will say why
        known = (status.st_dev, status.st_ino)
        new = known not in self._been
        self._been.add(known)
        return new

    def _scan(self, prefix: str, parts: tuple[str, ...], said: Part) -> list[str]:
        """List one folder; the folders in it that are to be walked now."""
        directory = self._directory(prefix, parts, said)
        taken, names = self._taken.get(self._place(prefix), ()) if self._taken else (), directory.names
        folders = []
        with os.scandir(prefix or os.curdir) as entries:
            for entry in entries:
                name = entry.name
                if _is_folder(entry):
                    if self._enters(prefix, name) and not self._is_link(entry, prefix, parts, said):
                        folders.append(name)
                    continue
                reason = reason_for(name)
                if reason == UNREAD:
                    directory.unread.append(name)
                elif reason:
                    self._pass(reason)
                elif name not in taken and (self._unfiltered or self._wanted(prefix, name, said)):
                    names.append(name)
        return folders

    def _is_link(self, entry: os.DirEntry[str], prefix: str, parts: tuple[str, ...], said: Part) -> bool:
        linked = entry.is_symlink()
        if linked:
            self._links.append((prefix + entry.name + os.sep, (*parts, entry.name), said))
        return linked

    def _enters(self, prefix: str, name: str) -> bool:
        return not is_passed_folder(name) and (self._exclude is None or not self._exclude(self._relative(prefix, name)))

    def _wanted(self, prefix: str, name: str, said: Part) -> bool:
        if self._unfiltered:
            return True
        path = self._relative(prefix, name)
        if self._exclude is not None and self._exclude(path):
            self._pass(EXCLUDED)
            return False
        # what is included are labels; images and predictions that were named come with them
        if self._include is not None and said in {"", "label"} and not self._include(path):
            self._pass(NOT_INCLUDED)
            return False
        return True

    def _relative(self, prefix: str, name: str) -> str:
        return "/".join((*parts_of(prefix, self._base), name))

    def _directory(self, prefix: str, parts: tuple[str, ...], said: Part) -> Directory:
        key = (prefix, said)
        if key not in self._found:
            self._found[key] = Directory(prefix, parts, said)
        return self._found[key]

    def _pass(self, reason: str) -> None:
        self.passed[reason] = self.passed.get(reason, 0) + 1


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False

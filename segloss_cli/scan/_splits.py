"""Which split a file is in: by the globs or lists that the user gave, or by the lists of a VOC layout."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from segloss_cli.errors import UsageError
from segloss_cli.scan._partners import bare_stem
from segloss_cli.scan._relative import relative
from segloss_cli.scan.policy import Glob

Splitter = Callable[[str], str]

_LISTS = os.path.join("ImageSets", "Segmentation")
_VOC = ("train", "val", "test")


def splitter(splits: Mapping[str, str | Sequence[str]], base: str) -> Splitter:
    """What tells the split of a path: the first glob that fits it, or the first list (a ``.txt`` file) with its stem.

    Raises:
        UsageError: a list cannot be read.
    """
    tests = [
        (split, _test(glob, base))
        for split, globs in splits.items()
        for glob in ([globs] if isinstance(globs, str) else globs)
    ]

    def split_of(path: str) -> str:
        return next((split for split, test in tests if test(path)), "")

    return split_of


def voc_splitter(folders: Iterable[str]) -> Splitter | None:
    """The same from ``ImageSets/Segmentation/train.txt`` and its like beside one of these folders, if it is there."""
    for folder in folders:
        lists = os.path.join(os.path.dirname(folder.rstrip(os.sep)), _LISTS)
        known = [(split, path) for split in _VOC if os.path.isfile(path := os.path.join(lists, split + ".txt"))]
        if known:
            return splitter({split: os.path.abspath(path) for split, path in known}, os.curdir)
    return None


def _test(glob: str, base: str) -> Callable[[str], bool]:
    if glob.lower().endswith(".txt"):
        stems = _stems(os.path.join(base, glob))
        return lambda path: bare_stem(os.path.basename(path)) in stems
    fits = Glob(glob).fits
    return lambda path: fits(relative(path, base))


def _stems(path: str) -> set[str]:
    """The stems in a list; of several paths in a line, as SegNet's has, the first."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            names = [os.path.basename(line.split()[0]) for line in file if line.strip()]
    except OSError as error:
        raise UsageError(f"splits: {path}: cannot be read: {error.strerror}") from error
    return {bare_stem(name) for name in names}

"""Lists of class names, one a line: ``class_names.txt``, ``classes.txt``, ``labels.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from segloss_cli.errors import ReadError
from segloss_cli.presets._source import BACKGROUND, Existing, checked, full, stamped, void_of
from segloss_cli.types import Contract

LABELME = frozenset({-1, 255})
"""labelme writes void as -1 in arrays and 255 in pictures."""

_NUMBERED = re.compile(r"(\d{1,5})\s*[:,;\t ]\s*(\S.*)")
_FILE = re.compile(r"\.(?:jpe?g|png|tiff?|bmp|gif|npy|npz)\b", re.IGNORECASE)


def read(path: str, text: str) -> Existing | None:
    """The contract of a list of names; None where it is a list of files.

    labelme's lists (``__ignore__`` first, or ``_background_``) are declared with what labelme ignores. Of any other
    the names are a guess: such a list may leave out background, and does not say what is ignored.

    Raises:
        ReadError: it is no list of names.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if any(_FILE.search(line) for line in lines[:20]):
        return None
    if lines[:1] == ["__ignore__"] or lines[:1] == ["_background_"]:
        return _of_labelme(path, lines)
    names = checked(path, dict(_numbered(path, lines)))
    contract = Contract(num_classes=max(names) + 1, names=full(names), ignore=void_of(names))
    return Existing(stamped(path, contract, ()), path, (_guess(path, names),))


def _of_labelme(path: str, lines: list[str]) -> Existing:
    classes = lines[1:] if lines[0] == "__ignore__" else lines
    names = full(checked(path, dict(enumerate(classes))))
    contract = Contract(num_classes=len(names), ignore=LABELME, names=names, task="multiclass")
    return Existing(stamped(path, contract, ("num_classes", "ignore", "names")), path)


def _numbered(path: str, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Names with the ids before them, where every line has one; else in order."""
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if not all(numbered):
        yield from enumerate(lines)
        return
    seen: set[int] = set()
    for match in numbered:
        if match is None or int(match[1]) in seen:
            raise ReadError(path, "gives two names one id")
        seen.add(int(match[1]))
        yield int(match[1]), match[2].strip()


def _guess(path: str, names: dict[int, str]) -> str:
    first = next(iter(names.values())).strip().lower()
    doubt = "" if first in BACKGROUND else ", and background may not be among them"
    return f"{path}: {len(names)} names, taken for ids 0 to {max(names)} (a guess{doubt}); declare them with --names"

"""Patterns of paths: ``*`` and ``?`` within a name, ``#`` a digit, ``{a,b}`` one of, ``**`` across folders.

A pattern is compared with the end of a path, from the beginning of a name on, without regard to case.
"""

from __future__ import annotations

import re
from functools import cache

_PARTS = r"\*\*|[*?#]|\{[^}]*\}"
_MEANS = {"**": ".*", "*": "[^/]*", "?": "[^/]", "#": "[0-9]"}


def fits(path: str, pattern: str) -> bool:
    """Whether a path ends as the pattern says.

    >>> fits("VOC2012/SegmentationClass/2007_000032.png", "segmentationclass{,aug}/20##_######.png")
    True
    >>> fits("MySegmentationClass/2007_000032.png", "segmentationclass/*.png")
    False
    """
    lowered = path.replace("\\", "/").lower()
    # most patterns fit no path, and compiling one takes longer than looking for its words
    if not all(any(word in lowered for word in words) for words in _words(pattern)):
        return False
    return _compiled(pattern).search(lowered) is not None


@cache
def _words(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Texts that a path must hold: of each tuple one."""
    plain = [(text,) for text in re.split(_PARTS, pattern) if text]
    choices = [tuple(part[1:-1].split(",")) for part in re.findall(_PARTS, pattern) if part[0] == "{"]
    return (*plain, *choices)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    plain, parts = re.split(_PARTS, pattern), re.findall(_PARTS, pattern)
    means = [*map(_meaning, parts), ""]
    body = "".join(re.escape(text) + mean for text, mean in zip(plain, means, strict=True))
    return re.compile(f"(?:^|/){body}\\Z", re.DOTALL)


def _meaning(part: str) -> str:
    if part in _MEANS:
        return _MEANS[part]
    return f"(?:{'|'.join(map(re.escape, part[1:-1].split(',')))})"

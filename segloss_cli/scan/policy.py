"""What the user's policy makes of a finding: another severity, or nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from segloss_cli.errors import UsageError
from segloss_cli.scan._relative import relative
from segloss_cli.types import Finding, Severity

Weight = Severity | Literal["off"]


class Policy:
    """Severities and paths to leave alone; asked once per finding, so that what it works out is kept.

    Args:
        severity: "error", "warning", "info" or "off" by code, prefix of a code, or name; of several that fit, the
            name or the longest prefix counts.
        per_path_ignores: codes, prefixes or names that do not apply, by a glob of paths: ``*`` stays within a folder,
            ``**`` does not; a glob without a slash fits in every folder, one that begins with a slash in the root
            only; one that fits a folder fits all in it; one that begins with ``!`` fits what the rest of it does not.
        root: the folder that those globs are relative to.
    """

    def __init__(
        self,
        severity: Mapping[str, Weight] | None = None,
        per_path_ignores: Mapping[str, Iterable[str]] | None = None,
        root: str = os.curdir,
    ) -> None:
        self._severity = dict(severity or {})
        self._ignores = [(Glob(glob), tuple(codes)) for glob, codes in (per_path_ignores or {}).items()]
        self._root = root
        self._weights: dict[str, Weight | None] = {}
        self._globs: dict[str, tuple[Glob, ...]] = {}

    def apply(self, finding: Finding) -> Finding | None:
        """The finding with the severity that the user gave it; None where it is off or its path is left alone."""
        if self._severity:
            weight = self._weight(finding)
            if weight == "off":
                return None
            if weight is not None and weight != finding.severity:
                finding = replace(finding, severity=weight)
        return None if self._ignores and self._ignored(finding) else finding

    def _weight(self, finding: Finding) -> Weight | None:
        if finding.code not in self._weights:
            fitting = [key for key in self._severity if fits(key, finding.code, finding.name)]
            best = max(fitting, key=lambda key: _rank(key, finding), default=None)
            self._weights[finding.code] = None if best is None else self._severity[best]
        return self._weights[finding.code]

    def _ignored(self, finding: Finding) -> bool:
        if finding.code not in self._globs:
            self._globs[finding.code] = tuple(
                glob for glob, codes in self._ignores if any(fits(key, finding.code, finding.name) for key in codes)
            )
        path = relative(finding.path, self._root)
        return bool(path) and any(glob.fits(path) for glob in self._globs[finding.code])


class Glob:
    """A pattern of paths with forward slashes.

    >>> Glob("masks/**/*.png").fits("masks/a/b/c.png"), Glob("old").fits("masks/old/a.png"), Glob("a/*").fits("b/c")
    (True, True, False)
    """

    def __init__(self, glob: str) -> None:
        pattern = glob.removeprefix("!")
        self._wanted = pattern == glob
        try:
            self._fits = re.compile(_regex(pattern), re.DOTALL).match
        except re.error as error:
            raise UsageError(f"the glob {glob!r} is none ({error}); write [[] for a bracket") from error

    def fits(self, path: str) -> bool:
        """Whether the path, or a folder that it is in, is of the pattern."""
        return (self._fits(path) is not None) == self._wanted


def fits(key: str, code: str, name: str) -> bool:
    """Whether a code, a prefix of one, or a name is that of a rule.

    >>> fits("sl2", "SL201", "id-out-of-range"), fits("ID-out-of-range", "SL201", "id-out-of-range")
    (True, True)
    """
    return code.startswith(key.upper()) or name == key.lower()


def _rank(key: str, finding: Finding) -> tuple[bool, int]:
    return key.lower() == finding.name, len(key)


def _regex(pattern: str) -> str:
    r"""A glob as a regular expression over whole paths.

    >>> _regex("a/**/*.png")
    'a/(?:.*/)?[^/]*\\.png(?:/.*)?\\Z'
    """
    pattern = pattern.replace("\\", "/").removeprefix("./").rstrip("/")
    parts = pattern.removeprefix("/").split("/") if "/" in pattern else ["**", pattern]
    body = "".join(map(_part, parts[:-1], parts[1:])) + _last(parts[-1])
    return body + r"(?:/.*)?\Z"


def _part(part: str, following: str) -> str:
    # ** is any number of folders; at the end it is what is in the folder, so that one before it asks for no more
    if part == "**":
        return "" if following == "**" else "(?:.*/)?"
    return _one(part) + "/"


def _last(part: str) -> str:
    return ".+" if part == "**" else _one(part)


_PIECE = r"(?s)\*+|\?|\[!?[^\[\]/]+\]|[^*?\[]|\["


def _one(part: str) -> str:
    return "".join(map(_piece, re.findall(_PIECE, part)))


def _piece(wild: str) -> str:
    if wild[0] == "*":
        return "[^/]*"
    if wild == "?":
        return "[^/]"
    if len(wild) == 1 or wild[0] != "[":
        return re.escape(wild)
    inside = wild[1:-1].removeprefix("!")
    return f"(?!/)[{'^' if wild[1] == '!' else ''}{re.escape(inside).replace(chr(92) + '-', '-')}]"

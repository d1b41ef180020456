"""Findings that are known already: a picture has no comment to suppress one in, so a file counts them.

The file is JSON, sorted, with paths relative to a root and forward slashes; findings about the whole set stand apart::

    {"version": 1, "findings": {"masks/a.png": {"SL201": 2}}, "set": {"SL602": 1}}

A path and a code have an allowance. Findings come sorted, so that of more than are allowed it is always the first that
are excused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.scan._relative import relative
from segloss_cli.scan._whole import write_whole
from segloss_cli.types import Contract, Finding, Terms

Counts = Mapping[str, Mapping[str, int]]

NAME = "segloss-baseline.json"
VERSION = 1

_OWN = "SL408"
_NOT_ONE = "write it again with --write-baseline, or name another file"


class Baseline:
    """The allowances of a baseline, and how much of them is used up.

    Args:
        path: the file that they come from, as it is shown.
        counts: findings by path and code; the path "" stands for the whole set.
        root: the folder that the paths are relative to.
        codes: the rules that are asked; entries of others are not judged. None for all.
        within: the files and folders that are looked at; entries elsewhere are not judged. None for all.
        whole: whether the data set is judged as a whole; else what is recorded of it is not judged.
    """

    def __init__(
        self,
        path: str,
        counts: Counts,
        root: str = os.curdir,
        *,
        codes: Iterable[str] | None = None,
        within: Iterable[str] | None = None,
        whole: bool = True,
    ) -> None:
        self.path = path
        self._counts = counts
        self._root = root
        self._codes = None if codes is None else frozenset(codes)
        self._within = None if within is None else [os.path.abspath(place) for place in within]
        self._whole = whole
        self._used: dict[str, dict[str, int]] = {}
        self.suppressed = 0

    def take(self, finding: Finding) -> bool:
        """Whether the finding is excused; it uses up one of its path and code."""
        path = relative(finding.path, self._root)
        allowed = self._counts.get(path, {}).get(finding.code, 0)
        if not allowed or finding.code == _OWN:
            return False
        used = self._used.setdefault(path, {})
        if used.get(finding.code, 0) >= allowed:
            return False
        used[finding.code] = used.get(finding.code, 0) + 1
        self.suppressed += 1
        return True

    def used(self) -> dict[str, dict[str, int]]:
        """What was used up so far, by path and code, as JSON can hold it: what one shard tells the merge."""
        return {path: dict(sorted(codes.items())) for path, codes in sorted(self._used.items())}

    def add(self, used: Counts) -> None:
        """Take in what another shard used up."""
        for path, codes in used.items():
            mine = self._used.setdefault(path, {})
            for code, count in codes.items():
                mine[code] = mine.get(code, 0) + count
                self.suppressed += count

    def entries_left(self) -> tuple[tuple[str, str, int, int], ...]:
        """Entries that were not used up, as (path, code, recorded, found), of what was looked at."""
        return tuple(
            (path, code, recorded, self._found(path, code))
            for path, codes in sorted(self._counts.items())
            for code, recorded in sorted(codes.items())
            if self._found(path, code) < recorded and self._judged(path, code)
        )

    def unused(self) -> Iterator[Finding]:
        """SL408 for each entry that was not used up; to be asked when everything was judged."""
        if self._codes is not None and _OWN not in self._codes:
            return
        from segloss_cli.rules import judge, selected

        yield from judge(Terms(path=self.path, unused=self.entries_left()), Contract(), selected([_OWN], ()))

    def pruned(self) -> dict[str, dict[str, int]]:
        """The counts without what was not used up; entries that were not judged stay."""
        left = {(path, code): found for path, code, _, found in self.entries_left()}
        kept = {
            path: {code: left.get((path, code), count) for code, count in codes.items()}
            for path, codes in self._counts.items()
        }
        return {path: some for path, codes in kept.items() if (some := {c: n for c, n in codes.items() if n})}

    def _found(self, path: str, code: str) -> int:
        return self._used.get(path, {}).get(code, 0)

    def _judged(self, path: str, code: str) -> bool:
        if self._codes is not None and code not in self._codes:
            return False
        if not path:
            return self._whole
        if self._within is None:
            return True
        full = os.path.abspath(os.path.join(self._root, path))
        return any(full == place or full.startswith(os.path.join(place, "")) for place in self._within)


def load(
    path: str,
    root: str = os.curdir,
    *,
    codes: Iterable[str] | None = None,
    within: Iterable[str] | None = None,
    whole: bool = True,
) -> Baseline:
    """The baseline in a file; the arguments are those of :class:`Baseline`.

    Raises:
        UsageError: there is no such file, or it is no baseline.
    """
    return Baseline(path, _read(path), root, codes=codes, within=within, whole=whole)


def counts_of(findings: Iterable[Finding], root: str = os.curdir) -> dict[str, dict[str, int]]:
    """Findings by path and code, to be written.

    >>> found = Finding("SL201", "id-out-of-range", "error", "proof", "a.png", "id 21", "map it")
    >>> counts_of([found, found])
    {'a.png': {'SL201': 2}}
    """
    counts: dict[str, dict[str, int]] = {}
    for finding in findings:
        note(counts, finding, root)
    return counts


def note(counts: dict[str, dict[str, int]], finding: Finding, root: str = os.curdir) -> None:
    """Add one finding to the counts; a finding about the baseline itself is not recorded."""
    if finding.code != _OWN:
        codes = counts.setdefault(relative(finding.path, root), {})
        codes[finding.code] = codes.get(finding.code, 0) + 1


def write(path: str, counts: Counts) -> None:
    """Write a baseline, whole or not at all; a link is replaced, not followed.

    Raises:
        UsageError: the file cannot be written, or holds something else than a baseline.
    """
    import json

    check_target(path)
    document = {
        "version": VERSION,
        "findings": {name: dict(sorted(codes.items())) for name, codes in sorted(counts.items()) if name},
        "set": dict(sorted(counts.get("", {}).items())),
    }
    text = json.dumps(document, indent=1) + "\n"
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"baseline {path}: cannot be written ({error.strerror}); name another file") from error


def check_target(path: str) -> None:
    """Before the work: a file that is no baseline is not written over.

    Raises:
        UsageError: there is a file and it is no baseline.
    """
    if os.path.lexists(path):
        try:
            _read(path)
        except UsageError as error:
            raise UsageError(f"{error}; it is not written over") from error


def _read(path: str) -> Counts:
    import json

    try:
        with open(path, encoding="utf-8") as file:
            document: Any = json.load(file)
    except OSError as error:
        raise UsageError(f"baseline {path}: cannot be read ({error.strerror}); write one: --write-baseline") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"baseline {path}: is not JSON ({error}); {_NOT_ONE}") from error
    if not isinstance(document, dict) or not {"version", "findings"} <= document.keys():
        raise UsageError(f'baseline {path}: has no "version" and "findings"; {_NOT_ONE}')
    if document["version"] != VERSION:
        raise UsageError(f"baseline {path}: is of version {document['version']!r}, known is {VERSION}; {_NOT_ONE}")
    counts = document["findings"]
    if not isinstance(counts, dict):
        raise UsageError(f'baseline {path}: "findings" is no table by path; {_NOT_ONE}')
    counts = {**counts, "": document.get("set", {})}
    for name, codes in counts.items():
        if not isinstance(codes, dict) or not all(type(count) is int and count > 0 for count in codes.values()):
            raise UsageError(f"baseline {path}: the entry of {name or 'the set'!r} is no count by code; {_NOT_ONE}")
    return counts

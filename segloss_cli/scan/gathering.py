"""Findings of a whole data set: counted all, kept up to a limit for each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from segloss_cli.types import SEVERITIES, Finding, Severity, Skipped

Filter = Callable[[Finding], "Finding | None"]
Place = tuple[tuple[str, ...], str, str, str]

_UNREADABLE = "SL107"


class Gathering:
    """What was found so far.

    ``limit`` findings of each rule are kept, the first by path; 0 keeps all. All are counted. ``let`` may change a
    finding (another severity) or drop it (a baseline, an ignored path). What is kept does not depend on the order in
    which samples come, as long as the findings of a file come together.
    """

    def __init__(self, limit: int, let: Filter) -> None:
        self._limit = limit
        self._let = let
        self._kept: dict[str, list[Finding]] = {}
        self._lost: list[Skipped] = []
        self._unread: list[Skipped] = []
        self._totals: dict[str, dict[str, Any]] = {}
        self._last: dict[str, str] = {}
        self.unjudged = 0

    def add(self, findings: Iterable[Finding], skipped: Iterable[Skipped] = ()) -> None:
        """Take in what came of one sample."""
        faulty: dict[str, bool] = {}
        for found in findings:
            finding = self._let(found)
            if found.code == _UNREADABLE:
                faulty[found.path] = finding is not None
            if finding is not None:
                self._count(finding)
                self._keep(finding)
        for one in skipped:
            # an unreadable file that the user excuses is no news, and none that nobody judged
            if faulty.get(one.path, True):
                self._skip(one, known=one.path in faulty)
            self.unjudged += one.path not in faulty

    def findings(self) -> tuple[Finding, ...]:
        """The findings that were kept, by path."""
        return tuple(sorted((f for kept in self._kept.values() for f in self._first(kept)), key=place_of))

    def skipped(self) -> tuple[Skipped, ...]:
        """What nobody judged, and what was found unreadable, where that finding was kept."""
        told = {finding.path for finding in self._first(self._kept.get(_UNREADABLE, []))}
        unread = [one for one in self._unread if one.path in told]
        return tuple(sorted([*self._few(self._lost), *unread], key=_place_of_skipped))

    def totals(self) -> dict[str, dict[str, Any]]:
        """For each rule how many findings there are in how many files, and the worst severity, by code."""
        return {code: self._totals[code] for code in sorted(self._totals)}

    def resume(
        self, findings: Iterable[Finding], totals: dict[str, dict[str, Any]], skipped: Iterable[Skipped] = ()
    ) -> None:
        """Take in what was counted before, with its counts: the part of another run."""
        faulty = set()
        for finding in findings:
            self._keep(finding)
            if finding.code == _UNREADABLE:
                faulty.add(finding.path)
        for one in skipped:
            self._skip(one, known=one.path in faulty)
        for code, total in totals.items():
            known = self._totals.setdefault(code, {**total, "findings": 0, "files": 0})
            known["findings"] += total["findings"]
            known["files"] += total["files"]
            known["severity"] = min(known["severity"], total["severity"], key=_rank)

    def revise(self, code: str, change: Filter) -> None:
        """Change what one rule found, after all was seen; where ``change`` gives nothing, a finding stays as it is."""
        kept = [change(finding) or finding for finding in self._kept.get(code, ())]
        if kept:
            self._kept[code] = kept
            self._totals[code]["severity"] = min((finding.severity for finding in kept), key=_rank)

    def _count(self, finding: Finding) -> None:
        total = self._totals.get(finding.code)
        if total is None:
            total = {"name": finding.name, "severity": finding.severity, "findings": 0, "files": 0}
            self._totals[finding.code] = total
        total["findings"] += 1
        # the findings of a file come together, so that another path is another file
        total["files"] += finding.path not in {"", self._last.get(finding.code)}
        total["severity"] = min(total["severity"], finding.severity, key=_rank)
        self._last[finding.code] = finding.path

    def _keep(self, finding: Finding) -> None:
        kept = self._kept.setdefault(finding.code, [])
        kept.append(finding)
        if self._limit and len(kept) >= 2 * self._limit:
            self._kept[finding.code] = self._first(kept)

    def _skip(self, one: Skipped, *, known: bool) -> None:
        some = self._unread if known else self._lost
        some.append(one)
        if self._limit and len(some) >= 2 * self._limit:
            some[:] = self._few(some)

    def _first(self, kept: list[Finding]) -> list[Finding]:
        return sorted(kept, key=place_of)[: self._limit] if self._limit else kept

    def _few(self, some: list[Skipped]) -> list[Skipped]:
        return sorted(some, key=_place_of_skipped)[: self._limit] if self._limit else some


def parts_of(path: str) -> tuple[str, ...]:
    """A path as it sorts: a folder's files before those of a folder whose name only begins alike.

    >>> parts_of("a/b.png") < parts_of("a-1/b.png")
    True
    """
    return tuple(path.replace("\\", "/").split("/"))


def place_of(finding: Finding) -> Place:
    """The order of findings in a report: by path, then by code."""
    return parts_of(finding.path), finding.path, finding.code, finding.key


def _place_of_skipped(one: Skipped) -> tuple[tuple[str, ...], str, str]:
    return parts_of(one.path), one.path, one.reason


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)

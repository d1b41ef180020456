"""Findings of a whole data set: counted all, kept up to a limit for each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from segloss_cli.types import SEVERITIES, Finding, Severity, Skipped

Filter = Callable[[Finding], "Finding | None"]
Place = tuple[tuple[str, ...], str, str]


class Gathering:
    """What was found so far.

    ``limit`` findings of each rule are kept, the first by path; 0 keeps all. All are counted. ``let`` may change a
    finding (another severity) or drop it (a baseline, an ignored path).
    """

    def __init__(self, limit: int, let: Filter) -> None:
        self._limit = limit
        self._let = let
        self._kept: dict[str, list[Finding]] = {}
        self._skipped: list[Skipped] = []
        self._totals: dict[str, dict[str, Any]] = {}
        self._last: dict[str, str] = {}
        self.unjudged = 0

    def add(self, findings: Iterable[Finding], skipped: Iterable[Skipped] = ()) -> None:
        """Take in what came of one sample."""
        faulty = set()
        for found in findings:
            if found.code == "SL107":
                faulty.add(found.path)
            finding = self._let(found)
            if finding is not None:
                self._count(finding)
                self._keep(finding)
        for one in skipped:
            self.unjudged += one.path not in faulty
            if not self._limit or len(self._skipped) < self._limit:
                self._skipped.append(one)

    def findings(self) -> tuple[Finding, ...]:
        """The findings that were kept, by path."""
        return tuple(sorted((f for kept in self._kept.values() for f in self._first(kept)), key=place_of))

    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be judged, or only found unreadable."""
        return tuple(sorted(self._skipped, key=lambda one: (parts_of(one.path), one.reason)))

    def totals(self) -> dict[str, dict[str, Any]]:
        """For each rule how many findings there are in how many files, and the worst severity, by code."""
        return {code: self._totals[code] for code in sorted(self._totals)}

    def resume(self, findings: Iterable[Finding], totals: dict[str, dict[str, Any]]) -> None:
        """Take in findings that were counted before, with their counts: the part of another run."""
        for finding in findings:
            self._keep(finding)
        for code, total in totals.items():
            known = self._totals.setdefault(code, {**total, "findings": 0, "files": 0})
            known["findings"] += total["findings"]
            known["files"] += total["files"]
            known["severity"] = min(known["severity"], total["severity"], key=_rank)

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

    def _first(self, kept: list[Finding]) -> list[Finding]:
        return sorted(kept, key=place_of)[: self._limit] if self._limit else kept


def parts_of(path: str) -> tuple[str, ...]:
    """A path as it sorts: a folder's files before those of a folder whose name only begins alike.

    >>> parts_of("a/b.png") < parts_of("a-1/b.png")
    True
    """
    return tuple(path.replace("\\", "/").split("/"))


def place_of(finding: Finding) -> Place:
    """The order of findings in a report: by path, then by code."""
    return parts_of(finding.path), finding.code, finding.key


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)

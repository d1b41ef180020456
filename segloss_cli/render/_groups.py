"""Findings put together by rule, the worst first, and counted also where not all of them were kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from segloss_cli._record import record
from segloss_cli.types import SEVERITIES, Certainty, Finding, Report, Severity, Skipped

CERTAINTIES: tuple[Certainty, ...] = ("proof", "likely", "hint")


@record(frozen=True)
class Group:
    """All findings of one rule.

    ``findings`` and ``files`` count what was found; ``kept`` are those findings that the report holds, the worst
    first. ``certainty`` is the surest of theirs, ``remedy`` the commonest among the worst of them.
    """

    code: str
    name: str
    severity: Severity
    certainty: Certainty
    findings: int
    files: int
    kept: tuple[Finding, ...]
    remedy: str

    @property
    def whole(self) -> bool:
        """Whether it is about the data set rather than about files of it."""
        return all(not finding.path for finding in self.kept)


def groups_of(report: Report) -> tuple[Group, ...]:
    """A group for each rule that found something: by severity, certainty, and how much was found."""
    by_code: dict[str, list[Finding]] = {}
    for finding in sorted(report.findings, key=_badness):
        by_code.setdefault(finding.code, []).append(finding)
    totals = report.facts.get("totals", {})
    groups = [_group(kept, totals.get(code, {})) for code, kept in by_code.items()]
    return tuple(sorted(groups, key=_order))


def amounts(report: Report) -> dict[Severity, int]:
    """How many findings there are of each severity, those beyond the limit of what is kept included.

    Of a rule that found more than was kept, the others count as its worst.
    """
    counts: dict[Severity, int] = dict.fromkeys(SEVERITIES, 0)
    for finding in report.findings:
        counts[finding.severity] += 1
    kept = Counter(finding.code for finding in report.findings)
    for code, total in report.facts.get("totals", {}).items():
        counts[total["severity"]] += max(total["findings"] - kept[code], 0)
    return counts


def unjudged(report: Report) -> tuple[Skipped, ...]:
    """The files that were skipped without a finding that says why: nobody judged them."""
    judged = {finding.path for finding in report.findings if finding.code == "SL107"}
    return tuple(skipped for skipped in report.skipped if skipped.path not in judged)


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, the worst first, in their order otherwise."""
    return sorted(findings, key=_badness)


def _group(kept: Sequence[Finding], total: dict[str, Any]) -> Group:
    first = kept[0]
    remedies = Counter(finding.remedy for finding in kept if _badness(finding) == _badness(first))
    return Group(
        code=first.code,
        name=first.name,
        severity=first.severity,
        certainty=first.certainty,
        findings=max(total.get("findings", 0), len(kept)),
        files=max(total.get("files", 0), len({finding.path for finding in kept} - {""})),
        kept=tuple(kept),
        remedy=remedies.most_common(1)[0][0],
    )


def _badness(finding: Finding) -> tuple[int, int]:
    return SEVERITIES.index(finding.severity), CERTAINTIES.index(finding.certainty)


def _order(group: Group) -> tuple[int, int, int, str]:
    return SEVERITIES.index(group.severity), CERTAINTIES.index(group.certainty), -group.findings, group.code

"""GitLab's code quality report: findings in the widget of a merge request.

An array of issues, each with a fingerprint that is unique in the report and the same in every run, so that GitLab
tells new findings from old ones. GitLab shows the description only: it begins with the code. Paths are relative to
the folder that the command ran in, which should be the project's. Errors are critical, warnings major, notes info.
A mask has no lines: every issue stands at line 1. Values of losses are not in it::

    segloss check DATA --output gitlab=gl-code-quality-report.json
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from segloss_cli.render import Detail
from segloss_cli.render._escape import visible
from segloss_cli.render._fingerprint import fingerprints
from segloss_cli.render._groups import unjudged
from segloss_cli.render._json import text_of
from segloss_cli.render._paths import relative
from segloss_cli.types import Finding, Report, Skipped

_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The array as text; ``width``, ``colour`` and ``detail`` change nothing in it."""
    marks = fingerprints(report.findings, root)
    issues = [_issue(finding, mark, root) for finding, mark in zip(report.findings, marks, strict=True)]
    issues += [_not_judged(skipped, root) for skipped in dict.fromkeys(unjudged(report))]
    return text_of(issues, indent=2) + "\n"


def _issue(finding: Finding, mark: str, root: str) -> dict[str, Any]:
    return {
        "description": visible(f"{finding.code} {finding.name}: {finding.message}; {finding.remedy}"),
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": mark,
        "severity": _SEVERITIES[finding.severity],
        "location": _location(finding.path, root),
    }


def _not_judged(skipped: Skipped, root: str) -> dict[str, Any]:
    words = f"not judged\0{relative(skipped.path, root)}\0{skipped.reason}"
    return {
        "description": visible(f"not judged: {skipped.reason}"),
        "check_name": "not-judged",
        "fingerprint": sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "severity": "major",
        "location": _location(skipped.path, root),
    }


def _location(path: str, root: str) -> dict[str, Any]:
    return {"path": relative(path, root), "lines": {"begin": 1}}

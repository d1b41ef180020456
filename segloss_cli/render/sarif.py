"""SARIF 2.1.0, for GitHub code scanning and whatever else reads static-analysis results.

Valid against the schema of OASIS, with all that GitHub wants besides: relative, percent-encoded URIs (to the folder
that the command ran in), a region (a mask has no lines: 1,1 to 1,1; the box in pixels is in ``properties``), rules with
their whole page as help, ``partialFingerprints`` that stay the same over runs. GitHub drops what is beyond 5,000
results, so the worst 5,000 are written and ``runs[0].properties`` says how many there are. Files that nobody could
judge are notifications of the invocation. Values of losses are not in it::

    segloss check DATA --output sarif=segloss.sarif
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from segloss_cli import __version__
from segloss_cli.render import Detail
from segloss_cli.render._escape import visible
from segloss_cli.render._fingerprint import fingerprints
from segloss_cli.render._groups import CERTAINTIES, Group, amounts, groups_of, unjudged
from segloss_cli.render._json import text_of
from segloss_cli.render._pages import page_of
from segloss_cli.render._paths import relative
from segloss_cli.types import SEVERITIES, Finding, Report, Skipped

MOST = 5000
"""GitHub takes so many results; of more it drops the rest, and of 25,000 the whole file."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEMS = {"error": "error", "warning": "warning", "info": "recommendation"}
_PRECISION = {"proof": "very-high", "likely": "high", "hint": "medium"}
_LONGEST = 1000
"""GitHub shows 1,024 characters of a description."""


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The log as text; ``width``, ``colour`` and ``detail`` change nothing in it."""
    return text_of({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, root)]}, indent=2) + "\n"


def _run(report: Report, root: str) -> dict[str, Any]:
    groups = groups_of(report)
    marks = fingerprints(report.findings, root)
    ranked = sorted(zip(report.findings, marks, strict=True), key=lambda pair: _rank(pair[0]))[:MOST]
    index = {group.code: i for i, group in enumerate(groups)}
    total = sum(amounts(report).values())
    return {
        "tool": {"driver": {"name": "segloss", "version": __version__, "rules": [_rule(group) for group in groups]}},
        "automationDetails": {"id": f"segloss/{report.command}/"},
        "invocations": [_invocation(report, root)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, mark, index[finding.code], root) for finding, mark in ranked],
        "properties": {"total": total, "truncated": total > len(ranked), "suppressed": _suppressed(report)},
    }


def _rank(finding: Finding) -> tuple[int, int]:
    return SEVERITIES.index(finding.severity), CERTAINTIES.index(finding.certainty)


def _suppressed(report: Report) -> int:
    return int(report.facts.get("suppressed", 0))


def _rule(group: Group) -> dict[str, Any]:
    page = page_of(group.code, group.name)
    summary = page.summary if page else f"{group.name}."
    markdown = page.markdown if page else group.remedy
    return {
        "id": group.code,
        "name": group.name,
        "shortDescription": {"text": summary[:_LONGEST]},
        "fullDescription": {"text": (page.what if page else summary)[:_LONGEST]},
        "help": {"text": markdown.replace("`", ""), "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[page.severity if page else group.severity]},
        "properties": {
            "tags": ["semantic-segmentation"],
            "precision": _PRECISION[group.certainty],
            "problem.severity": _PROBLEMS[group.severity],
        },
    }


def _result(finding: Finding, mark: str, rule: int, root: str) -> dict[str, Any]:
    place = finding.place
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(f"{finding.message}; {finding.remedy}")},
        "locations": [_location(finding.path, root)],
        "partialFingerprints": {"primaryLocationLineHash": mark},
        "properties": {
            "certainty": finding.certainty,
            "values": finding.values,
            "first": {"image": place.n, "y": place.y, "x": place.x} if place else None,
            "bbox": place.bbox if place else None,
            "evidence": finding.evidence,
        },
    }


def _invocation(report: Report, root: str) -> dict[str, Any]:
    code = report.facts.get("exit_code")
    lost = unjudged(report)
    known = {} if code is None else {"exitCode": code}
    return {
        "executionSuccessful": report.complete and not lost,
        **known,
        "toolExecutionNotifications": [_notification(skipped, root) for skipped in lost[:MOST]],
    }


def _notification(skipped: Skipped, root: str) -> dict[str, Any]:
    message = {"text": _text(f"not judged: {skipped.reason}")}
    return {"level": "error", "message": message, "locations": [_location(skipped.path, root)]}


def _location(path: str, root: str) -> dict[str, Any]:
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    return {"physicalLocation": {"artifactLocation": _artifact(relative(path, root)), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    encoded = quote(_bytes(path), safe="/")
    if os.path.isabs(path):
        return {"uri": "file://" + ("" if encoded.startswith("/") else "/") + encoded}
    return {"uri": encoded, "uriBaseId": "%SRCROOT%"}


def _bytes(path: str) -> bytes:
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a name of Windows with half of a pair in it
        return path.encode("utf-8", "surrogatepass")


def _text(words: str) -> str:
    """The words, in which nothing that a file name brings along reads as a link."""
    return visible(words).replace("](", "]\\(")

"""What the report for people says about findings: what was found, where, the evidence, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segloss_cli.render._blocks import Block, Line, Span, line
from segloss_cli.types import Finding, Place


def of_findings(findings: Sequence[Finding]) -> Iterator[Block]:
    """Each finding with its file's name; those that say the same of several files are said once."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        same = (finding.code, finding.severity, finding.certainty, finding.message, finding.remedy)
        groups.setdefault(same, []).append(finding)
    for group in groups.values():
        paths = [finding.path for finding in group]
        if len(group) == 1:
            yield from of_finding(group[0], name=paths[0])
            continue
        yield _head(group[0], f" in {len(group)} files", 0)
        yield line(group[0].message, indent=2)
        yield line(f"files: {', '.join(paths)}", indent=2)
        yield line(f"fix: {group[0].remedy}", indent=2)


def of_finding(finding: Finding, indent: int = 0, name: str = "") -> Iterator[Block]:
    """One finding, with its file's name where that is not said above it."""
    yield _head(finding, f" {name}" if name else "", indent)
    yield line(finding.message, indent=indent + 2)
    if finding.place is not None:
        yield line(_where(finding.place), indent=indent + 2)
    if finding.evidence:
        evidence = ", ".join(f"{fact}={_short(value)}" for fact, value in finding.evidence.items())
        yield line(f"evidence: {evidence}", "dim", indent=indent + 2)
    yield line(f"fix: {finding.remedy}", indent=indent + 2)


def in_brief(findings: Sequence[Finding]) -> Iterator[Block]:
    """Each finding in a line."""
    for finding in findings:
        what = (Span(f"{finding.severity} {finding.code}", finding.severity), Span(f" {finding.path}", "head"))
        yield Line((*what, Span(f": {finding.message}")))


def _head(finding: Finding, about: str, indent: int) -> Line:
    what = (Span(f"{finding.severity} {finding.code}", finding.severity), Span(f" {finding.name}", "head"))
    return Line((*what, Span(f"{about} ({finding.certainty})", "dim")), indent)


def _where(place: Place) -> str:
    image = f"image {place.n}, " if place.n else ""
    first = f"first at {image}y={place.y}, x={place.x}"
    if place.bbox is None:
        return first
    x0, y0, x1, y1 = place.bbox
    return f"{first}; all within y {y0}..{y1 - 1}, x {x0}..{x1 - 1}"


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)

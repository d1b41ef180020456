"""A report for people: tables and lines, with colours and wrapping on a terminal, plain and uncut in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segloss_cli.render import Detail
from segloss_cli.render._blocks import Block, Cell, Column, Grid, Line, Span, cell, line
from segloss_cli.render._files import container, count, distinct, of_label, of_prediction
from segloss_cli.render._findings import in_brief, of_finding, of_findings
from segloss_cli.types import SEVERITIES, Finding, Profile, Report, ScoresProfile

_FEW = 4
"""Beside losses, up to this many files are introduced; of more, only those with findings are named."""

_IDS = 12
"""In a line per file, at most this many ids are listed."""


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The report as text; for a pipe (no ``width``) nothing is wrapped or cut."""
    if report.command == "check":
        from segloss_cli.render._check import of_check

        return lay_out(of_check(report, detail), width=width, colour=colour)
    blocks = {"full": _full, "summary": _summary, "findings": _findings_only}[detail](report)
    return lay_out(blocks, width=width, colour=colour)


def lay_out(blocks: Sequence[Block], *, width: int | None, colour: bool) -> str:
    """Blocks as text; Rich is loaded only where there is a terminal to fit."""
    if width is None:
        from segloss_cli.render._plain import layout

        return layout(blocks)
    from segloss_cli.render._terminal import layout as fit

    return fit(blocks, width=width, colour=colour)


def _full(report: Report) -> list[Block]:
    if report.command == "inspect":
        return [*_each_file(report), *_closing(report)]
    blocks: list[Block] = []
    if 0 < len(report.files) <= _FEW:
        blocks += [_lines_of(report), line("")]
    if "find" in report.facts and not report.complete and not report.facts["find"]["tried"]:
        return _closing(report)
    if "find" in report.facts:
        return [*blocks, *_search(report), line(""), *_closing(report)]
    blocks += _all_findings(report)
    if "trace" in report.facts:
        from segloss_cli.render._steps import of_trace

        blocks += [*of_trace(report.facts["trace"], report.contract), line("")]
    if report.losses:
        from segloss_cli.render._values import of_losses

        blocks += [*of_losses(report.losses, report.contract, report.facts.get("comparison", ())), line("")]
    return [*blocks, *_closing(report)]


def _search(report: Report) -> list[Block]:
    from segloss_cli.render._matches import of_matches

    brief = [*in_brief(report.findings), *_skipped(report)]
    return [*brief, *([line("")] if brief else []), *of_matches(report.matches, report.facts["find"])]


def _summary(report: Report) -> list[Block]:
    return [_lines_of(report), *_closing(report)]


def _findings_only(report: Report) -> list[Block]:
    return list(of_findings(report.findings))


def _each_file(report: Report) -> Iterator[Block]:
    for file in report.files:
        yield Line((Span(file.path, "head"), Span(f"  {_what(file)}", "dim")))
        yield from _facts(file, report)
        found = [finding for finding in report.findings if finding.path == file.path]
        yield from _verdict(found, otherwise=line("nothing wrong found", "good", indent=2))
        yield line("")
    known = {file.path for file in report.files}
    for skipped in report.skipped:
        yield Line((Span(skipped.path, "head"), Span("  skipped", "warning")))
        yield from _verdict(
            [f for f in report.findings if f.path == skipped.path], otherwise=line(skipped.reason, indent=2)
        )
        yield line("")
    known |= {skipped.path for skipped in report.skipped}
    yield from of_findings([finding for finding in report.findings if finding.path not in known])


def _facts(file: Profile | ScoresProfile, report: Report) -> list[Block]:
    if isinstance(file, ScoresProfile):
        return of_prediction(file)
    return of_label(file, report.contract, report.facts.get("readers", {}).get(file.path, {}))


def _verdict(findings: Sequence[Finding], otherwise: Block) -> list[Block]:
    return [block for finding in findings for block in of_finding(finding, indent=2)] or [otherwise]


def _all_findings(report: Report) -> list[Block]:
    blocks = [*of_findings(report.findings), *_skipped(report)]
    return [*blocks, line("")] if blocks else []


def _skipped(report: Report) -> list[Line]:
    return [Line((Span("skipped ", "warning"), Span(f"{s.path}: {s.reason}"))) for s in report.skipped]


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _lines_of(report: Report) -> Grid:
    columns = (Column("file", wrap=True), Column("is"), Column("stored as", wrap=True), Column("values", wrap=True))
    rows = [
        [cell(file.path), cell(_what(file)), cell(container(file)), cell(_values(file)), _counts(file.path, report)]
        for file in report.files
    ]
    rows += [
        [cell(s.path), cell("skipped", "warning"), cell(""), cell(s.reason), _counts(s.path, report)]
        for s in report.skipped
    ]
    return Grid((*columns, Column("findings", wrap=True)), rows, indent=0)


def _what(file: Profile | ScoresProfile) -> str:
    return "label" if isinstance(file, Profile) else "prediction"


def _values(file: Profile | ScoresProfile) -> str:
    if isinstance(file, ScoresProfile):
        return f"{file.kind}, {_short(file.low)} to {_short(file.high)}"
    if file.counts is not None and len(file.counts) <= _IDS:
        return " ".join(map(_short, file.counts))
    return distinct(file)


def _counts(path: str, report: Report) -> Cell:
    codes = sorted({(SEVERITIES.index(f.severity), f.code) for f in report.findings if f.path == path})
    if not codes:
        return cell("") if any(skipped.path == path for skipped in report.skipped) else cell("none", "good")
    spans = [Span(f"{SEVERITIES[rank]} {code}", SEVERITIES[rank]) for rank, code in codes]
    commas = [Span(", ")] * len(spans)
    return tuple(span for pair in zip(spans, commas, strict=True) for span in pair)[:-1]


def _closing(report: Report) -> list[Block]:
    files = len(report.files) + len(report.skipped)
    severities = [finding.severity for finding in report.findings]
    found = [count(severities.count(s), s if s != "info" else "note") for s in SEVERITIES if s in severities]
    text = f"{count(files, 'file')}: {', '.join(found) or 'nothing wrong found'}"
    text += f"; {len(report.skipped)} skipped" if report.skipped else ""
    told = files > 1 or (not files and report.complete)
    blocks: list[Block] = [line(text, severities[0] if "error" in severities else "head")] if told else []
    if not report.complete:
        blocks.append(line("interrupted: this report is incomplete", "warning"))
    return blocks

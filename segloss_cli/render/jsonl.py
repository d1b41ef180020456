"""One JSON object a line: streams, appends, and is what ``segloss merge`` reads.

The first line is ``{"type": "run", ...}``: schema, version, command, contract, facts. Then, as far as there are such
things: ``dataset``, a ``class`` each, a ``file`` each, a ``finding`` each, ``skipped``, ``loss``, ``comparison`` and
``match``. The last is ``{"type": "summary", ...}``; where it is missing the report was cut short. Findings, skipped
files, data set, contract and facts of ``segloss check`` come back exactly with :func:`read`::

    segloss check DATA --shard 1/4 --output jsonl=parts/1.jsonl
    segloss merge parts/*.jsonl
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from segloss_cli import __version__
from segloss_cli.errors import ReadError
from segloss_cli.render import Detail
from segloss_cli.render import _document as parts
from segloss_cli.render._fingerprint import fingerprints
from segloss_cli.render._lines import (
    contract_of,
    contract_record,
    finding_of,
    finding_record,
    line_of,
    one_of,
    record_of,
    skipped_of,
    skipped_record,
)
from segloss_cli.types import SEVERITIES, Dataset, Report

__all__ = ["contract_of", "finding_of", "read", "render", "report_of"]


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The lines; ``width``, ``colour`` and ``detail`` change nothing in them."""
    return "".join(line_of(kind, record) for kind, record in _records(report, root))


def read(path: str) -> Report:
    """The report in a file, as :func:`report_of` gives it.

    Raises:
        ReadError: the file cannot be read, or is no such report.
    """
    try:
        with open(path, encoding="utf-8") as lines:
            return report_of(lines, path)
    except OSError as error:
        raise ReadError(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise ReadError(path, "not a text: no report that --output jsonl=FILE wrote") from error


def report_of(lines: Iterable[str], path: str = "") -> Report:
    """The report of a ``segloss check`` that was written as lines; of files, losses and matches nothing comes back.

    Args:
        lines: as :func:`render` wrote them.
        path: the file that they are from, for messages.

    Returns:
        The report.

    Raises:
        ReadError: a line is damaged, the last line is missing, or it is another kind of report.
    """
    found: dict[str, list[Any]] = {}
    for number, line in enumerate(lines, 1):
        kind, made = _made(line, number, path)
        if made is not None:
            found.setdefault(kind, []).append(made)
    runs, summaries = found.get("run", []), found.get("summary", [])
    if len(runs) != 1 or runs[0].get("schema") != parts.SCHEMA:
        raise ReadError(path, f"not one report of schema {parts.SCHEMA}: write it with --output jsonl=FILE")
    if len(summaries) != 1:
        raise ReadError(path, "the last line, the summary, is missing: the run was cut short; run it again")
    return _report(runs[0], summaries[0], found)


def _records(report: Report, root: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "run", _run(report)
    if report.dataset is not None:
        from segloss_cli.render._census import pack

        yield "dataset", {"dataset": pack(report.dataset)}
    yield from (("class", one) for one in parts.of_classes(report))
    readers = report.facts.get("readers", {})
    yield from (("file", parts.of_file(file, readers.get(file.path, {}))) for file in report.files)
    marks = fingerprints(report.findings, root)
    for finding, mark in zip(report.findings, marks, strict=True):
        yield "finding", {**finding_record(finding), "fingerprint": mark}
    yield from (("skipped", skipped_record(skipped)) for skipped in report.skipped)
    yield from (("loss", parts.of_loss(value)) for value in report.losses)
    yield from (("comparison", one) for one in parts.of_comparisons(report))
    yield from (("match", one) for one in parts.of_matches(report))
    yield "summary", {"complete": report.complete, **parts.of_summary(report)}


def _run(report: Report) -> dict[str, Any]:
    return {
        "schema": parts.SCHEMA,
        "version": __version__,
        "command": report.command,
        "contract": contract_record(report.contract),
        "facts": parts.of_facts(report.facts),
        "totals": report.facts.get("totals", {}),
    }


def _made(line: str, number: int, path: str) -> tuple[str, Any]:
    """What a line is, and what it stands for; nothing of what does not come back."""
    try:
        record = record_of(line)
        make = _MADE.get(record["type"])
        return record["type"], make(record) if make else None
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ReadError(path, f"line {number} is no line of a segloss report ({error})") from error


def _run_of(record: dict[str, Any]) -> dict[str, Any]:
    totals = {code: _total(total) for code, total in record["totals"].items()}
    facts = {**record["facts"], "totals": totals}
    return {**record, "contract": contract_of(record["contract"]), "facts": facts}


def _total(record: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: int(record[name]) for name in ("findings", "files")}
    return {**record, "severity": one_of(SEVERITIES, record["severity"]), **counts}


def _dataset_of(record: dict[str, Any]) -> Dataset:
    from segloss_cli.render._census import unpack

    return unpack(record["dataset"])


_MADE: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "run": _run_of,
    "dataset": _dataset_of,
    "finding": finding_of,
    "skipped": skipped_of,
    "summary": dict,
}
"""What comes back of each kind of line."""


def _report(run: dict[str, Any], summary: dict[str, Any], found: dict[str, list[Any]]) -> Report:
    return Report(
        command=run["command"],
        contract=run["contract"],
        findings=tuple(found.get("finding", ())),
        skipped=tuple(found.get("skipped", ())),
        facts=run["facts"],
        complete=summary.get("complete") is True,
        dataset=next(iter(found.get("dataset", ())), None),
    )

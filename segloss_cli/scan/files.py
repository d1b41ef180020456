"""Look at files one by one: what is in each, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from glob import glob, has_magic
from typing import Literal

from segloss_cli.errors import ReadError, UsageError
from segloss_cli.profile import locate, profile_label, profile_scores, settled
from segloss_cli.read import read_label, read_scores, role
from segloss_cli.rules import Entry, Record, judge
from segloss_cli.scan._text_suffixes import TEXT_SUFFIXES
from segloss_cli.scan._worker import attempt
from segloss_cli.scan.one_hot import with_one_hot
from segloss_cli.scan.readers import readers_of
from segloss_cli.types import SEVERITIES, Contract, Finding, Kind, Mask, Report, Skipped

StrPath = str | os.PathLike[str]

_NOTHING = Contract()


def inspect_label(
    path: StrPath, contract: Contract = _NOTHING, *, entries: Iterable[Entry] | None = None, member: str | None = None
) -> Report:
    """What is in one label file and what is wrong with it.

    Args:
        path: the file; what it is, is decided by its content.
        contract: what the labels are meant to be; what it does not say is not held against the file.
        entries: the rules to ask; None for all.
        member: the array to read, for an ``.npz`` with several.

    Returns:
        A report with one :class:`~segloss_cli.types.Profile`; its findings are sorted, the worst first.

    Raises:
        ReadError: the file cannot be read as a label.
    """
    mask = read_label(os.fspath(path), member=member, task=contract.task)
    profile = with_one_hot(mask, profile_label(mask), contract)
    findings = [_placed(finding, mask) for finding in _judged(profile, contract, entries)]
    return Report(
        command="inspect",
        contract=contract,
        files=(settled(profile),),
        findings=tuple(findings),
        facts={"readers": {profile.path: readers_of(profile)}},
    )


def inspect_prediction(
    path: StrPath,
    contract: Contract = _NOTHING,
    *,
    entries: Iterable[Entry] | None = None,
    member: str | None = None,
    kind: Kind | None = None,
) -> Report:
    """What is in one prediction file and what is wrong with it; ``kind`` says what its values are, else they tell.

    Returns:
        A report with one :class:`~segloss_cli.types.ScoresProfile`, whose shape is read as (N, C, H, W).

    Raises:
        ReadError: the file cannot be read as a prediction.
    """
    scores = read_scores(
        os.fspath(path),
        member=member,
        kind=kind,
        task=contract.task,
        num_classes=contract.num_classes if contract.says("num_classes") else None,
        label_shape=None,
    )
    profile = profile_scores(scores, full=True)
    findings = tuple(_judged(profile, contract, entries))
    return Report(command="inspect", contract=contract, files=(profile,), findings=findings)


def inspect(
    paths: Iterable[StrPath],
    contract: Contract = _NOTHING,
    *,
    entries: Iterable[Entry] | None = None,
    as_: Literal["label", "prediction"] | None = None,
    member: str | None = None,
    kind: Kind | None = None,
) -> Report:
    """Look at every file; one that cannot be read or judged is recorded and the rest goes on, as after Ctrl-C.

    ``as_`` says what the files are, where their content should not decide.
    """
    rules = None if entries is None else tuple(entries)

    def failed(words: str, path: str) -> Report:
        return Report(command="inspect", contract=contract, skipped=(Skipped(path, words),))

    def looked(path: str) -> Report:
        try:
            if (as_ or role(path, member=member)[0]) == "prediction":
                return inspect_prediction(path, contract, entries=rules, member=member, kind=kind)
            return inspect_label(path, contract, entries=rules, member=member)
        except ReadError as error:
            return unreadable(error, contract, rules)

    reports: list[Report] = []
    complete = True
    try:
        # one by one into the list, so that what is done so far survives an interruption
        reports.extend(attempt(looked, failed, os.fspath(path)) for path in paths)
    except KeyboardInterrupt:
        complete = False
    return _sum(contract, reports, complete)


def expand(paths: Sequence[str]) -> tuple[str, ...]:
    """The files that paths, folders and globs stand for, each once: folders in sorted order, hidden files left out.

    Raises:
        UsageError: a path does not exist, a glob matches nothing, or there is nothing to look at.
    """
    found = tuple({os.path.normpath(file): file for path in paths for file in _files_of(path)}.values())
    if not found:
        raise UsageError(f"nothing to look at in {', '.join(paths) or 'no path'}: no file but hidden and text files")
    return found


def _files_of(path: str) -> Iterable[str]:
    if os.path.isdir(path):
        return _walk(path)
    if os.path.lexists(path):
        return [path]
    if not has_magic(path):
        raise UsageError(f"{path}: no such file or folder")
    matches = sorted(glob(path, recursive=True))
    if not matches:
        raise UsageError(f"{path}: nothing matches")
    return (file for match in matches for file in _files_of(match))


def _walk(folder: str) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and not name.lower().endswith(TEXT_SUFFIXES):
                yield os.path.join(here, name).removeprefix(os.path.join(os.curdir, ""))


def unreadable(error: ReadError, contract: Contract, entries: Iterable[Entry] | None = None) -> Report:
    """A file that cannot be read, as a report: skipped, with its finding where the file itself is at fault.

    What the system refuses (permission, input/output error, a vanished file) says nothing about the file: it is
    skipped without a finding, and makes the report incomplete.
    """
    from segloss_cli.rules.sl107_unreadable_label import finding_for

    refused = isinstance(error.__cause__, OSError) and error.__cause__.errno is not None
    wanted = entries is None or any(entry.code == "SL107" for entry in entries)
    findings = (finding_for(error),) if wanted and not refused else ()
    return Report(command="inspect", contract=contract, findings=findings, skipped=(Skipped(error.path, error.reason),))


def _judged(record: Record, contract: Contract, entries: Iterable[Entry] | None) -> list[Finding]:
    return sorted(judge(record, contract, entries), key=lambda f: (SEVERITIES.index(f.severity), f.code))


def _placed(finding: Finding, mask: Mask) -> Finding:
    return replace(finding, place=locate(mask, finding.values)) if finding.values else finding


def _sum(contract: Contract, reports: Sequence[Report], complete: bool) -> Report:
    readers = {path: seen for report in reports for path, seen in report.facts.get("readers", {}).items()}
    return Report(
        command="inspect",
        contract=contract,
        files=tuple(file for report in reports for file in report.files),
        findings=tuple(finding for report in reports for finding in report.findings),
        skipped=tuple(skipped for report in reports for skipped in report.skipped),
        facts={"readers": readers},
        complete=complete,
    )

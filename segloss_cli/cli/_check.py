"""The parts of ``segloss check``: from flags to settings, to a survey and a plan, to a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from segloss_cli._record import copied, record
from segloss_cli.cli._finish import finish, prepare, put
from segloss_cli.cli._settings import contract_of, gathered, shown, sources_of
from segloss_cli.cli.check_options import shard_of
from segloss_cli.cli.options import entries_of
from segloss_cli.config import Settings
from segloss_cli.errors import UsageError
from segloss_cli.render._escape import visible
from segloss_cli.scan import baseline as baselines
from segloss_cli.scan._encodings import ends_of, of_preset
from segloss_cli.scan._order import Outcome
from segloss_cli.scan.check import Plan, check, order_for, several_splits
from segloss_cli.scan.listing import Survey, survey
from segloss_cli.scan.meaning import MEMORY, meaning, without
from segloss_cli.scan.policy import Policy
from segloss_cli.types import Report

if TYPE_CHECKING:
    from segloss_cli.scan.baseline import Baseline
    from segloss_cli.scan.cache import Cache

_MANY = 50
"""With so many samples a progress bar is shown where a person is watching."""


@record(frozen=True)
class Call:
    """The flags that belong to one call, and are no settings."""

    paths: list[str] | None
    file_list: str | None
    scope: Literal["file", "dataset"] | None
    allow_empty: bool
    write_baseline: bool
    prune_baseline: bool
    summary: bool
    quiet: bool
    shard: str | None
    show_settings: bool
    member: str | None


def run(call: Call, flags: Mapping[str, Any]) -> int:
    """Check, report, and give the exit code."""
    named = [*(call.paths or ()), *(flags["labels"] or ()), *(flags["images"] or ()), *(flags["predictions"] or ())]
    settings = gathered(flags, named)
    if call.show_settings:
        put(shown(settings, settings.format))
        return 0
    _check_call(call, settings)
    found = survey_of(call, settings)
    plan = plan_of(call, settings, found)
    outputs = prepare(settings.format, [_output(one) for one in settings.output], _inputs(call, settings, found))
    report = check(found, plan, None if call.quiet else _with_bar)
    code = finish(
        report,
        outputs,
        detail="findings" if call.quiet else "summary" if call.summary else "full",
        fail_on="never" if call.write_baseline else settings.fail_on,
        exit_zero=settings.exit_zero,
        max_warnings=None if call.write_baseline else settings.max_warnings,
    )
    _write_baseline(call, plan, settings, report)
    return code


def survey_of(call: Call, settings: Settings) -> Survey:
    """What there is to check.

    Raises:
        UsageError: a path does not exist, or there is nothing.
    """
    said = sources_of(settings, call.paths or ())
    given = said.paths or said.images or said.labels or said.predictions or call.file_list
    found = survey(
        said.paths if given else [os.curdir],
        images=said.images,
        labels=said.labels,
        predictions=said.predictions,
        file_list=call.file_list,
        include=settings.include,
        exclude=settings.exclude,
        pairs=settings.pairs,
        splits=settings.splits,
        scope=call.scope or "dataset",
        base=settings.folder if settings.file else "",
        ends=ends_of(settings.preset),
        allow_empty=call.allow_empty,
    )
    return of_preset(found, settings.preset)


def plan_of(call: Call, settings: Settings, found: Survey) -> Plan:
    """How it is to be checked."""
    said, alone = contract_of(settings), call.scope == "file"
    chosen = frozenset(entry.code for entry in entries_of(settings.select, settings.ignore))
    codes = chosen - without(settings.preset)
    order = order_for(said, codes, digests=several_splits(found) and not alone, member=call.member)
    memory = _cache(settings, found)
    contract, notes = meaning(found, said, settings.preset, look=order.depth != "container", memory=memory)
    order = copied(order, contract=contract)
    recorded, within = None, _within(call, settings)
    root = os.path.dirname(settings.baseline) or os.curdir
    if settings.baseline and not call.write_baseline:
        recorded = baselines.load(settings.baseline, root, codes=codes, within=within, whole=not alone)
    return Plan(
        order=order,
        policy=Policy(settings.severity, settings.per_path_ignores, settings.folder),
        baseline=recorded,
        recording={} if call.write_baseline else None,
        cache=None if memory is None else memory.by(order),
        jobs=settings.jobs,
        limit=settings.max_findings,
        shard=shard_of(call.shard),
        alone=alone,
        root=root,
        notes=((f"configuration: {settings.file}",) if settings.file else ()) + notes,
        asked={
            "severity": dict(settings.severity),
            "per_path_ignores": {glob: list(some) for glob, some in settings.per_path_ignores.items()},
            "folder": settings.folder,
            "baseline": settings.baseline,
            "within": within,
        },
    )


def _cache(settings: Settings, found: Survey) -> Cache | None:
    """What is remembered of the data set, to begin with of what its labels are meant to be."""
    if settings.cache == "":
        return None
    from segloss_cli.scan.cache import Cache

    return Cache.of(found.root, MEMORY, settings.cache)


def _check_call(call: Call, settings: Settings) -> None:
    if call.prune_baseline and (call.write_baseline or not settings.baseline):
        raise UsageError("--prune-baseline needs --baseline FILE, and not --write-baseline beside it")
    if call.shard and (call.write_baseline or call.prune_baseline):
        raise UsageError("--shard: a baseline is written for the whole set; write it without --shard")
    if call.write_baseline:
        baselines.check_target(settings.baseline or baselines.NAME)


def _write_baseline(call: Call, plan: Plan, settings: Settings, report: Report) -> None:
    if not report.complete:
        return
    path = settings.baseline or baselines.NAME
    if plan.recording is not None:
        baselines.write(path, plan.recording)
    if call.prune_baseline and plan.baseline is not None:
        _prune(path, plan.baseline, report)


def _prune(path: str, recorded: Baseline, report: Report) -> None:
    if report.facts["unjudged"]:
        sys.stderr.write(f"segloss: {visible(path)}: not pruned, since not every file could be judged\n")
        return
    baselines.write(path, recorded.pruned())


def _inputs(call: Call, settings: Settings, found: Survey) -> Iterator[str]:
    """Every file that is read, none of which a report may be written over."""
    yield from filter(None, (settings.baseline, settings.file, call.file_list))
    yield from (path for sample in found.samples for path in sample[:3] if path)


def _within(call: Call, settings: Settings) -> list[str] | None:
    """The files and folders that were named: of a baseline, entries elsewhere are not judged; None for all."""
    roles = [name for name in ("labels", "images", "predictions") if settings.source(name).startswith("--")]
    named = [*(call.paths or ()), *(path for name in roles for path in getattr(settings, name))]
    return named if named or call.file_list else None


def _output(one: tuple[str, str]) -> str:
    form, path = one
    return f"{form}={path}" if form else path


def _with_bar(outcomes: Iterator[Outcome], total: int) -> Iterable[Outcome]:
    """The outcomes, with a bar on stderr where a person is watching."""
    if total < _MANY or not sys.stderr.isatty():
        return outcomes
    from segloss_cli.cli._finish import with_bar

    return with_bar(outcomes, total)

"""Reports of the parts of one data set -> the report that one run over all of it would have given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any, NamedTuple

from segloss_cli import __version__
from segloss_cli.errors import UsageError
from segloss_cli.scan import baseline as baselines
from segloss_cli.scan._order import Order
from segloss_cli.scan.check import Plan, conclude
from segloss_cli.scan.gathering import Gathering
from segloss_cli.scan.policy import Policy
from segloss_cli.types import Finding, Report, Skipped

_SAME = ("contract", "part", "limit", "passed", "notes")
_OF_THE_RUN = {"notes", "samples", "passed", "shard", "root"}
_WORDS = {"contract": "another contract", "part": "other files or settings"}


class Part(NamedTuple):
    """The report of one part, and the file that it is from."""

    path: str
    report: Report

    @property
    def shard(self) -> tuple[int, int]:
        """Which part of how many, counted from 1."""
        number, count = self.report.facts["shard"]
        return int(number), int(count)


def merge(parts: Iterable[tuple[str, Report]]) -> Report:
    """The report on the whole, from those on its parts.

    What the parts found adds up, and the rules about the data set as a whole are asked, which no part could answer.
    Where a part is missing or was interrupted they are not, and ``skipped`` says so: the report is incomplete.

    Args:
        parts: the file of each part's report, for messages, and the report.

    Raises:
        UsageError: a report is none of a part, two are of the same one, or they are not of one data set, judged alike.
    """
    known = sorted((_checked(*part) for part in parts), key=lambda part: part.shard)
    if not known:
        raise UsageError("nothing to merge: name the files that --shard I/N --output jsonl=FILE wrote")
    _check_alike(known)
    plan = _plan_of(known[0])
    found = Gathering(plan.limit, lambda finding: _let(plan, finding))
    for part in known:
        found.resume(part.report.findings, dict(part.report.facts["totals"]), part.report.skipped)
        if plan.baseline is not None:
            plan.baseline.add(part.report.facts.get("baseline_used", {}))
    missing = _missing(known)
    found.add((), missing)
    found.unjudged += sum(part.report.facts["unjudged"] for part in known)
    dataset = reduce(add, (part.report.dataset for part in known if part.report.dataset is not None))
    report = conclude(dataset, found, plan, _facts_of(known), complete=not missing)
    # what is missing makes it incomplete, not interrupted
    return replace(report, complete=True)


def _checked(path: str, report: Report) -> Part:
    shard = report.facts.get("shard")
    if report.command != "check" or not shard or report.dataset is None:
        raise UsageError(f"{path}: is no report of a part; write one with segloss check --shard I/N")
    version = report.facts.get("part", {}).get("version")
    if version != __version__:
        raise UsageError(
            f"{path}: was written by segloss {version or '(unknown)'}, this is {__version__}; run it again"
        )
    return Part(path, report)


def _check_alike(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part, other in pairwise(parts):
        if part.shard == other.shard:
            raise UsageError(f"{part.path} and {other.path}: both are part {_words(part)}; name each part once")
    for other in parts[1:]:
        if other.shard[1] != first.shard[1]:
            raise UsageError(f"{first.path} is part {_words(first)}, {other.path} part {_words(other)}: not of one run")
        for name in _SAME:
            if _fact(first, name) != _fact(other, name):
                what = _WORDS.get(name, f"other {name}")
                raise UsageError(f"{other.path}: has {what} than {first.path}: not parts of one run; run them again")


def _fact(part: Part, name: str) -> Any:
    return part.report.contract if name == "contract" else part.report.facts.get(name)


def _words(part: Part) -> str:
    return "{}/{}".format(*part.shard)


def _missing(parts: Sequence[Part]) -> list[Skipped]:
    """The parts that are not there, or not whole."""
    count, there = parts[0].shard[1], {part.shard[0]: part for part in parts}
    absent = (Skipped(f"part {i}/{count}", "its report is missing") for i in range(1, count + 1) if i not in there)
    cut = (Skipped(f"part {_words(part)}", "was interrupted") for part in parts if not part.report.complete)
    return [*absent, *cut]


def _plan_of(part: Part) -> Plan:
    """How the parts were judged, as the first of them says."""
    asked, codes = part.report.facts["part"], frozenset(part.report.facts["part"]["codes"])
    recorded = None
    if asked["baseline"]:
        root = os.path.dirname(asked["baseline"]) or os.curdir
        recorded = baselines.load(asked["baseline"], root, codes=codes, within=asked["within"])
    return Plan(
        order=Order(part.report.contract, codes),
        policy=Policy(asked["severity"], asked["per_path_ignores"], asked["folder"]),
        baseline=recorded,
        limit=part.report.facts["limit"],
    )


def _facts_of(parts: Sequence[Part]) -> dict[str, Any]:
    """What a run says of itself: the same in all parts, but for the number of samples."""
    facts = {name: fact for name, fact in parts[0].report.facts.items() if name in _OF_THE_RUN}
    return {**facts, "samples": sum(part.report.facts["samples"] for part in parts), "shard": None}


def _let(plan: Plan, finding: Finding) -> Finding | None:
    """A finding about the whole, as the policy and the baseline would have it."""
    kept = plan.policy.apply(finding)
    return None if kept is None or (plan.baseline is not None and plan.baseline.take(kept)) else kept

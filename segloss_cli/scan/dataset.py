"""Many pairs: each judged by itself, and the losses of all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from segloss_cli.errors import ReadError
from segloss_cli.losses._evaluate import join_passes, needs_for
from segloss_cli.losses._knobs import Request
from segloss_cli.scan._verdict import concluded
from segloss_cli.scan.compare import Asked, Bench, Comparison, common, compare, is_comparison, unexplained
from segloss_cli.scan.files import unreadable
from segloss_cli.scan.options import Wanted
from segloss_cli.scan.pair import Judged, comparisons_of, judge_pair, load, report_of
from segloss_cli.scan.reduction import reduction_of_pairs
from segloss_cli.scan.values import Computed, Part, Work, finish
from segloss_cli.types import Contract, LossValue, Report, Skipped

Triple = tuple[str, str, str | None]


def compute(pairs: Iterable[Triple], contract: Contract, wanted: Wanted, alone: Sequence[Skipped] = ()) -> Report:
    """Judge every pair; an unreadable one is recorded and the rest goes on, as it does after Ctrl-C.

    Memory does not grow with the number of pairs but by their sums: what every pixel scored is not kept.
    """
    if wanted.find is not None:
        return look_for(pairs, contract, wanted, alone)
    done: list[Judged] = []
    complete = True
    try:
        done.extend(_one(*pair, contract, wanted) for pair in pairs)
    except KeyboardInterrupt:
        complete = False
    reports = [judged.report for judged in done]
    whole = concluded(reports[0] if len(reports) == 1 and not alone else _sum(reports, contract, alone), wanted)
    computed = [judged.computed for judged in done if judged.computed]
    if len(done) > 1 and computed:
        values, compared = together(computed, wanted, len(done))
        facts = comparisons_of([whole.facts.get("comparison", ()), compared])
        found = whole.findings + reduction_of_pairs(computed, values, whole.contract, wanted)
        whole = replace(whole, losses=whole.losses + values, findings=found, facts={**whole.facts, **facts})
    return replace(whole, complete=complete)


def look_for(pairs: Iterable[Triple], contract: Contract, wanted: Wanted, alone: Sequence[Skipped] = ()) -> Report:
    """Judge every pair, and look for the number ``wanted.find`` in all of them together."""
    from segloss_cli.scan.search import Search

    search = Search(wanted)
    reports: list[Report] = []
    complete = True

    def take(work: Work) -> tuple[LossValue, ...]:
        search.look(work)
        return ()

    try:
        reports.extend(_looked_at(pair, contract, wanted, take) for pair in pairs)
    except KeyboardInterrupt:
        complete = False
    matches, facts = search.found()
    return replace(_sum(reports, contract, alone), matches=matches, facts={"find": facts}, complete=complete)


def _looked_at(
    pair: Triple, contract: Contract, wanted: Wanted, take: Callable[[Work], tuple[LossValue, ...]]
) -> Report:
    pred, label, teacher = pair
    try:
        return report_of(load(pred, label, contract, wanted, teacher), wanted, take)
    except ReadError as error:
        return replace(unreadable(error, contract, wanted.entries), command="compute")


def _one(pred: str, label: str, teacher: str | None, contract: Contract, wanted: Wanted) -> Judged:
    try:
        return judge_pair(pred, label, contract, wanted, teacher)
    except ReadError as error:
        return Judged(replace(unreadable(error, contract, wanted.entries), command="compute"), None)


def _sum(reports: Sequence[Report], contract: Contract, alone: Sequence[Skipped]) -> Report:
    seen = [report.contract for report in reports if report.files]
    same = seen[0] if seen and all(other == seen[0] for other in seen) else contract
    return Report(
        command="compute",
        contract=same,
        files=tuple(file for report in reports for file in report.files),
        findings=tuple(finding for report in reports for finding in report.findings),
        losses=tuple(value for report in reports for value in report.losses),
        skipped=(*(skipped for report in reports for skipped in report.skipped), *alone),
        facts=comparisons_of(report.facts.get("comparison", ()) for report in reports),
    )


def together(
    computed: Sequence[Computed], wanted: Wanted, pairs: int
) -> tuple[tuple[LossValue, ...], tuple[Comparison, ...]]:
    """The data set's values, from the sums of all pairs as one batch, and what the libraries disagree on.

    What ranks pixels (OHEM, Lovasz) or looks at whole maps is the mean of the pairs' values: a training step does so
    within its batch, and the values of all pixels of a data set are not kept. ``given`` is the data set as it is,
    ``repaired`` with every repair made; pairs of another task than the first are left out, and the values say of how
    many pairs they are.
    """
    first = computed[0]
    same = [c for c in computed if (c.task, c.classes) == (first.task, first.classes)]
    names = dict.fromkeys(part.name for c in same for part in c.parts[1:])
    repaired = next(iter(names)) if len(names) == 1 else "repaired: each pair as it needs"
    sides = [Side("given", [c.parts[0] for c in same], first.requests)]
    sides += [Side(repaired, [c.parts[-1] for c in same], first.requests)] if names else []
    asked = [side.values(replace(wanted, per_image=False)) for side in sides]
    compared = [side.compared(of_side) for side, of_side in zip(sides, asked, strict=True)]
    values = tuple(value for of_side in asked for _, value in of_side)
    return _partly(values, len(same), pairs), tuple(one for of_side in compared for one in of_side)


class Side:
    """One target of all pairs, and their statistics as one batch's."""

    def __init__(self, target: str, parts: Sequence[Part], requests: tuple[Request, ...]) -> None:
        self.target, self.parts, self.requests = target, parts, requests
        self.passes = join_passes([part.passes for part in parts])
        # of the settings only "some id is ignored" differs between pairs: a batch hands one ignore_index over
        self.setting = next((part.setting for part in parts if part.setting.ignoring), parts[0].setting)

    def values(self, wanted: Wanted) -> list[Asked]:
        """The requests that have something to say, each with its value."""
        found = ((request, self._joined(i, request, wanted)) for i, request in enumerate(self.requests))
        return [(request, value) for request, value in found if value is not None]

    def _joined(self, index: int, request: Request, wanted: Wanted) -> LossValue | None:
        """One loss of all pairs; a pair that has no value for a reason of its own leaves the data set without one."""
        values = [part.values[index] for part in self.parts]
        base = replace(values[0], target=self.target, pred="", label="", per_class=(), per_image=(), grad=None)
        blocked = [part.values[index] for part in self.parts if part.blocked[index] is not None]
        if blocked and all(value.status == "skipped" for value in values):
            return None
        if blocked:
            reason = f"{blocked[0].label}: {blocked[0].reason}"
            return replace(base, value=None, status=blocked[0].status, reason=reason, over="", pixels=0)
        if not self._adds_up(request):
            return _mean(base, values)
        return finish(base, request, self.passes, self.setting, wanted)

    def _adds_up(self, request: Request) -> bool:
        return all(needs.additive for needs in needs_for([request], self.setting).values())

    def compared(self, asked: Sequence[Asked]) -> tuple[Comparison, ...]:
        """What the libraries disagree on, where several were asked for."""
        if not is_comparison(self.requests):
            return ()
        found = compare(asked, Bench(self.passes, self.setting, common([part.needs for part in self.parts])))
        return tuple(self._completed(comparison) for comparison in found)

    def _completed(self, comparison: Comparison) -> Comparison:
        """What is a mean of pairs differs for the reasons of the first pair in which it does."""
        more: dict[str, dict[str, Any]] = {}
        for like in unexplained(comparison):
            reason = next((reason for reason in self._reasons(comparison) if like in reason["like"]), None)
            if reason:
                knobs = [{**knob, "alone": None} for knob in reason["knobs"]]
                more.setdefault(reason["words"], {**reason, "like": [], "knobs": knobs})["like"].append(like)
        return {**comparison, "reasons": [*comparison["reasons"], *more.values()]}

    def _reasons(self, comparison: Comparison) -> Iterator[Mapping[str, Any]]:
        same = (comparison["loss"], comparison["knobs"], comparison["base"])
        for part in self.parts:
            for one in part.comparisons:
                if (one["loss"], one["knobs"], one["base"]) == same:
                    yield from one["reasons"]


def _mean(base: LossValue, values: Sequence[LossValue]) -> LossValue:
    known = [value.value for value in values if value.value is not None]
    pixels = sum(value.pixels for value in values)
    filled = replace(base, over=f"mean of {len(known)} pairs", pixels=pixels)
    if not known:
        return replace(filled, value=None, status="undefined")
    return replace(filled, value=sum(known) / len(known), status="ok", reason=None)


def _partly(values: tuple[LossValue, ...], some: int, pairs: int) -> tuple[LossValue, ...]:
    """Values of a part of the pairs say so."""
    if some == pairs:
        return values
    return tuple(
        replace(value, over=", ".join(filter(None, (value.over, f"{some} of {pairs} pairs")))) for value in values
    )

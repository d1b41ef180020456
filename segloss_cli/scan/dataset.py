"""Many pairs: each judged by itself, and the losses of all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from segloss_cli.errors import ReadError
from segloss_cli.losses._evaluate import join_passes, needs_for
from segloss_cli.losses._knobs import Request
from segloss_cli.scan.files import unreadable
from segloss_cli.scan.options import Wanted
from segloss_cli.scan.pair import Judged, judge_pair
from segloss_cli.scan.values import Computed, Part, finish
from segloss_cli.types import Contract, LossValue, Report, Skipped

Triple = tuple[str, str, str | None]


def compute(pairs: Iterable[Triple], contract: Contract, wanted: Wanted, alone: Sequence[Skipped] = ()) -> Report:
    """Judge every pair; an unreadable one is recorded and the rest goes on, as it does after Ctrl-C.

    Memory does not grow with the number of pairs but by their sums: what every pixel scored is not kept.
    """
    done: list[Judged] = []
    complete = True
    try:
        done.extend(_one(*pair, contract, wanted) for pair in pairs)
    except KeyboardInterrupt:
        complete = False
    reports = [judged.report for judged in done]
    whole = reports[0] if len(reports) == 1 and not alone else _sum(reports, contract, alone)
    computed = [judged.computed for judged in done if judged.computed]
    if len(done) > 1 and computed:
        whole = replace(whole, losses=whole.losses + together(computed, wanted, len(done)))
    return replace(whole, complete=complete)


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
    )


def together(computed: Sequence[Computed], wanted: Wanted, pairs: int) -> tuple[LossValue, ...]:
    """The data set's values: from the sums of all pairs as one batch.

    What ranks pixels (OHEM, Lovasz) or looks at whole maps is the mean of the pairs' values: a training step does so
    within its batch, and the values of all pixels of a data set are not kept. ``given`` is the data set as it is,
    ``repaired`` with every repair made; pairs of another task than the first are left out, and the values say of how
    many pairs they are.
    """
    first = computed[0]
    same = [c for c in computed if (c.task, c.classes) == (first.task, first.classes)]
    names = dict.fromkeys(part.name for c in same for part in c.parts[1:])
    repaired = next(iter(names)) if len(names) == 1 else "repaired: each pair as it needs"
    sides = [("given", [c.parts[0] for c in same])]
    sides += [(repaired, [c.parts[-1] for c in same])] if names else []
    whole = replace(wanted, per_image=False)
    values = tuple(
        value
        for name, parts in sides
        for index, request in enumerate(first.requests)
        if (value := _joined(name, parts, index, request, whole)) is not None
    )
    return _partly(values, len(same), pairs)


def _joined(target: str, parts: Sequence[Part], index: int, request: Request, wanted: Wanted) -> LossValue | None:
    """One loss of all pairs; a pair that has no value for a reason of its own leaves the data set without one."""
    values = [part.values[index] for part in parts]
    base = replace(values[0], target=target, pred="", label="", per_class=(), per_image=())
    blocked = [part.values[index] for part in parts if part.blocked[index] is not None]
    if blocked and all(value.status == "skipped" for value in values):
        return None
    if blocked:
        reason = f"{blocked[0].label}: {blocked[0].reason}"
        return replace(base, value=None, status=blocked[0].status, reason=reason, over="", pixels=0)
    # of the settings only "some id is ignored" differs between pairs: a batch hands one ignore_index over
    setting = next((part.setting for part in parts if part.setting.ignoring), parts[0].setting)
    if not all(needs.additive for needs in needs_for([request], setting).values()):
        return _mean(base, values)
    return finish(base, request, join_passes([part.passes for part in parts]), setting, wanted)


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

"""Many pairs: each judged by itself, and the losses of all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from segloss_cli.errors import ReadError
from segloss_cli.losses._evaluate import Passes, join_passes
from segloss_cli.losses._knobs import find
from segloss_cli.scan.files import unreadable
from segloss_cli.scan.options import Wanted
from segloss_cli.scan.pair import Judged, judge_pair
from segloss_cli.scan.values import Computed, finish
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

    What ranks pixels (OHEM) is the mean of the pairs' values: a training step ranks within its batch, and the values
    of all pixels of a data set are not kept. ``given`` is the data set as it is, ``repaired`` with every repair made;
    pairs of another task than the first are left out.
    """
    first = computed[0]
    same = [c for c in computed if (c.setting.task, c.classes) == (first.setting.task, first.classes)]
    names = dict.fromkeys(name for c in same for name in c.passes if name != "given")
    repaired = next(iter(names)) if len(names) == 1 else "repaired: each pair as it needs"
    targets = ["given", *([repaired] if names else [])]
    whole = replace(wanted, per_image=False)
    values = tuple(
        value
        for target in targets
        for index in range(len(first.requests))
        if (value := _joined(same, index, target, whole)) is not None
    )
    return _partly(values, len(same), pairs)


def _joined(computed: Sequence[Computed], index: int, target: str, wanted: Wanted) -> LossValue | None:
    request, setting = computed[0].requests[index], computed[0].setting
    values = [_of(c, index, target) for c in computed]
    base = replace(values[0], target=target, pred="", label="", per_class=(), per_image=())
    skipped = [value for value in values if value.status == "skipped"]
    if len(skipped) == len(values):
        return None
    if skipped:
        return replace(base, value=None, status="skipped", reason=f"{skipped[0].label}: {skipped[0].reason}")
    broken = [value for value in values if value.status != "ok"]
    raised = [value for value in broken if target == "given" and "raises" in (value.reason or "")]
    if raised:
        return replace(base, value=None, status="undefined", reason=f"{raised[0].label}: {raised[0].reason}")
    if find(request.loss).kind == "ranked":
        known = [value.value for value in values if value.value is not None]
        mean = sum(known) / len(known) if known else None
        pixels = sum(value.pixels for value in values)
        filled = replace(base, value=mean, over=f"mean of {len(known)} pairs", pixels=pixels)
        return filled if known else replace(filled, status="undefined")
    return finish(base, request, join_passes([_passes(c, target) for c in computed]), setting, wanted)


def _partly(values: tuple[LossValue, ...], some: int, pairs: int) -> tuple[LossValue, ...]:
    """Values of a part of the pairs say so."""
    if some == pairs:
        return values
    return tuple(
        replace(value, over=", ".join(filter(None, (value.over, f"{some} of {pairs} pairs")))) for value in values
    )


def _of(computed: Computed, index: int, target: str) -> LossValue:
    """The value of one request on one target; a pair without a repair has the same value as given."""
    count = len(computed.requests)
    names = list(computed.passes)
    which = len(names) - 1 if target != "given" else 0
    return computed.values[which * count + index]


def _passes(computed: Computed, target: str) -> Passes:
    names = list(computed.passes)
    return computed.passes[names[0] if target == "given" else names[-1]]

"""Whether it matters that a ratio is taken of the whole batch, or of each image: for the rule that prints both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from segloss_cli.losses._knobs import Request, find
from segloss_cli.rules import catalogue, judge
from segloss_cli.scan.options import Wanted
from segloss_cli.scan.values import Computed, finish
from segloss_cli.types import Contract, Finding, LossValue

_CODE = "SL904"
_FIRST = "dice"


def reduction_of_images(computed: Computed, contract: Contract, wanted: Wanted) -> tuple[Finding, ...]:
    """What the rule says of one loss of regions of a batch, as a batch and by image."""
    part = computed.parts[0]
    found = _chosen(computed.requests, part.values)
    if found is None or part.passes.images < 2:
        return ()
    request, value = found
    by_image = replace(wanted, per_image=True, per_class=False)
    return _judged(finish(value, request, part.passes, part.setting, by_image), contract, wanted)


def reduction_of_pairs(
    computed: Sequence[Computed], values: Iterable[LossValue], contract: Contract, wanted: Wanted
) -> tuple[Finding, ...]:
    """What the rule says of one loss of regions of a data set, as one batch and by pair."""
    first = computed[0]
    same = [one for one in computed if (one.task, one.classes) == (first.task, first.classes)]
    whole = [value for value in values if value.target == "given"]
    for request, index in _regions(first.requests):
        each = [one.parts[0].values[index] for one in same]
        for value in whole:
            if (value.loss, value.like, value.knobs) == (request.loss, request.like, each[0].knobs):
                return _judged(replace(value, per_image=tuple(one.value for one in each)), contract, wanted)
    return ()


def _regions(requests: Sequence[Request]) -> Iterator[tuple[Request, int]]:
    """The losses of regions alone, with their places: Dice, and our own form, first."""
    known = [(request, i) for i, request in enumerate(requests) if find(request.loss).kinds == ("overlap",)]
    return iter(sorted(known, key=lambda one: (one[0].loss != _FIRST, one[0].like is not None, one[1])))


def _chosen(requests: Sequence[Request], values: Sequence[LossValue]) -> tuple[Request, LossValue] | None:
    return next(((r, values[i]) for r, i in _regions(requests) if values[i].status == "ok"), None)


def _judged(value: LossValue, contract: Contract, wanted: Wanted) -> tuple[Finding, ...]:
    entries = catalogue() if wanted.entries is None else wanted.entries
    return tuple(judge(value, contract, [entry for entry in entries if entry.code == _CODE]))

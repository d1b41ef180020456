"""One loss as several libraries compute it: where they disagree, and which knobs prove why.

A comparison is plain data, as JSON shows it: ``values`` by library ("ours" for our own default; null where there is
none), whether they ``agree``, and ``reasons``: for libraries that differ from ``base`` for the same reasons, the knobs
that make the difference, in words, and the value that each of them alone gives.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import Any

import numpy as np

from segloss_cli._record import record
from segloss_cli.errors import SeglossError
from segloss_cli.losses._evaluate import Head, Passes, evaluate_with, knobs_of, needs_of_all
from segloss_cli.losses._knobs import Request, Setting, find
from segloss_cli.losses._loss import Loss, Needs
from segloss_cli.losses._why import Knobs, Reason, differ, filled, reasons, variants
from segloss_cli.types import LossValue

OURS = "ours"

_INCLUDED = re.compile(r" \(ignored ones included\)|; ignored ones included")
"""What is beside the point where no id is ignored."""

Comparison = Mapping[str, Any]
Asked = tuple[Request, LossValue]


class NotSummedError(LookupError):
    """A variant needs statistics that the passes do not hold."""


@record(frozen=True)
class Bench:
    """What variants of losses are evaluated on: the statistics, what these hold, and what was evaluated before."""

    passes: Passes
    setting: Setting
    needs: Mapping[Head, Needs]
    known: dict[Any, float | None] = field(default_factory=dict, compare=False)

    def value(self, name: str, knobs: Knobs) -> float | None:
        """The loss with these knobs, or None where it has no value.

        Raises:
            NotSummedError: the passes did not sum for it.
        """
        loss = find(name)
        key = _key(loss, knobs)
        if key not in self.known:
            self.known[key] = self._evaluated(loss, knobs)
        return self.known[key]

    def know(self, asked: Asked) -> None:
        """Take in a value that was computed already."""
        request, value = asked
        self.known[_key(find(request.loss), knobs_of(request, self.setting))] = value.value

    def _evaluated(self, loss: Loss, knobs: Knobs) -> float | None:
        wanted = needs_of_all([(loss, knobs)], self.setting.task)
        if any(self.needs.get(head, Needs()) | needs != self.needs.get(head) for head, needs in wanted.items()):
            raise NotSummedError(f"the passes did not sum for {loss.function.__name__} with {knobs}")
        try:
            with np.errstate(all="ignore"):
                values = evaluate_with(loss, knobs, self.passes, self.setting.task)
        except SeglossError:  # knobs that no library sets together
            return None
        amount = math.nan if values.undefined else float(values.value)
        return amount if math.isfinite(amount) else None


def _key(loss: Loss, knobs: Knobs) -> Any:
    known = filled(loss, knobs).items()
    return loss.function, *sorted((knob, repr(value)) for knob, value in known if knob not in {"like", "weight"})


def is_comparison(requests: Iterable[Request]) -> bool:
    """Whether some loss is asked for in several conventions."""
    return any(len(group) > 1 for group in _grouped(requests))


def needs_of(requests: Sequence[Request], setting: Setting) -> Mapping[Head, Needs]:
    """What the passes must sum for the requests, and for what tells apart those of one loss."""
    wanted: list[tuple[Loss, Knobs]] = []
    for group in _grouped(requests):
        loss = find(group[0].loss)
        ours, *others = (knobs_of(request, setting) for request in group)
        wanted.append((loss, ours))
        wanted += [(loss, knobs) for theirs in others for knobs in variants(loss, ours, theirs)]
    return needs_of_all(wanted, setting.task)


def common(needs: Sequence[Mapping[Head, Needs]]) -> Mapping[Head, Needs]:
    """What all of the passes have summed; rankings and maps do not outlive a pair, and count as not summed."""
    heads = set(needs[0]).intersection(*needs)
    return {head: _common([some[head] for some in needs]) for head in heads}


def _common(needs: Sequence[Needs]) -> Needs:
    first, *others = needs
    shared: dict[str, Any] = {}
    for name in (f.name for f in fields(first)):
        value, rest = getattr(first, name), [getattr(other, name) for other in others]
        if isinstance(value, tuple):
            shared[name] = tuple(item for item in value if all(item in other for other in rest))
        else:
            shared[name] = value and all(rest)
    return replace(Needs(**shared), ranked=(), planes=False)


def compare(asked: Sequence[Asked], bench: Bench) -> tuple[Comparison, ...]:
    """Every loss that has some value, with the libraries' values of it and why they differ.

    Args:
        asked: the requests with their values.
        bench: where variants are evaluated.
    """
    values = {id(request): value for request, value in asked}
    groups = (
        [(request, values[id(request)]) for request in group if values[id(request)].status != "skipped"]
        for group in _grouped(request for request, _ in asked)
    )
    return tuple(_compared(group, bench) for group in groups if group)


def _compared(group: Sequence[Asked], bench: Bench) -> Comparison:
    first = group[0][1]
    base = next((one for one in group if one[1].status == "ok"), group[0])
    others = [one for one in group if one is not base and differ(one[1].value, base[1].value)]
    for one in group:
        bench.know(one)
    return {
        "loss": first.loss,
        "knobs": dict(first.knobs),
        "target": first.target,
        "pred": first.pred,
        "label": first.label,
        "base": named(base[0].like),
        "values": {named(request.like): value.value for request, value in group},
        "agree": not others,
        "reasons": _reasons(base, others, bench),
    }


def named(like: str | None) -> str:
    """The library's name, or ours."""
    return like or OURS


def _reasons(base: Asked, others: Sequence[Asked], bench: Bench) -> list[Mapping[str, Any]]:
    """The reasons of each library, those that share them together."""
    found: dict[Any, tuple[list[str], list[dict[str, Any]], str]] = {}
    for request, value in others:
        knobs = [] if value.value is None else _moved(base, request, bench)
        words = ", ".join(knob["words"] for knob in knobs) if value.value is not None else value.reason or "no value"
        if words:
            found.setdefault(words, ([], knobs, words))[0].append(named(request.like))
    return [{"like": likes, "words": words, "knobs": knobs} for likes, knobs, words in found.values()]


def unexplained(comparison: Comparison) -> list[str]:
    """The libraries that differ for no reason that was told."""
    told = {like for reason in comparison["reasons"] for like in reason["like"]}
    values = comparison["values"]
    return [like for like, value in values.items() if like not in told and differ(value, values[comparison["base"]])]


def _moved(base: Asked, request: Request, bench: Bench) -> list[dict[str, Any]]:
    ours, theirs = (knobs_of(one, bench.setting) for one in (base[0], request))
    try:
        found = reasons(find(request.loss), ours, theirs, lambda knobs: bench.value(request.loss, knobs))
    except NotSummedError:  # of a data set: rankings and maps are not kept
        return []
    return [_plain(reason, ignoring=bench.setting.ignoring) for reason in found]


def _plain(reason: Reason, *, ignoring: bool) -> dict[str, Any]:
    words = reason.words if ignoring else _INCLUDED.sub("", reason.words)
    return {"knob": reason.knob, "value": reason.value, "words": words, "alone": reason.alone}


def _grouped(requests: Iterable[Request]) -> Iterator[list[Request]]:
    """The requests of one loss with the same parameters, together."""
    found: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        found.setdefault((request.loss, repr(request.params)), []).append(request)
    yield from found.values()

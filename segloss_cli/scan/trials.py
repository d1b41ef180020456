"""What is tried when a number is searched for: losses in conventions at settings, and what a pass sums for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from segloss_cli._plugins import names
from segloss_cli._record import record
from segloss_cli.losses._evaluate import Head, knobs_of, needs_of_all
from segloss_cli.losses._knobs import Request, Setting, find, parameters
from segloss_cli.losses._loss import Loss, Needs
from segloss_cli.losses._sums import Side
from segloss_cli.scan.grid import MOST, settings
from segloss_cli.scan.options import LOSSES, Wanted
from segloss_cli.scan.scenes import COUNTED, VOID, Scene
from segloss_cli.scan.values import Work, weights_for, why_blocked
from segloss_cli.types import Task

_ELEMENTS = 25_000_000
"""One-vs-rest sums cost the most of a pass; as many kinds of them are taken as this many elements allow."""

_SIDES = 24
"""More of them than this say nothing new."""

_SORTED = frozenset({"lovasz", "lovasz_hinge"})
"""Losses of whole maps that take a sort for each class, and not a neighbourhood for each pixel."""

_ONLY_WEIGHTED = frozenset({"weigh", "weight_in_p"})


@record(frozen=True)
class Trial:
    """One loss to be computed: as it is asked for, its own knobs, and how far that is from the plain command.

    ``steps`` counts the knobs that are set and whatever else differs from the command that was given; ``ignore`` are
    the ids that it ignores, ``weighted`` says whether it uses the class weights. ``remarks`` are the differences
    in words. Trials of the same ``key`` have the same value.
    """

    request: Request
    setting: Setting
    knobs: Mapping[str, Any]
    steps: int
    ignore: tuple[int, ...]
    weighted: bool
    remarks: tuple[str, ...]
    key: Any


def trials_of(scene: Scene, work: Work, wanted: Wanted) -> list[Trial]:
    """What is tried on one reading of the label, what is nearest to the command first.

    Of settings with the same value that one is kept which sets the fewest knobs; the defaults of every library stay.
    """
    found = [trial for way in _ways(scene, work, wanted) for trial in _of_way(scene, work, wanted, way)]
    found.sort(key=lambda trial: trial.steps)
    seen: set[Any] = set()
    kept = []
    for trial in found:
        if trial.key not in seen or not trial.request.params:
            kept.append(trial)
        seen.add(trial.key)
    return kept


@record(frozen=True)
class Way:
    """How the losses are told of a label: the setting, the ids that it ignores, and what that differs in."""

    setting: Setting
    ignore: tuple[int, ...]
    remarks: tuple[str, ...] = ()


def _ways(scene: Scene, work: Work, wanted: Wanted) -> Iterator[Way]:
    """With and without the class weights; with and without an ignored id where no pixel holds one."""
    target, given = scene.target, weights_for(wanted, work)
    ids = tuple(sorted(target.ignore))
    plain = (scene.remark,) if scene.remark else ()
    ways = [Way(Setting(work.task, bool(ids)), ids, plain)]
    if not target.ignores and (ids or work.classes <= VOID):
        other = () if ids else (VOID,)
        ways.append(Way(Setting(work.task, not ids), other, (*plain, "an ignored id given" if other else COUNTED)))
    for way in ways:
        yield replace(way, setting=replace(way.setting, weight=given))
        if given is not None:
            yield replace(way, remarks=(*way.remarks, "without class weights"))


def _of_way(scene: Scene, work: Work, wanted: Wanted, way: Way) -> Iterator[Trial]:
    setting, weighted, steps = way.setting, way.setting.weight is not None, len(way.remarks)
    for request in bases(work.task, wanted):
        if why_blocked(request, work, setting, scene.target) is not None:
            continue
        for some, params in _params(request, most=1 if steps else MOST, weighted=weighted):
            asked = Request(request.loss, request.like, params)
            knobs = knobs_of(asked, setting)
            key = _key(asked.loss, knobs)
            yield Trial(asked, setting, knobs, steps + some, way.ignore, weighted, way.remarks, key)


def bases(task: Task, wanted: Wanted) -> Iterator[Request]:
    """The losses that are tried, as ours and as each library has them: those asked for, or all but the slow ones."""
    asked = {(request.loss, repr(request.params)): request.params for request in wanted.requests}
    named = [(name, params) for (name, _), params in asked.items()]
    likes = [like for like in wanted.likes if like != "all"]
    for name, params in named or [(name, {}) for name in names(LOSSES) if not is_slow(loss_of(name), task)]:
        loss = loss_of(name)
        for like in likes or (None, *loss.conventions):
            known = like is None or like in loss.conventions
            if known and params.keys() <= parameters(loss, like).keys():
                yield Request(name, like, params)


@cache
def loss_of(name: str) -> Loss:
    """The loss of this name, looked up once."""
    return find(name)


def is_slow(loss: Loss, task: Task) -> bool:
    """Whether a loss looks at whole maps and is not usual: trying its settings would take minutes."""
    return "planes" in loss.kinds and task not in loss.default and loss.function.__name__ not in _SORTED


def _params(request: Request, *, most: int, weighted: bool) -> Iterator[tuple[int, dict[str, Any]]]:
    loss = loss_of(request.loss)
    function = loss.conventions[request.like].knobs if request.like else loss.function
    known = {k: v for k, v in parameters(loss, request.like).items() if weighted or k not in _ONLY_WEIGHTED}
    return settings(function, known, request.params, most=1 if "planes" in loss.kinds else most)


def _key(loss: str, knobs: Mapping[str, Any]) -> Any:
    weighted = knobs.get("weight") is not None
    return loss, weighted, *sorted((name, repr(v)) for name, v in knobs.items() if name not in {"weight", "like"})


def affordable(trials: Sequence[Trial], work: Work, wanted: Wanted) -> tuple[list[Trial], Mapping[Head, Needs]]:
    """The trials that one pass can serve in good time, and what it must sum for them."""
    images, channels, *_ = work.scores.shape
    room = min(_SIDES, max(3, _ELEMENTS // max(images * channels * work.size[0] * work.size[1], 1)))
    named = {request.loss for request in wanted.requests}
    sides: set[Side] = set()
    seen: dict[Any, bool] = {}
    needs: dict[Head, set[Needs]] = {}
    for trial in trials:
        if trial.key not in seen:
            each = needs_of_all([(loss_of(trial.request.loss), trial.knobs)], work.task)
            more = {side for need in each.values() for side in need.sides} - sides
            slow = any(need.planes for need in each.values()) and _is_map_by_choice(trial, named)
            seen[trial.key] = not slow and (not more or not trial.steps or len(sides) + len(more) <= room)
            if seen[trial.key]:
                sides |= more
                for head, need in each.items():
                    needs.setdefault(head, set()).add(need)
    return [t for t in trials if seen[t.key]], {head: joined(some) for head, some in needs.items()}


def _is_map_by_choice(trial: Trial, named: set[str]) -> bool:
    """Whether only this setting of the loss, which nobody named and is no library's default, looks at whole maps."""
    return trial.steps > 0 and trial.request.loss not in named and "planes" not in loss_of(trial.request.loss).kinds


def joined(needs: set[Needs]) -> Needs:
    """All together, in an order that does not depend on the run."""
    whole = Needs()
    for need in sorted(needs, key=repr):
        whole |= need
    return whole

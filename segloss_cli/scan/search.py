"""Which loss, library and knobs give this number? The catalogue, tried on one pair or on many as one batch.

The label is looked at in a few ways (see :mod:`segloss_cli.scan.scenes`). Each takes one pass that sums for every trial
together; the trials are functions of those sums, thousands a second. What was printed may be another form of a value:
one minus it, its negative, a sum instead of a mean, one class or image of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from segloss_cli._plugins import names
from segloss_cli.losses._evaluate import Passes, join_passes, needs_of_all
from segloss_cli.scan.forms import chance, number_of
from segloss_cli.scan.options import LOSSES, Wanted
from segloss_cli.scan.ranking import Batch, Tried, ranked, try_all
from segloss_cli.scan.scenes import GIVEN, REPAIRED, ROLES, Scene, scenes_of
from segloss_cli.scan.trials import Trial, affordable, is_slow, loss_of, trials_of
from segloss_cli.scan.values import Work, passes_of
from segloss_cli.types import Match

LISTED = 50
"""At most so many matches are listed."""

NEAREST = 5
"""So many of the nearest others are listed after them."""


class Search:
    """A number that is looked for, pair by pair; several pairs are one batch, as a data set's value is."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.number = number_of(wanted.find or "")
        self._seen: list[dict[str, Batch]] = []
        self._plans: dict[Any, tuple[list[Trial], Any]] = {}

    def look(self, work: Work) -> None:
        """Take in one pair: one pass for each reading of its label."""
        self._seen.append({scene.role: self._gather(scene, work) for scene in scenes_of(work)})
        if len(self._seen) > 1:
            self._seen = [{role: _light(batch) for role, batch in pair.items()} for pair in self._seen]

    def _gather(self, scene: Scene, work: Work) -> Batch:
        target = scene.target
        alike = (scene.role, target.ignore, target.outside, target.soft, target.ignores, work.task, work.classes)
        if alike not in self._plans:
            self._plans[alike] = affordable(trials_of(scene, work, self.wanted), work, self.wanted)
        trials, needs = self._plans[alike]
        made = passes_of(work, target, needs, self.wanted, every_core=True) if needs else Passes()
        return Batch(scene, trials, made, work)

    def found(self) -> tuple[tuple[Match, ...], dict[str, Any]]:
        """The matches, best first, and the facts of the search: what was tried, and what agrees by chance."""
        tried = [try_all(batch) for batch in _together(self._seen) if batch.trials]
        agreeing, others = ranked(tried, self.number)
        listed = [*agreeing[:LISTED], *others[:NEAREST]]
        facts = {
            "wanted": self.number.text,
            "tolerance": self.number.tolerance,
            "tried": sum(len(one.rows) for one in tried),
            "agreeing": len(agreeing),
            "by_chance": sum(chance(one.numbers.numbers, self.number) for one in tried),
            "by_chance_plain": sum(chance(one.plain(), self.number) for one in tried),
            "not_tried": _not_tried(tried, self.wanted),
            "nothing": _nothing(self._seen, tried),
            "missing": list(dict.fromkeys(reason for one in tried for reason in one.missing)),
            "commands": [hit.command(self.wanted) for hit in listed],
        }
        return tuple(hit.match(self.number, self.wanted) for hit in listed), facts


def _not_tried(tried: Sequence[Tried], wanted: Wanted) -> list[str]:
    if wanted.requests or not tried:
        return []
    task = tried[0].batch.work.task
    return [name for name in names(LOSSES) if task in loss_of(name).tasks and is_slow(loss_of(name), task)]


def _nothing(seen: Sequence[Mapping[str, Batch]], tried: Sequence[Tried]) -> str:
    """Why nothing was tried, or an empty text."""
    if any(one.rows for one in tried):
        return ""
    alike = {(batch.work.task, batch.work.classes) for pair in seen for batch in pair.values()}
    if len(alike) > 1:
        return "the pairs differ in task or number of classes, and are no batch: look in one pair"
    return "no loss can be computed of these files"


def _light(batch: Batch) -> Batch:
    return replace(batch, passes=batch.passes.without_pixels())


def _together(seen: Sequence[Mapping[str, Batch]]) -> Iterator[Batch]:
    """Every reading over all pairs; a label that needs no repair is as given among the repaired."""
    for role in ROLES:
        parts = [pair.get(role) or (pair[GIVEN] if role == REPAIRED else None) for pair in seen]
        known = [part for part in parts if part is not None]
        alike = {(part.work.task, part.work.classes) for part in known}
        if any(role in pair for pair in seen) and len(known) == len(seen) and len(alike) == 1:
            yield _joined(known)


def _joined(parts: Sequence[Batch]) -> Batch:
    first = parts[0]
    if len(parts) == 1:
        return first
    everywhere = set.intersection(*({_identity(trial) for trial in part.trials} for part in parts))
    trials = [t for t in first.trials if _identity(t) in everywhere and _adds_up(t, first.work)]
    scene = next((part.scene for part in parts if part.scene.role != GIVEN), first.scene)
    return Batch(scene, trials, join_passes([part.passes for part in parts]), first.work, len(parts))


def _identity(trial: Trial) -> Any:
    return trial.request.loss, trial.request.like, repr(trial.request.params), trial.key


def _adds_up(trial: Trial, work: Work) -> bool:
    needs = needs_of_all([(loss_of(trial.request.loss), trial.knobs)], work.task)
    return all(need.additive for need in needs.values())

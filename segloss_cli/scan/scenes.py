"""The ways in which a label is looked at when a number is searched for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segloss_cli._record import record
from segloss_cli.scan.targets import Target, Whole, distinct

if TYPE_CHECKING:
    from segloss_cli.scan.values import Work

VOID = 255

GIVEN, REPAIRED, COUNTED, BACKGROUND = ROLES = ("given", "repaired", "nothing ignored", "0 ignored")


@record(frozen=True)
class Scene:
    """One reading of a label, and its part in the search; ``remark`` says how it is not what was asked for."""

    role: str
    target: Target
    remark: str = ""


def scenes_of(work: Work) -> Iterator[Scene]:
    """The label as given, as repaired, with the ignored id counted, or else with class 0 ignored."""
    given = work.targets[0]
    yield Scene(GIVEN, given)
    yield from (Scene(REPAIRED, target) for target in work.targets[1:])
    if given.soft or work.task == "multilabel":
        return
    values = distinct(given.labels)
    if given.ignores:
        counted = _ignoring(Whole(given.labels, values), frozenset(), work)
        if not counted.outside or work.task == "binary":
            yield Scene(COUNTED, counted, COUNTED)
    elif not given.ignore and work.task == "multiclass" and 0 in values and len(values) > 1:
        yield Scene(BACKGROUND, _ignoring(Whole(given.labels, values), frozenset({0}), work), BACKGROUND)


def _ignoring(whole: Whole, ignore: frozenset[int], work: Work) -> Target:
    outside = whole.not_binary(ignore) if work.task == "binary" else whole.outside(ignore, work.classes)
    return whole.target(GIVEN, ignore, outside=outside)

"""What the labels of a data set are meant to be: said by flags, by a preset, by a file that lies there, or detected."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from segloss_cli._record import copied, record
from segloss_cli.presets import contract_of, detect, existing, find, merged
from segloss_cli.profile import profile_label
from segloss_cli.read import read_label
from segloss_cli.scan._order import Facts, Order, Outcome
from segloss_cli.scan._worker import WorkersError, attempt
from segloss_cli.scan.listing import Survey
from segloss_cli.types import Contract, Profile, Sample

if TYPE_CHECKING:
    from segloss_cli.scan.cache import Cache

FEW = 48
"""Of so many samples all are judged in this process anyway."""

LOOKED_AT = 20_000
"""So many paths are looked at for what speaks for a preset, or against it."""

LOOKED = 12
"""So many labels, spread over all, are looked at to see what data set this is."""

PATIENCE = 20.0
"""Seconds that a look at one of them may take."""

MEMORY = Order(Contract(), frozenset(), "container", member="(what the labels are meant to be)")
"""The cache's key for what was detected: no order to judge anything by."""


def meaning(
    survey: Survey, said: Contract, preset: str = "", *, look: bool = True, memory: Cache | None = None
) -> tuple[Contract, tuple[str, ...]]:
    """The contract, and how it was known in lines for the report.

    What was said always wins. What a preset or a file of the data set adds counts as declared; what is only detected
    is inferred, so that nothing found with it is more than a warning.

    Args:
        survey: what there is to check.
        said: what the user declared.
        preset: the name of a preset.
        look: whether labels may be looked at, where nothing else tells.
        memory: the cache for :data:`MEMORY`, so that labels that have not changed are not looked at again.

    Raises:
        UsageError: there is no such preset.
    """
    if preset:
        found = find(preset)
        return merged(contract_of(found), said), (f"contract: preset {found.name}, {found.title}",)
    lying = existing(survey.root)
    if lying is not None and lying.contract != Contract():
        return merged(lying.contract, said), (f"contract: {lying.path}", *lying.notes)
    notes = tuple(lying.notes) if lying is not None else ()
    contract, more = _detected(survey, said, memory) if look else (said, ())
    return contract, (*notes, *more)


def without(preset: str) -> frozenset[str]:
    """The rules that a preset leaves no room for: what they are about is how its labels are meant to be."""
    return frozenset(find(preset).without) if preset else frozenset()


def _detected(survey: Survey, said: Contract, memory: Cache | None) -> tuple[Contract, tuple[str, ...]]:
    if said.num_classes is not None or said.palette:
        return said, ()
    name, reason = _recognised(survey, memory)
    if not name:
        return said, (f"data set: {reason}",) if reason else ()
    contract = merged(contract_of(find(name), declared=False), said)
    return contract, (f"data set: {reason}; so it is taken for, --preset {name} declares it",)


def _recognised(survey: Survey, memory: Cache | None) -> tuple[str, str]:
    """The name of the preset that the labels follow, if that is certain, and what speaks for one, if anything does."""
    looked = _spread([sample.label for sample in survey.samples if sample.label])
    paths = (path for sample in survey.samples for path in (sample.label, sample.image) if path)
    some = list(islice(paths, LOOKED_AT))
    if memory is None:
        return _told(some, looked, apart=len(survey.samples) > FEW)
    known = memory.recall(looked, "\n".join(some))
    name, _, reason = known.partition("\n") if known is not None else ("", "", "")
    if known is None:
        name, reason = _told(some, looked, apart=len(survey.samples) > FEW)
        memory.keep(f"{name}\n{reason}")
    return name, reason


def _told(paths: Sequence[str], looked: Sequence[Sample], *, apart: bool) -> tuple[str, str]:
    found = detect(paths, [one.profile for one in _glances(looked, apart=apart) if one.profile is not None])
    return ("", "") if found is None else (found.name, found.reason)


def _spread(paths: Sequence[str]) -> list[Sample]:
    if len(paths) > LOOKED:
        paths = [paths[i * (len(paths) - 1) // (LOOKED - 1)] for i in range(LOOKED)]
    return [Sample(path) for path in paths]


@record(frozen=True)
class Glance(Outcome):
    """What a label holds, if it can be read."""

    profile: Profile | None = None


def glance(sample: Sample, _: Order) -> Glance:
    """Look at a label; whatever is wrong with it is told when it is judged."""
    return attempt(_seen, _unseen, sample)


def _seen(sample: Sample) -> Glance:
    # what is measured when it is asked for stays here: nobody asks
    profile = copied(profile_label(read_label(sample.label)), edges=None, core={})
    return Glance(Facts(sample.split, sample.label), profile=profile)


def _unseen(_: str, sample: Sample) -> Glance:
    return Glance(Facts(sample.split, sample.label))


def _glances(looked: Sequence[Sample], *, apart: bool) -> list[Glance]:
    # pictures only: an array may be larger than memory, and no preset is about arrays
    pictures = [one for one in looked if os.path.splitext(one.label)[1].lower() not in {".npy", ".npz"}]
    if apart:
        from segloss_cli.scan.parallel import outcomes

        # by a worker: a file that kills who decodes it, or takes for ever, is found and named when it is judged
        with suppress(WorkersError):
            made = list(outcomes(pictures, MEMORY, jobs=1, examine=glance, patience=PATIENCE))
            return [one for one in made if isinstance(one, Glance)]
    return [glance(one, MEMORY) for one in pictures]

"""What the labels of a data set are meant to be: said by flags, by a preset, by a file that lies there, or detected."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from segloss_cli.presets import contract_of, detect, existing, find, merged
from segloss_cli.profile import profile_label
from segloss_cli.read import read_label
from segloss_cli.scan._order import Order
from segloss_cli.scan._worker import Fault
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
    looked = _spread([Sample(sample.label) for sample in survey.samples if sample.label])
    paths = [path for sample in survey.samples for path in (sample.label, sample.image) if path]
    tell = _told_apart if len(survey.samples) > FEW else _told
    if memory is None:
        return tell(paths, looked)
    known = memory.recall(looked, "\n".join(paths))
    name, _, reason = known.partition("\n") if known is not None else ("", "", "")
    if known is None:
        name, reason = tell(paths, looked)
        memory.keep(f"{name}\n{reason}")
    memory.close(tidy=False)
    return name, reason


def _told(paths: Sequence[str], looked: Sequence[Sample]) -> tuple[str, str]:
    found = detect(paths, _profiles([sample.label for sample in looked]))
    return ("", "") if found is None else (found.name, found.reason)


def _told_apart(paths: Sequence[str], looked: Sequence[Sample]) -> tuple[str, str]:
    """The same in a process of its own: a file that kills who decodes it is to be found by a worker, and named."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(_told, paths[:LOOKED_AT], looked).result()
        except BrokenProcessPool:
            return "", ""


def _spread(samples: Sequence[Sample]) -> Sequence[Sample]:
    if len(samples) <= LOOKED:
        return samples
    return [samples[i * (len(samples) - 1) // (LOOKED - 1)] for i in range(LOOKED)]


def _profiles(paths: Sequence[str]) -> list[Profile]:
    profiles = []
    for path in paths:
        # pictures only: an array may be larger than memory, and no preset is about arrays
        if os.path.splitext(path)[1].lower() in {".npy", ".npz"}:
            continue
        # what is wrong with a label is told when it is judged
        with Fault():
            profiles.append(profile_label(read_label(path)))
    return profiles

"""What the labels of a data set are meant to be: said by flags, by a preset, by a file that lies there, or detected."""

from __future__ import annotations

import os
from collections.abc import Sequence

from segloss_cli.errors import ReadError
from segloss_cli.presets import contract_of, detect, existing, find, merged
from segloss_cli.profile import profile_label
from segloss_cli.read import read_label
from segloss_cli.scan.listing import Survey
from segloss_cli.types import Contract, Profile

LOOKED = 12
"""So many labels, spread over all, are looked at to see what data set this is."""


def meaning(survey: Survey, said: Contract, preset: str = "") -> tuple[Contract, tuple[str, ...]]:
    """The contract, and how it was known in lines for the report.

    What was said always wins. What a preset or a file of the data set adds counts as declared; what is only detected
    is inferred, so that nothing found with it is more than a warning.

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
    contract, more = _detected(survey, said)
    return contract, (*notes, *more)


def without(preset: str) -> frozenset[str]:
    """The rules that a preset leaves no room for: what they are about is how its labels are meant to be."""
    return frozenset(find(preset).without) if preset else frozenset()


def _detected(survey: Survey, said: Contract) -> tuple[Contract, tuple[str, ...]]:
    if said.num_classes is not None or said.palette:
        return said, ()
    samples = survey.samples
    profiles = _profiles(_spread([sample.label for sample in samples if sample.label]))
    paths = [path for sample in samples for path in (sample.label, sample.image) if path]
    found = detect(paths, profiles) if profiles else None
    if found is None:
        return said, ()
    if not found.name:
        return said, (f"data set: {found.reason}",)
    contract = merged(contract_of(find(found.name), declared=False), said)
    return contract, (f"data set: {found.reason}; so it is taken for, --preset {found.name} declares it",)


def _spread(paths: Sequence[str]) -> list[str]:
    if len(paths) <= LOOKED:
        return list(paths)
    return [paths[i * (len(paths) - 1) // (LOOKED - 1)] for i in range(LOOKED)]


def _profiles(paths: Sequence[str]) -> list[Profile]:
    profiles = []
    for path in paths:
        # pictures only: an array may be larger than memory, and no preset is about arrays
        if os.path.splitext(path)[1].lower() in {".npy", ".npz"}:
            continue
        try:
            profiles.append(profile_label(read_label(path)))
        except ReadError:
            continue
    return profiles

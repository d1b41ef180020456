"""Of several encodings of each picture that lie side by side, the one that the preset is about."""

from __future__ import annotations

import os
from dataclasses import replace

from segloss_cli.presets import find
from segloss_cli.scan._facts import suffix_of
from segloss_cli.scan.listing import Survey

OTHERS = "in other encodings than the preset's"


def of_preset(survey: Survey, preset: str) -> Survey:
    """The survey without labels that lie there in the preset's encoding too, as Cityscapes is prepared.

    Args:
        survey: what there is to check.
        preset: the name of a preset; all labels stay where it is empty, or knows no ends of names.

    Returns:
        The survey; ``passed`` counts what was left out. A picture that is there in another encoding alone stays.

    Raises:
        UsageError: there is no such preset.
    """
    wanted = {suffix_of(end) for end in ends_of(preset)}
    if not wanted:
        return survey
    known = {_picture(sample.label) for sample in survey.samples if suffix_of(sample.label) in wanted}
    kept = tuple(
        sample
        for sample in survey.samples
        if suffix_of(sample.label) in {*wanted, ""} or _picture(sample.label) not in known
    )
    others = len(survey.samples) - len(kept)
    if not others:
        return survey
    left = {sample.label for sample in survey.samples}.difference(sample.label for sample in kept)
    orphans = tuple(orphan for orphan in survey.orphans if orphan.path not in left)
    note = f"of several encodings of a picture the preset's: {len(kept):,} of {len(survey.samples):,} labels"
    passed = {**survey.passed, OTHERS: others}
    return replace(survey, samples=kept, orphans=orphans, notes=(*survey.notes, note), passed=passed)


def ends_of(preset: str) -> tuple[str, ...]:
    """What names of the preset's labels end in, where that tells them from other encodings of the same pictures.

    >>> ends_of("cityscapes-colour"), ends_of("voc"), ends_of("")
    (('_gtFine_color', '_gtCoarse_color'), (), ())
    """
    return tuple(end for end in find(preset).layout.suffixes if suffix_of(end)) if preset else ()


def _picture(path: str) -> str:
    """The path without what tells the encodings of one picture apart."""
    stem = os.path.splitext(path)[0]
    return stem[: len(stem) - len(suffix_of(path))]

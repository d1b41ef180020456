"""Which prediction belongs to which label: by the stem of the file's name."""

from __future__ import annotations

import os
from collections.abc import Sequence

from segloss_cli._record import record
from segloss_cli.errors import UsageError
from segloss_cli.scan._file_names import USUAL, tail_of
from segloss_cli.scan.files import expand
from segloss_cli.types import Skipped

SUFFIXES = tuple(sorted(f"_{word}" for word in USUAL))
"""What data sets put after the name of a picture; compared without regard to case, and taken off as often as one is."""


@record(frozen=True)
class Pairs:
    """Prediction, label and (where there is one) teacher of each stem, sorted; and the files without a partner."""

    paths: tuple[tuple[str, str, str | None], ...]
    alone: tuple[Skipped, ...]


def pair_up(pred: str, label: str, teacher: str | None = None) -> Pairs:
    """Pair predictions with labels; each side is a file, a folder or a glob.

    Two single files are a pair whatever their names. Otherwise the stems decide, without a usual suffix such as
    ``_mask``; two files of one stem on the same side are refused rather than guessed at.

    Raises:
        UsageError: a path does not exist, nothing pairs, or a stem is there twice.
    """
    preds, labels = _outside(expand([pred]), label), _outside(expand([label]), pred)
    teachers = expand([teacher]) if teacher else ()
    if len(preds) == 1 and len(labels) == 1 and not os.path.isdir(pred) and not os.path.isdir(label):
        return Pairs(((preds[0], labels[0], teachers[0] if teachers else None),), ())
    left, right = _by_stem(preds, "predictions"), _by_stem(labels, "labels")
    other = _by_stem(teachers, "teachers")
    both = sorted(left.keys() & right.keys())
    if not both:
        some = ", ".join(sorted(left)[:3]), ", ".join(sorted(right)[:3])
        raise UsageError(f"no prediction has the stem of a label: {pred} has {some[0]}, {label} has {some[1]}")
    missing = [stem for stem in both if teachers and stem not in other]
    if missing:
        raise UsageError(f"--teacher {teacher}: nothing with the stem {missing[0]}; it needs one file per prediction")
    alone = [Skipped(left[stem], f"no label in {label} has its stem") for stem in sorted(left.keys() - right.keys())]
    alone += [Skipped(right[stem], f"no prediction in {pred} has its stem") for stem in sorted(right.keys() - left)]
    return Pairs(tuple((left[stem], right[stem], other.get(stem)) for stem in both), tuple(alone))


def _outside(paths: Sequence[str], other: str) -> tuple[str, ...]:
    """The paths that do not lie in the other side's folder, which may be a folder of this one."""
    inside = os.path.join(os.path.abspath(other), "")
    kept = tuple(path for path in paths if not os.path.abspath(path).startswith(inside))
    return kept or tuple(paths)


def _by_stem(paths: Sequence[str], what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        stem = stem_of(path)
        if stem in found:
            raise UsageError(f"two {what} have the stem {stem!r}: {found[stem]} and {path}; keep one of them")
        found[stem] = path
    return found


def stem_of(path: str) -> str:
    """The name without folder, extension and usual suffixes.

    >>> stem_of("gt/ISIC_0000011_Segmentation.png")
    'ISIC_0000011'
    """
    stem = os.path.splitext(os.path.basename(path))[0]
    head, word = tail_of(stem)
    while word in USUAL:
        stem = head
        head, word = tail_of(stem)
    return stem

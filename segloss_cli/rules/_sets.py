"""What the ids of a whole data set are: classes, or something else. One reading, so that one rule speaks of it.

A set of fewer than ``FEW`` labels says nothing: what it lacks may be chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from segloss_cli._record import record
from segloss_cli.rules._ids import VOID, class_range, ignored, two_classes
from segloss_cli.rules._words import MANY, listing, number, printable
from segloss_cli.types import Contract, Dataset

FEW = 10
"""Of fewer labels than this nothing is said of what a set lacks, or has too much of."""

ENOUGH = 20
"""Labels that it takes to tell numbered objects from classes."""

HIGH = 12
"""Objects are counted at least so far in some label; grades, and organs that come one after the other, end sooner."""

MAX_CLASSES = 512
"""More ids than this are hardly classes."""

_UNSURE = ("grey levels", "many values", "fractions", "k/255")


@record(frozen=True)
class Instances:
    """Why the ids look like numbers of objects: in words, with evidence."""

    what: str
    evidence: Mapping[str, object]


def kept_ids(dataset: Dataset, contract: Contract) -> dict[int, int]:
    """The ids that are not ignored, with their pixels; what is usually void is among them."""
    gone = ignored(contract)
    return {value: pixels for value, pixels in dataset.counts.items() if value not in gone}


def class_ids(dataset: Dataset, contract: Contract) -> tuple[int, ...]:
    """The ids in the labels that are classes, as far as is known.

    Declared classes are taken at their word. Otherwise it is all ids that are not ignored, without what is usually
    void where two others remain. Of two classes stored as {0, v}, v is the second. There are none where the labels do
    not read as class ids, or hold the same pictures in several encodings.
    """
    if instances(dataset) is not None or _unsure(dataset) or len(dataset.suffixes) > 1:
        return ()
    kept, classes = [*kept_ids(dataset, contract)], class_range(contract)
    rest = [value for value in kept if value not in VOID]
    if classes is None:
        return tuple(rest if len(rest) > 1 else kept)
    if two_classes(contract) and len(kept) == 2 and 0 in kept:
        return tuple(kept)
    return tuple(value for value in kept if value in classes)


def holds_void(dataset: Dataset, contract: Contract) -> bool:
    """Whether some labels must hold what is ignored beside two classes, so that it is void, and no class, in this set.

    Of N labels, a of which hold one thing, b another and c a third, at least a + b + c - 2N hold all three.
    """
    held, gone = dataset.whole.files, ignored(contract)
    void = max((files for value, files in held.items() if value in gone), default=0)
    classes = sorted((files for value, files in held.items() if value not in gone), reverse=True)[:2]
    return len(classes) == 2 and void + sum(classes) > 2 * dataset.whole.counted


def instances(dataset: Dataset) -> Instances | None:
    """Why the ids look like numbers of objects rather than classes, or None."""
    whole = dataset.whole
    busy = whole.counted - whole.empty
    if whole.labels < FEW:
        return None
    return _numbered(dataset, busy) or _restarting(dataset, busy) or _too_many(dataset)


def titles(ids: Iterable[int], contract: Contract) -> str:
    """Ids in a sentence, with the names of the first few where there are names.

    >>> titles([1, 2], Contract(names=("sky", "road", "car"))), titles([1, 2], Contract())
    ('1 (road) and 2 (car)', '1 and 2')
    """
    found, shift = sorted(ids), int(contract.reduce_zero_label)
    if len(found) > MANY or not all(0 <= value - shift < len(contract.names) for value in found):
        return listing(found)
    words = [f"{number(value)} ({printable(contract.names[value - shift])})" for value in found]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _unsure(dataset: Dataset) -> bool:
    """Whether one label in twenty, or more, holds no ids: greys, fractions."""
    strange = sum(dataset.families[name].files for name in _UNSURE if name in dataset.families)
    return strange * 20 > sum(split.labels for split in dataset.splits.values())


def _numbered(dataset: Dataset, busy: int) -> Instances | None:
    for family in ("class*1000+n", "class*256+n"):
        seen = dataset.families.get(family)
        if seen is not None and 2 * seen.files >= busy:
            what = f"the values of {seen.files:,} of {busy:,} labels read as {family}"
            return Instances(what, {"family": family, "files": seen.files, "labels": busy})
    return None


def _restarting(dataset: Dataset, busy: int) -> Instances | None:
    """Ids that run from 0 or 1 without a gap in nearly every label, and end differently in each."""
    tops = dataset.tops
    dense = sum(tops.values())
    if busy < ENOUGH or dense < 0.9 * busy or len(tops) < 5 or max(tops) < HIGH or 5 * max(tops.values()) > 3 * dense:
        return None
    reach = f"up to {min(tops)} in one and {max(tops)} in another"
    what = f"in {dense:,} of {busy:,} labels the ids run without a gap, {reach}"
    return Instances(what, {"dense": dense, "labels": busy, "lowest_top": min(tops), "highest_top": max(tops)})


def _too_many(dataset: Dataset) -> Instances | None:
    whole, seen = dataset.whole, dataset.families.get("many values")
    if seen is not None and 2 * seen.files > whole.labels:
        what = f"{seen.files:,} of {whole.labels:,} labels hold more than 1,024 values each"
        return Instances(what, {"files": seen.files, "labels": whole.labels})
    if not whole.many and len(whole.counts) <= MAX_CLASSES:
        return None
    count = "more than 4,096" if whole.many else f"{len(whole.counts):,}"
    what = f"{count} different values in {whole.labels:,} labels"
    return Instances(what, {"labels": whole.labels, "distinct": None if whole.many else len(whole.counts)})

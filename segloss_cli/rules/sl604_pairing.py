"""A file whose partner is missing or doubtful: a label without its image, two labels of one stem.

## What it is
Labels, images and predictions belong together by the stem of their names, within corresponding folders. Here a label's
image is not there, two labels claim one stem, names differ in nothing but case, or several files could be the partner.
Images without a label are counted in one line and are no fault: test sets have none, and PASCAL VOC has 17,125 images
and labels for 2,913 of them.

## Why it hurts
Training code that lists two folders and zips the lists pairs the first image with the first label: from the first file
that is missing on, every pair is wrong, no loss falls, and nothing is raised. Of 420 threads about losses 10 were of
that kind, and 5 more ended in ``AssertionError: Either no mask or multiple masks found``. A name that differs in case
is found on Windows and macOS, and not on Linux.

## How to fix it
Find the missing files, remove or rename the doubtful ones, and pair by stem rather than by position:

```python
labels = {path.stem: path for path in Path("masks").glob("*.png")}
pairs = [(image, labels[image.stem]) for image in sorted(Path("images").glob("*.jpg")) if image.stem in labels]
```

Where names follow another convention, say it: ``pairs = { image = "images/{stem}.jpg", label = "gt/{stem}_m.png" }`` in
the configuration of ``segloss check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from segloss_cli.rules._later import builder
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, FACT, LIKELY, NOTE, Weight
from segloss_cli.rules._words import printable
from segloss_cli.types import Contract, Dataset, Orphan, Role

_SHOWN = 5
"""So many files are named where one hit stands for many."""

_PAIR = "find the partner, or take the file out; where names follow another convention, say it with pairs"
_ONE = "keep one of the two, or put them into folders of their own"
_RENAME = "give both the same name: on Linux case counts"
_SAY = "say which belongs to which, with pairs in the configuration"
_COUNTED: Mapping[tuple[Role, str], tuple[str, str]] = {
    ("image", "no-label"): ("no label", "nothing to do if these are test or unlabelled images"),
    ("prediction", "no-label"): ("no label to compare with", "nothing to do if their labels are withheld"),
    ("label", "no-prediction"): (
        "no prediction",
        "nothing to do if only some were predicted; a score covers only those",
    ),
    ("image", "stray"): ("no label and belong to no part of the layout", "say what they are, or exclude their folder"),
}


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Each file that is doubtful or lacks what it needs; what may well be meant so, in one line a kind."""
    del contract
    kinds: dict[tuple[Role, str], list[Orphan]] = {}
    for orphan in dataset.orphans:
        kinds.setdefault((orphan.role, orphan.kind), []).append(orphan)
    for (role, kind), orphans in kinds.items():
        if (role, kind) in _COUNTED:
            yield _summary(orphans, *_COUNTED[role, kind])
        elif kind == "no-image":
            yield from _without_image(orphans, dataset)
        else:
            yield from map(_doubtful, orphans)


def _summary(orphans: list[Orphan], lack: str, remedy: str) -> Hit:
    count, role = len(orphans), orphans[0].role
    said = f"{count:,} {role}s have" if count > 1 else f"1 {role} has"
    evidence = {"files": count, "first": _first(orphans)}
    return Hit(f"{said} {lack}", remedy, evidence, key=f"{role} {orphans[0].kind}", **NOTE)


def _without_image(orphans: list[Orphan], dataset: Dataset) -> Iterator[Hit]:
    """One by one where most labels have an image; where most have none, it is the pairing that is in doubt."""
    labels = max(dataset.files.get("label", 0), len(orphans))
    if 2 * len(orphans) <= labels:
        yield from (_hit(orphan, f"no image belongs to this label: {orphan.what}", _PAIR, ERROR) for orphan in orphans)
        return
    yield Hit(
        f"{len(orphans):,} of {labels:,} labels have no image: do their names follow another convention?",
        _SAY,
        {"files": len(orphans), "labels": labels, "first": _first(orphans)},
        key="no-image",
        **LIKELY,
    )


def _doubtful(orphan: Orphan) -> Hit:
    if orphan.kind == "duplicate":
        weight = ERROR if orphan.role == "label" else FACT
        return _hit(orphan, f"{orphan.what}: which one is read is chance", _ONE, weight)
    if orphan.kind == "case":
        return _hit(orphan, orphan.what, _RENAME, FACT)
    return _hit(orphan, f"the partner of this {orphan.role} is in doubt: {orphan.what}", _SAY, FACT)


def _hit(orphan: Orphan, message: str, remedy: str, weight: Weight) -> Hit:
    evidence = {"role": orphan.role, "kind": orphan.kind}
    if orphan.partner:
        evidence["partner"] = orphan.partner
    return Hit(printable(message), remedy, evidence, path=orphan.path, key=orphan.kind, **weight)


def _first(orphans: Iterable[Orphan]) -> list[str]:
    return sorted(orphan.path for orphan in orphans)[:_SHOWN]


def _set(*orphans: Orphan, labels: int = 10) -> Dataset:
    return Dataset(files={"label": labels, "image": labels}, orphans=orphans)


def _lost(count: int, role: Role = "label", kind: str = "no-image") -> tuple[Orphan, ...]:
    return tuple(Orphan(f"{role}s/{n:04}.png", role, kind, "its stem is nowhere else") for n in range(count))


@builder
def _without(count: int, role: Role = "label", kind: str = "no-image") -> Dataset:
    return _set(*_lost(count, role, kind))


def _odd(kind: str, what: str, role: Role = "label") -> Orphan:
    return Orphan("masks/a.png", role, kind, what, "masks/a.npy")


RULE = Rule(
    about="dataset",
    severity="error",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("everything is paired", _set()),
        Example("labels alone", Dataset(files={"label": 10})),
    ),
    bad=(
        Example("a label without its image", _without(1), says="no image belongs to this label"),
        Example("most labels have none", _without(9), says="9 of 10 labels have no image"),
        Example("two labels of one stem", _set(_odd("duplicate", "two labels of one stem")), says="is chance"),
        Example("two images of one stem", _set(_odd("duplicate", "two images", "image")), says="two images"),
        Example("case only", _set(_odd("case", "the stems differ in case")), says="differ in case"),
        Example("several partners", _set(_odd("ambiguous", "several images begin with it")), says="in doubt"),
        Example("images of a test set", _without(1234, "image", "no-label"), says="1,234 images have no label"),
        Example("one prediction too many", _without(1, "prediction", "no-label"), says="1 prediction has no label"),
        Example("not all was predicted", _without(3, "label", "no-prediction"), says="3 labels have no prediction"),
        Example("pictures of something else", _without(2, "image", "stray"), says="belong to no part"),
    ),
)

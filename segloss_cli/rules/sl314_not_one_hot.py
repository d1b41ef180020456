"""A one-hot label has pixels with several ones, or with none.

## What it is
An array of 0 and 1 with a plane per class, nearly all of whose pixels have exactly one 1: a one-hot label. But some
pixels have two or more (planes that overlap), or none at all (a hole). Planes that overlap on purpose are a
multi-label task: say ``--task multilabel``, and nothing is said of them.

## Why it hurts
Five threads: masks of single objects, stacked. Softmax and cross-entropy assume one class per pixel: given such planes
as probabilities, a pixel with two ones counts twice, one with none not at all. ``argmax`` over the planes turns a hole
into class 0 and an overlap into the lower id, without a word. Over 2 classes a hole is read as background in each.

## How to fix it
Decide who wins where planes overlap, and give holes to background or to the ignored id:

```python
label = planes.argmax(0)                                # the lowest plane wins
label[planes.sum(0) == 0] = 255                         # --ignore-index 255
```

If a pixel may have several classes, train with a sigmoid per plane: BCE or Dice, ``--task multilabel``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from segloss_cli.rules._examples import array, declared, label
from segloss_cli.rules._examples_pairs import one_hot
from segloss_cli.rules._later import builder
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import PROBABLY, Weight, proved
from segloss_cli.rules._words import amount
from segloss_cli.types import Contract, OneHot, Profile

NEARLY = 0.9
"""Planes that have exactly one 1 in fewer of the pixels are no one-hot label, but masks of their own."""


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """Planes that are nearly one-hot, but not everywhere."""
    seen = profile.one_hot
    if seen is None or (contract.task == "multilabel" and contract.says("task")):
        return
    wrong = seen.overlaps + seen.holes
    if wrong == 0 or wrong > (1 - NEARLY) * seen.pixels:
        return
    yield Hit(
        f"{seen.planes} planes of 0 and 1 ({seen.axis}) have one 1 in nearly every pixel, but {_faults(seen)}",
        "holes: give them to background, or to the ignored id; overlaps: choose one, or --task multilabel",
        _evidence(seen),
        **_weight(seen, contract),
    )


def _weight(seen: OneHot, contract: Contract) -> Weight:
    """Holes alone may be void where something is ignored; an error needs the classes and the task declared."""
    if not seen.overlaps and contract.ignore:
        return PROBABLY
    exclusive = contract.says("task") and contract.task == "multiclass"
    return proved(by_contract=exclusive and contract.says("num_classes") and contract.num_classes == seen.planes)


def _faults(seen: OneHot) -> str:
    parts = [
        f"{word} in {amount(count, seen.pixels)}, the first at (n, y, x) = {first}"
        for word, count, first in (
            ("several", seen.overlaps, seen.first_overlap),
            ("none", seen.holes, seen.first_hole),
        )
        if count
    ]
    return " and ".join(parts)


def _evidence(seen: OneHot) -> dict[str, object]:
    return {
        "planes": seen.planes,
        "axis": seen.axis,
        "overlaps": seen.overlaps,
        "holes": seen.holes,
        "first_overlap": [*seen.first_overlap] if seen.first_overlap else None,
        "first_hole": [*seen.first_hole] if seen.first_hole else None,
    }


@builder
def _planes(overlaps: int = 0, holes: int = 0) -> Profile:
    seen = one_hot(4, overlaps=overlaps, holes=holes)
    return replace(array({0: 12288, 1: 4096}, dtype="uint8", shape=(4, 64, 64)), one_hot=seen)


_FOUR = declared(num_classes=4, task="multiclass")

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("one-hot", _planes(), _FOUR),
        Example("a picture of ids", label({0: 50, 1: 50}), _FOUR),
        Example("declared multi-label", _planes(overlaps=40), declared(task="multilabel")),
        Example("masks of their own: most pixels in none", _planes(overlaps=40, holes=2500)),
        Example("masks of their own: large overlaps", _planes(overlaps=900)),
    ),
    bad=(
        Example(
            "overlaps, exclusive classes declared", _planes(overlaps=40), _FOUR, says="several in 40 pixels, 1.0 %"
        ),
        Example(
            "holes, exclusive classes declared", _planes(holes=9), _FOUR, says="none in 9 pixels, 0.2 %, the first"
        ),
        Example("nothing declared", _planes(overlaps=40, holes=9), says="(n, y, x) = (0, 3, 5) and none"),
        Example("holes that may be void", _planes(holes=9), declared(ignore={255}), says="none in 9 pixels"),
        Example("the task was inferred", _planes(overlaps=40), Contract(task="multilabel"), says="several in 40"),
    ),
)

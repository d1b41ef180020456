"""The ignored id is one of the classes, and covers a good part of the label.

## What it is
``ignore_index`` lies in 0..C-1, and more than 5 % of the pixels have it. That may be meant (0 as "other"); as often
it is a loss's default that met a data set with one class more.

## Why it hurts
The class is never learned, and nothing says so. Tutorial 001's losses ignore the id ``num_classes`` (21 by default):
with 22 real classes the last one is dropped in silence, and cross-entropy of one such pixel and one other gives 2.952,
that of the other alone, in the place of 3.838.

## How to fix it
If it is a class, move the ignored id out of the way; if it is void, give it an id that is no class:

```python
label[label == void] = 255  # and ignore_index=255 in every loss and metric
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, label
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import amount, listing, tally
from segloss_cli.types import Contract, Profile

COVER = 0.05
"""Less than this share of the pixels is taken for void that happens to have a low id."""


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """Ignored ids that are classes and cover more than a little."""
    classes, counts = contract.num_classes, profile.counts or {}
    if classes is None or not contract.says("ignore") or contract.reduce_zero_label:
        return
    inside = [v for v in counts if v in contract.ignore and 0 < v < classes and counts[v] > COVER * profile.pixels]
    others = [v for v in counts if v not in contract.ignore]
    if not inside or not others:
        return
    pixels = sum(counts[value] for value in inside)
    yield Hit(
        f"the ignored id {listing(inside)} ({amount(pixels, profile.pixels)}) is one of the classes 0..{classes - 1}: "
        "no loss sees it",
        "if it is a class, choose an ignore_index outside of the classes; if it is void, this is only to be known",
        tally(profile, inside),
        values=tuple(inside),
    )


RULE = Rule(
    about="label",
    severity="warning",
    certainty="hint",
    judge=judge,
    good=(
        Example("255 is no class", label({0: 50, 1: 40, 255: 10}), declared(num_classes=21, ignore={255})),
        Example("0 as other", label({0: 50, 1: 50}), declared(num_classes=5, ignore={0})),
        Example("a little void", label({0: 98, 11: 2}), declared(num_classes=12, ignore={11})),
        Example("CamVid: 11 is void, and no class", label({0: 50, 11: 50}), declared(num_classes=11, ignore={11})),
        Example("nothing else is left: SL209", label({4: 50}), declared(num_classes=5, ignore={4})),
    ),
    bad=(
        Example("22 classes, 21 ignored", label({0: 50, 21: 50}), declared(num_classes=22, ignore={21}), says="id 21"),
    ),
)

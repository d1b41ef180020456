"""The label holds background only: no foreground pixel.

## What it is
Every pixel that counts is 0. In medical and inspection sets such labels are healthy negatives (30 % of a medical set
may be); sometimes they are what is left of a label that was lost on the way.

## Why it hurts
Not by itself, but losses disagree about it, since Dice of nothing is 0/0: smp gives a loss of 0.0 whatever is
predicted, MONAI about 1.0, a smoothing term in the denominator alone gives 1 even for a perfect empty prediction, and
metrics use NaN, 0 or 1. So "the loss is always 1 on negative images", and the validation loss is not 1 - Dice.

## How to fix it
Nothing, if the label is right: choose one convention and say it. Binary cross-entropy is defined on empty masks; for
Dice put the smoothing in the numerator too, or leave empty images out of the mean and report how many there were.

```python
dice = (2 * tp + smooth) / (p.sum() + y.sum() + smooth)     # 1 for an empty prediction of an empty label
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, label
from segloss_cli.rules._ids import ignored, kept, swallowed
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import amount, listing, total
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label with nothing but 0 once what is ignored is dropped."""
    if [*kept(profile, contract)] != [0] or profile.nonfinite or swallowed(profile, contract) is not None:
        return
    gone = [value for value in profile.counts or () if value in ignored(contract)]
    size = total(profile, gone)
    beside = f" beside the ignored {listing(gone)} ({amount(size, profile.pixels)})" if gone else ""
    yield Hit(
        f"only 0{beside}: no foreground; Dice of an empty mask is 0, 1 or NaN, as each library likes",
        "if the image really is a negative, keep it and fix one convention for empty masks; otherwise export it again",
        {"pixels": profile.pixels, "ignored": size},
    )


RULE = Rule(
    about="label",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("some foreground", label({0: 99, 1: 1})),
        Example("all foreground", label({1: 100})),
        Example("the ignored value is solid: SL203's", label({0: 9, 255: 9}, core={255: 1.0}), declared(ignore={255})),
        Example("0 is ignored: SL209's", label({0: 100}), declared(ignore={0})),
    ),
    bad=(
        Example("an empty mask", label({0: 100}), says="only 0"),
        Example("an empty array", array({0: 100}), declared(task="binary"), says="no foreground"),
        Example(
            "beside void",
            label({0: 95, 255: 5}, core={255: 0.1}),
            declared(ignore={255}),
            says="ignored 255 (5 pixels, 5.0 %)",
        ),
    ),
)

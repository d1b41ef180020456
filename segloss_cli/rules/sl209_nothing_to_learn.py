"""Nothing of the label is left once the ignored id is dropped.

## What it is
Every pixel of the label, or all but a few, has an id that the contract ignores, so that no class remains in it.

## Why it hurts
The mean over no pixels is 0/0. Since torch 1.11 cross-entropy returns NaN there on purpose, and after one backward pass
every weight of the network is NaN. Other losses make other numbers of nothing: smp's, MONAI's and mmseg's Dice 0,
kornia's and tutorial 001's 1, smp's Lovász an empty tensor whose backward raises ``grad can be implicitly created
only for scalar outputs``. With a few pixels left the loss is finite, but one pixel has the weight of an image, and most
random crops hold nothing.

## How to fix it
Leave such files out, or guard the mean:

```python
valid = label != ignore_index
if valid.any():
    loss = (pixel_loss * valid).sum() / valid.sum().clamp(min=1)
```

If all files are like this, the ignored id is the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, label
from segloss_cli.rules._ids import ignore_declared, ignored, kept
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import FACT, proved
from segloss_cli.rules._words import amount, listing, tally
from segloss_cli.types import Contract, Profile

FEW = 0.01


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label with no pixel, or hardly one, that is not ignored."""
    gone = [value for value in profile.counts or () if value in ignored(contract)]
    left = sum(kept(profile, contract).values())
    if not gone or left >= FEW * profile.pixels:
        return
    dropped = listing(gone)
    if left == 0:
        message = f"every pixel is ignored ({dropped}): the mean over no pixels is NaN"
        weight = proved(by_contract=ignore_declared(contract))
    else:
        message = f"ignoring {dropped} leaves {amount(left, profile.pixels)}: most crops of it hold nothing to learn"
        weight = FACT
    yield Hit(
        message,
        "leave the file out of training, or check that the ignored id is the right one",
        tally(profile, gone) | {"left": left},
        **weight,
    )


_ALL_VOID = label({255: 100})

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("half is void", label({0: 50, 255: 50}), declared(ignore={255})),
        Example("nothing is ignored", _ALL_VOID),
        Example("an empty mask has background to learn", label({0: 100}), declared(ignore={255})),
    ),
    bad=(
        Example("all void", _ALL_VOID, declared(ignore={255}), says="every pixel is ignored (255)"),
        Example("the ignored id was inferred", _ALL_VOID, Contract(ignore=frozenset({255})), says="every pixel"),
        Example("a few pixels left", label({0: 2, 255: 998}), declared(ignore={255}), says="leaves 2 pixels, 0.2 %"),
        Example("only 'other'", label({0: 100}), declared(num_classes=150, reduce_zero_label=True), says="ignored (0)"),
    ),
)

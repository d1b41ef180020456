"""The label looks black in a viewer, and is fine.

## What it is
Class ids are small numbers, and a viewer shows 0 as black and 255 as white: 20 is as good as black. The picture is full
of classes all the same.

## Why it hurts
Only if someone "repairs" it. Thirteen threads of 420 ask whether such a label is broken; multiplying it until it can be
seen makes the {0, 255} mask of SL208 and SL203, or grey levels that are ids of nothing.

## How to fix it
Nothing to fix. To see it, make a coloured copy, and keep the label as it is:

```python
plt.imshow(np.array(Image.open(path)), cmap="tab20", interpolation="nearest")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, colours, declared, label
from segloss_cli.rules._ids import is_array
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import listing, number
from segloss_cli.types import Contract, Profile

DARK = 60
GREY_MODES = frozenset({"L", "I", "I;16", "I;16B", "I;16L", "I;16N"})


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A plain grey picture of 8 or 16 bits, of several values, all of them dark."""
    container = profile.container
    shallow = container.bit_depth is not None and container.bit_depth < 8
    if is_array(profile) or container.mode not in GREY_MODES or container.lossy or shallow:
        return
    if profile.counts is None or len(profile.counts) < 2 or not 0 <= profile.low < profile.high <= DARK:
        return
    yield Hit(
        f"looks black in a viewer and is fine: {len(profile.counts)} ids, {listing(profile.counts)}, "
        f"none brighter than {number(profile.high)} of 255",
        "do not rescale it; look at a coloured copy instead",
        {"values": [*profile.counts], "high": profile.high},
    )


RULE = Rule(
    about="label",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("white can be seen", label({0: 50, 255: 50})),
        Example("a palette gives it colours", label({0: 50, 15: 50}, mode="P")),
        Example("a bitmap", label({0: 50, 1: 50}, mode="1", dtype="bool")),
        Example("4 bits are stretched by the viewer", label({0: 50, 15: 50}, bit_depth=4)),
        Example("one value", label({0: 100})),
        Example("an array is not looked at", array({0: 50, 1: 50})),
        Example("colours", colours({(1, 1, 1): 50, (0, 9, 0): 50})),
    ),
    bad=(
        Example(
            "CamVid", label(dict.fromkeys(range(12), 9)), declared(num_classes=11, ignore={11}), says="12 ids, 0..11"
        ),
        Example("0 and 1", label({0: 50, 1: 50}), says="fine"),
        Example("16 bits", label({0: 50, 40: 50}, mode="I;16", dtype="uint16", bit_depth=16), says="0 and 40"),
    ),
)

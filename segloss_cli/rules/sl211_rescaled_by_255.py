"""The ids were divided by 255, as ``ToTensor`` does with pictures.

## What it is
A floating label all of whose values are exactly float32(k) / 255: id 1 became 0.0039, id 40 became 0.1569.
``torchvision.transforms.ToTensor`` divides 8-bit pictures by 255, and a label loaded with Pillow is a picture to it.
(It leaves int64 arrays and 16-bit pictures alone, so that the fault comes and goes with the file type.)

## Why it hurts
``.long()`` turns every value below 1 into 0: the network sees background only, and learns it. As targets of a binary
loss nothing complains either: binary cross-entropy gives 1.09, Dice 0.945 (textbook) or 0.992 (smp), and stays there.
Nine threads of 420, and the tutorial that segloss started from.

## How to fix it
Do not let the label through ``ToTensor``. Numbers that were divided can be put right without loss (all 256 come back):

```python
label = torch.from_numpy(np.array(Image.open(path))).long()     # instead of ToTensor()
label = (scaled * 255).round().long()                           # repair of stored arrays
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, floats, label
from segloss_cli.rules._floats import reading, wants_ids
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import PROBABLY, proved
from segloss_cli.rules._words import listing, number
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A floating label whose values are k / 255 for whole numbers k."""
    if reading(profile, contract) != "rescaled":
        return
    ids = sorted({round(value * 255) for value in profile.counts or (profile.low, profile.high)})
    weight = PROBABLY if contract.says("soft") else proved(by_contract=wants_ids(contract))
    yield Hit(
        f"all values, {number(profile.low)} to {number(profile.high)}, are k / 255, as ToTensor leaves ids "
        f"{listing(ids)}; as integers all below 1 become 0",
        "load the label without ToTensor; stored arrays: label = (label * 255).round().astype(np.int64)",
        {"low": profile.low, "high": profile.high, "distinct": profile.distinct, "ids": ids[:64]},
        **weight,
    )


def _scaled(*ids: int) -> dict[int | float, int]:
    return {k / 255: 10 for k in ids}


RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("whole numbers", floats({0.0: 50, 40.0: 50})),
        Example("0 and 1 as floats", floats({0.0: 50, 1.0: 50})),
        Example("a soft matte of 8 bits", floats(_scaled(*range(256)))),
        Example("a soft matte of three levels", floats(_scaled(0, 128, 255)), declared(task="binary")),
        Example("ids in a picture", label({0: 50, 40: 50})),
    ),
    bad=(
        Example("ids 0..40 of 41 classes", floats(_scaled(0, 1, 5, 26, 40)), declared(num_classes=41), says="1, 5"),
        Example("nothing declared", floats(_scaled(0, 1, 5, 26, 40)), says="as ToTensor leaves ids 0, 1, 5"),
        Example("VOC with void", floats(_scaled(0, 15, 255)), says="0, 15 and 255"),
        Example("a 0/1 mask", floats(_scaled(0, 1)), declared(task="binary"), says="0 and 1"),
        Example("declared soft", floats(_scaled(0, 1, 5)), declared(soft=True), says="k / 255"),
        Example("many ids of many classes", floats(_scaled(*range(150))), declared(num_classes=150), says="0..149"),
    ),
)

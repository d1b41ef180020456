"""A floating label holds fractions: these are no class ids.

## What it is
Values between whole numbers, not explained by a division by 255. They come from interpolation (a label resized with
bilinear or bicubic), from averaging, or the array is no id map but soft targets, a matte, probabilities or distances.

## Why it hurts
``.long()`` cuts the fraction off: 2.97, which was class 3, becomes class 2, and everything in (0, 1) background.
Cross-entropy with a floating target either stops (``expected scalar type Long but found Float``; since torch 2.14
``expected target dtype to be Long or Byte, but got Float``) or, where the shapes allow, takes it for class
probabilities and returns a number that means nothing.

## How to fix it
Resize labels with NEAREST, and give it by name: the third positional argument of ``cv2.resize`` is ``dst``, not the
interpolation.

```python
cv2.resize(mask, (w, h), interpolation=cv2.INTER_NEAREST)
```

If the label is soft on purpose, use a loss for soft targets (binary cross-entropy, KL), and no ids.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, floats, label
from segloss_cli.rules._floats import reading, wants_ids
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, LIKELY, PROBABLY, Weight
from segloss_cli.rules._words import number
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A floating label with fractions that neither a division by 255 nor a normalisation explains."""
    kind = reading(profile, contract)
    if kind not in {"soft", "fractions"}:
        return
    reads = "soft targets, a matte or probabilities" if kind == "soft" else "interpolated ids, or no ids at all"
    yield Hit(
        f"{profile.distinct:,} values from {number(profile.low)} to {number(profile.high)}, not whole numbers: {reads}",
        "ids: export again, resize with NEAREST; soft targets: use a loss that takes them (bce, kl)",
        {"low": profile.low, "high": profile.high, "distinct": profile.distinct},
        **_weight(contract, soft=kind == "soft"),
    )


def _weight(contract: Contract, *, soft: bool) -> Weight:
    if wants_ids(contract):
        return ERROR
    return PROBABLY if soft or contract.says("soft") else LIKELY


RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("whole floats", floats({0.0: 50, 2.0: 50}), declared(num_classes=3)),
        Example("ToTensor is SL211's", floats({0.0: 50, 2 / 255: 50, 5 / 255: 5}), declared(num_classes=6)),
        Example("below zero is SL216's", floats({-1.5: 50, 0.25: 50}), declared(num_classes=3)),
        Example("a picture", label({0: 50, 1: 50}), declared(num_classes=3)),
    ),
    bad=(
        Example("interpolated ids", floats({0.0: 50, 1.37: 5, 2.0: 45}), declared(num_classes=3), says="0 to 2"),
        Example("interpolated, nothing declared", floats({0.0: 50, 1.37: 5, 2.0: 45}), says="interpolated ids"),
        Example("soft targets, nothing declared", floats({0.0: 50, 0.37: 50}), says="soft targets"),
        Example(
            "soft targets where ids are declared", floats({0.0: 50, 0.37: 50}), declared(num_classes=3), says="0.37"
        ),
        Example("declared soft", floats({0.0: 50, 12.7: 50}), declared(soft=True), says="12.7"),
    ),
)

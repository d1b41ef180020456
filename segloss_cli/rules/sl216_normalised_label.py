"""The label went through ``Normalize``, or another transform that is meant for pictures.

## What it is
A floating label with fractions below zero, or with the values -1 and 1 alone: what ``Normalize(0.5, 0.5)`` makes of a
0/1 mask, and ImageNet's mean and deviation of anything.

## Why it hurts
Binary cross-entropy with a target of -1 has no lower bound: the loss goes negative and keeps falling (-5, -194, -3084
in the threads). Dice of a target that sums to nothing divides by next to nothing. Turned into integers, -0.5 becomes 0
and -1.2 becomes -1: out of range, or ignored.

## How to fix it
Transform the picture only; give the label to the transforms as a mask:

```python
image = normalize(to_tensor(image))
label = torch.from_numpy(np.array(label)).long()        # or tv_tensors.Mask, which v2 transforms leave alone
```

A label of -1 and 1 is repaired by ``(label > 0)``; others by exporting again. Signed distance maps are no labels:
keep them beside the label, for the losses that want both.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, floats
from segloss_cli.rules._floats import reading, wants_ids
from segloss_cli.rules._ids import one_channel
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import PROBABLY, proved
from segloss_cli.rules._words import number
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A floating label with values that only a normalisation (or a distance) explains."""
    if reading(profile, contract) != "normalised":
        return
    signs = profile.integral
    what = "only -1 and 1" if signs else f"fractions from {number(profile.low)} to {number(profile.high)}"
    cause = "a 0/1 mask after Normalize(0.5, 0.5)" if signs else _cause(profile)
    evidence: dict[str, float | None] = {"low": profile.low, "high": profile.high, "distinct": profile.distinct}
    evidence |= {"mean": profile.mean, "std": profile.std} if profile.mean is not None else {}
    weight = proved(by_contract=wants_ids(contract) or one_channel(contract))
    yield Hit(
        f"{what}: no class ids, and no targets in [0, 1]; reads as {cause}",
        "label = (label > 0)" if signs else "normalise the picture only; export the label again",
        evidence,
        **(PROBABLY if contract.says("soft") else weight),
    )


def _cause(profile: Profile) -> str:
    if profile.mean is None or profile.std is None or abs(profile.mean) > 0.1 or abs(profile.std - 1) > 0.15:
        return "a label after Normalize, or a signed distance map"
    return f"a label after Normalize (mean {number(round(profile.mean, 3))}, deviation {number(round(profile.std, 3))})"


RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("ids as floats", floats({0.0: 50, 1.0: 50}), declared(num_classes=2)),
        Example("-1 is void in an integer array", array({-1: 5, 1: 95}, dtype="int32"), declared(num_classes=2)),
        Example("-1 is declared void", floats({-1.0: 5, 1.0: 95}), declared(num_classes=2, ignore={-1})),
        Example("-1 beside other ids", floats({-1.0: 5, 0.0: 90, 1.0: 5}), declared(num_classes=2, ignore={-1})),
        Example("soft targets", floats({0.0: 5, 0.5: 95})),
    ),
    bad=(
        Example("-1 and 1", floats({-1.0: 50, 1.0: 50}), declared(task="binary"), says="only -1 and 1"),
        Example("-1 and 1, nothing declared", floats({-1.0: 50, 1.0: 50}), says="Normalize(0.5, 0.5)"),
        Example(
            "mean 0, deviation 1",
            floats({-0.83: 60, 1.21: 40}, mean=0.01, std=0.99),
            declared(num_classes=3),
            says="mean 0.01, deviation 0.99",
        ),
        Example("a signed distance map", floats({-20.3: 50, 41.7: 50}), declared(soft=True), says="distance"),
    ),
)

"""A computed loss lies outside the range that it can have for a proper prediction and target.

## What it is
Each loss has a theoretical range: Dice, Jaccard and Tversky [0, 1], cross-entropy, focal and KL [0, inf). nnU-Net's
convention returns -Dice, with the range [-1, 0], which is by design; the value carries the range of its own convention.
This value is outside of its range, so that something that went into it is not what the loss assumes.

## Why it hurts
A Dice loss of -0.64 looks like progress and is an optimum of nonsense: the target is larger than 1, and the network is
rewarded for large sums. Binary cross-entropy below 0 has no lower bound: -5, -194, -3084 in the threads. But values
inside of the range prove nothing: with a 0/255 mask smp's Dice sticks at 0.996.

## How to fix it
See the other findings of the same pair, nearly always about the label's values (``target-not-in-0-1``,
``binary-as-0-255``); ``segloss compute`` prints the value after the repair beside this one.

```python
target = (label > 0).float()                            # one foreground class
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from segloss_cli.rules._examples import value
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, LossValue

TOLERANCE = 1e-6


def judge(result: LossValue, _: Contract) -> Iterator[Hit]:
    """A value of the label as given that is outside of the loss's own range."""
    amount = result.value
    if amount is None or result.status != "ok" or result.target != "given":
        return
    if result.low - TOLERANCE <= amount <= result.high + TOLERANCE:
        return
    name = result.loss if result.like is None else f"{result.loss} (like {result.like})"
    yield Hit(
        f"{name} is {amount:.6g}, outside of its range [{result.low:g}, {result.high:g}]",
        "look at the label's values first: a binary target is 0 and 1, ids are 0..C-1, scaled copies are neither",
        {"value": _finite(amount), "low": _finite(result.low), "high": _finite(result.high)},
        key=name,
    )


def _finite(number: float) -> float | str:
    """A number that JSON can hold, or its name."""
    return number if math.isfinite(number) else str(number)


RULE = Rule(
    about="value",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("within its range", value("dice", 0.41, 0.0, 1.0)),
        Example("rounding is no fault", value("dice", -3e-7, 0.0, 1.0)),
        Example("-Dice by design", value("dice", -0.87, -1.0, 0.0, like="nnunet")),
        Example("unbounded above", value("cross-entropy", 812.0, 0.0, math.inf)),
        Example("after a repair", value("dice", -0.5, 0.0, 1.0, target="repaired: binarised")),
        Example("undefined", value("dice", None, 0.0, 1.0, status="undefined", reason="no class is present")),
    ),
    bad=(
        Example("a negative Dice", value("dice", -0.6441, 0.0, 1.0), says="dice is -0.6441"),
        Example("above 1", value("dice", 1.97, 0.0, 1.0, like="smooth1"), says="dice (like smooth1) is 1.97"),
        Example("negative cross-entropy", value("bce", -83.7, 0.0, math.inf), says="[0, inf]"),
        Example("not a number", value("dice", math.nan, 0.0, 1.0), says="is nan"),
    ),
)

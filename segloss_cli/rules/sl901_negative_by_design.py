"""A negative loss that is meant to be negative.

## What it is
The value is below 0 and within the range that this loss can have in this convention: nnU-Net returns minus the Dice
score, in [-1, 0], and adds it to cross-entropy; the boundary loss multiplies by a distance that is negative inside of
an object.

## Why it hurts
It does not. Eight threads ask "my dice loss is negative, is that a bug?", and it was none: -0.87 is a Dice score of
0.87. Compare it as 1 - 0.87 = 0.13 with another library's. What is a fault is a value outside of its range, such as a
Dice of -0.64 where 0 is the least (``value-out-of-range``, SL402): then a target is larger than 1.

## How to fix it
There is nothing to fix. For a curve that ends at 0, add the constant:

```python
loss = 1 + soft_dice(logits, target)                    # nnU-Net's -Dice as 1 - Dice; the gradient is the same
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from segloss_cli.rules._examples import value
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, LossValue


def judge(result: LossValue, _: Contract) -> Iterator[Hit]:
    """A value below 0, of the label as given, that its range allows."""
    amount = result.value
    if amount is None or result.status != "ok" or result.target != "given" or math.isnan(amount):
        return
    if not result.low <= amount < 0:
        return
    name = result.loss if result.like is None else f"{result.loss} (like {result.like})"
    low, high = (_finite(end) for end in (result.low, result.high))
    yield Hit(
        f"{name} is {amount:.6g}, negative by design: its range is [{result.low:g}, {result.high:g}]",
        "nothing to fix: compare 1 + value with losses that end at 0, or the value with its own range",
        {"loss": name, "value": amount, "low": low, "high": high},
        key=name,
    )


def _finite(number: float) -> float | str:
    return number if math.isfinite(number) else str(number)


RULE = Rule(
    about="value",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("above 0", value("dice", 0.41, 0.0, 1.0)),
        Example("0 at best", value("dice", 0.0, -1.0, 0.0, like="nnunet")),
        Example("out of its range is SL402's", value("dice", -0.64, 0.0, 1.0)),
        Example("below its range too", value("dice", -1.3, -1.0, 0.0, like="nnunet")),
        Example("not a number", value("dice", math.nan, -1.0, 0.0)),
        Example("not computed", value("dice", None, -1.0, 0.0, status="skipped", reason="asked for nothing")),
        Example("after a repair", value("dice", -0.5, -1.0, 0.0, target="repaired: binarised")),
    ),
    bad=(
        Example("nnU-Net's", value("dice", -0.87, -1.0, 0.0, like="nnunet"), says="dice (like nnunet) is -0.87"),
        Example("boundary", value("boundary", -3.5, -math.inf, math.inf), says="its range is [-inf, inf]"),
    ),
)

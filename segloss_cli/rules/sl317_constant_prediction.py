"""The prediction is one class everywhere, and the label is not.

## What it is
The arg max (or p > 0.5) is the same class in every pixel. The finding says what such a prediction scores on this label
without looking at the picture: accuracy, the mean Dice over the label's classes, and the cross-entropy of the best
constant probabilities, which are the classes' shares.

## Why it hurts
It hurts where the number looks good: with 1 % foreground, background everywhere has an accuracy of 0.99 and a loss that
"falls normally" down to 0.056. For two classes of 75 % and 25 %: accuracy 0.75, mean Dice (2 * 0.75 / 1.75 + 0) / 2 =
0.429, cross-entropy 0.562. Six threads stop there. It may be imbalance; it is as often a label that the loss does not
see (255 ignored, everything scaled to 0), a learning rate, or a network in its first steps. So this is a note.

## How to fix it
Look at the label's findings first. If those are none, weigh the rare classes, or add a loss of regions:

```python
loss = CrossEntropyLoss(weight=(total / counts.clip(1)).clip(max=50)) + DiceLoss(include_background=False)
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from segloss_cli._record import record
from segloss_cli.rules._examples_pairs import apart, compared
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Pair


@record(frozen=True)
class Baseline:
    """What a prediction scores that is the same everywhere."""

    accuracy: float
    dice: float
    entropy: float


def judge(couple: Pair, contract: Contract) -> Iterator[Hit]:
    """One predicted class where the label has several."""
    seen = couple.agreement() if couple.agreement is not None else None
    if seen is None or seen.constant is None:
        return
    truth = {number: count for number, count in seen.truth.items() if count}
    if len(truth) < 2:
        return
    score = baseline(truth, seen.constant)
    yield Hit(
        f"class {_name(seen.constant, contract)} is predicted in every pixel, of {len(truth)} in the label: accuracy "
        f"{score.accuracy:.3f}, mean Dice {score.dice:.3f}; the classes' shares alone give cross-entropy "
        f"{score.entropy:.3f}",
        "a loss that is no lower than this has learned nothing from the picture: look at the label's values first",
        {
            "class": seen.constant,
            "classes_in_label": len(truth),
            "accuracy": round(score.accuracy, 6),
            "mean_dice": round(score.dice, 6),
            "cross_entropy_of_shares": round(score.entropy, 6),
        },
        key=couple.scores.path,
    )


def baseline(truth: Mapping[int, int], value: int) -> Baseline:
    """The scores of one class everywhere, and the entropy of the shares (natural logarithm).

    For 75 and 25 pixels and class 0: 0.75; (2 * 75 / (100 + 75) + 0) / 2; -0.75 ln 0.75 - 0.25 ln 0.25.

    >>> baseline({0: 75, 1: 25}, 0)
    Baseline(accuracy=0.75, dice=0.42857142857142855, entropy=0.5623351446188083)
    """
    pixels = sum(truth.values())
    hit = truth.get(value, 0)
    entropy = -sum(count / pixels * math.log(count / pixels) for count in truth.values())
    return Baseline(hit / pixels, 2 * hit / (pixels + hit) / len(truth), entropy)


def _name(value: int, contract: Contract) -> str:
    from segloss_cli.rules._words import printable

    known = contract.names[value] if 0 <= value < len(contract.names) else ""
    return f"{value} ({printable(known)})" if known else str(value)


_ALL_ZERO = {(0, 0): 3072, (1, 0): 1024}

RULE = Rule(
    about="pair",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("several classes", compared({(0, 0): 3000, (0, 1): 72, (1, 1): 1024})),
        Example("one class in the label too", compared({(0, 0): 4096}, constant=0)),
        Example("not to be compared", apart()),
    ),
    bad=(
        Example("background", compared(_ALL_ZERO, constant=0), says="accuracy 0.750, mean Dice 0.429"),
        Example(
            "with its name",
            compared(_ALL_ZERO, constant=0),
            Contract(names=("sky", "road")),
            says="class 0 (sky) is predicted",
        ),
        Example(
            "a class that the label lacks", compared({(0, 2): 2048, (1, 2): 2048}, constant=2), says="accuracy 0.000"
        ),
    ),
)

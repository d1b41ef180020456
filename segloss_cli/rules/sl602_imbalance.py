"""How uneven the classes are, and what a network that always answers the commonest one would score.

## What it is
A class covers less than 1 % of the pixels, or one more than 95 %. That is no fault of the labels. It is the yardstick
for all numbers to come: a score means something only above what a constant answer gets.

## Why it hurts
"Only background is predicted, accuracy 99 %, and the loss falls normally": with 99 % background the constant answer has
an accuracy of 0.99, a mean IoU of 0.495, and Dice 0.995 and 0; and cross-entropy falls to 0.056, the entropy of the
shares, before a single edge is learned. Threads about this: 6 of 420, after all faults of encoding are taken out.

## How to fix it
Judge by IoU or Dice per class, never by accuracy. Weight the classes, or add a region loss, or sample crops with rare
classes:

```python
share = pixels / pixels.sum()                           # segloss prints them by class
weight = torch.tensor(1 / np.sqrt(share), dtype=torch.float32)
loss = torch.nn.CrossEntropyLoss(weight=weight / weight.mean(), ignore_index=255)
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from segloss_cli._record import record
from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset
from segloss_cli.rules._rule import Example, Hit, Rule, option
from segloss_cli.rules._sets import FEW, class_ids, titles
from segloss_cli.rules._words import share
from segloss_cli.types import Contract, Dataset

OPTIONS = {"rare": 0.01, "common": 0.95}


@record(frozen=True)
class Constant:
    """What a prediction of one class everywhere scores; ``cross_entropy`` is the least of any constant prediction."""

    answer: int
    accuracy: float
    mean_iou: float
    dice: Mapping[int, float]
    cross_entropy: float


def constant(counts: Mapping[int, int]) -> Constant:
    """What it scores to answer the commonest class everywhere, all pixels taken together.

    With a share s its accuracy is s; its own IoU s too, and that of all others 0; its Dice 2s / (1 + s). The least
    cross-entropy (nats) of a constant prediction is the entropy of the shares.

    By hand, for 900 and 100 pixels: 0.9; 0.9 / 2 = 0.45; 1.8 / 1.9 = 0.947368; and
    0.9 ln(1 / 0.9) + 0.1 ln(1 / 0.1) = 0.094824 + 0.230259 = 0.325083.

    >>> it = constant({0: 900, 1: 100})
    >>> it.answer, it.accuracy, it.mean_iou
    (0, 0.9, 0.45)
    >>> {value: round(dice, 6) for value, dice in it.dice.items()}, round(it.cross_entropy, 6)
    ({0: 0.947368, 1: 0.0}, 0.325083)
    """
    total = sum(counts.values())
    shares = {value: pixels / total for value, pixels in counts.items()}
    answer = max(shares, key=lambda value: (shares[value], -value))
    top = shares[answer]
    return Constant(
        answer=answer,
        accuracy=top,
        mean_iou=top / len(shares),
        dice={value: 2 * top / (1 + top) if value == answer else 0.0 for value in shares},
        cross_entropy=-sum(part * math.log(part) for part in shares.values() if part),
    )


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Rare classes, or one that covers nearly all, with the scores of a constant prediction."""
    whole = dataset.whole
    counts = {value: whole.counts[value] for value in class_ids(dataset, contract)}
    total = sum(counts.values())
    if whole.labels < FEW or len(counts) < 2 or not total:
        return
    least = option(contract, "SL602", "rare", OPTIONS["rare"])
    rare = [value for value, pixels in counts.items() if pixels < least * total]
    it = constant(counts)
    if not rare and it.accuracy <= option(contract, "SL602", "common", OPTIONS["common"]):
        return
    few = f"{len(rare)} of {len(counts)} classes cover less than {100 * least:g} % of the pixels each; " if rare else ""
    answer = f"class {titles([it.answer], contract)} everywhere ({share(counts[it.answer], total)} of the pixels)"
    scores = (
        f"accuracy {it.accuracy:.4g}, mean IoU {it.mean_iou:.4g}, Dice {it.dice[it.answer]:.4g} for it, 0 for the rest"
    )
    yield Hit(
        f"{few}to answer {answer} scores {scores}; no constant answer has a cross-entropy below {it.cross_entropy:.4g}",
        "judge by IoU or Dice per class, not by accuracy; weight classes, add a region loss or sample rare classes",
        {
            "rare": rare,
            "shares": {str(value): round(pixels / total, 9) for value, pixels in counts.items()},
            "answer": it.answer,
            "accuracy": round(it.accuracy, 6),
            "mean_iou": round(it.mean_iou, 6),
            "dice": {str(value): round(dice, 6) for value, dice in it.dice.items()},
            "cross_entropy": round(it.cross_entropy, 6),
            "uniform_cross_entropy": round(math.log(len(counts)), 6),
        },
    )


RULE = Rule(
    about="dataset",
    severity="info",
    certainty="proof",
    judge=judge,
    options=OPTIONS,
    good=(
        Example("even enough", dataset({0: 900, 1: 60, 2: 40})),
        Example("one class alone", dataset({0: 1000})),
        Example("too few labels", dataset({0: 999, 1: 1}, labels=9)),
        Example("ignored pixels do not count", dataset({0: 500, 1: 400, 255: 1}), declared(ignore={255})),
        Example("void does not count", dataset({0: 500, 1: 400, 255: 1})),
        Example("objects are no classes", dataset(dict.fromkeys(range(600), 1))),
        Example("greys are no classes", dataset({0: 999, 200: 1}, families={"grey levels": 50})),
        Example("a class without pixels", dataset({0: 0, 1: 0})),
    ),
    bad=(
        Example("99 % background", dataset({0: 990, 1: 10}), says="accuracy 0.99, mean IoU 0.495, Dice 0.995"),
        Example("its cross-entropy", dataset({0: 990, 1: 10}), says="below 0.056"),
        Example(
            "thin vessels, {0, 255}",
            dataset({0: 970, 255: 30}),
            declared(task="binary"),
            says="class 0 everywhere (97.0 % of the pixels)",
        ),
        Example(
            "a rare class with names",
            dataset({0: 500, 1: 495, 2: 5}),
            declared(names=("road", "sky", "kerb")),
            says="1 of 3 classes cover less than 1 % of the pixels each; to answer class 0 (road)",
        ),
        Example(
            "where the user wants to know",
            dataset({0: 900, 1: 100}),
            declared(options={"SL602.common": 0.8}),
            says="mean IoU 0.45",
        ),
    ),
)

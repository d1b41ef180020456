"""The class weights do not fit the classes, or are no weights.

## What it is
There must be one weight for each class, finite and not below 0, and some class that is present must weigh something.
An infinite weight is let be where no label holds its class: it multiplies nothing.

## Why it hurts
Another number: ``weight tensor should be defined either for all or no classes`` (five threads, often the weights of
another data set, or void counted as a class). 1 / frequency with a frequency of 0 is infinity: the loss is inf or NaN
on the first batch that holds the class. If all classes that are present weigh 0, the weighted mean is 0 / 0, NaN. A
negative weight rewards errors. And a weight of a class that is never present still divides: SMP's Dice falls from 0.530
to 0.406 with the weights 1 to 5 when two of five classes vanish.

## How to fix it
Count over the training set, clamp, and give 0 to what is absent:

```python
share = counts / counts.sum()
weight = np.where(counts > 0, np.median(share[counts > 0]) / share.clip(1e-12), 0).clip(max=50)
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_pairs import terms
from segloss_cli.rules._ids import ignored
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, NOTE, PROBABLY, Weight, proved
from segloss_cli.rules._words import listing
from segloss_cli.types import Contract, Terms

_MANY = 64


def judge(found: Terms, contract: Contract) -> Iterator[Hit]:
    """Weights that were declared, against the number of classes and the ids that are present."""
    weights = contract.weights
    if not weights or not contract.says("weights"):
        return
    yield from _number(contract)
    present = _present(found, contract)
    negative = [i for i, w in enumerate(weights) if w < 0 or math.isnan(w)]
    if negative:
        what = f"the weight of class {listing(negative)} is {_text(weights[negative[0]])}"
        yield _hit(contract, f"{what}: a weight is 0 or more", "negative", negative, ERROR)
    infinite = [i for i, w in enumerate(weights) if w == math.inf and (present is None or i in present)]
    if infinite:
        there = "and labels hold it: the loss is inf or NaN" if present is not None else "and labels may hold it"
        said = f"the weight of class {listing(infinite)} is infinite, {there}"
        yield _hit(contract, said, "infinite", infinite, ERROR if present is not None else PROBABLY)
    yield from _of_present(contract, present)


def _number(contract: Contract) -> Iterator[Hit]:
    """Another number of weights than of classes; of two classes with one output channel, one will do."""
    classes, count = contract.num_classes, len(contract.weights)
    if classes is None or count == classes or (contract.task == "binary" and count in {1, 2}):
        return
    sure = "" if contract.says("num_classes") else " (inferred)"
    yield _hit(
        contract,
        f"{count} class weights for {classes} classes{sure}",
        "number",
        [],
        proved(by_contract=contract.says("num_classes")),
    )


def _of_present(contract: Contract, present: frozenset[int] | None) -> Iterator[Hit]:
    """Of the ids in the labels: all weigh 0, or a class that is nowhere weighs something."""
    weights = contract.weights
    here = [i for i in sorted(present or ()) if i < len(weights)]
    if not here:
        return
    if all(weights[i] == 0 for i in here):
        what = f"every class that the labels hold ({listing(here)}) has the weight 0: the weighted mean is 0 / 0, NaN"
        yield _hit(contract, what, "zero", here, ERROR)
    absent = [i for i, w in enumerate(weights) if 0 < w < math.inf and i not in here]
    if absent:
        what = f"class {listing(absent)} has a weight, and no label holds it: some losses divide by it all the same"
        yield _hit(contract, what, "absent", absent, NOTE)


def _present(found: Terms, contract: Contract) -> frozenset[int] | None:
    """The classes in the labels, as the loss numbers them; None where there may be others."""
    if found.present is None or not found.every:
        return None
    shift = int(contract.reduce_zero_label)
    ids = (int(value) - shift for value in found.present if value not in ignored(contract) and value == int(value))
    return frozenset(value for value in ids if value >= 0)


def _hit(contract: Contract, message: str, key: str, classes: list[int], weight: Weight) -> Hit:
    weights = contract.weights
    return Hit(
        message,
        "one finite weight per class, in the order of the ids: clamp 1 / frequency, 0 for classes that are absent",
        {
            "weights": [w if math.isfinite(w) else str(w) for w in weights[:_MANY]],
            "count": len(weights),
            "num_classes": contract.num_classes,
            "classes": classes,
        },
        key=key,
        **weight,
    )


def _text(value: float) -> str:
    return "not a number" if math.isnan(value) else f"{value:g}"


_INF, _NAN = math.inf, math.nan

RULE = Rule(
    about="terms",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("one per class", terms(0, 1, 2), declared(num_classes=3, weights=(1.0, 2.0, 0.5))),
        Example(
            "an infinite weight of an absent class", terms(0, 1), declared(num_classes=3, weights=(1.0, 2.0, _INF))
        ),
        Example("a class that is not wanted", terms(0, 1, 2), declared(num_classes=3, weights=(0.0, 2.0, 0.5))),
        Example("of the foreground alone", terms(0, 1), declared(num_classes=2, task="binary", weights=(3.0,))),
        Example("void is no class", terms(0, 1, 255), declared(num_classes=2, ignore={255}, weights=(1.0, 2.0))),
        Example(
            "stored from 1",
            terms(0, 1, 2),
            declared(num_classes=2, reduce_zero_label=True, weights=(1.0, 2.0)),
        ),
        Example("others may be there", terms(0, every=False), declared(num_classes=2, weights=(0.0, 1.0))),
        Example("it is not known what is there", terms(), declared(num_classes=2, weights=(0.0, 0.0))),
        Example("none", terms(0, 1), declared(num_classes=2)),
        Example("not declared", terms(0, 1), Contract(num_classes=2, weights=(1.0,))),
    ),
    bad=(
        Example(
            "void counted", terms(0, 1), declared(num_classes=11, weights=(1.0,) * 12), says="12 class weights for 11"
        ),
        Example(
            "as inferred",
            terms(0, 1),
            Contract(num_classes=2, weights=(1.0,), declared=frozenset({"weights"})),
            says="1 class weights for 2 classes (inferred)",
        ),
        Example("negative", terms(0, 1), declared(num_classes=2, weights=(1.0, -2.0)), says="class 1 is -2"),
        Example("not a number", terms(0, 1), declared(num_classes=2, weights=(1.0, _NAN)), says="is not a number"),
        Example("infinite", terms(0, 1), declared(num_classes=2, weights=(1.0, _INF)), says="the loss is inf or NaN"),
        Example("perhaps infinite", terms(), declared(num_classes=2, weights=(1.0, _INF)), says="may hold it"),
        Example(
            "0 / 0", terms(0, 2), declared(num_classes=3, weights=(0.0, 5.0, 0.0)), says="(0 and 2) has the weight 0"
        ),
        Example("absent", terms(0, 1), declared(num_classes=3, weights=(1.0, 2.0, 9.0)), says="class 2 has a weight"),
    ),
)

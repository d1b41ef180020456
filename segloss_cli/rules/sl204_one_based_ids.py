"""The class ids of the whole data set count from 1, where losses count from 0.

## What it is
No label holds 0, every labelled id lies in 1..C, and C itself occurs: the classes were numbered from 1. Oxford Pets
(1..3), ADE20K (1..150, 0 is "other") and COCO (1..90) are stored so. One label without 0 proves nothing, which is why
this is judged on all labels together.

## Why it hurts
With C outputs the id C is out of range: ``Assertion 't >= 0 && t < n_classes' failed``. With C + 1 outputs training
runs, but output 0 is never right, "one class is never found", the mean IoU has a 0 or NaN in it, and every name is
shifted by one. Threads about this: 11 of 420.

## How to fix it
Subtract 1; first move void out of the way, and in a signed type, since in uint8 0 - 1 is 255:

```python
ids = label.astype(np.int64)
ids = np.where(ids == 255, 255, ids - 1)                # 1..C -> 0..C-1, void stays
```

Where 0 is "other" and to be ignored, that is ``reduce_zero_label`` (``--reduce-zero-label``). Or set ``num_classes`` to
C + 1 and give the background a name.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset
from segloss_cli.rules._ids import VOID, WITH_OTHER, class_range
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._sets import FEW, instances, kept_ids
from segloss_cli.rules._weights import ERROR, GUESS, LIKELY, Weight
from segloss_cli.types import Contract, Dataset


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Ids from 1 up to the number of classes, in all labels together."""
    whole, classes = dataset.whole, class_range(contract)
    if whole.labels < FEW or whole.uncounted or contract.reduce_zero_label or instances(dataset) is not None:
        return
    kept = kept_ids(dataset, contract)
    ids = [value for value in kept if value not in VOID or (classes is not None and value in classes)]
    if len(ids) < 2 or ids[0] != 1:
        return
    clean = len(ids) == len(kept) and 0 not in whole.counts
    if classes is None:
        if clean and ids[-1] == len(ids):
            yield _hit(whole.labels, ids[-1], " (a guess: nothing says how many classes there are)", GUESS)
    elif ids[-1] == classes.last + 1:
        claim = f", where the {ids[-1]} classes are {classes}"
        yield _hit(whole.labels, ids[-1], claim, ERROR if clean and classes.declared else LIKELY)


def _hit(labels: int, last: int, claim: str, weight: Weight) -> Hit:
    other = f"; {WITH_OTHER[last]} is stored so: --reduce-zero-label" if last in WITH_OTHER else ""
    return Hit(
        f"the ids of all {labels:,} labels lie in 1..{last}: they count from 1{claim}",
        f"subtract 1 (void to 255 first, in a signed type), or set num_classes to {last + 1}{other}",
        {"labels": labels, "low": 1, "high": last},
        **weight,
    )


_PETS = dataset({1: 300, 2: 600, 3: 100})

RULE = Rule(
    about="dataset",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("0 occurs", dataset({0: 10, 1: 300, 2: 600, 3: 100}), declared(num_classes=3)),
        Example("0 is a class that does not occur", _PETS, declared(num_classes=4)),
        Example("with reduce_zero_label", _PETS, declared(num_classes=3, reduce_zero_label=True)),
        Example("too few labels to tell", dataset({1: 3, 2: 6, 3: 1}, labels=4), declared(num_classes=3)),
        Example("the lowest id is not 1", dataset({2: 300, 3: 600}), declared(num_classes=3)),
        Example("gaps, and nothing declared", dataset({1: 300, 7: 600})),
        Example("some ids are not known", dataset({1: 300, 3: 600}, uncounted=1), declared(num_classes=3)),
        Example("one class, and 255 ignored", dataset({1: 300, 255: 600}), declared(ignore={255})),
        Example(
            "objects that count from 1",
            dataset(dict.fromkeys(range(1, 41), 5), tops=dict.fromkeys(range(4, 41, 4), 10)),
            declared(num_classes=40),
        ),
    ),
    bad=(
        Example("Oxford Pets with 3 classes", _PETS, declared(num_classes=3), says="where the 3 classes are 0..2"),
        Example("a binary set", dataset({1: 300, 2: 600}), declared(task="binary"), says="the 2 classes are 0..1"),
        Example("beside void", dataset({1: 300, 2: 600, 255: 9}), declared(num_classes=2), says="all 100 labels"),
        Example(
            "0 occurs, but is ignored",
            dataset({0: 5, 1: 300, 3: 600}),
            declared(num_classes=3, ignore={0}),
            says="count from 1",
        ),
        Example("the number was inferred", _PETS, Contract(num_classes=3), says="lie in 1..3"),
        Example("nothing declared", _PETS, says="a guess"),
        Example(
            "ADE20K whose 0 does not occur",
            dataset({1: 5, 150: 5}),
            declared(num_classes=150),
            says="the 150 classes are 0..149",
        ),
    ),
)

"""The class ids of the whole data set have gaps, where most training code wants 0..C-1.

## What it is
All labels together hold ids such as 0, 1, 2, 4 (BraTS), and every one of them often enough that another class, which
just never occurs, is unlikely to hide in the gap. Single labels always lack classes; that is no fault, and not judged.

## Why it hurts
nnU-Net stops: ``Unexpected labels found in file ... Expected: [0, 1, 2, 3, 4] Found: [0. 2. 3. 4. 5.]``. Elsewhere C is
taken as the number of different ids, and then the largest is out of range (a device-side assert); or as the largest
plus one, and then an output is trained for nothing and each mean over classes counts a class that cannot be found.
Threads about this: 8 of 420.

## How to fix it
Map the ids with a table, in one step. One id after the other, in place, goes wrong as soon as a new id equals an old
one that is still to come:

```python
table = np.full(256, 255, np.uint8)                     # what is not listed stays ignored
table[[0, 1, 2, 4]] = [0, 1, 2, 3]
label = table[label]
```

Predictions are mapped back with ``np.array([0, 1, 2, 4])[ids]``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset
from segloss_cli.rules._ids import VOID, class_range
from segloss_cli.rules._rule import Example, Hit, Rule, option
from segloss_cli.rules._sets import FEW, instances, kept_ids
from segloss_cli.rules._weights import ERROR, FACT, LIKELY, Weight
from segloss_cli.rules._words import listing
from segloss_cli.types import Contract, Dataset, Split

OPTIONS = {"files": 5}


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Gaps between the ids of all labels."""
    whole = dataset.whole
    mixed = whole.uncounted or contract.coded or len(dataset.suffixes) > 1
    if whole.labels < FEW or mixed or instances(dataset) is not None:
        return
    ids = [value for value in kept_ids(dataset, contract) if value not in VOID]
    if len(ids) < 3 or ids[0] < 0 or ids[-1] > 255:
        return
    gaps = sorted({*range(1, ids[-1])}.difference(ids))
    weight = _weight(whole, contract, ids, gaps)
    if not gaps or weight is None:
        return
    yield Hit(
        f"the ids of all {whole.labels:,} labels are {listing(ids)}: {listing(gaps)} never "
        f"{'occurs' if len(gaps) == 1 else 'occur'} in between",
        "if no class is missing, map the ids to 0..C-1 with a table, label = table[label]; else declare num_classes",
        {"labels": whole.labels, "ids": ids, "gaps": gaps},
        **weight,
    )


def _weight(whole: Split, contract: Contract, ids: list[int], gaps: list[int]) -> Weight | None:
    """An error where gaps are forbidden; a fault where C was declared as the number of ids; else likely, or nothing.

    Below a declared C an absent id is a class that does not occur, not a gap. Where nothing is declared, an id in
    fewer than five files says that others may well be absent by chance, and so do gaps that are no exception.
    """
    classes = class_range(contract)
    if classes is not None and ids[-1] <= classes.last:
        return None
    if contract.consecutive and contract.says("consecutive"):
        return ERROR
    if classes is not None:
        return FACT if len(ids) == classes.last - classes.first + 1 else None
    rarest = min(whole.holders[value].files for value in ids)
    sure = 2 * len(gaps) <= len(ids) and rarest >= option(contract, "SL207", "files", OPTIONS["files"])
    return LIKELY if sure else None


_BRATS = dataset({0: 900, 1: 50, 2: 30, 4: 20}, {1: 80, 2: 90, 4: 75})

RULE = Rule(
    about="dataset",
    severity="error",
    certainty="proof",
    judge=judge,
    options=OPTIONS,
    good=(
        Example("no gap", dataset({0: 900, 1: 50, 2: 50})),
        Example("0 and 255", dataset({0: 900, 255: 100})),
        Example("void is no class", dataset({0: 900, 1: 50, 2: 50, 255: 9})),
        Example("a class below the declared number is absent", _BRATS, declared(num_classes=5, consecutive=True)),
        Example(
            "two encodings side by side: SL606's",
            dataset({0: 900, 1: 50, 2: 30, 4: 20}, suffixes={"_labelIds": 50, "_labelTrainIds": 50}),
        ),
        Example("from 1: SL204's", dataset({1: 900, 2: 50, 3: 50})),
        Example("few labels", dataset({0: 90, 5: 5, 15: 5, 17: 5}, labels=9)),
        Example("rare classes: others are absent by chance", dataset({0: 9, 2: 9, 3: 9, 9: 9}, {2: 1, 3: 9, 9: 7})),
        Example("some classes of many", dataset({0: 90, 1: 5, 4: 5, 7: 5})),
        Example("grey levels of a picture", dataset({0: 90, 63: 5, 127: 5, 192: 5})),
        Example("some ids are not known", dataset({0: 90, 1: 5, 2: 5, 4: 5}, uncounted=1)),
        Example("colours are decoded", _BRATS, declared(coded=True)),
        Example("ids beyond the declared classes are SL201's", _BRATS, declared(num_classes=3)),
        Example("16 bits", dataset({0: 90, 1: 5, 300: 5})),
        Example("instances of classes", dataset({7: 90, 8: 5, 24001: 5}, families={"class*1000+n": 90})),
    ),
    bad=(
        Example("BraTS", _BRATS, says="are 0..2 and 4: 3 never occurs"),
        Example("BraTS for nnU-Net", _BRATS, declared(num_classes=4, consecutive=True), says="3 never occurs"),
        Example(
            "gaps that nnU-Net forbids",
            dataset({0: 90, 1: 5, 2: 5, 100: 5, 200: 5}),
            declared(consecutive=True),
            says="3..99 and 101..199 never occur",
        ),
        Example("as many classes as ids", _BRATS, declared(num_classes=4), says="0..2 and 4"),
    ),
)

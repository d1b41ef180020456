"""The ids of the data set look like numbers of objects, not like classes. A guess.

## What it is
Instance labels give each object its own value: class * 1000 + n (Cityscapes ``instanceIds``), class * 256 + n (KITTI,
Mapillary), or just 1, 2, 3, ... anew in every file (VOC ``SegmentationObject``, cell and nucleus sets). Nothing in one
file proves it; over many files the pattern shows: ids without a gap that end somewhere else in each, or far more
different ids than there are classes.

## Why it hurts
As class ids they mean nothing: the third cell is another "class" than the second. 16-bit values stop training with
``Target 26001 is out of bounds.``; small ones train without an error and without learning anything beyond background.
Threads about this: 6 of 420, such as "only one class in SegmentationClass, different colours in SegmentationObject".

## How to fix it
Take the semantic export of the same data (``SegmentationClass``, ``*_labelTrainIds.png``), or map:

```python
label = np.where(ids >= 1000, ids // 1000, ids)         # Cityscapes instanceIds -> labelIds
label = (ids > 0).astype(np.uint8)                      # one class of objects
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset
from segloss_cli.rules._ids import class_range
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._sets import instances
from segloss_cli.rules._weights import GUESS, LIKELY
from segloss_cli.types import Contract, Dataset


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Ids that read as numbers of objects, where the labels are not known to be that."""
    why = instances(dataset)
    if why is None or _wanted(contract):
        return
    classes, ids = class_range(contract), dataset.counts
    within = classes is not None and classes.declared and bool(ids) and max(ids) <= classes.last
    doubt = ", though all lie within the declared classes" if within else ""
    yield Hit(
        f"{why.what}: probably numbers of objects, not classes{doubt} (a guess)",
        "use the semantic export of the data set, or map each object to its class, label = table[ids]",
        why.evidence,
        **(GUESS if within else LIKELY),
    )


def _wanted(contract: Contract) -> bool:
    return any(word in contract.preset.lower() for word in ("instance", "panoptic"))


_CELLS = dataset(
    dict.fromkeys(range(61), 40), {value: 100 - value for value in range(61)}, tops=dict.fromkeys(range(11, 61, 5), 10)
)
_SCENES = dataset({7: 90, 8: 5, 24000: 5, 24001: 5, 26000: 5}, families={"class*1000+n": 90, "ids": 10})

RULE = Rule(
    about="dataset",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("all classes in every label", dataset(dict.fromkeys(range(19), 9), tops={18: 100})),
        Example("VOC: one object's class and background", dataset(dict.fromkeys(range(21), 9), families={"ids": 100})),
        Example("a binary set", dataset({0: 90, 1: 10}, tops={1: 70}, empty=30)),
        Example(
            "organs, one below the other",
            dataset(dict.fromkeys(range(9), 9), tops=dict.fromkeys(range(1, 9), 12)),
        ),
        Example("nested grades", dataset(dict.fromkeys(range(5), 9), tops={1: 20, 2: 30, 3: 30, 4: 20})),
        Example("ADE20K", dataset(dict.fromkeys(range(151), 9), tops={3: 2, 9: 1, 12: 1}, families={"ids": 100})),
        Example("C of 256", dataset(dict.fromkeys(range(256), 9), families={"ids": 100})),
        Example("a few labels", dataset(dict.fromkeys(range(30), 9), labels=9, tops=dict.fromkeys(range(9, 18), 1))),
        Example("instances are what is wanted", _SCENES, declared(preset="cityscapes-instances")),
        Example("panoptic ids", dataset({}, many=True), declared(preset="coco-panoptic")),
    ),
    bad=(
        Example("Cityscapes", _SCENES, says="90 of 100 labels read as class*1000+n"),
        Example("KITTI", dataset({768: 5, 6913: 5}, families={"class*256+n": 80}), says="class*256+n"),
        Example("cells", _CELLS, says="run without a gap, up to 11 in one and 56 in another"),
        Example("cells, with 2 classes declared", _CELLS, declared(num_classes=2), says="numbers of objects"),
        Example("cells, 64 classes declared", _CELLS, declared(num_classes=64), says="within the declared classes"),
        Example("more ids than classes", dataset(dict.fromkeys(range(0, 6000, 10), 1)), says="600 different values"),
        Example("more than are listed", dataset({}, many=True), says="more than 4,096 different values"),
        Example("16-bit maps", dataset({}, uncounted=100, families={"many values": 100}), says="more than 1,024"),
    ),
)

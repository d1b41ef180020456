"""The ids are those of another version of the data set: labelIds for trainIds, COCO categories for classes.

## What it is
Some data sets come with several id lists. Cityscapes: labelIds 0..33, trainIds 0..18, instanceIds (labelId * 1000 + n).
ADE20K: 1..150 as stored, 0..149 in most code, where 0 is "other". COCO: category ids 1..90 with gaps for 80 classes.
Here the ids break the declared number of classes, and fit one of those lists.

## Why it hurts
With ids beyond C the training stops at a device-side assert (ten of 420 threads are Cityscapes alone: ``Some problem
with labels. Please check.``). Where all ids happen to be smaller than C it does not stop, and "metrics are obviously
wrong for all classes", since id 7 is road in one list and traffic sign in the other.

## How to fix it
Use the files that fit, or map once with the official table:

```sh
python -m cityscapesscripts.preparation.createTrainIdLabelImgs      # writes *_gtFine_labelTrainIds.png
```

```python
label = np.where(label == 0, 255, label - 1)            # ADE20K: 0 is "other", and becomes the ignored id
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, label
from segloss_cli.rules._ids import class_range, is_array
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._spaces import instance_ids, stem, suspected
from segloss_cli.rules._weights import GUESS, proved
from segloss_cli.rules._words import amount, listing, tally, total
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """Ids beyond the classes that a well-known id list explains; without a contract, what the file's name hints at."""
    classes = class_range(contract)
    space = suspected(profile, contract)
    if space is not None and classes is not None:
        size = amount(total(profile, space.values), profile.pixels)
        yield Hit(
            f"{listing(space.values)} ({size}) cannot be among the classes {classes}; the ids fit {space.fits}",
            space.remedy,
            tally(profile, space.values) | {"fits": space.fits},
            values=space.values,
            **proved(by_contract=classes.declared),
        )
    elif classes is None and not is_array(profile):
        yield from _named(profile)


def _named(profile: Profile) -> Iterator[Hit]:
    """What the name says, where the values agree with it: a hint for the choice of files, not a fault."""
    values = [*(profile.counts or ())]
    name = stem(profile)
    evidence = {"low": profile.low, "high": profile.high, "distinct": profile.distinct}
    if name.endswith("instanceids") or (values and instance_ids(profile)):
        yield Hit(
            "reads as instance ids (Cityscapes: labelId * 1000 + n): objects, not classes",
            "for class ids use *_gtFine_labelTrainIds.png",
            evidence,
            **GUESS,
        )
    elif name.endswith("labelids") and values and 18 < max(values) <= 33:
        yield Hit(
            "reads as Cityscapes labelIds (0..33): right for 34 classes, wrong for the usual 19",
            "for 19 classes use *_gtFine_labelTrainIds.png",
            evidence,
            **GUESS,
        )


_LABEL_IDS = label({3: 10, 7: 40, 11: 20, 21: 10, 26: 15, 33: 5})

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("trainIds", label({0: 50, 18: 40, 255: 10}), declared(num_classes=19, ignore={255})),
        Example("labelIds where 34 classes are declared", _LABEL_IDS, declared(num_classes=34)),
        Example("one stray id explains nothing", label({0: 50, 19: 50}), declared(num_classes=19)),
        Example(
            "ADE20K with reduce_zero_label", label({0: 5, 150: 95}), declared(num_classes=150, reduce_zero_label=True)
        ),
        Example("a 16-bit map that is no Cityscapes", label({0: 5, 300: 95}, mode="I;16", dtype="uint16")),
    ),
    bad=(
        Example("labelIds for 19 classes", _LABEL_IDS, declared(num_classes=19), says="labelIds (0..33), not trainIds"),
        Example("ADE20K as stored", label({0: 5, 3: 40, 150: 55}), declared(num_classes=150), says="0 is 'other'"),
        Example("COCO categories", label({1: 5, 44: 40, 90: 55}), declared(num_classes=80), says="COCO category ids"),
        Example("COCO-Stuff", label({0: 5, 44: 40, 181: 55}), declared(num_classes=171), says="COCO-Stuff ids"),
        Example(
            "instance ids for 19 classes",
            label({7: 50, 24001: 30, 26000: 20}, mode="I;16", dtype="uint16"),
            declared(num_classes=19),
            says="instanceIds",
        ),
        Example(
            "the name says labelIds",
            label({7: 50, 33: 50}, path="ulm_000000_000019_gtFine_labelIds.png"),
            says="wrong for the usual 19",
        ),
        Example(
            "the name says instanceIds",
            label({7: 50, 26001: 50}, path="ulm_000000_000019_gtFine_instanceIds.png", mode="I;16", dtype="uint16"),
            says="objects, not classes",
        ),
    ),
)

"""A class that other splits hold occurs in no label of this split; or a declared class occurs nowhere.

## What it is
Splits were drawn without regard to rare classes, or one split's labels come from elsewhere: another id list, or
placeholders as in test sets whose truth is withheld. Single labels always lack classes; only whole splits are judged.

## Why it hurts
A class that is absent from training is never learned. One that is absent from validation has an IoU of 0/0: NaN in one
library, 0 or 1 in another, and with it the mean changes, by 1/C at most: 5 points of mean IoU with 20 classes. Threads
about this: 9 of 420.

## How to fix it
Split again, stratified by the classes that each label holds; until then report NaN together with the support, and leave
the class out of the mean in all runs alike:

```python
present = np.bincount(truth[truth != 255], minlength=num_classes) > 0
mean_iou = np.nanmean(np.where(present, iou, np.nan))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset, of_splits, split
from segloss_cli.rules._ids import class_range, ignored
from segloss_cli.rules._rule import Example, Hit, Rule, option
from segloss_cli.rules._sets import FEW, class_ids, kept_ids, titles
from segloss_cli.rules._weights import FACT, NOTE
from segloss_cli.rules._words import printable
from segloss_cli.types import Contract, Dataset, Split

OPTIONS = {"labels": FEW}

OFTEN = 3
"""So many files of a class where one expects it make its absence remarkable."""


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Classes that a split lacks and others hold; then declared classes that no label holds."""
    ids = class_ids(dataset, contract)
    if not ids:
        return
    least = option(contract, "SL603", "labels", OPTIONS["labels"])
    whole = dataset.whole
    for name, one in sorted(dataset.splits.items()):
        if name and len(dataset.splits) > 1 and one.labels >= least and not one.uncounted:
            yield from _missing(name, one, whole, ids, contract)
    if whole.labels >= least and not whole.uncounted:
        yield from _unseen(dataset, contract)


def _missing(name: str, one: Split, whole: Split, ids: tuple[int, ...], contract: Contract) -> Iterator[Hit]:
    lacking = [value for value in ids if value not in one.counts and whole.holders[value].files >= OFTEN]
    if not lacking:
        return
    word = printable(name)
    elsewhere = whole.labels - one.labels
    expected = max(whole.holders[value].files for value in lacking) * one.labels / max(elsewhere, 1)
    left = [value for value in one.counts if value not in ignored(contract)]
    if len(left) < 2 and expected >= OFTEN:
        only = titles(left, contract) if left else "ignored ids"
        message = f"all {one.labels:,} labels of '{word}' hold nothing but {only}: placeholders?"
        remedy = "check where these labels come from; leave them out of any score"
    else:
        occur = "occurs" if len(lacking) == 1 else "occur"
        message = f"class {titles(lacking, contract)} {occur} in none of the {one.labels:,} labels of '{word}'"
        remedy = "split again, stratified by class; until then leave the class out of means, and report its support"
    files = {str(value): whole.holders[value].files for value in lacking}
    evidence = {"split": word, "labels": one.labels, "missing": lacking, "files_elsewhere": files}
    sure = expected >= OFTEN or name.startswith("train")
    yield Hit(message, remedy, evidence, key=word, **(FACT if sure else NOTE))


def _unseen(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Declared classes that no label holds; ids beside the classes are to be sorted out first."""
    classes = class_range(contract)
    if classes is None or not classes.declared or any(value not in classes for value in kept_ids(dataset, contract)):
        return
    known = dataset.counts.keys() | ignored(contract)
    unseen = [value for value in range(classes.first, classes.last + 1) if value not in known]
    if not unseen:
        return
    occur = "occurs" if len(unseen) == 1 else "occur"
    count = dataset.whole.labels
    yield Hit(
        f"class {titles(unseen, contract)} was declared and {occur} in none of the {count:,} labels",
        "if that is right, leave it out of means over classes; else look for labels that were lost or mapped wrongly",
        {"missing": unseen, "labels": count},
        key="declared",
        **NOTE,
    )


_TRAIN = split({0: 900, 1: 60, 2: 40}, labels=80)
_C3 = declared(num_classes=3)

RULE = Rule(
    about="dataset",
    severity="warning",
    certainty="proof",
    judge=judge,
    options=OPTIONS,
    good=(
        Example("every split has all", of_splits({"train": _TRAIN, "val": _TRAIN}), _C3),
        Example("a split of a few labels", of_splits({"train": _TRAIN, "val": split({0: 9, 1: 9}, labels=5)}), _C3),
        Example("no splits", dataset({0: 900, 1: 60, 2: 40}, {2: 3}), _C3),
        Example(
            "void is no class",
            of_splits({"train": split({0: 9, 1: 9, 255: 9}), "val": split({0: 9, 1: 9})}),
        ),
        Example(
            "two labels elsewhere: SL608's",
            of_splits({"train": split({0: 9, 1: 9, 7: 1}, {7: 2}), "val": split({0: 9, 1: 9})}),
        ),
        Example("ids of a split are not known", of_splits({"train": _TRAIN, "val": split({}, uncounted=100)}), _C3),
        Example("ids beside the classes: SL201's", dataset({0: 9, 1: 9, 7: 9}), _C3),
        Example("{0, 255} of two classes: SL208's", dataset({0: 9, 255: 9}), declared(num_classes=2)),
        Example(
            "objects are no classes",
            of_splits({"train": split(dict.fromkeys(range(600), 1)), "val": split({0: 9, 1: 9})}),
        ),
    ),
    bad=(
        Example(
            "a class that validation lacks",
            of_splits({"train": _TRAIN, "val": split({0: 9, 1: 9}, labels=20)}),
            _C3,
            says="class 2 occurs in none of the 20 labels of 'val'",
        ),
        Example(
            "with its name",
            of_splits({"train": _TRAIN, "val": split({0: 9, 1: 9}, labels=20)}),
            declared(names=("road", "sky", "kerb")),
            says="class 2 (kerb)",
        ),
        Example(
            "a rare class",
            of_splits({"train": split({0: 9, 1: 9, 2: 9}, {2: 4}), "val": split({0: 9, 1: 9}, labels=20)}),
            says="class 2 occurs in none",
        ),
        Example(
            "a class that training lacks",
            of_splits({"train": split({0: 9, 1: 9}), "val": split({0: 9, 1: 9, 2: 9}, {2: 4})}),
            says="labels of 'train'",
        ),
        Example(
            "placeholders",
            of_splits({"train": _TRAIN, "test": split({0: 9})}),
            _C3,
            says="all 100 labels of 'test' hold nothing but 0: placeholders?",
        ),
        Example(
            "placeholders of void",
            of_splits({"train": _TRAIN, "test": split({255: 9})}),
            declared(num_classes=3, ignore={255}),
            says="nothing but ignored ids",
        ),
        Example("declared, and nowhere", dataset({0: 9, 1: 9}), declared(num_classes=4), says="class 2 and 3 was"),
    ),
)

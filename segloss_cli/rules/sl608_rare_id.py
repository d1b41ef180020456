"""An id occurs in hardly any label, and there with a handful of pixels: perhaps a stray stroke of the brush.

## What it is
Of all labels fewer than one in a thousand (at least one) holds the id, with no more than 100 pixels each, and less than
a hundred-thousandth of all pixels. A real class that rare is possible, so this is a guess; look at the file that is
named. Sets of fewer than 50 labels are not judged.

## Why it hurts
A few pixels make a class. The number of classes is taken from the largest id, and one click with the wrong brush adds
an output; the class's IoU is 0 or NaN and pulls down the mean by 1/C; and 1/frequency as its weight is immense (34
stray pixels among 10**8 weigh 3,000,000 times the average). Seen in vocalfolds: 34 stray pixels of class 0.

## How to fix it
Open the label at the place that ``segloss inspect`` gives, and paint the pixels over. If they are noise, in many files:

```python
label[label == 7] = 255                                 # ignored, rather than guessed
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset
from segloss_cli.rules._rule import Example, Hit, Rule, option
from segloss_cli.rules._sets import instances, kept_ids, titles
from segloss_cli.rules._words import pixels
from segloss_cli.types import Contract, Dataset

OPTIONS = {"share": 0.001, "pixels": 100, "labels": 50}

SCARCE = 1e-5
"""Of all pixels of the set no more than this share."""

STROKES = 8
"""More rare ids than this are no strokes: they are smoothed edges, greys, numbers of objects."""


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Ids in hardly any file and with few pixels; each is told at its first file."""
    whole = dataset.whole
    if whole.counted < option(contract, "SL608", "labels", OPTIONS["labels"]) or instances(dataset) is not None:
        return
    files = max(1, int(option(contract, "SL608", "share", OPTIONS["share"]) * whole.counted))
    few = option(contract, "SL608", "pixels", OPTIONS["pixels"])
    kept = kept_ids(dataset, contract)
    total = sum(kept.values())
    rare = [
        value
        for value, count in kept.items()
        if (held := whole.holders[value].files) <= files and count <= few * held and count <= SCARCE * total
    ]
    if len(rare) > STROKES:
        return
    for value in rare:
        seen, count = whole.holders[value], kept[value]
        where = "this label alone" if seen.files == 1 else f"{seen.files} labels, first this one,"
        yield Hit(
            f"id {titles([value], contract)} occurs in {where} of {whole.counted:,}, with {pixels(count)} in all: "
            "perhaps a stray stroke (a guess)",
            "look at the place; paint it over, or set it to the ignored id, unless the class is really that rare",
            {"id": value, "files": seen.files, "labels": whole.counted, "pixels": count},
            values=(value,),
            key=str(value),
            path=seen.first,
        )


_BIG = 10**8

RULE = Rule(
    about="dataset",
    severity="warning",
    certainty="likely",
    judge=judge,
    options=OPTIONS,
    good=(
        Example("a class in 1 % of the files", dataset({0: _BIG, 7: 34}, {7: 20}, labels=2000)),
        Example("a rare class with real area", dataset({0: _BIG, 7: 9_000}, {7: 1}, labels=2000)),
        Example("a few labels", dataset({0: _BIG, 7: 34}, {7: 1}, labels=49)),
        Example("ignored", dataset({0: _BIG, 7: 34}, {7: 1}), declared(ignore={7})),
        Example("small pictures: the share is not small", dataset({0: 100_000, 7: 34}, {7: 1})),
        Example(
            "many rare ids: smoothed edges",
            dataset({0: _BIG} | dict.fromkeys(range(2, 12), 3), dict.fromkeys(range(2, 12), 1)),
        ),
        Example("thin classes in every file", dataset({0: _BIG, 1: 900})),
        Example(
            "numbers of objects",
            dataset({0: _BIG, 61: 3}, {61: 1}, tops=dict.fromkeys(range(11, 61, 5), 10)),
        ),
    ),
    bad=(
        Example(
            "vocalfolds",
            dataset({0: 34, 1: _BIG}, {0: 1}, labels=536),
            says="id 0 occurs in this label alone of 536, with 34 pixels",
        ),
        Example(
            "in two of 2,500", dataset({0: _BIG, 7: 60}, {7: 2}, labels=2500), says="2 labels, first this one, of 2,500"
        ),
        Example(
            "with its name",
            dataset({0: _BIG, 1: 5}, {1: 1}),
            declared(names=("tissue", "tool")),
            says="id 1 (tool)",
        ),
        Example(
            "where the user is stricter",
            dataset({0: _BIG, 7: 900}, {7: 2}),
            declared(options={"SL608.share": 0.02, "SL608.pixels": 1000}),
            says="id 7 occurs in 2 labels",
        ),
    ),
)

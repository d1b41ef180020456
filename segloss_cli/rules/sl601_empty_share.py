"""How many labels of the data set hold nothing but background.

## What it is
A share of the labels has no pixel of any class but 0. In medical and inspection sets that is normal (healthy patients,
sound parts; 30 % is common) and wanted. A very large share is more often a fault of the export: masks that were never
drawn, the wrong folder, ids lost in a conversion.

## Why it hurts
Losses disagree about empty labels. Measured on one: Dice loss is 0.0 in smp, 1.0 in MONAI; the textbook's is 0/0
without smoothing, 0 with a smoothing of 1 and nothing predicted, and 1.0 with 1e-6 and 0.001 predicted everywhere. So
empty labels either teach nothing or punish a nearly perfect answer: "loss is always 1 on negative images". Threads
about this: 13 of 420.

## How to fix it
Look at some of them. If they are right, choose the convention knowingly (``segloss compute`` shows each), and let a
sampler balance the batches:

```python
weights = [1.0 if has_foreground else 0.2 for has_foreground in flags]
sampler = torch.utils.data.WeightedRandomSampler(weights, len(weights))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset, of_splits, split
from segloss_cli.rules._ids import ignored
from segloss_cli.rules._rule import Example, Hit, Rule, option
from segloss_cli.rules._sets import FEW, titles
from segloss_cli.rules._weights import FACT, NOTE
from segloss_cli.rules._words import share
from segloss_cli.types import Contract, Dataset

OPTIONS = {"share": 0.9, "note": 0.1}


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """The share of labels that hold only background, a note above ``note``, a warning above ``share``."""
    whole = dataset.whole
    if whole.counted < FEW or 0 in ignored(contract):
        return
    part = whole.empty / whole.counted
    if not whole.empty or part < option(contract, "SL601", "note", OPTIONS["note"]):
        return
    much = part > option(contract, "SL601", "share", OPTIONS["share"])
    amount = f"{whole.empty:,} of {whole.counted:,} labels ({share(whole.empty, whole.counted)})"
    yield Hit(
        f"{amount} hold nothing but {titles([0], contract) if contract.names else '0, background'}",
        "look whether they were drawn at all; if so, choose how the loss treats empty labels, and balance the batches",
        {
            "empty": whole.empty,
            "labels": whole.counted,
            "share": round(part, 6),
            "splits": {name: [one.empty, one.counted] for name, one in sorted(dataset.splits.items())},
        },
        **(FACT if much else NOTE),
    )


RULE = Rule(
    about="dataset",
    severity="info",
    certainty="proof",
    judge=judge,
    options=OPTIONS,
    good=(
        Example("none is empty", dataset({0: 900, 1: 100})),
        Example("one in a hundred", dataset({0: 900, 1: 100}, empty=1)),
        Example("too few labels", dataset({0: 900, 1: 100}, labels=9, empty=9)),
        Example("0 is ignored", dataset({0: 900, 1: 100}, empty=0), declared(ignore={0})),
        Example("nothing was counted", dataset({}, uncounted=100)),
    ),
    bad=(
        Example("a medical set", dataset({0: 990, 1: 10}, empty=30), says="30 of 100 labels (30.0 %)"),
        Example(
            "with names", dataset({0: 9, 1: 9}, empty=30), declared(names=("sky", "tree")), says="nothing but 0 (sky)"
        ),
        Example("nearly all", dataset({0: 990, 1: 10}, empty=95), says="95 of 100 labels (95.0 %)"),
        Example("all", dataset({0: 990}, empty=100), says="(100 %)"),
        Example(
            "in one split",
            of_splits({"train": split({0: 9, 1: 9}), "val": split({0: 9}, empty=100)}),
            says="100 of 200 labels",
        ),
        Example(
            "where the user is stricter",
            dataset({0: 990, 1: 10}, empty=5),
            declared(options={"SL601.note": 0.01, "SL601.share": 0.04}),
            says="5 of 100",
        ),
    ),
)

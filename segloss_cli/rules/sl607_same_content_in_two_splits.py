"""A label of this split equals one of another split, pixel by pixel.

## What it is
Two files with the same size and the same ids everywhere, in two splits. Labels that might coincide by chance are left
out: those with fewer than 16 different rows of pixels, so empty ones, boxes and stripes. That the labels are equal is
proved; that the pictures are, too, is likely but not looked at.

## Why it hurts
What was trained on is scored: the validation score rises with every copy, and says less about new pictures. With a
share d of copies, on which the network scores 0.95, and 0.60 on the rest, the score shown is 0.60 + 0.35 d. Copies come
from merged downloads, from augmentation before the split, and from frames of one video put into several splits.

## How to fix it
Keep each picture in one split, and split by patient, scene or video, not by frame:

```python
splits = sklearn.model_selection.GroupShuffleSplit(1, test_size=0.2, random_state=0)
train, val = next(splits.split(paths, groups=patients))
```

If the pictures differ (a fixed camera, a template), ignore this rule for that folder.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples_dataset import of_splits, split
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import printable
from segloss_cli.types import Contract, Dataset


def judge(dataset: Dataset, _: Contract) -> Iterator[Hit]:
    """Digests that occur in two splits: told at each file but the one in training (or else in the first split)."""
    for digest, first in sorted(dataset.twins.items()):
        if len(first) < 2:
            continue
        home = min(first, key=lambda name: (not name.startswith("train"), name))
        for name in sorted(first):
            if name != home:
                yield _hit(first[name], name, first[home], home, digest)


def _hit(path: str, name: str, partner: str, home: str, digest: str) -> Hit:
    other, word = printable(partner), printable(name)
    return Hit(
        f"this label of '{word}' equals one of '{printable(home)}', {other}, pixel by pixel",
        "compare the two images: a picture belongs in one split only",
        {"split": word, "other_split": printable(home), "other": other, "digest": digest},
        key=other,
        path=path,
    )


_SPLITS = {"train": split({0: 9, 1: 9}), "val": split({0: 9, 1: 9})}

RULE = Rule(
    about="dataset",
    severity="warning",
    certainty="proof",
    judge=judge,
    good=(
        Example("all differ", of_splits(_SPLITS, twins={"ab": {"train": "train/a.png"}, "cd": {"val": "val/a.png"}})),
        Example("no digests: no splits, or none that tells", of_splits(_SPLITS)),
    ),
    bad=(
        Example(
            "a copy in validation",
            of_splits(_SPLITS, twins={"ab": {"train": "train/a.png", "val": "val/b.png"}}),
            says="this label of 'val' equals one of 'train', train/a.png",
        ),
        Example(
            "in three splits",
            of_splits(_SPLITS, twins={"ab": {"test": "test/c.png", "training": "t/a.png", "val": "val/b.png"}}),
            says="this label of 'test' equals one of 'training'",
        ),
        Example(
            "without a training split",
            of_splits(_SPLITS, twins={"ab": {"test": "test/c.png", "val": "val/b.png"}}),
            says="this label of 'val' equals one of 'test'",
        ),
    ),
)

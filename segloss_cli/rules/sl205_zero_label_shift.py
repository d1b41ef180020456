"""``reduce_zero_label`` is on, and 0 is a class; or the labels were shifted before.

## What it is
With ``reduce_zero_label`` (mmseg; ``do_reduce_labels`` in Hugging Face) 0 becomes ignored and every id moves down by
one. That is right for ADE20K and others stored as 1..C with 0 for "other". Here no label of the whole set holds C, so
that the last class could never be seen, and 0 looks like a class: the names begin with "background" or the like. Or
255 is there already, as a first shift leaves it.

## Why it hurts
Fifteen threads of 420: the background's IoU is 0 and the last class's NaN, every image is predicted as one class, and
each class is learned under the name of the one before it. No loss stops, since all ids are legal. A second shift takes
away one more class: [0, 1, 2, 255] becomes [255, 0, 1, 255] and then [255, 255, 0, 255].

## How to fix it
Turn the flag off where 0 is a class, or where the stored labels are shifted already:

```python
dict(type="LoadAnnotations", reduce_zero_label=False)   # mmseg; do_reduce_labels=False in Hugging Face
```

If 0 is a class of "unlabelled" pixels that is to be dropped, the flag is right: leave its name out, and declare one
class less.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset
from segloss_cli.rules._ids import VOID, class_range
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._sets import FEW
from segloss_cli.rules._weights import GUESS, LIKELY, Weight
from segloss_cli.rules._words import amount, printable
from segloss_cli.types import Contract, Dataset

BACKGROUND = frozenset({"background", "bg", "_background_"})
NOTHING = frozenset(
    {"unlabeled", "unlabelled", "unlabel", "void", "other", "others", "ignore", "ignored", "nodata", "none", "unknown"}
)
"""Names, in small letters and without spaces and hyphens, of what 0 often is."""


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """A set without the id C that the shift asks for, whose 0 reads as a class or whose labels read as shifted."""
    classes, whole = class_range(contract), dataset.whole
    if not contract.reduce_zero_label or classes is None or not whole.counts.get(0):
        return
    rest = [value for value in whole.counts if value not in VOID]
    reading = _reading(dataset, contract)
    if min(rest) < 0 or max(rest) >= classes.last or reading is None:
        return
    what, remedy = reading
    held, zero = whole.holders[0], whole.counts[0]
    yield Hit(
        f"reduce_zero_label drops 0 ({amount(zero, whole.pixels)}, in {held.files:,} of {whole.labels:,} labels), but "
        f"no label holds {classes.last}, which would be the last class, and {what}",
        remedy,
        {"pixels": zero, "files": held.files, "labels": whole.labels, "highest": max(rest), "missing": classes.last},
        **_weight(dataset, contract, full=max(rest) == classes.last - 1),
    )


def _reading(dataset: Dataset, contract: Contract) -> tuple[str, str] | None:
    """Why 0 seems to be a class, and what to do; None where nothing says so."""
    name = contract.names[0] if contract.names else ""
    plain = name.lower().replace(" ", "").replace("-", "")
    called = f"the names call class 0 '{printable(name)}'"
    if plain in BACKGROUND:
        return called, "if 0 is the background, turn reduce_zero_label off; if background is stored as 1, all is well"
    if plain in NOTHING:
        return called, "leave that name out and declare one class less; or turn reduce_zero_label off"
    if 255 in dataset.counts:
        return (
            "255 is there already: shifted before?",
            "turn reduce_zero_label off if the files were shifted when written",
        )
    return None


def _weight(dataset: Dataset, contract: Contract, *, full: bool) -> Weight:
    """A likely fault in a set of some size that holds 0..C-1; else a guess."""
    whole = dataset.whole
    sure = full and whole.labels >= FEW and not whole.uncounted and contract.says("reduce_zero_label")
    return LIKELY if sure else GUESS


_THREE = {0: 900, 1: 50, 2: 50}
_NAMED = declared(names=("background", "cat", "dog"), reduce_zero_label=True)
_PLAIN = declared(num_classes=3, reduce_zero_label=True)

RULE = Rule(
    about="dataset",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("LoveDA: background is stored as 1", dataset({0: 9, 1: 50, 2: 20, 3: 20}), _NAMED),
        Example("the flag is off", dataset(_THREE), declared(names=("background", "cat", "dog"))),
        Example("0 is not there", dataset({1: 50, 2: 50}), _NAMED),
        Example("ADE20K without its last class", dataset(_THREE), declared(num_classes=150, reduce_zero_label=True)),
        Example("ids beyond the last class are SL201's", dataset(_THREE | {9: 5}), _NAMED),
        Example("how many classes is not known", dataset(_THREE), declared(reduce_zero_label=True)),
        Example("other names", dataset(_THREE), declared(names=("wall", "sky", "tree"), reduce_zero_label=True)),
        Example("many ids", dataset({}, many=True), _NAMED),
    ),
    bad=(
        Example("VOC-like names", dataset(_THREE), _NAMED, says="no label holds 3"),
        Example(
            "a class of unlabelled",
            dataset(_THREE),
            declared(names=("Un-labelled", "a", "b"), reduce_zero_label=True),
            says="'Un-labelled'",
        ),
        Example("shifted before", dataset(_THREE | {255: 90}), _PLAIN, says="shifted before?"),
        Example("a small set", dataset(_THREE, labels=3), _NAMED, says="in 3 of 3 labels"),
        Example("its last classes are missing", dataset({0: 900, 1: 50}), _NAMED, says="no label holds 3"),
    ),
)

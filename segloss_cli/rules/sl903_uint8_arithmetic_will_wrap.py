"""Arithmetic on these 8-bit ids wraps around: C * gt + pred does not fit into a byte.

## What it is
The labels are stored in 8 bits, which is right, and there are more than 16 classes. Loaded as they are, they are
uint8 arrays, and sums and products of such are uint8 again.

## Why it hurts
Four threads: a confusion matrix that is garbage above 16 classes. ``C * gt + pred`` with C = 19, gt = 18, pred = 5 is
347, and 91 in a byte: pixels of class 18 are counted as class 4. ``2 * 200`` is 144, ``0 - 1`` is 255, and a loss was
30,000 instead of 3. Nothing is raised. Whether your code does so cannot be seen from the files: this is a note.

## How to fix it
Widen before the arithmetic, not after it:

```python
index = num_classes * label.astype(np.int64) + prediction          # not (num_classes * label + prediction).astype
matrix = np.bincount(index[valid], minlength=num_classes**2).reshape(num_classes, num_classes)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_pairs import terms
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Terms

LARGEST = 255


def judge(found: Terms, contract: Contract) -> Iterator[Hit]:
    """8-bit labels of so many declared classes that the index of a confusion matrix exceeds a byte."""
    classes = contract.num_classes
    if not contract.says("num_classes") or classes is None or classes**2 - 1 <= LARGEST:
        return
    if "uint8" not in found.dtypes:
        return
    highest = classes**2 - 1
    yield Hit(
        f"labels are uint8 and there are {classes} classes: C * gt + pred reaches {highest:,}, "
        f"and is {highest % 256} in a byte",
        "label.astype(np.int64) before any arithmetic on ids; the files are fine as they are",
        {"num_classes": classes, "dtypes": sorted(found.dtypes), "highest": highest},
    )


RULE = Rule(
    about="terms",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("16 classes just fit", terms(0, 15), declared(num_classes=16)),
        Example("wide ids", terms(0, 18, dtypes=frozenset({"int64"})), declared(num_classes=19)),
        Example("as inferred", terms(0, 18), Contract(num_classes=19)),
        Example("nothing declared", terms(0, 18)),
    ),
    bad=(
        Example("17", terms(0, 16), declared(num_classes=17), says="reaches 288, and is 32 in a byte"),
        Example("Cityscapes", terms(0, 18, 255), declared(num_classes=19, ignore={255}), says="reaches 360"),
    ),
    depth="container",
)

"""The label is a 1-bit picture: True is 1 to one reader and 255 to another.

## What it is
Pillow's mode "1": one bit per pixel. ``np.array(Image.open(path))`` gives False and True, which count as 0 and 1.
``Image.open(path).convert("L")``, OpenCV and most others give 0 and 255.

## Why it hurts
It does not, as long as one reader is used everywhere. With two of them the same file is a right binary label here and
{0, 255} there, and 255 is the ignored id of many frameworks: then all foreground is dropped, the loss is 0 and the
accuracy 100 %. ``ToTensor`` of a mode "1" picture gives floats 0.0 and 1.0, and cross-entropy rejects bool.

## How to fix it
Say the type where it is read, or store 8 bits once:

```python
ids = np.array(Image.open(path)).astype(np.uint8)       # 0 and 1
Image.fromarray(ids).save(copy)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, label
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A picture in mode "1"; of bool arrays SL302 speaks."""
    if profile.container.mode != "1":
        return
    yield Hit(
        "1-bit picture: True reads as 1 through NumPy, as 255 through convert('L') and OpenCV",
        "read it as np.array(Image.open(path)).astype(np.uint8) everywhere",
        {"mode": "1", "bit_depth": 1},
    )


RULE = Rule(
    about="label",
    severity="info",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("8 bits", label({0: 50, 1: 50})),
        Example("a bool array", array({0: 50, 1: 50}, dtype="bool")),
    ),
    bad=(Example("mode 1", label({0: 50, 1: 50}, mode="1", dtype="bool", bit_depth=1), says="1-bit picture"),),
)

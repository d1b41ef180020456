"""The prediction has another number of channels than there are classes.

## What it is
The contract declares N classes, with a softmax over them, and the prediction has C channels, C != N.

## Why it hurts
With C < N the ids from C up are out of range: ``IndexError: Target 20 is out of bounds`` on the CPU, a device-side
assert on the GPU. With C > N nothing is raised: the surplus channels are trained towards 0 and every probability,
mean over classes and Dice is of the wrong number of classes. Often the one is "background" or "void", which one side
counts and the other does not.

## How to fix it
Decide whether background and void are classes, and use one number in the network, the loss and the label map:

```python
model = Net(num_classes=21)  # 20 objects and background; 255 is ignored, and no class
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, scores
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, ScoresProfile


def judge(prediction: ScoresProfile, contract: Contract) -> Iterator[Hit]:
    """Channels against the declared number of classes."""
    channels, classes = prediction.shape[1], contract.num_classes
    if not contract.says("num_classes") or classes is None or prediction.kind == "ids" or channels in {1, classes}:
        return
    yield Hit(
        f"the prediction has {channels} channels, and {classes} classes are declared",
        "count background and void the same way in the network's output, in the loss and in --num-classes",
        {"channels": channels, "num_classes": classes},
    )


RULE = Rule(
    about="prediction",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("as many channels as classes", scores((1, 3, 4, 4)), declared(num_classes=3)),
        Example("nothing declared", scores((1, 3, 4, 4))),
        Example("one channel is a sigmoid's", scores((1, 1, 4, 4)), declared(num_classes=2)),
        Example("class ids have one channel", scores((1, 1, 4, 4), "ids"), declared(num_classes=5)),
    ),
    bad=(
        Example("background is missing", scores((1, 20, 4, 4)), declared(num_classes=21), says="20 channels"),
        Example("void was counted", scores((1, 20, 4, 4)), declared(num_classes=19), says="19 classes"),
    ),
)

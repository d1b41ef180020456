"""The prediction is stored channels-last: (H, W, C) or (N, H, W, C).

## What it is
The class axis is the last one, as TensorFlow and image libraries have it. segloss found that out and reads it so;
torch does not, it takes axis 1 for the classes.

## Why it hurts
Mostly a crash with a confusing size. Not always: with H = W = C, or with two classes on a 2 x 2 image, a channels-last
array is accepted and the softmax runs over rows (tutorial 002's example gives 0.986700 instead of 1.006570, and no
error). ``F.one_hot`` has the same trap on the label's side: with H = W = C = 4 the shape check passes and Dice is
0.669136 instead of 0.711795.

## How to fix it
```python
logits = np.moveaxis(logits, -1, 1)                     # NHWC -> NCHW
onehot = F.one_hot(label, num_classes).permute(0, 3, 1, 2)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, scores
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import LIKELY, NOTE
from segloss_cli.rules._words import printable
from segloss_cli.types import Contract, ScoresProfile


def judge(profile: ScoresProfile, contract: Contract) -> Iterator[Hit]:
    """A prediction whose class axis comes last: a note where the contract proves the reading, else a warning."""
    if profile.axes not in {"HWC", "NHWC"}:
        return
    channels = profile.shape[1]
    proved = contract.says("num_classes") and contract.num_classes == channels
    stored = " x ".join(map(str, profile.container.shape))
    reason = f" ({printable(profile.axes_reason)})" if profile.axes_reason else ""
    bands = f"{channels} channel{'' if channels == 1 else 's'}"
    doubt = "" if proved else ", which is a guess"
    yield Hit(
        f"stored as {stored}, read as {profile.axes} with {bands}{reason}{doubt}; torch wants N, C, H, W",
        "logits = np.moveaxis(logits, -1, -3) before any torch loss",
        {"stored": [*profile.container.shape], "axes": profile.axes, "channels": channels},
        **(NOTE if proved else LIKELY),
    )


RULE = Rule(
    about="prediction",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("channels first", scores((1, 3, 4, 4))),
        Example("no class axis", scores((1, 1, 4, 4), axes="HW")),
    ),
    bad=(
        Example("the contract proves it", scores((1, 3, 4, 5), axes="HWC"), declared(num_classes=3), says="as HWC"),
        Example("a guess", scores((2, 3, 4, 5), axes="NHWC"), says="which is a guess"),
        Example("another number of classes", scores((1, 3, 4, 5), axes="HWC"), declared(num_classes=4), says="a guess"),
    ),
)

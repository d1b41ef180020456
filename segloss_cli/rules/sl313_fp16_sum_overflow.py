"""The prediction is float16, and has more pixels than a float16 can count.

## What it is
The largest float16 is 65,504. A sum over the pixels of a picture of 256 x 256 may already be larger, and then it is
infinity: the sum of all probabilities is the number of pixels. (bfloat16 has the range of float32 and does not
overflow, but has 8 bits: counted in ones, it stops at 256.)

## Why it hurts
Three threads: a Dice score of infinity, a loss of NaN, focal NaN, with nothing wrong in the data. 512 x 512 pixels are
262,144. Dice over sums of 480 x 640 pixels in float16 is NaN, and 0.332930 in float32. As a file, float16 logits are
fine, and half as large: segloss computes them in float32 and sums in float64. So without a declared loss of regions
this is a note.

## How to fix it
Leave half precision before the loss, not after it:

```python
with torch.autocast("cuda", enabled=False):
    loss = dice(logits.float(), target.float())
```

Scaling both sums down first (tutorial 003's ``scale=1000``) helps too, and moves the smoothing by the same factor.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, scores
from segloss_cli.rules._libraries import OVERLAP, declared_losses
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import FACT, NOTE
from segloss_cli.types import Contract, ScoresProfile

LARGEST = 65504
INFINITE = 65520
"""The least sum that float16 rounds to infinity."""


def judge(profile: ScoresProfile, contract: Contract) -> Iterator[Hit]:
    """A float16 prediction, a sum over whose pixels is infinite: warned of where a loss takes such sums."""
    if profile.container.dtype != "float16":
        return
    total, what = _largest_sum(profile)
    if total < INFINITE:
        return
    sums = any(loss.loss in OVERLAP for loss in declared_losses(contract))
    yield Hit(
        f"float16 ends at {LARGEST:,}, and {what} is {total:,.0f}: infinite in float16, and the loss NaN",
        "logits.float() before the loss, outside of autocast; segloss computes in float32 and sums in float64",
        {"dtype": profile.container.dtype, "sum": round(total, 3), "largest": LARGEST, "losses_sum": sums},
        **(FACT if sums else NOTE),
    )


def _largest_sum(profile: ScoresProfile) -> tuple[float, str]:
    """The largest sum over pixels that is known without a guess, and of what it is."""
    images, channels, height, width = profile.shape
    if channels > 1 and profile.kind in {"logits", "probabilities"}:
        return images * height * width, "the sum of the probabilities over classes and pixels"
    return profile.heaviest or 0.0, "the sum of the probabilities"


_HALF = scores((1, 19, 512, 512), dtype="float16")

RULE = Rule(
    about="prediction",
    severity="warning",
    certainty="proof",
    judge=judge,
    good=(
        Example("float32", scores((1, 19, 512, 512)), declared(losses=("dice",))),
        Example("a small picture", scores((1, 19, 255, 255), dtype="float16"), declared(losses=("dice",))),
        Example("one channel of logits: its sum is not known", scores((1, 1, 512, 512), dtype="float16")),
        Example(
            "little foreground",
            scores((1, 1, 512, 512), "probabilities", dtype="float16", low=0.0, high=1.0, heaviest=9000.0),
        ),
        Example("class ids", scores((1, 1, 512, 512), "ids", dtype="float16", low=0, high=18)),
    ),
    bad=(
        Example("a declared Dice", _HALF, declared(losses=("dice",)), says="over classes and pixels is 262,144"),
        Example("as a note", _HALF, says="infinite in float16"),
        Example(
            "one channel",
            scores((1, 1, 512, 512), "probabilities", dtype="float16", low=0.0, high=1.0, heaviest=131072.0),
            declared(losses=("dice:like=smp",)),
            says="the sum of the probabilities is 131,072",
        ),
    ),
)

"""The loss of all images as one batch is not the mean of the images' losses.

## What it is
A ratio can be taken once, of sums over the whole batch, or for each image and then averaged. Here the two differ by
more than 1 % of the value. Neither is wrong, but they are two numbers.

## Why it hurts
Four threads: "Dice changes with the batch size", "the validation loss is not the metric". Two images with foregrounds
of 1,000 and 10 pixels, of which 900 and 0 are found: as a batch Dice is 1,800 / 1,910 = 0.942, as the mean of images
(0.947 + 0) / 2 = 0.474. MONAI and nnU-Net take each image by default, SMP the batch. And with the batch, the value
depends on who shares a batch with whom.

## How to fix it
Name the reduction, and use one for the loss and the metric:

```python
loss = monai.losses.DiceLoss(softmax=True, to_onehot_y=True, batch=False)     # each image; True for the batch
```

``segloss compute PREDS LABELS --loss dice --per-image`` shows both.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import value
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, LossValue

APART = 0.01
"""Values that differ by less than this part of the larger are the same."""

LEAST = 1e-3
"""Nor do values matter that differ by less than this."""


def judge(result: LossValue, _: Contract) -> Iterator[Hit]:
    """A value that differs from the mean of the images' values."""
    each = [amount for amount in result.per_image if amount is not None]
    amount = result.value
    if len(each) < 2 or amount is None or result.status != "ok":
        return
    mean = sum(each) / len(each)
    apart = abs(mean - amount)
    if apart < LEAST or apart <= APART * max(abs(mean), abs(amount)):
        return
    name = result.loss if result.like is None else f"{result.loss} (like {result.like})"
    rest = len(result.per_image) - len(each)
    without = f" ({rest} without a value)" if rest else ""
    yield Hit(
        f"{name} is {amount:.6g} with all images as one batch, "
        f"and {mean:.6g} as the mean of {len(each)} images{without}",
        "name the reduction, and use the same for the loss and the metric: batch=True or False, per_image=True",
        {"loss": name, "value": amount, "mean_of_images": mean, "images": len(each), "without": rest},
        key=name,
    )


RULE = Rule(
    about="value",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("the same", value("dice", 0.4, 0.0, 1.0, per_image=(0.398, 0.403))),
        Example("both next to nothing", value("dice", 0.0002, 0.0, 1.0, per_image=(0.0001, 0.0005))),
        Example("one image", value("dice", 0.4, 0.0, 1.0, per_image=(0.5,))),
        Example("not asked by image", value("dice", 0.4, 0.0, 1.0)),
        Example("one image has a value", value("dice", 0.4, 0.0, 1.0, per_image=(0.5, None))),
        Example("undefined", value("dice", None, 0.0, 1.0, status="undefined", per_image=(0.5, 0.1))),
    ),
    bad=(
        Example(
            "a small foreground",
            value("dice", 0.0576, 0.0, 1.0, per_image=(0.0526, 1.0)),
            says="0.0576 with all images as one batch, and 0.5263 as the mean of 2 images",
        ),
        Example(
            "an image without a value",
            value("dice", 0.3, 0.0, 1.0, like="smp", per_image=(0.5, None, 0.2)),
            says="2 images (1 without a value)",
        ),
    ),
)

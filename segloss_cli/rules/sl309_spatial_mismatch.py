"""Prediction and label differ in height, width or number of images.

## What it is
Each pixel of the prediction needs the label's pixel at the same place, and here there is none. The rule names what the
two sizes suggest: an output stride (the network answers at 1/2, 1/4 or 1/8 of the size), exchanged height and width,
one pixel of rounding, a channels-last array read as channels-first, or another number of images.

## Why it hurts
``size mismatch (got input: [2, 3, 128, 128] , target: [2, 512, 512]``, if you are lucky. Code that compares with
``and`` where ``or`` is meant, or that flattens, pairs pixels of different places: tutorial 001's check lets a
prediction of (2, 3, 4, 8) and a label of (1, 8, 8) through, with a cross-entropy of 1.515646, and a (1, 3, 1, 1)
prediction broadcasts against (1, 1, 8). Sizes that differ by one pixel are real, in published data too.

## How to fix it
Resize the logits, never the label, and never probabilities after argmax:

```python
logits = F.interpolate(logits, size=label.shape[-2:], mode="bilinear", align_corners=False)
```

Exchanged axes: ``logits.transpose(-1, -2)`` or read the image with its EXIF orientation applied. ``segloss compute
--resize`` does the bilinear resizing for one computation.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, pair, scores, sized
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Pair

Size = tuple[int, int]

RESIZE = "F.interpolate(logits, size=label.shape[-2:], mode='bilinear'), or --resize"


def judge(couple: Pair, contract: Contract) -> Iterator[Hit]:
    """A pair whose sizes, or numbers of images, differ."""
    images, channels, height, width = couple.scores.shape
    truth = (couple.label.height, couple.label.width)
    if (height, width) != truth:
        reading, remedy = _reading((height, width), truth, channels)
        yield _hit(couple, f"prediction is {height} x {width}, label {truth[0]} x {truth[1]}", reading, remedy)
    elif images != couple.label.images and not _planes(couple, contract):
        yield _hit(
            couple,
            f"prediction holds {images} images, label {couple.label.images}",
            "another number of images",
            "pair one prediction with one label, or give both the same batch axis",
        )


def _planes(couple: Pair, contract: Contract) -> bool:
    """Whether the label may hold a plane per class, which is SL312's."""
    images, channels = couple.scores.shape[:2]
    return contract.task == "multilabel" or (channels > 1 and couple.label.images == images * channels)


def _hit(couple: Pair, message: str, reading: str, remedy: str) -> Hit:
    evidence = {
        "prediction": [*couple.scores.shape],
        "label": [couple.label.images, couple.label.height, couple.label.width],
        "reading": reading,
    }
    return Hit(f"{message}: {reading}", remedy, evidence, key=couple.scores.path)


def _reading(found: Size, truth: Size, channels: int) -> tuple[str, str]:
    """What the two sizes suggest, and what to do about it."""
    (height, width), (h, w) = found, truth
    if (channels, height) == truth:
        return "channels-last array read as channels-first", "store it as (N, C, H, W): np.moveaxis(logits, -1, 1)"
    if (width, height) == truth:
        return "height and width are exchanged", "logits.transpose(-1, -2), or apply the image's EXIF orientation"
    scale = _scale(found, truth)
    if scale:
        return scale, f"resize the logits: {RESIZE}"
    if abs(height - h) <= 1 and abs(width - w) <= 1:
        return "off by one pixel, a rounding of padding or stride", f"crop, or resize the logits: {RESIZE}"
    return "the sizes are not related by a stride or an exchange", "check the pairing: these may be different images"


def _scale(found: Size, truth: Size) -> str | None:
    """The whole number by which one size is the other times, or the stride that rounding hides."""
    if 0 in found or 0 in truth:
        return None
    (height, width), (h, w) = found, truth
    if height * w == width * h and h % height == 0:
        return f"output stride x{h // height}, the label is {h // height} times as large"
    if height * w == width * h and height % h == 0:
        return f"the prediction is {height // h} times as large"
    stride = _stride(found, truth)
    return f"output stride x{stride}, rounded" if stride else None


def _stride(found: Size, truth: Size) -> int | None:
    """The power of two that divides the label's size into the prediction's, rounded either way."""
    for stride in (2, 4, 8, 16, 32):
        if all(large // stride <= small <= -(-large // stride) for small, large in zip(found, truth, strict=True)):
            return stride
    return None


def _sizes(height: int, width: int, channels: int = 3, images: int = 1) -> tuple[int, int, int, int]:
    return images, channels, height, width


RULE = Rule(
    about="pair",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("equal sizes", pair(scores(_sizes(8, 6)), sized(8, 6))),
        Example("equal batches", pair(scores(_sizes(8, 6, images=2)), sized(8, 6, images=2))),
        Example(
            "a plane per label is SL312's",
            pair(scores(_sizes(8, 6)), sized(8, 6, images=3)),
            declared(task="multilabel"),
        ),
    ),
    bad=(
        Example("stride 4", pair(scores(_sizes(128, 96)), sized(512, 384)), says="output stride x4"),
        Example("stride 2", pair(scores(_sizes(4, 8)), sized(8, 16)), says="output stride x2"),
        Example("stride 8, rounded", pair(scores(_sizes(47, 63)), sized(375, 500)), says="output stride x8, rounded"),
        Example("transposed", pair(scores(_sizes(6, 8)), sized(8, 6)), says="height and width are exchanged"),
        Example("off by one", pair(scores(_sizes(480, 853)), sized(480, 854)), says="off by one pixel"),
        Example("twice as large", pair(scores(_sizes(16, 16)), sized(8, 8)), says="2 times as large"),
        Example("only the height differs", pair(scores(_sizes(4, 8)), sized(8, 8)), says="4 x 8, label 8 x 8"),
        Example("channels last", pair(scores(_sizes(8, 3, channels=6)), sized(6, 8)), says="channels-last"),
        Example("nothing predicted", pair(scores(_sizes(0, 6)), sized(8, 6)), says="0 x 6"),
        Example("another batch", pair(scores(_sizes(8, 6, images=2)), sized(8, 6)), says="2 images, label 1"),
    ),
)

"""The declared task and the shapes of prediction and label do not go together.

## What it is
A binary task has one output channel, a multi-class task two or more, and a multi-label task one output per label. Here
the declared task and the files disagree.

## Why it hurts
Softmax over one channel is 1 everywhere: cross-entropy is 0.0 from the first step, and nothing is learned (eight
threads of 420). With smp the wrong mode is a bare ``AssertionError``; with MONAI ``ground truth has different shape
(...) from input (...)``, ``labels should have a channel with length equal to one.``, or the warning ``single channel
prediction, 'softmax=True' ignored.``

## How to fix it
| task | prediction | label | loss |
| --- | --- | --- | --- |
| binary | (N, 1, H, W) | (N, H, W) of 0 and 1 | binary cross-entropy, sigmoid Dice |
| multi-class | (N, C, H, W), C >= 2 | (N, H, W) of 0..C-1 | cross-entropy, softmax Dice |
| multi-label | (N, C, H, W) | (N, C, H, W) of 0 and 1 | binary cross-entropy, sigmoid Dice per label |

Two classes can be written either way; declare the one that the network was built for: ``--task multiclass``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, pair, scores, sized
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Pair


def judge(couple: Pair, contract: Contract) -> Iterator[Hit]:
    """A pair whose shapes contradict the declared task."""
    if not contract.says("task") or couple.scores.kind == "ids":
        return
    images, channels = couple.scores.shape[:2]
    label = couple.label
    planes = label.pixels // max(label.height * label.width, 1)
    found = _contradiction(contract, images, channels, planes)
    if found is None:
        return
    message, remedy = found
    evidence = {"task": contract.task, "channels": channels, "images": images, "label_planes": planes}
    yield Hit(message, remedy, evidence, key=couple.scores.path)


def _contradiction(contract: Contract, images: int, channels: int, planes: int) -> tuple[str, str] | None:
    if contract.task == "binary" and channels > 1:
        return (
            f"task is binary, which has one output channel, and the prediction has {channels}",
            "--task multiclass for a softmax over them, --task multilabel for a sigmoid each",
        )
    if contract.task == "multiclass" and channels == 1:
        return (
            "task is multiclass and the prediction has one channel: softmax over one channel is always 1, the loss 0",
            "--task binary with a sigmoid, or two output channels",
        )
    if contract.task == "multilabel" and planes != images * channels:
        return (
            f"task is multilabel: the prediction has {channels} channels, the label {planes} planes",
            "one plane of 0 and 1 per label, in the order of the channels",
        )
    return None


def _with(channels: int, images: int = 1) -> tuple[int, int, int, int]:
    return images, channels, 8, 6


RULE = Rule(
    about="pair",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("binary", pair(scores(_with(1)), sized(8, 6)), declared(task="binary")),
        Example("multi-class", pair(scores(_with(3)), sized(8, 6)), declared(task="multiclass")),
        Example("multi-label planes", pair(scores(_with(3)), sized(8, 6, images=3)), declared(task="multilabel")),
        Example("nothing declared", pair(scores(_with(1)), sized(8, 6)), Contract(task="multiclass")),
        Example("class ids have one channel", pair(scores(_with(1), "ids"), sized(8, 6)), declared(task="multiclass")),
    ),
    bad=(
        Example("ids, not planes", pair(scores(_with(3)), sized(8, 6)), declared(task="multilabel"), says="1 planes"),
        Example("binary, two channels", pair(scores(_with(2)), sized(8, 6)), declared(task="binary"), says="has 2"),
        Example("multi-class, one", pair(scores(_with(1)), sized(8, 6)), declared(task="multiclass"), says="always 1"),
        Example(
            "multi-label", pair(scores(_with(3)), sized(8, 6, images=4)), declared(task="multilabel"), says="4 planes"
        ),
    ),
)

"""A binary loss is given a target outside [0, 1].

## What it is
The task is binary, or a binary loss was chosen, and the label holds values other than 0 and 1 that are not ignored: ids
of several classes, grey levels, negative numbers. (A label of 0 and 255 alone is ``binary-as-0-255``, SL208.) The same
goes for the planes of a multi-label array, each of which is such a target.

## Why it hurts
``BCEWithLogitsLoss`` never checks: the loss goes negative and keeps falling. Dice of a sigmoid map exceeds 1: a perfect
prediction has the loss 1 - 2s / (1 + s) for a label value s, which is -0.33 for 2, -0.95 for 40. But not always: with p
= 0.5 and labels up to 40 it is +0.048, and smp's Dice sticks at 0.952, so that no check of the sign finds it. Only
``BCELoss`` and torchmetrics complain (``all elements of target should be between 0 and 1``).

## How to fix it
Decide which it is. One foreground: ``target = (label == foreground).float()``. Several classes: one output per class,
and a multi-class loss.

```python
loss = F.cross_entropy(logits, label)                   # logits (N, C, H, W), label (N, H, W) of 0..C-1
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, floats, label
from segloss_cli.rules._floats import reading
from segloss_cli.rules._ids import class_range, coloured, foreground_value, ignored, is_array, one_channel, outside
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import amount, listing, tally, total
from segloss_cli.types import Contract, Number, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """Values outside [0, 1] where the label is declared to be the target of a binary loss."""
    planes = _planes(profile, contract)
    if not (planes or one_channel(contract)) or coloured(profile) or contract.reduce_zero_label:
        return
    if reading(profile, contract) == "normalised" or (not planes and foreground_value(profile, contract) is not None):
        return
    strays = _strays(profile, contract, planes=planes)
    if not strays:
        return
    worst = max(strays)
    size = f" ({amount(total(profile, strays), profile.pixels)})" if profile.counts is not None else ""
    dice = f"; a perfect prediction would have Dice {1 - 2 * worst / (1 + worst):.2f} there" if worst > 1 else ""
    yield Hit(
        f"targets {listing(strays)}{size} of a binary loss lie outside [0, 1]{dice}",
        "one foreground: label = (label == id); several classes: --task multiclass with an output per class",
        tally(profile, strays),
        values=strays,
    )


def _planes(profile: Profile, contract: Contract) -> bool:
    """Whether these are the planes of a multi-label array, as far as was said."""
    said = contract.task == "multilabel" and contract.says("task")
    return said and is_array(profile) and len(profile.container.shape) > 2


def _strays(profile: Profile, contract: Contract, *, planes: bool) -> tuple[Number, ...]:
    """The values outside [0, 1] that are neither ignored nor, being void-like, SL202's; of planes none is a class."""
    if not planes and class_range(contract) is not None and profile.integral:
        return outside(profile, contract).others
    found = sorted({profile.low, profile.high}) if profile.counts is None else [*profile.counts]
    return tuple(value for value in found if not 0 <= value <= 1 and value not in ignored(contract))


_TUTORIAL = label({0: 50, 1: 20, 5: 10, 26: 10, 40: 10}, mode="P")
_WHITE = array({0: 36, 255: 36}, shape=(3, 4, 6), height=4, width=6)
_IDS = array({0: 36, 2: 36}, shape=(3, 4, 6), height=4, width=6)

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("0 and 1", label({0: 50, 1: 50}), declared(task="binary")),
        Example("soft targets", floats({0.0: 50, 0.3: 20, 1.0: 30}), declared(task="binary")),
        Example("void is ignored", label({0: 50, 1: 45, 255: 5}), declared(task="binary", ignore={255})),
        Example("0 and 255 is SL208's", label({0: 50, 255: 50}), declared(task="binary")),
        Example("no binary loss", _TUTORIAL, declared(num_classes=41)),
        Example("nothing declared", _TUTORIAL),
        Example("planes of 0 and 1", array(shape=(3, 4, 6), height=4, width=6), declared(task="multilabel")),
        Example("no planes: SL312's", array({0: 50, 2: 50}), declared(task="multilabel")),
        Example("a picture, whose bits may be the labels", label({0: 50, 6: 50}), declared(task="multilabel")),
        Example("bce over several classes", _TUTORIAL, declared(losses=("bce",), num_classes=41)),
    ),
    bad=(
        Example("tutorial 000's label", _TUTORIAL, declared(task="binary"), says="would have Dice -0.95"),
        Example("by the choice of loss", _TUTORIAL, declared(losses=("bce",)), says="targets 5, 26 and 40"),
        Example("one output channel", _TUTORIAL, declared(num_classes=1), says="30 pixels"),
        Example("a negative target", array({-7: 5, 0: 50, 1: 45}), declared(task="binary"), says="targets -7"),
        Example("planes of 0 and 255", _WHITE, declared(task="multilabel"), says="targets 255"),
        Example("ids in planes", _IDS, declared(task="multilabel", num_classes=3), says="targets 2"),
        Example("fractions above 1", floats({0.0: 50, 2.5: 50}), declared(task="binary"), says="2.5"),
    ),
)

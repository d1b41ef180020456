"""Pixels are ignored, and a loss in use cannot ignore any.

## What it is
The labels hold an id that the contract ignores. Each library's loss has its own way with it, or none: torch's
``BCEWithLogitsLoss``, torchvision's ``sigmoid_focal_loss``, MONAI's ``DiceCELoss``, boundary, clDice, Hausdorff and
generalized Dice, kornia's Lovász have no ``ignore_index``. A loss is declared as ``dice``, or as ``dice:like=monai``
where it is a library's; of a name alone it is only known which libraries could.

## Why it hurts
255 among 3 classes: ``index 255 is out of bounds for dimension 1 with size 3`` (MONAI), ``Class values must be smaller
than num_classes.`` (smp, kornia). And silently: 255 left in a binary target on 208 of 2,048 pixels makes BCE 5.2 and
torchvision's focal loss 3.2e7; smp's focal loss gives 0.350 and its Lovász 0.702. Eleven threads. Losses that take the
id differ too: with 10 % ignored, Dice is 0.532 where the pixels are masked and 0.557 where they stay in the
prediction's sum.

## How to fix it
Give the id to every loss, and mask before those that do not take it:

```python
valid = label != 255
loss = (bce(logits, torch.where(valid, label, 0).float()) * valid).sum() / valid.sum().clamp(1)
```

``segloss compute`` leaves out the ignored pixels in its own losses, and computes no library's that cannot.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_pairs import terms
from segloss_cli.rules._ids import ignored
from segloss_cli.rules._libraries import IGNORING, Named, declared_losses, named, words
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, LIKELY, NOTE, PROBABLY, Weight
from segloss_cli.rules._words import listing
from segloss_cli.types import Contract, Terms

_REMEDY = "mask the ignored pixels before the loss (target 0, weight 0), or take a loss with ignore_index"
_MANY = 6


def judge(found: Terms, contract: Contract) -> Iterator[Hit]:
    """Losses that cannot ignore what the labels hold: of a library, of every library, or of some."""
    gone = sorted(ignored(contract).intersection(found.present or ()))
    if not gone:
        return
    if found.asked:
        unable = [loss for loss in dict.fromkeys(map(named, found.asked)) if _unable(loss)]
        yield from _hits(unable, gone, NOTE, "no ignored id: not computed", "asked")
        return
    losses = declared_losses(contract)
    yield from _hits([x for x in losses if _unable(x)], gone, ERROR, "no ignored id", "library")
    plain = [loss for loss in losses if not loss.like and loss.loss in IGNORING]
    none = [loss for loss in plain if not IGNORING[loss.loss].able]
    yield from _hits(none, gone, LIKELY, "no ignored id in any library that is known", "every library")
    some = [loss for loss in plain if IGNORING[loss.loss].able and IGNORING[loss.loss].unable]
    apart = tuple(f"{loss} of {words(IGNORING[loss.loss].unable)}" for loss in some)
    yield from _hits(some, gone, PROBABLY, f"an ignored id in some libraries, and none as {words(apart)}", "some")


def _unable(loss: Named) -> bool:
    return loss.loss in IGNORING and loss.like in IGNORING[loss.loss].unable


def _hits(losses: list[Named], gone: list[int], weight: Weight, what: str, key: str) -> Iterator[Hit]:
    if not losses:
        return
    shown = tuple(map(str, losses[:_MANY])) + ((f"{len(losses) - _MANY} more",) if len(losses) > _MANY else ())
    verb = "takes" if len(losses) == 1 else "take"
    yield Hit(
        f"the labels hold ignored pixels ({listing(gone)}), and {words(shown)} {verb} {what}",
        _REMEDY,
        {"ignored": gone, "losses": [str(loss) for loss in losses]},
        key=key,
        **weight,
    )


_VOC = {"num_classes": 21, "ignore": {255}}

RULE = Rule(
    about="terms",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("a loss that takes it", terms(0, 1, 255), declared(losses=("cross-entropy",), **_VOC)),
        Example("a library's that takes it", terms(0, 1, 255), declared(losses=("dice:like=monai",), **_VOC)),
        Example("nothing of it is there", terms(0, 1), declared(losses=("dice-ce:like=monai",), **_VOC)),
        Example("nothing is ignored", terms(0, 1, 255), declared(losses=("boundary",), num_classes=21)),
        Example("no loss was declared", terms(0, 1, 255), Contract(ignore=frozenset({255}), losses=("boundary",))),
        Example("it is not known what is there", terms(), declared(losses=("boundary",), **_VOC)),
        Example("segloss's own are masked", terms(0, 1, 255, asked=("bce", "boundary")), declared(**_VOC)),
        Example("no library is known", terms(0, 1, 255), declared(losses=("poly1",), **_VOC)),
    ),
    bad=(
        Example(
            "a library's",
            terms(0, 1, 255),
            declared(losses=("dice-ce:like=monai", "cross-entropy"), **_VOC),
            says="(255), and dice-ce of monai takes no ignored id",
        ),
        Example(
            "in no library", terms(0, 1, 255), declared(losses=("boundary", "mcc"), **_VOC), says="boundary and mcc"
        ),
        Example(
            "in some",
            terms(0, 1, 255),
            declared(losses=("bce",), **_VOC),
            says="none as bce of torch",
        ),
        Example(
            "0 under reduce_zero_label",
            terms(0, 1, 150),
            declared(losses=("lovasz:like=kornia",), num_classes=150, reduce_zero_label=True),
            says="(0), and lovasz of kornia",
        ),
        Example(
            "computed in a library's way",
            terms(0, 1, 255, asked=("dice:like=smooth1", "dice-ce:like=monai", "boundary:like=monai")),
            declared(**_VOC),
            says="dice of smooth1, dice-ce of monai and boundary of monai take no",
        ),
        Example(
            "in many",
            terms(0, 255, asked=tuple(f"{loss}:like=monai" for loss in IGNORING if "monai" in IGNORING[loss].unable)),
            declared(**_VOC),
            says="more take no ignored id",
        ),
    ),
)

"""The declared loss would say nothing of what is wrong with this label.

## What it is
Another finding tells what is wrong. This note adds what the loss that you train with makes of it: a number, and no
error. It is given where losses were declared (``--loss dice``, or ``dice:like=smp`` for a library's), of faults whose
effect was measured: targets of 0 and 255 or larger ids for one sigmoid, ids divided by 255, ids that are no class, and
labels that are ignored whole.

## Why it hurts
The same bad label looks different in every library (random logits, 16 x 16, 3 classes):

| label | silent | raises |
| --- | --- | --- |
| 0 and 255, one channel | torch's BCE -83.7, textbook Dice -0.30, smp's 0.996, torchvision's focal 9.0e6 | BCELoss |
| k / 255, one channel | torch's BCE 1.09, textbook Dice 0.945, smp's 0.992, its focal 0.333 | cross-entropy |
| 255 among 3 classes | smp's focal 0.350, its Lovasz 0.702 | cross-entropy, Dice of smp, MONAI and kornia |
| all ignored | Dice of smp and MONAI 0, of kornia 1 | none; cross-entropy is NaN |

So a negative loss, or none, proves nothing: the values of the label do.

## How to fix it
Mend the label, as the other finding says. To be told in training, check the target once per batch:

```python
known = (target < num_classes) & (target >= 0) | (target == ignore_index)
if not known.all(): raise ValueError(target[~known].unique())
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from segloss_cli.rules import sl201_id_out_of_range as sl201
from segloss_cli.rules import sl202_unignored_void as sl202
from segloss_cli.rules import sl208_binary_as_0_255 as sl208
from segloss_cli.rules import sl209_nothing_to_learn as sl209
from segloss_cli.rules import sl211_rescaled_by_255 as sl211
from segloss_cli.rules import sl401_target_not_in_0_1 as sl401
from segloss_cli.rules._examples import array, declared, floats, label
from segloss_cli.rules._ids import outside, two_classes
from segloss_cli.rules._libraries import Named, declared_losses
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Profile

Effects = Mapping[str, Mapping[str, str]]

_SMP = {"smp": "0.996"}

EFFECTS: Mapping[str, Effects] = {
    "a target of 0 and 255": {
        "bce": {"torch": "-83.7"},
        "dice": {"smooth1": "-0.30", "smp": "0.996", "monai": "-0.0006"},
        "jaccard": _SMP,
        "tversky": _SMP,
        "sigmoid-focal": {"torchvision": "9.0e6", "smp": "-inf", "kornia": "-22.4"},
        "lovasz-hinge": {"smp": "1.07"},
    },
    "a target of ids above 1": {
        "bce": {"torch": "-19.1"},
        "dice": {"smooth1": "-0.64", "toolbelt": "-0.65", "monai": "-0.65", "smp": "0.89"},
        "jaccard": {"toolbelt": "-3.68", "smp": "0.94"},
        "tversky": {"monai": "-0.65"},
        "sigmoid-focal": {"smp": "-inf"},
        "lovasz-hinge": {"smp": "0.118"},
    },
    "a target of k / 255": {
        "bce": {"torch": "1.09"},
        "dice": {"smooth1": "0.945", "smp": "0.992"},
        "jaccard": {"smp": "0.992"},
        "tversky": {"smp": "0.992"},
        "sigmoid-focal": {"smp": "0.333"},
        "lovasz-hinge": {"smp": "3.66"},
        "cross-entropy": {"torch": "0 in the end, since .long() makes every id 0"},
    },
    "an id that is no class": {
        "sigmoid-focal": {"smp": "0.350"},
        "lovasz": {"smp": "0.702"},
        "dice": {"bubbliiiing": "0.5345 for 0.5343, as if it were ignored"},
    },
    "an id of -100": {
        "cross-entropy": {"torch": "the mean without it, -100 being its default ignore_index"},
        "sigmoid-focal": {"smp": "0.35"},
        "lovasz": {"smp": "0.70"},
    },
    "a label ignored whole": {
        "dice": {"smp": "0", "monai": "0", "bubbliiiing": "1", "kornia": "1"},
        "jaccard": {"smp": "0", "monai": "0"},
        "tversky": {"smp": "0", "monai": "0", "kornia": "1"},
        "focal": {"bubbliiiing": "0", "kornia": "0", "monai": "0"},
    },
}
"""What losses gave without an error, by the library: torch 2.14, torchvision 0.29, segmentation-models-pytorch 0.6,
MONAI 1.6, kornia 0.9, pytorch-toolbelt 0.8, and the published snippets "smooth1" and "bubbliiiing"."""


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """What the declared losses make of the first fault of the label that they would not tell."""
    losses = declared_losses(contract)
    if not losses:
        return
    for fault in _faults(profile, contract):
        told = {str(loss): effect for loss in losses if (effect := _effect(EFFECTS[fault], loss))}
        if told:
            given = "; ".join(f"{loss} gives {effect}" for loss, effect in told.items())
            yield Hit(
                f"no error would tell of {fault}: {given}",
                "the other finding says what to mend; do not wait for the loss to look wrong",
                {"fault": fault, "losses": told},
            )
            return


def _effect(effects: Effects, loss: Named) -> str:
    """What is known of a loss; of a name alone, in each library."""
    known = effects.get(loss.loss, {})
    if loss.like:
        return known.get(loss.like, "")
    return ", ".join(f"{effect} ({like})" for like, effect in known.items())


def _faults(profile: Profile, contract: Contract) -> Iterator[str]:
    """The faults that other rules are loud about."""
    if _loud(sl208.judge, profile, contract):
        yield "a target of 0 and 255"
    if _loud(sl401.judge, profile, contract):
        yield "a target of ids above 1"
    if _loud(sl211.judge, profile, contract):
        yield "a target of k / 255"
    if (_loud(sl201.judge, profile, contract) or _loud(sl202.judge, profile, contract)) and not two_classes(contract):
        strays = outside(profile, contract)
        yield "an id of -100" if {*strays.others, *strays.void} == {-100} else "an id that is no class"
    if any(hit.evidence["left"] == 0 for hit in sl209.judge(profile, contract)):
        yield "a label ignored whole"


def _loud(rule: Callable[[Profile, Contract], Iterator[Hit]], profile: Profile, contract: Contract) -> bool:
    return any(hit.severity != "info" for hit in rule(profile, contract))


_WHITE = label({0: 70, 255: 30}, core={255: 0.9})

RULE = Rule(
    about="label",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("nothing is wrong", label({0: 50, 1: 50}), declared(losses=("bce", "dice"), task="binary")),
        Example("the loss tells", label({0: 50, 7: 50}), declared(losses=("cross-entropy",), num_classes=3)),
        Example("the library's tells", label({0: 50, 7: 50}), declared(losses=("dice:like=monai",), num_classes=3)),
        Example("no loss was declared", _WHITE, declared(task="binary")),
        Example(
            "255 is ignored", label({0: 60, 1: 35, 255: 5}), declared(losses=("lovasz",), ignore={255}, num_classes=3)
        ),
        Example("few pixels are left", label({0: 1, 255: 999}), declared(losses=("dice",), ignore={255})),
    ),
    bad=(
        Example(
            "0 and 255 for one sigmoid",
            _WHITE,
            declared(losses=("bce", "dice:like=smp"), task="binary"),
            says="bce gives -83.7 (torch); dice of smp gives 0.996",
        ),
        Example(
            "ids for one sigmoid",
            label({0: 50, 5: 30, 40: 20}),
            declared(losses=("dice",), task="binary"),
            says="a target of ids above 1: dice gives -0.64 (smooth1)",
        ),
        Example(
            "after ToTensor",
            floats({0.0: 50, 1 / 255: 30, 2 / 255: 20}),
            declared(losses=("cross-entropy",), num_classes=3),
            says="makes every id 0",
        ),
        Example(
            "255 among the classes",
            label({0: 50, 1: 40, 255: 10}),
            declared(losses=("lovasz:like=smp",), num_classes=3),
            says="an id that is no class: lovasz of smp gives 0.702",
        ),
        Example(
            "-100 by default",
            array({-100: 10, 0: 50, 1: 40}),
            declared(losses=("cross-entropy",), num_classes=3),
            says="-100 being its default",
        ),
        Example(
            "all void",
            label({255: 100}),
            declared(losses=("dice",), ignore={255}, num_classes=3),
            says="0 (smp), 0 (monai), 1 (bubbliiiing)",
        ),
    ),
)

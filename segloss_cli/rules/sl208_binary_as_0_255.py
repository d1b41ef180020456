"""A binary label is stored as 0 and 255 (or another value), where 0 and 1 are meant.

## What it is
The label holds 0 and one other value v > 1. As a picture that is right, black and white; as class ids or as the target
of a binary loss it is 255 times too large.

## Why it hurts
The same mask does something else in each library: binary cross-entropy with logits gives -83.7 and falls for ever;
Dice gives -0.30 (textbook), -0.0006 (MONAI), or sticks at 0.996 (smp); smp's focal gives -inf, torchvision's 9,000,000;
only ``BCELoss`` and torchmetrics complain. A perfect prediction has Dice loss 1 - 2s / (1 + s) for a label value s:
-0.99 for 255. With two classes: ``Target 255 is out of bounds.`` And where 255 is ignored, nothing is learned at all
(SL203).

## How to fix it
```python
label = (label > 0).astype(np.float32)                  # for a binary loss; .astype(np.int64) for cross-entropy
```

Look first whether v is void: in a crop of a VOC label {0, 255} is background with a thin ring to be ignored. The rule
says which of the two the shape suggests.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, floats, label
from segloss_cli.rules._ids import WHITE, binary_declared, body, class_range, foreground_value, two_classes
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, GUESS, LIKELY, Weight
from segloss_cli.rules._words import amount, number, tally, total
from segloss_cli.types import Contract, Number, Profile

_GUESSES = {
    "thin": "it is thin: perhaps a void border, perhaps thin foreground such as vessels",
    "solid": "it covers solid areas: probably foreground that should be 1",
    "between": "foreground that should be 1, or a void border: the shape does not tell",
    "unknown": "foreground that should be 1, or void",
}


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label of 0 and one value above 1, where two classes are declared or the value is white."""
    value = foreground_value(profile, contract)
    if value is None or profile.container.lossy:
        return
    weight = _weight(profile, contract, value)
    if weight is None:
        return
    size = amount(total(profile, [value]), profile.pixels)
    core = profile.core.get(value)
    if weight is ERROR:
        message = f"{number(value)} ({size}) where binary labels are 0 and 1{_thin(profile, value)}"
    else:
        message = (
            f"only 0 and {number(value)} ({size}); {_GUESSES[body(profile, value)]} (a guess: no contract says so)"
        )
    yield Hit(
        message,
        f"if {number(value)} is the foreground: label = (label > 0); if it is void: --ignore-index {number(value)}",
        tally(profile, [value]) | ({"core": round(core, 4)} if core is not None else {}),
        values=(value,),
        **weight,
    )


def _weight(profile: Profile, contract: Contract, value: Number) -> Weight | None:
    """An error where the user declared two classes; else a likely fault of white areas, and a guess for thin ones."""
    two = two_classes(contract)
    if two and binary_declared(contract):
        return ERROR
    if class_range(contract) is not None and not two:
        return None
    if not (two or _white(profile, value)) or 0 not in (profile.counts or {}):
        return None
    return GUESS if body(profile, value) == "thin" else LIKELY


def _white(profile: Profile, value: Number) -> bool:
    palette = profile.container.palette
    drawn_white = 0 <= value < len(palette) and palette[int(value)] == (255, 255, 255)
    return value in WHITE or (drawn_white and value > 1)


def _thin(profile: Profile, value: Number) -> str:
    return f"; {_GUESSES['thin']}" if body(profile, value) == "thin" else ""


_WHITE_AREA = label({0: 70, 255: 30}, core={255: 0.9})
_MASK_GIF = label({0: 70, 251: 30}, format="GIF", mode="P", palette=((0, 0, 0),) * 251 + ((255, 255, 255),))

RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("0 and 1", label({0: 70, 1: 30}), declared(task="binary")),
        Example("a VOC label with one class", label({0: 70, 15: 30}, mode="P")),
        Example("255 is ignored: SL203's", _WHITE_AREA, declared(num_classes=2, ignore={255})),
        Example("255 of 256 classes", _WHITE_AREA, declared(num_classes=256)),
        Example("many classes: SL202's", _WHITE_AREA, declared(num_classes=21)),
        Example(
            "1 and 2 under reduce_zero_label", label({0: 9, 2: 9}), declared(num_classes=2, reduce_zero_label=True)
        ),
        Example("only background", label({0: 100}), declared(task="binary")),
    ),
    bad=(
        Example("a binary task", _WHITE_AREA, declared(task="binary"), says="binary labels are 0 and 1"),
        Example("two classes", _WHITE_AREA, declared(num_classes=2), says="255 (30 pixels, 30.0 %)"),
        Example("two names", _WHITE_AREA, declared(names=("skin", "lesion")), says="where binary labels are 0 and 1"),
        Example("a binary loss", _WHITE_AREA, declared(losses=("bce",)), says="255 ("),
        Example("two classes, inferred", label({0: 70, 2: 30}), Contract(task="binary"), says="only 0 and 2"),
        Example("nothing declared, solid", _WHITE_AREA, says="probably foreground that should be 1"),
        Example(
            "nothing declared, thin",
            label({0: 95, 255: 5}, core={255: 0.05}),
            says="perhaps a void border",
        ),
        Example("a GIF whose colour 251 is white", _MASK_GIF, says="only 0 and 251"),
        Example("nothing but white", label({255: 100}), declared(task="binary"), says="100 %"),
        Example("floats", floats({0.0: 70, 255.0: 30}), declared(task="binary"), says="255 ("),
        Example("16 bits", label({0: 70, 65535: 30}, mode="I;16", dtype="uint16"), says="65535"),
    ),
)

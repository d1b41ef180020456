"""The ignored id is the foreground: after dropping it, one class is left.

## What it is
A binary mask stored as 0 and 255, in a framework whose ignored id is 255 by default (mmseg, PaddleSeg, Hugging Face,
detectron2). Every foreground pixel is dropped, and what is left is background.

## Why it hurts
Nothing is raised, and everything looks well: the loss falls to 0, accuracy is 100 %, the background's IoU is 100, the
foreground's is 0 or NaN, and the network predicts black. PaddleSeg's own label check passed such a set. Nine threads
of 420 are about this, and in none of them did a message name the cause.

## How to fix it
Make the foreground a class; keep 255 for void only:

```python
label = (label == 255).astype(np.uint8)                 # 0 and 1
```

A thin ring of 255 around an object that lies outside the crop is healthy: this rule looks at the shape of the ignored
areas, and stays silent where they are thin. Where many labels of a data set hold the id beside both classes, it is void
there, and a label that lacks one of them is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, label
from segloss_cli.rules._ids import body, class_range, ignore_declared, kept, swallowed
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, GUESS, LIKELY, Weight
from segloss_cli.rules._words import amount, number, tally, total
from segloss_cli.types import Contract, Number, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label of which the ignored value leaves one class, though the ignored pixels are no thin border."""
    value = swallowed(profile, contract)
    if value is None or profile.container.lossy:
        return
    (left,) = kept(profile, contract)
    size = amount(total(profile, [value]), profile.pixels)
    core = profile.core.get(value)
    solid = f", solid areas ({100 * core:.0f} % interior)" if core is not None else ""
    yield Hit(
        f"ignoring {number(value)} drops {size}{solid}; only class {number(left)} is left: nothing to tell apart",
        _remedy(value),
        tally(profile, [value]) | {"left": left} | ({"core": round(core, 4)} if core is not None else {}),
        values=(value,),
        **_weight(profile, contract, value),
    )


def _weight(profile: Profile, contract: Contract, value: Number) -> Weight:
    """An error where the ignored id was declared and its areas are solid; a guess where there are many classes."""
    classes = class_range(contract)
    if classes is not None and classes.last > 1:
        return GUESS
    return ERROR if body(profile, value) == "solid" and ignore_declared(contract) else LIKELY


def _remedy(value: Number) -> str:
    if value == 0:
        return "0 is one of the two classes: do not ignore it; keep an id outside them, such as 255, for void"
    shown = number(value)
    return f"if {shown} is the foreground, make it a class: label[label == {shown}] = 1; keep the ignored id for void"


_SOLID = label({0: 70, 255: 30}, core={255: 0.9})
_RING = label({0: 95, 255: 5}, core={255: 0.05})

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("a crop with a thin VOC ring", _RING, declared(num_classes=21, ignore={255})),
        Example("the same where two classes are declared", _RING, declared(num_classes=2, ignore={255})),
        Example("two classes are left", label({0: 60, 1: 10, 255: 30}, core={255: 0.9}), declared(ignore={255})),
        Example("nothing is ignored", _SOLID),
        Example("LoveDA: no-data is 0, one class in the tile", label({0: 40, 1: 60}), declared(ignore={0})),
        Example(
            "one class of two in a tile with no-data",
            label({0: 70, 1: 30}),
            declared(num_classes=2, reduce_zero_label=True),
        ),
        Example("little of a value whose shape is unknown", label({0: 97, 7: 3}), declared(ignore={7})),
    ),
    bad=(
        Example("255 is solid foreground", _SOLID, declared(ignore={255}), says="only class 0 is left"),
        Example("of two classes", _SOLID, declared(num_classes=2, ignore={255}), says="30 pixels, 30.0 %"),
        Example(
            "of many classes it may be large void", _SOLID, declared(num_classes=19, ignore={255}), says="90 % interior"
        ),
        Example("the ignored id was inferred", _SOLID, Contract(ignore=frozenset({255})), says="ignoring 255"),
        Example(
            "one of two classes is ignored",
            label({0: 70, 1: 30}),
            declared(num_classes=2, ignore={0}),
            says="ignoring 0 drops 70 pixels",
        ),
        Example(
            "a shape between", label({0: 70, 255: 30}, core={255: 0.4}), declared(ignore={255}), says="40 % interior"
        ),
    ),
)

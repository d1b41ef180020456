"""A value that usually means "void" is in the label, but nothing says to ignore it.

## What it is
255, 65535, -1, -100, 254, or the id right after the last class: by custom these mark pixels that belong to no class,
such as the outline of objects in PASCAL VOC. Here one of them is present, is no class, and is not the ignored id.

## Why it hurts
With cross-entropy: ``Target 255 is out of bounds.``, or a device-side assert on a GPU. With Dice: ``Class values must
be smaller than num_classes.``, or MONAI's ``index 255 is out of bounds for dimension 1``. Losses that compare class by
class count void as "not this class" everywhere. Left among the targets of a binary loss on 208 of 2,048 pixels, smp's
BCE gives 5.2 and torchvision's focal 3.2e7. And -100 is skipped by cross-entropy, whose default it is, but by no other
loss beside it.

## How to fix it
Give one ignored id to every loss and every metric, since each has its own default (cross-entropy -100, mmseg 255,
others none):

```python
loss = torch.nn.CrossEntropyLoss(ignore_index=255)
```

A loss without that option needs a mask: set void to 0 and its weight to 0. If the value is no void, but foreground
stored as white, see ``binary-as-0-255`` (SL208).
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, label
from segloss_cli.rules._floats import reading
from segloss_cli.rules._ids import VOID, body, class_range, coloured, foreground_value, ignored, outside
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import LIKELY, PROBABLY, proved
from segloss_cli.rules._words import amount, listing, number, tally, total
from segloss_cli.types import Contract, Number, Profile

GAP = 200
"""Without a contract 255 is taken for void only where the other ids stay below this."""

_BODY = {
    "thin": "it is thin, as a void border is",
    "solid": "it covers solid areas: void, or a class stored so",
    "between": "thin border or class, the shape does not tell",
}


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """Void-like values that are neither a class nor ignored."""
    if profile.container.lossy or reading(profile, contract) not in {None, "whole"}:
        return
    classes = class_range(contract)
    found = outside(profile, contract).void if classes else _likely_void(profile, contract)
    if not found:
        return
    size = amount(total(profile, found), profile.pixels)
    if classes is not None:
        guess = "" if classes.declared else " (inferred)"
        claim = f"neither ignored nor one of the classes {classes}{guess}"
        weight = proved(by_contract=classes.declared)
    else:
        claim = "probably void, and nothing declares it ignored (a guess from the value)"
        weight = LIKELY if contract.says("ignore") else PROBABLY
    yield Hit(
        f"{listing(found)} ({size}): {claim}{_shape(profile, found)}",
        _remedy(found),
        _evidence(profile, found),
        values=found,
        **weight,
    )


def _likely_void(profile: Profile, contract: Contract) -> tuple[Number, ...]:
    """The values that look like void where the classes are unknown; a lone {0, 255} is left to SL208."""
    if profile.counts is None or coloured(profile) or not profile.integral:
        return ()
    if foreground_value(profile, contract) is not None and 0 in profile.counts:
        return ()
    found = tuple(v for v in profile.counts if v in VOID and v not in ignored(contract))
    rest = [v for v in profile.counts if v not in VOID]
    return found if max(rest, default=0) < GAP and min(rest, default=0) >= 0 else ()


def _shape(profile: Profile, found: tuple[Number, ...]) -> str:
    words = _BODY.get(body(profile, found[0])) if len(found) == 1 else None
    return f"; {words}" if words else ""


def _remedy(found: tuple[Number, ...]) -> str:
    flags = " ".join(f"--ignore-index {number(value)}" for value in found)
    return f"if it is void, ignore it in every loss and metric: ignore_index={number(found[0])} ({flags})"


def _evidence(profile: Profile, found: tuple[Number, ...]) -> dict[str, object]:
    core = {number(value): round(profile.core[value], 4) for value in found if value in profile.core}
    return tally(profile, found) | ({"core": core} if core else {})


_RING = label({0: 70, 15: 25, 255: 5}, mode="P", core={255: 0.02})

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("void is ignored", _RING, declared(num_classes=21, ignore={255})),
        Example("255 is a class of 256", _RING, declared(num_classes=256)),
        Example("{0, 255} alone is SL208's", label({0: 50, 255: 50}, core={255: 0.9})),
        Example("grey levels up to white are no void", label(dict.fromkeys(range(256), 4))),
        Example("with reduce_zero_label 255 is ignored", _RING, declared(num_classes=20, reduce_zero_label=True)),
        Example("a plain label", label({0: 50, 1: 50})),
    ),
    bad=(
        Example("VOC without ignore", _RING, declared(num_classes=21), says="255 (5 pixels, 5.0 %)"),
        Example("nothing declared", _RING, says="a guess"),
        Example("another id is ignored", _RING, declared(ignore={11}), says="thin"),
        Example("the id after the last class", label({0: 50, 10: 30, 11: 20}), declared(num_classes=11), says="11 ("),
        Example("254, as some tools write it", label({0: 50, 1: 45, 254: 5}), declared(num_classes=2), says="254 (5"),
        Example("-1 in an array", array({-1: 5, 0: 50, 20: 45}), declared(num_classes=21), says="-1 ("),
        Example(
            "solid white beside two classes",
            label({0: 50, 1: 20, 255: 30}, core={255: 0.9}),
            declared(num_classes=2),
            says="solid areas",
        ),
        Example("only 255", label({255: 100}), says="100 %"),
    ),
)

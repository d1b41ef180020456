"""The label is a colour picture: three or four numbers per pixel where a loss wants one class id.

## What it is
The decoded label has shape (H, W, 3) or (H, W, 4) and its bands differ. Usually it is colour-coded: each class has a
colour. Sometimes the bands together are a number (COCO panoptic: id = R + 256 G + 65536 B; CARLA: id in R).
(Where the mask may be in an alpha band, SL114 speaks.)

## Why it hurts
One of the commonest crashes (16 of 420 threads): ``only batches of spatial targets supported (3D tensors) but got
targets of size: : [2, 256, 256, 3]``; ``Target and input must have the same number of elements. target nelement
(196608) != input nelement (65536)``, where the ratio is exactly 3. Worse is what does not crash: a float
(N, 3, H, W) mask given to cross-entropy with three classes counts as class probabilities: 535.5 on random logits, and
no error. And ``convert("L")`` gives some grey level per colour, which is an id of nothing.

## How to fix it
Map each colour to its id once, with a table that is written down, and store one band:

```python
table = np.full(1 << 24, 255, np.uint8)                  # 255: colours that are not in the table
for id_, (r, g, b) in enumerate(palette):
    table[r << 16 | g << 8 | b] = id_
rgb = np.asarray(Image.open(path).convert("RGB")).astype(np.int64)
ids = table[rgb[..., 0] << 16 | rgb[..., 1] << 8 | rgb[..., 2]]
```

If the picture encodes numbers on purpose, decode them in your loader, and leave this rule out with ``--ignore SL102``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segloss_cli.rules._examples import colours, declared, label
from segloss_cli.rules._ids import bands, coloured
from segloss_cli.rules._palettes import palette_of, voc_colour
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._spaces import stem
from segloss_cli.rules._weights import GUESS, NOTE, Weight, proved
from segloss_cli.rules._words import commonest
from segloss_cli.types import Contract, Profile

MAP = "map each colour to its id once with an explicit table, and store one band of ids as PNG"
UNIT = frozenset({(1, 0, 0), (0, 1, 0), (0, 0, 1)})


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label with several bands that are not simply equal; one whose alpha varies is SL114's."""
    if not coloured(profile) or profile.container.alpha == "varies":
        return
    count = bands(profile)
    found = [*(profile.colours or ())]
    facts = f"{count} bands ({profile.container.mode or profile.container.dtype}), {_colours(profile)}"
    evidence = {"bands": count, "colours": profile.distinct, "commonest": commonest(profile.colours or {})}
    if contract.palette:
        yield from _with_palette(profile, contract, facts, evidence)
    elif found and UNIT.issuperset(found):
        yield Hit(f"{facts}: one-hot, not class ids", "label = label.argmax(-1)", evidence, **NOTE)
    elif _encoded(profile):
        yield Hit(
            f"{facts}: reads as ids encoded in the bands (a guess from the values and the name)",
            "decode the ids in the loader, such as R + 256 * G + 65536 * B, before any loss sees them",
            evidence,
            **GUESS,
        )
    else:
        name = palette_of(found)
        drawn = f"all of them colours of {name}" if name else "colour-coded, or ids encoded in RGB"
        yield Hit(
            f"{facts}, {drawn}; a loss wants one class id per pixel",
            MAP,
            evidence | ({"palette": name} if name else {}),
            **_weight(contract),
        )


def _with_palette(profile: Profile, contract: Contract, facts: str, evidence: dict[str, Any]) -> Iterator[Hit]:
    """A declared palette says that colours are meant; those that are not in it are SL105's."""
    if profile.colours is not None and {*contract.palette}.issuperset(profile.colours):
        yield Hit(f"{facts}, all in the palette: colours that the training code must map to ids", MAP, evidence, **NOTE)


def _weight(contract: Contract) -> Weight:
    """An error where the user said that labels are ids, a likely fault otherwise."""
    return proved(by_contract=contract.says("num_classes") or contract.says("task"))


def _colours(profile: Profile) -> str:
    if profile.colours is None:
        return "too many distinct colours to list"
    return f"{profile.distinct:,} distinct colour{'' if profile.distinct == 1 else 's'}"


def _encoded(profile: Profile) -> bool:
    found = [*(profile.colours or ())]
    red_only = bool(found) and all(g == b == 0 and r <= 40 for r, g, b in found)
    return red_only or "panoptic" in stem(profile)


_VOC = {(0, 0, 0): 50, voc_colour(1): 30, voc_colour(15): 20}
_DRAWN = colours(_VOC)

RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("one band", label({0: 50, 1: 50}), declared(num_classes=2)),
        Example("equal bands are SL103's", colours({(0, 0, 0): 50, (255, 255, 255): 50}), declared(num_classes=2)),
        Example("alpha that varies is SL114's", colours(_VOC, alpha="varies")),
        Example("a palette PNG has one band of ids", label({0: 50, 15: 50}, mode="P")),
    ),
    bad=(
        Example("VOC colours where ids were declared", _DRAWN, declared(num_classes=21), says="colours of PASCAL VOC"),
        Example("nothing declared", _DRAWN, says="colour-coded" if palette_of(_VOC) is None else "VOC"),
        Example(
            "unknown colours",
            colours({(1, 2, 3): 50, (9, 8, 7): 50}),
            says="colour-coded, or ids encoded in RGB",
        ),
        Example("CARLA: the id is in R", colours({(0, 0, 0): 50, (7, 0, 0): 25, (24, 0, 0): 25}), says="a guess"),
        Example(
            "COCO panoptic, by name",
            colours({(60, 2, 3): 50, (9, 8, 7): 50}, path="panoptic_000000000139.png"),
            says="ids encoded",
        ),
        Example(
            "the palette was declared",
            _DRAWN,
            declared(palette=tuple(map(voc_colour, range(21)))),
            says="all in the palette",
        ),
        Example("one-hot in three bands", colours({(1, 0, 0): 50, (0, 0, 1): 50}), says="one-hot"),
    ),
)

"""Noise or wide slopes of grey along the borders of a label: it was once a JPEG, or drawn with a soft brush.

## What it is
A label of a few values with many rare ones around its borders. Two kinds are told apart. *Noise*: values a little above
and below those of the areas, in no order, as JPEG leaves them, also in a PNG that was converted from one (a label that
is a JPEG still is SL101's; sharpening and resizing with LANCZOS leave the like). *Slopes* many pixels wide: a soft
brush, a blur, or a matte or heat map that is no label at all. Slopes of a few pixels are SL212's.

## Why it hurts
nnU-Net stops with ``Expected: [0, 1] Found: [0. 1. 2. ... 255.]``. A mask of {0, 255} saved as JPEG comes back with 57
values at quality 75 and 15 at quality 95; only 99.4 % of the pixels are then within 16 of the two. As class ids that is
``Target 192 is out of bounds``; with classes numbered without gaps it is a rim of wrong classes that no check of values
finds. On 45 real labels saved as JPEG the pixels that lie between or stick out of their neighbours were 0.18 to 0.65 of
the jumps at qualities 50 to 95, where published labels have at most 0.012. At quality 100 it cannot be seen.

## How to fix it
Two levels: a threshold, once, and a look at the result. Class ids: export them again; they cannot be recovered.

```python
mask = np.asarray(Image.open(path).convert("L")) >= 128
Image.fromarray(mask.astype("uint8")).save(copy)        # PNG
```

If the values are soft on purpose, use a loss for soft targets, and keep the file out of class-id checks with
``--ignore SL213``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import Counts, Triples, declared, smeared
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._smears import Smear, evidence_of, smear_of, two_levels, weight_of
from segloss_cli.rules._words import number
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label with noise around its borders, or with long slopes."""
    smear = smear_of(profile, contract)
    if smear is None or smear.kind == "interpolated":
        return
    yield Hit(
        f"{profile.distinct:,} values, {len(smear.rare):,} of them nowhere an area: {_cause(smear)}",
        _remedy(profile),
        evidence_of(smear),
        values=smear.rare,
        **weight_of(profile, contract, smear),
    )


def _cause(smear: Smear) -> str:
    low, value, high = smear.example
    beside = f"such as {number(value)} between {number(low)} and {number(high)}"
    if smear.kind == "noisy":
        return f"noise along the borders, {beside}, as of a label that was once a JPEG"
    return f"slopes many pixels wide, {beside}: a soft brush or a blur, or a matte or heat map (a guess)"


def _remedy(profile: Profile) -> str:
    if two_levels(profile):
        return "two levels: mask = mask >= 128, once, stored as PNG; look at the result"
    return "export the label again, as PNG and without smoothing; class ids cannot be recovered"


_JPEG: Counts = {0: 5000, 2: 30, 5: 30, 128: 10, 250: 30, 253: 30, 255: 4870}
_NOISE: Triples = {(0, 2, 5): 10, (2, 128, 250): 10, (128, 250, 255): 10}
_IDS: Counts = {0: 400, 1: 9, 2: 9, 3: 400, 4: 9, 5: 9, 9: 64}

RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    depth="pixels",
    good=(
        Example("clean borders", smeared(_JPEG, _NOISE, jumps=2000)),
        Example("short slopes are SL212's", smeared(_JPEG, _NOISE)),
        Example("a JPEG still is SL101's", smeared(_JPEG, _NOISE, peaks=200, format="JPEG", lossy=True)),
        Example("declared soft", smeared(_JPEG, _NOISE, peaks=200), declared(soft=True)),
        Example(
            "depth: long slopes without two levels", smeared(dict.fromkeys(range(0, 250, 25), 90), _NOISE, long=29)
        ),
    ),
    bad=(
        Example("a mask that was a JPEG", smeared(_JPEG, _NOISE, peaks=200), says="once a JPEG"),
        Example("ids that were a JPEG", smeared(_IDS, {(0, 1, 3): 15, (0, 2, 5): 15}, peaks=90), says="7 values"),
        Example("a soft brush", smeared(_JPEG, _NOISE, long=20), says="a soft brush"),
        Example(
            "a soft brush where two classes are declared",
            smeared(_JPEG, _NOISE, long=20),
            declared(num_classes=2),
            says="brush",
        ),
    ),
)

"""The label has an alpha band.

## What it is
Beside its ids or colours each pixel stores how opaque it is. Alpha that is 255 everywhere says nothing and is there by
accident (this is a note then). Alpha that varies is part of the label: it may be the mask itself, cut out of a
picture, or the borders were anti-aliased, and hold mixtures where a label has one id or another.

## Why it hurts
A fourth band that is 255 everywhere is foreground for every pixel to whoever takes the last band, and makes the label
(H, W, 4): ``only batches of spatial targets supported (3D tensors) but got targets of size: : [2, 345, 514, 4]``.
Eight threads of 420. Where alpha varies, ``convert("RGB")`` and ``convert("L")`` drop it without a word, and with it
the mask; and pixels that are half transparent have colours that are in no table.

## How to fix it
Look which band holds the label, and store that one:

```python
bands = np.asarray(Image.open(path))
mask = bands[..., -1] >= 128                            # the mask is the alpha
ids = bands[..., 0]                                     # the mask is grey, and alpha opaque
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import colours, declared, label
from segloss_cli.rules._ids import bands
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import NOTE, proved
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label with an alpha band; where its other bands are equal and alpha is opaque, SL103 says so already."""
    container = profile.container
    count = bands(profile)
    evidence = {"bands": count, "mode": container.mode, "alpha": container.alpha}
    stored = f"{count} bands ({container.mode or container.dtype})"
    if container.alpha == "varies":
        yield Hit(
            f"{stored}, and alpha varies: the mask may be the alpha band itself, or its borders were anti-aliased",
            "keep the band that holds the label, for example np.asarray(im)[..., -1] >= 128",
            evidence,
            **proved(by_contract=contract.says("num_classes") or contract.says("task")),
        )
    elif container.alpha == "opaque" and not profile.grey:
        yield Hit(f"{stored}, and alpha is opaque everywhere: it says nothing", "drop the last band", evidence, **NOTE)


_CUT_OUT = label({0: 50, 255: 50}, mode="LA", shape=(1, 100, 2), alpha="varies", grey=True)
_DRAWN = colours({(0, 0, 0): 50, (128, 0, 0): 50}, mode="RGBA", shape=(1, 100, 4), alpha="varies")

RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("no alpha", colours({(0, 0, 0): 50, (128, 0, 0): 50})),
        Example("a palette", label(mode="P")),
        Example("grey and opaque is SL103's", colours({(1, 1, 1): 9}, mode="RGBA", alpha="opaque")),
    ),
    bad=(
        Example("the mask is the alpha", _CUT_OUT, says="the mask may be the alpha band"),
        Example("ids are declared", _CUT_OUT, declared(num_classes=2), says="2 bands (LA)"),
        Example("smooth borders of a drawing", _DRAWN, says="4 bands (RGBA)"),
        Example(
            "colours, opaque",
            colours({(0, 0, 0): 50, (128, 0, 0): 50}, mode="RGBA", shape=(1, 100, 4), alpha="opaque"),
            says="says nothing",
        ),
    ),
)

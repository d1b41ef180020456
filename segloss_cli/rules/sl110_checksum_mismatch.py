"""A PNG chunk's checksum does not hold: the pixels may have changed without anyone noticing.

## What it is
Each chunk of a PNG ends with a CRC of its content. Here a stored one and the computed one differ: a bit flipped on a
disk, in a transfer, or in a tool that edits files in place.

## Why it hurts
Pillow does not check the CRC of pixel data (IDAT). Of 480 single flipped bits in real labels (VOC, CamVid, COCO-Stuff,
Cityscapes) 55 loaded silently with other pixels, and 47 of those 55 brought class ids that were never drawn. One such
file in a training set is an out-of-range id that appears in one epoch and names no cause, or a class learned from
noise. ``Image.open(path).verify()`` finds all 55; ``np.asarray(Image.open(path))`` none.

## How to fix it
Fetch or export the file again; a copy that still opens is no proof. To look through a folder:

```python
Image.open(path).verify()                               # raises; then open a second time to read
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import label
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, FACT
from segloss_cli.rules._words import printable
from segloss_cli.types import Contract, Profile

_HOLDS = {"IDAT": "the pixels", "PLTE": "the palette", "IHDR": "the size and depth"}


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A PNG with a bad checksum; an error where the chunk is one that the picture depends on."""
    bad = sorted({printable(name) for name in profile.container.bad_chunks})
    if not bad:
        return
    critical = any(name[:1].isupper() for name in bad)
    hurt = [what for name, what in _HOLDS.items() if name in bad]
    effect = f"{' and '.join(hurt)} may have changed silently" if hurt else "the file is damaged"
    yield Hit(
        f"the checksum of {', '.join(bad)} does not hold: {effect}",
        "fetch or export the file again; Image.open(path).verify() shows which files are hurt",
        {"chunks": bad, "bad": len(profile.container.bad_chunks)},
        **(ERROR if critical else FACT),
    )


RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(Example("all checksums hold", label({0: 50, 255: 50})),),
    bad=(
        Example("the pixels", label({0: 50, 77: 1}, bad_chunks=("IDAT", "IDAT")), says="the pixels may have changed"),
        Example("a comment", label({0: 50, 1: 1}, bad_chunks=("tEXt",)), says="the file is damaged"),
    ),
)

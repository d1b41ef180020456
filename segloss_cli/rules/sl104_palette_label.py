"""The label is a palette PNG (mode P): the ids are its indices, and some readers give colours instead.

## What it is
Each pixel holds an index into a table of colours. The index is the class id; the colour is only for looking at. PASCAL
VOC, LIP, Mapillary and labelme store labels so. It is a good format: this is a note, not a fault.

## Why it hurts
Only if the reader loses the indices. ``Image.open(path).convert("RGB")``, ``convert("L")``, skimage and every mode of
``cv2.imread`` (``IMREAD_UNCHANGED`` too) expand the palette: the VOC ids 1, 2, 3, 4 become 38, 75, 113, 15 (OpenCV
rounds some of them down by one). That cannot be undone, since 1 and 16 both become 38, and 3 and 18 both 113. A
palette also proves nothing about the ids: NYU40 and Pets labels carry the VOC palette.

## How to fix it
Read with Pillow and do not convert:

```python
ids = np.array(Image.open(path))         # (H, W) uint8, indices
```

For code that must read with OpenCV, store the ids once as plain grey: ``Image.fromarray(ids).save(copy)``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import header, label
from segloss_cli.rules._palettes import luminance, voc_colour
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import listing, number
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A label in mode P."""
    if profile.container.mode not in {"P", "PA"}:
        return
    ids = [*(profile.counts or ())]
    lost = _lost(profile)
    held = f" ({listing(ids)})" if 0 < len(ids) <= 24 else ""
    example = f": {lost[0]} would read as {lost[1]}" if lost else ""
    yield Hit(
        f"palette image: the ids{held} are its indices; cv2.imread and convert('L') give grey levels instead{example}",
        "read it with np.array(Image.open(path)), without convert",
        {"palette_colours": len(profile.container.palette)}
        | ({"distinct": profile.distinct} if profile.distinct else {}),
    )


def _lost(profile: Profile) -> tuple[str, int] | None:
    """The largest id that ``convert("L")`` would change, and what it would become."""
    palette = profile.container.palette
    for value in sorted(profile.counts or (), reverse=True):
        if 0 <= value < len(palette) and luminance(palette[int(value)]) != value:
            return number(value), luminance(palette[int(value)])
    return None


_VOC = tuple(map(voc_colour, range(21)))

RULE = Rule(
    about="label",
    severity="info",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("plain grey", label({0: 50, 15: 50})),
        Example("a bitmap", label({0: 50, 1: 50}, mode="1", dtype="bool")),
    ),
    bad=(
        Example("VOC", label({0: 70, 15: 25, 255: 5}, mode="P", palette=_VOC), says="15 would read as 147"),
        Example("VOC without void", label({0: 75, 15: 25}, mode="P", palette=_VOC), says="15 would read as 147"),
        Example("a header alone", header(label(mode="P", palette=_VOC)), says="palette image: the ids are its indices"),
        Example("no palette stored", label({0: 70, 3: 30}, mode="P"), says="(0 and 3)"),
    ),
)

"""The ids are the grey levels of a palette's colours: a colour label was converted to grey.

## What it is
Someone read a palette or colour-coded label with ``convert("L")`` or ``cv2.imread(path, 0)`` and stored, or used, the
grey levels as class ids. Class 1 of VOC, drawn as (128, 0, 0), became 38.

## Why it hurts
VOC's ids 0..20 become 0, 38, 75, 113, 15, 53, 90, 128, 19, 57, 94, 133, 34, 72, 109, 147, 38, 76, 113, 151, 52 (OpenCV
rounds some of them down by one). With 21 classes: ``Target 192/113/75 is out of bounds``; with enough classes, silence
and nonsense. It cannot be undone: 1 and 16 are both 38, 3 and 18 both 113. The tutorial that segloss started from reads
its 9 ids as {0, 66, 75, 85, 94, 104, 141, 151, 180} in this way.

## How to fix it
Go back to the original label and read it without converting:

```python
ids = np.array(Image.open(path))                        # a mode P picture gives its indices
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, label
from segloss_cli.rules._ids import VOID, class_range, coloured, ignored
from segloss_cli.rules._palettes import CITYSCAPES, VOC_VOID, greys, voc_colour
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import amount, listing, tally, total
from segloss_cli.types import Colour, Contract, Number, Profile

LEAST_HITS = 3
LARGEST_PLAIN_ID = 40
"""NYUDv2-40 uses ids up to here; a label of smaller ids is not suspected."""


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A grey label all of whose values are grey levels of one palette."""
    values = _suspects(profile, contract)
    large = [value for value in values if value > LARGEST_PLAIN_ID]
    if len(values) < LEAST_HITS or len(large) * 2 < len(values) or _in_range(values, contract):
        return
    match = _match(values, contract)
    if match is None:
        return
    palette, reader = match
    yield Hit(
        f"{listing(values)} ({amount(total(profile, values), profile.pixels)}) are all grey levels of the {palette} "
        f"colours as {reader} makes them: probably a colour label that was converted to grey",
        "go back to the original label and read it with np.array(Image.open(path)); this copy cannot be undone",
        tally(profile, values) | {"palette": palette, "reader": reader},
        values=tuple(values),
        certainty="likely" if len(values) > LEAST_HITS else "hint",
    )


def _suspects(profile: Profile, contract: Contract) -> list[Number]:
    """The values to be explained: not 0, not ignored, and not what usually is void."""
    plain = profile.container.mode not in {"P", "PA"} and not profile.container.lossy and not coloured(profile)
    if not plain or profile.counts is None or not profile.integral:
        return []
    return [v for v in profile.counts if v != 0 and v not in VOID and v not in ignored(contract)]


def _in_range(values: list[Number], contract: Contract) -> bool:
    classes = class_range(contract)
    return classes is not None and all(value in classes for value in values)


def _match(values: list[Number], contract: Contract) -> tuple[str, str] | None:
    """The palette and the reader that explain all the values."""
    palettes: dict[str, tuple[Colour, ...]] = {
        "PASCAL VOC": (*map(voc_colour, range(21)), VOC_VOID),
        "declared": contract.palette,
    }
    if len(values) > LEAST_HITS:
        palettes["Cityscapes"] = CITYSCAPES
    for name, palette in palettes.items():
        for reader, levels in zip(("convert('L')", "OpenCV"), greys(palette), strict=True):
            if levels.issuperset(values):
                return name, reader
    return None


RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("the palette label itself", label({0: 50, 38: 20, 75: 20, 113: 10}, mode="P")),
        Example("NYUDv2-40 ids", label({0: 50, 15: 20, 19: 20, 34: 5, 38: 5}), declared(num_classes=41)),
        Example("the same with nothing declared", label({0: 50, 15: 20, 19: 20, 34: 5, 38: 5})),
        Example("classes of a large set", label({0: 50, 53: 20, 75: 20, 113: 10}), declared(num_classes=150)),
        Example("one value fits no palette", label({0: 50, 38: 20, 75: 20, 100: 10})),
        Example("two values may be chance", label({0: 50, 75: 20, 113: 30})),
    ),
    bad=(
        Example("VOC through convert('L')", label({0: 50, 38: 20, 75: 20, 113: 9, 147: 1}), says="PASCAL VOC"),
        Example(
            "VOC through OpenCV",
            label({0: 50, 52: 20, 89: 20, 132: 9, 150: 1}),
            declared(num_classes=21),
            says="OpenCV",
        ),
        Example("with void in VOC's grey", label({0: 50, 38: 20, 113: 20, 220: 10}), says="38, 113 and 220"),
        Example("Cityscapes", label({46: 50, 90: 20, 118: 20, 164: 10}), says="Cityscapes"),
        Example(
            "a declared palette",
            label({0: 50, 76: 20, 150: 20, 29: 10, 226: 5}),
            declared(palette=((0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))),
            says="the declared colours",
        ),
    ),
)

"""The label is a picture of 16 or 32 bits: some readers keep the ids, others change them.

## What it is
Each pixel takes two bytes or four. Instance maps and labels of more than 256 ids need that, and are fine: then this is
a note. It is a likely fault where all values are multiples of 257 (or of 256): an 8-bit label that a converter
stretched to the full 16 bits, so that id 3 became 771.

## Why it hurts
Only with a reader of 8 bits. ``cv2.imread(path)`` keeps the high byte, which is 0 for every id below 256;
``Image.open(path).convert("L")`` clips, so that 300 and 1000 both become 255 (measured); matplotlib divides by 65535.
Six threads of 420: garbage, all 255, or all background.

## How to fix it
Read the file as it is:

```python
ids = np.array(Image.open(path)).astype(np.int64)       # Pillow, without convert
ids = cv2.imread(path, cv2.IMREAD_UNCHANGED).astype(np.int64)
```

Ids that all fit into 8 bits in the whole set may be stored so once: ``Image.fromarray(ids.astype(np.uint8))``. Values
that were stretched go back with ``ids // 257``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, label
from segloss_cli.rules._ids import is_array
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import LIKELY, NOTE
from segloss_cli.rules._words import listing, number
from segloss_cli.types import Contract, Profile

BYTE = 255
WHITE = 65535
STRETCHES = (257, 256)


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A picture whose values are whole numbers of more than 8 bits."""
    container = profile.container
    if is_array(profile) or profile.floating or (container.bit_depth or 0) <= 8:
        return
    evidence = {"bit_depth": container.bit_depth, "high": profile.high, "distinct": profile.distinct}
    step = _stretch(profile, contract)
    if step:
        ids = sorted(value // step for value in profile.counts or ())
        yield Hit(
            f"{container.bit_depth} bits, and all values are multiples of {step}: probably 8-bit ids {listing(ids)}, "
            "stretched",
            f"divide once: label = label // {step}; then store it as uint8",
            evidence | {"step": step},
            values=tuple(value for value in profile.counts or () if value),
            **LIKELY,
        )
        return
    yield Hit(
        f"stored in {container.bit_depth} bits, {_use(profile)}; "
        "cv2.imread(path) keeps the high byte, convert('L') clips",
        "read it with np.array(Image.open(path)) or cv2.IMREAD_UNCHANGED",
        evidence,
        **NOTE,
    )


def _stretch(profile: Profile, contract: Contract) -> int | None:
    """What all the values, at least three of them, are multiples of; None where they are declared classes."""
    values = [value for value in profile.counts or () if value]
    enough = len(values) >= 2 and {*values} != {WHITE} and min(values) > BYTE
    wide = contract.says("num_classes") and (contract.num_classes or 0) > BYTE + 1
    if not enough or wide or max(values) > WHITE:
        return None
    return next((step for step in STRETCHES if all(value % step == 0 for value in values)), None)


def _use(profile: Profile) -> str:
    if profile.high > BYTE:
        return f"which ids up to {number(profile.high)} need"
    return f"where 8 hold the ids up to {number(profile.high)} in this file"


def _deep(counts: dict[int | float, int], mode: str = "I;16") -> Profile:
    return label(counts, mode=mode, dtype="uint16", bit_depth=16)


_STRETCHED = _deep({0: 50, 257: 20, 514: 20, 5140: 10})

RULE = Rule(
    about="label",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("8 bits", label({0: 50, 255: 50}, bit_depth=8)),
        Example("2 bits", label({0: 50, 3: 50}, bit_depth=2)),
        Example("an int64 array", array({0: 50, 300: 50})),
        Example("an int32 array", array({-1: 50, 3: 50}, dtype="int32")),
        Example("a floating TIFF is SL215's", label({0.0: 50, 0.5: 50}, mode="F", dtype="float32", bit_depth=32)),
    ),
    bad=(
        Example("an instance map", _deep({0: 50, 26001: 50}), says="which ids up to 26001 need"),
        Example("ids that 8 bits hold", _deep({0: 50, 37: 50}), declared(num_classes=38), says="where 8 hold the ids"),
        Example("black and white", _deep({0: 50, 65535: 50}), says="which ids up to 65535 need"),
        Example("stretched by 257", _STRETCHED, says="8-bit ids 0..2 and 20"),
        Example(
            "stretched by 256", _deep({0: 50, 256: 20, 1280: 20}), declared(num_classes=6), says="multiples of 256"
        ),
        Example("a thousand classes", _STRETCHED, declared(num_classes=6000), says="5140 need"),
        Example("Mapillary instances: class * 256 + n", _deep({256: 50, 513: 50, 769: 9}), says="which ids up to 769"),
        Example(
            "more than are listed", label({0: 9}, counts=None, bit_depth=16, dtype="uint16", high=9000), says="9000"
        ),
    ),
)

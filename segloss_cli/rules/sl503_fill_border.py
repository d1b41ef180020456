"""The label's border holds a class where the image beside it is blank: probably what a rotation or padding filled in.

## What it is
Bands along the border, or wedges in the corners as a rotation leaves them, hold one value (0, or 255) in the label,
end in a straight edge, and are one even grey in the image. That is what augmentation fills in where a picture has been
moved away. A guess from a copy of 64 pixels: only labels that show such an edge themselves are looked at, and none
whose fill is ignored already.

## Why it hurts
The default fill is 0, which is a class: the network is taught that black corners are "road", "sky" or whatever comes
first, and every metric counts them. After a rotation by 10 degrees 7 % of a square picture is fill. In a binary mask a
fill of 255 is foreground. 8 threads of 420, among them "why does my label contain 255?"

## How to fix it
Fill the label with the ignored id, and the image with whatever you like:

```python
v2.RandomRotation(10, fill={tv_tensors.Image: 0, tv_tensors.Mask: 255})
A.Rotate(limit=10, border_mode=cv2.BORDER_CONSTANT, fill=0, fill_mask=255)
```

Labels that were written with the fill in them are repaired by cropping, or by an augmentation that is run anew. If
0 is background, and the network shall say background there, all is well: ``--ignore SL503``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from segloss_cli.rules._examples import declared
from segloss_cli.rules._ids import coloured, ignore_declared, ignored
from segloss_cli.rules._later import builder
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._scenes import levels_of, rows_of, same_size, seen
from segloss_cli.rules._words import share
from segloss_cli.types import Contract, Profile, Scene

SIDE = 64
LEAST, MOST = 0.01, 0.6
"""The share of the pixels that may be fill; with more there is nothing left to be a border of."""

THICK = 0.05
"""A band is at least this share of the side thick, and 3 pixels of the small copy."""

OTHER = 0.75
"""Along the straight inner edge of a band, this share of the pixels is not fill."""

LEGS = 3, 10
"""The shorter and the longer leg of a wedge, in pixels of the small copy, at least."""

STRAIGHT = 1.5
"""How far the edge of a wedge may be from a straight line, in pixels of the small copy."""

EVEN = 6
"""Fill varies no more than this in the image, in grey levels: a JPEG smears its edges."""

Pixel = tuple[int, int]

_CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_REACH = (*((2 * down, 2 * right) for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0))), *_CORNERS)


def judge(scene: Scene, contract: Contract) -> Iterator[Hit]:
    """A label with bands or wedges of fill where the image is even."""
    values = [value for value in (0, 255) if _may_be_fill(value, scene.label, contract)]
    if not values or not same_size(scene) or scene.mask is None or scene.picture.thumbnail is None:
        return
    scale = min(SIDE / max(scene.label.height, scene.label.width), 1)
    rows = rows_of(scene.mask, (max(round(scene.label.height * scale), 1), max(round(scene.label.width * scale), 1)))
    for value in values:
        # a byte for each pixel: 1 where it is fill
        table = bytes(level == value for level in range(256))
        where, fill = _found([row.translate(table) for row in rows])
        if where and _even(levels_of(scene.picture.thumbnail), fill, rows):
            yield _hit(value, where, len(fill), len(rows) * len(rows[0]))


def _hit(value: int, where: str, part: int, whole: int) -> Hit:
    return Hit(
        f"{where} of {value} in the label, about {share(part, whole)} of it, where the image is one even grey: "
        "probably the fill of a rotation or padding (a guess)",
        "fill labels with the ignored id: fill_mask=255 in Albumentations, fill={tv_tensors.Mask: 255} in torchvision",
        {"value": value, "where": where, "share": round(part / whole, 3)},
    )


def _may_be_fill(value: int, label: Profile, contract: Contract) -> bool:
    """Whether the label holds enough of a value that is learned: 255 is where that was said, or only 0 is beside it."""
    counts = label.counts
    # of a label of colours the ids are known where a palette was declared, and its pixels are no ids all the same
    if counts is None or label.grey or coloured(label) or not (label.integral and label.low >= 0 and label.high <= 255):
        return False
    if value in ignored(contract) or (value == 255 and not ignore_declared(contract) and {*counts} - {0, 255}):
        return False
    return LEAST <= counts.get(value, 0) / label.pixels <= MOST


def _found(rows: list[bytes]) -> tuple[str, set[Pixel]]:
    """What looks like fill, in words, and its pixels: bands, or else wedges in two corners and more."""
    if rows[0][0] + rows[0][-1] + rows[-1][0] + rows[-1][-1] < 2:
        return "", set()
    flat, width = b"".join(rows), len(rows[0])
    cols = [flat[x::width] for x in range(width)]
    bands = _bands(rows, cols)
    if bands:
        return f"bands at the {' and the '.join(sorted(bands))}", set().union(*bands.values())
    wedges = [wedge for wedge in (_wedge(rows, cols, *ways) for ways in _CORNERS) if wedge]
    return (f"wedges in {len(wedges)} corners", set().union(*wedges)) if len(wedges) > 1 else ("", set())


def _bands(rows: list[bytes], cols: list[bytes]) -> dict[str, set[Pixel]]:
    """The pixels of the sides at which whole rows or columns are fill, up to a straight edge."""
    height, width = len(rows), len(cols)
    down, along = [y for y, row in enumerate(rows) if 0 in row], [x for x, col in enumerate(cols) if 0 in col]
    if not down:
        return {}
    top, bottom, left, right = down[0], down[-1], along[0], along[-1]
    sides = (
        ("top", range(top), range(width), rows[top][left : right + 1]),
        ("bottom", range(bottom + 1, height), range(width), rows[bottom][left : right + 1]),
        ("left", range(height), range(left), cols[left][top : bottom + 1]),
        ("right", range(height), range(right + 1, width), cols[right][top : bottom + 1]),
    )
    return {
        side: {(y, x) for y in ys for x in xs}
        for side, ys, xs, edge in sides
        if min(len(ys), len(xs)) >= max(3, THICK * (height if len(xs) == width else width))
        and edge.count(0) >= OTHER * len(edge)
    }


def _wedge(rows: list[bytes], cols: list[bytes], down: int, right: int) -> set[Pixel]:
    """The pixels of a triangle of fill in a corner, which is named by the ways out of it; empty without one."""
    height, width = len(rows), len(cols)
    wide, tall = _run(rows[0 if down > 0 else -1], right), _run(cols[0 if right > 0 else -1], down)
    short, long = LEGS
    if not (min(wide, tall) >= short and max(wide, tall) >= long and wide < width and tall < height):
        return set()
    # away from the corner the runs become shorter evenly, along the longer leg
    lines, way, legs, first = (cols[::right], down, wide, tall) if wide >= tall else (rows[::down], right, tall, wide)
    runs = [_run(line, way) for line in lines[:legs]]
    if any(abs(run - first * (1 - at / legs)) > STRAIGHT for at, run in enumerate(runs)):
        return set()
    inside = [(away, at) if wide >= tall else (at, away) for at, run in enumerate(runs) for away in range(run)]
    return {(y if down > 0 else height - 1 - y, x if right > 0 else width - 1 - x) for y, x in inside}


def _run(line: bytes, way: int) -> int:
    """How many pixels at the beginning of a line, or at its end, are fill."""
    return len(line) - len(line.lstrip(b"\1") if way > 0 else line.rstrip(b"\1"))


def _even(photo: Sequence[bytes], fill: set[Pixel], rows: Sequence[bytes]) -> bool:
    """Whether the image is one grey where the label is fill, two pixels in from where the fill ends."""
    if not photo:
        return False
    height, width = len(rows), len(rows[0])
    tall, wide = len(photo), len(photo[0])
    ends = {(y, x) for y in range(height) for x in range(width)} - fill
    inside = sorted(
        photo[y * tall // height][x * wide // width]
        for y, x in fill
        if ends.isdisjoint((y + down, x + right) for down, right in _REACH)
    )
    # the lowest and the highest twentieth aside, where a JPEG's blocks reach across the edge
    few = len(inside) // 20
    return bool(inside) and inside[-1 - few] - inside[few] <= EVEN


@builder
def _framed(ids: int, fill: int, where: str = "top", size: int = 32) -> list[list[int]]:
    """Rows of alternating ids, or grey levels, with fill at the top, at both sides, in all corners, or nowhere."""

    def filled(y: int, x: int) -> bool:
        near, far = min(x, size - 1 - x), min(y, size - 1 - y)
        return {"top": y < 8, "sides": near < 6, "corners": near / 12 + far / 6 < 1}.get(where, False)

    return [[fill if filled(y, x) else ids + (x // 4 + y // 4) % 3 for x in range(size)] for y in range(size)]


@builder
def _drawn(level: Callable[[int, int], int]) -> list[list[int]]:
    """Rows of what is at each row and column."""
    return [[level(y, x) for x in range(32)] for y in range(32)]


_SKY = _drawn(lambda y, x: 200 + x + y if y < 8 else 90)
_WHITE = _drawn(lambda y, x: 255 if y < 8 else 255 * (x // 8 % 4 == 2))
_BLACK = {where: _framed(100, 0, where) for where in ("top", "sides", "corners")}
_ZERO = {where: _framed(1, 0, where) for where in ("top", "sides", "corners")}

RULE = Rule(
    about="scene",
    severity="info",
    certainty="hint",
    judge=judge,
    depth="pixels",
    good=(
        Example("the fill is ignored", seen(_ZERO["top"], _BLACK["top"]), declared(num_classes=4, ignore={0})),
        Example("a sky at the top, which is not even", seen(_ZERO["top"], _SKY)),
        Example("no border of 0", seen(_framed(0, 0, "nowhere"), _BLACK["top"])),
        Example("a void of 255, nothing declared", seen(_framed(1, 255), _BLACK["top"])),
        Example("nothing but 0", seen([[0] * 32] * 32, _BLACK["top"])),
        Example("colours that a palette decodes", seen(_ZERO["top"], _BLACK["top"], label_mode="RGB")),
        Example("an object on background", seen(_drawn(lambda y, x: int(8 < x < 20 > y > 9)), _SKY)),
    ),
    bad=(
        Example("padded at the top", seen(_ZERO["top"], _BLACK["top"]), says="bands at the top of 0 in the label"),
        Example("padded at both sides", seen(_ZERO["sides"], _BLACK["sides"]), says="bands at the left and the right"),
        Example("rotated", seen(_ZERO["corners"], _BLACK["corners"]), says="wedges in 4 corners of 0"),
        Example(
            "another value is the ignored one",
            seen(_framed(1, 255), _BLACK["top"]),
            declared(num_classes=4, ignore={254}),
            says="bands at the top of 255",
        ),
        Example("a binary mask", seen(_WHITE, _BLACK["top"]), says="bands at the top of 255"),
    ),
)

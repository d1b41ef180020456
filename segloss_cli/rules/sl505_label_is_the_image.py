"""The label is the photo itself, or its grey version.

## What it is
Pixel by pixel the label's grey levels are the image's, within 2 of 256: not ids at all, but a photo that was saved, or
found, in the label's place. It is looked for only where a label has more than 50 values or colours, as hardly any drawn
one has (or where image and label are palette images with one palette). Where the two are nearly alike, as after
another JPEG compression, that is told as likely.

## Why it hurts
A script that writes ``convert("L")`` of the wrong folder, a glob that matches the photos twice, or ``x.jpg`` beside
``x.png`` where both are photos. With 256 "classes" the loss is ``Target 192 is out of bounds.`` on the CPU and a
device-side assert on a GPU; a binary loss trains on brightness in silence: BCE against grey levels of 0..255 goes to
-83 and below, and after division by 255 the network learns to copy its input, with a fine loss.

## How to fix it
Find the label that belongs there. All that can be done in code is to see which files are concerned:

```python
same = np.abs(np.asarray(image.convert("L"), int) - np.asarray(label.convert("L"), int)).max() <= 2
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._ids import coloured
from segloss_cli.rules._later import builder
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._scenes import levels_of, same_size, seen
from segloss_cli.rules._weights import ERROR, LIKELY
from segloss_cli.types import Contract, Scene

DRAWN = 50
"""Hardly any label that somebody drew has more values or colours in one picture; photos do."""

EQUAL = 2
"""Grey levels by which a photo and its grey version differ: rounding, and other decoders of JPEG."""

NEAR = 0.1
"""The difference's root mean square, as a share of the image's standard deviation, up to which two are nearly alike."""

ROUGH = 0.6
"""The same for small copies, which are compared first; of one photo at most 0.4, of two different ones about 1.4."""


def judge(scene: Scene, contract: Contract) -> Iterator[Hit]:
    """A label whose grey levels are those of the image; a small copy of it is asked first."""
    alike = _one_palette(scene)
    if scene.mask is None or not same_size(scene) or not (alike or _suspect(scene, contract)):
        return
    small = levels_of(scene.picture.thumbnail)
    if not small:
        return
    from segloss_cli.rules._likeness import greys_of, grid_of, likeness, shrunk

    thumbnail = grid_of(small)
    greys = [
        grey
        for grey in greys_of(scene.label, scene.mask, 1 if alike else DRAWN)
        if likeness(shrunk(grey, thumbnail.shape), thumbnail).distance <= ROUGH
    ]
    photo = levels_of(scene.picture.grey) if greys else []
    if photo:
        whole = grid_of(photo)
        yield from _compared(scene, *min((likeness(grey, whole) for grey in greys), key=lambda one: one.distance))


def _compared(scene: Scene, worst: int, distance: float) -> Iterator[Hit]:
    """What the closest reading of the label says."""
    what = "the photo itself" if coloured(scene.label) else "the photo in grey"
    evidence = {"largest_difference": worst, "distance": round(distance, 4), "distinct": scene.label.distinct}
    remedy = "put the label in its place: this one was copied or converted from the image"
    key = scene.picture.path
    if worst <= EQUAL:
        extent = (
            f"no pixel differs by more than {worst} grey level{'s' * (worst > 1)}" if worst else "each pixel is equal"
        )
        message = f"the label is {what}: {extent}"
        yield Hit(message, remedy, evidence, key=key, **ERROR)
    elif distance <= NEAR:
        rest = f"their difference is {100 * distance:.1f} % of the image's contrast"
        yield Hit(f"the label is probably {what}, stored once more: {rest}", remedy, evidence, key=key, **LIKELY)


def _suspect(scene: Scene, contract: Contract) -> bool:
    """Whether the label has more values than are drawn, and they are whole numbers that can be grey levels."""
    label = scene.label
    levels = label.integral and not label.floating and label.low >= 0 and label.high <= 65535
    return label.distinct > DRAWN and levels and contract.task != "multilabel"


def _one_palette(scene: Scene) -> bool:
    """Whether both are palette images with one palette: the folder of labels given as that of images, perhaps."""
    stored, truth = scene.picture.container, scene.label.container
    return stored.mode == truth.mode == "P" and stored.palette == truth.palette and scene.label.distinct > 1


@builder
def _photo(add: int = 0, rows: int = 32) -> list[list[int]]:
    """Grey levels that differ from pixel to pixel, as those of a photo do."""
    return [[(x * 5 + y * 3 + x * y) % 200 + 20 + add * ((x + y) % 3 - 1) for x in range(32)] for y in range(rows)]


@builder
def _soft(way: int = 1) -> list[list[int]]:
    """A mask without an edge, from left to right or, with -1, from right to left."""
    return [[min(x * 8, 255) for x in range(40)][::way] for _ in range(32)]


@builder
def _doodle(*levels: int) -> list[list[int]]:
    """A label with three classes, each as the level that is given for it."""
    return [[levels[(x // 8 + y // 8) % 3] for x in range(32)] for y in range(32)]


_GREYS = tuple((v, v, v) for v in range(256))
_PALETTE = ((0, 0, 0), (128, 0, 0), (0, 128, 0))
_DOODLE, _DRAWN = _doodle(0, 1, 2), _doodle(0, 38, 75)

RULE = Rule(
    about="scene",
    severity="error",
    certainty="proof",
    judge=judge,
    depth="pixels",
    good=(
        Example("a drawn label", seen(_DOODLE, _photo())),
        Example("a soft mask", seen(_soft(), _soft(-1))),
        Example("few values that happen to be the image's", seen(_DOODLE, _DOODLE)),
        Example("planes of several labels", seen(_photo(), _photo()), declared(task="multilabel")),
        Example("another size", seen(_photo(), _photo(rows=31))),
        Example("fractions", seen(_photo(), _photo(), label_dtype="float32", label_format="NPY", label_integral=False)),
    ),
    bad=(
        Example(
            "the photo in grey", seen(_photo(), _photo()), says="the label is the photo in grey: each pixel is equal"
        ),
        Example("another decoder's", seen(_photo(1), _photo()), says="by more than 1 grey level"),
        Example("compressed once more", seen(_photo(4), _photo()), says="probably the photo in grey"),
        Example("with a palette of greys", seen(_photo(), _photo(), label_mode="P", label_palette=_GREYS), says="grey"),
        Example(
            "the label itself as image",
            seen(_DOODLE, _DRAWN, label_mode="P", label_palette=_PALETTE, mode="P", palette=_PALETTE),
            says="each pixel is equal",
        ),
    ),
)

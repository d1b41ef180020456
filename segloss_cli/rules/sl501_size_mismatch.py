"""An image and its label differ in height or width.

## What it is
Each pixel of the label says what the image shows at the same place, and here the places do not correspond. Only the
headers are compared. The rule names what the two sizes suggest: one pixel of rounding, exchanged height and width, a
whole-number factor, a resized copy, a crop, or another picture's label. (Where EXIF's orientation explains an exchange,
SL502 speaks.)

## Why it hurts
``operands could not be broadcast``, ``stack expects each tensor to be equal size``, ``Image and mask should be the same
size``: 9 threads of 420. It is worse where a loader resizes both to 512 x 512 and nobody sees that the label was a
crop: then every pixel is paired with another place. Off by one is real: 853 x 480 beside 854 x 480 in a published set,
labels of 179 x 179 beside images of 180 x 180 in another.

## How to fix it
Find out which side was changed, and do the same to the other; a label is only ever resized to the nearest id:

```python
label = label.resize(image.size, Image.Resampling.NEAREST)   # not for crops, not for another picture's label
```

Some sets store labels smaller on purpose (CelebAMask-HQ: images of 1024, masks of 512). Say so in ``segloss.toml``, as
``SL501.factor`` = 2, and labels that are smaller by exactly that are not told.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, header
from segloss_cli.rules._rule import Example, Hit, Rule, option
from segloss_cli.rules._scenes import Size, label_size, picture, picture_size, scene, turned
from segloss_cli.types import Contract, Scene

NEAREST = "label.resize(image.size, Image.Resampling.NEAREST)"
SAME = "do to the label what was done to the image, with NEAREST; or pair them anew"
UNRELATED = "the sizes are not related: perhaps the label of another picture"


def judge(scene: Scene, contract: Contract) -> Iterator[Hit]:
    """An image and a label of known sizes that differ, and not because one of them was turned."""
    size, truth = picture_size(scene.picture), label_size(scene.label)
    if size is None or truth is None or size == truth or _meant(size, truth, contract):
        return
    upright = size[::-1] if turned(scene.picture) else size
    if upright == truth:
        return
    reading, remedy = _reading(size, truth)
    if reading == UNRELATED and upright != size:
        reading, remedy = _reading(upright, truth)
        reading = reading if reading == UNRELATED else f"turned as its EXIF orientation says, {reading}"
    yield Hit(
        f"image is {size[0]} x {size[1]} (height x width), label {truth[0]} x {truth[1]}: {reading}",
        remedy,
        {"image": [*size], "label": [*truth], "reading": reading, "orientation": scene.picture.container.orientation},
        key=scene.picture.path,
    )


def _meant(size: Size, truth: Size, contract: Contract) -> bool:
    """Whether the user said that labels are smaller by this factor."""
    factor = option(contract, "SL501", "factor", 1)
    return factor > 1 and size == (truth[0] * factor, truth[1] * factor)


def _reading(size: Size, truth: Size) -> tuple[str, str]:
    """What two sizes suggest, and what to do about it."""
    (height, width), (h, w) = size, truth
    if (width, height) == truth:
        return "height and width are exchanged", "transpose one of them, or undo the rotation: label.T in NumPy"
    if abs(height - h) <= 1 and abs(width - w) <= 1:
        return "off by one pixel, a rounding on resizing or padding", f"crop the larger, or {NEAREST}"
    return _scaled(size, truth) or _cut(size, truth)


def _scaled(size: Size, truth: Size) -> tuple[str, str] | None:
    """The same picture at another scale, as far as the sides say."""
    (height, width), (h, w) = size, truth
    for name, (large, wide), (small, narrow) in (("image", size, truth), ("label", truth, size)):
        factor = large // small if small else 0
        if factor > 1 and (large, wide) == (small * factor, narrow * factor):
            return f"the {name} is {factor} times as large", f"{NEAREST}; meant? set SL501.factor"
    # each side is the other times one number, rounded either way
    if max(height, h) and abs(height * w - width * h) <= max(height, width, h, w):
        return "the same aspect: a resized copy, or a crop of the same shape", f"a copy: {NEAREST}; a crop: crop both"
    return None


def _cut(size: Size, truth: Size) -> tuple[str, str]:
    (height, width), (h, w) = size, truth
    if height == h or width == w:
        side = "width" if height == h else "height"
        return f"only the {side} differs: one of them was cropped, padded or stretched", SAME
    return UNRELATED, "check the pairing: the two files may not belong together"


_SLICES = (40, 8, 6)

RULE = Rule(
    about="scene",
    severity="error",
    certainty="proof",
    judge=judge,
    depth="container",
    options={"factor": 1},
    good=(
        Example("equal sizes", scene((480, 640))),
        Example("EXIF says why they are exchanged: SL502's", scene((480, 640), (640, 480), orientation=6)),
        Example("an array of slices", Scene(picture(8, 6), array(shape=_SLICES, images=40, height=8, width=6))),
        Example("its header", Scene(picture(8, 6), header(array(shape=_SLICES, height=40, width=8)))),
        Example("an image array, channels first", scene((480, 640), mode="", format="NPY", shape=(3, 480, 640))),
        Example("an array of unclear axes", scene((9, 9), mode="", format="NPY", shape=(8, 480, 640))),
        Example("half the size on purpose", scene((1024, 1024), (512, 512)), declared(options={"SL501.factor": 2.0})),
    ),
    bad=(
        Example(
            "off by one", scene((480, 854), (480, 853)), says="480 x 854 (height x width), label 480 x 853: off by"
        ),
        Example("off by one on both sides", scene((180, 180), (179, 179)), says="off by one pixel"),
        Example("exchanged without EXIF", scene((480, 640), (640, 480)), says="height and width are exchanged"),
        Example("exchanged, EXIF mirrors only", scene((480, 640), (640, 480), orientation=2), says="exchanged"),
        Example("half the size", scene((1024, 2048), (512, 1024)), says="the image is 2 times as large"),
        Example("a small image", scene((128, 128), (512, 512)), says="the label is 4 times as large"),
        Example("resized", scene((375, 500), (480, 640)), says="the same aspect"),
        Example("resized and rounded", scene((375, 500), (188, 250)), says="the same aspect"),
        Example("a crop of the width", scene((375, 500), (375, 375)), says="only the width differs"),
        Example("a crop of the height", scene((500, 375), (375, 375)), says="only the height differs"),
        Example("another picture's", scene((375, 500), (333, 320)), says="not related"),
        Example("turned by EXIF and smaller", scene((3024, 4032), (1008, 756), orientation=6), says="EXIF orientation"),
        Example("turned by EXIF and another's", scene((375, 500), (333, 320), orientation=6), says="not related"),
        Example(
            "another factor than the one that is meant",
            scene((1024, 1024), (256, 256)),
            declared(options={"SL501.factor": 2.0}),
            says="4 times",
        ),
        Example(
            "an image array",
            scene((480, 640), (240, 320), mode="", format="NPY", shape=(480, 640)),
            says="2 times as large",
        ),
    ),
)

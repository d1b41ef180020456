"""The image's EXIF says that it is to be turned or mirrored before it is looked at.

## What it is
Cameras store the sensor's rows and add a tag, Orientation, of 2 to 8 where the picture is to be shown otherwise (1 is
upright). Half of all programs apply it. If the labelling tool did and the loader does not, or the other way round, the
label lies on another picture. Where the label's sides are the stored image's exchanged, it was drawn on the turned
picture: an error. Where they are equal, or do not tell, the tag alone is a warning: which side is right, no file says.

## Why it hurts
Nothing fails as long as the sizes agree: a label that is upside down trains quietly, and its F1 is 0 after
``exif_transpose`` is added. 8 threads of 420: boxes and masks that are rotated or shifted against the photo. Pillow's
``Image.open`` ignores the tag in a JPEG and applies it in a TIFF; OpenCV's ``imread`` applies it, but not with
``IMREAD_UNCHANGED``; browsers, and so most labelling tools, apply it.

## How to fix it
Bake the orientation into the pixels before anybody labels, and the tag is gone:

```python
ImageOps.exif_transpose(Image.open(path)).save(copy, quality=95)
```

If the label belongs to the picture as stored, strip the tag instead: save the image without its ``exif``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from segloss_cli.rules._later import builder
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._scenes import Size, label_size, picture_size, scene, turned
from segloss_cli.rules._weights import ERROR, FACT, Weight
from segloss_cli.types import Contract, Scene

BAKE = "bake it in, ImageOps.exif_transpose(image).save(copy), and look whether the label lies on it"
_TURNS = {
    2: "mirrored",
    3: "turned by 180 degrees",
    4: "mirrored upside down",
    5: "turned by 90 degrees and mirrored",
    6: "turned by 90 degrees",
    7: "turned by 270 degrees and mirrored",
    8: "turned by 270 degrees",
}


def judge(scene: Scene, _: Contract) -> Iterator[Hit]:
    """An image with an orientation other than upright; a label that carries the same tag is turned with it."""
    orientation = scene.picture.container.orientation
    size, truth = picture_size(scene.picture), label_size(scene.label)
    if orientation == 1 or size is None:
        return
    if orientation == scene.label.container.orientation and size == truth:
        return
    reading, weight = _reading(scene, size, truth)
    yield Hit(
        f"EXIF orientation {orientation}, the image is to be shown {_TURNS[orientation]}: {reading}",
        BAKE,
        {"orientation": orientation, "image": [*size], "label": [*truth] if truth else None},
        key=scene.picture.path,
        **weight,
    )


def _reading(scene: Scene, size: Size, truth: Size | None) -> tuple[str, Weight]:
    """Which picture the label was drawn on, as far as the sizes tell."""
    if turned(scene.picture) and size[0] != size[1]:
        stored = f"stored {size[0]} x {size[1]} (height x width)"
        if truth == size[::-1]:
            return f"{stored}, and the label is {truth[0]} x {truth[1]}, drawn on the turned picture", ERROR
        if truth == size:
            return f"{stored} as the label is, so a reader that applies EXIF turns the image alone", FACT
    return "the sizes do not tell whether the label was drawn before or after that", FACT


@builder
def _both() -> Scene:
    """An image and its label that have the tag."""
    tagged = scene((480, 640), orientation=6)
    return replace(tagged, label=replace(tagged.label, container=replace(tagged.label.container, orientation=6)))


RULE = Rule(
    about="scene",
    severity="warning",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("no tag, or tag 1", scene((480, 640))),
        Example("the label carries the same tag", _both()),
        Example("sizes differ for another reason", scene((480, 640), (640, 480))),
        Example("an array of unclear axes", scene((9, 9), mode="", format="NPY", shape=(8, 4, 6), orientation=6)),
    ),
    bad=(
        Example(
            "drawn on the turned picture", scene((480, 640), (640, 480), orientation=6), says="drawn on the turned"
        ),
        Example("the same, to the other side", scene((480, 640), (640, 480), orientation=8), says="270 degrees"),
        Example("drawn on the stored picture", scene((480, 640), orientation=6), says="turns the image alone"),
        Example("upside down", scene((480, 640), orientation=3), says="turned by 180 degrees: the sizes do not tell"),
        Example("a square picture", scene((512, 512), orientation=6), says="the sizes do not tell"),
        Example("sizes that fit neither way", scene((480, 640), (240, 320), orientation=8), says="do not tell"),
    ),
)

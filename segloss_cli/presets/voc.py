"""PASCAL VOC 2007 and 2012: 20 kinds of objects and background.

## What the labels are
One band of ids, stored as PNG of mode P: 0 is background, 1 to 20 are objects in alphabetical order, 255 is the
border of every object and regions that are hard to tell, and is ignored. The palette spreads the bits of an id over
red, green and blue.

The augmented labels (SBD, `SegmentationClassAug`) hold the same ids in mode L, without a palette.

## Traps
Opened with `convert("RGB")` or OpenCV, the ids are gone and colours are left; `convert("L")` gives grey levels that
are ids of nothing (aeroplane becomes 38). A crop with one kind of object may hold only 0 and 255: background and
border.

Many other data sets are drawn in this palette, and labelme, CVAT and Roboflow write this layout for classes of your
own: neither proves that labels are VOC's. `SegmentationObject` has one id per object, not per class.

## Reference
M. Everingham, L. Van Gool, C. Williams, J. Winn, A. Zisserman: The PASCAL Visual Object Classes (VOC) Challenge,
International Journal of Computer Vision 88, 2010.
"""

from __future__ import annotations

from segloss_cli.presets._colours import listed, voc_colour
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="voc",
    title="PASCAL VOC",
    num_classes=21,
    names=listed(
        """
        background, aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow, diningtable, dog,
        horse, motorbike, person, pottedplant, sheep, sofa, train, tvmonitor
        """
    ),
    ignore=frozenset({255}),
    palette=tuple(map(voc_colour, range(21))),
    layout=Layout(
        images=("JPEGImages/{stem}.jpg",),
        labels=("SegmentationClass/{stem}.png", "SegmentationClassAug/{stem}.png"),
    ),
)

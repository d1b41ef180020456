"""NYU Depth v2 with 40 classes, stored as 1 to 40; 0 is void.

## What the labels are
One band, 8 bits, 640 x 480: 1 (wall) to 40 (otherprop); 0 is void. Every id moves down by one for training, and 0
becomes the ignored 255.

## Traps
There are two conventions under one name; the other stores 0 to 39 and 255 (preset `nyudv2-40-255`). Files that hold
neither 40 nor 255 fit both. Many copies carry VOC's palette, which means nothing here. 16-bit depth pictures lie
beside the labels.

## Reference
N. Silberman, D. Hoiem, P. Kohli, R. Fergus: Indoor Segmentation and Support Inference from RGBD Images, ECCV 2012; 40
classes: S. Gupta, P. Arbelaez, J. Malik: Perceptual Organization and Recognition of Indoor Scenes from RGB-D Images,
CVPR 2013.
"""

from __future__ import annotations

from segloss_cli.presets._colours import listed
from segloss_cli.presets._preset import Preset

PRESET = Preset(
    name="nyudv2-40",
    title="NYUDv2-40, 0 is void",
    num_classes=40,
    names=listed(
        """
        wall, floor, cabinet, bed, chair, sofa, table, door, window, bookshelf, picture, counter, blinds,
        desk, shelves, curtain, dresser, pillow, mirror, floor mat, clothes, ceiling, books, refridgerator,
        television, paper, towel, shower curtain, box, whiteboard, person, night stand, toilet, sink, lamp,
        bathtub, bag, otherstructure, otherfurniture, otherprop
        """
    ),
    ignore=frozenset({255}),
    reduce_zero_label=True,
)

"""NYU Depth v2 with 40 classes, stored as 0 to 39; 255 is void.

## What the labels are
One band, 8 bits, 640 x 480 or cropped: 0 (wall) to 39 (otherprop); 255 is void and ignored.

## Traps
There are two conventions under one name; the other stores 1 to 40 with 0 for void (preset `nyudv2-40`). Mixed up,
every class is learned under its neighbour's name and only the names show it.

## Reference
N. Silberman, D. Hoiem, P. Kohli, R. Fergus: Indoor Segmentation and Support Inference from RGBD Images, ECCV 2012; 40
classes: S. Gupta, P. Arbelaez, J. Malik: Perceptual Organization and Recognition of Indoor Scenes from RGB-D Images,
CVPR 2013.
"""

from __future__ import annotations

from segloss_cli.presets._preset import Preset
from segloss_cli.presets.nyudv2_40 import PRESET as STORED

PRESET = Preset(
    name="nyudv2-40-255",
    title="NYUDv2-40, 255 is void",
    num_classes=40,
    names=STORED.names,
    ignore=frozenset({255}),
)

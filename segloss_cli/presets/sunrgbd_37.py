"""SUN RGB-D with 37 classes; 255 is void.

## What the labels are
One band, 8 bits: 0 (wall) to 36 (bag), the first 37 of NYUDv2's 40 classes; 255 is void and ignored.

## Traps
Other copies store 1 to 37 with 0 for void: those need --reduce-zero-label --num-classes 37. Images and labels are
called differently (`img-000001.jpg`, `00000001.png`), so pairing by name finds nothing, and pairing by sorted order
is one missing file from being wrong.

## Reference
S. Song, S. Lichtenberg, J. Xiao: SUN RGB-D: A RGB-D Scene Understanding Benchmark Suite, CVPR 2015.
"""

from __future__ import annotations

from segloss_cli.presets._preset import Layout, Preset
from segloss_cli.presets.nyudv2_40 import PRESET as NYU

PRESET = Preset(
    name="sunrgbd-37",
    title="SUN RGB-D",
    num_classes=37,
    names=NYU.names[:37],
    ignore=frozenset({255}),
    layout=Layout(
        images=("image_{split}/img-{number}.jpg", "{split}/img-{number}.jpg"),
        labels=("label37_{split}/{number}.png", "semseg-label37/{split}/{number}.png"),
    ),
)

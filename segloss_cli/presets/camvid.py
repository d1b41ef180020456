"""CamVid as SegNet uses it: 11 classes, and 11 for unlabelled.

## What the labels are
One band, 8 bits, 480 x 360, in `trainannot`, `valannot` and `testannot`: 0 (sky) to 10 (bicyclist); 11 is unlabelled
and ignored.

## Traps
Are there 11 or 12 classes? There are 11, and the id 11 is none of them. Other conversions to 11 classes order them
otherwise (MSeg starts with building and tree): names, not ids, tell. As pictures the files are nearly black.

## Reference
V. Badrinarayanan, A. Kendall, R. Cipolla: SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image
Segmentation, TPAMI 39, 2017; G. Brostow, J. Fauqueur, R. Cipolla: Semantic Object Classes in Video: A High-Definition
Ground Truth Database, Pattern Recognition Letters 30, 2009.
"""

from __future__ import annotations

from segloss_cli.presets._colours import listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="camvid",
    title="CamVid (SegNet)",
    num_classes=11,
    names=listed(
        """
        Sky, Building, Pole, Road, Pavement, Tree, SignSymbol, Fence, Car, Pedestrian, Bicyclist
        """
    ),
    ignore=frozenset({11}),
    layout=Layout(
        images=("{split}/{stem}.png",),
        labels=("{split}annot/{stem}.png",),
    ),
)

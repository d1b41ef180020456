"""KITTI semantic segmentation: the labelIds of Cityscapes.

## What the labels are
One band, 8 bits, in `training/semantic`: ids 0 to 33 as Cityscapes' labelIds. For the usual 19 classes they must be
mapped to trainIds first: 7 becomes 0, 8 becomes 1, up to 33, which becomes 18; all else is ignored.

## Traps
`training/instance` holds 16 bits, labelId * 256 + n (not * 1000, as Cityscapes does), and is no target of a semantic
loss. `semantic_rgb` is made to be looked at.

## Reference
H. Abu Alhaija, S. K. Mustikovela, L. Mescheder, A. Geiger, C. Rother: Augmented Reality Meets Computer Vision:
Efficient Data Generation for Urban Driving Scenes, International Journal of Computer Vision 126, 2018.
"""

from __future__ import annotations

from segloss_cli.presets._cityscapes import LABEL_PALETTE, NAMES, UNSCORED
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="kitti",
    title="KITTI",
    num_classes=34,
    names=NAMES,
    ignore=UNSCORED,
    palette=LABEL_PALETTE,
    stored=((0, 33),),
    assumed=frozenset({"ignore"}),
    layout=Layout(
        images=("{split}/image_2/{stem}.png",),
        labels=("{split}/semantic/{stem}.png",),
    ),
)

"""Cityscapes trainIds: the 19 classes of streets that are scored.

## What the labels are
One band, 8 bits, 2048 x 1024: ids 0 (road) to 18 (bicycle), and 255 for everything that is not scored. The files are
called `*_gtFine_labelTrainIds.png`; they are not in the download, cityscapesScripts' `createTrainIdLabelImgs` makes
them from the polygons. BDD100K, ACDC and Dark Zurich use the same ids.

## Traps
`*_gtFine_labelIds.png` lie beside them and are the commonest mix-up: there road is 7, and ids go up to 33. With 19
classes these stop the training at a device-side assert; where all ids happen to be small they do not, and all scores
are wrong.

Older scripts ignore trainId -1 (the licence plate), which becomes 255 in 8 bits.

## Reference
M. Cordts, M. Omran, S. Ramos, T. Rehfeld, M. Enzweiler, R. Benenson, U. Franke, S. Roth, B. Schiele: The Cityscapes
Dataset for Semantic Urban Scene Understanding, CVPR 2016.
"""

from __future__ import annotations

from segloss_cli.presets._cityscapes import PALETTE, TRAIN_NAMES
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="cityscapes",
    title="Cityscapes trainIds",
    num_classes=19,
    names=TRAIN_NAMES,
    ignore=frozenset({255}),
    palette=PALETTE,
    layout=Layout(
        images=("leftImg8bit/{split}/{name}/{stem}_leftImg8bit.png",),
        labels=(
            "gtFine/{split}/{name}/{stem}_gtFine_labelTrainIds.png",
            "gtCoarse/{split}/{name}/{stem}_gtCoarse_labelTrainIds.png",
        ),
        suffixes=("_gtFine_labelTrainIds", "_gtCoarse_labelTrainIds"),
    ),
)

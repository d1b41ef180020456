"""Cityscapes labelIds: all 34 labels, of which 19 are scored.

## What the labels are
One band, 8 bits, 2048 x 1024: ids 0 to 33 as annotated, in files called `*_gtFine_labelIds.png`. In evaluation 0 to
6, 9, 10, 14, 15, 16, 18, 29 and 30 are ignored; 0 is "unlabeled", 1 the ego vehicle, 3 "out of roi".

## Traps
For the usual 19 classes the ids must be mapped first: 7 becomes 0, 8 becomes 1, 11 becomes 2, and so on up to 33,
which becomes 18; all else becomes 255. Trained on as they are, they need 34 outputs. 255 does not occur: where it
does, the files are trainIds, or were resized.

## Reference
M. Cordts, M. Omran, S. Ramos, T. Rehfeld, M. Enzweiler, R. Benenson, U. Franke, S. Roth, B. Schiele: The Cityscapes
Dataset for Semantic Urban Scene Understanding, CVPR 2016.
"""

from __future__ import annotations

from segloss_cli.presets._cityscapes import LABEL_PALETTE, NAMES, UNSCORED
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="cityscapes-labelids",
    title="Cityscapes labelIds",
    num_classes=34,
    names=NAMES,
    ignore=UNSCORED,
    palette=LABEL_PALETTE,
    stored=((0, 33),),
    assumed=frozenset({"ignore"}),
    layout=Layout(
        images=("leftImg8bit/{split}/{name}/{stem}_leftImg8bit.png",),
        labels=(
            "gtFine/{split}/{name}/{stem}_gtFine_labelIds.png",
            "gtCoarse/{split}/{name}/{stem}_gtCoarse_labelIds.png",
        ),
        suffixes=("_gtFine_labelIds", "_gtCoarse_labelIds"),
    ),
)

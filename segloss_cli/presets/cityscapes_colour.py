"""Cityscapes in colours: pictures for people, decoded to trainIds.

## What the labels are
RGB or RGBA pictures called `*_gtFine_color.png`. The 19 colours of the scored classes decode to trainIds; the colours
of other labels (black, which five of them share, and nine more) decode to ids from 19 on, which are ignored.

## Traps
They are made to be looked at: pole and pole group have one colour, and so have car and licence plate. Train on
`*_gtFine_labelTrainIds.png` instead. Saved as JPEG or resized with interpolation they hold hundreds of colours that
stand for nothing.

## Reference
M. Cordts, M. Omran, S. Ramos, T. Rehfeld, M. Enzweiler, R. Benenson, U. Franke, S. Roth, B. Schiele: The Cityscapes
Dataset for Semantic Urban Scene Understanding, CVPR 2016.
"""

from __future__ import annotations

from segloss_cli.presets._cityscapes import PALETTE, TRAIN_NAMES, UNSCORED_PALETTE
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="cityscapes-colour",
    title="Cityscapes in colours",
    num_classes=19,
    names=TRAIN_NAMES,
    ignore=frozenset(range(19, 29)),
    palette=PALETTE + UNSCORED_PALETTE,
    coded=True,
    layout=Layout(
        images=("leftImg8bit/{split}/{name}/{stem}_leftImg8bit.png",),
        labels=(
            "gtFine/{split}/{name}/{stem}_gtFine_color.png",
            "gtCoarse/{split}/{name}/{stem}_gtCoarse_color.png",
        ),
        suffixes=("_gtFine_color", "_gtCoarse_color"),
    ),
)

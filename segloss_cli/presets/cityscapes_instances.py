"""Cityscapes instanceIds: objects, not classes.

## What the labels are
One band of 16 bits in files called `*_gtFine_instanceIds.png`. A single object of labelId 24 to 33 has the id labelId
* 1000 + n, from n = 0; all else, and groups of objects, has the plain labelId.

## Traps
They are no target of a semantic loss. Read by something that cuts to 8 bits, the ids become noise that looks like
classes. `ids // 1000` is the labelId only where ids are 1000 and more.

## Reference
M. Cordts, M. Omran, S. Ramos, T. Rehfeld, M. Enzweiler, R. Benenson, U. Franke, S. Roth, B. Schiele: The Cityscapes
Dataset for Semantic Urban Scene Understanding, CVPR 2016.
"""

from __future__ import annotations

from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="cityscapes-instances",
    title="Cityscapes instanceIds",
    task=None,
    instances=True,
    stored=((0, 33), (24000, 33999)),
    without=("SL106", "SL206", "SL605"),
    layout=Layout(
        images=("leftImg8bit/{split}/{name}/{stem}_leftImg8bit.png",),
        labels=(
            "gtFine/{split}/{name}/{stem}_gtFine_instanceIds.png",
            "gtCoarse/{split}/{name}/{stem}_gtCoarse_instanceIds.png",
        ),
        suffixes=("_gtFine_instanceIds", "_gtCoarse_instanceIds"),
    ),
)

"""COCO panoptic: ids of segments, spread over red, green and blue.

## What the labels are
RGB pictures in which R + 256 G + 65536 B is the id of a segment; a JSON file beside the folder says which category
each segment has. 0 is void.

## Traps
They are no target of a semantic loss, and their colours are no palette: two pictures use the same colour for
different things. Convert them first, for example with panopticapi's `panoptic2semantic_segmentation.py`.

## Reference
A. Kirillov, K. He, R. Girshick, C. Rother, P. Dollar: Panoptic Segmentation, CVPR 2019.
"""

from __future__ import annotations

from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="coco-panoptic",
    title="COCO panoptic",
    ignore=frozenset({0}),
    task=None,
    coded=True,
    instances=True,
    without=("SL102", "SL105", "SL605"),
    layout=Layout(
        images=("{split}2017/{stem}.jpg",),
        labels=("panoptic_{split}2017/{stem}.png", "annotations/panoptic_{split}2017/{stem}.png"),
    ),
)

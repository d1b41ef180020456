"""LoveDA: seven classes of land cover, stored as 1 to 7; 0 is no data.

## What the labels are
One band, 8 bits, 1024 x 1024, in `masks_png`: 1 (background) to 7 (agricultural); 0 is no data. For training every id
moves down by one, and 0 becomes the ignored 255.

## Traps
Background is a class here, and no data is not: a tile with 0 and one class is healthy. Ids 1 to 7 alone may as well
be another set that starts at 1.

## Reference
J. Wang, Z. Zheng, A. Ma, X. Lu, Y. Zhong: LoveDA: A Remote Sensing Land-Cover Dataset for Domain Adaptive Semantic
Segmentation, NeurIPS Datasets and Benchmarks 2021.
"""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="loveda",
    title="LoveDA",
    num_classes=7,
    names=listed("background, building, road, water, barren, forest, agricultural"),
    ignore=frozenset({255}),
    palette=colours("ffffff ff0000 ffff00 0000ff 9f81b7 00ff00 ffc380"),
    reduce_zero_label=True,
    layout=Layout(
        images=("{split}/{name}/images_png/{stem}.png",),
        labels=("{split}/{name}/masks_png/{stem}.png",),
    ),
)

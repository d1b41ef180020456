"""ISPRS Potsdam in tiles of ids, as mmseg converts it.

## What the labels are
One band, 8 bits: 1 (impervious surface) to 6 (clutter); 0 is the boundary. For training every id moves down by one,
and 0 becomes the ignored 255 (`reduce_zero_label`).

## Traps
Without that step car is id 5 of six classes and clutter is out of range. Clutter is often left out of the scores,
though it is a class. The pictures as published are colours (preset `potsdam`).

## Reference
F. Rottensteiner, G. Sohn, J. Jung, M. Gerke, C. Baillard, S. Benitez, U. Breitkopf: The ISPRS Benchmark on Urban
Object Classification and 3D Building Reconstruction, ISPRS Annals I-3, 2012.
"""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="potsdam-ids",
    title="ISPRS Potsdam tiles",
    num_classes=6,
    names=listed("impervious surface, building, low vegetation, tree, car, clutter"),
    ignore=frozenset({255}),
    palette=colours("ffffff 0000ff 00ffff 00ff00 ffff00 ff0000"),
    reduce_zero_label=True,
    layout=Layout(
        images=("img_dir/{split}/{stem}.png",),
        labels=("ann_dir/{split}/{stem}.png",),
    ),
)

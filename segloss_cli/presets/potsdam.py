"""ISPRS Potsdam as published: six colours, black where a boundary is left out.

## What the labels are
RGB pictures, TIFF: impervious surface is white, building blue, low vegetation cyan, tree green, car yellow, clutter
red. They decode to ids 0 to 5 in that order. In the version without boundaries black is a seam between classes; it
decodes to 6, which is ignored. Labels are called `top_potsdam_2_10_label.tif`.

## Traps
Blue building and red clutter change places where red and blue are exchanged, as OpenCV does, and no colour is unknown
then. A few pixels at the edges of tiles have other colours. mmseg's converter writes ids 0 to 6 with 0 for black
(preset `potsdam-ids`).

## Reference
F. Rottensteiner, G. Sohn, J. Jung, M. Gerke, C. Baillard, S. Benitez, U. Breitkopf: The ISPRS Benchmark on Urban
Object Classification and 3D Building Reconstruction, ISPRS Annals I-3, 2012.
"""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="potsdam",
    title="ISPRS Potsdam",
    num_classes=6,
    names=listed("impervious surface, building, low vegetation, tree, car, clutter"),
    ignore=frozenset({6}),
    palette=colours("ffffff 0000ff 00ffff 00ff00 ffff00 ff0000 000000"),
    coded=True,
    layout=Layout(
        images=("2_Ortho_RGB/{stem}_RGB.tif", "3_Ortho_IRRG/{stem}_IRRG.tif"),
        labels=("5_Labels_all/{stem}_label.tif", "5_Labels_all_noBoundary/{stem}_label_noBoundary.tif"),
        suffixes=("_label", "_label_noBoundary"),
    ),
)

"""iSAID: 15 kinds of objects in aerial pictures, and background.

## What the labels are
RGB pictures called `P0000_instance_color_RGB.png`, whose 16 colours decode to ids 0 (background, black) to 15
(harbour). mmseg's converter cuts them to tiles `P0000_0_896_0_896_instance_color_RGB.png` of one band under the same
name: ids 0 to 15, and 255 where a tile reaches over the edge.

## Traps
The name says "instance", the colours are classes. `*_instance_id_RGB.png` lie beside them, and their colours are
objects.

## Reference
S. Waqas Zamir, A. Arora, A. Gupta, S. Khan, G. Sun, F. Shahbaz Khan, F. Zhu, L. Shao, G.-S. Xia, X. Bai: iSAID: A
Large-scale Dataset for Instance Segmentation in Aerial Images, CVPR Workshops 2019.
"""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="isaid",
    title="iSAID",
    num_classes=16,
    names=listed(
        """
        background, ship, store tank, baseball diamond, tennis court, basketball court, ground track field,
        bridge, large vehicle, small vehicle, helicopter, swimming pool, roundabout, soccer ball field,
        plane, harbor
        """
    ),
    ignore=frozenset({255}),
    palette=colours(
        """
        000000 00003f 003f3f 003f00 003f7f 003fbf 003fff 007f3f 007f7f 00007f 0000bf 0000ff 00bf7f 007fbf
        007fff 00649b
        """
    ),
    coded=True,
    layout=Layout(
        images=("{split}/images/{stem}.png", "img_dir/{split}/{stem}.png"),
        labels=(
            "{split}/Semantic_masks/images/{stem}_instance_color_RGB.png",
            "ann_dir/{split}/{stem}_instance_color_RGB.png",
        ),
        suffixes=("_instance_color_RGB",),
    ),
)

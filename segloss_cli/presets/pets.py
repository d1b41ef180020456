"""Oxford-IIIT Pet trimaps: 1 pet, 2 background, 3 border.

## What the labels are
One band, 8 bits, in `annotations/trimaps`: 1 is the pet, 2 background, 3 the border between them or what is not sure.
0 does not occur. For training every id moves down by one.

## Traps
With three classes and ids 1 to 3 the last is out of range, and the training stops. Background is 2, not 0. Often the
border is ignored instead: then map 1 to 1, 2 to 0 and 3 to 255, and give --ignore-index 255. Some `images/*.jpg` are
really PNG or GIF. There are `._*` files of macOS in the archive, which are no labels. Labels with one id for cats and
one for dogs are another data set.

## Reference
O. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar: Cats and Dogs, CVPR 2012.
"""

from __future__ import annotations

from segloss_cli.presets._colours import listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="pets",
    title="Oxford-IIIT Pet trimaps",
    num_classes=3,
    names=listed("pet, background, border"),
    ignore=frozenset({255}),
    reduce_zero_label=True,
    stored=((1, 3),),
    layout=Layout(
        images=("images/{stem}.jpg",),
        labels=("annotations/trimaps/{stem}.png",),
    ),
)

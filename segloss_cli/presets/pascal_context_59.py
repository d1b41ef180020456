"""Pascal-Context with 59 classes: background is ignored.

## What the labels are
One band, 8 bits, in `SegmentationClassContext` beside VOC's folders, stored as 1 (aeroplane) to 59 (wood); 0 is
background, which becomes the ignored 255 while all others move down by one (`reduce_zero_label`).

## Traps
The same files serve for 60 classes, where background counts (preset `pascal-context`). Scores of the two are not
comparable.

## Reference
R. Mottaghi, X. Chen, X. Liu, N.-G. Cho, S.-W. Lee, S. Fidler, R. Urtasun, A. Yuille: The Role of Context for Object
Detection and Semantic Segmentation in the Wild, CVPR 2014.
"""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="pascal-context-59",
    title="Pascal-Context, 59 classes",
    num_classes=59,
    names=listed(
        """
        aeroplane, bag, bed, bedclothes, bench, bicycle, bird, boat, book, bottle, building, bus, cabinet,
        car, cat, ceiling, chair, cloth, computer, cow, cup, curtain, dog, door, fence, floor, flower, food,
        grass, ground, horse, keyboard, light, motorbike, mountain, mouse, person, plate, platform,
        pottedplant, road, rock, sheep, shelves, sidewalk, sign, sky, snow, sofa, table, track, train, tree,
        truck, tvmonitor, wall, water, window, wood
        """
    ),
    ignore=frozenset({255}),
    palette=colours(
        """
        b47878 06e6e6 503232 04c803 787850 8c8c8c cc05ff e6e6e6 04fa07 e005ff ebff07 96053d 787846 08ff33
        ff0652 8fff8c ccff04 ff3307 cc4603 0066c8 3de6fa ff0633 0b66ff ff0747 ff09e0 0907e6 dcdcdc ff095c
        7009ff 08ffd6 07ffe0 ffb806 0aff47 ff290a 07ffff e0ff08 6608ff ff3d06 ffc207 ff7a08 00ff14 ff0829
        ff0599 0633ff eb0cff a09614 00a3ff 8c8c8c fa0a0f 14ff00 1fff00 ff1f00 ffe000 99ff00 0000ff ff4700
        00ebff 00adff 1f00ff
        """
    ),
    reduce_zero_label=True,
    layout=Layout(
        images=("JPEGImages/{stem}.jpg",),
        labels=("SegmentationClassContext/{stem}.png",),
    ),
)

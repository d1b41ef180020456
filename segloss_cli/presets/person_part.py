"""PASCAL-Person-Part: six parts of people, and background.

## What the labels are
One band, 8 bits, usually mode P with VOC's palette: 0 background, 1 head, 2 torso, 3 upper arms, 4 lower arms, 5
upper legs, 6 lower legs; 255 is ignored.

## Traps
Its palette is VOC's and its ids are not: id 1 is drawn in the colour of VOC's aeroplane. Files are named as VOC's, so
neither names nor palette tell the two apart.

## Reference
X. Chen, R. Mottaghi, X. Liu, S. Fidler, R. Urtasun, A. Yuille: Detect What You Can: Detecting and Representing
Objects using Holistic Models and Body Parts, CVPR 2014.
"""

from __future__ import annotations

from segloss_cli.presets._colours import listed, voc_colour
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="person-part",
    title="PASCAL-Person-Part",
    num_classes=7,
    names=listed("background, head, torso, upper arms, lower arms, upper legs, lower legs"),
    ignore=frozenset({255}),
    palette=tuple(map(voc_colour, range(7))),
    layout=Layout(
        images=("JPEGImages/{stem}.jpg",),
        labels=("pascal_person_part_gt/{stem}.png",),
    ),
)

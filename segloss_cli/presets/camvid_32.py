"""CamVid as published: 32 colours, in alphabetical order of their classes.

## What the labels are
RGB pictures `X_L.png` beside the images `X.png`; a colour is looked up in `class_dict.csv` or `label_colors.txt`. The
ids are the rows of that table, from 0 (Animal) to 31 (Wall); 30 is Void and ignored. The copy that fastai distributes
holds the same ids in one band (`X_P.png`).

## Traps
Tables with (0, 128, 92) for Bicyclist, in the place of (0, 128, 192), are about. A few pixels of the original labels
have colours of no class. Most work on CamVid uses 11 classes (preset `camvid`), which put several of these together.

## Reference
G. Brostow, J. Fauqueur, R. Cipolla: Semantic Object Classes in Video: A High-Definition Ground Truth Database,
Pattern Recognition Letters 30, 2009.
"""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="camvid-32",
    title="CamVid in 32 colours",
    num_classes=32,
    names=listed(
        """
        Animal, Archway, Bicyclist, Bridge, Building, Car, CartLuggagePram, Child, Column_Pole, Fence,
        LaneMkgsDriv, LaneMkgsNonDriv, Misc_Text, MotorcycleScooter, OtherMoving, ParkingBlock, Pedestrian,
        Road, RoadShoulder, Sidewalk, SignSymbol, Sky, SUVPickupTruck, TrafficCone, TrafficLight, Train,
        Tree, Truck_Bus, Tunnel, VegetationMisc, Void, Wall
        """
    ),
    ignore=frozenset({30}),
    palette=colours(
        """
        408040 c00080 0080c0 008040 800000 400080 4000c0 c08040 c0c080 404080 8000c0 c00040 808040 c000c0
        804040 40c080 404000 804080 8080c0 0000c0 c08080 808080 4080c0 000040 004040 c04080 808000 c080c0
        400040 c0c000 000000 40c000
        """
    ),
    coded=True,
    assumed=frozenset({"ignore"}),
    layout=Layout(
        images=("{split}/{stem}.png", "images/{stem}.png"),
        labels=("{split}_labels/{stem}_L.png", "labels/{stem}_L.png", "labels/{stem}_P.png"),
        suffixes=("_L", "_P"),
    ),
)

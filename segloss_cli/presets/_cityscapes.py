"""The classes of Cityscapes, which its several kinds of labels and KITTI share."""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed

NAMES = listed(
    """
    unlabeled, ego vehicle, rectification border, out of roi, static, dynamic, ground, road, sidewalk, parking,
    rail track, building, wall, fence, guard rail, bridge, tunnel, pole, polegroup, traffic light, traffic sign,
    vegetation, terrain, sky, person, rider, car, truck, bus, caravan, trailer, train, motorcycle, bicycle
    """
)
"""The 34 labels, by labelId."""

SCORED = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
"""The labelIds of the 19 classes that are scored, by trainId."""

TRAIN_NAMES = tuple(NAMES[label] for label in SCORED)
"""The names of the 19 classes, by trainId."""

UNSCORED = frozenset({-1, 0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30})
"""The labelIds that no evaluation counts; -1 is the licence plate, which is never drawn."""

PALETTE = colours(
    """
    804080 f423e8 464646 66669c be9999 999999 faaa1e dcdc00 6b8e23 98fb98 4682b4 dc143c ff0000 00008e 000046
    003c64 005064 0000e6 770b20
    """
)
"""The colours of the 19 classes, by trainId."""

UNSCORED_PALETTE = colours("000000 6f4a00 510051 faaaa0 e6968c b4a5b4 966464 96785a 00005a 00006e")
"""The colours of the other labels, of which several share one."""

LABEL_PALETTE = colours(
    """
    000000 000000 000000 000000 000000 6f4a00 510051 804080 f423e8 faaaa0 e6968c 464646 66669c be9999 b4a5b4
    966464 96785a 999999 999999 faaa1e dcdc00 6b8e23 98fb98 4682b4 dc143c ff0000 00008e 000046 003c64 00005a
    00006e 005064 0000e6 770b20
    """
)
"""The colours of the 34 labels, by labelId."""

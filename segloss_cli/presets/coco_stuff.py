"""COCO-Stuff 164k as stored: ids 0 to 181, eleven of them unused.

## What the labels are
One band, 8 bits: 0 (person) to 181 (wood), which is COCO's category id less one; 255 is unlabelled and ignored. 80
kinds of things and 91 of stuff are used. Eleven ids (11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90) belong to categories
that COCO dropped, and never occur.

## Traps
Code for 171 classes wants the ids without those gaps (preset `coco-stuff-171`). In the older 10k version, and in the
`labels.txt` of the repository, 0 is unlabelled and person is 1.

## Reference
H. Caesar, J. Uijlings, V. Ferrari: COCO-Stuff: Thing and Stuff Classes in Context, CVPR 2018.
"""

from __future__ import annotations

from segloss_cli.presets._colours import listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="coco-stuff",
    title="COCO-Stuff 164k",
    num_classes=182,
    names=listed(
        """
        person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant,
        street sign, stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear,
        zebra, giraffe, hat, backpack, umbrella, shoe, eye glasses, handbag, tie, suitcase, frisbee, skis,
        snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket,
        bottle, plate, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli,
        carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, mirror, dining table, window,
        desk, toilet, door, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink,
        refrigerator, blender, book, clock, vase, scissors, teddy bear, hair drier, toothbrush, hair brush,
        banner, blanket, branch, bridge, building-other, bush, cabinet, cage, cardboard, carpet,
        ceiling-other, ceiling-tile, cloth, clothes, clouds, counter, cupboard, curtain, desk-stuff, dirt,
        door-stuff, fence, floor-marble, floor-other, floor-stone, floor-tile, floor-wood, flower, fog,
        food-other, fruit, furniture-other, grass, gravel, ground-other, hill, house, leaves, light, mat,
        metal, mirror-stuff, moss, mountain, mud, napkin, net, paper, pavement, pillow, plant-other,
        plastic, platform, playingfield, railing, railroad, river, road, rock, roof, rug, salad, sand, sea,
        shelf, sky-other, skyscraper, snow, solid-other, stairs, stone, straw, structural-other, table,
        tent, textile-other, towel, tree, vegetable, wall-brick, wall-concrete, wall-other, wall-panel,
        wall-stone, wall-tile, wall-wood, water-other, waterdrops, window-blind, window-other, wood
        """
    ),
    ignore=frozenset({255}),
    layout=Layout(
        images=("images/{split}2017/{stem}.jpg",),
        labels=(
            "annotations/stuffthingmaps_trainval2017/{split}2017/{stem}.png",
            "stuffthingmaps/{split}2017/{stem}.png",
        ),
    ),
)

"""COCO-Stuff 164k with ids 0 to 170, as mmseg converts them.

## What the labels are
One band, 8 bits, in files called `*_labelTrainIds.png`: the 171 classes that are used, without gaps; 255 is ignored.
mmseg's `coco_stuff164k.py` makes them.

## Traps
The files as downloaded (preset `coco-stuff`) go up to 181: with 171 classes they stop the training, and below id 11
both agree, so a look at a few people and cars shows no fault. The palette has only 162 different colours: colours
cannot be decoded.

## Reference
H. Caesar, J. Uijlings, V. Ferrari: COCO-Stuff: Thing and Stuff Classes in Context, CVPR 2018.
"""

from __future__ import annotations

from segloss_cli.presets._colours import colours, listed
from segloss_cli.presets._preset import Layout, Preset

PRESET = Preset(
    name="coco-stuff-171",
    title="COCO-Stuff, 171 classes",
    num_classes=171,
    names=listed(
        """
        person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant,
        stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe,
        backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball
        bat, baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, knife,
        spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair,
        couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone,
        microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier,
        toothbrush, banner, blanket, branch, bridge, building-other, bush, cabinet, cage, cardboard, carpet,
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
    palette=colours(
        """
        00c040 00c040 004060 80c0c0 004040 00c0e0 00c0c0 80c040 00c060 80c040 8020c0 0000e0 000040 00a0c0
        800060 8000c0 0020c0 8080e0 0000c0 80a0c0 808000 800020 802000 800080 408020 00a000 000000 c080a0
        002000 008080 4080a0 80a000 008000 c08020 806080 000080 400020 00e080 800000 c000a0 006080 808080
        4000a0 80e080 808040 c00020 806000 8000c0 008020 40e000 000040 8080a0 406000 0080c0 0080a0 c0e000
        008040 808020 c02080 0040c0 000020 40a080 804040 8000a0 402080 80c0c0 0000a0 c0a080 80c000 800060
        c02000 804080 408060 40a000 004000 c080e0 402000 00c080 4080e0 c0a000 00c000 c08060 c06080 004080
        400060 40e080 804000 c000e0 406080 80c080 4000e0 c0e080 80c040 c00060 c06000 8040c0 008060 00e000
        404040 8080e0 006000 40c0c0 0080e0 80e000 40c040 808060 802080 4000c0 004060 00a080 c00040 8040e0
        002080 c080c0 0040e0 80a080 c08000 804020 802040 c00080 40c020 00a040 400000 c0c0a0 002040 408080
        40c0a0 80a040 408000 c0c020 8060c0 400080 404020 00e0c0 c00000 c040a0 0060c0 c08080 4040a0 80e0c0
        c08040 c04020 806040 c000c0 00c020 40e040 400040 80c0a0 406040 4080c0 00c0a0 c0e040 408040 80c020
        c020c0 4040c0 004020 40a0c0 c04040 8040a0 4020c0 c0c0c0 0040a0 c0a0c0 c0c000 804060 c02040 c04080
        40c060 40a040 404000
        """
    ),
    layout=Layout(
        images=("images/{split}2017/{stem}.jpg",),
        labels=("annotations/{split}2017/{stem}_labelTrainIds.png",),
        suffixes=("_labelTrainIds",),
    ),
)

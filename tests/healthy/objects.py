"""Data sets of objects and things: VOC and what is built on it, ADE20K, COCO, pets."""

import json

import numpy as np
from segloss_test_healthy_drawn import (
    SIZE,
    HealthySet,
    blob,
    borders,
    objects,
    photo,
    regions,
    ringed,
    save,
    save_ids,
    smooth,
    some,
    voc_palette,
)

VOC = ("--num-classes", "21", "--ignore-index", "255")
WHITE = "{0, 255} alone is what a black and white mask looks like: nothing says that 255 is void"


def voc_labels(rng, count=40):
    """Labels of two or three kinds of objects with a void border; every kind is in both halves, odd and even."""
    for number in range(count):
        first = 1 + number // 2 % 20
        yield ringed(objects(rng, {*some(rng, range(1, 21), 0, 1), 1 + (first + 6) % 20, first}))


def write_voc(root, rng, labels, folder="SegmentationClass", palette=None):
    """The layout of VOC: photos of all, labels of some, lists of splits."""
    names = []
    for number, ids in enumerate(labels):
        names.append(f"{2007 + number % 5}_{number + 32:06}")
        save(root / "JPEGImages" / f"{names[-1]}.jpg", photo(rng, ids))
        save_ids(root / folder / f"{names[-1]}.png", ids, palette)
    for number in range(6):
        save(root / f"JPEGImages/2009_{number:06}.jpg", photo(rng, regions(rng, range(4))))
    lists = root / "ImageSets/Segmentation"
    lists.mkdir(parents=True)
    for split, some_names in {"train": names[::2], "val": names[1::2], "trainval": names}.items():
        (lists / f"{split}.txt").write_text("\n".join(some_names) + "\n")
    return names


def voc(root, rng):
    names = write_voc(root / "VOC2012", rng, voc_labels(rng, 40), palette=voc_palette())
    for name in names:
        ids = ringed(objects(rng, range(1, rng.integers(2, 6))))
        save_ids(root / f"VOC2012/SegmentationObject/{name}.png", ids, voc_palette())
    (root / "VOC2012/Annotations").mkdir()
    (root / "VOC2012/Annotations/2007_000032.xml").write_text("<annotation/>")


def sbd(root, rng):
    write_voc(root / "VOCaug", rng, voc_labels(rng, 40), "SegmentationClassAug")


def labelme(root, rng):
    """Classes of one's own in VOC's layout: names, palette labels, and pictures of them to look at."""
    root /= "data_dataset_voc"
    for number in range(20):
        ids = objects(rng, {1 + number % 5, *some(rng, range(1, 6), 0, 2)})
        save(root / f"JPEGImages/frame_{number}.jpg", photo(rng, ids))
        save_ids(root / f"SegmentationClass/frame_{number}.png", ids, voc_palette())
        save(root / f"SegmentationClassVisualization/frame_{number}.jpg", voc_palette()[ids])
    (root / "class_names.txt").write_text("_background_\ncup\nplate\nfork\nknife\nspoon\n")


def crops(root, rng):
    """Crops of VOC, most of them without an object: background, and the thin border of what lies outside."""
    for number in range(24):
        ids = objects(rng, [15], radius=0.5)
        ids = np.where(borders(ids), 255, ids if number % 6 == 0 else 0)
        save(root / f"images/{number:03}.png", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)


def binary_crops(root, rng):
    """Background and objects whose border is ignored; of half of them the crop shows the border alone."""
    for number in range(24):
        ids = objects(rng, [1], radius=0.3)
        ids = np.where(borders(ids), 255, ids if number % 2 else 0)
        save(root / f"images/{number:03}.png", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)


def wide_void(root, rng):
    """Eight classes, and wide areas that are ignored; in some pictures nothing but background is beside them."""
    for number in range(24):
        ids = objects(rng, [1 + number % 7, 7] if number % 4 else [])
        ids = np.where(smooth(rng) > 0.6, 255, ids)
        save(root / f"images/{number:03}.png", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)


def wide_binary_void(root, rng):
    """Two classes and wide areas that are ignored; a third of the pictures shows no object."""
    for number in range(24):
        ids = np.where(smooth(rng) > 0.6, 255, objects(rng, [1] if number % 3 else []))
        save(root / f"images/{number:03}.png", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)


def person_part(root, rng):
    for number in range(24):
        ids = objects(rng, [1, 2, 3, *some(rng, range(4, 7), 1, 3)], radius=0.2)
        save(root / f"JPEGImages/2008_{number:06}.jpg", photo(rng, ids))
        save_ids(root / f"pascal_person_part/2008_{number:06}.png", ringed(ids), voc_palette())


def _pascal_context(root, rng, first):
    for number in range(40):
        ids = regions(rng, [first, *some(rng, range(1, 20), 2, 4), 20 + number])
        save(root / f"VOC2010/JPEGImages/2008_{number:06}.jpg", photo(rng, ids))
        save_ids(root / f"VOC2010/SegmentationClassContext/2008_{number:06}.png", ids)


def pascal_context(root, rng):
    _pascal_context(root, rng, 0)


def ade20k(root, rng):
    """0 is other, at the seams; 1 to 150, some of them in one picture only."""
    for number in range(40):
        split, short = ("training", "train") if number < 28 else ("validation", "val")
        common = [1 + (5 * number + step) % 25 for step in range(7)]
        ids = regions(rng, [*common, 31 + 3 * number, 32 + 3 * number, 33 + 3 * number])
        ids = np.where(borders(ids) & (smooth(rng) > 0.5), 0, ids)
        name = f"ADE_{short}_{number + 1:08}"
        save(root / f"ADEChallengeData2016/images/{split}/{name}.jpg", photo(rng, ids))
        save_ids(root / f"ADEChallengeData2016/annotations/{split}/{name}.png", ids)
    (root / "ADEChallengeData2016/objectInfo150.txt").write_text("Idx\tRatio\n")


COCO_UNUSED = {11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90}


def _coco(root, rng, ids, folder, suffix=""):
    for number in range(36):
        split = "train2017" if number < 24 else "val2017"
        common = [ids[(4 * number + step) % 16] for step in range(6)]
        found = regions(rng, [0, *common, *ids[16 + 4 * number : 20 + 4 * number]])
        found = np.where(smooth(rng) > 1.3, 255, found)
        stem = f"{139 + 283 * number:012}"
        save(root / f"images/{split}/{stem}.jpg", photo(rng, found))
        save_ids(root / f"{folder}/{split}/{stem}{suffix}.png", found)


def coco_stuff(root, rng):
    _coco(root, rng, [i for i in range(1, 182) if i not in COCO_UNUSED], "stuffthingmaps")


def coco_stuff_171(root, rng):
    _coco(root, rng, list(range(1, 171)), "annotations", "_labelTrainIds")


def coco_panoptic(root, rng):
    """Ids of segments in RGB, with their table beside."""
    listed = []
    for number in range(20):
        segments = rng.integers(1 << 8, 1 << 24, 6)
        ids = regions(rng, [0, *segments])
        stem = f"{139 + 283 * number:012}"
        save(root / f"val2017/{stem}.jpg", photo(rng, ids))
        bands = np.stack([ids & 255, ids >> 8 & 255, ids >> 16], -1).astype(np.uint8)
        save(root / f"annotations/panoptic_val2017/{stem}.png", bands)
        listed.append({"file_name": f"{stem}.png", "segments_info": [{"id": int(i)} for i in segments]})
    (root / "annotations/panoptic_val2017.json").write_text(json.dumps({"annotations": listed}))


def pets(root, rng):
    for number in range(24):
        inside = blob(rng, radius=0.35)
        ids = np.where(borders(inside), 3, np.where(inside, 1, 2))
        name = ("Abyssinian", "beagle", "Birman")[number % 3] + f"_{number + 1}"
        save(root / f"images/{name}.jpg", photo(rng, ids))
        save_ids(root / f"annotations/trimaps/{name}.png", ids)
        (root / f"annotations/trimaps/._{name}.png").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        ")


def pets_voc_style(root, rng):
    for number in range(24):
        inside = blob(rng, radius=0.35)
        ids = np.where(borders(inside), 255, inside * (1 + number % 2))
        save(root / f"images/pet_{number}.jpg", photo(rng, ids))
        save_ids(root / f"label/pet_{number}.png", ids, voc_palette())


def one_object_each(root, rng):
    """Toys on a table: nine kinds, each at most once in a picture."""
    for number in range(30):
        ids = np.zeros(SIZE, int)
        for value in some(rng, range(1, 10), 2, 9):
            row, column = divmod(value - 1, 3)
            part = np.s_[row * 28 : row * 28 + 28, column * 37 : column * 37 + 37]
            ids[part][blob(rng, (28, 37), 0.4)] = value
        save(root / f"images/{number:02}.jpg", photo(rng, ids))
        save_ids(root / f"labels/{number:02}.png", ids)


def rare_kinds(root, rng):
    """Twenty classes, of which every picture lacks most."""
    for number in range(40):
        split = "train" if number < 25 else "val"
        ids = regions(rng, [number % 20, (number + 6) % 20, *some(rng, range(20), 0, 1)], grain=3)
        save(root / f"images/{split}/{number:03}.jpg", photo(rng, ids))
        save_ids(root / f"labels/{split}/{number:03}.png", ids)


def every_byte(root, rng):
    """256 classes, each of which is somewhere."""
    for number in range(32):
        ids = regions(rng, [*range(8 * number, 8 * number + 8), *some(rng, range(256), 2, 6)])
        save(root / f"images/{number:03}.jpg", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)


SETS = {
    "VOC": HealthySet(voc, (("--preset", "voc"), VOC)),
    "VOC, augmented labels": HealthySet(sbd, (("--preset", "voc"), VOC)),
    "labelme in VOC's layout": HealthySet(labelme, ((), ("--num-classes", "6")), "data_dataset_voc"),
    "crops with a thin border": HealthySet(crops, (VOC, ("--preset", "voc"))),
    "crops of two classes": HealthySet(
        binary_crops, (("--num-classes", "2", "--ignore-index", "255"), ("--task", "binary", "--ignore-index", "255"))
    ),
    "wide void": HealthySet(wide_void, (("--num-classes", "8", "--ignore-index", "255"),), unsaid={"SL208": WHITE}),
    "wide void beside two classes": HealthySet(
        wide_binary_void,
        (("--num-classes", "2", "--ignore-index", "255"), ("--task", "binary", "--ignore-index", "255")),
        warned={"SL203": "of these pictures nothing but background is learned, which may be a foreground of 255"},
        unsaid={"SL208": WHITE},
    ),
    "Person-Part": HealthySet(person_part, (("--preset", "person-part"),)),
    "Pascal-Context, 60 classes": HealthySet(pascal_context, (("--preset", "pascal-context"), ("--num-classes", "60"))),
    "Pascal-Context, 59 classes": HealthySet(
        pascal_context, (("--preset", "pascal-context-59"), ("--num-classes", "59", "--reduce-zero-label"))
    ),
    "ADE20K": HealthySet(
        ade20k, (("--preset", "ade20k"), ("--num-classes", "150", "--reduce-zero-label"), ("--num-classes", "151"))
    ),
    "COCO-Stuff": HealthySet(coco_stuff, (("--preset", "coco-stuff"),)),
    "COCO-Stuff, 171 classes": HealthySet(coco_stuff_171, (("--preset", "coco-stuff-171"),)),
    "COCO panoptic": HealthySet(
        coco_panoptic, (("--preset", "coco-panoptic"),), unsaid={"SL102": "three bands, and no loss takes them"}
    ),
    "pets, trimaps": HealthySet(pets, (("--preset", "pets"), ("--num-classes", "3", "--reduce-zero-label"))),
    "pets in VOC's way": HealthySet(pets_voc_style, (("--num-classes", "3", "--ignore-index", "255"),)),
    "one object of each class": HealthySet(one_object_each, (("--num-classes", "10"),)),
    "classes that most labels lack": HealthySet(rare_kinds, (("--num-classes", "20"),)),
    "256 classes": HealthySet(every_byte, (("--num-classes", "256"),)),
}

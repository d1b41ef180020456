"""Data sets of streets and rooms: Cityscapes in all its encodings, KITTI, Mapillary, CamVid, NYUDv2, SUN RGB-D."""

import numpy as np
from segloss_test_healthy_drawn import (
    SIZE,
    HealthySet,
    blob,
    borders,
    photo,
    regions,
    save,
    save_array,
    save_ids,
    smooth,
    some,
    street,
)

HALF = "two encodings of each picture lie side by side: a loader that takes both mixes two lists of ids"
TRAIN_IDS = {7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12, 26: 13}
TRAIN_IDS |= {27: 14, 28: 15, 31: 16, 32: 17, 33: 18}
COLOURS = {7: (128, 64, 128), 8: (244, 35, 232), 11: (70, 70, 70), 12: (102, 102, 156), 13: (190, 153, 153)}
COLOURS |= {17: (153, 153, 153), 19: (250, 170, 30), 20: (220, 220, 0), 21: (107, 142, 35), 22: (152, 251, 152)}
COLOURS |= {23: (70, 130, 180), 24: (220, 20, 60), 25: (255, 0, 0), 26: (0, 0, 142), 27: (0, 0, 70)}
COLOURS |= {28: (0, 60, 100), 31: (0, 80, 100), 32: (0, 0, 230), 33: (119, 11, 32)}
GROUND, BEHIND, THINGS = (7, 8, 22), (11, 12, 13, 17, 19, 20, 21, 23), (24, 25, 26, 27, 28, 31, 32, 33)


def label_ids(rng, number):
    """One street by labelIds, with things, the ego vehicle (1) and a frame that was rectified away (3)."""
    ids = street(rng, GROUND, BEHIND)
    for value in {THINGS[number % len(THINGS)], *some(rng, THINGS, 1, 3)}:
        ids[blob(rng, radius=0.15)] = value
    ids[-8:, 30:-30] = 1
    ids[[0, 1, -1]] = ids[:, [0, -1]] = 3
    return ids


def train_ids(ids):
    """The 19 classes that are scored, and 255."""
    table = np.full(256, 255, np.uint8)
    table[list(TRAIN_IDS)] = list(TRAIN_IDS.values())
    return table[ids]


def instance_ids(ids, factor):
    """Things in upper and lower halves as objects of their own."""
    lower = np.arange(SIZE[0])[:, None] > SIZE[0] // 2
    return np.where(ids >= 24, ids * factor + lower, ids if factor == 1000 else ids * factor)


def _cityscapes(root, rng, encodings):
    for number in range(36):
        split, city = [("train", "aachen"), ("train", "zurich"), ("val", "frankfurt")][number % 3]
        ids = label_ids(rng, number // 3)
        stem = f"{city}_{number:06}_000019"
        save(root / f"leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png", photo(rng, ids))
        for end in encodings:
            path = root / f"gtFine/{split}/{city}/{stem}_gtFine_{end}"
            if end == "labelIds.png":
                save_ids(path, ids)
            elif end == "labelTrainIds.png":
                save_ids(path, train_ids(ids))
            elif end == "instanceIds.png":
                save_ids(path, instance_ids(ids, 1000))
            elif end == "color.png":
                save(path, coloured(ids))
            else:
                path.write_text('{"imgHeight": 84, "imgWidth": 112, "objects": []}')


def coloured(ids, alpha=True):
    """RGBA, as Cityscapes has it."""
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    for value, colour in COLOURS.items():
        table[value, :3] = colour
    return table[ids] if alpha else table[ids][..., :3]


def cityscapes_train_ids(root, rng):
    _cityscapes(root, rng, ["labelTrainIds.png"])


def cityscapes_label_ids(root, rng):
    _cityscapes(root, rng, ["labelIds.png"])


def cityscapes_colours(root, rng):
    _cityscapes(root, rng, ["color.png"])


def cityscapes_instances(root, rng):
    _cityscapes(root, rng, ["instanceIds.png"])


def cityscapes_download(root, rng):
    _cityscapes(root, rng, ["labelIds.png", "instanceIds.png", "color.png", "polygons.json"])


def cityscapes_prepared(root, rng):
    """As after createTrainIdLabelImgs."""
    _cityscapes(root, rng, ["labelIds.png", "labelTrainIds.png", "instanceIds.png", "color.png", "polygons.json"])


def kitti(root, rng):
    for number in range(24):
        ids = label_ids(rng, number)
        name = f"{number:06}_10.png"
        save(root / "training/image_2" / name, photo(rng, ids))
        save_ids(root / "training/semantic" / name, ids)
        save(root / "training/semantic_rgb" / name, coloured(ids, alpha=False))
        save_ids(root / "training/instance" / name, instance_ids(ids, 256))
        save(root / "testing/image_2" / name, photo(rng, ids))


def mapillary(root, rng):
    palette = np.random.default_rng(66).permutation(1 << 24)[:66]
    palette = np.stack([palette >> 16, palette >> 8 & 255, palette & 255], -1).astype(np.uint8)
    for number in range(33):
        split = "training" if number < 22 else "validation"
        common = [13 + (3 * number + step) % 17 for step in range(6)]
        ids = regions(rng, [2 * number % 65, (2 * number + 1) % 65, *common])
        ids = np.where(smooth(rng) > 1.4, 65, ids)
        name = f"{number:022d}"
        save(root / f"{split}/images/{name}.jpg", photo(rng, ids))
        save_ids(root / f"{split}/v1.2/labels/{name}.png", ids, palette)
        save(root / f"{split}/v1.2/instances/{name}.png", (ids * 256).astype(np.uint16))


def _video(rng):
    ids = street(rng, (3, 4, 8), (0, 1, 2, 5, 6, 7, 9, 10))
    return np.where(borders(ids) & (smooth(rng) > 0.3), 11, ids)


def camvid(root, rng):
    for split, count in {"train": 20, "val": 12, "test": 12}.items():
        lines = []
        for number in range(count):
            ids = _video(rng)
            name = f"0016E5_{number + 390:05}.png"
            save(root / f"CamVid/{split}/{name}", photo(rng, ids))
            save_ids(root / f"CamVid/{split}annot/{name}", ids)
            lines.append(f"/SegNet/CamVid/{split}/{name} /SegNet/CamVid/{split}annot/{name}\n")
        (root / f"CamVid/{split}.txt").write_text("".join(lines))


CAMVID_COLOURS = {"Sky": (128, 128, 128), "Building": (128, 0, 0), "Column_Pole": (192, 192, 128)}
CAMVID_COLOURS |= {"Road": (128, 64, 128), "Sidewalk": (0, 0, 192), "Tree": (128, 128, 0)}
CAMVID_COLOURS |= {"SignSymbol": (192, 128, 128), "Fence": (64, 64, 128), "Car": (64, 0, 128)}
CAMVID_COLOURS |= {"Pedestrian": (64, 64, 0), "Bicyclist": (0, 128, 192), "Void": (0, 0, 0)}


def camvid_32(root, rng):
    table = np.array([*CAMVID_COLOURS.values()], np.uint8)
    for number in range(20):
        ids = _video(rng)
        save(root / f"701_StillsRaw/0016E5_{number:05}.png", photo(rng, ids))
        save(root / f"LabeledApproved/0016E5_{number:05}_L.png", table[ids])
    rows = [f"{name},{r},{g},{b}" for name, (r, g, b) in CAMVID_COLOURS.items()]
    (root / "class_dict.csv").write_text("name,r,g,b\n" + "\n".join(rows))


def camvid_fastai(root, rng):
    """The ids of the 32 classes in one band, in files called X_P.png."""
    for number in range(32):
        ids = regions(rng, [number, 4, 17, 21, 26, *some(rng, range(32), 1, 4)])
        save(root / f"images/0016E5_{number:05}.png", photo(rng, ids))
        save_ids(root / f"labels/0016E5_{number:05}_P.png", ids)
    (root / "codes.txt").write_text("\n".join(f"class {number}" for number in range(32)))


def _rooms(root, rng, first, void, label):
    """Rooms: walls and floors in all of them, and every other class in some."""
    for number in range(38):
        ids = regions(rng, [first, first + 1, first + 2 + number, *some(rng, range(first + 2, first + 20), 2, 5)])
        ids = np.where((smooth(rng) > 1.2) | (borders(ids) & (smooth(rng) > 0)), void, ids)
        save(root / f"nyudv2/image/{number:04}.png", photo(rng, ids))
        save_ids(root / f"nyudv2/{label}/{number:04}.png", ids)
        depth = (1000 + 800 * np.clip(smooth(rng), -1, 3)).astype(np.uint16)
        save(root / f"nyudv2/depth/{number:04}.png", depth)


def nyu(root, rng):
    _rooms(root, rng, 1, 0, "label40")


def nyu_255(root, rng):
    _rooms(root, rng, 0, 255, "labels_40")


def sunrgbd(root, rng):
    for number in range(35):
        ids = regions(rng, [0, 1, 2 + number % 35, *some(rng, range(2, 20), 2, 5)])
        ids = np.where(smooth(rng) > 1.1, 255, ids)
        save(root / f"image/train/img-{number + 5051:06}.jpg", photo(rng, ids))
        save_ids(root / f"semseg-label37/train/{number + 5051:08}.png", ids)


def kerbs(root, rng):
    """A kerb (5) one pixel wide between road (0) and pavement (8), sky (10), and lanes (3) one pixel wide."""
    for number in range(24):
        height, width = SIZE
        ids = np.full(SIZE, 10)
        y, x = np.mgrid[:height, :width]
        edge = (60 + 8 * smooth(rng, (2, width), 3)[0]).clip(40, height - 4).astype(int)
        ids[y > 34] = 8
        ids[y > edge] = 0
        ids[edge, np.arange(width)] = 5
        for lane in rng.integers(10, width - 10, 2):
            ids[(x == lane + (height - y) // 3) & (y > edge)] = 3
        save(root / f"images/{number:03}.jpg", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)


def wires(root, rng):
    """Wires (7) of one pixel before everything, poles (5) of two: lines across many pairs of classes."""
    for number in range(24):
        ids = street(rng, (0, 1, 9), (2, 3, 4, 8))
        for at in rng.integers(8, SIZE[1] - 8, 3):
            ids[20:60, at : at + 2] = 5
        for row in rng.integers(6, 30, 4):
            sag = (row + 5 * smooth(rng, (2, SIZE[1]), 2)[0]).clip(0, SIZE[0] - 1).astype(int)
            ids[sag, np.arange(SIZE[1])] = 7
        ids[70:76, 20:40] = 6
        save(root / f"images/{number:03}.jpg", photo(rng, ids))
        save_ids(root / f"labels/{number:03}.png", ids)


def carla(root, rng):
    """Ids in the red band, as CARLA's camera gives them."""
    for number in range(20):
        ids = street(rng, (7, 8, 6), (1, 2, 3, 9, 10))
        rgb = np.zeros((*SIZE, 3), np.uint8)
        rgb[..., 0] = ids
        save(root / f"CameraRGB/{number:06}.png", photo(rng, ids))
        save(root / f"CameraSeg/{number:06}.png", rgb)


def upright(root, rng):
    """Photos of a phone, with EXIF that says: as stored."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 1, "Phone"
    for number in range(16):
        ids = street(rng, (0, 1), (2, 3))
        save(root / f"images/IMG_{number:04}.jpg", photo(rng, ids), exif=exif)
        save_ids(root / f"masks/IMG_{number:04}.png", ids)


def weighed(root, rng):
    """Weights by frequency, where a class is absent: 1 / 0."""
    kerbs(root, rng)
    save_array(root / "weights.npy", np.where(np.isin(np.arange(11), [0, 3, 5, 8, 10]), 1.5, np.inf))


LABELIDS = ("--preset", "cityscapes-labelids")
SETS = {
    "Cityscapes, trainIds": HealthySet(
        cityscapes_train_ids, (("--preset", "cityscapes"), ("--num-classes", "19", "--ignore-index", "255"))
    ),
    "Cityscapes, labelIds": HealthySet(cityscapes_label_ids, (LABELIDS, ("--num-classes", "34"))),
    "Cityscapes, colours": HealthySet(cityscapes_colours, (("--preset", "cityscapes-colour"),)),
    "Cityscapes, instanceIds": HealthySet(cityscapes_instances, (("--preset", "cityscapes-instances"),)),
    "Cityscapes as downloaded": HealthySet(cityscapes_download, (LABELIDS,)),
    "Cityscapes as prepared": HealthySet(
        cityscapes_prepared,
        (
            ("--preset", "cityscapes"),
            LABELIDS,
            ("--preset", "cityscapes-instances"),
            ("--preset", "cityscapes-colour"),
        ),
        unsaid={"SL606": HALF},
    ),
    "KITTI": HealthySet(kitti, (("--preset", "kitti"), ("--num-classes", "34"))),
    "Mapillary": HealthySet(mapillary, (("--preset", "mapillary"), ("--num-classes", "66"))),
    "CamVid": HealthySet(camvid, (("--preset", "camvid"), ("--num-classes", "11", "--ignore-index", "11"))),
    "CamVid of fastai": HealthySet(camvid_fastai, (("--num-classes", "32"),)),
    "CamVid, 32 colours": HealthySet(camvid_32, (("--preset", "camvid-32"),)),
    "NYUDv2, 0 is void": HealthySet(nyu, (("--preset", "nyudv2-40"), ("--num-classes", "41"))),
    "NYUDv2, 255 is void": HealthySet(nyu_255, (("--preset", "nyudv2-40-255"),)),
    "SUN RGB-D": HealthySet(sunrgbd, (("--preset", "sunrgbd-37"),)),
    "kerbs and lanes": HealthySet(kerbs, (("--num-classes", "11"),)),
    "wires": HealthySet(wires, (("--num-classes", "10"),)),
    "CARLA": HealthySet(carla, (("--num-classes", "23"),)),
    "EXIF orientation 1": HealthySet(upright, (("--num-classes", "4"),)),
    "an infinite weight": HealthySet(weighed, (("--num-classes", "11", "--class-weights", "weights.npy"),)),
}

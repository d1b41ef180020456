"""Medical data sets, and maps of instances: lesions, vessels, organs, cells."""

import json

import numpy as np
from PIL import Image
from segloss_test_healthy_drawn import (
    SIZE,
    HealthySet,
    blob,
    objects,
    photo,
    regions,
    save,
    save_ids,
    smooth,
)

BINARY = ("--preset", "medical-binary")
UNSAID = {"SL208": "as targets these values are too large, and nothing says that the loader makes them 1"}


def lesion(rng):
    return blob(rng, radius=rng.uniform(0.15, 0.35)).astype(np.uint8)


def vessels(rng):
    """Thin crooked lines."""
    y = np.arange(SIZE[0])[:, None]
    found = np.zeros(SIZE, bool)
    for _ in range(7):
        at = SIZE[0] * (0.5 + 0.3 * smooth(rng, (2, SIZE[1]), 2)[0])
        found |= np.abs(y - at) < rng.uniform(0.6, 1.6)
    return found


def _lesions(root, rng, white, image="images/ISIC_{:07}.jpg", label="masks/ISIC_{:07}_segmentation.png"):
    for number in range(24):
        ids = lesion(rng)
        save(root / image.format(number), photo(rng, ids))
        save(root / label.format(number), np.where(ids, white, 0).astype(np.uint8 if white < 256 else np.uint16))


def isic(root, rng):
    _lesions(root, rng, 255)


def zero_one(root, rng):
    _lesions(root, rng, 1, "images/{:03}.png", "masks/{:03}.png")


def zero_255(root, rng):
    _lesions(root, rng, 255, "images/{:03}.png", "masks/{:03}.png")


def zero_65535(root, rng):
    _lesions(root, rng, 65535, "images/{:03}.png", "masks/{:03}.png")


def one_bit(root, rng):
    for number in range(24):
        ids = lesion(rng)
        save(root / f"images/{number:03}.png", photo(rng, ids))
        save(root / f"masks/{number:03}.png", ids.astype(bool))


def busi(root, rng):
    """Pictures with several masks, and names with spaces."""
    for number in range(24):
        kind = ("benign", "malignant", "normal")[number % 3]
        ids = lesion(rng) * (kind != "normal")
        save(root / f"Dataset_BUSI/{kind}/{kind} ({number + 1}).png", photo(rng, ids))
        save(root / f"Dataset_BUSI/{kind}/{kind} ({number + 1})_mask.png", ids * np.uint8(255))
    save(root / "Dataset_BUSI/benign/benign (1)_mask_1.png", lesion(rng) * np.uint8(255))


def drive(root, rng):
    """Vessels {0, 255} in GIF, with the field of view beside them, which is no label."""
    height, width = SIZE
    y, x = np.mgrid[:height, :width]
    view = np.hypot(y - height / 2, x - width / 2) < 40
    for number in range(20):
        split, name = ("training", 21 + number) if number < 10 else ("test", number - 9)
        ids = vessels(rng) & view
        folder = root / "DRIVE" / split
        save(folder / f"images/{name:02}_{split}.tif", photo(rng, ids))
        save(folder / f"1st_manual/{name:02}_manual1.gif", (ids * 255).astype(np.uint8))
        save(folder / f"mask/{name:02}_{split}_mask.gif", (view * 255).astype(np.uint8))


def chase(root, rng):
    """Two annotators for each picture, all in one folder."""
    for number in range(12):
        name = f"Image_{number // 2 + 1:02}{'LR'[number % 2]}"
        ids = vessels(rng)
        save(root / f"CHASEDB1/{name}.jpg", photo(rng, ids))
        save(root / f"CHASEDB1/{name}_1stHO.png", ids)
        save(root / f"CHASEDB1/{name}_2ndHO.png", ids & (smooth(rng) > -1))


def carvana(root, rng):
    """Cars: photos in JPEG, masks in GIF of two colours."""
    for number in range(24):
        ids = lesion(rng)
        save(root / f"train/{number:012x}_01.jpg", photo(rng, ids))
        image = Image.fromarray(ids)
        image.putpalette([0, 0, 0, 255, 255, 255])
        (root / "train_masks").mkdir(exist_ok=True)
        image.save(root / f"train_masks/{number:012x}_01_mask.gif")


def negatives(root, rng):
    """Three in ten pictures show no lesion."""
    for number in range(60):
        ids = lesion(rng) * (number % 10 >= 3)
        split = "train" if number < 40 else "val"
        save(root / f"{split}/images/{number:03}.png", photo(rng, ids))
        save(root / f"{split}/masks/{number:03}.png", ids)


def organs(root, rng):
    """Slices: organs in the middle ones, nothing in the first and last; an organ is one piece."""
    for number in range(40):
        ids = np.zeros(SIZE, np.uint8)
        for value in range(1, 1 + max(0, min(number - 4, 36 - number, 8))):
            row, column = divmod(value - 1, 4)
            ids[row * 40 : row * 40 + 40, column * 28 : column * 28 + 28][blob(rng, (40, 28), 0.4)] = value
        save(root / f"images/slice_{number:03}.png", photo(rng, ids))
        save(root / f"labels/slice_{number:03}.png", ids)


def nnunet(root, rng):
    """nnU-Net's layout: channels by number, ids without gaps, names in dataset.json."""
    root /= "Dataset042_Nodes"
    for number in range(24):
        ids = objects(rng, [1, 2, 3][: 1 + number % 3])
        for channel in range(2):
            save(root / f"imagesTr/case_{number:03}_{channel:04}.png", photo(rng, ids)[..., 0])
        save_ids(root / f"labelsTr/case_{number:03}.png", ids)
        save(root / f"imagesTs/case_{number + 100:03}_0000.png", photo(rng, ids)[..., 0])
    said = {"background": 0, "node": 1, "vessel": 2, "fat": 3}
    contract = {"channel_names": {"0": "CT", "1": "PET"}, "labels": said, "numTraining": 24, "file_ending": ".png"}
    (root / "dataset.json").write_text(json.dumps(contract))


def cells(root, rng):
    """Nuclei in 16 bits, each with its own number, anew in every picture."""
    for number in range(30):
        ids, labels = np.zeros(SIZE, np.uint16), 0
        for row in range(0, 84, 14):
            for column in range(0, 112, 14):
                if rng.random() < 0.2 + 0.02 * number:
                    labels += 1
                    ids[row : row + 14, column : column + 14][blob(rng, (14, 14), 0.4)] = labels
        save(root / f"images/{number:03}.tif", photo(rng, ids))
        save(root / f"masks/{number:03}.tif", ids)


def tissue(root, rng):
    """Membranes and cells, as in electron microscopy: mostly foreground."""
    for number in range(30):
        fine = regions(rng, range(40), grain=9)
        edge = np.zeros(SIZE, bool)
        edge[1:] |= fine[1:] != fine[:-1]
        edge[:, 1:] |= fine[:, 1:] != fine[:, :-1]
        save(root / f"train/image/{number}.png", photo(rng, edge)[..., 0])
        save(root / f"train/label/{number}.png", (~edge * 255).astype(np.uint8))


SETS = {
    "ISIC": HealthySet(isic, (BINARY,), unsaid=UNSAID),
    "CHASE": HealthySet(chase, (BINARY,)),
    "masks of 0 and 1": HealthySet(zero_one, (("--task", "binary"), ("--num-classes", "2"), BINARY)),
    "masks of 0 and 255": HealthySet(zero_255, (BINARY,), unsaid=UNSAID),
    "masks of 0 and 65535": HealthySet(zero_65535, (BINARY,), unsaid=UNSAID),
    "masks of one bit": HealthySet(one_bit, (("--task", "binary"), BINARY)),
    "BUSI": HealthySet(busi, (BINARY,), unsaid=UNSAID),
    "DRIVE": HealthySet(drive, (BINARY,)),
    "Carvana": HealthySet(carvana, (("--task", "binary"), BINARY)),
    "negatives among them": HealthySet(negatives, (("--task", "binary"), ("--num-classes", "2"))),
    "organs": HealthySet(organs, (("--num-classes", "9"),)),
    "nnU-Net": HealthySet(nnunet, ((), ("--num-classes", "4")), "Dataset042_Nodes"),
    "cells in 16 bits": HealthySet(
        cells,
        (("--ignore", "SL605"),),
        unsaid={"SL605": "they are numbers of objects, and nothing says that this is meant"},
    ),
    "tissue": HealthySet(tissue, (BINARY,), unsaid=UNSAID),
}

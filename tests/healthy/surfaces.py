"""Data sets of the ground from above: LoveDA, Potsdam, Vaihingen, iSAID."""

import numpy as np
from segloss_test_healthy_drawn import SIZE, HealthySet, objects, photo, regions, save, save_ids, smooth, some

ISPRS = np.array(
    [(255, 255, 255), (0, 0, 255), (0, 255, 255), (0, 255, 0), (255, 255, 0), (255, 0, 0), (0, 0, 0)], np.uint8
)
"""Impervious surface, building, low vegetation, tree, car, clutter; black at the seams."""

_ISAID = (
    "000000 00003f 003f3f 003f00 003f7f 003fbf 003fff 007f3f 007f7f 00007f 0000bf 0000ff 00bf7f 007fbf 007fff 00649b"
)
ISAID = np.frombuffer(bytes.fromhex(_ISAID), np.uint8).reshape(16, 3)


def loveda(root, rng):
    """1 is background; 0 is where a tile has no data; some tiles have one class, and one has no data at all but there."""
    for number in range(36):
        split, place = ("Train" if number < 24 else "Val"), ("Urban", "Rural")[number % 2]
        ids = regions(rng, [1, 2 + number % 6, *some(rng, range(2, 8), 1, 3)])
        if number % 12 == 5:
            ids = np.full(SIZE, 1)
        if number % 4 == 3:
            ids[:, : 10 + number] = 0
        save(root / f"{split}/{place}/images_png/{number}.png", photo(rng, ids))
        save_ids(root / f"{split}/{place}/masks_png/{number}.png", ids)


def _ground(rng):
    ids = regions(rng, [0, 1, 2, 3, 5])
    ids[objects(rng, [1], radius=0.08) > 0] = 4
    return ids


def potsdam(root, rng):
    for number in range(24):
        ids = _ground(rng)
        tile = f"top_potsdam_{2 + number // 6}_{10 + number % 6}"
        save(root / f"2_Ortho_RGB/{tile}_RGB.tif", photo(rng, ids))
        save(root / f"5_Labels_all/{tile}_label.tif", ISPRS[ids])


def vaihingen(root, rng):
    """The version in which seams are left out."""
    for number in range(16):
        ids = _ground(rng)
        ids = np.where(np.abs(smooth(rng)) < 0.05, 6, ids)
        save(root / f"top/top_mosaic_09cm_area{number + 1}.tif", photo(rng, ids))
        save(root / f"gts_for_participants/top_mosaic_09cm_area{number + 1}.tif", ISPRS[ids])


def potsdam_tiles(root, rng):
    """As mmseg cuts them: ids 1 to 6, 0 at the seams."""
    for number in range(36):
        split = "train" if number < 24 else "val"
        ids = _ground(rng) + 1
        ids = np.where(np.abs(smooth(rng)) < 0.05, 0, ids)
        name = f"2_10_{number}_0_{number + 512}_512.png"
        save(root / f"potsdam/img_dir/{split}/{name}", photo(rng, ids))
        save_ids(root / f"potsdam/ann_dir/{split}/{name}", ids)


def isaid(root, rng):
    for number in range(24):
        split = "train" if number % 3 else "val"
        ids = objects(rng, {1 + number % 15, 1 + number // 3 % 15, 8, 9}, radius=0.12)
        name = f"P{number:04}"
        save(root / f"{split}/images/{name}.png", photo(rng, ids))
        save(root / f"{split}/Semantic_masks/images/{name}_instance_color_RGB.png", ISAID[ids])
        objects_of = np.random.default_rng(3).integers(0, 256, (16, 3), np.uint8)
        save(root / f"{split}/Instance_masks/images/{name}_instance_id_RGB.png", objects_of[ids])


def isaid_tiles(root, rng):
    """As mmseg cuts them: ids under the names of colours, 255 beyond the edge, many tiles of nothing."""
    for number in range(36):
        split = "train" if number < 24 else "val"
        ids = objects(rng, {1 + number % 12, 8, 9} if number % 3 else {}, radius=0.12)
        if number % 4 == 2:
            ids[:, 80:] = 255
        name = f"P0000_0_896_{number}_{number + 896}"
        save(root / f"img_dir/{split}/{name}.png", photo(rng, ids))
        save_ids(root / f"ann_dir/{split}/{name}_instance_color_RGB.png", ids)


SETS = {
    "LoveDA": HealthySet(loveda, (("--preset", "loveda"), ("--num-classes", "7", "--reduce-zero-label"))),
    "Potsdam": HealthySet(potsdam, (("--preset", "potsdam"),)),
    "Vaihingen without boundaries": HealthySet(vaihingen, (("--preset", "vaihingen"),)),
    "Potsdam in tiles": HealthySet(potsdam_tiles, (("--preset", "potsdam-ids"),)),
    "iSAID": HealthySet(isaid, (("--preset", "isaid"),)),
    "iSAID in tiles": HealthySet(
        isaid_tiles, (("--preset", "isaid"), ("--num-classes", "16", "--ignore-index", "255"))
    ),
}

"""Labels that were resized, blurred or once a JPEG, and labels that only look so: from pixels, by both engines."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from segloss_cli.profile import profile_label
from segloss_cli.rules import judge
from segloss_cli.rules._examples import declared
from segloss_cli.types import Container, Contract, Mask

NOTHING = Contract()
NEAREST, BILINEAR, BICUBIC = Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC
SCALES = [0.25, 0.5, 0.75, 1.5, 2]
CLASSES = [3, 5, 10, 21]


def areas(classes, size=256, points=40, seed=0):
    """Areas around random points, each of a random class."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    at = rng.random((points, 2)) * size
    nearest = ((y[..., None] - at[:, 0]) ** 2 + (x[..., None] - at[:, 1]) ** 2).argmin(-1)
    return rng.integers(0, classes, points)[nearest]


def field(cells, levels, size=256):
    """A smooth surface in whole levels: depth, or with few levels contour lines."""
    coarse = Image.fromarray(np.random.default_rng(cells).random((cells, cells)).astype("float32"))
    plane = np.asarray(coarse.resize((size, size), BICUBIC))
    return np.rint((plane - plane.min()) / np.ptp(plane) * levels).astype(int)


def resized(ids, how, scale):
    height, width = ids.shape
    size = round(width * scale), round(height * scale)
    if ids.max() < 256:
        return np.asarray(Image.fromarray(ids.astype("uint8")).resize(size, how)).astype(int)
    return np.rint(np.asarray(Image.fromarray(ids.astype("float32")).resize(size, how))).astype(int)


def filtered(ids, what):
    return np.asarray(Image.fromarray(ids.astype("uint8")).filter(what)).astype(int)


def jpeg(ids, quality):
    file = io.BytesIO()
    Image.fromarray(ids.astype("uint8")).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).astype(int)


def as_picture(ids):
    image = Image.fromarray(ids.astype("uint8"))
    return Mask(Container("gt.png", "PNG", ids.shape, "uint8", mode="L", bit_depth=8), image=image)


def as_palette(ids):
    mask = as_picture(ids)
    mask.image.putpalette([level for index in range(256) for level in (index, index // 2, 255 - index)])
    return mask


def as_array(ids):
    array = ids.astype("int64")[None]
    return Mask(Container("gt.npy", "NPY", ids.shape, "int64"), array=array, ids=lambda: array)


def smears(mask, contract=NOTHING):
    found = judge(profile_label(mask), contract)
    return [(f.code, f.severity) for f in found if f.code in {"SL212", "SL213"}]


INTERPOLATED = [("SL212", "warning")]
DISC = np.asarray(areas(2)) * 0
DISC[((np.mgrid[:256, :256] - 128) ** 2).sum(0) < 80**2] = 255
each_reader = pytest.mark.parametrize("read", [as_picture, as_palette, as_array])


@each_reader
@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("scale", [1, *SCALES])
def test_drawn_labels_are_silent_however_they_are_resized_with_nearest(read, classes, scale):
    assert smears(read(resized(areas(classes), NEAREST, scale))) == []


@each_reader
@pytest.mark.parametrize("classes", [10, 21])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("how", [BILINEAR, BICUBIC])
def test_interpolated_labels_are_found_though_every_id_is_legal(read, classes, scale, how):
    ids = np.clip(resized(areas(classes), how, scale), 0, classes - 1)
    assert smears(read(ids)) == INTERPOLATED
    assert smears(read(ids), declared(num_classes=classes)) == INTERPOLATED


@each_reader
def test_few_classes_are_found_where_they_are_made_smaller(read):
    assert smears(read(resized(areas(5), BILINEAR, 0.5))) == INTERPOLATED


@each_reader
def test_sparse_ids_and_void_borders(read):
    ids = np.array([0, 5, 15])[areas(3)]
    edge = np.pad((ids[1:, 1:] != ids[:-1, :-1]), ((1, 0), (1, 0)))
    ids[edge] = 255
    contract = declared(num_classes=21, ignore={255})
    assert smears(read(ids), contract) == []
    assert smears(read(resized(ids, NEAREST, 0.5)), contract) == []
    assert smears(read(resized(ids, BILINEAR, 0.5)), contract) == INTERPOLATED
    assert smears(read(resized(ids, BILINEAR, 0.5))) == INTERPOLATED


@each_reader
def test_values_beyond_the_classes_that_lie_between_others_are_enough(read):
    """One disc that was drawn with smooth edges into a picture of many clean borders."""
    ids = np.kron(np.arange(256).reshape(16, 16) * 7 % 3, np.ones((16, 16), int)) * 100
    disc = resized(DISC, BILINEAR, 0.1) * 200 // 255
    ids[4 : 4 + disc.shape[0], 4 : 4 + disc.shape[1]] = disc
    contract = declared(num_classes=2, ignore={100, 200})
    assert smears(read(ids)) == []
    assert smears(read(ids), contract) == INTERPOLATED
    found = next(f for f in judge(profile_label(read(ids)), contract) if f.code == "SL212")
    assert {*found.values} <= {*np.unique(ids).tolist()} - {0, 100, 200}


@each_reader
def test_masks_with_smooth_edges(read):
    assert smears(read(resized(DISC, BILINEAR, 0.5))) == INTERPOLATED
    soft = declared(soft=True)
    assert smears(read(resized(DISC, BILINEAR, 0.5)), soft) == []


@each_reader
def test_much_grey_in_a_mask_may_be_a_matte(read):
    rings = np.where(np.hypot(*(np.mgrid[:256, :256] - 128)) % 30 < 15, 255, 0)
    matte = resized(rings, BILINEAR, 0.6)
    assert smears(read(matte)) == [("SL212", "info")]
    assert smears(read(matte), declared(num_classes=2)) == INTERPOLATED


@each_reader
@pytest.mark.parametrize("quality", [75, 95])
def test_what_was_a_jpeg(read, quality):
    assert smears(read(jpeg(DISC, quality))) == [("SL213", "warning")]


@each_reader
def test_a_soft_brush(read):
    brushed = filtered(DISC, ImageFilter.GaussianBlur(3))
    assert smears(read(brushed)) == [("SL213", "info")]
    assert smears(read(brushed), declared(num_classes=2)) == [("SL213", "warning")]
    assert smears(read(brushed), declared(soft=True)) == []


def _lines():
    """A kerb of one pixel between road and pavement or grass, and poles of one pixel before all of them."""
    ids = np.where(np.arange(256) < 100, 0, np.where(np.arange(256) < 180, 5, 8))[:, None].repeat(256, 1)
    for row in range(256):
        ids[row] = np.roll(ids[row], row // 9)
    ids = ids.T.copy()
    slope = np.arange(256)
    ids[np.clip(100 + slope // 9, 0, 255), slope] = 3
    ids[:, ::40] = 4
    return ids


def _contour_depth():
    depth = field(5, 255)
    depth[:100] = 0
    return depth


def _heat():
    y, x = np.mgrid[:256, :256] - 100
    return np.rint(255 * np.exp(-(x**2 + y**2) / 200)).astype(int)


def _wires():
    image = Image.fromarray(areas(8).astype("uint8"))
    for k in range(12):
        ImageDraw.Draw(image).line((0, 20 * k, 255, 255 - 9 * k), fill=4)
    return np.asarray(image).astype(int)


HEALTHY = {
    "a kerb and poles of one pixel": _lines(),
    "wires": _wires(),
    "contour lines": field(4, 10),
    "many contour lines": field(9, 40),
    "depth with sky": _contour_depth(),
    "distances": np.minimum(255, np.rint(np.hypot(*(np.mgrid[:256, :256] - 128))).astype(int)),
    "noise": np.random.default_rng(0).integers(0, 9, (256, 256)),
    "speckle": np.where(np.random.default_rng(1).random((256, 256)) < 0.02, 3, areas(9)),
    "a median filter": filtered(areas(12), ImageFilter.MedianFilter(5)),
    "a mode filter": filtered(areas(12), ImageFilter.ModeFilter(5)),
    "rotated with nearest": np.asarray(Image.fromarray(areas(12).astype("uint8")).rotate(7)).astype(int),
    "nested rings": np.minimum(np.hypot(*(np.mgrid[:256, :256] - 128)) // 30, 3).astype(int),
    "enlarged with nearest": np.kron(areas(9, 16), np.ones((16, 16), int)),
    "a grid of every byte": np.kron(np.arange(256).reshape(16, 16), np.ones((16, 16), int)),
    "two rows": areas(9)[:2],
    "two columns": areas(9)[:, :2],
}


@each_reader
@pytest.mark.parametrize("ids", HEALTHY.values(), ids=HEALTHY)
def test_what_only_looks_like_it(read, ids):
    assert [found for found in smears(read(ids)) if found[1] != "info"] == []


@each_reader
def test_a_heat_map_is_at_most_a_guess(read):
    assert smears(read(_heat())) in ([], [("SL213", "info")])


def test_instance_maps_of_16_bits():
    ids = areas(6) * 1000 + areas(2, seed=3)
    for scale in (0.25, 0.5, 1.5):
        assert smears(as_array(resized(ids, NEAREST, scale))) == []
    assert smears(as_array(resized(ids, BILINEAR, 0.5))) == INTERPOLATED


def test_values_between_that_are_ignored_are_no_slivers():
    """Borders of one pixel of an ignored id in the middle of the classes."""
    ids = np.array([0, 2, 7, 9])[areas(4)]
    ids[:, 1:][ids[:, 1:] != ids[:, :-1]] = 5
    assert smears(as_picture(ids), declared(num_classes=10, ignore={5})) == []


def test_fractions_are_another_rule_s():
    plane = np.asarray(Image.fromarray(areas(9).astype("float32")).resize((128, 128), BILINEAR))[None]
    mask = Mask(Container("gt.npy", "NPY", plane.shape, "float32"), array=plane, ids=lambda: plane)
    assert smears(mask) == []

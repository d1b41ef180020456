"""The tables against facts that are known otherwise."""

import pytest

from segloss_cli.presets import find
from segloss_cli.presets._cityscapes import LABEL_PALETTE, NAMES, PALETTE, SCORED, TRAIN_NAMES, UNSCORED
from segloss_cli.presets._colours import VOC_VOID, colours, listed, voc_colour
from segloss_cli.rules import _palettes

# trainId by labelId, from the documentation of cityscapesScripts
TRAIN_ID = {7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9}
TRAIN_ID |= {23: 10, 24: 11, 25: 12, 26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18}


def colour_map(number):
    """The colour map of the VOC development kit, bit by bit, as its MATLAB function has it."""
    red = green = blue = 0
    rest = number
    for shift in range(7, -1, -1):
        red |= (rest & 1) << shift
        green |= ((rest >> 1) & 1) << shift
        blue |= ((rest >> 2) & 1) << shift
        rest >>= 3
    return red, green, blue


def test_voc_is_drawn_in_its_colour_map():
    assert find("voc").palette == tuple(map(colour_map, range(21)))
    assert [voc_colour(i) for i in range(256)] == [colour_map(i) for i in range(256)]
    assert colour_map(255) == VOC_VOID


def test_voc_objects_are_in_the_order_of_the_alphabet():
    names = find("voc").names
    assert names[0] == "background"
    assert list(names[1:]) == sorted(names[1:])
    assert (names[15], names[20]) == ("person", "tvmonitor")


def test_train_ids_are_those_of_cityscapes():
    assert {label: number for number, label in enumerate(SCORED)} == TRAIN_ID
    assert {*range(34)} - {*SCORED} == UNSCORED - {-1}
    assert [NAMES[label] for label in SCORED] == list(TRAIN_NAMES)
    assert (NAMES[7], TRAIN_NAMES[0]) == ("road", "road")
    assert (NAMES[33], TRAIN_NAMES[18]) == ("bicycle", "bicycle")


def test_cityscapes_colours_by_both_ids_agree():
    assert tuple(LABEL_PALETTE[label] for label in SCORED) == PALETTE
    assert PALETTE[0] == (128, 64, 128)
    coded = find("cityscapes-colour")
    assert {*coded.palette} == {*LABEL_PALETTE}
    assert coded.palette[19] == (0, 0, 0)


def test_the_rules_know_the_same_colours():
    assert find("cityscapes").palette == _palettes.CITYSCAPES
    assert _palettes.voc_colour is voc_colour
    assert _palettes.palette_of([(128, 64, 128), (111, 74, 0)]) == "Cityscapes"


def test_coco_stuff_is_coco_s_ids_less_one():
    names = find("coco-stuff").names
    assert {number: names[number] for number in (0, 12, 43, 89, 91, 181)} == {
        0: "person",
        12: "stop sign",
        43: "bottle",
        89: "toothbrush",
        91: "banner",
        181: "wood",
    }


def test_the_two_lists_of_coco_stuff_differ_by_what_coco_dropped():
    full, used = find("coco-stuff").names, find("coco-stuff-171").names
    dropped = [number for number, name in enumerate(full) if name not in {*used}]
    assert [number + 1 for number in dropped] == [12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91]
    assert tuple(name for name in full if name in {*used}) == used


def test_pascal_context_59_leaves_out_the_first_of_60():
    full, reduced = find("pascal-context"), find("pascal-context-59")
    assert full.names[0] == "background"
    assert full.names[1:] == reduced.names
    assert full.palette[1:] == reduced.palette
    assert reduced.reduce_zero_label
    assert not full.reduce_zero_label


def test_the_37_of_sun_rgbd_are_the_first_of_nyu():
    nyu = find("nyudv2-40").names
    assert find("nyudv2-40-255").names == nyu
    assert find("sunrgbd-37").names == nyu[:37]
    assert (nyu[0], nyu[36], nyu[39]) == ("wall", "bag", "otherprop")


@pytest.mark.parametrize(
    ("name", "first", "last", "ignored"),
    [
        ("voc", 0, 20, {255}),
        ("cityscapes", 0, 18, {255}),
        ("ade20k", 1, 150, {0}),
        ("camvid", 0, 10, {11}),
        ("nyudv2-40", 1, 40, {0}),
        ("nyudv2-40-255", 0, 39, {255}),
        ("sunrgbd-37", 0, 36, {255}),
        ("loveda", 1, 7, {0}),
        ("pets", 1, 3, set()),
        ("mapillary", 0, 64, {65}),
        ("mapillary-v2", 0, 122, {123}),
        ("coco-stuff-171", 0, 170, {255}),
        ("person-part", 0, 6, {255}),
        ("potsdam-ids", 1, 6, {0}),
    ],
)
def test_stored_ids(name, first, last, ignored):
    stored = {value for a, b in find(name).spans for value in range(a, b + 1)}
    assert stored == {*range(first, last + 1)} | ignored


def test_isprs_colours():
    expected = {
        "impervious surface": (255, 255, 255),
        "building": (0, 0, 255),
        "low vegetation": (0, 255, 255),
        "tree": (0, 255, 0),
        "car": (255, 255, 0),
        "clutter": (255, 0, 0),
    }
    for name in ("potsdam", "vaihingen"):
        preset = find(name)
        assert dict(zip(preset.names, preset.palette, strict=False)) == expected
        assert preset.palette[6] == (0, 0, 0)
        assert preset.ignore == {6}


def test_camvid_in_32_colours_is_in_the_order_of_the_alphabet():
    preset = find("camvid-32")
    lowered = [name.lower() for name in preset.names]
    # the table in circulation has SUVPickupTruck after Sky
    assert [n for n in lowered if n != "suvpickuptruck"] == sorted(n for n in lowered if n != "suvpickuptruck")
    assert preset.names.index("Void") == 30
    assert preset.palette[30] == (0, 0, 0)
    assert preset.palette[preset.names.index("Bicyclist")] == (0, 128, 192)
    assert preset.ignore == {30}


def test_texts_are_read_as_written():
    assert colours("") == ()
    assert colours("ff0001") == ((255, 0, 1),)
    assert listed(" a  b,\n c ") == ("a b", "c")

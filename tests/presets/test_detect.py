"""What labels are told to be: by names and ids together, never by colours, and never against healthy data."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.presets import contract_of, detect, find, names
from segloss_cli.presets._colours import voc_colour
from segloss_cli.presets._detect import holds
from segloss_cli.presets._glob import fits
from segloss_cli.rules._examples import array, colours, floats, label

VOC_PALETTE = tuple(map(voc_colour, range(256)))


def ids(path, *values, **facts):
    """A label of one band that holds these ids."""
    return label(dict.fromkeys(values, 10), path=path, **facts)


def drawn(path, preset, *numbers, **facts):
    """A coloured label in the colours of a preset."""
    palette = find(preset).palette
    return colours({palette[number]: 10 for number in numbers}, path=path, **facts)


# for each preset labels as they are published: where one alone leaves a doubt, two
TREES = {
    "ade20k": [ids("ADE/annotations/training/ADE_train_00000001.png", 0, 1, 17, 150)],
    "camvid": [ids("CamVid/trainannot/0001TP_006690.png", 0, 1, 3, 10, 11), ids("CamVid/valannot/0016E5_07961.png", 4)],
    "camvid-32": [drawn("CamVid/labels/0006R0_f00930_L.png", "camvid-32", 0, 4, 17, 30, 31)],
    "cityscapes": [ids("gtFine/train/ulm/ulm_000000_000019_gtFine_labelTrainIds.png", 0, 1, 18, 255)],
    "cityscapes-colour": [drawn("gtFine/train/ulm/ulm_000000_000019_gtFine_color.png", "cityscapes-colour", 0, 2, 19)],
    "cityscapes-instances": [ids("gtFine/val/ulm/ulm_000000_000019_gtFine_instanceIds.png", 3, 7, 24000, 26012)],
    "cityscapes-labelids": [ids("gtCoarse/train/ulm/ulm_000000_000019_gtCoarse_labelIds.png", 0, 7, 33)],
    "coco-panoptic": [colours({(1, 2, 3): 5, (99, 2, 0): 5}, path="panoptic_val2017/000000000139.png")],
    "coco-stuff": [ids("stuffthingmaps/train2017/000000000009.png", 0, 181, 255)],
    "coco-stuff-171": [ids("annotations/val2017/000000000139_labelTrainIds.png", 0, 170, 255)],
    "isaid": [drawn("train/Semantic_masks/images/P0000_instance_color_RGB.png", "isaid", 0, 1, 15)],
    "kitti": [ids("training/semantic/000030_10.png", 4, 7, 8, 33)],
    "loveda": [ids("Train/Urban/masks_png/1366.png", 0, 1, 2, 7)],
    "mapillary": [ids("training/v1.2/labels/__CRyFzoDOXn6unQ6a3DnQ.png", 0, 13, 65)],
    "mapillary-v2": [ids("training/v2.0/labels/__CRyFzoDOXn6unQ6a3DnQ.png", 0, 100, 123)],
    "medical-binary": [ids("GT/ISIC_0000011_Segmentation.png", 0, 255), ids("GT/ISIC_0000012_segmentation.png", 0)],
    "pets": [ids("oxford-iiit-pet/annotations/trimaps/Abyssinian_1.png", 1, 2, 3)],
    "potsdam": [drawn("5_Labels_all/top_potsdam_2_10_label.tif", "potsdam", 0, 1, 5)],
    "potsdam-ids": [ids("ann_dir/train/2_10_0_0_512_512.png", 0, 1, 6)],
    "sunrgbd-37": [ids("label37_test/00000001.png", 0, 36, 255)],
    "vaihingen": [drawn("ISPRS/gts_for_participants/top_mosaic_09cm_area1.tif", "vaihingen", 0, 1, 5)],
    "vaihingen-ids": [ids("ann_dir/val/area1_0_0_512_512.png", 1, 2, 6)],
    "voc": [
        ids("VOCdevkit/VOC2012/SegmentationClass/2007_000032.png", 0, 1, 15, 255, mode="P", palette=VOC_PALETTE),
        ids("VOCdevkit/VOC2012/SegmentationClassAug/2008_000002.png", 0, 255),
    ],
}

UNCERTAIN = {
    "nyudv2-40": [ids("data/nyuv2/train/label/00001.png", 0, 5, 40)],
    "nyudv2-40-255": [ids("data/nyuv2/train/label/00001.png", 0, 5, 39, 255)],
    "pascal-context": [ids("VOC2010/SegmentationClassContext/2008_000002.png", 0, 12, 59)],
    "person-part": [ids("pascal_person_part/pascal_person_part_gt/2008_000008.png", 0, 1, 6)],
}


def paths(labels):
    return [profile.path for profile in labels]


@pytest.mark.parametrize("name", TREES)
def test_published_labels_are_told(name):
    found = detect(paths(TREES[name]), TREES[name])
    assert found.names == (name,)
    assert found.certain
    assert found.name == name
    assert "(inferred)" in found.reason
    assert contract_of(find(found.name), declared=False).declared == frozenset()


@pytest.mark.parametrize("name", UNCERTAIN)
def test_where_nothing_proves_it_the_preset_is_only_mentioned(name):
    found = detect(paths(UNCERTAIN[name]), UNCERTAIN[name])
    assert name in found.names
    assert not found.certain
    assert found.name == ""
    assert f"--preset {name}" in found.reason
    assert "nothing is assumed" in found.reason


def test_every_preset_has_a_tree():
    assert {*TREES, *UNCERTAIN, "pascal-context-59"} == {*names()}


@pytest.mark.parametrize("name", TREES)
def test_the_names_alone_are_not_believed(name):
    strange = [array({-7: 5, 300: 5}, path=profile.path) for profile in TREES[name]]
    found = detect(paths(strange), strange)
    assert not found.certain
    assert "they hold -7" in found.reason or "not stored as those are" in found.reason


@pytest.mark.parametrize("name", TREES)
def test_the_ids_alone_are_not_believed(name):
    strange = [
        replace(profile, container=replace(profile.container, path=f"data/x{number}.png"))
        for number, profile in enumerate(TREES[name])
    ]
    found = detect(paths(strange), strange)
    assert found is None or not found.certain


def test_no_labels_tell_nothing():
    assert detect(["SegmentationClass/2007_000032.png"], []) is None


def test_the_convention_of_nyu_is_open_where_neither_40_nor_255_is_seen():
    labels = [ids("nyuv2/label/1.png", 0, 1, 12, 39)]
    assert detect(paths(labels), labels).names == ("nyudv2-40", "nyudv2-40-255")


def test_one_file_holds_both_readings_of_pascal_context():
    found = detect(paths(UNCERTAIN["pascal-context"]), UNCERTAIN["pascal-context"])
    assert found.names == ("pascal-context", "pascal-context-59")
    assert "the ids fit each" in found.reason


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0, 255), {"medical-binary", "voc"}),
        ((0, 65535), {"medical-binary"}),
        ((1, 2, 3, 4, 5, 6, 7), {"loveda"}),
        ((1, 2, 3), {"pets"}),
        ((*range(11), 255), {"camvid", "voc"}),
        (range(12), {"camvid"}),
        (range(19), {"cityscapes"}),
        (range(34), {"cityscapes-labelids", "kitti"}),
        (range(41), {"nyudv2-40"}),
        ((*range(40), 255), {"nyudv2-40-255"}),
        (range(60), {"pascal-context", "pascal-context-59"}),
    ],
)
def test_ids_that_are_ambiguous_are_said_to_be(values, expected):
    labels = [ids("data/a.png", *values)]
    found = detect(paths(labels), labels)
    assert {*found.names} == expected
    assert not found.certain
    assert "other sets have them too" in found.reason


@pytest.mark.parametrize("values", [(0, 1), (0,), (0, 1, 2), (0, 1, 255), (0, 2, 255), range(21 + 5), range(8)])
def test_ids_that_anything_has_are_not_mentioned(values):
    labels = [ids("label/Abyssinian_1.png", *values, mode="P", palette=VOC_PALETTE)]
    assert detect(paths(labels), labels) is None


@given(st.sets(st.integers(0, 255), min_size=1, max_size=30), st.sampled_from(["a.png", "labels/b.png", "masks/7.png"]))
def test_a_palette_alone_never_detects(values, path):
    plain = [ids(path, *values)]
    painted = [ids(path, *values, mode="P", palette=VOC_PALETTE)]
    found = detect([path], painted)
    assert found == detect([path], plain)
    assert found is None or not found.certain


@given(st.sampled_from(["voc", "cityscapes", "ade20k", "potsdam", "camvid-32", "isaid"]), st.data())
def test_colours_of_a_preset_alone_never_detect(name, data):
    palette = find(name).palette
    some = data.draw(st.sets(st.sampled_from(palette), min_size=1))
    labels = [colours(dict.fromkeys(some, 3), path="labels/a.png")]
    found = detect(["labels/a.png"], labels)
    # black and white alone are read as a grey picture of 0 and 255, which is worth a mention
    assert found is None or (not found.certain and {*some} <= {(0, 0, 0), (255, 255, 255)})


def test_cats_and_dogs_in_voc_s_palette_are_not_voc():
    labels = [
        ids(f"images_{n}/label/Bengal_{n}.png", 0, 1 + n % 2, 255, mode="P", palette=VOC_PALETTE) for n in range(9)
    ]
    found = detect(paths(labels), labels)
    assert found is None


def test_the_layout_of_voc_with_other_names_is_a_guess():
    labels = [ids(f"data/SegmentationClass/frame_{n}.png", 0, 1, 255) for n in range(4)]
    found = detect(paths(labels), labels)
    assert found.names == ("voc",)
    assert not found.certain
    assert found.reason.startswith("perhaps PASCAL VOC")


@pytest.mark.parametrize(
    "beside",
    ["data/SegmentationClassNpy/2007_000032.npy", "data/class_names.txt", "data/labelmap.txt"],
)
def test_what_labelme_or_cvat_leaves_behind_speaks_against_voc(beside):
    labels = [ids("data/SegmentationClass/2007_000032.png", 0, 15, 255)]
    assert detect(paths(labels), labels).certain
    found = detect([*paths(labels), beside], labels)
    assert not found.certain
    assert "the classes are your own" in found.reason


def test_parts_of_people_in_voc_s_folders_are_not_voc_for_certain():
    labels = [ids(f"data/SegmentationClass/2008_00000{n}.png", 0, 1, 2, 6) for n in range(5)]
    found = detect(paths(labels), labels)
    assert not found.certain
    assert "none of 7..20 was seen" in found.reason


def test_several_kinds_side_by_side_are_said_and_none_is_taken():
    stem = "gtFine/val/x_000000_000294_gtFine_"
    labels = [
        ids(f"{stem}labelIds.png", 7, 26),
        ids(f"{stem}labelTrainIds.png", 0, 255),
        ids(f"{stem}instanceIds.png", 7),
    ]
    found = detect(paths(labels), labels)
    assert {*found.names} == {"cityscapes", "cityscapes-labelids", "cityscapes-instances"}
    assert not found.certain
    assert "several kinds" in found.reason


def test_a_few_strange_names_among_others_tell_nothing():
    labels = [ids("a/1_gtFine_labelIds.png", 1), *(ids(f"a/{n}.png", 1) for n in range(2, 9))]
    assert detect(paths(labels), labels) is None


def test_one_faulty_label_does_not_hide_what_the_set_is():
    good = [ids(f"SegmentationClass/2007_00003{n}.png", 0, 15, 255) for n in range(9)]
    found = detect([], [*good, ids("SegmentationClass/2007_000039.png", 0, 77)])
    assert found.name == "voc"


def test_what_does_not_fit_is_named():
    labels = [ids(f"SegmentationClass/2007_00003{n}.png", 0, 15, *range(30, 40)) for n in range(3)]
    found = detect(paths(labels), labels)
    assert found.names == ("voc",)
    assert "they hold 30..39" in found.reason


def test_many_that_do_not_fit_are_cut_short():
    labels = [ids("ADE_val_00000001.png", *range(151, 180, 2))]
    assert detect(paths(labels), labels).reason.endswith("161 and 9 more")


def test_colours_under_the_name_of_ids_are_not_taken():
    labels = [colours({(128, 0, 0): 5, (0, 0, 0): 5}, path="SegmentationClass/2007_000032.png")]
    found = detect(paths(labels), labels)
    assert not found.certain
    assert "not stored as those are" in found.reason


def test_void_of_sun_rgbd_must_be_seen():
    labels = [ids("label37_test/00000001.png", 0, 1, 36)]
    found = detect(paths(labels), labels)
    assert not found.certain
    assert "none of 255 was seen" in found.reason


def test_windows_paths_are_read():
    labels = [ids("voc\\SegmentationClass\\2007_000032.png", 0, 15, 255)]
    assert detect(paths(labels), labels).name == "voc"


def test_a_user_who_stands_in_the_folder_is_answered_alike(tmp_path, monkeypatch):
    folder = tmp_path / "SegmentationClass"
    folder.mkdir()
    monkeypatch.chdir(folder)
    labels = [ids("2007_000032.png", 0, 15, 255)]
    assert detect(paths(labels), labels).name == "voc"


@pytest.mark.parametrize(
    ("name", "profile", "fit"),
    [
        ("voc", ids("a.png", 0, 20, 255), True),
        ("voc", ids("a.png", 0, 21), False),
        ("voc", ids("a.jpg", 0, 20, lossy=True), False),
        ("voc", floats({0.0: 5, 20.0: 5}), True),
        ("voc", floats({0.0: 5, 0.5: 5}), False),
        ("voc", floats({0.0: 5}, nonfinite=3), False),
        ("voc", colours({(0, 0, 0): 5, (15, 15, 15): 5}), True),
        ("voc", ids("a.png", 0, counts=None, distinct=2000, high=2000), False),
        ("cityscapes-instances", ids("a.png", 0, counts=None, distinct=2000, high=33000), True),
        ("cityscapes-instances", ids("a.png", 7, 23999), False),
        ("medical-binary", ids("a.png", 0, 251), True),
        ("medical-binary", ids("a.png", 0, 1, 255), False),
        ("medical-binary", ids("a.png", 3), False),
        ("isaid", ids("a.png", 0, 15, 255), True),
        ("isaid", colours({(0, 0, 63): 5, (1, 2, 3): 5}), False),
        ("coco-panoptic", ids("a.png", 0, 1), False),
        ("potsdam", colours({(255, 255, 255): 5, (9, 9, 9): 1}), False),
    ],
)
def test_what_a_preset_may_hold(name, profile, fit):
    assert holds(find(name), profile) is fit


@pytest.mark.parametrize(
    ("path", "pattern", "fit"),
    [
        ("a/b.png", "*.png", True),
        ("a/b.png", "a/*", True),
        ("a/b/c.png", "a/*", False),
        ("a/b/c.png", "a/**", True),
        ("A/B.PNG", "a/?.png", True),
        ("xa/b.png", "a/b.png", False),
        ("a/b.png.txt", "a/b.png", False),
        ("7_x.png", "#_x.png", True),
        ("a_x.png", "#_x.png", False),
        ("seg/l.png", "{seg,label}/l.png", True),
        ("se/l.png", "{seg,label}/l.png", False),
        ("a.b/(c).png", "a.b/(c).png", True),
        ("axb/(c).png", "a.b/(c).png", False),
        ("a\nb/c.png", "**.png", True),
    ],
)
def test_patterns(path, pattern, fit):
    assert fits(path, pattern) is fit

"""Several encodings of each picture side by side, and other files that are no labels: what a survey makes of them."""

from __future__ import annotations

import os

import numpy as np
import pytest

from segloss_cli.errors import UsageError
from segloss_cli.scan._encodings import OTHERS, ends_of, of_preset
from segloss_cli.scan._sides import FLAT
from segloss_cli.scan.listing import survey

CITY = "gtFine/train/ulm/ulm_000000_000019_gtFine_{}.png"
PHOTO = "leftImg8bit/train/ulm/ulm_000000_000019_leftImg8bit.png"
ALL = (PHOTO, *(CITY.format(end) for end in ("labelIds", "labelTrainIds", "instanceIds", "color")))


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")

    return make


def found(preset):
    return of_preset(survey(["."], ends=ends_of(preset)), preset)


def labels(it):
    return [sample.label.replace(os.sep, "/") for sample in it.samples]


@pytest.mark.parametrize(
    ("preset", "end", "others"),
    [
        ("cityscapes", "labelTrainIds", 1),
        ("cityscapes-labelids", "labelIds", 1),
        ("cityscapes-instances", "instanceIds", 2),
        ("cityscapes-colour", "color", 2),
    ],
)
def test_of_several_encodings_the_preset_s_is_judged(make, preset, end, others):
    make(*ALL)
    it = found(preset)
    assert labels(it) == [CITY.format(end)]
    assert it.samples[0].image == PHOTO
    assert it.passed[OTHERS] == others
    assert it.notes[-1] == f"of several encodings of a picture the preset's: 1 of {1 + others} labels"


def test_a_picture_in_another_encoding_alone_is_judged_as_it_is(make):
    other = CITY.replace("000000_", "000001_").format("labelIds")
    make(*ALL, other)
    assert labels(found("cityscapes")) == [CITY.format("labelTrainIds"), other]


def test_without_a_preset_and_with_one_that_has_no_ends_all_stay(make):
    make(*ALL)
    for preset in ("", "voc"):
        it = found(preset)
        assert labels(it) == [CITY.format("labelIds"), CITY.format("labelTrainIds")]
        assert OTHERS not in it.passed
        assert not any("encodings" in note for note in it.notes)


def test_what_is_left_out_lacks_no_image(make):
    make(*ALL[1:], PHOTO.replace("000000_", "000001_"), *(CITY.replace("000000_", "000001_").format("labelTrainIds"),))
    assert [orphan.path for orphan in found("cityscapes").orphans] == [CITY.format("labelTrainIds")]


def test_no_such_preset(make):
    make(*ALL)
    with pytest.raises(UsageError, match="no preset 'cityscape'"):
        found("cityscape")


def test_isaid_has_its_masks_below_folders_of_images(make):
    make(
        "train/images/P0000.png",
        "train/Semantic_masks/images/P0000_instance_color_RGB.png",
        "train/Instance_masks/images/P0000_instance_id_RGB.png",
    )
    it = survey(["."])
    assert [(sample.label, sample.image) for sample in it.samples] == [
        ("train/Semantic_masks/images/P0000_instance_color_RGB.png", "train/images/P0000.png")
    ]
    assert it.passed == {"instance maps": 1}


def test_pictures_of_masks_in_a_folder_of_images_stay_images(make):
    make("images/with_mask.png", "images/no_mask.png", "labels/with_mask.png", "labels/no_mask.png")
    assert labels(survey(["."])) == ["labels/no_mask.png", "labels/with_mask.png"]
    make("labels_of_mine/images/a.png", "labels_of_mine/masks/a.png")
    assert "labels_of_mine/masks/a.png" in labels(survey(["."]))
    assert "labels_of_mine/images/a.png" not in labels(survey(["."]))


def test_camvid_as_published(make):
    make("701_StillsRaw_full/0001TP_006690.png", "LabeledApproved_full/0001TP_006690_L.png")
    (sample,) = survey(["."]).samples
    assert (sample.label, sample.image) == (
        "LabeledApproved_full/0001TP_006690_L.png",
        "701_StillsRaw_full/0001TP_006690.png",
    )


def test_an_array_with_one_axis_is_no_label(make, tmp_path):
    make("images/a.png", "labels/a.png")
    np.save(tmp_path / "class_weights.npy", np.ones(5))
    np.save(tmp_path / "total.npy", np.float32(3))
    np.save(tmp_path / "gt.npy", np.zeros((8, 8), int))
    it = survey(["."])
    assert labels(it) == ["gt.npy", "labels/a.png"]
    assert it.passed == {FLAT: 2}


@pytest.mark.parametrize("path", ["weights.npy", "."])
def test_an_array_with_one_axis_that_was_named_or_is_alone_is_judged(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    np.save("weights.npy", np.ones(5))
    assert labels(survey([path])) == ["weights.npy"]


def test_many_arrays_are_judged_whatever_their_axes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in "abcde":
        np.save(tmp_path / f"{name}.npy", np.ones(5, int))
    assert len(survey(["."]).samples) == 5

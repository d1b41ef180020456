"""What is to be checked: the layouts of known data sets, and what was said, listed or drawn as a pattern."""

from __future__ import annotations

import io
import os
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from segloss_cli.errors import UsageError
from segloss_cli.scan.listing import Survey, survey
from segloss_cli.types import Orphan, Sample


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Files of one byte with these names, below a folder that is the current one and whose name says nothing."""
    here = tmp_path / "x"
    here.mkdir()
    monkeypatch.chdir(here)

    def make(*names):
        for name in names:
            path = here / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")

    return make


def found(*paths, **knobs):
    return survey(paths or ["."], **knobs)


def rows(it: Survey):
    """Label, image and prediction of each sample with its split, and slashes everywhere."""
    return [(*(p.replace(os.sep, "/") for p in (s.label, s.image, s.prediction)), s.split) for s in it.samples]


def pairs(it: Survey):
    return [(label, image) for label, image, _, _ in rows(it)]


def kinds(it: Survey):
    return dict(Counter((orphan.role, orphan.kind) for orphan in it.orphans))


L = "label"
LAYOUTS = {
    "PASCAL VOC": (
        [
            "JPEGImages/2007_000032.jpg",
            "JPEGImages/2007_000033.jpg",
            "JPEGImages/2007_000039.jpg",
            "SegmentationClass/2007_000032.png",
            "SegmentationClass/2007_000033.png",
            "SegmentationObject/2007_000032.png",
            "Annotations/2007_000032.xml",
            "ImageSets/Segmentation/readme.txt",
        ],
        [
            ("SegmentationClass/2007_000032.png", "JPEGImages/2007_000032.jpg", "", ""),
            ("SegmentationClass/2007_000033.png", "JPEGImages/2007_000033.jpg", "", ""),
        ],
        {("image", "no-label"): 1},
        {"instance maps": 1, "text and code": 2},
    ),
    "Cityscapes": (
        [
            "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png",
            "leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png",
            "gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png",
            "gtFine/train/aachen/aachen_000000_000019_gtFine_instanceIds.png",
            "gtFine/train/aachen/aachen_000000_000019_gtFine_color.png",
            "gtFine/train/aachen/aachen_000000_000019_gtFine_polygons.json",
            "gtFine/val/ulm/ulm_000000_000019_gtFine_labelIds.png",
            "gtFine/val/ulm/ulm_000000_000019_gtFine_labelTrainIds.png",
        ],
        [
            (
                "gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png",
                "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png",
                "",
                "train",
            ),
            (
                "gtFine/val/ulm/ulm_000000_000019_gtFine_labelIds.png",
                "leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png",
                "",
                "val",
            ),
            (
                "gtFine/val/ulm/ulm_000000_000019_gtFine_labelTrainIds.png",
                "leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png",
                "",
                "val",
            ),
        ],
        {},
        {"instance maps": 1, "pictures made of labels": 1, "text and code": 1},
    ),
    "ADE20K": (
        [
            "images/training/ADE_train_00000001.jpg",
            "images/validation/ADE_val_00000001.jpg",
            "annotations/training/ADE_train_00000001.png",
            "annotations/validation/ADE_val_00000001.png",
            "objectInfo150.txt",
        ],
        [
            ("annotations/training/ADE_train_00000001.png", "images/training/ADE_train_00000001.jpg", "", "train"),
            ("annotations/validation/ADE_val_00000001.png", "images/validation/ADE_val_00000001.jpg", "", "val"),
        ],
        {},
        {"text and code": 1},
    ),
    "full ADE20K": (
        ["training/a/ADE_1.jpg", "training/a/ADE_1_seg.png", "training/a/ADE_1_parts_1.png", "training/a/ADE_1.json"],
        [("training/a/ADE_1_seg.png", "training/a/ADE_1.jpg", "", "train")],
        {},
        {"parts of objects": 1, "text and code": 1},
    ),
    "COCO-Stuff": (
        [
            "train2017/000000000009.jpg",
            "val2017/000000000139.jpg",
            "stuffthingmaps/train2017/000000000009.png",
            "stuffthingmaps/val2017/000000000139.png",
            "annotations/instances_val2017.json",
        ],
        [
            ("stuffthingmaps/train2017/000000000009.png", "train2017/000000000009.jpg", "", "train"),
            ("stuffthingmaps/val2017/000000000139.png", "val2017/000000000139.jpg", "", "val"),
        ],
        {},
        {"text and code": 1},
    ),
    "COCO-Stuff of mmseg": (
        ["images/train2017/9.jpg", "annotations/train2017/9.png", "annotations/train2017/9_labelTrainIds.png"],
        [
            ("annotations/train2017/9.png", "images/train2017/9.jpg", "", "train"),
            ("annotations/train2017/9_labelTrainIds.png", "images/train2017/9.jpg", "", "train"),
        ],
        {},
        {},
    ),
    "COCO panoptic": (
        ["panoptic_val2017/1.png", "val2017/1.jpg", "annotations/panoptic_val2017.json"],
        [("panoptic_val2017/1.png", "val2017/1.jpg", "", "val")],
        {},
        {"text and code": 1},
    ),
    "CamVid of SegNet": (
        ["train/a.png", "trainannot/a.png", "val/b.png", "valannot/b.png", "test/c.png", "testannot/c.png", "val.txt"],
        [
            ("testannot/c.png", "test/c.png", "", "test"),
            ("trainannot/a.png", "train/a.png", "", "train"),
            ("valannot/b.png", "val/b.png", "", "val"),
        ],
        {},
        {"text and code": 1},
    ),
    "CamVid in one folder": (
        ["0016E5_07959.png", "0016E5_07959_L.png", "0016E5_07961.png", "0016E5_07961_L.png", "class_dict.csv"],
        [("0016E5_07959_L.png", "0016E5_07959.png", "", ""), ("0016E5_07961_L.png", "0016E5_07961.png", "", "")],
        {},
        {"text and code": 1},
    ),
    "CamVid of fastai": (
        ["images/0001TP_006690.png", "labels/0001TP_006690_P.png", "codes.txt", "valid.txt"],
        [("labels/0001TP_006690_P.png", "images/0001TP_006690.png", "", "")],
        {},
        {"text and code": 2},
    ),
    "CamVid of Kaggle": (
        ["train/a.png", "train_labels/a_L.png", "val/b.png", "val_labels/b_L.png"],
        [("train_labels/a_L.png", "train/a.png", "", "train"), ("val_labels/b_L.png", "val/b.png", "", "val")],
        {},
        {},
    ),
    "Pascal-Context": (
        ["JPEGImages/2008_000002.jpg", "SegmentationClassContext/2008_000002.png"],
        [("SegmentationClassContext/2008_000002.png", "JPEGImages/2008_000002.jpg", "", "")],
        {},
        {},
    ),
    "NYU, flat folders": (
        ["rgb/0003.png", "depth/0003.png", "labels40/0003.png", "rgb/0004.png", "depth/0004.png", "labels40/0004.png"],
        [("labels40/0003.png", "rgb/0003.png", "", ""), ("labels40/0004.png", "rgb/0004.png", "", "")],
        {},
        {"depth and other measurements": 2},
    ),
    "NYU, one folder": (
        ["0003_rgb.jpg", "0003_depth.png", "0003_label.png"],
        [("0003_label.png", "0003_rgb.jpg", "", "")],
        {},
        {"depth and other measurements": 1},
    ),
    "SUN-RGBD": (
        [
            "image_test/img-000001.jpg",
            "image_test/img-000002.jpg",
            "label37_test/00000001.png",
            "label37_test/00000002.png",
            "label37_train/00000001.png",
            "image_train/img-000001.jpg",
        ],
        [
            ("label37_test/00000001.png", "image_test/img-000001.jpg", "", "test"),
            ("label37_test/00000002.png", "image_test/img-000002.jpg", "", "test"),
            ("label37_train/00000001.png", "image_train/img-000001.jpg", "", "train"),
        ],
        {},
        {},
    ),
    "Oxford Pets": (
        [
            "images/Abyssinian_1.jpg",
            "images/Abyssinian_1.mat",
            "annotations/trimaps/Abyssinian_1.png",
            "annotations/trimaps/._Abyssinian_1.png",
            "annotations/xmls/Abyssinian_1.xml",
        ],
        [("annotations/trimaps/Abyssinian_1.png", "images/Abyssinian_1.jpg", "", "")],
        {},
        {"hidden": 1, "text and code": 1, "images of formats that segloss does not read": 1},
    ),
    "LoveDA": (
        [
            "Train/Rural/images_png/1.png",
            "Train/Rural/masks_png/1.png",
            "Train/Urban/images_png/1.png",
            "Train/Urban/masks_png/1.png",
            "Val/Urban/images_png/2.png",
            "Val/Urban/masks_png/2.png",
            "Test/Urban/images_png/3.png",
        ],
        [
            ("Train/Rural/masks_png/1.png", "Train/Rural/images_png/1.png", "", "train"),
            ("Train/Urban/masks_png/1.png", "Train/Urban/images_png/1.png", "", "train"),
            ("Val/Urban/masks_png/2.png", "Val/Urban/images_png/2.png", "", "val"),
        ],
        {("image", "no-label"): 1},
        {},
    ),
    "Potsdam": (
        ["4_Ortho_RGBIR/top_potsdam_2_10_RGBIR.tif", "5_Labels_all/top_potsdam_2_10_label.tif"],
        [("5_Labels_all/top_potsdam_2_10_label.tif", "4_Ortho_RGBIR/top_potsdam_2_10_RGBIR.tif", "", "")],
        {},
        {},
    ),
    "Potsdam tiles of mmseg": (
        ["img_dir/train/2_10_0_0_512_512.png", "ann_dir/train/2_10_0_0_512_512.png"],
        [("ann_dir/train/2_10_0_0_512_512.png", "img_dir/train/2_10_0_0_512_512.png", "", "train")],
        {},
        {},
    ),
    "iSAID": (
        [
            "train/images/P0000.png",
            "train/Semantic_masks/P0000_instance_color_RGB.png",
            "train/Instance_masks/P0000_instance_id_RGB.png",
        ],
        [("train/Semantic_masks/P0000_instance_color_RGB.png", "train/images/P0000.png", "", "train")],
        {},
        {"instance maps": 1},
    ),
    "iSAID of mmseg": (
        ["img_dir/val/P0000_0_896_0_896.png", "ann_dir/val/P0000_0_896_0_896_instance_color_RGB.png"],
        [
            (
                "ann_dir/val/P0000_0_896_0_896_instance_color_RGB.png",
                "img_dir/val/P0000_0_896_0_896.png",
                "",
                "val",
            )
        ],
        {},
        {},
    ),
    "Mapillary Vistas": (
        [
            "training/images/a.jpg",
            "training/v1.2/labels/a.png",
            "training/v1.2/instances/a.png",
            "validation/images/b.jpg",
            "validation/v1.2/labels/b.png",
        ],
        [
            ("training/v1.2/labels/a.png", "training/images/a.jpg", "", "train"),
            ("validation/v1.2/labels/b.png", "validation/images/b.jpg", "", "val"),
        ],
        {},
        {"instance maps": 1},
    ),
    "KITTI": (
        [
            "training/image_2/000030_10.png",
            "training/semantic/000030_10.png",
            "training/semantic_rgb/000030_10.png",
            "training/instance/000030_10.png",
            "testing/image_2/000001_10.png",
        ],
        [("training/semantic/000030_10.png", "training/image_2/000030_10.png", "", "train")],
        {("image", "no-label"): 1},
        {"instance maps": 1, "pictures made of labels": 1},
    ),
    "ISIC": (
        [
            "ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg",
            "ISIC2018_Task1_Training_GroundTruth/ISIC_0000000_segmentation.png",
            "ISIC2018_Task1_Training_GroundTruth/ATTRIBUTION.txt",
        ],
        [
            (
                "ISIC2018_Task1_Training_GroundTruth/ISIC_0000000_segmentation.png",
                "ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg",
                "",
                "train",
            )
        ],
        {},
        {"text and code": 1},
    ),
    "DRIVE": (
        [
            "training/images/21_training.tif",
            "training/1st_manual/21_manual1.gif",
            "training/mask/21_training_mask.gif",
            "test/images/01_test.tif",
            "test/1st_manual/01_manual1.gif",
            "test/2nd_manual/01_manual2.gif",
            "test/mask/01_test_mask.gif",
        ],
        [
            ("test/1st_manual/01_manual1.gif", "test/images/01_test.tif", "", "test"),
            ("test/2nd_manual/01_manual2.gif", "test/images/01_test.tif", "", "test"),
            ("training/1st_manual/21_manual1.gif", "training/images/21_training.tif", "", "train"),
        ],
        {},
        {"masks of the field of view": 2},
    ),
    "CHASE": (
        ["Image_01L.jpg", "Image_01L_1stHO.png", "Image_01L_2ndHO.png"],
        [("Image_01L_1stHO.png", "Image_01L.jpg", "", ""), ("Image_01L_2ndHO.png", "Image_01L.jpg", "", "")],
        {},
        {},
    ),
    "STARE": (
        ["images/im0001.ppm", "labels-ah/im0001.ah.ppm"],
        [("labels-ah/im0001.ah.ppm", "images/im0001.ppm", "", "")],
        {},
        {},
    ),
    "Kvasir": (
        ["Kvasir-SEG/images/cju0.jpg", "Kvasir-SEG/masks/cju0.jpg", "Kvasir-SEG/kavsir_bboxes.json"],
        [("Kvasir-SEG/masks/cju0.jpg", "Kvasir-SEG/images/cju0.jpg", "", "")],
        {},
        {"text and code": 1},
    ),
    "BUSI": (
        [
            "benign/benign (1).png",
            "benign/benign (1)_mask.png",
            "benign/benign (2).png",
            "benign/benign (2)_mask.png",
            "benign/benign (2)_mask_1.png",
            "normal/normal (1).png",
            "normal/normal (1)_mask.png",
        ],
        [
            ("benign/benign (1)_mask.png", "benign/benign (1).png", "", ""),
            ("benign/benign (2)_mask.png", "benign/benign (2).png", "", ""),
            ("benign/benign (2)_mask_1.png", "benign/benign (2).png", "", ""),
            ("normal/normal (1)_mask.png", "normal/normal (1).png", "", ""),
        ],
        {},
        {},
    ),
    "Carvana": (
        ["train/00087a6bd4dc_01.jpg", "train_masks/00087a6bd4dc_01_mask.gif"],
        [("train_masks/00087a6bd4dc_01_mask.gif", "train/00087a6bd4dc_01.jpg", "", "train")],
        {},
        {},
    ),
    "DeepGlobe": (
        ["train/855_sat.jpg", "train/855_mask.png"],
        [("train/855_mask.png", "train/855_sat.jpg", "", "train")],
        {},
        {},
    ),
    "nnU-Net": (
        [
            "imagesTr/case_0000.png",
            "imagesTr/case_0001.png",
            "imagesTr/other_0000.png",
            "imagesTr/other_0001.png",
            "labelsTr/case.png",
            "labelsTr/other.png",
            "imagesTs/test_0000.png",
            "dataset.json",
        ],
        [
            ("labelsTr/case.png", "imagesTr/case_0000.png", "", "train"),
            ("labelsTr/other.png", "imagesTr/other_0000.png", "", "train"),
        ],
        {("image", "no-label"): 1},
        {"text and code": 1, "further images of a label": 2},
    ),
    "labelme's export": (
        [
            "JPEGImages/a.jpg",
            "SegmentationClass/a.png",
            "SegmentationClassNpy/a.npy",
            "SegmentationClassVisualization/a.jpg",
            "class_names.txt",
        ],
        [
            ("SegmentationClass/a.png", "JPEGImages/a.jpg", "", ""),
            ("SegmentationClassNpy/a.npy", "JPEGImages/a.jpg", "", ""),
        ],
        {},
        {"pictures made of labels": 1, "text and code": 1},
    ),
    "three encodings in one folder": (
        ["a_leftImg8bit.png", "a_gtFine_labelIds.png", "a_gtFine_labelTrainIds.png", "a_gtFine_instanceIds.png"],
        [
            ("a_gtFine_labelIds.png", "a_leftImg8bit.png", "", ""),
            ("a_gtFine_labelTrainIds.png", "a_leftImg8bit.png", "", ""),
        ],
        {},
        {"instance maps": 1},
    ),
    "DAVIS": (
        [
            "JPEGImages/480p/bear/00000.jpg",
            "JPEGImages/480p/bike/00000.jpg",
            "Annotations/480p/bear/00000.png",
            "Annotations/480p/bike/00000.png",
        ],
        [
            ("Annotations/480p/bear/00000.png", "JPEGImages/480p/bear/00000.jpg", "", ""),
            ("Annotations/480p/bike/00000.png", "JPEGImages/480p/bike/00000.jpg", "", ""),
        ],
        {},
        {},
    ),
    "ScanNet": (
        ["scans/s0/color/0.jpg", "scans/s0/label/0.png", "scans/s1/color/0.jpg", "scans/s1/label/0.png"],
        [
            ("scans/s0/label/0.png", "scans/s0/color/0.jpg", "", ""),
            ("scans/s1/label/0.png", "scans/s1/color/0.jpg", "", ""),
        ],
        {},
        {},
    ),
    "parts of one set": (
        ["images_a/1.jpg", "images_b/1.jpg", "masks_a/1.png", "masks_b/1.png"],
        [("masks_a/1.png", "images_a/1.jpg", "", ""), ("masks_b/1.png", "images_b/1.jpg", "", "")],
        {},
        {},
    ),
    "predictions beside": (
        ["images/1.jpg", "labels/1.png", "preds/1.npy", "labels/2.png", "images/2.jpg"],
        [("labels/1.png", "images/1.jpg", "preds/1.npy", ""), ("labels/2.png", "images/2.jpg", "", "")],
        {("label", "no-prediction"): 1},
        {},
    ),
    "photographs beside labels of the same stem": (
        ["a.jpg", "a.png", "b.JPEG", "b.png"],
        [("a.png", "a.jpg", "", ""), ("b.png", "b.JPEG", "", "")],
        {},
        {},
    ),
    "photographs in another folder": (
        ["colour/a.jpg", "ids/a.png"],
        [("ids/a.png", "colour/a.jpg", "", "")],
        {},
        {},
    ),
    "both kinds in a folder of images": (
        ["images/a.jpg", "images/a.png"],
        [("images/a.png", "images/a.jpg", "", "")],
        {},
        {},
    ),
    "both kinds in a folder of labels": (
        ["labels/a.jpg", "labels/a.png"],
        [("labels/a.png", "labels/a.jpg", "", "")],
        {},
        {},
    ),
    "masks among the images": (
        ["images/a.jpg", "images/a_mask.png"],
        [("images/a_mask.png", "images/a.jpg", "", "")],
        {},
        {},
    ),
    "nothing but labels": (
        ["b.png", "a.png", "c/d.tif"],
        [(n, "", "", "") for n in ("a.png", "b.png", "c/d.tif")],
        {},
        {},
    ),
    "JPEGs alone are labels": (["a.jpg", "b.jpg"], [("a.jpg", "", "", ""), ("b.jpg", "", "", "")], {}, {}),
    "nothing but images": (["images/a.png"], [("", "images/a.png", "", "")], {}, {}),
    "nothing but predictions": (
        ["preds/a.npy", "images/a.png", "images/b.png"],
        [("", "images/a.png", "preds/a.npy", "")],
        {},
        {"images without a prediction": 1},
    ),
    "nothing but instance maps": (
        ["a_instanceIds.png", "b_instanceIds.png"],
        [("a_instanceIds.png", "", "", ""), ("b_instanceIds.png", "", "", "")],
        {},
        {},
    ),
    "nothing but depth": (["depth/a.png"], [("depth/a.png", "", "", "")], {}, {}),
    "images and depth": (
        ["images/a.png", "depth/a.png"],
        [("", "images/a.png", "", "")],
        {},
        {"depth and other measurements": 1},
    ),
    "formats that are not read are labels, too": (
        ["images/a.jpg", "annotations/a.mat"],
        [("annotations/a.mat", "images/a.jpg", "", "")],
        {},
        {},
    ),
    "volumes of nnU-Net": (
        ["imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz"],
        [("labelsTr/a.nii.gz", "", "", "train")],
        {},
        {"images of formats that segloss does not read": 1},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_known_data_sets(make, layout):
    files, expected, orphans, passed = LAYOUTS[layout]
    make(*files)
    it = found()
    assert rows(it) == expected
    assert kinds(it) == orphans
    assert dict(it.passed) == passed
    assert it.root == "."
    assert not it.refused


def test_several_data_sets_below_one_folder(make):
    """A set without images beside one with images lacks nothing."""
    make("a/images/1.jpg", "a/masks/1.png", "b/masks/7.png", "c/val/2.png", "c/valannot/2.png", "d/preds/9.png")
    it = found()
    assert pairs(it) == [
        ("a/masks/1.png", "a/images/1.jpg"),
        ("b/masks/7.png", ""),
        ("c/valannot/2.png", "c/val/2.png"),
        ("", ""),
    ]
    assert it.samples[3].prediction == os.path.join("d", "preds", "9.png")
    assert kinds(it) == {}


def test_paths_are_shown_as_they_were_given(make, tmp_path):
    make("set/images/a.jpg", "set/masks/a.png")
    for given in ("set", "set/", "./set", str(tmp_path / "x" / "set")):
        (sample,) = found(given).samples
        prefix = given.removeprefix("./").rstrip("/")
        assert sample.label == os.path.join(prefix, "masks", "a.png")
        assert sample.image == os.path.join(prefix, "images", "a.jpg")


def test_the_order_is_that_of_the_parts_of_paths(make):
    make("b/z.png", "b.png", "a-b/c.png", "a/b.png", "a/b/c.png", "a.png", "a/a.png", "B.png")
    it = found()
    names = [sample.path.replace(os.sep, "/") for sample in it.samples]
    assert names == sorted(names, key=lambda name: name.split("/"))
    assert names[0] == "B.png"
    assert names[1:5] == ["a/a.png", "a/b/c.png", "a/b.png", "a-b/c.png"]


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("data/preds", ("", "", "data/preds/1.png", "")),
        ("data/labels/val", ("data/labels/val/1.png", "", "", "val")),
        ("data/images/val/city", ("", "data/images/val/city/1.png", "", "val")),
        ("data/SegmentationObject", ("data/SegmentationObject/1.png", "", "", "")),
        ("images_of_my_holiday_2020", ("images_of_my_holiday_2020/1.png", "", "", "")),
    ],
)
def test_the_name_of_the_root_counts_where_nothing_else_tells(make, root, expected):
    make(f"{root}/1.png")
    assert rows(found(root)) == [expected]


def test_names_above_the_current_folder_count_up_to_a_split(make, monkeypatch):
    make("preds/val/1.png", "preds/run/1.png")
    monkeypatch.chdir("preds/val")
    assert rows(found()) == [("", "", "1.png", "val")]
    monkeypatch.chdir("../run")
    assert rows(found()) == [("1.png", "", "", "")]


def test_a_name_inside_is_stronger_than_the_root(make):
    make("results/labels/1.png", "results/images/1.jpg", "results/1.npy")
    np.save("results/1.npy", np.zeros((3, 2, 2), np.float32))
    assert rows(found("results")) == [("results/labels/1.png", "results/images/1.jpg", "results/1.npy", "")]


def test_arrays_are_told_by_their_type_where_nothing_else_tells(make):
    make("a.png")
    np.save("a.npy", np.zeros((3, 4, 4), np.float32))
    assert rows(found()) == [("a.png", "", "a.npy", "")]
    np.save("a.npy", np.zeros((4, 4), np.int64))
    assert rows(found()) == [("a.npy", "a.png", "", "")]
    assert found("a.npy").samples == (Sample(label="a.npy"),)


def test_an_npz_is_a_prediction_only_beside_pictures(make):
    make("a.npz")
    assert found().samples == (Sample(label="a.npz"),)
    make("a.png")
    assert found().samples == (Sample(label="a.png", prediction="a.npz"),)


def test_what_is_said_counts_more_than_names(make):
    make("images/a.png", "stuff/a.png", "labels/a.npy", "labels/x.png")
    it = found("labels/x.png", labels=["images"], images=["stuff/*.png"], predictions=["labels/a.npy"])
    assert rows(it) == [("images/a.png", "stuff/a.png", "labels/a.npy", ""), ("labels/x.png", "", "", "")]
    assert rows(found(".", labels=["images"], images=["stuff"], predictions=["labels"]))[0] == (
        "images/a.png",
        "stuff/a.png",
        "labels/a.npy",
        "",
    )


def test_what_is_said_needs_no_path(make):
    make("p/a.png", "q/a.png")
    assert rows(survey([], labels=["q"], images=["p"])) == [("q/a.png", "p/a.png", "", "")]
    assert survey([], labels=["q"], images=["p"]).root == "."


def test_files_that_were_named_are_labels_though_they_would_be_put_aside(make):
    make("a_instanceIds.png", "a_labelIds.png", "depth/a.png", ".hidden.png", "notes.txt")
    assert rows(found("a_instanceIds.png", "a_labelIds.png")) == [
        ("a_instanceIds.png", "", "", ""),
        ("a_labelIds.png", "", "", ""),
    ]
    it = found("a_labelIds.png", "depth/a.png", ".hidden.png", "notes.txt", "a_labelIds.png")
    assert [row[0] for row in rows(it)] == [".hidden.png", "a_labelIds.png", "depth/a.png"]
    assert dict(it.passed) == {"text and code": 1}


def test_a_file_in_a_folder_that_is_given_too_counts_once(make):
    make("d/a.png", "d/b.png")
    assert [row[0] for row in rows(found("d/b.png", "d"))] == ["d/a.png", "d/b.png"]
    assert [row[0] for row in rows(found("d", "d/b.png", "./d", "d/"))] == ["d/a.png", "d/b.png"]


def test_globs(make):
    make("run/images/a.jpg", "run/masks/a.png", "run/masks/b.png", "run/masks/deep/c.png", "run/masks/notes.txt")
    assert [row[0] for row in rows(found("run/masks/?.png"))] == ["run/masks/a.png", "run/masks/b.png"]
    assert [row[0] for row in rows(found("run/**/*.png"))] == [
        "run/masks/a.png",
        "run/masks/b.png",
        "run/masks/deep/c.png",
    ]
    assert found("run/m*").root == os.path.join("run", "masks")
    make("odd[1].png")
    assert rows(found("odd[1].png")) == [("odd[1].png", "", "", "")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\0"])
def test_file_lists(make, ending):
    make("i/a b.jpg", "images/a b.jpg", "masks/a b.png", "masks/#1.png", "list.txt")
    with open("list.txt", "w", newline="") as file:
        file.write(ending.join(["images/a b.jpg", "", "masks/a b.png", "masks/#1.png", ""]))
    it = survey([], file_list="list.txt")
    assert pairs(it) == [("masks/#1.png", ""), ("masks/a b.png", "images/a b.jpg")]


def test_a_file_list_from_the_standard_input_may_hold_newlines_in_names(make, monkeypatch):
    make("masks/a\nb.png", "masks/c.png")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"masks/a\nb.png\0masks\0")))
    assert [row[0] for row in rows(survey([], file_list="-"))] == ["masks/a\nb.png", "masks/c.png"]


def test_include_and_exclude(make):
    make("images/a.jpg", "masks/a.png", "masks/old/a.png", "masks/b.npy", "masks/thumb.png")
    assert [row[0] for row in rows(found(exclude=["masks/old", "thumb.png"]))] == ["masks/a.png", "masks/b.npy"]
    it = found(include=["masks/**/*.png"], exclude=["**/old"])
    assert [row[0] for row in rows(it)] == ["masks/a.png", "masks/thumb.png"]
    assert dict(it.passed) == {"not included": 2}
    it = survey(["."], images=["images"], include=["a.png"])
    assert pairs(it) == [("masks/a.png", "images/a.jpg"), ("masks/old/a.png", "images/a.jpg")]


def test_globs_are_relative_to_the_root_or_to_a_base(make):
    make("set/masks/a.png", "set/masks/b.png")
    assert pairs(found("set", include=["masks/a.png"])) == [("set/masks/a.png", "")]
    assert pairs(found("set/masks", include=["set/masks/a.png"], base=".")) == [("set/masks/a.png", "")]
    assert pairs(found("set/masks/a.png", "set/masks/b.png", exclude=["set/masks/b*"], base=".")) == [
        ("set/masks/a.png", "")
    ]


def test_some_files_of_a_set_lack_nothing(make):
    """As a commit hook gives them: each is judged, whatever else there is."""
    make("data/images/a.jpg", "data/images/b.jpg", "data/masks/a.png", "data/masks/c.png", "data/preds/z.npy")
    it = found(
        "data/images/a.jpg",
        "data/images/b.jpg",
        "data/masks/a.png",
        "data/masks/c.png",
        "data/preds/z.npy",
        scope="file",
    )
    assert rows(it) == [
        ("", "data/images/b.jpg", "", ""),
        ("data/masks/a.png", "data/images/a.jpg", "", ""),
        ("data/masks/c.png", "", "", ""),
        ("", "", "data/preds/z.npy", ""),
    ]
    assert it.orphans == ()


@pytest.mark.parametrize(
    ("said", "files", "expected"),
    [
        (
            {"image": "images/{stem}.jpg", "label": "gt/{stem}_m.png"},
            ["images/a.jpg", "gt/a_m.png", "gt/b.png"],
            [("gt/a_m.png", "images/a.jpg", "", "")],
        ),
        (
            {"image": "pics/{stem}.jpg"},
            ["pics/a.jpg", "masks/a_mask.png"],
            [("masks/a_mask.png", "pics/a.jpg", "", "")],
        ),
        (
            {"label": "gt/{stem}_m.png"},
            ["images/a.jpg", "images/b.jpg", "gt/a_m.png", "gt/b.png", "x.png", "preds/a.npy"],
            [("gt/a_m.png", "images/a.jpg", "preds/a.npy", "")],
        ),
        (
            {"image": "{split}/{city}/i_{stem}.png", "label": "{split}/{city}/l_{stem}.png"},
            ["train2017/ulm/i_1.png", "train2017/ulm/l_1.png", "val/ulm/l_1.png", "val/bonn/i_1.png"],
            [
                ("train2017/ulm/l_1.png", "train2017/ulm/i_1.png", "", "train"),
                ("val/ulm/l_1.png", "", "", "val"),
            ],
        ),
        (
            {"image": "{split}_{stem}.jpg", "label": "{split}_{stem}.png"},
            ["train_1.jpg", "val_1.jpg", "train_1.png", "val_1.png"],
            [("train_1.png", "train_1.jpg", "", "train"), ("val_1.png", "val_1.jpg", "", "val")],
        ),
        (
            {"mask": "**/{stem}/{stem}_?_*.png", "prediction": "p/{stem}.npy"},
            ["a/b/7/7_x_y.png", "7/7_x_.png", "p/7.npy", "7/8_x_y.png"],
            [("7/7_x_.png", "", "p/7.npy", ""), ("a/b/7/7_x_y.png", "", "p/7.npy", "")],
        ),
    ],
)
def test_patterns(make, said, files, expected):
    make(*files)
    assert rows(found(pairs=said)) == expected


def test_patterns_tell_what_lacks_a_partner(make):
    make("i/a.jpg", "i/b.jpg", "l/a.png", "l/c.png", "l/strange.gif")
    it = found(pairs={"image": "i/{stem}.jpg", "label": "l/{stem}.png"}, include=["l/*.png"])
    assert pairs(it) == [("l/a.png", "i/a.jpg"), ("l/c.png", "")]
    assert kinds(it) == {(L, "no-image"): 1, ("image", "no-label"): 1}
    assert dict(it.passed) == {"not included": 1}
    assert dict(found(pairs={"image": "i/{stem}.jpg", "label": "l/{stem}.png"}).passed) == {
        "that fit none of the patterns": 1
    }


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"image": "images/*.jpg"}, r"pattern 'images/\*.jpg' has no \{stem\}"),
        ({"picture": "{stem}.jpg"}, "'picture' is no role"),
        ({"image": "{stem}.jpg", "label": "{stem}.jpg"}, "two roles have the same pattern"),
        ({"label": "{stem}.png", "mask": "m/{stem}.png"}, "two patterns for labels"),
        ({"image": "{stem}{.jpg"}, "a brace stands alone"),
        ({"image": "{stem}.jpg}"}, "a brace stands alone"),
        ({"image": "{stem}_{1}.jpg"}, r"\{1\} is no name"),
    ],
)
def test_patterns_that_are_none(make, said, says):
    make("a.png")
    with pytest.raises(UsageError, match=says):
        found(pairs=said)


def test_splits_by_globs_and_lists(make):
    make("masks/a.png", "masks/b_mask.png", "masks/c.png", "lists/val.txt")
    with open("lists/val.txt", "w") as file:
        file.write("/SegNet/b.png /SegNet/annot/b.png\n\nc\n")
    it = found(splits={"train": "masks/a*", "val": ["lists/val.txt"]})
    assert [(row[0], row[3]) for row in rows(it)] == [
        ("masks/a.png", "train"),
        ("masks/b_mask.png", "val"),
        ("masks/c.png", "val"),
    ]
    assert "splits: train 1, val 2" in it.notes
    with pytest.raises(UsageError, match=r"splits: .*none.txt: cannot be read"):
        found(splits={"val": "none.txt"})


def test_splits_of_voc_are_in_its_lists(make):
    make("V/JPEGImages/a.jpg", "V/SegmentationClass/a.png", "V/SegmentationClass/b.png", "V/SegmentationClass/c.png")
    make("V/ImageSets/Segmentation/train.txt", "V/ImageSets/Segmentation/val.txt")
    for split, stem in (("train", "a"), ("val", "b")):
        with open(f"V/ImageSets/Segmentation/{split}.txt", "w") as file:
            file.write(stem + "\n")
    for root in ("V", "."):
        assert [row[3] for row in rows(found(root))] == ["train", "val", ""]


def test_images_tell_the_split_where_labels_do_not(make):
    make("val/images/a.png", "masks/a.png")
    assert rows(found()) == [("masks/a.png", "val/images/a.png", "", "val")]


def test_the_notes_say_how_all_was_known(make):
    make("JPEGImages/a.jpg", "SegmentationClass/a.png", "JPEGImages/b.jpg", "SegmentationClass/b_mask.png")
    make(*(f"JPEGImages/s{n}/x.jpg" for n in range(5)))
    assert found().notes == (
        "by folder names: labels in SegmentationClass, images in JPEGImages",
        "by stem: 1 label with an image",
        "by stem without the usual words after it: 1 label with an image",
    )
    make("one/a.png", "two/b.png", "three/c.png", "four/d.png", "five\n/e.png")
    note = next(n for n in found("one", "two", "three", "four", "five\n").notes if "nothing" in n)
    assert note == "since nothing says otherwise: labels in five, four, one and 2 more folders"


@pytest.mark.parametrize(
    ("paths", "knobs", "says"),
    [
        (["none"], {}, "none: no such file or folder"),
        (["none*.png"], {}, r"none\*.png: nothing matches"),
        (["."], {"labels": ["gone"]}, "--labels gone: no such file or folder"),
        (["."], {"images": ["gone*"]}, r"--images gone\*: nothing matches"),
        (["."], {"predictions": ["gone"]}, "--predictions gone: no such"),
        ([], {"file_list": "gone.txt"}, "--file-list gone.txt: cannot be read"),
        ([], {"file_list": "notes.txt"}, "--file-list notes.txt, line 2: gone.png: no such file or folder"),
        ([], {}, "nothing to check in no path: no label, image or prediction"),
        (["empty"], {}, "nothing to check in empty: no label, image or prediction$"),
        (
            ["."],
            {},
            r"nothing to check in \.: no label, image or prediction; 3 files were passed over \(1 hidden, 2 text and code\)",
        ),
        (["notes.txt"], {}, r"1 file was passed over \(1 text and code\)"),
    ],
)
def test_what_cannot_be_checked(make, paths, knobs, says):
    make("README.md", "notes.txt", ".hidden.png")
    os.mkdir("empty")
    with open("notes.txt", "w") as file:
        file.write("README.md\ngone.png\n")
    with pytest.raises(UsageError, match=says):
        survey(paths, **knobs)


def test_nothing_to_check_may_be_an_answer(make):
    make("README.md")
    it = found(allow_empty=True)
    assert it.samples == ()
    assert dict(it.passed) == {"text and code": 1}


def test_a_partner_that_is_missing(make):
    make(*(f"images/{n}.jpg" for n in range(5)), *(f"masks/{n}.png" for n in range(1, 6)))
    it = found()
    assert it.orphans == (
        Orphan(os.path.join("images", "0.jpg"), "image", "no-label", "no label has its stem"),
        Orphan(os.path.join("masks", "5.png"), "label", "no-image", "no image has its stem"),
    )


def test_a_partner_of_another_split_is_none(make):
    make("images/train/a.jpg", "images/val/b.jpg", "labels/train/b.png", "labels/val/a.png", "labels/trainval/c.png")
    make("images/train/c.jpg")
    it = found()
    assert pairs(it) == [
        ("labels/train/b.png", ""),
        ("labels/trainval/c.png", "images/train/c.jpg"),
        ("labels/val/a.png", ""),
    ]
    assert kinds(it)[(L, "no-image")] == 2


def test_a_stem_that_there_is_once_is_found_everywhere(make):
    make("images/deep/er/a.jpg", "images/deep/b.jpg", "images/other/b.jpg", "masks/a.png", "masks/b.png")
    it = found()
    assert pairs(it) == [("masks/a.png", "images/deep/er/a.jpg"), ("masks/b.png", "images/deep/b.jpg")]


def test_several_files_of_one_stem_are_no_partner(make):
    make("images/p/q/b.jpg", "images/r/s/b.jpg", "images/r/s/a.jpg", "masks/t/a.png", "masks/t/b.png")
    it = found()
    assert pairs(it) == [("masks/t/a.png", "images/r/s/a.jpg"), ("masks/t/b.png", "")]
    assert [(o.kind, o.what) for o in it.orphans if o.role == "label"] == [
        ("ambiguous", "several images in other folders have its stem")
    ]


def test_several_files_that_begin_with_a_stem_are_named(make):
    make("images/train1_a.jpg", "images/train1_b.jpg", "images/train10.jpg", "images/train2-x.jpg", "images/train3.jpg")
    make("masks/train1.png", "masks/train2.png", "masks/train3.png", "masks/train10.png", "images/train4")
    make("masks/train4.png")
    it = found()
    lost = {os.path.basename(o.path): (o.kind, os.path.basename(o.partner)) for o in it.orphans if o.role == "label"}
    assert lost == {"train1.png": ("ambiguous", "train1_a.jpg"), "train2.png": ("no-image", "train2-x.jpg")}


def test_two_files_of_one_stem(make):
    make("images/a.jpg", "images/a.bmp", "masks/a.png", "masks/a.npy", "masks/b.png", "images/b.jpg")
    it = found()
    assert sorted((o.path, o.role, o.kind, o.partner) for o in it.orphans) == [
        (os.path.join("images", "a.jpg"), "image", "duplicate", os.path.join("images", "a.bmp")),
        (os.path.join("masks", "a.png"), "label", "duplicate", os.path.join("masks", "a.npy")),
    ]
    assert pairs(it) == [
        ("masks/a.npy", "images/a.bmp"),
        ("masks/a.png", "images/a.bmp"),
        ("masks/b.png", "images/b.jpg"),
    ]


@pytest.mark.parametrize(("image", "label"), [("A.jpg", "a.png"), ("caf\u00e9.jpg", "cafe\u0301.png")])
def test_stems_that_differ_in_case_or_form_are_paired_and_named(make, image, label):
    make(f"images/{image}", f"masks/{label}", "images/b.jpg", "masks/b.png")
    it = found()
    assert all(partner for _, partner in pairs(it))
    (orphan,) = it.orphans
    assert (orphan.kind, orphan.path, orphan.partner) == (
        "case",
        os.path.join("masks", label),
        os.path.join("images", image),
    )


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (["img-000001", "img-000002"], ["00000001", "00000002"]),
        (["frame_a_x", "frame_b_x"], ["lab-a", "lab-b"]),
        (["pic1", "pic2", "pic3"], ["gt01", "gt02"]),
        (["s_image_1", "s_image_2"], ["s_mask_1", "s_mask_2"]),
    ],
)
def test_whole_folders_whose_names_differ_in_the_same_way(make, images, labels):
    make(*(f"images/{n}.jpg" for n in images), *(f"masks/{n}.png" for n in labels))
    assert pairs(found()) == [
        (f"masks/{label}.png", f"images/{image}.jpg") for image, label in zip(images, labels, strict=False)
    ]


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (["a1", "b1"], ["x1", "x2"]),
        (["a1", "a2"], ["x1", "x7"]),
        (["a1", "a2"], ["x1", "y1"]),
        (["ab", "ac"], ["xd", "xe"]),
    ],
)
def test_names_that_prove_nothing_are_not_paired(make, images, labels):
    make(*(f"images/{n}.jpg" for n in images), *(f"masks/{n}.png" for n in labels))
    it = found()
    assert not any(image for _, image in pairs(it))
    assert kinds(it)[(L, "no-image")] == len(labels)


def test_a_second_camera_lacks_no_labels(make):
    make("image_2/1.png", "image_3/1.png", "labels/1.png", "image_2/9.png")
    it = found()
    assert pairs(it) == [("labels/1.png", "image_2/1.png")]
    assert [(o.path, o.kind) for o in it.orphans] == [(os.path.join("image_2", "9.png"), "no-label")]
    assert dict(it.passed) == {"further images of a label": 1}


def test_a_label_has_one_prediction_and_others_are_judged_alone(make):
    make("labels/1.png", "labels/2.png", "preds/a/1.npy", "preds/a/2.npy", "preds/b/1.npy", "preds/b/3.npy")
    it = found()
    assert rows(it) == [
        ("labels/1.png", "", "preds/a/1.npy", ""),
        ("labels/2.png", "", "preds/a/2.npy", ""),
        ("", "", "preds/b/1.npy", ""),
    ]
    assert kinds(it) == {("prediction", "no-label"): 1}


def test_pictures_that_go_with_nothing_are_strays(make):
    make("images/a.jpg", "masks/a.png", "figures/teaser.png", "unet/a.png")
    it = found()
    assert pairs(it) == [("masks/a.png", "images/a.jpg")]
    assert sorted((o.kind, o.path) for o in it.orphans) == [
        ("stray", os.path.join("figures", "teaser.png")),
        ("stray", os.path.join("unet", "a.png")),
    ]
    assert dict(it.passed) == {"in folders that belong to no part of the layout": 2}


def test_a_folder_without_a_telling_name_may_hold_the_labels(make):
    make("images/a.jpg", "images/b.jpg", "voids/a.png", "other/images/c.jpg", "other/labels/c.png")
    assert pairs(found()) == [("other/labels/c.png", "other/images/c.jpg"), ("voids/a.png", "images/a.jpg")]


def test_predictions_and_their_truth_in_one_folder(make):
    make("results/a_pred.png", "results/a_gt.png", "results/b_pred.png", "results/b_gt.png", "results/a_overlay.png")
    it = found()
    assert rows(it) == [
        ("results/a_gt.png", "", "results/a_pred.png", ""),
        ("results/b_gt.png", "", "results/b_pred.png", ""),
    ]


def test_images_that_are_named_alike_are_told_apart_or_not_paired(make):
    make("images/a_rgb.jpg", "images/a_img.jpg", "images/b_img.jpg", "masks/a_mask.png", "masks/b_mask.png")
    it = found()
    assert pairs(it) == [("masks/a_mask.png", ""), ("masks/b_mask.png", "images/b_img.jpg")]
    assert [(o.path, o.kind) for o in it.orphans if o.role == "label"] == [
        (os.path.join("masks", "a_mask.png"), "ambiguous")
    ]


def test_words_before_names(make):
    make("images/img-a.jpg", "masks/mask-a.png", "images/img-b.jpg", "images/z.jpg", "masks/z.png")
    assert pairs(found()) == [("masks/mask-a.png", "images/img-a.jpg"), ("masks/z.png", "images/z.jpg")]


def test_ends_of_names_do_not_overrule_a_folder_of_labels(make):
    make("labels/a_pred.png", "labels/b.png", "images/a_mask.png", "images/b.png")
    assert pairs(found()) == [("labels/a_pred.png", "images/a_mask.png"), ("labels/b.png", "images/b.png")]


def test_photographs_that_go_with_nothing_beside_them_are_no_images(make):
    make("a.jpg", "b.jpg", "c.jpg", "a.png")
    assert [row[0] for row in rows(found())] == ["a.jpg", "a.png", "b.jpg", "c.jpg"]


def test_several_folders_without_telling_names(make):
    make("p/q/one/a.jpg", "p/q/two/b.jpg", "r/s/labels/a.png", "r/s/labels/b.png", "t/u/v/x.jpg")
    it = found()
    assert pairs(it) == [
        ("r/s/labels/a.png", "p/q/one/a.jpg"),
        ("r/s/labels/b.png", "p/q/two/b.jpg"),
        ("t/u/v/x.jpg", ""),
    ]
    assert it.orphans == ()


def test_paths_from_several_places(make, tmp_path):
    make("images/a.jpg", "masks/a.png")
    it = found("../x/images", str(tmp_path / "x" / "masks"))
    assert it.root == str(tmp_path / "x")
    assert it.samples == (Sample(label=str(tmp_path / "x" / "masks" / "a.png"), image="../x/images/a.jpg"),)


def test_a_great_many_parts_are_told_by_stems(make):
    make(*(f"images_{n:02}/x{n}.jpg" for n in range(12)), *(f"masks_{n:02}/x{n}.png" for n in range(12)))
    make("images_99/y.jpg", "masks_98/y.png")
    it = found()
    assert len(it.samples) == 13
    assert all(image for _, image in pairs(it))

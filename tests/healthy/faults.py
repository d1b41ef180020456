"""What may be wrong with each of the healthy sets: one fault each, and the rule that finds it."""

from dataclasses import dataclass

import numpy as np
from segloss_test_healthy_files import (
    animated,
    answered,
    as_jpeg,
    as_png,
    converted,
    copied,
    emptied,
    flipped_bit,
    other_palette,
    padded,
    photographed,
    removed,
    truncated,
    turned,
    with_alpha,
)
from segloss_test_healthy_plants import (
    array,
    changed,
    dot,
    everywhere,
    interpolated,
    narrower,
    nothing,
    once_a_jpeg,
    rewritten,
    sigmoid,
    smaller,
    smoothed_colours,
    softmax,
    stray,
    swapped,
    to,
    with_overlap,
    with_soft_alpha,
)


@dataclass(frozen=True)
class Fault:
    """A fault planted in one of the sets, the rule that must find it, and how it is checked.

    ``said`` is the contract, that of the set where it is None; ``alone`` says that the finding is about the whole set,
    or about every label, and not about the planted file alone; ``severity`` is the least that the finding must be.
    """

    where: str
    code: str
    plant: object
    said: tuple | None = None
    alone: bool = False
    severity: str = "error"


def of_set(where, code, plant, said=None, severity="error"):
    """A fault that is told of the set, or of all labels."""
    return Fault(where, code, plant, said, alone=True, severity=severity)


VOC, CAMVID = "VOC2012/SegmentationClass/*.png", "CamVid/trainannot/*.png"
CITY = "gtFine/train/aachen/*_gtFine_{}.png"


C4 = ("--num-classes", "4")
LABELS, ARRAYS, SCORES = "labels/*.png", "labels/*.npy", "predictions/*.npy"
MASKS, TRAIN = "masks/*.png", "train/masks/*.png"

FAULTS = [
    # objects
    Fault("VOC", "SL210", converted(VOC, "L"), severity="warning"),
    Fault("VOC", "SL102", converted(VOC, "RGB")),
    Fault("VOC", "SL108", converted(VOC, "RGB", "P"), severity="warning"),
    Fault("VOC", "SL604", removed("VOC2012/JPEGImages/*.jpg", VOC)),
    of_set("VOC", "SL202", nothing, ("--num-classes", "21")),
    of_set("VOC", "SL405", nothing, ("--num-classes", "21", "--ignore-index", "255", "--names", "a,b,c")),
    of_set("VOC", "SL403", nothing, ("--preset", "voc", "--loss", "dice-ce:like=monai")),
    of_set("VOC", "SL404", nothing, ("--preset", "voc", "--class-weights", ",".join(["1"] * 20))),
    Fault("VOC, augmented labels", "SL209", changed("VOCaug/SegmentationClassAug/*.png", lambda p, r: p * 0 + 255)),
    Fault(
        "labelme in VOC's layout",
        "SL201",
        changed("data_dataset_voc/SegmentationClass/*.png", stray(9)),
        ("--num-classes", "6"),
    ),
    Fault("crops with a thin border", "SL107", emptied(LABELS)),
    Fault(
        "crops of two classes",
        "SL203",
        changed(LABELS, lambda p, r: np.where(p == 1, 255, p).astype("u1")),
        severity="warning",
    ),
    Fault("wide void", "SL201", changed(LABELS, stray(9))),
    Fault("Person-Part", "SL201", changed("pascal_person_part/*.png", stray(9))),
    Fault("Pascal-Context, 60 classes", "SL201", changed("VOC2010/SegmentationClassContext/*.png", stray(77))),
    Fault("Pascal-Context, 59 classes", "SL201", changed("VOC2010/SegmentationClassContext/*.png", stray(77))),
    Fault("ADE20K", "SL201", changed("ADEChallengeData2016/annotations/*/*.png", stray(200))),
    of_set("ADE20K", "SL206", nothing, ("--num-classes", "150")),
    of_set("COCO-Stuff", "SL206", nothing, ("--num-classes", "171", "--ignore-index", "255")),
    Fault("COCO-Stuff, 171 classes", "SL101", as_jpeg("annotations/*/*.png")),
    Fault("COCO panoptic", "SL107", truncated("annotations/*/*.png")),
    of_set("pets, trimaps", "SL204", nothing, ("--num-classes", "3")),
    of_set("pets in VOC's way", "SL202", nothing, ("--num-classes", "3")),
    Fault("one object of each class", "SL212", changed(LABELS, interpolated), severity="warning"),
    of_set(
        "classes that most labels lack", "SL607", copied("labels/train/*.png", "labels/val/*.png"), severity="warning"
    ),
    of_set("256 classes", "SL202", nothing, ("--num-classes", "255")),
    # streets
    Fault(
        "Cityscapes, trainIds",
        "SL206",
        changed(CITY.format("labelTrainIds"), lambda p, r: np.where(p < 19, p + 14, p).astype("u1")),
    ),
    of_set("Cityscapes, labelIds", "SL603", everywhere("gtFine/val/*/*.png", to(26, 11)), severity="warning"),
    Fault("Cityscapes, labelIds", "SL201", changed(CITY.format("labelIds"), stray(40))),
    Fault("Cityscapes, colours", "SL105", changed(CITY.format("color"), smoothed_colours)),
    Fault("Cityscapes, instanceIds", "SL501", changed(CITY.format("instanceIds"), narrower)),
    Fault("Cityscapes as downloaded", "SL501", changed(CITY.format("labelIds"), smaller)),
    Fault("Cityscapes as prepared", "SL604", removed("leftImg8bit/train/aachen/*.png", CITY.format("labelTrainIds"))),
    Fault("KITTI", "SL110", flipped_bit("training/semantic/*.png")),
    Fault("Mapillary", "SL606", other_palette("training/v1.2/labels/*.png"), severity="warning"),
    of_set("CamVid", "SL202", nothing, ("--num-classes", "11")),
    Fault("CamVid", "SL113", animated(CAMVID), severity="warning"),
    Fault("CamVid of fastai", "SL201", changed("labels/*_P.png", stray(40))),
    Fault("CamVid, 32 colours", "SL105", changed("LabeledApproved/*.png", swapped)),
    of_set("NYUDv2, 0 is void", "SL206", nothing, ("--num-classes", "40")),
    Fault("NYUDv2, 255 is void", "SL201", changed("nyudv2/labels_40/*.png", stray(200))),
    Fault(
        "SUN RGB-D",
        "SL103",
        rewritten("semseg-label37/train/*.png", lambda p, r: np.stack([p] * 3, -1)),
        severity="warning",
    ),
    Fault("kerbs and lanes", "SL212", changed(LABELS, interpolated), severity="warning"),
    Fault("wires", "SL212", changed(LABELS, interpolated), severity="warning"),
    Fault(
        "CARLA",
        "SL102",
        changed("CameraSeg/*.png", lambda p, r: p + (r.random(p.shape) < 0.5).astype("u1")),
        severity="warning",
    ),
    Fault("EXIF orientation 1", "SL502", turned("images/*.jpg", MASKS)),
    of_set("an infinite weight", "SL404", changed(LABELS, to(3, 4))),
    # surfaces
    Fault("LoveDA", "SL201", changed("Train/Urban/masks_png/*.png", stray(9))),
    Fault("Potsdam", "SL105", changed("5_Labels_all/*.tif", smoothed_colours)),
    Fault("Vaihingen without boundaries", "SL101", as_jpeg("gts_for_participants/*.tif")),
    of_set(
        "Potsdam in tiles",
        "SL205",
        everywhere("potsdam/ann_dir/*/*.png", lambda p, r: np.where(p == 0, 255, p - 1).astype("u1")),
        severity="warning",
    ),
    Fault("iSAID", "SL105", copied("train/Instance_masks/images/*.png", "train/Semantic_masks/images/*.png")),
    Fault("iSAID in tiles", "SL201", changed("ann_dir/train/*.png", stray(77))),
    # medical
    Fault("ISIC", "SL101", as_jpeg(MASKS)),
    Fault("CHASE", "SL501", changed("CHASEDB1/*_1stHO.png", narrower)),
    Fault("masks of 0 and 1", "SL208", changed(MASKS, lambda p, r: p * 255)),
    Fault("masks of 0 and 1", "SL606", changed(MASKS, lambda p, r: p * 255), (), severity="warning"),
    of_set(
        "masks of 0 and 1",
        "SL401",
        everywhere(MASKS, lambda p, r: p * 2 + (p * r.random(p.shape) > 0.5).astype("u1")),
        ("--loss", "bce", "--task", "binary"),
    ),
    Fault("masks of 0 and 255", "SL606", changed(MASKS, lambda p, r: p // 255), severity="warning"),
    of_set("masks of 0 and 255", "SL203", nothing, ("--num-classes", "2", "--ignore-index", "255")),
    of_set("masks of 0 and 255", "SL208", nothing, ("--task", "binary")),
    Fault("masks of 0 and 65535", "SL606", rewritten(MASKS, lambda p, r: (p // 257).astype("u1")), severity="warning"),
    Fault("masks of one bit", "SL505", photographed("images/*.png", MASKS)),
    Fault("BUSI", "SL501", changed("Dataset_BUSI/benign/*_mask.png", narrower)),
    Fault(
        "DRIVE", "SL606", rewritten("DRIVE/training/1st_manual/*.gif", lambda p, r: p.astype(bool)), severity="warning"
    ),
    Fault("Carvana", "SL112", as_png("train_masks/*.gif"), severity="warning"),
    of_set("negatives among them", "SL603", everywhere("val/masks/*.png", lambda p, r: p * 0), severity="warning"),
    Fault("negatives among them", "SL504", with_alpha("train/images/*.png", TRAIN), severity="warning"),
    Fault("organs", "SL213", changed(LABELS, lambda p, r: once_a_jpeg()(p * 28, r), at=15), (), severity="warning"),
    of_set("nnU-Net", "SL207", everywhere("Dataset042_Nodes/labelsTr/*.png", to(2, 5))),
    Fault("cells in 16 bits", "SL107", truncated("masks/*.tif")),
    Fault("tissue", "SL201", changed("train/label/*.png", interpolated), severity="warning"),
    Fault("masks of 0 and 255", "SL212", changed(MASKS, interpolated), severity="warning"),
    of_set("cells in 16 bits", "SL605", nothing, (), "warning"),
    Fault("negatives among them", "SL608", changed(TRAIN, dot(2), at=5), (), severity="warning"),
    Fault("negatives among them", "SL506", rewritten("train/images/*.png", lambda p, r: p[..., 0]), severity="warning"),
    of_set("negatives among them", "SL601", nothing, severity="info"),
    of_set("negatives among them", "SL406", nothing, ("--num-classes", "2", "--ignore-index", "1"), "info"),
    Fault("masks of 0 and 1", "SL114", rewritten(MASKS, with_soft_alpha), severity="warning"),
    Fault("masks of 0 and 65535", "SL106", changed(MASKS, lambda p, r: p), severity="info"),
    # arrays
    Fault("int64 arrays", "SL301", array(ARRAYS, lambda a, r: a[..., None]), severity="warning"),
    Fault(
        "int64 arrays",
        "SL302",
        array(ARRAYS, lambda a, r: a.astype(np.float32)),
        ("--num-classes", "5", "--loss", "cross-entropy"),
        severity="warning",
    ),
    Fault("int64 arrays", "SL201", array(ARRAYS, stray(7))),
    Fault("whole floats", "SL211", array(ARRAYS, lambda a, r: a / np.float32(255))),
    Fault("whole floats", "SL215", array(ARRAYS, lambda a, r: (a + np.roll(a, 1, 0)) / 2 + np.float32(0.001))),
    of_set("arrays with -1", "SL202", nothing, ("--num-classes", "5")),
    Fault("arrays with -100", "SL201", array(ARRAYS, stray(-7))),
    Fault("arrays of batches", "SL201", array(ARRAYS, stray(4))),
    Fault("planes that overlap", "SL401", array(ARRAYS, lambda a, r: a * 2)),
    Fault(
        "one-hot planes",
        "SL314",
        array(ARRAYS, with_overlap),
        ("--num-classes", "4", "--task", "multiclass"),
    ),
    Fault("mattes", "SL505", photographed("images/*.jpg", "alpha/*.png")),
    Fault("mattes in arrays", "SL107", array(ARRAYS, lambda a, r: np.where(a > 0.9, np.nan, a))),
    Fault("label smoothing", "SL216", array(ARRAYS, lambda a, r: (a - 0.5) / 0.5), severity="warning"),
    Fault("label smoothing of planes", "SL107", array(ARRAYS, lambda a, r: np.where(a > 0.9, np.nan, a))),
    Fault("distances", "SL107", array(ARRAYS, lambda a, r: np.where(a > 3, np.inf, a))),
    # predictions
    Fault(
        "logits",
        "SL317",
        array(SCORES, lambda a, r: a * 0 + np.arange(4, dtype=np.float32)[:, None, None]),
        severity="info",
    ),
    Fault("logits", "SL303", array(SCORES, softmax), severity="info"),
    Fault("logits", "SL311", rewritten(LABELS, lambda p, r: np.stack([p, 3 - p, p // 2, p * 0 + 9], -1))),
    of_set("logits in batches of one", "SL312", nothing, ("--task", "binary")),
    Fault(
        "logits in float16",
        "SL313",
        array(SCORES, lambda a, r: np.repeat(np.repeat(a, 3, 1), 3, 2)),
        (*C4, "--loss", "dice"),
        severity="warning",
    ),
    Fault("logits", "SL309", array(SCORES, lambda a, r: a[:, ::2, ::2])),
    Fault("logits", "SL316", array(SCORES, lambda a, r: np.where(a > 5, np.nan, a))),
    Fault("logits", "SL318", array(SCORES, lambda a, r: np.concatenate([a, a[:1] - 9]))),
    Fault("logits", "SL304", array(SCORES, lambda a, r: softmax(softmax(a))), severity="warning"),
    Fault("logits", "SL315", array(SCORES, lambda a, r: a[:, ::-1].copy()), severity="warning"),
    Fault("logits", "SL319", answered(LABELS, SCORES), severity="warning"),
    Fault("logits", "SL310", array(SCORES, lambda a, r: np.moveaxis(a, 0, -1).copy()), (), severity="info"),
    of_set("logits", "SL306", nothing, ("--num-classes", "4", "--loss", "nll")),
    of_set("probabilities", "SL306", nothing, ("--num-classes", "4", "--loss", "cross-entropy-with-logits"), "warning"),
    Fault("predicted ids", "SL308", changed("predictions/*.png", stray(7))),
    Fault("predicted ids", "SL319", copied(LABELS, "predictions/*.png"), severity="warning"),
    Fault("sigmoids", "SL305", array(SCORES, sigmoid), severity="warning"),
    of_set(
        "binary logits", "SL307", nothing, ("--num-classes", "2", "--task", "multiclass", "--loss", "cross-entropy")
    ),
    of_set("logits of VOC", "SL202", nothing, ("--num-classes", "21")),
    # images
    Fault("one object of each class", "SL503", padded("images/*.jpg", LABELS), severity="info"),
]

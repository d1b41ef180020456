"""By what each data set is told: the names that it gives its labels, and ids that are seen in no other set.

All in one place, since it is a comparison: what one set has for itself, another must not have. Patterns are those of
:mod:`segloss_cli.presets._glob`, in small letters.
"""

from __future__ import annotations

from collections.abc import Mapping

from segloss_cli._record import record


@record(frozen=True)
class Marks:
    """What tells the labels of a data set.

    ``sure`` are paths of labels that belong to this set and to no other that is known here; ``likely`` paths that
    others have as well. ``against`` are paths which, lying beside the labels, say that they are somebody's own.
    ``needs`` are ids of which one must be seen before the set is certain. ``telling`` are whole sets of ids: where
    all labels together hold exactly these, the data set is worth a mention, and no more than that.
    """

    sure: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    needs: frozenset[int] = frozenset()
    telling: tuple[frozenset[int], ...] = ()


def _ids(*spans: tuple[int, int]) -> frozenset[int]:
    return frozenset(value for first, last in spans for value in range(first, last + 1))


_VOID = (255, 255)
_VIDEO = "{0016e5,0001tp,0006r0,seq05vd}_*"
_NYU = ("{nyu,nyuv2,nyudv2,nyu_v2,nyu-v2,nyud_v2,nyudepthv2,nyu_depth_v2,nyudv2-40}/**.png",)
_STUFF = "{train,val}2017/############.png"
_ISPRS = "ann_dir/{train,val}"

MARKS: Mapping[str, Marks] = {
    "ade20k": Marks(
        sure=("ade_{train,val}_########.png",),
        telling=(_ids((0, 150)), _ids((1, 150))),
    ),
    "camvid": Marks(
        sure=(f"{{train,val,test}}annot/{_VIDEO}.png",),
        likely=("{train,val,test}annot/*.png",),
        telling=(_ids((0, 11)), _ids((0, 10), _VOID)),
    ),
    "camvid-32": Marks(sure=(f"{_VIDEO}_{{l,p}}.png",)),
    "cityscapes": Marks(
        sure=("*_gt{fine,coarse}_labeltrainids.png",),
        likely=("*_gt_labeltrainids.png",),
        telling=(_ids((0, 18)), _ids((0, 18), _VOID)),
    ),
    "cityscapes-colour": Marks(sure=("*_gt{fine,coarse}_color.png",)),
    "cityscapes-instances": Marks(sure=("*_gt{fine,coarse}_instanceids.png",)),
    "cityscapes-labelids": Marks(
        sure=("*_gt{fine,coarse}_labelids.png",),
        likely=("*_gt_labelids.png",),
        telling=(_ids((0, 33)),),
    ),
    "coco-panoptic": Marks(sure=("panoptic_{train,val}201#/############.png",)),
    "coco-stuff": Marks(sure=(f"stuffthingmaps{{,_trainval2017}}/{_STUFF}",), likely=(_STUFF,)),
    "coco-stuff-171": Marks(sure=("############_labeltrainids.png",), telling=(_ids((0, 170), _VOID),)),
    "isaid": Marks(sure=("p####*_instance_color_rgb.png",)),
    "kitti": Marks(
        sure=("training/semantic/######_1#.png",),
        likely=("semantic/######_1#.png",),
        telling=(_ids((0, 33)),),
    ),
    "loveda": Marks(sure=("{urban,rural}/masks_png/#*.png",), telling=(_ids((1, 7)),)),
    "mapillary": Marks(sure=("v1.2/labels/*.png",), telling=(_ids((0, 65)),)),
    "mapillary-v2": Marks(sure=("v2.0/labels/*.png",), telling=(_ids((0, 123)),)),
    "medical-binary": Marks(
        sure=(
            "isic_#######_segmentation.png",
            "##_manual1.{gif,png,tif}",
            "image_##{l,r}_{1st,2nd}ho.png",
            "im####.{ah,vk}.png",
        ),
        likely=("{kvasir,kvasir-seg,cvc-clinicdb,cvc-612,cvc-colondb,etis-laribpolypdb}/{masks,mask}/*",),
        telling=(_ids((0, 0), _VOID), frozenset({0, 65535})),
    ),
    "nyudv2-40": Marks(likely=_NYU, telling=(_ids((0, 40)), _ids((1, 40)))),
    "nyudv2-40-255": Marks(likely=_NYU, telling=(_ids((0, 39), _VOID),)),
    "pascal-context": Marks(sure=("segmentationclasscontext/*.png",), telling=(_ids((0, 59)),)),
    "pascal-context-59": Marks(sure=("segmentationclasscontext/*.png",), telling=(_ids((0, 59)),)),
    "person-part": Marks(likely=("{pascal_person_part,pascal-person-part,person_part,person-part}/**.png",)),
    "pets": Marks(sure=("annotations/trimaps/*.png",), likely=("trimaps/*.png",), telling=(_ids((1, 3)),)),
    "potsdam": Marks(sure=("top_potsdam_*_label{,_noboundary}.tif",)),
    "potsdam-ids": Marks(sure=(f"{_ISPRS}/#_##_#*_#*_#*_#*.png",), likely=("potsdam/**.png",)),
    "sunrgbd-37": Marks(
        sure=("{label37,semseg-label37}_{train,test}/########.png", "semseg-label37/{train,test}/########.png"),
        likely=("{sunrgbd,sun-rgbd,sun_rgbd}/**.png",),
        needs=frozenset({255}),
        telling=(_ids((0, 36), _VOID),),
    ),
    "vaihingen": Marks(
        sure=("gts_for_participants/top_mosaic_09cm_area#*.tif", "top_mosaic_09cm_area#*_noboundary.tif"),
        likely=("top_mosaic_09cm_area#*.tif",),
    ),
    "vaihingen-ids": Marks(sure=(f"{_ISPRS}/area#*_#*_#*_#*_#*.png",), likely=("vaihingen/**.png",)),
    "voc": Marks(
        sure=("segmentationclass{,aug}/20##_######.png",),
        likely=("segmentationclass{,aug}/*.png",),
        against=(
            # labelme, CVAT and others write VOC's layout, and even VOC's names, for classes of one's own
            "segmentationclass{npy,png,visualization}/*",
            "{class_names,labels,labelmap}.txt",
        ),
        # parts of people are 0 to 6, in files of the same names
        needs=_ids((7, 20)),
        telling=(_ids((0, 20)), _ids((0, 20), _VOID), _ids((0, 10), _VOID), _ids((0, 0), _VOID)),
    ),
}

"""Id spaces of well-known data sets that are mistaken for one another, told from the values (and the file's name)."""

from __future__ import annotations

from segloss_cli._record import record
from segloss_cli.rules._ids import WITH_OTHER, class_range, ignored, kept
from segloss_cli.types import Contract, Number, Profile


@record(frozen=True)
class Space:
    """A suspected id space: what the ids fit, what to do, and the values that show it."""

    fits: str
    remedy: str
    values: tuple[Number, ...]


def stem(profile: Profile) -> str:
    """The file's name without folders and suffix, in small letters: a hint, never a proof."""
    name = profile.path.replace("\\", "/").rpartition("/")[2]
    return (name.rpartition(".")[0] or name).lower()


def suspected(profile: Profile, contract: Contract) -> Space | None:
    """The id space that explains ids beyond the number of classes, or None."""
    classes = class_range(contract)
    values = [value for value in kept(profile, contract) if value not in {255, -1}]
    if classes is None or not values or not profile.integral or contract.num_classes is None:
        return None
    strays = tuple(value for value in values if value not in classes and value not in ignored(contract))
    if not strays or contract.reduce_zero_label:
        return None
    return (
        _cityscapes(profile, contract.num_classes, values, strays)
        or _with_other(contract.num_classes, values, strays)
        or _coco(contract.num_classes, values, strays)
    )


def instance_ids(profile: Profile) -> bool:
    """Whether the values read as Cityscapes instance ids: labelId * 1000 + n beside plain labelIds."""
    values = [*(profile.counts or {})]
    large = [value for value in values if value >= 1000]
    if not large or not profile.integral:
        return False
    return all(24 <= value // 1000 <= 33 for value in large) and all(v <= 33 for v in values if v < 1000)


def _cityscapes(profile: Profile, count: int, values: list[Number], strays: tuple[Number, ...]) -> Space | None:
    if count not in {19, 20}:
        return None
    if instance_ids(profile):
        return Space("Cityscapes instanceIds (labelId * 1000 + n)", _TRAIN_IDS, strays)
    labelled = "labelids" in stem(profile) or (len(strays) >= 2 and max(values) > 21)
    if min(values) < 0 or max(values) > 33 or not labelled:
        return None
    return Space("Cityscapes labelIds (0..33), not trainIds (0..18)", _TRAIN_IDS, strays)


def _with_other(count: int, values: list[Number], strays: tuple[Number, ...]) -> Space | None:
    if count not in WITH_OTHER or strays != (count,) or min(values) < 0:
        return None
    fits = f"{WITH_OTHER[count]} as stored: 0 is 'other', the classes are 1..{count}"
    return Space(fits, "move every id down by one and ignore 0: reduce_zero_label (--reduce-zero-label)", strays)


def _coco(count: int, values: list[Number], strays: tuple[Number, ...]) -> Space | None:
    if min(values) < 0:
        return None
    if count in {80, 81} and max(values) <= 91:
        return Space("COCO category ids (1..90, with gaps)", _COCO, strays)
    if count == 171 and max(values) <= 181:
        return Space("COCO-Stuff ids (0..181, with gaps)", _COCO, strays)
    return None


_TRAIN_IDS = "use the *_gtFine_labelTrainIds.png files (cityscapesScripts' createTrainIdLabelImgs.py writes them)"
_COCO = "map the category ids to consecutive ids with a table, label = table[label], for training and evaluation"

"""A label's values against the contract: which are classes, which are ignored, and which are neither.

The rules about values share one partition, so that for one fault one rule speaks. Of the values that are neither a
class nor ignored, ``outside`` gives those that usually mean "void" to SL202 and the others to SL201 (or, where a
binary loss was declared, to SL401); a binary label stored as {0, v} belongs to SL208 alone.
"""

from __future__ import annotations

from typing import Literal

from segloss_cli._record import record
from segloss_cli.rules._words import total
from segloss_cli.types import Contract, Number, Profile

VOID = frozenset({255, 65535, -1, -100})
WHITE = frozenset({255, 65535})
THIN, SOLID = 0.3, 0.5
BORDER = 0.3
"""A void border covers no more than this share of the pixels."""

SMALL = 0.05
"""Where the shape of an ignored value is not known, less than this share of the pixels is taken for void."""

WITH_OTHER = {150: "ADE20K", 40: "NYUDv2-40", 37: "SUN RGB-D"}
"""Data sets stored as 1..C with 0 for "other": there the id C is a class, not void."""

GREY_LEVELS = 8
"""With this many other values outside, 255 is one more grey level rather than a void marker."""

BINARY_LOSSES = frozenset({"bce", "binary-cross-entropy", "bce-with-logits", "bce-logits"})

Body = Literal["thin", "solid", "between", "unknown"]


@record(frozen=True)
class ClassRange:
    """The stored values that are classes, both ends included; ``declared`` by the user or only inferred."""

    first: int
    last: int
    declared: bool

    def __contains__(self, value: Number) -> bool:
        """Whether the value is one of the classes."""
        return self.first <= value <= self.last

    def __str__(self) -> str:
        """As in a sentence: ``0..20``."""
        return f"{self.first}..{self.last}"


@record(frozen=True)
class Outside:
    """The values that are neither a class nor ignored: those that look like void, and the others."""

    others: tuple[Number, ...] = ()
    void: tuple[Number, ...] = ()


def class_range(contract: Contract) -> ClassRange | None:
    """The range of class ids as they are stored, or None where nothing says how many there are.

    One output channel, or a binary task, means the ids 0 and 1. With ``reduce_zero_label`` the stored classes are
    1..num_classes, since 0 becomes ignored and every id moves down by one.
    """
    # a dozen rules ask this of each label of a set, all with one contract
    last, known = _LAST[0]
    if last is not contract:
        known = _class_range(contract)
        _LAST[0] = contract, known
    return known


_LAST: list[tuple[Contract | None, ClassRange | None]] = [(None, None)]


def _class_range(contract: Contract) -> ClassRange | None:
    count, declared = contract.num_classes, contract.says("num_classes")
    if contract.names and (count is None or _named(contract, count)):
        count, declared = count or len(contract.names), declared or contract.says("names")
    if contract.task == "binary":
        count, declared = 2, declared or contract.says("task")
    if count is None:
        return None
    shift = int(contract.reduce_zero_label)
    return ClassRange(shift, max(count, 2) - 1 + shift, declared)


def _named(contract: Contract, count: int) -> bool:
    """Whether the names are those of so many classes; more may stand for ignored ids."""
    return count <= len(contract.names) and all(i in contract.ignore for i in range(count, len(contract.names)))


def ignored(contract: Contract) -> frozenset[int]:
    """The stored values that no loss counts; ``reduce_zero_label`` sends both 0 and 255 to the ignored id."""
    return contract.ignore | {0, 255} if contract.reduce_zero_label else contract.ignore


def ignore_declared(contract: Contract) -> bool:
    """Whether the user said what is ignored."""
    return contract.says("ignore") or contract.says("reduce_zero_label")


def kept(profile: Profile, contract: Contract) -> dict[Number, int]:
    """The values that a loss counts, with their pixels; empty also where the values are not listed."""
    gone = ignored(contract)
    return {value: count for value, count in (profile.counts or {}).items() if value not in gone}


def body(profile: Profile, value: Number) -> Body:
    """Whether the pixels of a value are a thin line or solid areas, by the share that survives an erosion.

    What covers a large part of the picture is no border, however finely it is divided: cell interiors between
    membranes, a net.
    """
    core = profile.core.get(value)
    if core is None:
        return "unknown"
    if core < THIN:
        return "thin" if total(profile, [value]) <= BORDER * profile.pixels else "between"
    return "solid" if core > SOLID else "between"


def binary_declared(contract: Contract) -> bool:
    """Whether the user said that there are only two classes, 0 and 1."""
    classes = class_range(contract)
    if classes is None:
        return _binary_loss(contract) and not contract.says("task")
    return classes.declared and (classes.first, classes.last) == (0, 1)


def one_channel(contract: Contract) -> bool:
    """Whether the user said that the label is the target of a binary loss itself, a number in [0, 1]."""
    if contract.says("task"):
        return contract.task == "binary"
    if contract.says("num_classes"):
        return contract.num_classes == 1
    return _binary_loss(contract) and two_classes(contract)


def loss_names(contract: Contract) -> frozenset[str]:
    """The losses that the user declared, without the library that they are of (``dice:like=monai``)."""
    return frozenset(name.partition(":")[0] for name in contract.losses if contract.says("losses"))


def _binary_loss(contract: Contract) -> bool:
    return bool(BINARY_LOSSES & loss_names(contract))


def two_classes(contract: Contract) -> bool:
    """Whether the classes are 0 and 1, as far as is known."""
    classes = class_range(contract)
    return binary_declared(contract) if classes is None else (classes.first, classes.last) == (0, 1)


def foreground_value(profile: Profile, contract: Contract) -> Number | None:
    """The v of a label that holds, beside what is ignored, only 0 and one whole number v > 1; else None."""
    values = set(kept(profile, contract)) - {0}
    if len(values) != 1:
        return None
    (value,) = values
    return value if value > 1 and value == int(value) else None


def swallowed(profile: Profile, contract: Contract) -> Number | None:
    """The ignored value that leaves one class only, though it is no thin or small void; None where there is none.

    The class that is left is background, unless only two classes were declared. Under ``reduce_zero_label`` a tile
    of no-data and one class is common, so nothing is said of it.
    """
    left = [*kept(profile, contract)]
    gone = {value: count for value, count in (profile.counts or {}).items() if value in ignored(contract)}
    if len(left) != 1 or not gone or contract.reduce_zero_label:
        return None
    if left != [0] and not binary_declared(contract):
        return None
    value = max(gone, key=lambda v: gone[v])
    shape = body(profile, value)
    small = shape == "unknown" and gone[value] < SMALL * profile.pixels
    return None if shape == "thin" or small else value


def outside(profile: Profile, contract: Contract) -> Outside:
    """The values that are neither a class nor ignored; none where the number of classes is unknown.

    Of labels with more than 1,024 values only the lowest and the highest are looked at.
    """
    classes = class_range(contract)
    if classes is None or coloured(profile) or not profile.integral or profile.pixels == 0:
        return Outside()
    if two_classes(contract) and foreground_value(profile, contract) is not None:
        return Outside()
    gone = ignored(contract)
    found = sorted({profile.low, profile.high}) if profile.counts is None else [*profile.counts]
    strays = tuple(value for value in found if value not in classes and value not in gone)
    return _split(profile, classes, strays)


def bands(profile: Profile) -> int:
    """How many numbers each pixel has: 1 for a plain label, 3 for RGB."""
    container = profile.container
    if container.mode:
        return _MODE_BANDS.get(container.mode, 1)
    shape, size = container.shape, (profile.height, profile.width)
    if len(shape) > 2 and shape[-3:-1] == size and shape[-2:] != size:
        return shape[-1]
    return 1


def coloured(profile: Profile) -> bool:
    """Whether the label has several numbers per pixel that are not simply equal."""
    return not profile.grey and (profile.colours is not None or bands(profile) > 1)


def is_array(profile: Profile) -> bool:
    """Whether the label is an array file rather than a picture."""
    return profile.container.format.upper() in {"NPY", "NPZ"}


_MODE_BANDS = {"LA": 2, "La": 2, "PA": 2, "RGB": 3, "YCbCr": 3, "LAB": 3, "HSV": 3}
_MODE_BANDS |= {"RGBA": 4, "RGBa": 4, "RGBX": 4, "CMYK": 4}


def _split(profile: Profile, classes: ClassRange, strays: tuple[Number, ...]) -> Outside:
    others = tuple(value for value in strays if value not in VOID)
    if profile.counts is None or len(others) >= GREY_LEVELS:
        return Outside(others=strays)
    if others == (classes.last + 1,) and classes.first in profile.counts and classes.last + 1 not in WITH_OTHER:
        return Outside(void=strays)
    if others == (254,):
        return Outside(void=strays)
    return Outside(others=others, void=tuple(value for value in strays if value in VOID))

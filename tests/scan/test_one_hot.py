"""Whether a label is read as one-hot planes, and what those hold together."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segloss_cli.profile import profile_label
from segloss_cli.read import read_label
from segloss_cli.scan.files import inspect_label
from segloss_cli.scan.one_hot import class_axis, with_one_hot
from segloss_cli.types import Contract, OneHot

IDS = np.random.default_rng(0).integers(0, 4, (40, 56))
PLANES = (np.arange(4)[:, None, None] == IDS).astype(np.uint8)


def declare(**fields):
    return Contract(**fields, declared=frozenset(fields))


@pytest.fixture
def planes(tmp_path):
    """The one-hot record of an array."""

    def planes(array, contract=None):
        np.save(tmp_path / "gt.npy", array)
        mask = read_label(str(tmp_path / "gt.npy"), task=(contract or Contract()).task)
        return with_one_hot(mask, profile_label(mask), contract or Contract()).one_hot

    return planes


def test_planes_first_and_last(planes):
    assert planes(PLANES) == OneHot(4, "C, H, W", 40 * 56, 0, 0)
    assert planes(np.moveaxis(PLANES, 0, -1)) == OneHot(4, "H, W, C", 40 * 56, 0, 0)


def test_batches_in_the_order_of_the_declared_task(planes):
    batch = np.stack([PLANES, PLANES])
    assert planes(batch, declare(task="multilabel")) == OneHot(4, "N, C, H, W", 2 * 40 * 56, 0, 0)
    assert planes(np.moveaxis(batch, 1, -1), declare(task="multilabel")).axis == "N, H, W, C"


@pytest.mark.parametrize("dtype", [np.uint8, bool, np.float32, np.int64])
def test_overlaps_and_holes_with_the_first_of_each(planes, dtype):
    wrong = PLANES.copy()
    wrong[:, 3, 5] = 1
    wrong[:, 30, 9] = 1
    wrong[:, 7, 8] = 0
    seen = planes(wrong.astype(dtype))
    assert (seen.overlaps, seen.holes) == (2, 1)
    assert (seen.first_overlap, seen.first_hole) == ((0, 3, 5), (0, 7, 8))


def test_the_first_is_found_beyond_the_first_strip(planes):
    """A strip has 2^22 values: 1,024 rows of this one."""
    wide = np.zeros((2, 1100, 2048), bool)
    wide[0] = True
    wide[1, 1080, 5] = True
    assert planes(wide).first_overlap == (0, 1080, 5)


@pytest.mark.parametrize(
    ("array", "contract"),
    [
        (IDS, None),
        (PLANES[:1], None),
        (PLANES * 2, None),
        (PLANES * 0, None),
        (PLANES * np.float32(0.5), None),
        (np.where(PLANES > 0, np.nan, 0), None),
        (PLANES[:, :6, :6], None),
        (PLANES, declare(num_classes=7)),
    ],
)
def test_what_is_none(planes, array, contract):
    assert planes(array, contract) is None


def test_pictures_are_none(tmp_path):
    Image.fromarray(PLANES[0]).save(tmp_path / "gt.png")
    mask = read_label(str(tmp_path / "gt.png"))
    profile = profile_label(mask)
    assert with_one_hot(mask, profile, Contract()) is profile


@pytest.mark.parametrize(
    ("shape", "classes", "axis"),
    [
        ((4, 40, 56), None, 0),
        ((40, 56, 4), None, 2),
        ((2, 4, 40, 56), None, 1),
        ((2, 40, 56, 4), None, 3),
        ((300, 900, 900), None, None),
        ((40, 56, 30), None, None),
        ((40, 56, 30), 30, 2),
        ((30, 40, 56), 30, 0),
        ((4, 40, 56), 5, None),
        ((1, 40, 56), 1, None),
    ],
)
def test_which_axis_has_the_classes(shape, classes, axis):
    assert class_axis(shape, classes) == axis


def test_inspect_tells(tmp_path):
    wrong = PLANES.copy()
    wrong[:, 3, 5] = 1
    np.save(tmp_path / "gt.npy", wrong)
    (finding,) = [f for f in inspect_label(tmp_path / "gt.npy").findings if f.code == "SL314"]
    assert (finding.severity, finding.evidence["overlaps"]) == ("warning", 1)
    np.save(tmp_path / "gt.npy", PLANES)
    assert "SL314" not in {f.code for f in inspect_label(tmp_path / "gt.npy").findings}

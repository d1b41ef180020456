"""What a label is to a loss: as the training code would see it, and after the repair; a healthy one has no repair."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segloss_cli.errors import ShapeError
from segloss_cli.profile import profile_label
from segloss_cli.read import read_label
from segloss_cli.scan.targets import Target, raised_at, targets_of
from segloss_cli.types import Contract

NOTHING = Contract()
VOID = Contract(ignore=frozenset({255}), declared=frozenset({"ignore"}))


@pytest.fixture
def targets(tmp_path):
    """The targets of an array saved as a label."""

    def targets(array, task, classes=3, contract=NOTHING):
        np.save(tmp_path / "gt.npy", array)
        mask = read_label(str(tmp_path / "gt.npy"), task=task)
        return targets_of(mask.ids(), profile_label(mask), contract, task, classes)

    return targets


def grid(*values, dtype=np.uint8):
    return np.asarray([values], dtype)


def k255(*ids):
    return np.asarray([ids], np.float32) / np.float32(255)


HEALTHY = [
    ("binary", grid(0, 1, 1), NOTHING),
    ("binary", grid(0, 1, 255), VOID),
    ("binary", grid(True, False, dtype=bool), NOTHING),
    ("binary", grid(0, 1, dtype=np.float32), NOTHING),
    ("binary", grid(0, 0, 0), NOTHING),
    ("multiclass", grid(0, 1, 2), NOTHING),
    ("multiclass", grid(0, 1, 255), VOID),
    ("multiclass", grid(0, 1, 2, dtype=np.float64), NOTHING),
    ("multiclass", grid(0, 1, dtype=np.float32), NOTHING),
    ("multiclass", grid(0.0, 1.0, 255.0, dtype=np.float32), VOID),
    ("multiclass", grid(-1, 0, 2, dtype=np.int16), Contract(ignore=frozenset({-1}))),
    ("multiclass", grid(0, 1, 254, 255), Contract(ignore=frozenset({254, 255}))),
    ("multilabel", np.zeros((3, 4, 4), np.uint8), NOTHING),
    ("multilabel", np.where(np.eye(4) == 1, 255, np.ones((3, 4, 4), int)), VOID),
]


@pytest.mark.parametrize(("task", "array", "contract"), HEALTHY, ids=str)
def test_a_healthy_label_has_one_target(targets, task, array, contract):
    (given,) = targets(array, task, contract=contract)
    assert (given.name, given.outside, given.note) == ("given", (), "")
    np.testing.assert_array_equal(given.labels.reshape(-1), array.reshape(-1))


FAULTY = [
    # task, stored, contract, name of the repair, ids after it, ids outside
    ("binary", grid(0, 255, 0), NOTHING, "repaired: 255 -> 1", [0, 1, 0], (255,)),
    ("binary", grid(0, 7, 7), NOTHING, "repaired: 7 -> 1", [0, 1, 1], (7,)),
    ("binary", grid(0, 1, 40), NOTHING, "repaired: label != 0", [0, 1, 1], (40,)),
    ("binary", grid(0, 1, 5, 255), VOID, "repaired: label != 0", [0, 1, 1, 255], (5,)),
    ("binary", grid(-1, 1, dtype=np.int8), NOTHING, "repaired: label != 0", [1, 1], (-1,)),
    ("binary", k255(0, 7, 7), NOTHING, "repaired: x255, 7 -> 1", [0, 1, 1], None),
    ("binary", k255(0, 1, 40), NOTHING, "repaired: x255, label != 0", [0, 1, 1], None),
    ("binary", k255(0, 1, 1), NOTHING, "repaired: x255", [0, 1, 1], None),
    ("multiclass", grid(0, 1, 7), NOTHING, "repaired: 7 ignored", [0, 1, 7], (7,)),
    ("multiclass", grid(0, 1, 255), NOTHING, "repaired: 255 ignored", [0, 1, 255], (255,)),
    ("multiclass", grid(0, 3, 4, 255), VOID, "repaired: 3, 4 ignored", [0, 3, 4, 255], (3, 4)),
    ("multiclass", grid(3, 4, 5, 6), NOTHING, "repaired: 3, 4, 5, ... ignored", [3, 4, 5, 6], (3, 4, 5, 6)),
    ("multiclass", grid(-1, 0, dtype=np.int16), NOTHING, "repaired: -1 ignored", [-1, 0], (-1,)),
    ("multiclass", grid(0, 65535, dtype=np.uint16), NOTHING, "repaired: 65535 ignored", [0, 65535], (65535,)),
    ("multiclass", k255(0, 1, 2), NOTHING, "repaired: x255", [0, 1, 2], ()),
    ("multiclass", k255(0, 1, 7), NOTHING, "repaired: x255, 7 ignored", [0, 1, 7], ()),
    ("multiclass", k255(0, 1, 255), VOID, "repaired: x255", [0, 1, 255], ()),
]


@pytest.mark.parametrize("case", FAULTY, ids=str)
def test_a_faulty_label_has_the_repaired_one_beside_it(targets, case):
    task, array, contract, name, after, outside = case
    given, repaired = targets(array, task, contract=contract)
    assert given.name == "given"
    assert outside is None or given.outside == outside
    assert repaired.name == name
    assert repaired.labels.reshape(-1).tolist() == after
    assert repaired.outside == ()
    left = set(repaired.labels.reshape(-1).tolist()) - repaired.ignore
    assert left <= ({0, 1} if task == "binary" else {0, 1, 2})


def test_a_mask_that_was_stored_with_loss_is_cut_in_the_middle(tmp_path):
    """Blurred background is a little above 0, and no foreground."""
    y, x = np.mgrid[:32, :32]
    mask = ((y - 15) ** 2 + (x - 15) ** 2 < 80).astype(np.uint8) * 255
    Image.fromarray(mask).save(tmp_path / "gt.jpg", quality=90)
    stored = read_label(str(tmp_path / "gt.jpg"), task="binary")
    _, repaired = targets_of(stored.ids(), profile_label(stored), NOTHING, "binary", 1)
    assert ((stored.ids() > 0) & (stored.ids() < 128)).any()
    assert repaired.name == "repaired: label >= 128"
    np.testing.assert_array_equal(repaired.labels.reshape(mask.shape), mask // 255)


def test_a_binary_loss_is_given_what_is_stored(targets):
    """0..40 and k/255 as they are, so that the value is the training code's."""
    given, _ = targets(grid(0, 1, 40), "binary")
    assert given.labels.tolist() == [[0, 1, 40]]
    given, _ = targets(k255(0, 40), "binary")
    assert given.labels.dtype.kind == "f"
    assert given.labels[0, 1] == np.float32(40) / np.float32(255)


def test_long_cuts_a_scaled_label_to_zero(targets):
    given, _ = targets(k255(0, 1, 7), "multiclass")
    assert given.labels.tolist() == [[0, 0, 0]]
    assert given.note == "as .long() cuts it"


def test_fractions_that_are_no_scaled_ids_are_cut_too(targets):
    (given,) = targets(grid(0.2, 1.7, 2.9, dtype=np.float64), "multiclass")
    assert given.labels.tolist() == [[0, 1, 2]]
    assert given.note


def test_soft_targets_of_a_binary_loss_need_no_repair(targets):
    (given,) = targets(grid(0.0, 0.3, 1.0, dtype=np.float32), "binary")
    assert given.outside == ()


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_no_id_is_not_a_number(targets, task, bad):
    array = np.zeros((3, 4, 4), np.float32)
    array[1, 2, 2] = bad
    with pytest.raises(ShapeError, match=r"NaN or infinity \(1 pixels\)"):
        targets(array, task)


class TestReduceZeroLabel:
    CONTRACT = Contract(reduce_zero_label=True, declared=frozenset({"reduce_zero_label"}))

    def test_zero_is_ignored_and_the_rest_moves_down(self, targets):
        (given,) = targets(grid(0, 1, 2, 3, 255), "multiclass", contract=self.CONTRACT)
        assert given.labels.tolist() == [[255, 0, 1, 2, 255]]
        assert given.ignore == {255}

    def test_an_id_that_is_outside_afterwards(self, targets):
        given, repaired = targets(grid(0, 1, 4), "multiclass", contract=self.CONTRACT)
        assert given.outside == (3,)
        assert repaired.ignore == {3, 255}

    def test_the_ids_that_were_ignored_stay_so(self, targets):
        contract = Contract(reduce_zero_label=True, ignore=frozenset({2}))
        (given,) = targets(grid(0, 1, 2, 3), "multiclass", contract=contract)
        assert given.ignore == {2, 255}


class TestMultilabel:
    def test_planes_keep_their_axes(self, targets):
        planes = np.random.default_rng(0).integers(0, 2, (2, 3, 4, 5)).astype(np.uint8)
        (given,) = targets(planes, "multilabel")
        assert given.labels.shape == (2, 3, 20)
        np.testing.assert_array_equal(given.labels, planes.reshape(2, 3, 20))

    def test_planes_of_0_and_255(self, targets):
        planes = 255 * np.random.default_rng(0).integers(0, 2, (3, 4, 5)).astype(np.uint8)
        _, repaired = targets(planes, "multilabel")
        assert repaired.name == "repaired: 255 -> 1"
        np.testing.assert_array_equal(repaired.labels, (planes > 0).reshape(1, 3, 20))

    def test_ids_are_no_planes(self, targets, tmp_path):
        ids = np.zeros((2, 4, 5), np.uint8)
        np.save(tmp_path / "gt.npy", ids)
        mask = read_label(str(tmp_path / "gt.npy"))
        with pytest.raises(ShapeError, match="one plane per class"):
            targets_of(mask.ids(), profile_label(mask), NOTHING, "multilabel", 3)


class TestColours:
    def test_colours_are_no_ids(self, targets):
        colours = np.random.default_rng(0).integers(0, 255, (8, 9, 3)).astype(np.uint8)
        with pytest.raises(ShapeError, match="coloured picture"):
            targets(colours, "multiclass")

    def test_equal_bands_are_ids(self, targets):
        ids = np.random.default_rng(0).integers(0, 3, (8, 9)).astype(np.uint8)
        (given,) = targets(np.stack([ids] * 3, axis=-1), "multiclass")
        np.testing.assert_array_equal(given.labels, ids.reshape(1, -1))


def test_what_is_raised_names_the_id_and_the_range():
    target = Target("given", np.asarray([[9, 7]]), frozenset(), (7, 9))
    assert raised_at(target, 3) == 'id 7 is none of 0..2: raises an index error (torch: "Target 7 is out of bounds")'

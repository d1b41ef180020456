"""What is compared of a prediction and its label: which pixels, as which classes, and when they cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli.profile import profile_label, profile_scores
from segloss_cli.read import read_label, read_scores
from segloss_cli.rules import judge
from segloss_cli.rules._agree import mean_iou
from segloss_cli.scan import agreement
from segloss_cli.scan._inferred import infer
from segloss_cli.scan.agreement import agreement_of, classes_of, grid, hard
from segloss_cli.types import Contract, Pair


def blobs(height=64, width=64, classes=3):
    """Uneven areas: no flip, turn or renaming leaves them as they are."""
    y, x = np.mgrid[:height, :width]
    return ((3 * y + x * x // 40 + (y > height // 3) * (x < width // 4) * 11) // 24 % classes).astype(np.uint8)


def logits(ids, classes, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    hot = np.moveaxis(np.eye(classes)[ids], -1, -3)
    return (2 * hot + noise * rng.standard_normal(hot.shape)).astype(np.float32)


@pytest.fixture
def compare(tmp_path):
    """Compare two arrays as files."""

    def compare(pred, label, *, kind=None, png=False, **fields):
        contract = Contract(**fields, declared=frozenset(fields))
        target = tmp_path / ("gt.png" if png else "gt.npy")
        np.save(tmp_path / "pred.npy", pred)
        if png:
            Image.fromarray(label).save(target)
        else:
            np.save(target, label)
        mask = read_label(str(target), task=contract.task)
        label_profile = profile_label(mask)
        size = (label_profile.height, label_profile.width)
        scores = read_scores(str(tmp_path / "pred.npy"), kind=kind, task=contract.task, label_shape=size)
        looked = profile_scores(scores)
        known = infer(contract, scores, label_profile)
        compare.pair = Pair(looked, label_profile, agreement_of(scores, looked, mask, label_profile, known))
        return compare.pair.agreement()

    return compare


class TestWhichPixels:
    @given(st.integers(1, 3000))
    def test_the_grid_is_the_same_from_either_end(self, length):
        places = grid(length)
        assert 1 <= len(places) <= 256
        assert places[0] >= 0
        assert places[-1] < length
        assert abs((length - 1 - places[-1]) - places[0]) <= 1
        assert set(np.diff(places)) <= {-(-length // 256)}

    def test_small_pictures_whole(self, compare):
        seen = compare(logits(blobs(), 3), blobs())
        assert seen.pixels == 64 * 64
        assert seen.truth == {i: int((blobs() == i).sum()) for i in range(3)}
        assert sum(n for (t, p), n in seen.confusion.items() if t == p) > 0.9 * seen.pixels
        assert seen.borders == int((np.diff(blobs().astype(int), axis=1) != 0).sum())

    def test_large_ones_and_batches_in_part(self, compare):
        label = np.stack([blobs(300, 520)] * 9)
        seen = compare(logits(label, 3), label)
        assert seen.pixels == 4 * 150 * 173
        assert seen.truth[0] == 9 * int((blobs(300, 520) == 0).sum())

    def test_ignored_pixels_do_not_count(self, compare):
        label = blobs()
        label[:8] = 255
        seen = compare(logits(blobs(), 3), label, ignore=frozenset({255}))
        assert seen.pixels == 56 * 64
        assert {t for t, _ in seen.confusion} == {0, 1, 2}

    @pytest.mark.parametrize("axes", ["CHW", "HWC"])
    def test_any_layout(self, compare, axes):
        pred = logits(blobs(48, 64), 5)
        stored = pred if axes == "CHW" else np.moveaxis(pred, 0, -1)
        seen = compare(stored, blobs(48, 64))
        assert seen.confusion == compare(pred, blobs(48, 64)).confusion


class TestWhichClasses:
    def test_void_and_what_lies_far_beyond_the_classes_is_left_out(self, compare):
        label = blobs()
        label[0], label[1], label[2] = 255, 3, 9
        seen = compare(logits(blobs(), 3), label)
        assert {t for t, _ in seen.confusion} == {0, 1, 2, 3}, "3 is kept: labels from 1 have it"

    def test_reduce_zero_label(self, compare):
        seen = compare(logits(blobs(), 3), blobs() + 1, reduce_zero_label=True)
        assert mean_iou(seen.confusion) > 0.9

    @pytest.mark.parametrize(
        ("kind", "pred"),
        [
            ("logits", np.float32([-2, 3])),
            ("probabilities", np.float32([0.2, 0.9])),
            ("log-probabilities", np.log(np.float32([0.2, 0.9]))),
            ("probabilities", np.uint8([40, 230])),
            ("ids", np.uint8([0, 1])),
        ],
    )
    @pytest.mark.parametrize("foreground", [1, 255])
    def test_one_channel(self, compare, kind, pred, foreground):
        truth = blobs(classes=2)
        seen = compare(pred[truth], truth * np.uint8(foreground), kind=kind, task="binary")
        assert set(seen.confusion) == {(0, 0), (1, 1)}
        assert seen.identical

    def test_planes_of_bool_are_not_scaled(self):
        assert hard(np.asarray([[[True, False]]]), "probabilities").tolist() == [[1, 0]]

    def test_a_picture(self, compare):
        seen = compare(logits(blobs(), 3), blobs(), png=True)
        assert mean_iou(seen.confusion) > 0.9

    def test_of_several_foregrounds_none_is_known(self):
        from segloss_cli.rules._examples import label

        assert classes_of(label({0: 5, 1: 5, 40: 5}), Contract(task="binary"), 1) == {}

    def test_every_byte_may_be_a_class(self):
        from segloss_cli.rules._examples import label

        counts = dict.fromkeys(range(256), 1)
        assert len(classes_of(label(counts), Contract(num_classes=256), 1)) == 256
        assert 255 not in classes_of(label(counts), Contract(), 1)


class TestWhenNothingIsCompared:
    @pytest.mark.parametrize(
        ("pred", "label", "fields"),
        [
            (logits(blobs(), 3), blobs(32, 64), {}),
            (np.stack([logits(blobs(), 3)] * 2), blobs(), {}),
            (logits(blobs(), 3), np.stack([blobs() % 2] * 3), {"task": "multilabel"}),
            (logits(blobs(), 3) * np.nan, blobs(), {}),
            (logits(blobs(), 3), np.stack([blobs() * 40, blobs(), blobs()], -1), {}),
            (logits(blobs(), 3), np.linspace(0, 1, 4096).reshape(64, 64), {}),
            (logits(blobs(), 3), np.full((64, 64), 255, np.uint8), {"ignore": frozenset({255})}),
            (logits(blobs(), 3), np.arange(4096).reshape(64, 64), {}),
            (np.where(blobs() > 1, 9000, blobs().astype(np.int64)), blobs(), {}),
            (np.where(blobs() > 1, -1, blobs().astype(np.int64)), blobs(), {}),
        ],
    )
    def test_there_is_none(self, compare, pred, label, fields):
        assert compare(pred, label, **fields) is None

    def test_a_coloured_label_that_was_decoded(self, tmp_path):
        from dataclasses import replace

        colours = np.stack([blobs() * 40, blobs(), blobs()], -1)
        np.save(tmp_path / "gt.npy", colours)
        np.save(tmp_path / "pred.npy", logits(blobs(), 3))
        mask, scores = read_label(str(tmp_path / "gt.npy")), read_scores(str(tmp_path / "pred.npy"))
        decoded = replace(profile_label(mask), colours=None, counts={0: 2048, 1: 2048})
        seen = agreement_of(scores, profile_scores(scores), mask, decoded, Contract(task="multiclass"))
        assert seen() is None

    def test_many_classes(self, compare):
        label = (np.arange(4096).reshape(64, 64) // 8 * 7).astype(np.int64)
        seen = compare(label, label)
        assert seen.identical
        assert seen.confusion == {(i * 7, i * 7): 8 for i in range(512)}
        assert all(type(n) is int for n in seen.confusion.values())


class TestWhole:
    def test_one_class_in_the_sample_is_looked_for_in_all(self, compare):
        label = blobs(600, 600)
        pred = np.zeros((3, 600, 600), np.float32)
        pred[1] = 1
        assert compare(pred, label).constant == 1
        off = next(i for i in range(600) if i not in grid(600))
        pred[2, off, off] = 5
        assert compare(pred, label).constant is None

    def test_no_difference_in_the_sample_is_looked_for_in_all(self, compare):
        label = blobs(600, 600)
        assert compare(label, label).identical
        wrong, off = label.copy(), next(i for i in range(600) if i not in grid(600))
        wrong[off, off] = (label[off, off] + 1) % 3
        assert not compare(wrong, label).identical
        label[off, off] = 255
        assert compare(wrong, label, ignore=frozenset({255})).identical


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: p[:, :, ::-1], "flipped left to right"),
        (lambda p: p[:, ::-1], "flipped upside down"),
        (lambda p: p[:, ::-1, ::-1], "turned by 180 degrees"),
        (lambda p: p.swapaxes(1, 2), "transposed"),
        (lambda p: np.rot90(p, 1, (1, 2)), "turned by 90 degrees to the right"),
        (lambda p: np.rot90(p, -1, (1, 2)), "turned by 90 degrees to the left"),
        (lambda p: p[:, ::-1, ::-1].swapaxes(1, 2), "transposed along the other diagonal"),
        (lambda p: p[[2, 0, 1]], "renamed, 0 -> 2, 1 -> 0, 2 -> 1"),
    ],
)
@pytest.mark.parametrize("side", [64, 301])
def test_what_was_done_is_named(compare, change, says, side):
    label = blobs(side, side)
    compare(np.ascontiguousarray(change(logits(label, 3))), label)
    (finding,) = [f for f in judge(compare.pair, Contract()) if f.code == "SL315"]
    assert finding.message.partition("where ")[2].endswith(f"{says} (a guess)")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_neither_good_predictions_nor_noise_are_remapped(compare, seed, classes):
    label = blobs(classes=classes)
    for pred in (
        logits(label, classes, noise=1.0, seed=seed),
        np.random.default_rng(seed).standard_normal((classes, 64, 64)),
        np.random.default_rng(seed).standard_normal((classes, 1, 1)) + np.zeros((classes, 64, 64)),
    ):
        compare(pred, label)
        assert not [f for f in judge(compare.pair, Contract()) if f.code in {"SL315", "SL319"}]


def test_check_tells_too(tmp_path):
    from segloss_cli.rules import codes
    from segloss_cli.scan._order import Order
    from segloss_cli.scan.examine import examine
    from segloss_cli.types import Sample

    np.save(tmp_path / "pred.npy", logits(blobs(), 3)[:, ::-1])
    Image.fromarray(blobs()).save(tmp_path / "gt.png")
    order = Order(Contract(num_classes=3, declared=frozenset({"num_classes"})), frozenset(codes()))
    outcome = examine(Sample(label=str(tmp_path / "gt.png"), prediction=str(tmp_path / "pred.npy")), order)
    assert [f.code for f in outcome.findings if f.severity != "info"] == ["SL315"]
    planes = np.moveaxis(np.eye(3, dtype=np.uint8)[blobs()], -1, 0)
    planes[:, 0, :9] = 1
    np.save(tmp_path / "gt.npy", planes)
    outcome = examine(Sample(label=str(tmp_path / "gt.npy")), order)
    assert "SL314" in [f.code for f in outcome.findings]


@pytest.mark.parametrize("touched", [1, 3000, 1 << 30])
@pytest.mark.parametrize("last", [False, True])
def test_the_sample_is_the_grid_however_many_rows_are_looked_at_at_once(tmp_path, monkeypatch, touched, last):
    monkeypatch.setattr(agreement, "_TOUCHED", touched)
    logits = np.random.default_rng(0).standard_normal((2, 3, 601, 14)).astype(np.float32)
    np.save(tmp_path / "z.npy", np.moveaxis(logits, 1, -1) if last else logits)
    scores = read_scores(str(tmp_path / "z.npy"), num_classes=3)
    rows, columns = agreement.grid(601), agreement.grid(14)
    found = agreement._sampled(scores, 1, rows, columns)
    np.testing.assert_array_equal(found, logits[1].argmax(0)[np.ix_(rows, columns)])

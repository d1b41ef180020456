"""``segloss trace``: the arithmetic of one pixel, and tp, fp and fn of every class."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from PIL import Image

from segloss_cli.cli import run
from segloss_cli.errors import UsageError
from segloss_cli.losses._source import from_array
from segloss_cli.losses._sums import Regions
from segloss_cli.trace import logits_at, trace_pixel, trace_regions, trace_work


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stream = np.random.default_rng(0)
    np.save("pred.npy", stream.standard_normal((2, 3, 8, 9)))
    label = stream.integers(0, 3, (2, 8, 9)).astype(np.uint8)
    label[:, 0] = 255
    label[1, 1, 1] = 7
    np.save("gt.npy", label)
    np.save("binary.npy", stream.standard_normal((8, 9)))
    Image.fromarray(stream.integers(0, 2, (8, 9)).astype(np.uint8)).save("binary.png")


@pytest.fixture
def steps(capsys):
    """The steps of a command."""

    def steps(*argv):
        assert run(["trace", *argv, "--format", "json"]) in (0, 1)
        out, err = capsys.readouterr()
        assert err == ""
        return json.loads(out)["facts"]["trace"]

    return steps


class TestSoftmax:
    def test_every_step_follows_from_the_one_before(self, steps):
        found = steps("pred.npy", "gt.npy", "--at", "3,4", "--image", "1", "--ignore-index", "255")
        z = np.load("pred.npy")[1, :, 3, 4]
        label = int(np.load("gt.npy")[1, 3, 4])
        assert found["pixel"] == [1, 3, 4]
        assert found["head"] == "softmax"
        assert found["label"] == label
        assert found["logits"] == z.tolist()
        assert found["shifted"] == pytest.approx(z - z.max())
        assert found["exponentials"] == pytest.approx(np.exp(z - z.max()))
        assert found["sum"] == pytest.approx(np.exp(z - z.max()).sum())
        assert found["probabilities"] == pytest.approx(np.exp(z) / np.exp(z).sum())
        assert found["log_probabilities"] == pytest.approx(np.log(found["probabilities"]))
        assert found["nll"] == -found["log_probabilities"][label]

    def test_an_ignored_pixel_has_no_loss(self, steps):
        assert steps("pred.npy", "gt.npy", "--at", "0,3", "--ignore-index", "255")["nll"] is None

    def test_neither_has_an_id_that_is_no_class(self, steps):
        found = steps("pred.npy", "gt.npy", "--at", "1,1", "--image", "1", "--ignore-index", "255")
        assert (found["label"], found["nll"]) == (7, None)

    @pytest.mark.parametrize(
        ("logits", "label", "nll"),
        [([0.0, 200.0], 0, 200.0), ([100.0, 0.0, 1.0], 0, 0.0), ([-200.0, -201.0, -202.0], 0, 0.40760596444438)],
    )
    def test_what_overflows_elsewhere_does_not_here(self, logits, label, nll):
        """Traps 002-b and 004-h."""
        found = trace_pixel(np.asarray(logits), label, ignored=False)
        assert found["nll"] == pytest.approx(nll, abs=1e-12)
        assert sum(found["probabilities"]) == pytest.approx(1)

    def test_a_probability_of_zero(self):
        found = trace_pixel(np.asarray([0.0, -math.inf]), 1, ignored=False)
        assert found["probabilities"] == [1.0, 0.0]
        assert found["nll"] == math.inf

    def test_regions_leave_ignored_pixels_out(self, steps):
        found = steps("pred.npy", "gt.npy", "--at", "3,4", "--ignore-index", "255", "--ignore-index", "7")["regions"]
        z, y = np.load("pred.npy"), np.load("gt.npy")
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        for c in range(3):
            good = (y != 255) & (y != 7)
            tp = p[:, c][y == c].sum()
            assert found["tp"][c] == pytest.approx(tp)
            assert found["fp"][c] == pytest.approx(p[:, c][good].sum() - tp)
            assert found["fn"][c] == pytest.approx((y == c).sum() - tp)
            dice = 2 * tp / (p[:, c][good].sum() + (y == c).sum())
            assert found["dice_score"][c] == pytest.approx(dice)
            assert found["iou"][c] == pytest.approx(dice / (2 - dice))


class TestSigmoid:
    def test_both_sides(self, steps):
        found = steps("binary.npy", "binary.png", "--at", "2,3", "--task", "binary")
        z, y = np.load("binary.npy")[2, 3], int(np.asarray(Image.open("binary.png"))[2, 3])
        p = 1 / (1 + np.exp(-z))
        assert found["head"] == "sigmoid"
        assert found["logits"] == [z]
        assert found["probabilities"] == [pytest.approx(p)]
        assert found["log_probabilities"] == [pytest.approx(np.log(p))]
        assert found["log_complements"] == [pytest.approx(np.log(1 - p))]
        assert found["nll"] == pytest.approx(-np.log(p) if y else -np.log(1 - p))
        assert len(found["regions"]["tp"]) == 1

    @pytest.mark.parametrize(("z", "label", "nll"), [(100, 0, 100), (-104, 1, 104), (100, 1, 0), (0, 0.5, math.log(2))])
    def test_nothing_overflows(self, z, label, nll):
        assert trace_pixel(np.asarray([float(z)]), label, ignored=False)["nll"] == pytest.approx(nll, abs=1e-12)

    def test_a_target_outside_of_0_and_1_is_computed_as_it_is(self):
        assert trace_pixel(np.asarray([2.0]), 5, ignored=False)["nll"] == pytest.approx(
            5 * 0.126928 - 4 * 2.126928, abs=1e-5
        )
        assert trace_pixel(np.asarray([2.0]), 255, ignored=True)["nll"] is None


class TestInputs:
    def test_probabilities_and_resizing(self, steps):
        z = np.load("pred.npy")[0]
        np.save("p.npy", np.exp(z) / np.exp(z).sum(0))
        np.save("one.npy", np.load("gt.npy")[0])
        found = steps("p.npy", "one.npy", "--at", "3,4")["probabilities"]
        assert found == pytest.approx(np.load("p.npy")[:, 3, 4])
        np.save("small.npy", z[:, ::7, ::8])
        found = steps("small.npy", "one.npy", "--at", "0,8", "--resize", "--num-classes", "3")
        assert found["logits"] == pytest.approx(z[:, 0, 8])

    def test_the_table(self, capsys):
        assert run(["trace", "pred.npy", "gt.npy", "--at", "3,4", "--ignore-index", "255"]) == 1
        out, err = capsys.readouterr()
        assert err == ""
        assert "softmax" in out
        assert "SL201" in out, "id 7 is no class, wherever the traced pixel is"
        ignored = ("--ignore-index", "255", "--ignore-index", "7")
        assert run(["trace", "pred.npy", "gt.npy", "--at", "3,4", *ignored]) == 0

    @pytest.mark.parametrize(
        ("argv", "says"),
        [
            (("--at", "8,0"), "no pixel y=8, x=0 in image 0: there are 2 images of 8 x 9"),
            (("--at", "0,9"), "no pixel y=0, x=9"),
            (("--at", "0,0", "--image", "2"), "in image 2"),
            (("--at", "3"), "--at 3: write row and column"),
            (("--at", "3,4,5"), "--at 3,4,5: write row and column"),
            (("--at", "-1,2"), "--at -1,2: write row and column"),
            (("--at", "a,b"), "--at a,b: write row and column"),
            ((), "Missing option '--at'"),
        ],
    )
    def test_no_such_pixel(self, capsys, argv, says):
        assert run(["trace", "pred.npy", "gt.npy", *argv]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert says in err
        assert err.count("\n") == 1

    def test_files_that_do_not_go_together(self, capsys):
        assert run(["trace", "pred.npy", "binary.png", "--at", "0,0"]) == 2
        assert "holds 2 images and the label 1" in capsys.readouterr().err

    def test_a_pixel_of_planes_has_a_label_per_class(self):
        with pytest.raises(UsageError, match="one per class"):
            trace_work(from_array(np.zeros((1, 3, 2, 2))), np.zeros((1, 3, 4)), frozenset(), (0, 0, 0))

    def test_a_unicode_digit_is_no_pixel(self, capsys):
        assert run(["trace", "pred.npy", "gt.npy", "--at", "²,1"]) == 2
        assert "write row and column" in capsys.readouterr().err


def test_an_absent_class_has_no_score():
    nothing = Regions(*np.zeros((4, 1, 1)))
    found = trace_regions(nothing)
    assert math.isnan(found["dice_score"][0])
    assert math.isnan(found["iou"][0])


def test_one_pixel_is_read_and_no_more():
    source = from_array(np.arange(24.0).reshape(1, 2, 3, 4))
    assert logits_at(source, 0, 1, 2).tolist() == [6.0, 18.0]

"""The losses made of soft regions: the measured numbers, what they are to each other, and where they have no value."""

from __future__ import annotations

import math
import runpy
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from segloss_test_samples import IGNORE, Way, call, draw

from segloss_cli import losses
from segloss_cli.errors import UsageError
from segloss_cli.losses._evaluate import evaluate, needs_for
from segloss_cli.losses._knobs import Request, Setting, find, parameters
from segloss_cli.losses._overlap import confusion, overlap, valid_pixels
from segloss_cli.losses._passes import from_arrays
from segloss_cli.losses._sums import Regions, Squares

BUILD = runpy.run_path(str(Path(__file__).parents[1] / "oracles" / "cases.py"))["build"]
FAMILY = (
    "dice",
    "jaccard",
    "tversky",
    "focal-tversky",
    "generalized-dice",
    "log-dice",
    "log-cosh-dice",
    "sensitivity-specificity",
    "mcc",
)
CALLS = [(name, like) for name in FAMILY for like in (None, *find(name).conventions)]


def tasks_of(name, like):
    return sorted(find(name).tasks if like is None else find(name).conventions[like].tasks)


every_loss = pytest.mark.parametrize("name", FAMILY)
every_call = pytest.mark.parametrize(("name", "like"), CALLS)
quick = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


@cache
def example(letters):
    return BUILD({"y": "E", "ya": "E-absent", "yi": "E-ignored"}[letters])


def compute(name, logits, labels, like=None, task="multiclass", **given):
    criterion = getattr(losses, name.replace("-", "_"))
    return float(criterion(logits, labels, task=task, like=like, **given))


def on_example(letters, name, like, knobs, *, weighted=False):
    data = example(letters)
    weights = {"class_weights": data["weights"]} if weighted else {}
    ignored = {} if data["ignore"] is None else {"ignore_index": data["ignore"]}
    return compute(name, data["logits"], data["labels"], like, **knobs, **weights, **ignored)


def evaluated(name, logits, labels, like=None, task="multiclass", *, ignore=(), weight=None, **knobs):
    """The whole record of a loss, from the CPU engine."""
    request, setting = Request(name, like, knobs), Setting(task, bool(ignore), weight)
    passes = from_arrays(logits, labels, frozenset(ignore), needs_for([request], setting), task=task)
    return evaluate(request, passes, setting)


# --- reference tables 2.4 and 2.5: y, ya (a class absent), yi (10 % ignored); libraries computed some in float32

SIDES = {"alpha": 0.3, "beta": 0.7}
TABLE = [
    ("dice", "smooth1", {}, (0.533552, 0.694347, None)),
    ("dice", "nnunet", {}, (0.533552 - 1, 0.694347 - 1, 0.530968 - 1)),
    ("dice", "bubbliiiing", {}, (0.534341, 0.680746, 0.556732)),
    ("dice", "monai", {"batch": True}, (0.534341, 0.680746, 0.531673)),
    ("dice", "monai", {}, (0.534860, 0.696612, 0.532418)),
    ("dice", "smp", {}, (0.534341, 0.480747, 0.531673)),
    ("dice", None, {"smooth": 2e-3, "classes": "present"}, (0.534339, 0.600932, 0.531671)),
    ("dice", "kornia", {"average": "macro"}, (0.534860, 0.566481, 0.532418)),
    ("dice", "kornia", {"average": "micro"}, (0.533866, 0.644322, 0.531306)),
    ("dice", "smp", {"smooth": 1}, (0.533036, 0.479578, 0.530229)),
    ("dice", "toolbelt", {"smooth": 1}, (0.533687, 0.480161, 0.530950)),
    ("dice", "smp-0.3.4", {"smooth": 1}, (0.533687, 0.480161, 0.530950)),
    ("dice", "monai", {"batch": True, "smooth": 1}, (0.533688, 0.679703, 0.530950)),
    ("dice", "monai", {"squared_pred": True}, (0.338319, 0.582566, 0.335557)),
    ("dice", "mmseg", {"use_sigmoid": False}, (0.337205, 0.494356, 0.354654)),
    ("dice", "mmseg", {}, (0.439035, 0.507052, 0.476676)),
    ("dice", "mmseg", {"use_sigmoid": False, "naive_dice": True}, (0.533865, 0.644322, 0.556377)),
    ("dice", None, {"squared": "denominator", "smooth": 1, "scope": "image"}, (0.337139, 0.578359, None)),
    ("dice", None, {"squared": "elements", "smooth": 1, "scope": "image"}, (0.467813, 0.677790, 0.463480)),
    ("dice", "monai", {"include_background": False}, (0.532895, 0.712173, 0.531609)),
    (
        "dice",
        None,
        {"smooth": 0, "classes": "present-zero", "include_background": False},
        (0.532264, 0.442246, 0.530684),
    ),
    ("log-dice", "smp", {}, (0.764618, 0.746106, None)),
    ("log-cosh-dice", None, {"smooth": 0, "classes": "present-zero"}, (0.136443, 0.111364, None)),
    ("log-cosh-dice", None, {"smooth": 0, "each": True}, (0.136496, 0.224470, None)),
    ("generalized-dice", "monai", {}, (0.536195, 0.662029, None)),
    ("generalized-dice", "monai", {"w_type": "simple"}, (0.535130, 0.653967, None)),
    ("generalized-dice", "monai", {"w_type": "uniform"}, (0.533866, 0.644322, None)),
    ("generalized-dice", "monai", {"batch": True}, (0.534839, 0.739394, None)),
    ("generalized-dice", None, {}, (0.534839, 0.739394, None)),
    ("jaccard", "smp", {}, (0.696431, 0.598935, None)),
    ("jaccard", "monai", {}, (0.696709, 0.805614, None)),
    ("jaccard", None, {"smooth": 1e-3, "classes": "present"}, (0.696430, 0.748667, None)),
    ("jaccard", None, {"smooth": 1, "scope": "image"}, (0.694492, 0.802800, None)),
    ("jaccard", "monai", {"smooth": 1, "batch": True}, (0.695876, None, None)),
    ("jaccard", "smp", {"smooth": 0.5}, (0.695876, None, None)),
    ("tversky", "smp", SIDES, (0.534289, 0.481447, None)),
    ("tversky", "smp-0.3.4", SIDES, (0.534289, 0.481447, None)),
    ("tversky", "monai", SIDES, (0.534799, 0.706586, None)),
    ("tversky", "kornia", SIDES, (0.534799, 0.581396, None)),
    ("tversky", "mmseg", {}, (0.532187, 0.700249, None)),
    ("tversky", "smp", {"alpha": 0.7, "beta": 0.3}, (0.534360, 0.472728, None)),
    ("focal-tversky", "smp", {**SIDES, "gamma": 4 / 3}, (0.433545, 0.377338, None)),
    ("focal-tversky", "smp", {**SIDES, "gamma": 0.75}, (0.624931, 0.577978, None)),
    ("focal-tversky", None, {"gamma": 4 / 3, "smooth": 1e-3, "classes": "present"}, (0.433576, 0.509468, None)),
    ("focal-tversky", None, {"power": "mean", "smooth": 1, "scope": "image"}, (0.623086, 0.765490, None)),
    ("focal-tversky", None, {"smooth": 1e-7, "scope": "image"}, (0.625309, 0.765131, None)),
    ("sensitivity-specificity", None, {"scope": "image"}, (0.064470, 0.073999, None)),
]
WEIGHED = [
    ("monai", {}, (1.591421, 2.280647, 1.585525)),
    ("smp", {}, (0.529826, 0.405755, 0.527510)),
    ("kornia", {"average": "macro"}, (0.530474, 0.549221, 0.528508)),
]


@pytest.mark.parametrize(("name", "like", "knobs", "printed"), TABLE)
def test_the_tables_of_regions(name, like, knobs, printed):
    for letters, wanted in zip(("y", "ya", "yi"), printed, strict=True):
        if wanted is not None:
            assert on_example(letters, name, like, knobs) == pytest.approx(wanted, abs=1.2e-6), letters


@pytest.mark.parametrize(("like", "knobs", "printed"), WEIGHED)
def test_the_table_of_weighed_dice(like, knobs, printed):
    for letters, wanted in zip(("y", "ya", "yi"), printed, strict=True):
        assert on_example(letters, "dice", like, knobs, weighted=True) == pytest.approx(wanted, abs=1.2e-6), letters


@pytest.mark.parametrize(
    ("letters", "name", "like", "knobs", "wanted"),
    [
        ("y", "dice", "smooth1", {}, 0.5335516663),
        ("y", "dice", "bubbliiiing", {}, 0.5343406589),
        ("ya", "dice", "bubbliiiing", {}, 0.6807464276),
        ("yi", "dice", "bubbliiiing", {}, 0.5567319407),
        ("y", "dice", "bubbliiiing", {"beta": 2}, 0.5342497819),
        ("y", "dice", "bubbliiiing", {"beta": 0.5}, 0.5343564913),
        ("y", "dice", "smp", {}, 0.5343406654),
        ("ya", "dice", "smp", {}, 0.4807464381),
        ("yi", "dice", "smp", {}, 0.5316728428),
        ("y", "dice", "monai", {}, 0.5348603997),
        ("ya", "dice", "monai", {}, 0.6966123212),
        ("yi", "dice", "monai", {}, 0.5324179367),
        ("y", "dice", "monai", {"squared_pred": True}, 0.3383188522),
        ("y", "dice", "kornia", {}, 0.5338656453),
        ("y", "tversky", "kornia", SIDES, 0.5347989717),
        ("y", "jaccard", "smp", {}, 0.6964307252),
        ("y", "dice", "mmseg", {"use_sigmoid": False}, 0.3372050446),
        ("y", "generalized-dice", "monai", {}, 0.5361948910),
        ("y", "mcc", "monai", {}, 0.6682452184),
        ("y", "sensitivity-specificity", None, {"scope": "image"}, 0.0644704784),
    ],
)
def test_the_numbers_to_ten_digits(letters, name, like, knobs, wanted):
    # MONAI's one-hot labels are float32, which moves its squared Dice and its generalized Dice by up to 5e-9
    assert on_example(letters, name, like, knobs) == pytest.approx(wanted, abs=5e-9)


def test_mcc_of_one_class():
    """Class 0 of example E against class 1 through a sigmoid: the reference's table 2.6."""
    data = example("y")
    logits, labels = data["logits"][:, :1] - data["logits"][:, 1:2], (data["labels"] == 0).astype(int)
    for like, knobs, wanted in (
        ("smp", {}, 0.755582),
        ("monai", {}, 0.755766),
        ("monai", {"batch": True}, 0.755582),
        (None, {}, 0.755582),
        (None, {"scope": "image"}, 0.755766),
    ):
        assert compute("mcc", logits, labels, like, "binary", **knobs) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("full", [0, 1])
def test_mcc_of_nothing_and_of_everything(full):
    """An empty label with an empty prediction, and a full one with a full one."""
    labels = np.full((1, 4, 4), full)
    logits = np.where(labels[:, None] == 1, 1000.0, -1000.0)
    assert compute("mcc", logits, labels, "smp", "binary") == pytest.approx(0.500001, abs=1e-6)
    assert compute("mcc", logits, labels, "monai", "binary") == 0
    values = evaluated("mcc", logits, labels, task="binary")
    assert ("nowhere or everywhere" in values.undefined) if full else ("no pixel of any class" in values.undefined)


def test_the_smoothing_of_generalized_dice_is_not_scale_free():
    """The same statistics tiled to 32, 128 and 512 pixels a side."""
    data = example("y")
    setting = Setting("multiclass")
    needs = needs_for([Request("dice")], setting)
    found = from_arrays(data["logits"], data["labels"], frozenset(), needs, task="multiclass").softmax.regions
    loss = find("generalized-dice").function
    for side, wanted in ((32, 0.536195), (128, 0.534564), (512, 0.509764)):
        copies = (side // 32) ** 2
        tiled = Regions(found.overlap * copies, found.predicted * copies, found.labelled * copies, found.leaked)
        assert float(loss(tiled, scope="image").value) == pytest.approx(wanted, abs=1e-6)
        assert float(loss(tiled, scope="image", smooth=0.0).value) == pytest.approx(0.536304, abs=1e-6)


def test_the_numbers_that_the_pages_name():
    for letters, name, like, knobs, wanted in (
        ("ya", "focal-tversky", None, {"gamma": 4 / 3, "power": "mean"}, 0.5997),
        ("ya", "focal-tversky", None, {"gamma": 4 / 3}, 0.6076),
        ("y", "log-cosh-dice", None, {}, 0.1364),
        ("y", "log-cosh-dice", None, {"each": True}, 0.1365),
        ("ya", "log-cosh-dice", None, {}, 0.2158),
        ("ya", "log-cosh-dice", None, {"each": True}, 0.2245),
        ("ya", "log-dice", "smp", {}, 0.746),
        ("ya", "log-dice", None, {"smooth": 0}, math.inf),
        ("ya", "tversky", "smp", {"alpha": 0.7, "beta": 0.3}, 0.4727),
        ("ya", "tversky", "smp", SIDES, 0.4814),
    ):
        digits = len(str(wanted)) - 2 if math.isfinite(wanted) else 0
        assert on_example(letters, name, like, knobs) == pytest.approx(wanted, abs=0.51 * 10**-digits)


# --- against plain NumPy


def scene(seed, *, images=2, classes=3, size=(7, 6), scale=2.0, present=None):
    stream = np.random.default_rng(seed)
    logits = scale * stream.standard_normal((images, classes, *size))
    return logits, stream.integers(0, present or classes, (images, *size))


def maps(logits, labels):
    """Probabilities and one-hot labels, (images, classes, pixels)."""
    e = np.exp(logits - logits.max(1, keepdims=True))
    hot = labels[:, None] == np.arange(logits.shape[1])[:, None, None]
    return tuple(a.reshape(*a.shape[:2], -1) for a in (e / e.sum(1, keepdims=True), hot.astype(float)))


@quick
@given(seed=seeds, r=st.floats(0, 1), smooth=st.floats(0, 2))
def test_sensitivity_specificity_is_its_formula(seed, r, smooth):
    logits, labels = scene(seed)
    p, o = maps(logits, labels)
    for scope, axes in (("batch", (0, 2)), ("image", (2,))):
        error, size, rest = ((x).sum(axes) for x in ((p - o) ** 2 * o, o, 1 - o))
        other = ((p - o) ** 2 * (1 - o)).sum(axes)
        wanted = r * error / np.maximum(size + smooth, 1e-300) + (1 - r) * other / np.maximum(rest + smooth, 1e-300)
        got = compute("sensitivity-specificity", logits, labels, r=r, smooth=smooth, scope=scope)
        assert got == pytest.approx(wanted.mean(), rel=1e-9)


@quick
@given(seed=seeds)
def test_mcc_of_hard_predictions_is_a_correlation(seed):
    soft, labels = scene(seed)
    logits = np.where(soft == soft.max(1, keepdims=True), 1e4, 0.0)
    p, o = maps(logits, labels)
    flat = [np.concatenate([part[c] for part in a]) for c in range(3) for a in (p, o)]
    wanted = [1 - np.corrcoef(flat[2 * c], flat[2 * c + 1])[0, 1] for c in range(3)]
    assert compute("mcc", logits, labels) == pytest.approx(np.mean(wanted), abs=1e-9)


@quick
@given(seed=seeds, squared=st.sampled_from(["no", "denominator", "elements"]))
def test_squares_are_taken_where_the_knob_says(seed, squared):
    logits, labels = scene(seed)
    p, o = maps(logits, labels)
    tp, fp, fn = {
        "no": (p * o, p * (1 - o), (1 - p) * o),
        "denominator": (p * o, p * p - p * o, o * o - p * o),
        "elements": ((p * o) ** 2, (p * (1 - o)) ** 2, ((1 - p) * o) ** 2),
    }[squared]
    tp, fp, fn = (x.sum((0, 2)) for x in (tp, fp, fn))
    dice = 1 - (2 * tp + 1) / (2 * tp + fp + fn + 1)
    assert compute("dice", logits, labels, squared=squared, smooth=1) == pytest.approx(dice.mean())
    jaccard = 1 - (tp + 1) / (tp + fp + fn + 1)
    assert compute("jaccard", logits, labels, squared=squared, smooth=1) == pytest.approx(jaccard.mean())
    if squared != "denominator":
        tversky = 1 - (tp + 1) / (tp + 0.2 * fp + 0.9 * fn + 1)
        got = compute("tversky", logits, labels, squared=squared, smooth=1, alpha=0.2, beta=0.9)
        assert got == pytest.approx(tversky.mean())


@quick
@given(seed=seeds)
def test_a_sigmoid_per_class_is_each_channel_alone(seed):
    logits, labels = scene(seed)
    values = evaluated("dice", logits, labels, head="sigmoid")
    alone = [compute("dice", logits[:, c : c + 1], (labels == c).astype(int), task="binary") for c in range(3)]
    assert values.per_class.tolist() == pytest.approx(alone)
    assert float(values.value) == pytest.approx(np.mean(alone))
    assert values.over == "3 classes, 2 images as one, a sigmoid per class"


# --- what the losses are to each other


@quick
@given(seed=seeds, gamma=st.floats(0.3, 3))
def test_relations(seed, gamma):
    logits, labels = scene(seed)

    def of(name, like=None, **knobs):
        return compute(name, logits, labels, like, **knobs)

    def same(a, b):
        assert a == pytest.approx(b, rel=1e-9)

    same(of("focal-tversky", gamma=1), of("tversky", alpha=0.3, beta=0.7))
    same(of("focal-tversky", gamma=1, power="mean"), of("focal-tversky", gamma=1))
    same(of("focal-tversky", gamma=gamma, power="mean"), of("tversky", alpha=0.3, beta=0.7) ** gamma)
    same(of("focal-tversky", "smp"), of("tversky", "smp"))
    same(of("focal-tversky", "smp", gamma=gamma), of("tversky", "smp") ** gamma)
    same(of("generalized-dice", weights="uniform"), of("dice", pool=True))
    same(of("log-cosh-dice"), math.log(math.cosh(of("dice"))))
    same(of("dice", "nnunet"), of("dice", scope="image", smooth=1) - 1)
    same(of("dice", minus=True), of("dice") - 1)
    same(of("dice", "nnunet", batch_dice=True, smooth=1e-5), of("dice") - 1)
    same(of("dice", "smp", smooth=0.5), of("dice", "toolbelt", smooth=1))
    same(of("log-dice", "smp", smooth=0.5), of("log-dice", "toolbelt", smooth=1))
    same(of("log-dice", "smp-0.3.4"), of("log-dice", "toolbelt"))
    same(of("tversky", squared="elements", smooth=0), of("dice", squared="elements", smooth=0))
    same(of("dice", "monai", include_background=False), of("dice", scope="image", include_background=False))
    same(of("mcc", "monai", batch=True, smooth_dr=0), of("mcc"))


@quick
@given(seed=seeds)
def test_relations_of_one_region(seed):
    logits, labels = scene(seed, classes=2)
    logits = logits[:, 1:] - logits[:, :1]

    def of(name, **knobs):
        return compute(name, logits, labels, None, "binary", **knobs)

    dice = of("dice", smooth=0)
    for weights in ("square", "simple", "uniform"):
        assert of("generalized-dice", smooth=0, weights=weights) == pytest.approx(dice)
    assert of("log-dice", smooth=0) == pytest.approx(-math.log(1 - dice))
    assert of("log-cosh-dice", each=True) == pytest.approx(of("log-cosh-dice"))
    for squared in ("no", "denominator", "elements"):
        d = of("dice", smooth=0, squared=squared)
        assert of("jaccard", smooth=0, squared=squared) == pytest.approx(2 * d / (1 + d))
    for name in ("dice", "jaccard", "tversky", "generalized-dice", "mcc"):
        assert of(name, include_background=False) == of(name), "one channel is the foreground"
    swapped = compute("mcc", -logits, 1 - labels, None, "binary")
    assert swapped == pytest.approx(of("mcc")), "MCC does not know which of the two is the foreground"


@quick
@given(seed=seeds)
def test_equal_sizes_have_equal_weights(seed):
    logits, _ = scene(seed, size=(6, 6))
    labels = np.broadcast_to(np.arange(36).reshape(6, 6) % 3, (2, 6, 6))
    found = {compute("generalized-dice", logits, labels, smooth=0, weights=w) for w in ("square", "simple", "uniform")}
    assert max(found) - min(found) < 1e-12


@quick
@given(seed=seeds)
def test_leaving_the_background_out_is_its_channel_left_out(seed):
    logits, labels = scene(seed)
    for name in ("dice", "jaccard", "tversky", "mcc"):
        whole = evaluated(name, logits, labels)
        rest = evaluated(name, logits, labels, include_background=False)
        assert math.isnan(rest.per_class[0])
        assert rest.per_class[1:].tolist() == whole.per_class[1:].tolist()
        assert float(rest.value) == pytest.approx(np.mean(whole.per_class[1:]))
        assert "2 classes without the background" in rest.over
    weights = np.asarray([100.0, 1.0, 3.0])
    each = evaluated("dice", logits, labels).per_class
    raw = compute("dice", logits, labels, include_background=False, weigh="raw", class_weights=weights)
    assert raw == pytest.approx((each[1] + 3 * each[2]) / 2)
    pooled = compute("dice", logits, labels, include_background=False, pool=True, smooth=0)
    p, o = maps(logits, labels)
    assert pooled == pytest.approx(1 - 2 * (p * o)[:, 1:].sum() / (p + o)[:, 1:].sum())


@every_loss
@quick
@given(seed=seeds)
def test_one_image_is_a_batch(name, seed):
    logits, labels = scene(seed, images=1)
    assert compute(name, logits, labels, scope="image") == pytest.approx(compute(name, logits, labels, scope="batch"))


# --- absent classes, nothing valid, nothing to lose


def regions(*rows):
    """Regions of one image from (tp, sum p, sum y) by class; 100 pixels are valid."""
    tp, p, y = (np.asarray([part], float) for part in zip(*rows, strict=True))
    return Regions(tp, p, y, 0 * p, 100 + 0 * p)


def value(name, *rows, **knobs):
    return float(find(name).function(regions(*rows), **knobs).value)


class TestAbsentClass:
    FOUND, ABSENT = (6.0, 8.0, 8.0), (0.0, 4.0, 0.0)

    def test_generalized_dice_gives_it_the_largest_weight_of_the_others(self):
        got = value("generalized-dice", self.FOUND, (1.0, 2.0, 2.0), self.ABSENT, smooth=0)
        top, bottom = 6 / 64 + 1 / 4, 16 / 64 + 4 / 4 + 4 / 4
        assert got == pytest.approx(1 - 2 * top / bottom)

    def test_that_is_the_largest_of_those_that_count(self):
        got = value("generalized-dice", (1.0, 1.0, 1.0), self.FOUND, self.ABSENT, smooth=0, include_background=False)
        assert got == pytest.approx(1 - 2 * (6 / 64) / (16 / 64 + 4 / 64))

    @pytest.mark.parametrize("weights", ["square", "simple"])
    def test_without_any_weight_generalized_dice_is_its_smoothing(self, weights):
        """One channel without foreground: MONAI's loss is 0 whatever is predicted."""
        labels, logits = np.zeros((2, 4, 4), int), np.full((2, 1, 4, 4), 3.0)
        labels[0, 0, 0] = 1
        assert compute("generalized-dice", logits[1:], labels[1:], "monai", "binary", w_type=weights) == 0
        mixed = compute("generalized-dice", logits, labels, "monai", "binary", w_type=weights)
        assert mixed == pytest.approx(compute("generalized-dice", logits[:1], labels[:1], "monai", "binary") / 2, 1e-3)

    def test_mcc_leaves_it_out(self):
        assert value("mcc", self.FOUND, self.ABSENT) == value("mcc", self.FOUND)
        assert value("mcc", self.FOUND, self.ABSENT, smooth=1) > value("mcc", self.FOUND, smooth=1)

    def test_mcc_leaves_out_a_class_that_is_nowhere_in_the_prediction(self):
        assert value("mcc", self.FOUND, (0.0, 0.0, 9.0)) == value("mcc", self.FOUND)
        assert value("mcc", self.FOUND, (0.0, 0.0, 0.0), perfect=True) == pytest.approx(value("mcc", self.FOUND) / 2)

    def test_log_dice_is_infinite_or_stops_at_the_least_score(self):
        assert value("log-dice", self.FOUND, self.ABSENT, smooth=0) == math.inf
        assert value("log-dice", self.ABSENT, smooth=0, least=1e-7, like="any") == pytest.approx(7 * math.log(10))
        assert value("log-dice", self.FOUND, self.ABSENT, smooth=0, classes="present") == pytest.approx(-math.log(0.75))

    def test_missed_class_of_a_library_stops_at_its_least_score(self):
        labels = np.asarray([[[0, 1]]])
        logits = np.asarray([[[[1000.0, 1000.0]], [[-1000.0, -1000.0]]]])
        for like in ("smp", "smp-0.3.4", "toolbelt"):
            wanted = (-math.log(2 / 3) - math.log(1e-7)) / 2
            assert compute("log-dice", logits, labels, like) == pytest.approx(wanted)

    def test_sensitivity_specificity_counts_its_false_alarms(self):
        logits, labels = np.zeros((1, 2, 3, 3)), np.zeros((1, 3, 3), int)
        # p = 1/2 everywhere: of class 0 only misses, of class 1 only false alarms
        wanted = (0.1 * 9 * 0.25 / 9 + 0.9 * 9 * 0.25 / 9) / 2
        assert compute("sensitivity-specificity", logits, labels, smooth=0) == pytest.approx(wanted)

    def test_a_note_names_it_where_it_counts(self):
        logits, labels = scene(3, classes=4, present=2)
        note = evaluated("focal-tversky", logits, labels).note()
        present = compute("focal-tversky", logits, labels, classes="present")
        assert note == f"2 of 4 classes absent (2, 3); over the present ones {present:.6g}"
        assert not evaluated("mcc", logits, labels).note()
        assert not evaluated("dice", logits, labels, classes="present").note()
        swapped = evaluated("dice", logits, np.where(labels == 0, 3, labels), include_background=False)
        assert swapped.note().startswith("1 of 3 classes absent (2)")


@pytest.mark.parametrize(
    ("name", "like"), [(n, k) for n, k in CALLS if k is None or "ignore" in find(n).conventions[k].takes]
)
def test_nothing_valid_is_undefined_in_every_convention(name, like):
    for task in tasks_of(name, like):
        channels = 1 if task == "binary" else 3
        shape = (2, 3, 4, 5) if task == "multilabel" else (2, 4, 5)
        labels, logits = np.full(shape, IGNORE), np.ones((2, channels, 4, 5))
        found = evaluated(name, logits, labels, like, task, ignore=(IGNORE,))
        assert found.undefined == "no valid pixel: every one is ignored"


@every_loss
def test_no_foreground_is_undefined(name):
    logits, labels = np.ones((1, 1, 4, 4)), np.zeros((1, 4, 4), int)
    assert evaluated(name, logits, labels, task="binary").undefined == "no pixel of any class in the label"


def test_no_class_but_the_background_is_undefined_without_it():
    logits, labels = np.ones((1, 3, 4, 4)), np.zeros((1, 4, 4), int)
    found = evaluated("dice", logits, labels, include_background=False)
    assert found.undefined == "no pixel of any class but the background in the label"
    assert evaluated("dice", logits, labels, "monai", include_background=False).undefined is None


def test_weights_of_0():
    logits, labels = scene(1)
    none = evaluated("dice", logits, labels, weight=np.zeros(3))
    assert none.undefined == "the weights of all classes that count are 0"
    assert math.isnan(none.value)
    # kornia: a sample whose present classes all have weight 0 has loss 1
    assert compute("dice", logits, labels, "kornia", average="macro", class_weights=np.zeros(3)) == 1
    # a class of weight 0 does not count even where it has no finite loss
    lost = evaluated("log-dice", logits, np.where(labels == 2, 0, labels), weight=np.asarray([1.0, 1.0, 0.0]), smooth=0)
    assert math.isfinite(lost.value)


def bounds(name, like, **knobs):
    known = parameters(find(name), like)
    convention = find(name).conventions[like].knobs(**known) if like else {}
    return find(name).bounds({**convention, **knobs})


# smoothed in the denominator alone, or in all four counts
NEVER_PERFECT = {("dice", "mmseg"): 1e-4, ("mcc", "smp"): 1e-6}


@every_call
@pytest.mark.parametrize("far", [40.0, 1e4])
def test_a_perfect_prediction_is_the_least_value(name, like, far):
    near = NEVER_PERFECT.get((name, like), 1e-9)
    for task in tasks_of(name, like):
        _, labels = scene(2)
        planes = labels[:, None] == np.arange(3)[:, None, None]
        if task == "binary":
            labels, planes = planes[:, 0].astype(int), planes[:, :1]
        elif task == "multilabel":
            labels = planes.astype(int)
        low, high = bounds(name, like)
        logits = np.where(planes, far, -far)
        assert compute(name, logits, labels, like, task) == pytest.approx(low, abs=near)
        assert compute(name, logits.astype(np.float32), labels, like, task) == pytest.approx(low, abs=max(near, 1e-6))
        wrong = compute(name, -logits, labels, like, task)
        assert low + 0.3 < wrong <= high


@pytest.mark.parametrize(("name", "like"), [call for call in CALLS if "multiclass" in tasks_of(*call)])
def test_gradients_are_finite_at_the_ends(name, like):
    """Perfect, wrong and undecided predictions, with an absent class."""
    import torch

    _, labels = scene(4, classes=4, present=3)
    planes = labels[:, None] == np.arange(4)[:, None, None]
    criterion = getattr(losses, name.replace("-", "_"))
    for far in (0.0, 3.0, 60.0, 1000.0, -60.0):
        logits = torch.tensor(np.where(planes, far, -far), requires_grad=True)
        criterion(logits, torch.from_numpy(labels), task="multiclass", like=like).backward()
        assert bool(torch.isfinite(logits.grad).all()), far
        assert abs(far) > 3 or bool((logits.grad != 0).any()), far


# --- ranges

KNOBS = {
    "dice": {
        "smooth": [0.0, 1e-5, 3.0],
        "smooth_denominator": [None, 0.5, 5.0],
        "beta": [0.5, 1.0, 2.0],
        "floor": [0.0, 1e-7, 4.0],
        "scope": ["batch", "image"],
        "classes": ["all", "present", "present-zero"],
        "include_background": [True, False],
        "pool": [True, False],
        "squared": ["no", "denominator", "elements"],
        "minus": [True, False],
        "weigh": ["raw", "normalised"],
        "empty": [None, 1.0],
    },
    "jaccard": {"smooth": [0.0, 2.0], "squared": ["no", "denominator", "elements"], "weigh": ["raw", "normalised"]},
    "tversky": {
        "alpha": [0.0, 0.3, 2.0],
        "beta": [0.1, 1.0],
        "smooth": [0.5, 3.0],
        "smooth_denominator": [None, 0.5, 5.0],
        "floor": [0.0, 4.0],
        "squared": ["no", "elements"],
    },
    "focal-tversky": {"gamma": [0.4, 1.0, 3.0], "power": ["class", "mean"], "scope": ["batch", "image"]},
    "generalized-dice": {"weights": ["square", "simple", "uniform"], "smooth": [0.0, 4.0]},
    "log-dice": {"least": [0.0, 0.01, 1.0], "classes": ["all", "present-zero"], "floor": [0.0, 3.0]},
    "log-cosh-dice": {"each": [True, False], "scope": ["batch", "image"]},
    "sensitivity-specificity": {"r": [0.0, 0.3, 1.0], "smooth": [0.0, 2.0]},
    "mcc": {
        "smooth": [1e-5, 3.0],
        "smooth_numerator": [0.0, 50.0],
        "eps": [0.0, 2.0],
        "perfect": [True, False],
        "scope": ["batch", "image"],
    },
}


@every_loss
@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data(), seed=seeds, scale=st.sampled_from([0.01, 1.0, 30.0]), present=st.integers(1, 3))
def test_values_lie_in_the_stated_range_whatever_the_knobs(name, data, seed, scale, present):
    knobs = {knob: data.draw(st.sampled_from(found), knob) for knob, found in KNOBS[name].items()}
    weight = np.random.default_rng(seed).uniform(0.1, 4, 3) if "weigh" in knobs else None
    logits, labels = scene(seed, scale=scale, present=present)
    found = evaluated(name, logits, labels, weight=weight, **knobs)
    low, high = find(name).bounds({**knobs, "weight": weight})
    if not found.undefined and not math.isnan(found.value):
        assert low - 1e-12 <= float(found.value) <= high + 1e-12
        assert math.isfinite(low)


def test_ranges_that_are_reached():
    logits = np.zeros((1, 1, 2, 2))  # p = 1/2 on all of a full region
    labels = np.ones((1, 2, 2), int)
    beta = {"beta": 0.5, "squared": "denominator"}
    assert compute("dice", logits, labels, task="binary", smooth=0, **beta) == pytest.approx(-0.25)
    assert find("dice").bounds(beta) == pytest.approx((-0.25, 1.0))
    assert find("dice").bounds({"beta": 0.0, "squared": "denominator"})[0] == -math.inf
    assert find("dice").bounds({"minus": True}) == (-1.0, 0.0)
    raw = {"weigh": "raw", "weight": np.asarray([1.0, 2.0, 6.0])}
    assert find("dice").bounds(raw) == (0.0, 3.0)
    assert find("dice").bounds({**raw, "classes": "present"}) == (0.0, 6.0)
    assert find("dice").bounds({**raw, "include_background": False}) == (0.0, 4.0)
    assert find("dice").bounds({**raw, "pool": True}) == (0.0, 1.0)
    more = {"smooth": 1.0, "smooth_denominator": 0.0}
    assert find("tversky").bounds(more)[0] == -math.inf
    assert find("tversky").bounds({**more, "floor": 4.0})[0] == pytest.approx(-0.25)
    assert value("tversky", (4.0, 4.0, 4.0), **more, floor=4.0) == pytest.approx(-0.25)
    assert find("log-dice").bounds({}) == (0.0, math.inf)
    assert find("log-dice").bounds({"least": 0.5}) == (0.0, pytest.approx(math.log(2)))
    assert find("mcc").bounds({"smooth_numerator": 1.0}) == (-math.inf, 2.0)


# --- refusals


@pytest.mark.parametrize(
    ("name", "knobs", "part"),
    [
        ("dice", {"smooth": -1.0}, "dice: smooth=-1"),
        ("dice", {"floor": -1.0}, "dice: floor=-1"),
        ("tversky", {"alpha": -0.1}, "tversky: alpha=-0.1"),
        ("focal-tversky", {"gamma": 0.0}, "gamma=0"),
        ("focal-tversky", {"gamma": -1.0}, "gamma=-1"),
        ("log-dice", {"least": 1.5}, "least=1.5"),
        ("sensitivity-specificity", {"r": 1.1}, "r=1.1"),
        ("sensitivity-specificity", {"smooth": -1.0}, "smooth=-1"),
        ("mcc", {"eps": -1.0}, "eps=-1"),
    ],
)
def test_a_knob_out_of_its_range_is_refused(name, knobs, part):
    with pytest.raises(UsageError, match=r"0 or more|above 0|from 0 to 1") as caught:
        compute(name, *scene(1), **knobs)
    assert part in str(caught.value)


def test_sums_that_were_not_asked_for():
    one = np.ones((1, 1))
    bare = Regions(one, one, one, one)
    with pytest.raises(LookupError, match="squared=elements"):
        confusion(bare, squared="elements")
    with pytest.raises(LookupError, match="valid pixels"):
        valid_pixels(bare)
    full = Regions(one, one, one, one, one, Squares(one, one, one, one))
    assert float(overlap(full, fp=0.5, fn=0.5, smooth=(0.0, 0.0), squared="denominator", leak=True).value) == (
        pytest.approx(1 - 1 / 1.5)
    )


def test_a_score_without_any_size_is_no_number():
    """Nothing there and nothing found, without smoothing."""
    assert math.isnan(value("dice", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), smooth=0))
    assert value("dice", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), smooth=0, classes="present") == 0


VOID_IMAGES = ["dice", "jaccard", "tversky", "generalized-dice", "log-dice", "sensitivity-specificity", "unified-focal"]


@pytest.mark.parametrize("name", VOID_IMAGES)
@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy])
def test_an_image_without_a_valid_pixel_counts_nowhere(name, convert):
    """Image by image, its loss would be 0: everything that a class is, and is taken for, is nothing."""
    batch = draw(3, "multiclass", (3, 3, 9, 7), 0.3)
    labels = batch.labels.copy()
    labels[1] = IGNORE
    way = Way(name, None, "multiclass")
    rest = [0, 2]
    alone = replace(batch, logits=batch.logits[rest], labels=labels[rest])
    void = replace(batch, labels=labels)
    assert call(way, void, convert, scope="image") == pytest.approx(call(way, alone, convert, scope="image"), rel=1e-9)

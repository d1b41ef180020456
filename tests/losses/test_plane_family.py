"""Losses that look at neighbours: boundary, hausdorff, cldice, nacl, and giou by component."""

from __future__ import annotations

import itertools
import math
import runpy
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from segloss_test_samples import IGNORE, Batch, Way, call, draw, passes_of, seeds, value_of

from segloss_cli import losses
from segloss_cli.errors import MissingExtraError, UsageError
from segloss_cli.losses import _components, _distance, _morphology
from segloss_cli.losses._evaluate import evaluate, needs_for
from segloss_cli.losses._knobs import Request, Setting
from segloss_cli.losses._passes import from_arrays

ROOT = Path(__file__).parents[2]
BUILD = runpy.run_path(str(ROOT / "tests" / "oracles" / "cases.py"))["build"]

few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
both_engines = pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])

# every loss of the family, as knobs that leave the names of classes equal
PLAIN = [
    ("boundary", {}),
    ("hausdorff", {"include_background": True}),
    ("hausdorff", {"include_background": True, "method": "erosion", "alpha": 1.0}),
    ("cldice", {"include_background": True}),
    ("cldice", {"include_background": True, "scope": "batch", "iterations": 1}),
    ("nacl", {}),
    ("nacl", {"window": "gaussian", "distance": "l2"}),
    ("giou", {"region": "component"}),
]
every_loss = pytest.mark.parametrize(("name", "knobs"), PLAIN, ids=lambda x: x if isinstance(x, str) else ",".join(x))


@cache
def case(name):
    return BUILD(name)


def at(name, example, convert=np.asarray, **knobs):
    """A loss on one of the oracles' inputs."""
    data = case(example)
    ignore = () if data["ignore"] is None else data["ignore"]
    criterion = getattr(losses, name)
    return float(criterion(convert(data["logits"]), convert(data["labels"]), ignore_index=ignore, **knobs))


def of(name, batch, convert=np.asarray, **knobs):
    return call(Way(name, None, batch.task), batch, convert, **knobs)


def binary(p, y, ignored=None):
    """One image of one channel from its probabilities and labels (height, width)."""
    p, y = np.asarray(p, float), np.asarray(y)
    labels = y if ignored is None else np.where(ignored, IGNORE, y)
    with np.errstate(divide="ignore"):
        logits = np.log(p) - np.log1p(-p)
    return Batch("binary", logits[None, None], labels[None], None, () if ignored is None else (IGNORE,))


def certain(batch):
    """The same with the label itself predicted."""
    hot = batch.labels[:, None]
    if batch.task == "multiclass":
        hot = hot == np.arange(batch.logits.shape[1])[:, None, None]
    return replace(batch, logits=np.where(hot, 1000.0, -1000.0))


def picture(*rows):
    """0 and 1 from text, in which anything but a dot is 1."""
    return np.asarray([[mark != "." for mark in row] for row in rows], int)


# --- the measured numbers of example E (losses.md 2.7), to all digits printed there

MEASURED = [
    ("boundary", {"like": "monai"}, (0.143219, 0.085410)),
    ("boundary", {}, (0.143219, 0.085410)),
    ("boundary", {"include_background": False}, (0.143951, 0.091678)),
    ("boundary", {"like": "monai", "include_background": False}, (0.143951, 0.091678)),
    ("hausdorff", {"like": "monai"}, (0.408808, 0.314296)),
    ("hausdorff", {}, (0.4088081587, 0.314296)),
    ("hausdorff", {"like": "monai", "include_background": True}, (0.417272, 0.560302)),
    ("hausdorff", {"like": "monai", "log": True}, (0.342744, 0.273301)),
    ("hausdorff", {"like": "mmseg"}, (16.840683, 3.552812)),
    ("hausdorff", {"like": "kornia"}, (0.000195, None)),
    ("cldice", {"like": "monai"}, (0.493290, 0.607153)),
    ("cldice", {"like": "monai", "iter_": 10}, (0.494300, None)),
    # the authors' code, and MONAI's before 1.6
    ("cldice", {"scope": "batch", "iterations": 10, "include_background": True}, (0.494541, 0.607068)),
    ("cldice", {"scope": "batch"}, (0.491578, 0.610717)),
    ("nacl", {"like": "monai"}, (1.0193458337, None)),
    ("nacl", {}, (1.019346, None)),
    ("nacl", {"like": "monai", "kernel_ops": "gaussian", "distance_type": "l2"}, (1.058053, None)),
    ("nacl", {"window": "gaussian", "distance": "l2"}, (1.058053, None)),
]


@both_engines
@pytest.mark.parametrize(("name", "knobs", "wanted"), MEASURED, ids=str)
def test_the_measured_numbers(name, knobs, wanted, convert):
    for example, number in zip(("E", "E-absent"), wanted, strict=True):
        if number is not None:
            digits = len(str(number).partition(".")[2])
            # half a unit of the last digit, and a little: MONAI rounds its distances to float32
            assert abs(at(name, example, convert, **knobs) - number) < 0.55 * 10**-digits


@both_engines
@pytest.mark.parametrize(
    ("example", "box", "mask"),
    [
        ("boxes-squares", 1.0793650794, 1.0793650794),
        ("boxes-angles", 0.0, 0.5),
        ("boxes-outlier", 0.984375, 1.46875),
        ("boxes-columns", 1.75, 1.75),
    ],
)
def test_the_table_of_giou(example, box, mask, convert):
    """losses.md 1.5. Where each has one component, that is its box; an outlier is a component of its own."""
    assert round(at("giou", example, convert, region="box"), 10) == box
    assert round(at("giou", example, convert, region="mask"), 10) == mask
    component = 0.5 if example == "boxes-outlier" else box
    assert round(at("giou", example, convert, region="component"), 10) == component


# --- distances, neighbourhoods


def masks(most=9):
    sizes = st.tuples(st.integers(1, most), st.integers(1, most), st.integers(0, 10), seeds())
    return sizes.map(lambda x: np.random.default_rng(x[3]).random(x[:2]) < x[2] / 10)


@some
@given(mask=masks())
def test_signed_distances_are_the_least_over_all_pixels(mask):
    found = _distance.signed(mask, "this")
    here = np.argwhere(np.ones_like(mask))
    for y, x in here:
        others = here[mask.ravel() != mask[y, x]]
        nearest = np.sqrt(((others - (y, x)) ** 2).sum(1)).min() if len(others) else 0.0
        assert found[y, x] == (-nearest if mask[y, x] else nearest)


@some
@given(mask=masks())
def test_distances_inside_are_those_of_the_whole_plane(mask):
    """They are computed in the mask's own box."""
    np.testing.assert_array_equal(_distance.inside(mask, "this"), ndimage.distance_transform_edt(mask))


def filtered(plane, iterations):
    """The soft skeleton by SciPy's filters."""
    cross = np.asarray([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    whole = np.zeros_like(plane)
    for _ in range(iterations + 1):
        eroded = ndimage.minimum_filter(plane, footprint=cross, mode="nearest")
        rest = np.maximum(plane - ndimage.maximum_filter(eroded, size=3, mode="nearest"), 0)
        whole = whole + np.maximum(rest - whole * rest, 0)
        plane = eroded
    return whole


@some
@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)), seed=seeds(), iterations=st.integers(0, 6), hard=st.booleans()
)
def test_the_soft_skeleton_is_that_of_filters(size, seed, iterations, hard):
    plane = np.random.default_rng(seed).random(size)
    plane = np.round(plane) if hard else plane
    wanted = filtered(plane, iterations)
    np.testing.assert_allclose(_morphology.skeleton(plane, iterations), wanted, rtol=1e-14, atol=1e-16)
    found = _morphology.skeleton(torch.from_numpy(plane), iterations).numpy()
    np.testing.assert_array_equal(found, _morphology.skeleton(plane, iterations))
    if hard:
        small = _morphology.skeleton(plane.astype(np.uint8), iterations)
        np.testing.assert_array_equal(small, wanted)


@some
@given(size=st.tuples(st.integers(1, 7), st.integers(1, 7)), seed=seeds(), length=st.integers(1, 9))
def test_sums_around_a_pixel_are_a_convolution(size, seed, length):
    stream = np.random.default_rng(seed)
    plane, weights = stream.random(size), stream.random(length)
    wanted = np.zeros(size)
    for (y, x), (i, j) in itertools.product(np.ndindex(size), np.ndindex(length, length)):
        row, column = y + i - (length - 1) // 2, x + j - (length - 1) // 2
        if 0 <= row < size[0] and 0 <= column < size[1]:
            wanted[y, x] += weights[i] * weights[j] * plane[row, column]
    np.testing.assert_allclose(_morphology.blurred(plane, weights.tolist()), wanted, rtol=1e-12)
    np.testing.assert_allclose(
        _morphology.blurred(torch.from_numpy(plane), weights.tolist()).numpy(), wanted, rtol=1e-12
    )
    cross = ndimage.convolve(plane, np.asarray([[0, 1, 0], [1, 1, 1], [0, 1, 0]]) / 5, mode="constant")
    np.testing.assert_allclose(_morphology.cross_mean(plane), cross, rtol=1e-12)


# --- what holds for all of them


def turned(batch, turn):
    return replace(batch, logits=turn(batch.logits).copy(), labels=turn(batch.labels).copy())


TURNS = [
    lambda a: a[..., ::-1],
    lambda a: a[..., ::-1, :],
    lambda a: a.swapaxes(-1, -2),
]


@every_loss
@pytest.mark.parametrize("task", ["binary", "multiclass"])
@few
@given(seed=seeds())
def test_turning_the_image_does_not_matter(name, knobs, task, seed):
    batch = draw(seed, "multiclass" if name == "nacl" else task, (2, 3, 9, 7), 0.3)
    value = of(name, batch, **knobs)
    for turn in TURNS:
        assert of(name, turned(batch, turn), **knobs) == pytest.approx(value, rel=1e-10)


@every_loss
@few
@given(seed=seeds())
def test_the_names_of_classes_do_not_matter(name, knobs, seed):
    batch = draw(seed, "multiclass", (2, 4, 9, 7), 0.3, present=3)
    order = np.random.default_rng(seed).permutation(4)
    labels = np.where(batch.labels == IGNORE, IGNORE, np.argsort(order)[batch.labels % IGNORE])
    renamed = replace(batch, logits=batch.logits[:, order], labels=labels)
    assert of(name, renamed, **knobs) == pytest.approx(of(name, batch, **knobs), rel=1e-10)


@every_loss
@both_engines
@pytest.mark.parametrize("bad", [17.0, math.nan, math.inf, -math.inf])
def test_what_is_under_an_ignored_pixel_does_not_matter(name, knobs, convert, bad):
    batch = draw(5, "multiclass", (2, 3, 9, 7), 0.4)
    spoilt = replace(batch, logits=np.where((batch.labels == IGNORE)[:, None], bad, batch.logits))
    value = of(name, batch, convert, **knobs)
    assert math.isfinite(value)
    assert of(name, spoilt, convert, **knobs) == pytest.approx(value, rel=1e-12)
    shown = replace(batch, labels=np.where(batch.labels == IGNORE, 1, batch.labels))
    assert of(name, shown, convert, **knobs) != pytest.approx(value, rel=1e-6)


@every_loss
@both_engines
def test_an_image_without_valid_pixels_is_left_out(name, knobs, convert):
    batch = draw(6, "multiclass", (3, 3, 9, 7), 0.2)
    labels = batch.labels.copy()
    labels[1] = IGNORE
    rest = replace(batch, logits=batch.logits[[0, 2]], labels=batch.labels[[0, 2]])
    left = of(name, replace(batch, labels=labels), convert, **knobs)
    assert left == pytest.approx(of(name, rest, convert, **knobs), rel=1e-12)
    assert math.isnan(of(name, replace(batch, labels=np.full_like(labels, IGNORE)), convert, **knobs))


@every_loss
@few
@given(seed=seeds(), scale=st.sampled_from([0.1, 3.0, 300.0]))
def test_both_engines_agree(name, knobs, seed, scale):
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.3, scale, present=2)
    assert of(name, batch, torch.from_numpy, **knobs) == pytest.approx(of(name, batch, **knobs), rel=1e-10, abs=1e-14)


DIFFERENTIABLE = [item for item in PLAIN if item[0] != "giou"]


@pytest.mark.parametrize(("name", "knobs"), [*DIFFERENTIABLE, ("hausdorff", {"method": "ids"})], ids=str)
def test_gradients_are_the_derivative_and_finite(name, knobs):
    batch = draw(7, "multiclass", (2, 3, 6, 6), 0.2, 1.0)
    batch.logits[:, 2, :5, :5] += 4  # errors that outlast an erosion
    labels = torch.from_numpy(batch.labels)

    def loss(z):
        return getattr(losses, name)(z, labels, ignore_index=IGNORE, **knobs)

    logits = torch.from_numpy(batch.logits).requires_grad_()
    assert torch.autograd.gradcheck(loss, (logits,), fast_mode=True)
    loss(logits).backward()
    hidden = (labels == IGNORE)[:, None].expand_as(logits)
    assert bool((logits.grad[hidden] == 0).all())
    assert bool((logits.grad[~hidden] != 0).any())
    far = (1e4 * torch.sign(logits.detach())).requires_grad_()
    loss(far).backward()
    assert torch.isfinite(far.grad).all()


def test_a_training_step_learns():
    torch.manual_seed(0)
    data = case("shapes")
    labels = torch.from_numpy(data["labels"])
    for name in ("boundary", "hausdorff", "cldice", "nacl"):
        logits = torch.randn(data["logits"].shape, requires_grad=True)
        optimizer = torch.optim.Adam([logits], lr=0.5)
        criterion = getattr(losses, name)
        before = criterion(logits, labels).item()
        for _ in range(5):
            optimizer.zero_grad()
            criterion(logits, labels).backward()
            optimizer.step()
        assert criterion(logits, labels).item() < before


@pytest.mark.parametrize("name", ["boundary", "hausdorff", "cldice"])
def test_multi_label_is_each_channel_alone(name):
    batch = draw(8, "multilabel", (2, 3, 9, 7), 0.2)
    alone = [
        of(name, Batch("binary", batch.logits[:, c : c + 1], batch.labels[:, c], None, (IGNORE,))) for c in range(3)
    ]
    assert of(name, batch, include_background=True) == pytest.approx(np.mean(alone), rel=1e-12)
    assert of(name, batch, include_background=False) == pytest.approx(np.mean(alone[1:]), rel=1e-12)


@pytest.mark.parametrize("name", ["boundary", "hausdorff", "cldice"])
def test_the_background_is_left_out_and_named(name):
    way, batch = Way(name, None, "multiclass"), draw(9, "multiclass", (2, 4, 9, 7))
    passes, setting = passes_of(way, batch), Setting("multiclass")
    whole, rest = (
        evaluate(Request(name, None, {"include_background": background}), passes, setting)
        for background in (True, False)
    )
    assert (whole.over, rest.over) == ("4 classes, mean of 2 images", "3 classes, mean of 2 images")
    assert whole.note() == ""
    assert "class 0 of 4 is left out" in rest.note()
    assert math.isnan(rest.per_class[0])
    np.testing.assert_array_equal(rest.per_class[1:], whole.per_class[1:])
    assert float(rest.value) == pytest.approx(np.mean(whole.per_class[1:]))
    one = value_of(Way(name, None, "binary"), passes_of(Way(name, None, "binary"), draw(9, "binary")))
    assert one.over == "foreground, mean of 2 images"
    assert one.note() == ""


# --- boundary


def test_boundary_of_a_foreground_by_hand():
    """phi of the pixel in the middle: its rim is 0, and 1 - 2 = -1 in the middle of a square of three."""
    y = picture(".....", ".###.", ".###.", ".###.", ".....")
    root = math.sqrt(2)
    phi = np.asarray([[root, 1, 1, 1, root], [1, 0, 0, 0, 1], [1, 0, -1, 0, 1], [1, 0, 0, 0, 1], [root, 1, 1, 1, root]])
    p = np.random.default_rng(1).random((5, 5))
    assert of("boundary", binary(p, y)) == pytest.approx((p * phi).mean(), rel=1e-12)
    assert of("boundary", certain(binary(p, y))) == -1 / 25
    # an ignored pixel is not of the class: a hole in its middle, in no mean
    hole = np.zeros((5, 5), bool)
    hole[2, 2] = True
    assert of("boundary", binary(p, y, hole)) == pytest.approx((p * phi)[phi > 0].sum() / 24, rel=1e-12)


@few
@given(seed=seeds())
def test_the_least_boundary_loss_is_a_perfect_prediction(seed):
    batch = draw(seed, "binary", (2, 1, 9, 7), 0.2, 5.0)
    assert of("boundary", certain(batch)) <= of("boundary", batch)


@both_engines
@pytest.mark.parametrize("name", ["boundary", "hausdorff"])
def test_a_class_without_a_border_has_no_distance(name, convert):
    """Absent, or all of the image: SciPy's distances of a full mask would be a ramp."""
    p = np.random.default_rng(1).random((4, 5))
    for y in (np.zeros((4, 5), int), np.ones((4, 5), int)):
        low = binary(p / 2, y)
        assert of(name, low, convert) == 0
        if name == "hausdorff":
            # only what is predicted has one
            found = p > 0.5
            far = ndimage.distance_transform_edt(found) + ndimage.distance_transform_edt(~found)
            wanted = ((p - y) ** 2 * far**2).mean()
            assert of(name, binary(p, y), convert) == pytest.approx(wanted, rel=1e-12)


# --- hausdorff


@few
@given(seed=seeds(), alpha=st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]))
def test_hausdorff_is_zero_for_a_perfect_prediction_only(seed, alpha):
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.2)
    assert of("hausdorff", certain(batch), alpha=alpha) == 0
    assert of("hausdorff", batch, alpha=alpha) > 0


def test_a_stray_pixel_costs_more_the_farther_it_is():
    y = np.zeros((7, 9), int)
    y[2:5, 0:2] = 1
    values = []
    for column in range(3, 9):
        p = np.where(y == 1, 0.99, 0.01)
        p[3, column] = 0.99
        values.append(of("hausdorff", binary(p, y)))
    assert values == sorted(values)
    assert values[-1] > 4 * values[0]


def test_hausdorff_with_alpha_zero_is_twice_the_squared_error():
    batch = draw(3, "binary", (1, 1, 6, 5))
    p = 1 / (1 + np.exp(-batch.logits[:, 0]))
    assert of("hausdorff", batch, alpha=0.0) == pytest.approx(2 * ((p - batch.labels) ** 2).mean(), rel=1e-12)


@few
@given(seed=seeds(), method=st.sampled_from(["distance", "erosion", "ids"]))
def test_log_is_the_logarithm_of_one_more(seed, method):
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.2)
    value = of("hausdorff", batch, method=method)
    assert of("hausdorff", batch, method=method, log=True) == pytest.approx(math.log1p(value), rel=1e-12)


def test_erosion_counts_errors_that_outlast_it():
    """A block of 5 x 5 wrong pixels lasts; single ones are gone after the first erosion."""
    y = np.zeros((9, 9), int)
    block, noise = (np.full((9, 9), 1e-9) for _ in range(2))
    block[2:7, 2:7] = 1 - 1e-9
    noise[::2, ::2] = 1 - 1e-9
    assert of("hausdorff", binary(noise, y), method="erosion") == 0
    assert of("hausdorff", binary(block, y), method="erosion") > of(
        "hausdorff", binary(block, y), method="erosion", erosions=1
    )


def by_id(logits, labels):
    """mmseg's HuasdorffDisstanceLoss as its file has it, in NumPy."""
    ids = np.where(labels == IGNORE, 0, labels)
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, None])
    far = [
        ndimage.distance_transform_edt(a) ** 2 + ndimage.distance_transform_edt(b) ** 2
        for a, b in zip(logits.argmax(1) != 0, ids != 0, strict=True)
    ]
    classes = logits.shape[1]
    return sum(((p[:, c] - ids) ** 2 * np.stack(far)).mean() for c in range(1, classes)) / classes


@both_engines
@few
@given(seed=seeds(), ignored=st.sampled_from([0.0, 0.4]), present=st.integers(1, 4))
def test_mmseg_compares_with_the_id_itself(convert, seed, ignored, present):
    batch = draw(seed, "multiclass", (3, 4, 9, 7), ignored, present=present)
    batch.labels[1] = 3  # a foreground that fills its image, where SciPy's distances are a ramp
    if ignored:
        batch.labels[2] = IGNORE
    way = Way("hausdorff", "mmseg", "multiclass")
    assert call(way, batch, convert) == pytest.approx(by_id(batch.logits, batch.labels), rel=1e-10)


def test_ignored_pixels_leak_only_where_it_is_said():
    batch = draw(4, "multiclass", (2, 3, 9, 7), 0.4)
    hidden = (batch.labels == IGNORE)[:, None]
    stray = replace(batch, logits=batch.logits * np.where(hidden, -1, 1))
    for method in ("distance", "erosion", "ids"):
        # at a power of 1 the errors of this noise outlast an erosion
        assert of("hausdorff", batch, method=method) == of("hausdorff", stray, method=method)
        if method != "erosion":
            assert of("hausdorff", batch, method=method, leak=True) != of("hausdorff", stray, method=method, leak=True)
    assert of("hausdorff", batch, leak=True) != of("hausdorff", batch)


# --- cldice


@few
@given(seed=seeds(), iterations=st.integers(0, 4), scope=st.sampled_from(["class", "image", "batch"]))
def test_cldice_is_zero_for_a_perfect_prediction(seed, iterations, scope):
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.2)
    assert abs(of("cldice", certain(batch), iterations=iterations, scope=scope)) < 1e-12
    assert of("cldice", batch, iterations=iterations, scope=scope) > 0.01


def test_cldice_counts_length_where_dice_counts_pixels():
    """A thin branch beside a broad band: lost, it is a tenth of the pixels and half of the lines."""
    y = np.zeros((14, 20), int)
    y[1:8] = 1
    y[11] = 1
    p = np.where(y == 1, 1 - 1e-12, 1e-12)
    p[11] = 1e-12
    lost = binary(p, y)
    assert of("dice", lost) == pytest.approx(1 - 2 * 140 / (140 + 160), rel=1e-6)
    lines = _morphology.skeleton(y.astype(float), 3)
    assert lines[11].sum() == 20
    assert lines[1:8].sum() == pytest.approx(20, abs=6)
    assert of("cldice", lost) > 2.5 * of("dice", lost)


@few
@given(seed=seeds(), s=st.sampled_from([0.5, 1.0, 2.0]), d=st.sampled_from([None, 0.7]), m=st.sampled_from([0.0, 0.1]))
def test_cldice_is_its_formula_in_every_scope(seed, s, d, m):
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.3)
    valid = batch.labels != IGNORE
    p = np.exp(batch.logits - np.logaddexp.reduce(batch.logits, axis=1)[:, None]) * valid[:, None]
    y = (batch.labels[:, None] == np.arange(3)[:, None, None]).astype(float)
    thin, thin_y = (np.stack([[filtered(x, 2) for x in image] for image in maps]) for maps in (p, y))
    for scope, axes in {"class": (2, 3), "image": (1, 2, 3), "batch": (0, 1, 2, 3)}.items():
        parts = [x.sum(axes) for x in (thin * y, thin, thin_y * p, thin_y)]
        bottom = s if d is None else d
        t, r = (parts[0] + s) / (parts[1] + bottom), (parts[2] + s) / (parts[3] + bottom)
        wanted = np.mean(1 - 2 * t * r / (t + r + m))
        knobs = {"iterations": 2, "smooth": s, "smooth_mean": m, "scope": scope, "include_background": True}
        knobs |= {} if d is None else {"smooth_denominator": d}
        assert of("cldice", batch, **knobs) == pytest.approx(wanted, rel=1e-10)


def test_cldice_without_smoothing_leaves_out_what_has_no_line():
    batch = certain(draw(2, "multiclass", (1, 4, 9, 7), present=3))
    assert of("cldice", batch, smooth=0.0) == 0
    way = Way("cldice", None, "binary")
    empty = certain(binary(np.full((4, 4), 0.5), np.zeros((4, 4), int)))
    values = evaluate(Request("cldice", None, {"smooth": 0.0}), passes_of(way, empty), Setting("binary"))
    assert values.undefined == "no line in prediction or label, and smooth is 0"
    assert of("cldice", empty) == 0
    apart = binary(np.full((3, 6), 0.5), picture("......", "##....", "......"))
    crossed = replace(apart, logits=np.where(picture("......", "....##", "......"), 1000.0, -1000.0)[None, None])
    assert of("cldice", crossed, smooth=0.0) == 1


# --- nacl


@few
@given(seed=seeds())
def test_nacl_without_its_penalty_is_cross_entropy(seed):
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.3)
    assert of("nacl", batch, alpha=0.0) == pytest.approx(of("cross-entropy", batch), rel=1e-12)


@both_engines
@few
@given(seed=seeds())
def test_nacl_of_a_single_pixel_is_the_distance_from_the_label(convert, seed):
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.3)
    valid = batch.labels != IGNORE
    apart = (batch.labels[:, None] == np.arange(3)[:, None, None]) - batch.logits
    entropy = of("cross-entropy", batch)
    for distance, far in (("l1", np.abs(apart)), ("l2", apart**2)):
        wanted = entropy + 0.3 * far.transpose(0, 2, 3, 1)[valid].mean()
        for knobs in ({"kernel": 1}, {"window": "gaussian", "sigma": 0.01}):
            found = of("nacl", batch, convert, alpha=0.3, distance=distance, **knobs)
            assert found == pytest.approx(wanted, rel=1e-10)


def test_nacl_sees_a_constant_added_to_all_logits():
    batch = draw(1, "multiclass")
    moved = replace(batch, logits=batch.logits + 1)
    assert of("cross-entropy", moved) == pytest.approx(of("cross-entropy", batch))
    assert of("nacl", moved) != pytest.approx(of("nacl", batch))


def test_the_maps_of_a_device_beside_sums_on_the_host():
    """``--device`` brings the sums back as NumPy arrays and leaves the maps where they are."""
    from segloss_cli.losses import _torch
    from segloss_cli.losses._source import from_array

    batch = draw(2, "multiclass", (2, 3, 9, 7), 0.3)
    labels = batch.labels.reshape(2, -1)
    for name, knobs in PLAIN:
        request, setting = Request(name, None, knobs), Setting("multiclass", ignoring=True)
        needs = needs_for([request], setting)
        made = _torch.from_sources(
            from_array(batch.logits), labels, frozenset({IGNORE}), needs, dtype=np.float64, device="cpu"
        )
        assert float(evaluate(request, made, setting).value) == pytest.approx(of(name, batch, **knobs), rel=1e-10)


# --- giou by component


def test_components_by_hand():
    """One is right; one is found in two pieces, of which the larger is matched; one is found where nothing is."""
    y = picture("##......", "##......", "........", "....####", "........")
    found = picture("##......", "##......", "........", "....##.#", "#.......")
    batch = binary(np.where(found, 0.9, 0.1), y)
    # boxes of 4 and 2 pixels in one hull of 4: 1 - 2/4 + 0
    assert of("giou", batch, region="component") == pytest.approx((0 + 0.5 + 1 + 1) / 4)


def test_pixels_that_touch_at_a_corner_are_one_component():
    y = picture("#..", ".#.", "...")
    assert of("giou", binary(np.where(y, 0.9, 0.1), y), region="component") == 0
    assert len(_components.boxes(y == 1)) == 1


def best(table):
    """The least sum over all ways to match rows and columns, by trying them."""
    table = table if table.shape[0] <= table.shape[1] else table.T
    rows = range(table.shape[0])
    return min(
        sum(table[i, j] for i, j in zip(rows, p, strict=True))
        for p in itertools.permutations(range(table.shape[1]), len(rows))
    )


@some
@given(seed=seeds(), m=st.integers(0, 5), n=st.integers(0, 5))
def test_the_matching_is_the_best_of_all(seed, m, n):
    stream = np.random.default_rng(seed)
    low = stream.integers(0, 12, (m + n, 2))
    boxes = np.concatenate([low, low + stream.integers(1, 6, (m + n, 2))], axis=1).astype(float)
    found, true = boxes[:m], boxes[m:]
    values = _components.losses(found, true)
    assert len(values) == max(m, n)
    table = np.asarray([[pair_loss(a, b) for b in true] for a in found]).reshape(m, n)
    assert values.sum() == pytest.approx((best(table) if m and n else 0) + abs(m - n))


def pair_loss(a, b):
    """1 - GIoU of two boxes, by their pixels."""
    ours, theirs = (np.zeros((20, 20), bool) for _ in range(2))
    for plane, box in ((ours, a), (theirs, b)):
        x0, y0, x1, y1 = (int(v) for v in box)
        plane[y0:y1, x0:x1] = True
    union = ours | theirs
    rows, columns = np.nonzero(union)
    hull = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    return 1 - (ours & theirs).sum() / union.sum() + (hull - union.sum()) / hull


def test_every_component_of_every_image_and_class_counts_once():
    batch = draw(3, "multiclass", (2, 3, 9, 7), 0.3)
    way, setting = Way("giou", None, "multiclass"), Setting("multiclass", ignoring=True)
    request = Request("giou", None, {"region": "component"})
    passes = from_arrays(batch.logits, batch.labels, frozenset({IGNORE}), needs_for([request], setting), task=way.task)
    values = evaluate(request, passes, setting)
    ids = np.where(batch.labels == IGNORE, -1, batch.logits.argmax(1))
    parts = [
        _components.losses(*(_components.boxes(x == c) for x in (found, true)))
        for c in range(3)
        for found, true in zip(ids, batch.labels, strict=True)
    ]
    assert float(values.value) == pytest.approx(np.concatenate(parts).mean())
    assert values.over == f"components: {sum(map(len, parts))}"
    for c in range(3):
        assert values.per_class[c] == pytest.approx(np.concatenate(parts[2 * c : 2 * c + 2]).mean())


def test_components_of_one_channel_are_those_of_the_foreground():
    data = case("binary-shapes")
    foreground = at("giou", "binary-shapes", region="component")
    two = np.concatenate([np.zeros_like(data["logits"]), data["logits"]], axis=1)
    request, setting = Request("giou", None, {"region": "component"}), Setting("multiclass")
    passes = from_arrays(two, data["labels"], frozenset(), needs_for([request], setting), task="multiclass")
    assert foreground == pytest.approx(float(evaluate(request, passes, setting).per_class[1]))


def test_too_many_components_are_not_matched_and_said_to_be():
    batch = draw(3, "multiclass", (1, 3, 9, 7))
    request, setting = Request("giou", None, {"region": "component"}), Setting("multiclass")
    passes = from_arrays(batch.logits, batch.labels, frozenset(), needs_for([request], setting), task="multiclass")
    with mock.patch.object(_components, "MOST_PAIRS", 3):
        values = evaluate(request, passes, setting)
    assert "pairs of components in one image; up to 3 are matched" in values.undefined


def test_plain_giou_asks_for_no_maps():
    for region, wanted in (("mask", False), ("box", False), ("component", True)):
        needs = needs_for([Request("giou", None, {"region": region})], Setting("multiclass"))
        assert needs["softmax"].planes is wanted


# --- distances that are kept, refusals, imports


def test_conventions_and_losses_share_distances():
    batch = draw(3, "multiclass", (2, 4, 9, 7))
    wanted = [
        Request("boundary"),
        Request("boundary", "monai"),
        Request("hausdorff"),
        Request("hausdorff", "monai"),
        Request("hausdorff", "monai", {"alpha": 1.0}),
        Request("hausdorff", None, {"log": True}),
    ]
    setting = Setting("multiclass")
    passes = from_arrays(batch.logits, batch.labels, frozenset(), needs_for(wanted, setting), task="multiclass")
    with mock.patch.object(_distance, "inside", wraps=_distance.inside) as made:
        values = [float(evaluate(request, passes, setting).value) for request in wanted]
    assert made.call_count == 2 * 4 + 2 * 3, "labels of four classes, predictions of three"
    assert values[0] == values[1]
    assert values[2] == values[3] != values[4]
    assert values[5] == pytest.approx(math.log1p(values[2]))


def test_distances_of_a_large_batch_are_not_kept():
    batch = draw(3, "multiclass", (1, 3, 9, 7))
    way = Way("hausdorff", None, "multiclass")
    passes = passes_of(way, batch)
    with mock.patch.object(_distance, "_KEEP_BYTES", 3 * 9 * 7 * 8 - 1):
        value = value_of(way, passes)
    assert not any(key[0] in {"labelled", "predicted"} for key in passes.softmax.memo)
    assert float(value.value) == pytest.approx(of("hausdorff", batch))


@pytest.mark.parametrize(
    ("name", "knobs", "says"),
    [
        ("hausdorff", {"alpha": -1.0}, "alpha=-1.0"),
        ("hausdorff", {"erosions": 0}, "erosions=0"),
        ("cldice", {"iterations": -1}, "iterations=-1"),
        ("cldice", {"smooth": -0.5}, "smooth=-0.5"),
        ("cldice", {"smooth_denominator": -2.0}, "smooth_denominator=-2.0"),
        ("nacl", {"alpha": -0.1}, "alpha=-0.1"),
        ("nacl", {"kernel": 0}, "kernel=0"),
        ("nacl", {"sigma": 0.0}, "sigma=0.0"),
    ],
)
def test_knobs_out_of_range_are_refused(name, knobs, says):
    with pytest.raises(UsageError, match=says):
        of(name, draw(1, "multiclass"), **knobs)


def test_ids_of_one_channel_are_refused():
    with pytest.raises(UsageError, match="method=ids"):
        of("hausdorff", draw(1, "binary"), method="ids")


@pytest.mark.parametrize(
    ("name", "knobs", "part"),
    [
        ("boundary", {}, "scipy.ndimage"),
        ("hausdorff", {}, "scipy.ndimage"),
        ("hausdorff", {"method": "ids"}, "scipy.ndimage"),
        ("giou", {"region": "component"}, "scipy.ndimage"),
        ("giou", {"region": "component"}, "scipy.optimize"),
    ],
    ids=str,
)
def test_a_missing_scipy_is_one_line(name, knobs, part):
    with mock.patch.dict(sys.modules, {part: None}), pytest.raises(MissingExtraError) as caught:
        of(name, draw(1, "multiclass"), **knobs)
    message = str(caught.value)
    assert message.startswith(name)
    assert message.endswith("needs scipy, which is not installed: pip install 'segloss-cli[planes]'")


@pytest.mark.parametrize(
    ("expression", "loaded"),
    [
        ("losses.catalogue()", set()),
        ("losses.nacl(z, y)", set()),
        ("losses.cldice(z, y)", set()),
        ("losses.hausdorff(z, y, like='kornia')", set()),
        ("losses.giou(z, y)", set()),
        ("losses.boundary(z, y)", {"scipy"}),
    ],
)
def test_what_a_call_imports(expression, loaded):
    code = f"import numpy as n; from segloss_cli import losses; z = n.zeros((1, 2, 3, 3)); y = n.eye(3, dtype=int)[None]; {expression}"
    probe = f"{code}\nimport sys; print(*sorted({{'scipy', 'torch', 'array_api_compat'}} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == loaded


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ModuleNotFoundError("No module named 'scipy'", name="scipy"), "which is not installed"),
        (ImportError("libopenblas.so: cannot open"), "which cannot be imported (libopenblas.so: cannot open)"),
    ],
)
def test_a_scipy_that_is_missing_or_broken_is_one_line(error, state):
    with mock.patch("importlib.import_module", side_effect=error), pytest.raises(MissingExtraError) as caught:
        _distance.scipy_part("ndimage", "boundary")
    assert str(caught.value) == f"boundary needs scipy, {state}: pip install 'segloss-cli[planes]'"

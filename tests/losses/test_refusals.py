"""What is not a value of a knob, a weight or a shape, and a logit that is no number: refused, or NaN, by every loss."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import pytest
from segloss_test_samples import IGNORE, NAMES, WAYS, Way, call, draw

from segloss_cli import losses
from segloss_cli.errors import ShapeError, UsageError
from segloss_cli.losses._knobs import find, parameters

PLANAR = {"boundary", "cldice", "giou", "hausdorff", "nacl"}
MAY_BE_NEGATIVE = {("poly1", "eps"), ("dice", "empty"), ("tversky", "empty")}


def tensor(array):
    import torch

    return torch.from_numpy(np.array(array))


def hints(name, like):
    loss = find(name)
    return get_type_hints(loss.conventions[like].knobs if like else loss.function)


def numbers():
    """Every number that can be set: loss, library or None, knob."""
    for name in NAMES:
        for like in (None, *find(name).conventions):
            for knob in parameters(find(name), like):
                hint = hints(name, like)[knob]
                if not {int, float}.isdisjoint(get_args(hint) or (hint,)):
                    yield name, like, knob


def batch_for(name, like):
    convention = find(name).conventions[like] if like else find(name)
    task = max(convention.tasks & find(name).tasks)
    return Way(name, like, task), draw(1, task, (2, 2, 6, 6))


@pytest.mark.parametrize(("name", "like", "knob"), list(numbers()))
def test_a_number_below_zero_is_refused(name, like, knob):
    way, batch = batch_for(name, like)
    if (name, knob) in MAY_BE_NEGATIVE or (name, like, knob) == ("sigmoid-focal", "torchvision", "alpha"):
        call(way, batch, **{knob: -1})
        return
    with pytest.raises(UsageError) as caught:
        call(way, batch, **{knob: -1})
    message = str(caught.value)
    assert message.startswith(f"{name} --like {like}: {knob}=-1" if like else f"{name}: ")
    assert f"{knob}=-1" in message
    assert "\n" not in message


# what is above its range, or between what it takes
BEYOND = [
    ("asymmetric", None, {"clip": 1}),
    ("cldice", None, {"smooth": math.nan}),
    ("combo", None, {"alpha": 1.5}),
    ("cross-entropy", "torch", {"label_smoothing": 1.5}),
    ("dice-ce", None, {"label_smoothing": 1.5}),
    ("dice-focal", None, {"alpha": 1.5}),
    ("exp-log", None, {"gamma_dice": 0}),
    ("focal", None, {"alpha": 1.5}),
    ("focal", None, {"alpha": (0.5, -0.5)}),
    ("focal", None, {"alpha": 1.5, "alpha_rule": "uniform", "prose": True}),
    ("focal", "kornia", {"alpha": 3}),
    ("focal-tversky", None, {"gamma": 0}),
    ("hausdorff", "kornia", {"k": 0}),
    ("lovasz", None, {"bins": 0}),
    ("nacl", None, {"kernel": 0}),
    ("nacl", None, {"kernel": 10**7}),
    ("nacl", "monai", {"kernel_size": 2**70}),
    ("ohem", None, {"thresh": 1.5}),
    ("sigmoid-focal", None, {"alpha": -1}),
    ("sigmoid-focal", "toolbelt", {"reduced_threshold": 1.5}),
    ("topk", None, {"k": 0}),
    ("topk", "nnunet", {"k": 200}),
    ("unified-focal", None, {"floor": 1}),
    ("unified-focal", "monai", {"weight": 1.5}),
]


@pytest.mark.parametrize(("name", "like", "knobs"), BEYOND)
def test_a_number_beyond_its_range_is_refused_in_the_words_it_was_given_in(name, like, knobs):
    way, batch = batch_for(name, like)
    with pytest.raises(UsageError) as caught:
        call(way, batch, **knobs)
    message = str(caught.value)
    assert message.startswith(f"{name} --like {like}: " if like else f"{name}: ")
    assert all(f"{knob}=" in message for knob in knobs if knob in {"alpha", "k"} or len(knobs) == 1)
    assert "\n" not in message


@pytest.mark.parametrize("convert", [np.asarray, tensor])
@pytest.mark.parametrize(
    ("name", "knobs", "like"),
    [
        ("cldice", {"iterations": 10}, {"iterations": 2**70}),
        ("hausdorff", {"method": "erosion", "erosions": 40}, {"method": "erosion", "erosions": 2**70}),
    ],
)
def test_more_steps_than_a_plane_has_room_for_are_no_more_work(name, knobs, like, convert):
    """Ten erosions take the least value from a corner of 6 x 6 pixels to the other."""
    way, batch = Way(name, None, "multiclass"), draw(1, "multiclass", (1, 3, 6, 6))
    assert call(way, batch, convert, **knobs) == call(way, batch, convert, **like)


@pytest.mark.parametrize("convert", [np.asarray, tensor])
def test_a_neighbourhood_wider_than_the_image_is_summed_as_far_as_it_goes(convert):
    """Beyond the border everything is 0: 99 pixels average what 13 do, a 99 / 13 squared thinner."""
    from segloss_cli.losses._morphology import blurred

    plane = convert(np.random.default_rng(1).random((5, 7)))
    wide, enough = (np.asarray(blurred(plane, [1 / k] * k)) for k in (99, 13))
    np.testing.assert_allclose(wide * 99**2, enough * 13**2, rtol=1e-12)


def test_a_reduced_factor_may_be_any_power():
    """(0.5 / 1e-5)^100 is beyond what a number holds; below the threshold it is 1."""
    batch = draw(1, "binary", scale=0.1)
    assert call(Way("sigmoid-focal", None, "binary"), batch, gamma=100, reduced=1e-5) == math.inf
    assert math.isfinite(call(Way("sigmoid-focal", None, "binary"), batch, gamma=100, reduced=1 - 1e-5))


@pytest.mark.parametrize("convert", [np.asarray, tensor])
@pytest.mark.parametrize("wrong", [[1.0, -1.0, 1.0], [1.0, math.nan, 1.0]])
def test_class_weights_below_zero_are_refused(wrong, convert):
    with pytest.raises(UsageError, match="0 or more"):
        call(Way("dice", None, "multiclass"), draw(1, "multiclass"), convert, class_weights=wrong)


# --- shapes


@pytest.mark.parametrize("convert", [np.asarray, tensor])
@pytest.mark.parametrize("space", [(), (7,), (3, 4, 5)], ids=str)
@pytest.mark.parametrize(("name", "task"), [(name, task) for name in NAMES for task in sorted(find(name).tasks)])
def test_every_shape_has_a_value_or_a_reason(name, task, space, convert):
    """Points, lines and volumes are as good as images, but where neighbours in a plane are looked at."""
    stream = np.random.default_rng(3)
    channels, ids = (1, 2) if task == "binary" else (3, 2 if task == "multilabel" else 3)
    logits = stream.standard_normal((6, channels, *space))
    labels = stream.integers(0, ids, (6, channels, *space) if task == "multilabel" else (6, *space))
    criterion = getattr(losses, name.replace("-", "_"))
    if len(space) == 3 and name in PLANAR:
        with pytest.raises(ShapeError, match=rf"{name} looks at neighbours in a plane.*\(6, {channels}, 3, 4, 5\)"):
            criterion(convert(logits), convert(labels), task=task)
        return
    value = float(criterion(convert(logits), convert(labels), task=task))
    assert math.isfinite(value)
    if name not in PLANAR:
        plane = [*logits.shape[:2], 1, -1]
        flat = logits.reshape(plane), labels.reshape(plane if task == "multilabel" else [6, 1, -1])
        assert value == pytest.approx(float(criterion(*map(convert, flat), task=task)), rel=1e-12)


def test_the_losses_of_planes_say_so():
    assert {name for name in NAMES if find(name).planar} == PLANAR


# --- logits that are no number


@pytest.mark.parametrize("convert", [np.asarray, tensor])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_nan_in_a_pixel_that_counts_is_never_a_number(way, convert):
    batch = draw(1, way.task, (2, 3, 6, 6), 0.3 if "ignore" in way.takes else 0.0)
    seen = batch.labels != IGNORE
    seen = seen[0].all(0) if way.task == "multilabel" else seen[0]
    y, x = np.argwhere(seen)[5]
    logits = batch.logits.copy()
    logits[0, -1, y, x] = np.nan
    assert math.isnan(call(way, replace(batch, logits=logits), convert))


@pytest.mark.parametrize("region", ["mask", "box", "component"])
def test_giou_of_a_logit_that_is_no_number_whatever_the_region(region):
    for convert in (np.asarray, tensor):
        for task in ("binary", "multiclass"):
            batch = draw(2, task)
            logits = batch.logits.copy()
            logits[0, 0, 0, 0] = np.nan
            assert math.isnan(call(Way("giou", None, task), replace(batch, logits=logits), convert, region=region))


# --- ranges


@pytest.mark.parametrize("factor", [1.5, 100.0])
def test_nnunets_sum_is_as_low_as_its_dice_part_may_be(factor):
    batch = draw(3, "multiclass")
    right = np.where(batch.labels[:, None] == np.arange(3)[:, None, None], 50.0, -50.0)
    found = call(Way("dice-ce", "nnunet", "multiclass"), replace(batch, logits=right), weight_dice=factor)
    assert found == pytest.approx(-factor)
    assert find("dice-ce").bounds({"like": "nnunet", "lambda_dice": factor}) == (-factor, math.inf)


def test_raw_weights_of_lovasz_where_a_channel_is_ignored_altogether():
    """That channel is in no mean, so the other's weight is not halved."""
    logits, labels = np.full((1, 2, 1, 2), -50.0), np.ones((1, 2, 1, 2), int)
    labels[0, 0] = IGNORE
    weights, knobs = [0.0, 10.0], {"classes": "all", "weigh": "raw"}
    wrong = losses.lovasz(logits, labels, task="multilabel", ignore_index=IGNORE, class_weights=weights, **knobs)
    assert wrong == pytest.approx(10.0)
    assert find("lovasz").bounds({**knobs, "weight": np.asarray(weights)}) == (0.0, 10.0)

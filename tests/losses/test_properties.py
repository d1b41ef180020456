"""What holds for every loss in every convention, whatever the data."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Literal, get_args, get_type_hints
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from segloss_test_samples import IGNORE, NAMES, WAYS, Way, call, draw, passes_of, seeds, value_of, with_teacher

from segloss_cli.errors import UsageError
from segloss_cli.losses import _job, _sigmoid
from segloss_cli.losses._evaluate import evaluate, join_passes, needs_for
from segloss_cli.losses._knobs import Request, Setting, find, parameters
from segloss_cli.losses._passes import from_arrays
from segloss_cli.losses._sums import Regions

few = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
every_way = pytest.mark.parametrize("way", WAYS, ids=str)
takes_ignore = pytest.mark.parametrize("way", [way for way in WAYS if "ignore" in way.takes], ids=str)


def same(a, b, tolerance=1e-9):
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def ignored_share(way):
    return 0.3 if "ignore" in way.takes else 0.0


@every_way
@few
@given(seed=seeds(), size=st.integers(1, 400))
def test_where_chunks_are_cut_does_not_matter(way, seed, size):
    batch = with_teacher(draw(seed, way.task, (2, 3, 37, 29), ignored_share(way)), seed)
    whole = call(way, batch)
    with (
        mock.patch.object(_job, "CHUNK_BYTES", 8 * size),
        mock.patch.object(_job, "_PART_CHUNKS", 2),
        mock.patch.object(_sigmoid, "_STRETCH", size),
    ):
        assert same(call(way, batch), whole)


@every_way
@few
@given(seed=seeds(), threads=st.integers(2, 7))
def test_the_number_of_threads_does_not_change_a_bit(way, seed, threads):
    batch = draw(seed, way.task, (3, 3, 37, 29), ignored_share(way))
    with mock.patch.object(_job, "CHUNK_BYTES", 1), mock.patch.object(_job, "_PART_CHUNKS", 1):
        one, many = (value_of(way, passes_of(way, batch, threads=k), batch.ignore) for k in (1, threads))
    assert float(one.value).hex() == float(many.value).hex()


@pytest.mark.parametrize("way", [way for way in WAYS if not way.looks_around], ids=str)
@few
@given(seed=seeds())
def test_the_order_of_pixels_does_not_matter(way, seed):
    batch = with_teacher(draw(seed, way.task, (2, 3, 9, 7), ignored_share(way)), seed)
    order = np.random.default_rng(seed).permutation(63)

    def moved(array):
        return array.reshape(*array.shape[:-2], 63)[..., order].reshape(array.shape)

    shuffled = replace(batch, logits=moved(batch.logits), labels=moved(batch.labels), teacher=moved(batch.teacher))
    assert same(call(way, shuffled), call(way, batch))


@pytest.mark.parametrize("bad", [17.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("way", [way for way in WAYS if "ignore" in way.takes and not way.leaks], ids=str)
def test_what_is_under_an_ignored_pixel_does_not_matter(way, engine, bad):
    import torch

    convert = np.asarray if engine == "numpy" else torch.from_numpy
    batch = draw(5, way.task, (2, 3, 9, 7), 0.4)
    hidden = batch.labels == IGNORE
    if way.task != "multilabel":
        hidden = np.broadcast_to(hidden[:, None], batch.logits.shape)
    spoilt = replace(batch, logits=np.where(hidden, bad, batch.logits))
    knobs = {"label_smoothing": 0.1} if "label_smoothing" in parameters(find(way.loss), way.like) else {}
    value = call(way, batch, convert, **knobs)
    assert math.isfinite(value)
    assert same(call(way, spoilt, convert, **knobs), value)


@takes_ignore
def test_ignored_pixels_do_matter_where_they_are_not_ignored(way):
    """The test above can fail."""
    batch = draw(5, way.task, (2, 3, 9, 7), 0.4)
    counted = replace(batch, labels=np.where(batch.labels == IGNORE, 0, batch.labels))
    # mmseg's Hausdorff loss takes an ignored pixel for one of class 0
    assert same(call(way, counted), call(way, batch)) == (str(way) == "hausdorff-mmseg-multiclass")


@pytest.mark.parametrize("way", [way for way in WAYS if way.task != "binary" and not way.background_matters], ids=str)
@few
@given(seed=seeds())
def test_the_names_of_classes_do_not_matter(way, seed):
    batch = with_teacher(draw(seed, way.task, (2, 4, 9, 7), ignored_share(way)), seed)
    order = np.random.default_rng(seed).permutation(4)
    if way.task == "multilabel":
        labels = batch.labels[:, order]
    else:
        labels = np.where(batch.labels == IGNORE, IGNORE, np.argsort(order)[batch.labels % IGNORE])
    renamed = replace(batch, logits=batch.logits[:, order], labels=labels, teacher=batch.teacher[:, order])
    assert same(call(way, renamed), call(way, batch))


def test_a_single_alpha_of_focal_tells_the_background_from_the_rest():
    batch = draw(1, "multiclass", (1, 3, 9, 7))
    order = [1, 2, 0]
    renamed = replace(batch, logits=batch.logits[:, order], labels=np.argsort(order)[batch.labels])
    way = Way("focal", None, "multiclass")
    assert not same(call(way, renamed, alpha=0.25), call(way, batch, alpha=0.25))
    uniform = {"alpha": 0.25, "alpha_rule": "uniform"}
    assert same(call(way, renamed, **uniform), call(way, batch, **uniform))


# what a perfect prediction has where it is not 0, and how near a library's epsilons let it come
LEAST = {"combo": -0.5, "dice-nnunet": -1.0, "dice-ce-nnunet": -1.0}
NEAR = {"dice-mmseg": 1e-4, "mcc-smp": 1e-6, "cldice-monai": 1e-4, "unified-focal-monai": 1e-3}
# boundary: the lower the farther inside; nacl: wants small logits; the two Hausdorffs: see their pages
NEVER_PERFECT = ("boundary", "nacl", "hausdorff-mmseg", "hausdorff-kornia")


def known(table, way, default):
    return next((value for name, value in table.items() if str(way).startswith(name)), default)


@pytest.mark.parametrize("way", [way for way in WAYS if not str(way).startswith(NEVER_PERFECT)], ids=str)
@few
@given(seed=seeds())
def test_a_perfect_prediction_has_no_loss(way, seed):
    batch = draw(seed, way.task, (2, 3, 9, 7))
    planes = batch.labels
    if way.task == "multiclass":
        planes = batch.labels[:, None] == np.arange(3)[:, None, None]
    elif way.task == "binary":
        planes = batch.labels[:, None]
    knobs = {"region": "box"} if way.loss == "giou" else {}
    least, near = known(LEAST, way, 0.0), known(NEAR, way, 0.0)
    for far in (40.0, 1e4):
        perfect = replace(batch, logits=np.where(planes, far, -far))
        found = call(way, perfect, **knobs)
        if str(way) == "ohem-mmseg-multiclass":
            assert math.isnan(found), "it takes the mean of the pixels below the easiest, of which there are none"
            continue
        assert abs(found - least) < max(near, 1e-9)
        single = replace(perfect, logits=perfect.logits.astype(np.float32))
        assert abs(call(way, single, **knobs) - least) < max(near, 1e-6)
        assert call(way, replace(perfect, logits=-perfect.logits)) - least > 0.3


def test_giou_of_masks_is_zero_for_rectangles_only():
    """Its enclosing box holds more than the region: a perfect L of three pixels lacks a quarter of its box."""
    square, angle = (np.zeros((1, 1, 6, 6)) for _ in range(2))
    square[..., 1:4, 2:5] = angle[..., 1:3, 2] = angle[..., 2, 3] = 1
    way = Way("giou", None, "binary")
    for planes, wanted in ((square, 0.0), (angle, 0.25)):
        batch = replace(draw(1, "binary"), logits=8 * planes - 4, labels=planes[:, 0].astype(int))
        assert call(way, batch) == pytest.approx(wanted)
        assert call(way, batch, region="box") == 0


@every_way
@few
@given(seed=seeds(), scale=st.sampled_from([0.01, 1.0, 30.0, 1e4]), present=st.integers(1, 3), weighted=st.booleans())
def test_values_lie_in_the_stated_range(way, seed, scale, present, weighted):
    weight = None
    if weighted and "weights" in way.takes and way.task == "multiclass":
        weight = np.random.default_rng(seed).uniform(0.1, 4, 3)
    batch = draw(seed, way.task, (2, 3, 9, 7), ignored_share(way), scale, present=present)
    knobs = way.knobs(ignore=batch.ignore, weight=weight)
    low, high = find(way.loss).bounds(knobs)
    values = value_of(way, passes_of(way, batch, weight), batch.ignore, weight)
    assert values.undefined or low - 1e-12 <= float(values.value) <= high + 1e-12


@every_way
@few
@given(seed=seeds(), images=st.integers(1, 4))
def test_a_batch_is_the_images_joined(way, seed, images):
    batch = draw(seed, way.task, (images, 3, 9, 7), ignored_share(way))
    parts = [passes_of(way, batch.image(i)) for i in range(images)]
    whole = passes_of(way, batch)
    joined = join_passes(parts)
    value = value_of(way, whole, batch.ignore)
    assert same(float(value_of(way, joined, batch.ignore).value), float(value.value))
    for i in range(images):
        alone = value_of(way, parts[i], batch.ignore)
        assert same(float(value_of(way, whole.image(i), batch.ignore).value), float(alone.value))
        if way.additive:
            assert same(float(value_of(way, whole.without_pixels(), batch.ignore).value), float(value.value))


@few
@given(
    seed=seeds(),
    a=st.floats(0, 2, allow_nan=False),
    b=st.floats(0, 2, allow_nan=False),
)
def test_alpha_and_beta_of_tversky_are_not_the_same(seed, a, b):
    assume(abs(a - b) > 1e-3)
    way, batch = Way("tversky", None, "binary"), draw(seed, "binary")
    assert not same(call(way, batch, alpha=a, beta=b), call(way, batch, alpha=b, beta=a))


@few
@given(seed=seeds())
def test_relations_between_losses(seed):
    """Each is the other at some knob: written by different files, so each is a check of the other."""
    batch = draw(seed, "multiclass", (2, 3, 9, 7), 0.3)

    def of(name, **knobs):
        return call(Way(name, None, "multiclass"), batch, **knobs)

    assert same(of("focal", gamma=0), of("cross-entropy"))
    assert same(of("kl"), of("cross-entropy"))
    assert same(of("ohem", thresh=1), of("cross-entropy"))
    assert same(of("ohem", n_min=10**6), of("cross-entropy"))
    assert same(of("tversky", smooth=0), of("dice", smooth=0))
    assert same(of("tversky", alpha=1, beta=1), of("jaccard"))
    assert same(of("tversky", alpha=1 / 5, beta=4 / 5, smooth=0), of("dice", beta=2, smooth=0))
    binary = draw(seed, "binary", ignored=0.3)
    assert same(call(Way("bce", None, "binary"), binary), call(Way("cross-entropy", None, "binary"), binary))
    dice = call(Way("dice", None, "binary"), binary, smooth=0)
    assert same(call(Way("jaccard", None, "binary"), binary, smooth=0), 1 - (1 - dice) / (1 + dice))


# --- knobs

# what must be set for a knob to mean anything
WITH = {
    ("dice", "empty"): {"classes": "present", "scope": "image"},
    ("hausdorff", "erosions"): {"method": "erosion"},
    ("nacl", "sigma"): {"window": "gaussian"},
    ("balanced-bce", "twice"): {"gamma": 2},
    ("focal", "alpha_rule"): {"alpha": 0.3},
    ("focal", "prose"): {"alpha": 0.3},
    ("ohem", "below"): {"n_min": 10**4},
    ("ohem", "pad_ignored"): {"n_min": 10**4},
    ("ohem", "strict"): {"n_min": 10**4},
    ("sigmoid-focal", "factors"): {"normalized": True},
    ("sigmoid-focal", "reduced_by"): {"reduced": 0.6},
    ("sigmoid-focal", "rest"): {"alpha": (0.3, 0.4, 0.5, 0.6)},
    ("topk", "strict"): {"k": 0.1},
    ("tversky", "empty"): {"classes": "present", "scope": "image"},
}
VALUES = {
    ("ohem", "n_min"): 10**4,
    ("ohem", "thresh"): 0.4,
    ("dice", "floor"): 60.0,
    ("jaccard", "floor"): 60.0,
    ("tversky", "floor"): 60.0,
    ("focal-tversky", "floor"): 60.0,
    ("log-dice", "floor"): 60.0,
    ("cldice", "iterations"): 1,
    ("hausdorff", "erosions"): 1,
    ("lovasz", "bins"): 16,
    ("nacl", "kernel"): 5,
}
KNOBS = [(name, knob) for name in NAMES for knob in parameters(find(name), None)]


def others(name, knob):
    """Values of a knob beside its default."""
    default = parameters(find(name), None)[knob]
    hint = get_type_hints(find(name).function)[knob]
    if (name, knob) in VALUES:
        return [VALUES[name, knob]]
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, str):
        words = get_args(hint)
        assert hint == Literal[words]
        return [word for word in words if word != default]
    return [0.37 if default is None else default + 0.37]


def scenes():
    """Batches in which every choice shows: ignored pixels, absent classes, an image without any class, weights."""
    batch = draw(3, "multiclass", (3, 4, 9, 7), 0.3, present=3)
    labels = batch.labels.copy()
    labels[2] = IGNORE
    labels[1][labels[1] == 1] = 0
    yield replace(batch, labels=labels)
    yield draw(4, "multiclass", (2, 4, 9, 7), 0.5, scale=1.0)
    yield replace(batch, labels=labels, logits=batch.logits * 0.1)
    yield blocks()


def blocks():
    """Regions of several pixels, of prediction and label, that do not meet, and a class that neither has."""
    labels = np.zeros((2, 12, 12), int)
    guess = labels.copy()
    labels[:, 1:10, 1:6], guess[:, 2:11, 5:11], labels[:, 10:, 8:] = 1, 1, 2
    logits = np.where(guess[:, None] == np.arange(4)[:, None, None], 3.0, -3.0)
    logits[:, 3] = -1e4
    return replace(draw(4, "multiclass", (2, 4, 12, 12)), logits=logits, labels=labels, ignore=(IGNORE,))


def fingerprint(name, knobs):
    """The values of a loss on the scenes, with and without weights; knobs are ours, so this is the pure function."""
    found = []
    for weight in (None, np.asarray([1.0, 2.0, 3.0, 4.0])):
        if weight is not None and "weight" not in parameters_of(name):
            continue
        setting = Setting("multiclass", True, weight)
        request = Request(name, None, knobs)
        needs = needs_for([request], setting)
        for batch in scenes():
            passes = from_arrays(batch.logits, batch.labels, frozenset({IGNORE}), needs, task="multiclass")
            values = evaluate(request, passes, setting)
            found.append(None if values.undefined else round(float(values.value), 9))
    return tuple(found)


def parameters_of(name):
    return get_type_hints(find(name).function)


def effects(name, knob):
    base = WITH.get((name, knob), {})
    return {fingerprint(name, {**base, knob: value}) for value in others(name, knob)}


@pytest.mark.parametrize(("name", "knob"), KNOBS)
def test_every_value_of_a_knob_changes_something(name, knob):
    found = effects(name, knob)
    assert len(found) == len(others(name, knob)), "two values of the knob mean the same"
    assert fingerprint(name, WITH.get((name, knob), {})) not in found


@pytest.mark.parametrize("name", NAMES)
def test_no_two_knobs_are_one(name):
    seen = {knob: effects(name, knob) for knob in parameters(find(name), None)}
    for one, two in combinations(seen, 2):
        assert not seen[one] & seen[two], (one, two)


# what a parameter is set to where no number is near its default, and what must be set beside it
LIBRARY = {
    "average": {"average": "macro"},
    "w_type": {"w_type": "simple"},
    "iter_": {"iter_": 1},
    "k": {"k": 1},
    "kernel_size": {"kernel_size": 5},
    "kernel_ops": {"kernel_ops": "gaussian"},
    "distance_type": {"distance_type": "l2"},
    "delta": {"delta": 0.3},
    "sigma": {"sigma": 2.0, "kernel_ops": "gaussian"},
    "n_min": {"n_min": 80},
    "thresh": {"thresh": 0.3, "n_min": 20},
    "reduction": {"reduction": "sum"},
}


@pytest.mark.parametrize("way", [way for way in WAYS if way.like], ids=str)
def test_the_parameters_of_a_library_change_something(way):
    batch = draw(6, way.task, (2, 3, 9, 7), ignored_share(way))
    if way.loss == "hausdorff" and way.task == "multiclass":
        batch = replace(blocks(), ignore=())
    for knob, default in parameters(find(way.loss), way.like).items():
        if knob in {"include_background", "do_bg"} and way.task == "binary":
            continue  # there is no background to leave out
        other = not default if isinstance(default, bool) else 0.37 if default is None else default
        other = other + 0.37 if other == default and not isinstance(default, str) else other
        setting = LIBRARY.get(knob, {knob: other})
        before = call(way, batch, **{name: value for name, value in setting.items() if name != knob})
        change = abs(call(way, batch, **setting) - before)
        assert change > (0 if knob == "prose" else 1e-12), knob


def test_leak_is_all_that_makes_ignored_pixels_count_in_dice():
    """Half of the pixels ignored: tutorial 001's masking, trap 001-e."""
    batch = draw(8, "multiclass", (2, 3, 9, 7), 0.5)
    way = Way("dice", "bubbliiiing", "multiclass")
    assert way.leaks
    assert call(way, batch) > call(Way("dice", None, "multiclass"), batch)
    assert call(way, replace(batch, logits=batch.logits + 3 * (batch.labels == IGNORE)[:, None])) == pytest.approx(
        call(way, batch)
    ), "a shift of all channels is no other softmax"


def test_no_valid_pixel_is_undefined_not_zero():
    for way in WAYS:
        if "ignore" not in way.takes or way.like:
            continue
        batch = draw(9, way.task, ignored=0.3)
        void = replace(batch, labels=np.full_like(batch.labels, IGNORE))
        values = value_of(way, passes_of(way, void), void.ignore)
        assert values.undefined, way


def test_no_class_present_is_undefined_for_regions():
    """A binary label without foreground: 0, 0.98 and 1 in other libraries."""
    batch = draw(10, "binary")
    empty = replace(batch, labels=np.zeros_like(batch.labels))
    for name in ("dice", "jaccard", "tversky"):
        way = Way(name, None, "binary")
        assert value_of(way, passes_of(way, empty)).undefined == "no pixel of any class in the label"


def test_a_gamma_below_zero_is_refused():
    with pytest.raises(UsageError, match="gamma=-1"):
        call(Way("focal", None, "binary"), draw(1, "binary"), gamma=-1)


def test_regions_of_one_image_are_the_formula():
    """tp, sum p and sum y from the definition, against the engine's one pass."""
    batch = draw(11, "multiclass", (2, 3, 9, 7), 0.3)
    found = passes_of(Way("dice", "bubbliiiing", "multiclass"), batch).softmax.regions
    e = np.exp(batch.logits - batch.logits.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    y = (batch.labels[:, None] == np.arange(3)[:, None, None]).astype(float)
    good = (batch.labels != IGNORE)[:, None]
    wanted = Regions((p * y).sum((2, 3)), (p * good).sum((2, 3)), y.sum((2, 3)), (p * ~good).sum((2, 3)))
    for name in ("overlap", "predicted", "labelled", "leaked"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-12)

"""Lovasz losses against their definition, against their authors' code, and what the engine does to be fast."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from segloss_test_samples import IGNORE, Way, call, draw, passes_of, value_of

from segloss_cli import losses
from segloss_cli.errors import UsageError
from segloss_cli.losses import _lovasz, _lovasz_keys, _maps
from segloss_cli.losses._evaluate import evaluate
from segloss_cli.losses._job import Job
from segloss_cli.losses._knobs import Request, Setting, find
from segloss_cli.losses._loss import Needs
from segloss_cli.losses._source import from_array
from segloss_cli.losses.lovasz import half_bin, rounded_up

SOFTMAX = Way("lovasz", None, "multiclass")
SIGMOID = Way("lovasz", None, "multilabel")
HINGE = Way("lovasz-hinge", None, "binary")
many = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


# --- two definitions, in plain NumPy


def jaccard_loss(wrong, inside):
    """One minus the IoU of the class's pixels and a prediction that is wrong where it is said."""
    union = (inside | wrong).sum()
    return 1 - (inside & ~wrong).sum() / union if union else 0.0


def integral(errors, inside):
    """The integral over t >= 0 of the Jaccard loss of the pixels with an error above t."""
    steps = np.unique(np.append(errors, 0.0))
    return sum((b - a) * jaccard_loss(errors > a, inside) for a, b in pairwise(steps))


def berman(errors, inside):
    """``lovasz_grad`` of M. Berman's code and its dot product with the sorted errors, in float64."""
    order = np.argsort(-errors, kind="stable")
    truth = inside[order].astype(np.float64)
    intersection = truth.sum() - truth.cumsum()
    union = truth.sum() + (1 - truth).cumsum()
    jaccard = 1 - intersection / union
    jaccard[1:] = jaccard[1:] - jaccard[:-1]
    return float(np.dot(errors[order], jaccard))


def softmax(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def rows(batch, scope):
    """Values (channels, pixels) and labels (pixels,), or (channels, pixels), of what is ranked together."""
    x, y = batch.logits, batch.labels
    values = softmax(x) if batch.task == "multiclass" else x
    values = values.reshape(*values.shape[:2], -1)
    y = y.reshape(len(y), -1, values.shape[2])
    parts = [slice(None)] if scope == "batch" else [slice(i, i + 1) for i in range(len(x))]
    for part in parts:
        yield np.concatenate(list(values[part]), axis=1), np.concatenate(list(y[part]), axis=1)


def expected(batch, definition, *, classes="present", scope="batch", errors=None):
    """The mean over classes, then over images, from a definition of the extension."""
    found = []
    for values, labels in rows(batch, scope):
        per_class = []
        for c, value in enumerate(values):
            truth = labels[c] if len(labels) == len(values) > 1 else labels[0]
            keep = truth != IGNORE
            inside = truth[keep] == (c if batch.task == "multiclass" else 1)
            if keep.any() and (classes == "all" or inside.any()):
                per_class.append(definition(errors(value[keep], inside), inside))
        if per_class:
            found.append(np.mean(per_class))
    return float(np.mean(found)) if found else math.nan


def of_probability(p, inside):
    return np.abs(inside - p)


def of_sigmoid(z, inside):
    return np.abs(inside - 1 / (1 + np.exp(-z)))


def of_hinge(z, inside):
    return np.maximum(1 - z * np.where(inside, 1, -1), 0)


@st.composite
def batches(draw_from, task="multiclass"):
    """Small batches with many equal errors, ignored pixels, absent classes, images without a valid pixel."""
    images, height, width = (draw_from(st.integers(1, n)) for n in (3, 3, 4))
    channels = 1 if task == "binary" else draw_from(st.integers(2, 4))
    shape = (images, channels, height, width)
    pixels = math.prod(shape)
    logits = draw_from(st.lists(st.integers(-6, 6), min_size=pixels, max_size=pixels))
    places = pixels if task == "multilabel" else images * height * width
    ids = [*range(channels if task == "multiclass" else 2), IGNORE]
    labels = draw_from(st.lists(st.sampled_from(ids), min_size=places, max_size=places))
    template = draw(0, task)
    return replace(
        template,
        logits=np.reshape(logits, shape) / 4,
        labels=np.reshape(labels, shape if task == "multilabel" else (images, height, width)),
        ignore=(IGNORE,),
    )


def same(a, b, tolerance=1e-12):
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


CASES = [
    (SOFTMAX, of_probability),
    (SIGMOID, of_sigmoid),
    (Way("lovasz", None, "binary"), of_sigmoid),
    (HINGE, of_hinge),
    (Way("lovasz-hinge", None, "multilabel"), of_hinge),
]
every_case = pytest.mark.parametrize(("way", "errors"), CASES, ids=lambda v: str(v) if isinstance(v, Way) else "")
engines = pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])


@every_case
@engines
@pytest.mark.parametrize("definition", [integral, berman])
@many
@given(data=st.data())
def test_it_is_the_definition(way, errors, convert, definition, data):
    batch = data.draw(batches(way.task))
    scope = data.draw(st.sampled_from(["batch", "image"]))
    classes = "all" if way.loss == "lovasz-hinge" else data.draw(st.sampled_from(["present", "all"]))
    knobs = {"scope": scope} if way.loss == "lovasz-hinge" else {"scope": scope, "classes": classes}
    wanted = expected(batch, definition, classes=classes, scope=scope, errors=errors)
    if way.loss == "lovasz" and not (batch.labels == 1).any() and way.task != "multiclass":
        wanted = math.nan  # no foreground
    assert same(call(way, batch, convert, **knobs), wanted)


@every_case
@many
@given(data=st.data(), block=st.integers(1, 9))
def test_where_its_blocks_are_cut_does_not_matter(way, errors, data, block):
    batch = data.draw(batches(way.task))
    whole = call(way, batch)
    with mock.patch.object(_lovasz_keys, "BLOCK", block), mock.patch.object(_lovasz_keys, "_PIECE", 3):
        assert same(call(way, batch), whole)
    if way.loss == "lovasz":
        counted = call(way, batch, bins=8)
        with mock.patch.object(_lovasz_keys, "BIN_BLOCK", block):
            assert same(call(way, batch, bins=8), counted)


@every_case
@many
@given(data=st.data())
def test_float32_is_as_good_as_its_probabilities(way, errors, data):
    batch = data.draw(batches(way.task))
    narrow = replace(batch, logits=batch.logits.astype(np.float32))
    assert same(call(way, narrow), call(way, batch), 1e-6)


def test_the_measured_numbers():
    """Example E of the oracle cases; the six digits that every library and the authors' code print for it."""
    stream = np.random.RandomState(0)
    logits, labels = stream.randn(2, 5, 32, 32), stream.randint(0, 5, (2, 32, 32))
    logits += 1.5 * (labels[:, None] == np.arange(5)[:, None, None])
    void = np.where(stream.rand(2, 32, 32) < 0.1, IGNORE, labels)
    absent = np.where(labels == 4, 0, labels)
    absent[1][absent[1] == 3] = 0
    margin = logits[:, :1] - logits[:, 1:2]

    def values(y):
        first = np.where(y == IGNORE, IGNORE, y == 0)
        yield losses.lovasz(logits, y, ignore_index=IGNORE)
        yield losses.lovasz(logits, y, ignore_index=IGNORE, scope="image")
        yield losses.lovasz(logits, y, ignore_index=IGNORE, classes="all")
        yield losses.lovasz(logits, y, like="kornia") if (y != IGNORE).all() else math.nan
        yield losses.lovasz_hinge(margin, first, ignore_index=IGNORE, like="smp")
        yield losses.lovasz_hinge(margin, first, ignore_index=IGNORE, scope="image")

    assert [[round(v, 6) for v in values(y)] for y in (labels, absent)] == [
        [0.557661, 0.557954, 0.557661, 0.557954, 1.769989, 1.769116],
        [0.622553, 0.614250, 0.689921, 0.708796, 1.273152, 1.284814],
    ]
    found = [round(v, 6) for v in values(void)]
    assert found[:3] == [0.555159, 0.555566, 0.555159]
    assert found[4] == 1.746910


# --- closed forms


def binary(p, y):
    """One row of pixels of one channel with these probabilities and targets."""
    p = np.asarray(p, np.float64)
    logits = np.log(p) - np.log1p(-p)
    return replace(draw(0, "binary"), logits=logits.reshape(1, 1, 1, -1), labels=np.reshape(y, (1, 1, -1)))


def test_one_pixel():
    way = Way("lovasz", None, "binary")
    assert call(way, binary([0.25], [1])) == pytest.approx(0.75)
    assert math.isnan(call(way, binary([0.25], [0])))
    hinge = replace(draw(0, "binary"), logits=np.full((1, 1, 1, 1), 0.25), labels=np.zeros((1, 1, 1), int))
    assert call(HINGE, hinge) == pytest.approx(1.25)


def test_all_foreground_is_the_mean_error():
    assert call(Way("lovasz", None, "binary"), binary([0.9, 0.5, 0.2], [1, 1, 1])) == pytest.approx(1.4 / 3)


def test_an_absent_class_has_its_largest_probability():
    batch = draw(3, "multiclass", (2, 4, 9, 7), present=3)
    wanted = softmax(batch.logits)[:, 3].max()
    values = evaluate_with(batch, classes="all")
    assert values.per_class[3] == pytest.approx(wanted)
    assert math.isnan(evaluate_with(batch).per_class[3])
    assert "1 of 4 classes absent (3)" in values.note()


def evaluate_with(batch, weight=None, like=None, **knobs):
    way = Way("lovasz", like, batch.task)
    setting = way.setting(batch.ignore, weight)
    return evaluate(Request("lovasz", like, knobs), passes_of(way, batch, weight), setting)


def test_pixels_below_every_error_of_the_class_add_exactly_nothing():
    """The prune: whatever they are, the value does not change in its last digit."""
    some = binary([0.6, 0.3, 0.5, 0.65], [1, 1, 0, 0])
    value = call(Way("lovasz", None, "binary"), some)
    for others in ([0.39], [0.0001, 0.2, 0.399], [1e-12] * 1000):
        more = binary([0.6, 0.3, 0.5, 0.65, *others], [1, 1, 0, 0, *([0] * len(others))])
        assert call(Way("lovasz", None, "binary"), more) == value
    above = binary([0.6, 0.3, 0.5, 0.65, 0.41], [1, 1, 0, 0, 0])
    assert call(Way("lovasz", None, "binary"), above) != value


def test_what_the_prune_leaves_out_is_not_summed():
    batch = binary([0.6, *([0.01] * 50)], [1, *([0] * 50)])
    with mock.patch.object(_lovasz_keys, "_sum", wraps=_lovasz_keys._sum) as summed:
        call(Way("lovasz", None, "binary"), batch)
    assert summed.call_args.args[0].size == 1


def test_a_probability_that_rounds_to_more_than_one_is_an_error_of_a_few_digits():
    error = find("lovasz").function.__globals__["ERRORS"].in_place(np.asarray([1 + 2**-23, 1], np.float32), [0, 1])
    assert (error >= 0).all()
    assert not np.signbit(error).any()


# --- bins


@many
@given(seed=st.integers(0, 2**32 - 1), bins=st.sampled_from([1, 2, 3, 7, 64, 1000, 65536, 1 << 20]), wide=st.booleans())
def test_bins_keep_their_bound(seed, bins, wide):
    batch = draw(seed, "multiclass", (2, 4, 9, 7), 0.2, scale=3.0)
    batch = batch if wide else replace(batch, logits=batch.logits.astype(np.float32))
    for knobs in ({}, {"scope": "image"}, {"classes": "all"}):
        assert abs(call(SOFTMAX, batch, bins=bins, **knobs) - call(SOFTMAX, batch, **knobs)) <= half_bin(bins)


def test_one_bin_is_half():
    """Every error is taken for 1/2, and the steps of the Jaccard loss add up to 1."""
    assert call(SOFTMAX, draw(1, "multiclass"), bins=1) == 0.5


def test_the_bound_is_told():
    batch = draw(1, "multiclass")
    assert evaluate_with(batch, bins=65536).note() == "within 7.63e-06 of the exact value"
    assert evaluate_with(batch).note() == ""
    weight = np.asarray([1.0, 2.0, 8.0])
    assert evaluate_with(batch, weight, bins=4).note() == "within 0.125 of the exact value"
    assert evaluate_with(batch, weight, bins=4, weigh="raw").note() == "within 1 of the exact value"
    raw = [float(evaluate_with(batch, weight, weigh="raw", **knobs).value) for knobs in ({}, {"bins": 4})]
    assert abs(raw[0] - raw[1]) <= 1


@given(st.floats(1e-8, 10))
def test_a_bound_is_never_rounded_down(bound):
    assert bound <= float(rounded_up(bound)) <= bound * 1.02


@pytest.mark.parametrize("bins", [0, (1 << 20) + 1])
def test_bins_out_of_range_are_refused(bins):
    with pytest.raises(UsageError, match=rf"lovasz: bins={bins}; it takes 1 to 1,048,576"):
        call(SOFTMAX, draw(1, "multiclass"), bins=bins)


# --- what has no value


@engines
@pytest.mark.parametrize("knobs", [{}, {"bins": 16}, {"classes": "all"}])
def test_a_logit_that_is_no_number_gives_none(convert, knobs):
    for bad in (math.nan, math.inf):
        batch = draw(2, "multiclass", ignored=0.3)
        batch.logits[0, 1, 4, 4], batch.labels[0, 4, 4] = bad, 1
        assert math.isnan(call(SOFTMAX, batch, convert, **knobs))


@engines
def test_a_logit_that_is_no_number_gives_none_in_the_hinge(convert):
    batch = draw(2, "binary")
    batch.logits[0, 0, 4, 4] = math.nan
    assert math.isnan(call(HINGE, batch, convert))
    batch.logits[0, 0, 4, 4], batch.labels[0, 4, 4] = math.inf, 0
    assert call(HINGE, batch, convert) == math.inf


@engines
@pytest.mark.parametrize("name", ["lovasz", "lovasz-hinge"])
def test_targets_between_0_and_1_are_undefined(convert, name):
    batch = draw(2, "binary")
    soft = np.where(batch.labels == 1, 0.75, 0.0)
    way = Way(name, None, "binary")
    assert math.isnan(call(way, replace(batch, labels=soft), convert))
    reason = value_of(way, passes_of(way, replace(batch, labels=soft))).undefined
    assert reason == "takes targets of 0 and 1, and this label holds others"
    assert math.isfinite(call(way, replace(batch, labels=batch.labels.astype(float)), convert))
    void = replace(batch, labels=np.where(batch.labels == 1, 1.0, 255.0), ignore=(255,))
    assert math.isfinite(call(way, void, convert)), "an ignored value is no target"


@engines
@pytest.mark.parametrize("like", ["kornia", "smp", "mmseg", "toolbelt"])
def test_other_targets_are_what_a_library_makes_of_them(convert, like):
    """255 left in a mask: the formula with y = 255, which ranks 2 x 255 - 1 logits for one."""
    batch = draw(2, "binary", (2, 1, 5, 4))
    batch.labels[:, 0, :2] = 255

    def one(z, y):
        z, y = z.ravel(), y.ravel().astype(float)
        errors = np.maximum(1 - z * (2 * y - 1), 0)
        y = y[np.argsort(-errors, kind="stable")]
        jaccard = 1 - (y.sum() - y.cumsum()) / (y.sum() + (1 - y).cumsum())
        return float(np.dot(-np.sort(-errors), np.diff(jaccard, prepend=0)))

    z, y = batch.logits, batch.labels
    wanted = np.mean([one(z[i], y[i]) for i in range(2)]) if like == "kornia" else one(z, y)
    assert call(Way("lovasz-hinge", like, "binary"), batch, convert) == pytest.approx(wanted, rel=1e-9)


@engines
def test_no_foreground_is_undefined_for_probabilities_and_the_largest_error_for_the_hinge(convert):
    batch = draw(2, "binary")
    empty = replace(batch, labels=np.zeros_like(batch.labels))
    way = Way("lovasz", None, "binary")
    assert math.isnan(call(way, empty, convert))
    assert value_of(way, passes_of(way, empty)).undefined == "no pixel of any class in the label"
    assert call(HINGE, empty, convert) == pytest.approx(max(0, 1 + batch.logits.max()))


# --- weights


def test_weights_by_library():
    batch = draw(5, "multiclass", (2, 4, 9, 7), present=3)
    weight = np.asarray([1.0, 2.0, 4.0, 8.0])
    each = evaluate_with(batch, classes="all").per_class
    alone = np.mean([evaluate_with(batch.image(i), classes="all").per_class for i in range(2)], axis=0)

    def value(like=None, **knobs):
        return float(evaluate_with(batch, weight, like, **knobs).value)

    assert value() == pytest.approx((weight * each)[:3].sum() / 7)
    assert value(classes="all") == pytest.approx((weight * each).sum() / 15)
    assert value("mmseg") == pytest.approx((weight * each)[:3].sum() / 3)
    assert value("kornia") == pytest.approx((weight * alone).sum() / 4)
    high = find("lovasz").bounds(Way("lovasz", "mmseg", "multiclass").knobs(weight=weight))[1]
    assert high == 8


# --- the engine


def test_more_classes_than_a_byte_holds():
    stream = np.random.default_rng(1)
    labels = stream.choice([0, 7, 255, 256, 299], (1, 5, 6))
    batch = replace(draw(0, "multiclass"), logits=stream.standard_normal((1, 300, 5, 6)), labels=labels)
    p = softmax(batch.logits)[0].reshape(300, -1)
    wanted = np.mean([berman(np.abs((labels.ravel() == c) - p[c]), labels.ravel() == c) for c in np.unique(labels)])
    assert call(SOFTMAX, batch) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
@pytest.mark.parametrize("bins", [None, 32])
def test_workers_change_no_digit(task, bins):
    batch = draw(3, task, (3, 9, 9, 7), 0.2)
    way = Way("lovasz", None, task)
    values = []
    for threads in (1, 3):
        with mock.patch.object(_lovasz_keys, "_LARGE", 0):
            passes = passes_of(way, batch, threads=threads)
            request = Request("lovasz", None, {} if bins is None else {"bins": bins})
            values.append(float(evaluate(request, passes, way.setting(batch.ignore)).value))
    assert values[0].hex() == values[1].hex()


def test_a_failure_in_a_worker_is_not_lost():
    batch = draw(3, "multiclass", (1, 9, 9, 7))
    with (
        mock.patch.object(_lovasz_keys, "_LARGE", 0),
        mock.patch.object(_lovasz_keys, "_one", side_effect=MemoryError),
        pytest.raises(MemoryError),
    ):
        value_of(SOFTMAX, passes_of(SOFTMAX, batch, threads=3))


def test_how_many_workers():
    assert _lovasz_keys._workers(8, 19, _lovasz_keys._LARGE - 1) == 1
    assert _lovasz_keys._workers(8, 19, _lovasz_keys._LARGE) == 5
    assert _lovasz_keys._workers(2, 19, _lovasz_keys._LARGE) == 2
    assert _lovasz_keys._workers(8, 1, _lovasz_keys._LARGE) == 1


def test_conventions_share_what_they_rank():
    batch = draw(3, "multiclass", (2, 4, 9, 7), present=3)
    setting = Setting("multiclass")
    passes = passes_of(SOFTMAX, batch)
    asked = []

    def recorded(strips, tasks, errors, bins):
        asked.append(list(tasks))
        return _lovasz_keys.extensions.__wrapped__(strips, tasks, errors, bins)

    plain = _lovasz_keys.extensions
    recorded.__wrapped__ = plain
    with mock.patch.object(_lovasz_keys, "extensions", recorded):
        recorded_values = {like: evaluate(Request("lovasz", like), passes, setting) for like in (None, "smp", "mmseg")}
        evaluate(Request("lovasz", None, {"classes": "all"}), passes, setting)
        evaluate(Request("lovasz", "kornia"), passes, setting)
        evaluate(Request("lovasz", None, {"bins": 8}), passes, setting)
    both = (0, 1)
    assert asked == [
        [(both, 0), (both, 1), (both, 2)],
        [(both, 3)],
        [((i,), c) for i in both for c in range(4)],
        [(both, 0), (both, 1), (both, 2)],
    ]
    assert len({float(values.value) for values in recorded_values.values()}) == 1


def test_a_softmax_of_large_logits_keeps_its_digits():
    """Two numbers per pixel, the largest logit and 1 / sum: their logarithm alone would round to 6e-5 at 1000."""
    stream = np.random.default_rng(1)
    logits = (stream.standard_normal((1, 5, 8, 8)) + 1000).astype(np.float32)
    flat = logits.reshape(5, -1)
    e = np.exp(flat - flat.max(0))
    norm = np.stack([flat.max(0), 1 / e.sum(0)])
    labels = stream.integers(0, 5, (1, 64))
    canvas = _maps.canvas(Job(from_array(logits), labels, frozenset(), Needs(planes=True)), 0, norm)
    found = np.stack([canvas.probability(c) for c in range(5)])
    np.testing.assert_allclose(found, softmax(logits.astype(np.float64))[0], rtol=5e-7)
    part = np.empty(10, np.float32)
    canvas.strips.probability(3, 20, 30, part)
    np.testing.assert_array_equal(part, found[3].ravel()[20:30])


def test_maps_and_strips_tell_the_same():
    for task, labels in (("multiclass", [0, 2, 1, IGNORE, 7, -3]), ("binary", [0, 1, 1, IGNORE, 0, 1])):
        logits = np.zeros((1, 3 if task == "multiclass" else 1, 2, 3))
        job = Job(from_array(logits), np.asarray([labels]), frozenset({IGNORE}), Needs(planes=True), np.float64)
        canvas = _maps.canvas(job, 0, None)
        for c in range(canvas.classes):
            with mock.patch.object(_maps, "_STRIP", 2):
                marks = canvas.strips.marks(c)
            inside = (marks.codes == marks.inside).reshape(2, 3)
            np.testing.assert_array_equal(inside, canvas.target(c) == 1)
            assert marks.size == inside.sum()
            assert marks.valid == canvas.valid(c).sum()
            np.testing.assert_array_equal(marks.void, np.flatnonzero(~canvas.valid(c).ravel()))


# --- tensors


def berman_torch(errors, inside):
    """``lovasz_grad`` as SMP, toolbelt and mmseg have it, in the dtype of the errors."""
    errors, order = torch.sort(errors, 0, descending=True)
    truth = inside[order].to(errors.dtype)
    intersection = truth.sum() - truth.cumsum(0)
    union = truth.sum() + (1 - truth).cumsum(0)
    jaccard = 1 - intersection / union
    jaccard[1:] = jaccard[1:] - jaccard[:-1].clone()
    return torch.dot(errors, jaccard)


@many
@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.4]), scope=st.sampled_from(["batch", "image"]))
def test_the_gradient_is_that_of_the_authors_code(seed, share, scope):
    batch = draw(seed, "multiclass", (2, 3, 5, 4), share)
    ours, theirs = (torch.from_numpy(batch.logits).requires_grad_() for _ in range(2))
    labels = torch.from_numpy(batch.labels)
    value = losses.lovasz(ours, labels, ignore_index=batch.ignore, scope=scope)
    p, total = theirs.softmax(1), []
    for part in [slice(None)] if scope == "batch" else [slice(i, i + 1) for i in range(2)]:
        keep = labels[part] != IGNORE
        each = []
        for c in range(3):
            inside = labels[part][keep] == c
            if inside.any():
                each.append(berman_torch((inside.to(p.dtype) - p[part, c][keep]).abs(), inside))
        total.append(sum(each) / len(each))
    wanted = sum(total) / len(total)
    torch.testing.assert_close(value, wanted, rtol=1e-12, atol=1e-14)
    value.backward()
    wanted.backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)


@many
@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.4]))
def test_the_gradient_of_the_hinge_is_that_of_the_authors_code(seed, share):
    batch = draw(seed, "binary", (2, 1, 5, 4), share)
    ours, theirs = (torch.from_numpy(batch.logits).requires_grad_() for _ in range(2))
    labels = torch.from_numpy(batch.labels)
    losses.lovasz_hinge(ours, labels, ignore_index=batch.ignore).backward()
    keep = labels != IGNORE
    truth = labels[keep]
    errors = torch.relu(1 - theirs[:, 0][keep] * (2 * truth - 1))
    berman_torch(errors, truth == 1).backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)


def test_an_absent_class_has_a_gradient_where_all_classes_count():
    batch = draw(3, "multiclass", (1, 3, 5, 4), present=2)
    logits = torch.from_numpy(batch.logits).requires_grad_()
    losses.lovasz(logits, torch.from_numpy(batch.labels), classes="all").backward()
    assert logits.grad[0, 2].abs().max() > 0


def test_tensors_are_sorted_whatever_the_bins():
    batch = draw(1, "multiclass")
    assert call(SOFTMAX, batch, torch.from_numpy, bins=2) == call(SOFTMAX, batch, torch.from_numpy)


def test_steps_add_up_to_one():
    stream = np.random.default_rng(1)
    for dtype in (np.float32, np.float64):
        steps = _lovasz._steps((stream.random(5000) < 0.2).astype(dtype))
        assert (steps >= 0).all()
        assert steps.sum(dtype=np.float64) == pytest.approx(1, rel=1e-6)

"""The losses of single pixels: the measured numbers of example E, the identities between them, and their edges."""

from __future__ import annotations

import math
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from segloss_test_samples import IGNORE, Way, call, draw, passes_of, seeds, value_of

from segloss_cli import losses
from segloss_cli.errors import UsageError
from segloss_cli.losses import _pixel
from segloss_cli.losses._evaluate import evaluate, needs_for
from segloss_cli.losses._knobs import Request, Setting, find
from segloss_cli.losses._passes import from_arrays
from segloss_cli.losses._sides import Against
from segloss_cli.losses._sums import Pixels, Ranked

BUILD = runpy.run_path(str(Path(__file__).parents[1] / "oracles" / "cases.py"))["build"]
WEIGHTS = (1.0, 2.0, 3.0, 4.0, 5.0)
FIFTHS = (0.25,) * 5
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@cache
def example(case):
    return BUILD(case)


def of(name, like=None, case="E", *, ignore=None, weights=None, **knobs):
    data = example(case)
    if data["ignore"] is not None:
        ignore = data["ignore"]
    given_ids = {} if ignore is None else {"ignore_index": ignore}
    criterion = getattr(losses, name.replace("-", "_"))
    return criterion(data["logits"], data["labels"], class_weights=weights, like=like, **given_ids, **knobs)


# what the libraries print for example E, to six digits: name, library, value, and what is not the default
NUMBERS = [
    # what cross-entropy divides by
    ("cross-entropy", "torch", 0.928184, {}),
    ("cross-entropy", "nnunet", 0.928184, {}),
    ("cross-entropy", "torch", 0.922625, {"case": "E-ignored"}),
    ("cross-entropy", "nnunet", 0.922625, {"case": "E-ignored"}),
    ("cross-entropy", "mmseg", 0.922625, {"case": "E-ignored", "avg_non_ignore": True}),
    ("cross-entropy", "mmseg", 0.828921, {"case": "E-ignored"}),
    ("cross-entropy", "smp", 0.828921, {"case": "E-ignored"}),
    ("cross-entropy", "toolbelt", 0.828921, {"case": "E-ignored"}),
    ("cross-entropy", "mmseg", 0.918022, {"weights": WEIGHTS}),
    ("cross-entropy", "torch", 0.918022, {"weights": WEIGHTS}),
    ("cross-entropy", None, 2.799339, {"weights": WEIGHTS, "divide": "all"}),
    ("cross-entropy", "torch", 0.910339, {"weights": WEIGHTS, "case": "E-ignored"}),
    ("cross-entropy", None, 2.761692, {"weights": WEIGHTS, "case": "E-ignored", "divide": "valid"}),
    # label smoothing
    ("cross-entropy", "torch", 1.051209, {"label_smoothing": 0.1}),
    ("cross-entropy", "smp", 1.051209, {"label_smoothing": 0.1}),
    ("cross-entropy", "toolbelt", 1.051209, {"label_smoothing": 0.1}),
    ("cross-entropy", "nnunet", 1.051209, {"label_smoothing": 0.1}),
    ("cross-entropy", "torch", 1.037826, {"label_smoothing": 0.1, "weights": WEIGHTS}),
    # softmax focal
    ("focal", None, 0.466690, {}),
    ("focal", "smp", 0.466690, {}),
    ("focal", "bubbliiiing", 0.466690, {"alpha": None}),
    ("focal", "bubbliiiing", 0.233345, {}),
    ("focal", "kornia", 0.093338, {}),
    ("focal", "monai", 0.093338, {}),
    ("focal", "monai", 0.466690, {"ignore": IGNORE}),
    ("focal", "monai", 0.933381, {"reduction": "sum"}),
    ("focal", "toolbelt", 0.351028, {}),
    ("focal", "toolbelt", 1.054476, {"weights": WEIGHTS}),
    ("focal", "toolbelt", 0.312545, {"case": "E-ignored"}),
    ("focal", "bubbliiiing", 0.116673, {"alpha": 0.25}),
    ("focal", None, 0.165706, {"alpha": 0.25}),
    ("focal", "monai", 0.165706 / 5, {"alpha": 0.25}),
    ("focal", "bubbliiiing", 2.444749, {"alpha": None, "weights": WEIGHTS}),
    ("focal", None, 1.396160, {"weights": WEIGHTS, "divide": "valid"}),
    ("focal", "kornia", 1.396160 / 5, {"weights": WEIGHTS}),
    ("focal", None, 0.457860, {"weights": WEIGHTS}),
    ("focal", "monai", 0.462829, {"case": "E-ignored"}),
    ("focal", "bubbliiiing", 0.415823, {"case": "E-ignored", "alpha": None}),
    ("focal", "kornia", 0.415823 / 5, {"case": "E-ignored"}),
    # sigmoid focal
    ("sigmoid-focal", "smp", 0.274559, {}),
    ("sigmoid-focal", "toolbelt", 0.274559, {}),
    ("sigmoid-focal", "monai", 0.274559, {}),
    ("sigmoid-focal", "smp-0.3.4", 1.372793, {}),
    *(
        ("sigmoid-focal", like, 0.201596, {"alpha": 0.25})
        for like in ("smp", "monai", "mmseg", "torchvision", "toolbelt", "kornia")
    ),
    ("sigmoid-focal", "monai", 0.268074, {"alpha": FIFTHS}),
    ("sigmoid-focal", "mmseg", 0.201596, {"alpha": FIFTHS}),
    ("sigmoid-focal", "smp", 0.273808, {"weights": WEIGHTS}),
    ("sigmoid-focal", "monai", 0.821424, {"weights": WEIGHTS}),
    ("sigmoid-focal", "smp", 0.200635, {"case": "E-ignored", "alpha": 0.25}),
    *(
        ("sigmoid-focal", like, 0.180258, {"case": "E-ignored", "alpha": 0.25})
        for like in ("toolbelt", "kornia", "mmseg")
    ),
    ("sigmoid-focal", "monai", 1.003174, {"case": "E-ignored", "alpha": 0.25}),
    ("sigmoid-focal", "smp", 2.545204, {"reduced_threshold": 0.25}),
    ("sigmoid-focal", "smp", 0.649340, {"reduced_threshold": 0.75}),
    ("sigmoid-focal", "toolbelt", 0.444110, {"reduced_threshold": 0.25}),
    ("sigmoid-focal", "toolbelt", 0.669215, {"reduced_threshold": 0.75}),
    ("sigmoid-focal", "smp", 0.592158, {"reduced_threshold": 0.5}),
    ("sigmoid-focal", "toolbelt", 0.592158, {"reduced_threshold": 0.5}),
    # the others
    ("bce", "torch", 0.6871348768, {}),
    ("poly1", None, 1.4620492293, {}),
    ("asymmetric", None, 0.111574, {}),
    # the hardest pixels
    ("ohem", "mmseg", 0.928617, {}),
    ("ohem", "mmseg", 1.090236, {"n_min": 1664}),
    ("ohem", "mmseg", 0.989674, {"n_min": 1900}),
    ("ohem", "mmseg", 0.923104, {"n_min": 1900, "case": "E-ignored"}),
    ("ohem", "bisenet", 0.893489, {"n_min": 1900, "case": "E-ignored"}),
    ("ohem", "bisenet", 0.928617, {"n_min": 2047}),
    ("topk", "nnunet", 2.328640, {}),
    ("topk", None, 2.328640, {}),
    ("topk", "nnunet", 0.872817, {"k": 95, "case": "E-ignored"}),
    ("topk", None, 0.965055, {"k": 95, "case": "E-ignored"}),
]


def title(item):
    name, like, value, setting = item
    return f"{name}-{like}-{value}-{'-'.join(setting)}"


@pytest.mark.parametrize("item", NUMBERS, ids=title)
def test_the_measured_numbers_of_example_e(item):
    name, like, value, setting = item
    # six decimals of a number that was multiplied by five are one in five
    assert of(name, like, **setting) == pytest.approx(value, abs=6e-7)


@pytest.mark.parametrize(("case", "value"), [("E", 0.175747), ("E-absent", 0.343957)])
def test_mmseg_has_balanced_bce_as_its_boundary_loss(case, value):
    data = example(case)
    logits, labels = data["logits"][:, :1] - data["logits"][:, 1:2], (data["labels"] == 0).astype(int)
    found = losses.balanced_bce(logits, labels, like="mmseg")
    assert found == pytest.approx(value, abs=6e-7)
    assert losses.balanced_bce(logits, labels) == pytest.approx(found, rel=1e-12)
    assert losses.balanced_bce(logits, labels, like="toolbelt") == pytest.approx(found, rel=1e-9)


# --- identities


@few
@given(seed=seeds(), task=st.sampled_from(["binary", "multiclass"]))
def test_each_is_another_at_some_knob(seed, task):
    batch = draw(seed, task, ignored=0.3)

    def value(name, **knobs):
        return call(Way(name, None, task), batch, **knobs)

    near = pytest.approx
    assert value("asymmetric", gamma_pos=0, gamma_neg=0, clip=0) == near(value("bce"), rel=1e-12)
    assert value("asymmetric", gamma_pos=3, gamma_neg=3, clip=0) == near(value("sigmoid-focal", gamma=3), rel=1e-12)
    assert value("sigmoid-focal", gamma=0) == near(value("bce"), rel=1e-12)
    assert value("sigmoid-focal", gamma=0, normalized=True) == near(value("bce"), rel=1e-12)
    assert value("poly1", eps=0) == near(value("cross-entropy"), rel=1e-12)
    assert value("topk", k=100) == near(value("cross-entropy"), rel=1e-12)
    assert value("topk", k=1e-9) == near(value("ohem", thresh=0.0, n_min=1), rel=1e-12)
    slope = value("poly1", eps=3) - value("poly1", eps=2)
    assert slope == near(value("poly1") - value("cross-entropy"), rel=1e-9)


@few
@given(seed=seeds(), reduced=st.floats(0.05, 0.95), gamma=st.sampled_from([0.5, 1.0, 2.0, 3.3]))
def test_a_reduced_factor_is_one_below_the_threshold_and_scaled_above(seed, reduced, gamma):
    z = draw(seed, "binary", scale=3.0).logits.reshape(-1)
    p = 1 / (1 + np.exp(-z))
    plain, _ = both_sides("sigmoid-focal", z, gamma=gamma)
    wanted = np.where(p < reduced, -np.log(p), plain / reduced**gamma)
    found, other = both_sides("sigmoid-focal", z, gamma=gamma, reduced=reduced)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    np.testing.assert_allclose(other, both_sides("sigmoid-focal", -z, gamma=gamma, reduced=reduced)[0], rtol=1e-12)


def test_normalized_is_a_mean_weighted_by_the_factors():
    batch = draw(4, "multilabel", ignored=0.3)
    way = Way("sigmoid-focal", None, "multilabel")
    good = batch.labels != IGNORE
    t = np.where(batch.labels == 1, batch.logits, -batch.logits)
    m, cross = (1 / (1 + np.exp(t))) ** 2, np.log1p(np.exp(-t))
    f, m = np.where(good, m * cross, 0).sum((0, 2, 3)), np.where(good, m, 0).sum((0, 2, 3))
    valid = good.sum() / 3
    assert call(way, batch, normalized=True) == pytest.approx((f / m).mean(), rel=1e-12)
    assert call(way, batch, normalized=True, factors="mean") == pytest.approx((f / m).mean() / valid, rel=1e-12)
    pooled = f.mean() / m.sum() / valid
    assert call(way, batch, normalized=True, factors="pool") == pytest.approx(pooled, rel=1e-12)


def test_normalized_of_the_libraries_divides_by_the_pixels_again():
    """segmentation-models-pytorch 0.6 and pytorch-toolbelt 0.8 on example E, run."""
    ours = of("sigmoid-focal", normalized=True)
    assert of("sigmoid-focal", "smp", normalized=True) == pytest.approx(ours / 2048, rel=1e-12)
    assert of("sigmoid-focal", "smp-0.3.4", normalized=True) == pytest.approx(5 * ours / 2048, rel=1e-12)


def test_weights_of_topk_are_in_the_ranking():
    """Two pixels of -ln p = 1 and 0.6: with weights 1 and 3 the second is the harder."""
    p = np.exp([-1.0, -0.6])
    logits = np.log(np.asarray([[[p[0], 1 - p[1]], [1 - p[0], p[1]]]]))
    labels = np.asarray([[0, 1]])
    assert losses.topk(logits, labels, k=50) == pytest.approx(1.0)
    assert losses.topk(logits, labels, k=50, class_weights=[1.0, 3.0]) == pytest.approx(1.8)
    assert losses.topk(logits, labels, k=100, class_weights=[1.0, 3.0]) == pytest.approx((1.0 + 1.8) / 2)


def test_topk_of_less_than_one_pixel():
    batch = draw(1, "multiclass", (1, 3, 3, 3))  # nine pixels, ten percent of them
    hardest = call(Way("ohem", None, "multiclass"), batch, thresh=0.0, n_min=1)
    assert call(Way("topk", None, "multiclass"), batch) == pytest.approx(hardest)
    way = Way("topk", "nnunet", "multiclass")
    values = value_of(way, passes_of(way, batch))
    assert values.undefined == "10 % of 9 pixels is less than one: the mean of nothing"
    assert math.isnan(float(values.value))
    assert call(way, batch, k=12) == pytest.approx(hardest)


def test_balanced_bce_of_one_kind_of_label_is_nothing():
    batch = draw(2, "binary")
    for label in (0, 1):
        one_kind = np.full_like(batch.labels, label)
        for like in (None, "mmseg", "toolbelt"):
            assert losses.balanced_bce(batch.logits, one_kind, like=like) == pytest.approx(0, abs=1e-8)


def test_balanced_bce_of_each_image():
    batch = draw(3, "binary", (3, 1, 9, 7), ignored=0.3)
    found = losses.balanced_bce(batch.logits, batch.labels, ignore_index=IGNORE, scope="image")
    parts, sizes = [], []
    for i in range(3):
        one = batch.image(i)
        parts.append(losses.balanced_bce(one.logits, one.labels, ignore_index=IGNORE))
        sizes.append((one.labels != IGNORE).sum())
    assert found == pytest.approx(np.average(parts, weights=sizes), rel=1e-12)
    assert found != pytest.approx(losses.balanced_bce(batch.logits, batch.labels, ignore_index=IGNORE), rel=1e-6)


def test_toolbelt_raises_both_weights_of_balanced_bce_to_gamma_again():
    batch = draw(5, "binary")
    z, y = batch.logits[:, 0], batch.labels
    share = (y == 0).mean() ** 3
    wanted = (np.where(y == 1, share**3 * np.log1p(np.exp(-z)), (1 - share) ** 3 * np.log1p(np.exp(z)))).mean()
    found = losses.balanced_bce(batch.logits, batch.labels, like="toolbelt", gamma=3)
    assert found == pytest.approx(wanted, rel=1e-8)


def test_a_mask_of_255_has_no_share_of_negatives():
    batch = draw(6, "binary")
    way = Way("balanced-bce", None, "binary")
    values = value_of(way, passes_of(way, batch_with(batch, 255 * batch.labels)))
    assert values.undefined.startswith("the targets of a channel are not 0 and 1: they sum to ")


def batch_with(batch, labels):
    return type(batch)(batch.task, batch.logits, labels)


# --- what mmsegmentation does


def ranked(values):
    nll = np.sort(np.asarray(values, float))[::-1]
    return Ranked(lambda t: (nll[nll > t].sum(), int((nll > t).sum())), lambda k: nll[:k].sum(), nll.size, 0)


def mmseg_ohem(values, thresh, min_kept):
    """OhemCrossEntropy.forward after its softmax, on p = exp(-nll)."""
    p = np.sort(np.exp(-np.asarray(values, float)))
    threshold = max(p[min(max(1, min_kept), p.size - 1)], thresh)
    kept = p[p < threshold]
    return -np.log(kept).mean() if kept.size else math.nan


@few
@given(
    values=st.lists(st.sampled_from([0.0, 0.125, 0.25, 0.5, 1.0, 1.75, 3.0]), min_size=1, max_size=12),
    thresh=st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.95, 1.0]),
    n_min=st.integers(0, 14),
)
def test_the_strict_rule_of_mmseg_drops_ties(values, thresh, n_min):
    function = find("ohem").function
    found = function(ranked(values), thresh=thresh, n_min=n_min, below=True)
    wanted = mmseg_ohem(values, thresh, n_min)
    assert float(found.value) == pytest.approx(wanted, nan_ok=True)
    assert math.isnan(wanted) == bool(found.undefined)


def test_mmseg_looks_up_the_weight_of_the_ignored_id():
    values = evaluated("cross-entropy", "mmseg", weight=np.asarray(WEIGHTS))
    assert "IndexError" in values.undefined
    assert math.isnan(of("cross-entropy", "mmseg", "E-ignored", weights=WEIGHTS))


def evaluated(name, like, weight):
    data = example("E-ignored")
    request, setting = Request(name, like), Setting("multiclass", True, weight)
    needs = needs_for([request], setting)
    passes = from_arrays(data["logits"], data["labels"], frozenset({IGNORE}), needs, task="multiclass")
    return evaluate(request, passes, setting)


# --- the values per pixel


def find_side(name, **knobs):
    return find(name).sides(knobs)[0]


def both_sides(name, z, **knobs):
    """What logits add as pixels of the class, and as any others."""
    side = find_side(name, **knobs)
    return side(Against(-z), True), side(Against(z), False)


SIDES = [
    ("bce", {}),
    *(("sigmoid-focal", {"gamma": g, "reduced": r}) for g in (0, 0.5, 1, 2, 3) for r in (None, 0.3)),
    ("sigmoid-focal", {"normalized": True}),
    *(
        ("asymmetric", {"gamma_pos": a, "gamma_neg": b, "clip": m})
        for a, b in ((0, 0), (1, 4), (0.5, 0.5))
        for m in (0, 0.05, 0.6, 1e-7)
    ),
]
every_side = pytest.mark.parametrize(("name", "knobs"), SIDES, ids=str)


def reference(name, z, *, gamma=2.0, reduced=None, gamma_pos=1, gamma_neg=4, clip=0.05, **_):
    """Both sides by the formulas of the pages, in long double from probabilities with all their digits."""
    z = z.astype(np.longdouble)
    p, q, tail = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(z)), np.log1p(np.exp(-abs(z)))
    ln_p, ln_q = np.minimum(z, 0) - tail, -np.maximum(z, 0) - tail
    if name == "bce":
        return -ln_p, -ln_q
    if name == "sigmoid-focal":
        by = reduced or 1
        sides = ((p, q), (q, p))
        factors = [np.where(a < (reduced or 0), 1, (b / by) ** gamma) for a, b in sides]
        return factors[0] * -ln_p, factors[1] * -ln_q
    shifted = np.maximum(p - clip, 0)
    cost = np.where(z > 0, -np.log(np.where(p > clip, q + clip, 1)), -np.log1p(-np.where(z > 0, 0, shifted)))
    return q**gamma_pos * -ln_p, shifted**gamma_neg * cost


@every_side
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_sides_are_the_formula_to_the_last_digits(name, knobs, dtype):
    z = np.concatenate([np.linspace(-60, 60, 999), np.linspace(-3, 3, 998)]).astype(dtype)
    tolerance = 400 * np.finfo(dtype).eps
    for found, wanted in zip(both_sides(name, z, **knobs), reference(name, z, **knobs), strict=True):
        # next to the margin p - m cancels
        near = abs(1 / (1 + np.exp(-z.astype(float))) - knobs.get("clip", 0)) < 1e-2
        np.testing.assert_allclose(found[~near], wanted[~near].astype(float), rtol=tolerance, atol=1e-30)


@every_side
def test_a_side_is_known_by_its_function_and_knobs(name, knobs):
    side = find_side(name, **knobs)
    assert side == find_side(name, **knobs)
    assert hash(side) == hash(find_side(name, **knobs))


@every_side
def test_infinite_logits_are_certain_not_nan(name, knobs):
    z = np.asarray([np.inf, -np.inf])
    with np.errstate(all="ignore"):
        positive, negative = both_sides(name, z, **knobs)
    assert positive[0] == 0
    assert positive[1] == np.inf
    assert negative[1] == 0
    clip = knobs.get("clip", 0)
    worst = -((1 - clip) ** knobs.get("gamma_neg", 4)) * math.log(clip) if clip else np.inf
    assert negative[0] == pytest.approx(worst)


PIXEL_LOSSES = ("cross-entropy", "bce", "focal", "sigmoid-focal", "ohem", "topk", "poly1", "balanced-bce", "asymmetric")
WAYS = [
    Way(name, like, "binary" if name == "balanced-bce" else "multiclass")
    for name in PIXEL_LOSSES
    for like in (None, *find(name).conventions)
]
every_way = pytest.mark.parametrize("way", WAYS, ids=str)


@every_way
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_is_finite(way, dtype):
    """Also where a logit is 0, as after a zeroed last layer, and where a pixel is certain, right or wrong."""
    import torch

    ignored = 0.3 if "ignore" in way.takes else 0.0
    batch = draw(7, way.task, (2, 3, 9, 7), ignored)
    logits = batch.logits.copy()
    logits[..., 0], logits[..., 1], logits[..., 2] = 0.0, 300.0, -300.0
    logits[:, 0, :, 3], logits[:, -1, :, 4] = 1e4, -1e4
    z = torch.tensor(logits, dtype=getattr(torch, dtype), requires_grad=True)
    for knobs in settings_of(way):
        value = criterion(way)(
            z, torch.tensor(batch.labels), ignore_index=batch.ignore, like=way.like, task=way.task, **knobs
        )
        (gradient,) = torch.autograd.grad(value, z)
        assert torch.isfinite(value)
        assert torch.isfinite(gradient).all(), knobs
        assert gradient.abs().sum() > 0


def criterion(way):
    return getattr(losses, way.loss.replace("-", "_"))


def settings_of(way):
    yield {"n_min": 20} if way.loss == "ohem" else {}
    if way.loss.endswith("focal"):
        yield from ({"gamma": gamma} for gamma in (0, 0.5, 1, 3))
    if way.loss == "sigmoid-focal" and way.like is None:
        yield from ({"normalized": True}, {"reduced": 0.4}, {"reduced": 0.4, "normalized": True, "gamma": 0.5})
    if way.loss == "asymmetric":
        yield from ({"clip": 0.0}, {"gamma_pos": 0.5, "gamma_neg": 0.5}, {"gamma_pos": 0, "gamma_neg": 0, "clip": 1e-9})


@pytest.mark.parametrize(
    ("name", "knobs"),
    [
        ("bce", {}),
        ("sigmoid-focal", {}),
        ("sigmoid-focal", {"gamma": 0.5, "alpha": 0.25}),
        ("sigmoid-focal", {"normalized": True}),
        ("asymmetric", {}),
        ("asymmetric", {"gamma_pos": 2, "gamma_neg": 1, "clip": 0.2}),
        ("balanced-bce", {}),
        ("poly1", {}),
        ("focal", {"one_vs_rest": True}),
    ],
    ids=str,
)
def test_the_gradient_is_that_of_the_value_at_zero_too(name, knobs):
    """Central differences; z = 0 is where the pieces of the formula meet."""
    import torch

    z = np.asarray([0.0, 0.0, 0.3, -0.8, 2.0, -2.5, 5.0, -5.0]).reshape(1, 1, 8)
    y = np.asarray([[0, 1, 1, 0, 0, 1, 1, 0]])
    loss = getattr(losses, name.replace("-", "_"))
    tensor = torch.tensor(z, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(tensor, torch.tensor(y), task="binary", **knobs), tensor)
    step = 1e-5
    for i in range(8):
        moved = np.zeros_like(z)
        moved[..., i] = step
        slope = (loss(z + moved, y, task="binary", **knobs) - loss(z - moved, y, task="binary", **knobs)) / (2 * step)
        assert float(gradient[0, 0, i]) == pytest.approx(slope, rel=1e-6, abs=1e-9)


@every_way
def test_all_ignored_is_undefined(way):
    if "ignore" not in way.takes:
        return
    batch = draw(9, way.task, ignored=0.3)
    void = type(batch)(batch.task, batch.logits, np.full_like(batch.labels, IGNORE), None, batch.ignore)
    values = value_of(way, passes_of(way, void), void.ignore)
    assert values.undefined == "no valid pixel: every one is ignored"
    assert math.isnan(call(way, void))


@every_way
def test_float32_is_near(way):
    ignored = 0.3 if "ignore" in way.takes else 0.0
    batch = draw(11, way.task, ignored=ignored)
    single = type(batch)(batch.task, batch.logits.astype(np.float32), batch.labels, None, batch.ignore)
    assert call(way, single) == pytest.approx(call(way, batch), rel=2e-6)


# --- refusals and ranges


@pytest.mark.parametrize(
    ("name", "knobs", "named"),
    [
        ("topk", {"k": 0}, "k=0"),
        ("topk", {"k": 101}, "k=101"),
        ("asymmetric", {"clip": 1}, "clip=1"),
        ("asymmetric", {"gamma_neg": -1}, "gamma_neg=-1"),
        ("sigmoid-focal", {"gamma": -1}, "gamma=-1"),
        ("sigmoid-focal", {"alpha": 1.5}, "alpha=1.5"),
        ("sigmoid-focal", {"alpha": (0.5, -0.5, 0.5)}, "alpha="),
        ("sigmoid-focal", {"alpha": (0.5, 0.5)}, "2 values of alpha for 3 channels"),
        ("sigmoid-focal", {"reduced": 0.0}, "reduced=0.0"),
        ("sigmoid-focal", {"reduced": 0.5, "reduced_by": 0.0}, "reduced_by=0.0"),
    ],
)
def test_what_no_formula_takes_is_refused(name, knobs, named):
    batch = draw(1, "multiclass")
    with pytest.raises(UsageError, match=named):
        call(Way(name, None, "multiclass"), batch, **knobs)


@pytest.mark.parametrize("knobs", [{"gamma": -1}, {"smooth": -1}])
def test_balanced_bce_refuses_what_is_below_zero(knobs):
    with pytest.raises(UsageError, match=r"balanced-bce: (gamma|smooth)=-1; it is 0 or more"):
        call(Way("balanced-bce", None, "binary"), draw(1, "binary"), **knobs)


def test_torchvision_turns_alpha_off_below_zero():
    batch = draw(1, "multiclass")
    way = Way("sigmoid-focal", "torchvision", "multiclass")
    assert call(way, batch, alpha=-1) == pytest.approx(call(Way("sigmoid-focal", None, "multiclass"), batch))


@pytest.mark.parametrize("eps", [-5.0, -1.5, -1.0, 0.0, 2.0])
def test_the_least_value_of_poly1(eps):
    p = np.linspace(1e-6, 1, 100_001)
    low, _ = find("poly1").bounds({"eps": eps})
    assert low == pytest.approx((-np.log(p) + eps * (1 - p)).min(), abs=1e-9)


def test_what_images_added_up_are():
    """Half of image 0 is ignored, all of image 1: MONAI's sum of means over each image's pixels."""
    count, total = np.asarray([[2.0, 2.0], [0.0, 0.0]]), np.asarray([8.0, 8.0])
    pixels = Pixels((np.asarray([[1.0, 3.0], [0.0, 0.0]]),), count, total)
    values = _pixel.weighted_mean(pixels, pixels.sums[0], weight=None, divide="images")
    assert float(values.value) == 1.0
    weights = np.asarray([1.0, 3.0])
    found = _pixel.weighted_mean(pixels, pixels.sums[0], weight=weights, divide="all-weights")
    assert float(found.value) == (1 + 9) / (2 + 6 + 12)


def test_a_class_of_weight_zero_counts_nothing_even_if_infinite():
    z = np.asarray([[[-np.inf, 0.0]], [[0.0, 1.0]]]).reshape(1, 2, 2)
    labels = np.asarray([[0, 1]])
    for name in ("cross-entropy", "poly1", "sigmoid-focal"):
        loss = getattr(losses, name.replace("-", "_"))
        value = loss(z, labels, class_weights=[0.0, 1.0])
        assert math.isfinite(value), name

"""The tallied, chunked gradient against plain torch autograd."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from segloss_test_samples import IGNORE, WAYS, call, draw, seeds, with_teacher
from torch.nn import functional as F

from segloss_cli import losses
from segloss_cli.errors import MissingExtraError, UsageError
from segloss_cli.losses import _grad
from segloss_cli.losses._grad import Batch, gradients
from segloss_cli.losses._knobs import Request, Setting, find
from segloss_cli.losses._loss import Values
from segloss_cli.losses._source import from_array
from segloss_cli.losses._tally import Tally
from segloss_cli.scan.gradients import with_gradients
from segloss_cli.scan.options import Wanted
from segloss_cli.scan.targets import Target
from segloss_cli.scan.values import Work
from segloss_cli.types import Container, LossValue, Scores

BOXES = [way for way in WAYS if "boxes" in find(way.loss).kinds]
EVERY = [way for way in WAYS if way not in BOXES]


def batch_of(drawn, **facts):
    axes = 2 if drawn.task == "multilabel" else 1
    labels = drawn.labels.reshape(*drawn.labels.shape[:axes], -1)
    teacher = None if drawn.teacher is None else from_array(drawn.teacher)
    facts = {"dtype": drawn.logits.dtype, "teacher": teacher, **facts}
    return Batch(from_array(drawn.logits), labels, frozenset(drawn.ignore), drawn.task, **facts)


def found(drawn, *requests, weight=None, **facts):
    setting = Setting(drawn.task, bool(drawn.ignore), weight)
    return gradients([r if isinstance(r, Request) else Request(r) for r in requests], setting, batch_of(drawn, **facts))


def valid_of(drawn):
    good = ~np.isin(drawn.labels, drawn.ignore)
    good = good.any(1) if drawn.task == "multilabel" else good
    return torch.from_numpy(good)


def plain(drawn, function):
    """The gradient of a function of logits by one plain backward pass."""
    z = torch.from_numpy(drawn.logits).requires_grad_()
    function(z).backward()
    return z.grad


def agree(gradient, whole, valid):
    """A record against all elements (N, C, H, W)."""
    sizes = whole.abs()
    by_class = sizes.sum((0, 2, 3))
    largest = sizes.amax(1)
    assert gradient.reason is None
    assert gradient.finite
    assert gradient.bad == 0
    assert gradient.norm == pytest.approx(float(whole.norm()), rel=1e-9, abs=1e-300)
    assert gradient.per_class == pytest.approx((by_class / by_class.sum().clamp_min(1e-300)).tolist(), rel=1e-9)
    assert gradient.zero == pytest.approx(float((largest < 1e-6 * largest.max())[valid].double().mean()))


def cross_entropy(drawn):
    y = torch.from_numpy(drawn.labels)
    return lambda z: F.cross_entropy(z, y, ignore_index=IGNORE)


def written_dice(drawn, *, smooth=1e-5):
    y = torch.from_numpy(drawn.labels)
    good = (y != IGNORE)[:, None]
    one_hot = F.one_hot(torch.where(y == IGNORE, 0, y), drawn.logits.shape[1]).movedim(-1, 1) * good

    def dice(z):
        p = torch.softmax(z, 1) * good
        both, sizes = (p * one_hot).sum((0, 2, 3)), (p + one_hot).sum((0, 2, 3))
        return 1 - ((2 * both + smooth) / (sizes + smooth)).mean()

    return dice


def written_focal(drawn):
    y = torch.from_numpy(drawn.labels)

    def focal(z):
        nll = F.cross_entropy(z, y, ignore_index=IGNORE, reduction="none")
        return ((1 - torch.exp(-nll)) ** 2 * nll).sum() / (y != IGNORE).sum()

    return focal


def written_bce(drawn):
    y = torch.from_numpy(drawn.labels).double()
    good = y != IGNORE
    return lambda z: F.binary_cross_entropy_with_logits(z.reshape(y.shape)[good], y[good])


def written_ohem(drawn, *, n_min):
    y = torch.from_numpy(drawn.labels)

    def ohem(z):
        nll = F.cross_entropy(z, y, ignore_index=IGNORE, reduction="none")[y != IGNORE]
        hard = int((nll > -math.log(0.7)).sum())
        return nll.sort(descending=True).values[: max(hard, n_min)].mean()

    return ohem


CLOSED = [
    ("multiclass", "cross-entropy", cross_entropy),
    ("multiclass", "dice", written_dice),
    ("multiclass", "focal", written_focal),
    ("binary", "bce", written_bce),
    ("multilabel", "bce", written_bce),
]


@pytest.mark.parametrize("ignored", [0.0, 0.4])
@pytest.mark.parametrize(("task", "name", "written"), CLOSED, ids=lambda v: v if isinstance(v, str) else "")
def test_closed_forms(task, name, written, ignored):
    drawn = draw(3, task, (2, 4, 9, 7), ignored, 6.0)
    (gradient,) = found(drawn, name, chunk=13)
    agree(gradient, plain(drawn, written(drawn)), valid_of(drawn))


@pytest.mark.parametrize("n_min", [1, 60, 120])
def test_a_ranking_over_several_images_and_chunks(n_min):
    """With n_min = 1 the threshold chooses the pixels, with 120 the rank among those of both images does."""
    drawn = draw(3, "multiclass", (2, 4, 9, 7), 0.2)
    (gradient,) = found(drawn, Request("ohem", None, {"n_min": min(n_min, 90)}), chunk=10)
    agree(gradient, plain(drawn, written_ohem(drawn, n_min=min(n_min, 90))), valid_of(drawn))


WITH_IGNORED = [(way, share) for way in EVERY for share in (0.0, 0.4) if not share or "ignore" in way.takes]


@pytest.mark.parametrize(("way", "ignored"), WITH_IGNORED, ids=str)
def test_every_loss_as_its_criterion_has_it(way, ignored):
    drawn = draw(7, way.task, (2, 3, 9, 7), ignored)
    drawn = draw(7, way.task, (2, 2, 9, 7), ignored) if math.isnan(call(way, drawn)) else drawn  # for two classes only
    drawn = with_teacher(drawn, 7) if way.loss == "kl" else drawn
    (gradient,) = found(drawn, way.request, chunk=17)
    labels = torch.from_numpy(drawn.labels)
    teacher = None if drawn.teacher is None else torch.from_numpy(drawn.teacher)
    arguments = {"task": way.task, "like": way.like, "ignore_index": drawn.ignore, "teacher": teacher}
    criterion = getattr(losses, way.loss.replace("-", "_"))
    agree(gradient, plain(drawn, lambda z: criterion(z, labels, **arguments)), valid_of(drawn))
    assert gradient.norm > 0


def test_many_losses_share_the_walks_and_keep_their_order():
    drawn = draw(1, "multiclass", ignored=0.3)
    requests = [way.request for way in WAYS if way.task == "multiclass" and way.loss != "kl" and way.like is None]
    together = found(drawn, *requests, chunk=20)
    assert together == [gradient for request in requests for gradient in found(drawn, request, chunk=20)]
    assert found(drawn) == []


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=seeds(), chunk=st.integers(1, 70), ignored=st.booleans())
def test_chunks_of_any_size(task, seed, chunk, ignored):
    drawn = draw(seed, task, (2, 3, 9, 7), 0.3 if ignored else 0.0)
    names = ["bce", "dice"] if task == "multilabel" else ["bce", "dice", "cross-entropy", "ohem", "focal"]
    for whole, cut in zip(found(drawn, *names), found(drawn, *names, chunk=chunk), strict=True):
        assert cut.norm == pytest.approx(whole.norm, rel=1e-12)
        assert cut.per_class == pytest.approx(whole.per_class, rel=1e-12)
        assert (cut.zero, cut.finite, cut.bad) == (whole.zero, whole.finite, whole.bad)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_plateau_shows(dtype):
    """Saturated the wrong way: Dice on a sigmoid has no slope left, cross-entropy has."""
    labels = np.ones((1, 8, 8), np.int64)
    labels[0, 0, 0] = 0
    drawn = replace(draw(1, "binary"), logits=np.full((1, 1, 8, 8), -60, dtype), labels=labels)
    drawn.logits[0, 0, 0, 1] = 0.5
    dice, bce = found(drawn, "dice", "bce")
    assert dice.finite
    assert dice.zero == 63 / 64
    assert bce.zero == 1 / 64
    assert bce.norm == pytest.approx(math.sqrt(62 + (1 - 1 / (1 + math.exp(-0.5))) ** 2) / 64, rel=1e-6)


def test_no_gradient_at_all_is_all_zero():
    labels = np.ones((1, 4, 4), np.int64)
    drawn = replace(draw(1, "multiclass"), logits=np.zeros((1, 2, 4, 4)), labels=labels)
    drawn.logits[:, 1] = 1e4
    (gradient,) = found(drawn, "cross-entropy")
    assert (gradient.norm, gradient.zero, gradient.per_class, gradient.finite) == (0.0, 1.0, (0.0, 0.0), True)


def test_a_class_that_gets_no_gradient_shows():
    """One sigmoid per class and a weight of 0: its channel is never trained."""
    drawn = draw(1, "multilabel", (2, 3, 9, 7))
    (gradient,) = found(drawn, "dice", weight=np.asarray([1.0, 0.0, 1.0]))
    assert gradient.per_class[1] == 0
    assert gradient.per_class[0] + gradient.per_class[2] == pytest.approx(1)
    present = draw(1, "multiclass", (2, 3, 9, 7), present=2)
    (weighed,) = found(present, Request("dice", None, {"classes": "present"}), weight=np.asarray([1.0, 0.0, 1.0]))
    assert weighed.per_class[1] > 0  # a softmax reaches it by way of the others


def test_weights_of_a_numpy_setting_are_those_of_the_criterion():
    drawn = draw(5, "multiclass", (2, 3, 9, 7), 0.3)
    weight = np.asarray([0.5, 0.0, 3.0])
    for name, request in (("cross_entropy", "cross-entropy"), ("focal", "focal"), ("dice", "dice")):
        (gradient,) = found(drawn, request, weight=weight, chunk=11)
        labels = torch.from_numpy(drawn.labels)
        criterion = getattr(losses, name)
        whole = plain(drawn, lambda z, c=criterion, y=labels: c(z, y, ignore_index=IGNORE, class_weights=weight))
        agree(gradient, whole, valid_of(drawn))


def test_ignored_pixels_get_nothing_and_do_not_count_as_zero():
    drawn = draw(2, "multiclass", (1, 3, 10, 10), 0.5)
    (gradient,) = found(drawn, "cross-entropy")
    other = replace(drawn, logits=np.where((drawn.labels == IGNORE)[:, None], 50.0, drawn.logits))
    assert gradient.zero == 0
    assert found(other, "cross-entropy") == [gradient]


def test_leaked_pixels_have_a_gradient_but_are_no_valid_ones():
    drawn = draw(2, "multiclass", (1, 3, 10, 10), 0.5)
    (masked, leaking) = found(drawn, "dice", Request("dice", "bubbliiiing"))
    assert leaking.norm != pytest.approx(masked.norm, rel=1e-3)
    assert leaking.zero == 0


def test_ids_outside_the_classes_are_not_valid():
    drawn = draw(2, "multiclass", (1, 3, 10, 10))
    drawn.labels[0, :5] = 9
    (gradient,) = found(drawn, "bce")
    assert gradient.zero == 0


class TestNotFinite:
    def test_logits_of_a_network_that_has_diverged(self):
        drawn = draw(2, "multiclass", (1, 3, 4, 4))
        drawn = replace(drawn, logits=drawn.logits.astype(np.float32))
        drawn.logits[0, :, 0, 0] = np.inf
        drawn.logits[0, :, 1, 1] = np.nan
        (gradient,) = found(drawn, "cross-entropy", chunk=5)
        assert not gradient.finite
        assert gradient.norm is None
        assert gradient.bad == 6
        assert gradient.zero == 0
        assert sum(gradient.per_class) == pytest.approx(1)

    def test_a_loss_with_an_infinite_slope(self, monkeypatch):
        """The square root of 0 times whatever: a slope of infinity times one of nil is no number."""
        drawn = draw(2, "multiclass", (2, 3, 4, 4))
        monkeypatch.setattr(_grad, "evaluate", lambda _, p, __: Values((0 * p.softmax.regions.overlap.sum()).sqrt()))
        (gradient,) = found(drawn, "dice", chunk=7)
        assert (gradient.finite, gradient.norm, gradient.bad, gradient.zero) == (False, None, 96, 0)

    def test_bad_elements_are_counted_and_the_others_shared_out(self):
        tally = Tally.beside(torch.zeros(1, 2, 3))
        tally.add(torch.tensor([[1.0, math.inf, 3.0], [4.0, math.nan, -1e-9]]), torch.tensor([True, True, True]))
        tally.add(torch.tensor([[0.0], [1e-9]]), torch.tensor([True]))
        gradient = tally.gradient()
        assert (gradient.finite, gradient.norm, gradient.bad) == (False, None, 2)
        assert gradient.per_class == pytest.approx((0.5, 0.5))
        assert gradient.zero == 0.25


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@settings(max_examples=30, deadline=None, derandomize=True)
@given(powers=st.lists(st.floats(-12, 3), min_size=1, max_size=30))
def test_the_share_of_near_zero_from_counts(dtype, powers):
    sizes = torch.tensor([powers], dtype=torch.float64).mul(math.log(10)).exp().to(dtype)
    tally = Tally.beside(torch.zeros(1, 1, 1, dtype=dtype))
    tally.add(sizes, torch.ones(len(powers), dtype=torch.bool))
    wide = sizes[0].double()
    limit = 1e-6 * wide.max()
    low, high = (float(((wide < limit * part) | (wide == 0)).double().mean()) for part in (0.96, 1.0))
    assert low <= tally.gradient().zero <= high + 1e-12


@pytest.mark.parametrize("way", BOXES, ids=str)
def test_boxes_say_why_there_is_none(way):
    drawn = draw(2, way.task)
    (gradient,) = found(drawn, way.request)
    assert gradient.reason == "not differentiable (arg max)"
    assert gradient.norm is None


def test_a_value_that_is_a_constant_says_so(monkeypatch):
    monkeypatch.setattr(_grad, "evaluate", lambda *_: Values(torch.tensor(1.0)))
    assert found(draw(2, "multiclass"), "dice")[0].reason == _grad.NO_SLOPE


def test_a_device_that_is_not_there():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(UsageError, match="device 'cuda' cannot be used"):
        found(draw(2, "multiclass"), "dice", device="cuda")


def scores_of(array, kind):
    container = Container("pred.npy", "NPY", array.shape, str(array.dtype))
    return Scores(container, array, "NCHW", array.shape, kind, "declared")


def reported(drawn, array, kind, *names, **wanted):
    """What ``compute --grad`` adds to values of these losses."""
    axes = 2 if drawn.task == "multilabel" else 1
    labels = drawn.labels.reshape(*drawn.labels.shape[:axes], -1)
    target = Target("given", labels, frozenset(drawn.ignore))
    classes = drawn.logits.shape[1]
    teacher = None if drawn.teacher is None else scores_of(drawn.teacher, "logits")
    work = Work(scores_of(array, kind), (target,), drawn.task, classes, drawn.labels.shape[-2:], teacher, "gt.png")
    values = tuple(LossValue(name, 0.5, "ok", 0, 1) for name in names)
    setting = Setting(drawn.task, bool(drawn.ignore))
    requests = tuple(map(Request, names))
    return with_gradients(values, work, target, requests, setting=setting, wanted=Wanted(grad=True, **wanted))


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_probabilities_stand_for_logits(task):
    drawn = draw(4, task, (2, 3, 9, 7), 0.3)
    p = 1 / (1 + np.exp(-drawn.logits))
    if task == "multiclass":
        p = np.exp(drawn.logits - np.log(np.exp(drawn.logits).sum(1, keepdims=True)))
    names = ("bce", "dice") if task == "multilabel" else ("cross-entropy", "dice", "ohem")
    pairs = [(drawn.logits, "logits"), (p, "probabilities"), (np.log(p), "log-probabilities")]
    first, *others = ([v.grad for v in reported(drawn, array, kind, *names)] for array, kind in pairs)
    assert first == found(drawn, *names)
    for other in others:
        for one, two in zip(first, other, strict=True):
            assert two.norm == pytest.approx(one.norm, rel=1e-9)
            assert two.per_class == pytest.approx(one.per_class, rel=1e-9)
            assert two.zero == one.zero


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_probabilities_of_exactly_0_and_1_are_far_out_not_infinite(task):
    drawn = draw(4, task, (2, 3, 9, 7))
    p = drawn.labels[:, None] if task == "binary" else drawn.labels
    p = np.eye(3)[drawn.labels].transpose(0, 3, 1, 2) if task == "multiclass" else p
    names = ("dice", "sigmoid-focal") if task != "multiclass" else ("dice", "focal", "cross-entropy")
    for value in reported(drawn, p.astype(np.float32), "probabilities", *names):
        assert value.grad.finite
        assert value.grad.norm == pytest.approx(0, abs=1e-30)
        assert value.grad.zero == 1


def test_the_dtype_is_the_predictions_or_the_one_asked_for():
    """p = 1 - e^-40 rounds to 1 in both; e^-120 is nil in float32 alone."""
    labels = np.zeros((1, 4, 4), np.int64)
    drawn = replace(draw(4, "binary"), logits=np.full((1, 1, 4, 4), -120, np.float32), labels=labels)
    narrow, wide = (reported(drawn, drawn.logits, "logits", "bce", dtype=d)[0].grad for d in (None, "float64"))
    assert (narrow.norm, narrow.zero) == (0, 1)
    assert wide.norm == pytest.approx(math.exp(-120) / 4, rel=1e-9)
    assert wide.zero == 0


def test_a_teacher_is_handed_on():
    drawn = with_teacher(draw(4, "multiclass"), 4)
    (value,) = reported(drawn, drawn.logits, "logits", "kl", device="torch-cpu")
    assert value.grad == found(drawn, "kl")[0]
    assert value.grad != found(replace(drawn, teacher=None), "kl")[0]


def test_a_smaller_prediction_has_the_gradient_of_its_resized_logits():
    drawn = draw(4, "multiclass", (1, 3, 4, 4))
    labels = np.tile(drawn.labels, (1, 2, 2))
    wide = F.interpolate(torch.from_numpy(drawn.logits), (8, 8), mode="bilinear", align_corners=True).numpy()
    (value,) = reported(replace(drawn, labels=labels), drawn.logits, "logits", "dice")
    (wanted,) = found(replace(drawn, logits=wide, labels=labels), "dice")
    assert value.grad.norm == pytest.approx(wanted.norm, rel=1e-9)


def test_hard_ids_say_what_is_needed():
    drawn = draw(4, "multiclass")
    (value,) = reported(drawn, drawn.labels[:, None], "ids", "dice")
    assert value.grad.reason == "needs logits or probabilities"


def test_what_has_no_value_has_no_gradient():
    drawn = draw(4, "multiclass")
    work = Work(scores_of(drawn.logits, "logits"), (), "multiclass", 3, (9, 7), None, "gt.png")
    target = Target("given", drawn.labels.reshape(2, -1), frozenset())
    values = tuple(
        LossValue("dice", 0.5 if status == "ok" else None, status, 0, 1) for status in ("skipped", "ok", "undefined")
    )
    setting, wanted = Setting("multiclass"), Wanted(grad=True)
    three = with_gradients(values, work, target, (Request("dice"),) * 3, setting=setting, wanted=wanted)
    assert [value.grad is None for value in three] == [True, False, True]
    assert with_gradients(values[:1], work, target, (Request("dice"),), setting=setting, wanted=wanted) == values[:1]


def test_without_torch_it_says_what_to_install(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    drawn = draw(4, "multiclass")
    monkeypatch.setattr("segloss_cli.scan.values.import_module", missing)
    with pytest.raises(MissingExtraError, match=r"--grad needs torch.*segloss-cli\[torch\]"):
        reported(drawn, drawn.logits, "logits", "dice")


def test_scan_gradients_imports_no_torch():
    code = "import sys, segloss_cli.scan.gradients; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

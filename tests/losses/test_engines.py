"""The NumPy engine and the torch engine are each other's oracle, and the torch one has gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from segloss_test_samples import IGNORE, WAYS, Way, call, draw, passes_of, seeds, with_teacher

from segloss_cli import losses
from segloss_cli.errors import ShapeError, UsageError
from segloss_cli.losses import _torch
from segloss_cli.losses._evaluate import needs_for
from segloss_cli.losses._knobs import find, parameters
from segloss_cli.losses._source import from_array

few = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
every_way = pytest.mark.parametrize("way", WAYS, ids=str)


def takes_weights(way):
    """Our convention takes weights where the loss itself does; a library's not where there is one channel."""
    kinds = set(find(way.loss).kinds)
    mixed = len(kinds) > 1 and "pixel" in kinds
    if way.task == "binary" and (mixed or (way.like and kinds & {"overlap", "sides", "planes"})):
        return False
    return "weights" in way.takes and "weight" in find(way.loss).function.__annotations__


DIFFERENTIABLE = [way for way in WAYS if way.differentiable]
WEIGHTED = [way for way in DIFFERENTIABLE if takes_weights(way) and way.task == "multiclass"]
every_gradient = pytest.mark.parametrize("way", DIFFERENTIABLE, ids=str)


def agree(way, batch, **knobs):
    a, b = call(way, batch, **knobs), call(way, batch, torch.from_numpy, **knobs)
    np.testing.assert_allclose(b, a, rtol=1e-10, atol=1e-12)


def criterion(name):
    return getattr(losses, name.replace("-", "_"))


def loss_of(way, batch, **knobs):
    """The loss of logits as a function of tensors."""
    labels = torch.from_numpy(batch.labels)
    teacher = None if way.loss != "kl" or batch.teacher is None else torch.from_numpy(batch.teacher)
    arguments = {"task": way.task, "like": way.like, "ignore_index": batch.ignore, "teacher": teacher, **knobs}
    return lambda logits: criterion(way.loss)(logits, labels, **arguments)


@every_way
@few
@given(seed=seeds(), scale=st.sampled_from([0.1, 2.0, 300.0]), ignored=st.booleans(), present=st.integers(1, 4))
def test_both_engines_agree(way, seed, scale, ignored, present):
    share = 0.3 if ignored and "ignore" in way.takes else 0.0
    batch = with_teacher(draw(seed, way.task, (2, 4, 9, 7), share, scale, present=present), seed)
    agree(way, batch)
    if "label_smoothing" in parameters(find(way.loss), way.like):
        agree(way, batch, label_smoothing=0.1)
    if takes_weights(way):
        classes = {"binary": 2, "multiclass": 4, "multilabel": 4}[way.task]
        agree(way, batch, class_weights=np.random.default_rng(seed).uniform(0, 3, classes))


@pytest.mark.parametrize(
    "knobs", [{"classes": "present"}, {"classes": "present-zero"}, {"scope": "image"}, {"pool": True}]
)
@pytest.mark.parametrize("name", ["dice", "jaccard", "tversky"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_both_engines_agree_on_the_knobs_of_regions(name, task, knobs):
    agree(Way(name, None, task), draw(1, task, (2, 4, 9, 7), 0.3, present=3), **knobs)


@pytest.mark.parametrize("region", ["mask", "box"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
@few
@given(seed=seeds(), size=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)))
def test_both_engines_draw_the_same_boxes(region, task, seed, size):
    images, height, width = size
    batch = draw(seed, task, (images, 3, 9, 9), 0.4)
    cut = replace(batch, logits=batch.logits[..., :height, :width], labels=batch.labels[..., :height, :width])
    way = Way("giou", None, task)
    a, b = call(way, cut, region=region), call(way, cut, torch.from_numpy, region=region)
    np.testing.assert_allclose(b, a, rtol=1e-12)
    boxes = passes_of(way, cut).softmax.boxes
    needs = needs_for([way.request], way.setting(cut.ignore))
    found = _torch.passes(torch.from_numpy(cut.logits), torch.from_numpy(cut.labels), frozenset(cut.ignore), needs)
    for name in ("both", "predicted", "labelled", "predicted_box", "labelled_box"):
        np.testing.assert_array_equal(getattr(found.softmax.boxes, name), getattr(boxes, name))


@every_way
def test_a_device_reads_a_prediction_file_as_the_cpu_does(way):
    """``--device`` goes through this: image by image from a source, with ids that are no class."""
    batch = draw(2, way.task, (3, 3, 9, 7), 0.3 if "ignore" in way.takes else 0.0)
    if not {"sides", "overlap"}.isdisjoint(find(way.loss).kinds) and way.task == "multiclass":
        batch = replace(batch, labels=np.where(batch.labels == 2, 9, batch.labels))
    needs = needs_for([way.request], way.setting(batch.ignore))
    axes = 2 if way.task == "multilabel" else 1
    flat = batch.labels.reshape(*batch.labels.shape[:axes], -1).astype(">u2")
    made = _torch.from_sources(
        from_array(batch.logits), flat, frozenset(batch.ignore), needs, dtype=np.float64, device="cpu"
    )
    mine = passes_of(way, batch)
    for one, two in ((made.softmax, mine.softmax), (made.sigmoid, mine.sigmoid)):
        assert (one is None) == (two is None)
        if one is not None:
            for name in ("count", "valid", "total", "outside"):
                np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


WITH_IGNORED = [(way, share) for way in DIFFERENTIABLE for share in (0.0, 0.4) if not share or "ignore" in way.takes]


@pytest.mark.parametrize(("way", "share"), WITH_IGNORED, ids=str)
def test_gradients_are_the_derivative(way, share):
    batch = with_teacher(draw(7, way.task, (1, 3, 2, 3), share, 1.0), 7)
    function = loss_of(way, batch, **{"ohem": {"n_min": 5}, "topk": {"k": 50}}.get(way.loss, {}))
    logits = torch.from_numpy(batch.logits).requires_grad_()
    assert torch.autograd.gradcheck(function, (logits,))
    function(logits).backward()
    assert torch.isfinite(logits.grad).all()
    # an erosion leaves nothing of so small an image
    assert bool(logits.grad.abs().sum() > 0) != (str(way) == "hausdorff-kornia-multiclass")


@pytest.mark.parametrize("way", WEIGHTED, ids=str)
def test_gradients_with_class_weights(way):
    batch = draw(7, way.task, (2, 3, 2, 3), 0.0, 1.0)
    function = loss_of(way, batch, class_weights=[0.5, 1.0, 2.0])
    assert torch.autograd.gradcheck(function, (torch.from_numpy(batch.logits).requires_grad_(),))


@pytest.mark.parametrize("way", [way for way in DIFFERENTIABLE if "ignore" in way.takes], ids=str)
def test_ignored_pixels_get_no_gradient(way):
    batch = with_teacher(draw(7, way.task, (2, 3, 5, 4), 0.4), 7)
    logits = torch.from_numpy(batch.logits).requires_grad_()
    loss_of(way, batch)(logits).backward()
    hidden = torch.from_numpy(batch.labels == IGNORE)
    hidden = hidden if way.task == "multilabel" else hidden[:, None].expand_as(logits)
    still = bool((logits.grad[hidden] == 0).all())
    assert still != way.leaks
    assert bool((logits.grad[~hidden] != 0).any())


@every_gradient
@pytest.mark.parametrize("far", [60.0, 1e4])
def test_gradients_stay_finite_where_pixels_are_certain(way, far):
    """Right and wrong, with a sigmoid or softmax of exactly 0 or 1: manual code gives NaN here (traps 002-b, 003-a)."""
    batch = draw(7, way.task, (2, 3, 5, 4))
    for dtype in (torch.float32, torch.float64):
        logits = torch.from_numpy(np.sign(batch.logits) * far).to(dtype).requires_grad_()
        value = loss_of(way, batch)(logits)
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("like", [None, "bubbliiiing"])
def test_focal_with_a_gamma_below_one_has_a_gradient_where_pixels_are_certain(like):
    """The derivative of (1 - p)^0.5 is infinite at p = 1: NaN in the tutorial's code (trap 001-i)."""
    logits = torch.full((1, 2, 1, 2), 60.0)
    logits[:, 1] = -60
    logits.requires_grad_()
    losses.focal(logits, torch.zeros(1, 1, 2, dtype=torch.long), gamma=0.5, like=like).backward()
    assert torch.isfinite(logits.grad).all()


def test_giou_reports_no_gradient():
    batch = draw(7, "multiclass")
    value = loss_of(Way("giou", None, "multiclass"), batch)(torch.from_numpy(batch.logits).requires_grad_())
    assert not value.requires_grad


@every_way
def test_a_tensor_gives_a_tensor_of_no_axes(way):
    batch = draw(3, way.task)
    value = loss_of(way, batch)(torch.from_numpy(batch.logits))
    assert isinstance(value, torch.Tensor)
    assert value.shape == ()
    assert isinstance(criterion(way.loss)(batch.logits, batch.labels, task=way.task, like=way.like), float)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float16, 4e-3), (torch.bfloat16, 4e-2), (torch.float32, 1e-5)])
@every_way
def test_narrow_logits(way, dtype, tolerance):
    batch = draw(4, way.task, (2, 3, 16, 16))
    rounded = torch.from_numpy(batch.logits).to(dtype)
    exact = call(way, replace(batch, logits=rounded.double().numpy()))
    assert float(loss_of(way, batch)(rounded)) == pytest.approx(exact, rel=tolerance, abs=tolerance)


@every_way
def test_narrow_logits_of_numpy_are_computed_in_float32(way):
    batch = draw(4, way.task, (2, 3, 16, 16))
    half = batch.logits.astype(np.float16)
    exact = call(way, replace(batch, logits=half.astype(np.float64)))
    assert call(way, replace(batch, logits=half)) == pytest.approx(exact, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("gaps", [False, True], ids=["far-from-0", "far-apart"])
@every_way
def test_float32_logits_around_100_lose_no_digits(way, gaps):
    """e^100 is no float32, e^-100 has no digits there, and e^-200 is nil though its logarithm is not."""
    batch = draw(8, way.task, (2, 4, 16, 16), 0.3 if "ignore" in way.takes else 0.0)
    batch = with_teacher(batch, 8)
    stream = np.random.default_rng(8)
    logits = batch.logits + stream.choice([-100.0, 0.0, 100.0], (2, 1, 16, 16))
    if gaps:
        logits[..., :4, :] = stream.choice([-100.0, 100.0], logits[..., :4, :].shape)
    narrow = logits.astype(np.float32)
    exact = call(way, replace(batch, logits=narrow.astype(np.float64)))
    assert call(way, replace(batch, logits=narrow)) == pytest.approx(exact, rel=1e-6, abs=1e-7)


def test_the_cross_entropy_of_a_difference_of_200_is_200_in_float32():
    logits = np.asarray([[[100.0, -100.0, 100.0], [-100.0, 100.0, 100.0]]], np.float32)
    assert losses.cross_entropy(logits[..., :1], np.asarray([[1]])) == 200
    assert losses.cross_entropy(logits, np.asarray([[1, 0, 0]])) == pytest.approx((400 + np.log(2)) / 3, rel=1e-7)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8", ">u2", ">i4", ">f8"])
@every_way
def test_labels_of_every_width(way, dtype):
    batch = draw(5, way.task, (2, 3, 9, 7), 0.3 if "ignore" in way.takes else 0.0)
    wanted = call(way, batch)
    void = -1 if dtype.endswith("i1") else IGNORE
    labels = np.where(batch.labels == IGNORE, void, batch.labels).astype(dtype)
    ignore = (void,) if batch.ignore else ()
    assert call(way, replace(batch, labels=labels, ignore=ignore)) == wanted
    if dtype in {"u1", "i1", "i2", "i4", "i8", "f4", "f8"}:
        assert call(way, replace(batch, labels=labels, ignore=ignore), torch.from_numpy) == pytest.approx(
            wanted, rel=1e-9
        )


@pytest.mark.parametrize("way", [way for way in WAYS if way.task != "multiclass"], ids=str)
def test_bool_labels(way):
    batch = draw(5, way.task)
    assert call(way, replace(batch, labels=batch.labels == 1)) == call(way, batch)
    assert call(way, replace(batch, labels=batch.labels == 1), torch.from_numpy) == pytest.approx(call(way, batch))


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_any_number_of_axes(convert):
    """(N, C), (N, C, L), (N, C, H, W) and (N, C, D, H, W) of the same pixels."""
    batch = draw(6, "multiclass", (1, 3, 6, 4))
    way = Way("cross-entropy", None, "multiclass")
    whole = call(way, batch)
    for space in ((24,), (2, 3, 4)):
        shaped = replace(batch, logits=batch.logits.reshape(1, 3, *space), labels=batch.labels.reshape(1, *space))
        assert call(way, shaped, convert) == pytest.approx(whole)
    flat = batch.logits.reshape(3, 24).T
    assert call(way, replace(batch, logits=flat.copy(), labels=batch.labels.reshape(24)), convert) == pytest.approx(
        whole
    )


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
class TestRefusals:
    def test_an_id_outside_the_classes(self, convert):
        batch = draw(1, "multiclass")
        for stray in (7, -1, IGNORE):
            labels = batch.labels.copy()
            labels[0, 0, :2] = stray
            with pytest.raises(ShapeError, match=rf"label {stray} is outside 0\.\.2 and not ignored \(2 pixels\)"):
                call(Way("dice", None, "multiclass"), replace(batch, labels=labels), convert)

    def test_a_non_binary_target_is_computed_as_it_is(self, convert):
        """Tutorial 000: no criterion of its kind checks; the value is what the training code gets."""
        logits, labels = np.full((1, 1, 2, 2), 2.0), np.full((1, 2, 2), 5)
        value = losses.dice(convert(logits), convert(labels), like="smooth1")
        assert float(value) == pytest.approx(-0.4774539, rel=1e-6)

    @pytest.mark.parametrize(
        ("logits", "labels", "task"),
        [
            ((2, 3, 4, 4), (2, 4, 5), None),
            ((2, 3, 4, 4), (1, 4, 4), None),
            ((2, 3, 4, 4), (2, 1, 4, 4), None),
            ((2, 1, 4, 4), (2, 2, 4, 4), None),
            ((2, 2, 4, 4), (2, 4, 4), "binary"),
            ((4,), (4,), None),
            ((1, 3, 1, 1), (1, 1, 8), None),
            ((2, 3, 4, 8), (1, 8, 8), None),
        ],
    )
    def test_shapes_that_do_not_go_together(self, convert, logits, labels, task):
        """The silent pairings of tutorials 001 and 003 among them: broadcasts and pixels of other images."""
        with pytest.raises(ShapeError, match=str(logits[0])):
            losses.bce(convert(np.zeros(logits)), convert(np.zeros(labels, np.int64)), task=task)

    def test_class_weights_of_another_length(self, convert):
        batch = draw(1, "multiclass")
        with pytest.raises(ShapeError, match=r"class_weights of shape \(4,\) for 3 classes"):
            losses.dice(convert(batch.logits), convert(batch.labels), class_weights=[1, 2, 3, 4])

    def test_what_the_library_does_not_have(self, convert):
        batch = draw(1, "multiclass")
        for arguments, says in (
            ({"like": "nobody"}, "no dice of nobody"),
            ({"like": "scaled"}, "takes binary"),
            ({"like": "smooth1", "class_weights": [1, 2, 3]}, "takes no class weights"),
            ({"nonsense": 1}, "no knob 'nonsense'"),
        ):
            with pytest.raises(UsageError, match=says):
                losses.dice(convert(batch.logits), convert(batch.labels), **arguments)


def test_a_device_that_is_not_there_is_one_line():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(UsageError, match=r"device 'cuda' cannot be used .*; here there is: cpu"):
        _torch.tensor_of(np.zeros(1), "cuda")


def test_class_weights_may_be_a_tensor_or_an_array():
    batch = draw(1, "multiclass")
    logits, labels = torch.from_numpy(batch.logits), torch.from_numpy(batch.labels)
    values = {
        float(losses.cross_entropy(logits, labels, class_weights=kind([1.0, 2.0, 3.0])))
        for kind in (list, tuple, np.asarray, torch.tensor)
    }
    wanted = torch.nn.functional.cross_entropy(logits, labels, torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
    assert len(values) == 1
    assert values.pop() == pytest.approx(float(wanted), rel=1e-12)


def test_a_training_step_learns():
    torch.manual_seed(0)
    batch = draw(1, "multiclass", (2, 3, 8, 8))
    logits = torch.zeros(batch.logits.shape, requires_grad=True)
    labels = torch.from_numpy(batch.labels)
    optimizer = torch.optim.Adam([logits], lr=0.5)
    for name in ("cross_entropy", "focal", "dice", "jaccard", "tversky", "ohem", "kl", "bce"):
        before = getattr(losses, name)(logits, labels).item()
        for _ in range(5):
            optimizer.zero_grad()
            getattr(losses, name)(logits, labels).backward()
            optimizer.step()
        assert getattr(losses, name)(logits, labels).item() < before

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli.errors import ReadError
from segloss_cli.profile import locate, profile_label, profile_scores
from segloss_cli.read import read_label, read_scores, role

RNG = np.random.default_rng(0)
LOGITS = (RNG.standard_normal((5, 24, 32)) * 4).astype(np.float32)
SOFTMAX = np.exp(LOGITS) / np.exp(LOGITS).sum(0)
SIGMOID = 1 / (1 + np.exp(-LOGITS))
ONE_HOT = np.eye(5)[LOGITS.argmax(0)].transpose(2, 0, 1)


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def picture(array, mode=None):
    file = io.BytesIO()
    image = Image.fromarray(np.asarray(array))
    (image.convert(mode) if mode else image).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "f8", "longdouble"])
@pytest.mark.parametrize("order", ["CHW", "HWC"])
@pytest.mark.parametrize(
    ("values", "kind", "says"),
    [
        (LOGITS, "logits", "no probabilities"),
        (np.abs(LOGITS), "logits", "no probabilities"),
        (-np.abs(LOGITS), "logits", "no probabilities"),
        (SOFTMAX, "probabilities", "sum to 1 over the 5 channels (softmax)"),
        (SIGMOID, "probabilities", "(sigmoid)"),
        (np.log(SOFTMAX), "log-probabilities", "exponentials sum to 1"),
        (ONE_HOT, "probabilities", "softmax"),
        (np.zeros((5, 24, 32)), "logits", "every value is 0"),
        (LOGITS[:1], "logits", "no probabilities"),
        (SIGMOID[:1], "probabilities", "one channel (sigmoid)"),
        (-np.abs(LOGITS[:1]), "logits", "no probabilities"),
    ],
)
def test_kinds(scratch, dtype, order, *, values, kind, says):
    stored = values.astype(dtype) if order == "CHW" else values.transpose(1, 2, 0).astype(dtype)
    scores = read_scores(scratch(saved(stored)), num_classes=len(values) if len(values) > 1 else None)
    assert scores.kind == kind
    assert says in scores.kind_reason
    assert not scores.kind_declared
    assert scores.shape == (1, *values.shape)
    assert scores.array.dtype == stored.dtype
    assert isinstance(scores.array, np.memmap)


def test_minus_infinity_is_a_log_probability(scratch):
    values = np.log(np.maximum(ONE_HOT, 0), where=ONE_HOT > 0, out=np.full(ONE_HOT.shape, -np.inf))
    assert read_scores(scratch(saved(values))).kind == "log-probabilities"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("values", "kind"), [(LOGITS, "logits"), (SOFTMAX, "probabilities")])
def test_nan_and_infinity_decide_nothing(scratch, bad, values, kind):
    values = values.copy()
    values[2, ::3, ::2] = bad
    assert read_scores(scratch(saved(values))).kind == kind


def test_nothing_finite(scratch):
    scores = read_scores(scratch(saved(np.full((5, 6, 8), np.nan))))
    assert (scores.kind, scores.kind_reason) == ("logits", "no value is finite, so nothing can be told")


def test_one_value_outside_the_sample_decides(scratch, monkeypatch):
    monkeypatch.setattr("segloss_cli._planes.SAMPLE", 100)
    values = SOFTMAX.copy()
    values[3, 13, 7] = 1.5
    scores = read_scores(scratch(saved(values)))
    assert scores.kind == "logits"
    assert "sample" not in scores.kind_reason


@given(blocks=st.integers(1, 5000), samples=st.integers(1, 5000))
def test_the_kind_does_not_depend_on_the_blocks(blocks, samples, scratch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("segloss_cli._planes.BLOCK", blocks)
        patch.setattr("segloss_cli._planes.SAMPLE", samples)
        for values, kind in ((LOGITS, "logits"), (SOFTMAX, "probabilities"), (np.log(SOFTMAX), "log-probabilities")):
            assert read_scores(scratch(saved(values))).kind == kind


@pytest.mark.parametrize("kind", ["logits", "probabilities", "log-probabilities"])
def test_a_declared_kind_is_not_argued_with(scratch, kind):
    scores = read_scores(scratch(saved(LOGITS)), kind=kind)
    assert (scores.kind, scores.kind_declared) == (kind, True)


def test_class_ids_with_channels_are_refused(scratch):
    with pytest.raises(ReadError, match="cannot be class ids"):
        read_scores(scratch(saved(np.zeros((2, 5, 24, 32), int))), kind="ids")


@pytest.mark.parametrize("dtype", ["u1", "u2", "i1", "i2", "i4", "i8", "u4", "u8"])
@pytest.mark.parametrize("images", [(), (3,)])
def test_integer_arrays_are_class_ids(scratch, dtype, images):
    ids = RNG.integers(0, 21, (*images, 24, 32)).astype(dtype)
    scores = read_scores(scratch(saved(ids)))
    assert scores.kind == "ids"
    assert scores.axes == ("NHW" if images else "HW")
    assert scores.shape == (*(images or (1,)), 1, 24, 32)


def test_bool_arrays_are_class_ids(scratch):
    assert read_scores(scratch(saved(RNG.random((24, 32)) > 0.5))).kind == "ids"


def test_floating_class_ids(scratch):
    scores = read_scores(scratch(saved(LOGITS.argmax(0).astype("f4"))))
    assert scores.kind == "ids"
    almost = LOGITS.argmax(0).astype("f4")
    almost[3, 3] = 0.5
    assert read_scores(scratch(saved(almost))).kind == "logits"


@pytest.mark.parametrize("dtype", ["u1", "u2", "i8", "?"])
@pytest.mark.parametrize("images", [(), (2,)])
def test_one_hot_planes_are_not_scaled(scratch, dtype, images):
    planes = np.broadcast_to(ONE_HOT, (*images, *ONE_HOT.shape)).astype(dtype)
    scores = read_scores(scratch(saved(planes)))
    assert scores.kind == "probabilities"
    assert scores.array.dtype == bool
    assert (scores.array == planes).all()


def test_planes_of_0_and_1_that_overlap(scratch):
    scores = read_scores(scratch(saved(RNG.integers(0, 2, (2, 5, 24, 32)))))
    assert (scores.kind, scores.array.dtype) == ("probabilities", np.dtype(bool))


def test_whole_negative_logits(scratch):
    assert read_scores(scratch(saved(np.rint(LOGITS[None] * 9).astype("i1")))).kind == "logits"


def test_whole_planes_that_are_neither(scratch):
    with pytest.raises(ReadError, match="cannot be class ids"):
        read_scores(scratch(saved(RNG.integers(0, 9, (2, 5, 24, 32)))))


@pytest.mark.parametrize(("dtype", "limit"), [("u1", 255), ("u2", 65535)])
def test_unsigned_channels_are_scaled_probabilities(scratch, dtype, limit):
    stored = np.rint(SOFTMAX * limit).astype(dtype)
    scores = read_scores(scratch(saved(stored)))
    assert scores.kind == "probabilities"
    assert scores.array.dtype == stored.dtype
    assert scores.axes == "CHW"


def test_few_levels_that_sum_to_255_are_probabilities(scratch):
    stored = np.where(ONE_HOT > 0, 251, 1).astype("u1")
    scores = read_scores(scratch(saved(stored)))
    assert (scores.kind, scores.shape) == ("probabilities", (1, 5, 24, 32))
    assert "sum to 255" in scores.kind_reason


@pytest.mark.parametrize(("dtype", "limit"), [(np.uint8, 255), (np.uint16, 65535)])
def test_a_grey_picture_as_a_map(scratch, dtype, limit):
    scores = read_scores(scratch(picture(np.rint(SIGMOID[0] * limit).astype(dtype))))
    assert scores.kind == "probabilities"
    assert f"times {limit}" in scores.kind_reason
    assert scores.array.dtype == dtype
    assert (scores.axes, scores.shape) == ("HW", (1, 1, 24, 32))


def test_a_thresholded_map(scratch):
    scores = read_scores(scratch(picture((SIGMOID[0] > 0.5).astype(np.uint8) * 255)))
    assert scores.kind == "probabilities"
    assert "thresholded" in scores.kind_reason
    ids = read_scores(scratch(picture((SIGMOID[0] > 0.5).astype(np.uint8) * 255)), kind="ids")
    assert (ids.kind, ids.kind_declared) == ("ids", True)


@pytest.mark.parametrize("mode", [None, "P", "1", "LA", "RGB", "RGBA"])
def test_a_picture_of_class_ids(scratch, mode):
    ids = np.asarray(LOGITS.argmax(0), np.uint8)
    scores = read_scores(scratch(picture(ids, mode)))
    assert scores.kind == "ids"
    assert scores.array.shape == (24, 32)


def test_many_declared_classes_are_class_ids(scratch):
    ids = RNG.integers(0, 150, (24, 32)).astype(np.uint8)
    assert read_scores(scratch(picture(ids))).kind == "probabilities"
    assert read_scores(scratch(picture(ids)), num_classes=150).kind == "ids"


def test_16_bit_instances_are_class_ids(scratch):
    ids = RNG.choice([7, 11, 26001, 26002, 33000], (24, 32)).astype(np.uint16)
    assert read_scores(scratch(picture(ids))).kind == "ids"


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_coloured_picture_is_no_prediction(scratch, mode):
    image = Image.new(mode, (6, 4), (255, 0, 0))
    file = io.BytesIO()
    image.save(file, "PNG")
    with pytest.raises(ReadError, match="coloured picture"):
        read_scores(scratch(file.getvalue()))


def test_16_bit_colours_with_equal_bands(png, scratch):
    values = np.repeat(RNG.integers(0, 65536, (24, 32, 1)), 3, axis=2)
    scores = read_scores(scratch(png(values, 16, 2)))
    assert (scores.array == values[..., 0]).all()
    assert scores.kind == "probabilities"


def test_leading_axes_of_length_1_are_dropped(scratch):
    assert read_scores(scratch(saved(LOGITS[None, None]))).shape == (1, 5, 24, 32)


@pytest.mark.parametrize("shape", [(7,), (2, 2, 5, 6, 8)])
def test_shapes_that_are_no_predictions(scratch, shape):
    with pytest.raises(ReadError, match="a prediction is"):
        read_scores(scratch(saved(np.zeros(shape))))


@pytest.mark.parametrize("code", ["<u2", "<u4", "<u8"])
def test_signalling_nan_says_nothing(scratch, code):
    size = np.dtype(code).itemsize
    signalling = {2: 0x7D01, 4: 0x7FA00001, 8: 0x7FF4000000000001}[size]
    values = np.full((4, 6, 8), signalling, code).view(f"<f{size}")
    path = scratch(saved(values))
    assert role(path)[0] == "prediction"
    scores = read_scores(path)
    assert scores.kind == "logits"
    assert profile_scores(scores).nan == 192
    assert profile_label(read_label(path)).nonfinite == 192
    assert locate(read_label(path), [float("nan")]).bbox == (0, 0, 8, 6)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros((4, 6), "u1"), "label"),
        (np.zeros((4, 6), "?"), "label"),
        (LOGITS, "prediction"),
        (LOGITS[0], "prediction"),
        (SIGMOID[0], "prediction"),
        (SIGMOID[:1], "prediction"),
        (SIGMOID[..., None], "prediction"),
        (LOGITS.argmax(0).astype("f4"), "label"),
        (LOGITS.argmax(0).astype("f4") / np.float32(255), "label"),
        (LOGITS.argmax(0).astype("f8") / 255, "label"),
        (LOGITS.argmax(0).astype("f2") / np.float16(255), "label"),
        (ONE_HOT.astype("f4"), "label"),
        (np.where(ONE_HOT > 0, 1.0, np.nan), "label"),
        (np.full((3, 4, 6), np.nan), "prediction"),
        (np.full((3,), 0.5), "label"),
    ],
)
def test_roles(scratch, array, expected):
    found, reason = role(scratch(saved(array)))
    assert found == expected
    assert reason


def test_a_picture_is_a_label(scratch):
    assert role(scratch(picture(np.zeros((4, 6), "u1")))) == ("label", "a picture (PNG)")

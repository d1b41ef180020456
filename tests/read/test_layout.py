import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.errors import ReadError
from segloss_cli.read._layout import layout

CASES = [
    # shape, what is known, axes, (N, C, H, W), a word of the reason
    ((512, 512), {}, "HW", (1, 1, 512, 512), "2 axes"),
    ((21, 512, 512), {}, "CHW", (1, 21, 512, 512), "channels first"),
    ((512, 512, 21), {}, "HWC", (1, 21, 512, 512), "channels last"),
    ((300, 400, 40), {}, "HWC", (1, 40, 300, 400), "much shorter"),
    ((2, 21, 512, 512), {}, "NCHW", (2, 21, 512, 512), "channels first"),
    ((2, 512, 512, 21), {}, "NHWC", (2, 21, 512, 512), "channels last"),
    ((6, 256, 256, 1), {}, "NHWC", (6, 1, 256, 256), "the last axis has length 1"),
    ((256, 256, 1), {}, "HWC", (1, 1, 256, 256), "the last axis has length 1"),
    ((6, 1, 256, 256), {}, "NCHW", (6, 1, 256, 256), "channels first"),
    ((1, 1, 1), {}, "CHW", (1, 1, 1, 1), "axis 0 has length 1"),
    ((64, 64, 64), {}, "CHW", (1, 64, 64, 64), "leave it open"),
    ((150, 64, 64), {}, "CHW", (1, 150, 64, 64), "leave it open"),
    ((150, 64, 64), {"num_classes": 150}, "CHW", (1, 150, 64, 64), "150 classes"),
    ((64, 64, 150), {"num_classes": 150}, "HWC", (1, 150, 64, 64), "150 classes"),
    ((64, 96, 150), {"label_shape": (64, 96)}, "HWC", (1, 150, 64, 96), "label's size"),
    ((150, 64, 96), {"label_shape": (64, 96)}, "CHW", (1, 150, 64, 96), "label's size"),
    ((64, 64, 64), {"num_classes": 64}, "CHW", (1, 64, 64, 64), "leave it open"),
    ((512, 512, 21), {"num_classes": 19}, "HWC", (1, 21, 512, 512), "much shorter"),
    ((512, 512, 21), {"num_classes": 19, "label_shape": (512, 512)}, "HWC", (1, 21, 512, 512), "label's size"),
    ((2, 64, 64, 64), {"label_shape": (7, 7)}, "NCHW", (2, 64, 64, 64), "leave it open"),
    ((6, 256, 256), {"task": "binary"}, "NHW", (6, 1, 256, 256), "binary task"),
    ((6, 256, 256), {"num_classes": 1}, "NHW", (6, 1, 256, 256), "one channel is declared"),
    ((6, 256, 256), {"one_channel": True}, "NHW", (6, 1, 256, 256), "class ids have one channel"),
    ((256, 256, 1), {"task": "binary"}, "HWC", (1, 1, 256, 256), "length 1"),
    ((1, 256, 256), {"task": "binary"}, "NHW", (1, 1, 256, 256), "binary"),
    ((2, 256, 256), {"task": "binary", "num_classes": 2}, "CHW", (1, 2, 256, 256), "2 classes"),
    ((256, 256, 2), {"task": "binary", "num_classes": 2}, "HWC", (1, 2, 256, 256), "2 classes"),
    ((6, 256, 256), {"task": "binary", "num_classes": 2}, "NHW", (6, 1, 256, 256), "binary"),
    ((6, 2, 256, 256), {"task": "binary"}, "NCHW", (6, 2, 256, 256), "channels first"),
    ((6, 256, 256), {"task": "multilabel"}, "CHW", (1, 6, 256, 256), "channels first"),
]


@pytest.mark.parametrize(("shape", "known", "axes", "sizes", "says"), CASES)
def test_readings(shape, known, axes, sizes, says):
    found, got, reason = layout("x.npy", shape, **known)
    assert (found, got) == (axes, sizes)
    assert says in reason


@pytest.mark.parametrize("shape", [(), (5,), (2, 2, 2, 2, 2)])
def test_shapes_that_are_no_predictions(shape):
    with pytest.raises(ReadError, match="a prediction is"):
        layout("x.npy", shape)


@given(
    shape=st.lists(st.integers(1, 600), min_size=2, max_size=4),
    task=st.sampled_from([None, "binary", "multiclass", "multilabel"]),
    num_classes=st.none() | st.integers(1, 300),
    label_shape=st.none() | st.tuples(st.integers(1, 600), st.integers(1, 600)),
    one_channel=st.booleans(),
)
def test_a_reading_names_every_axis_once(shape, task, num_classes, label_shape, one_channel):
    axes, sizes, reason = layout(
        "x", tuple(shape), one_channel=one_channel, task=task, num_classes=num_classes, label_shape=label_shape
    )
    named = dict(zip(axes, shape, strict=True))
    assert sizes == tuple(named.get(axis, 1) for axis in "NCHW")
    assert reason

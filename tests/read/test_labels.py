import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from segloss_cli.errors import ReadError
from segloss_cli.read import _labels, read_label


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((6, 8), (1, 6, 8)),
        ((5, 6, 8), (5, 6, 8)),
        ((1, 6, 8), (1, 6, 8)),
        ((6, 8, 1), (1, 6, 8)),
        ((5, 1, 6, 8), (5, 6, 8)),
        ((5, 6, 8, 1), (5, 6, 8)),
        ((1, 1, 6, 8), (1, 6, 8)),
        ((1, 6, 8, 1), (1, 6, 8)),
        ((1, 5, 1, 6, 8), (5, 6, 8)),
        ((1, 1), (1, 1, 1)),
        ((5, 1, 1), (5, 1, 1)),
        ((1, 5, 1), (1, 5, 1)),
        ((6, 8, 2), (6, 8, 2)),
        ((6, 3, 4), (6, 3, 4)),
        ((6, 8, 3), (1, 6, 8, 3)),
        ((6, 8, 4), (1, 6, 8, 4)),
        ((2, 6, 8, 3), (2, 6, 8, 3)),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_shapes(scratch, shape, expected, order):
    values = np.asarray(np.arange(np.prod(shape)).reshape(shape), order=order)
    mask = read_label(scratch(saved(values)))
    assert mask.container.shape == shape
    assert mask.ids().shape == expected
    assert (mask.ids().reshape(-1) == values.reshape(-1)).all()


def test_floats_are_never_colours(scratch):
    assert read_label(scratch(saved(np.zeros((6, 8, 3))))).ids().shape == (6, 8, 3)


@pytest.mark.parametrize(
    ("shape", "expected"), [((6, 8), (1, 1, 6, 8)), ((4, 6, 8), (1, 4, 6, 8)), ((2, 4, 6, 8), (2, 4, 6, 8))]
)
def test_planes_of_a_multi_label_mask(scratch, shape, expected):
    assert read_label(scratch(saved(np.zeros(shape, "u1"))), task="multilabel").ids().shape == expected


@pytest.mark.parametrize("shape", [(5,), (2, 4, 6, 8), (2, 2, 4, 6, 8)])
def test_shapes_that_are_no_labels(scratch, shape):
    with pytest.raises(ReadError, match=r"has the shape \("):
        read_label(scratch(saved(np.zeros(shape))))


def test_what_to_do_with_one_hot_planes(scratch):
    with pytest.raises(ReadError, match="argmax over its class axis, or say --task multilabel"):
        read_label(scratch(saved(np.zeros((2, 5, 6, 8)))))


def test_a_member_is_ignored_where_there_is_only_one_array(scratch):
    assert read_label(scratch(saved(np.zeros((2, 2)))), member="x").ids().shape == (1, 2, 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "RGB"])
@pytest.mark.parametrize("strip", [1, 50, 10**6])
def test_pictures_are_copied_strip_by_strip(scratch, monkeypatch, mode, strip):
    values = np.arange(200).reshape(20, 10).astype(np.uint16 if mode == "I;16" else np.uint8)
    image = Image.fromarray(values) if mode == "I;16" else Image.fromarray(values).convert(mode)
    file = io.BytesIO()
    image.save(file, "PNG")
    monkeypatch.setattr(_labels, "STRIP", strip)
    assert (read_label(scratch(file.getvalue())).ids()[0] == np.asarray(image)).all()


def test_an_8_bit_png_needs_no_numpy(tmp_path):
    image = Image.new("P", (40, 30))
    image.paste(255, (3, 4, 20, 20))
    image.putpalette(list(range(256)) * 3)
    image.save(tmp_path / "x.png")
    code = """
import sys
from segloss_cli.read import read_label, role
from segloss_cli.profile import locate, profile_label
mask = read_label(sys.argv[1])
print(role(sys.argv[1])[0], dict(profile_label(mask).counts), locate(mask, [255]).bbox)
print([name for name in ("numpy", "torch", "PIL.TiffImagePlugin", "PIL.JpegImagePlugin") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "x.png")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["label {0: 928, 255: 272} (3, 4, 20, 20)", "[]"]

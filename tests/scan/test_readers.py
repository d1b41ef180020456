"""What wrong readers make of a label, against Pillow itself and what torchvision documents."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli.profile import profile_label
from segloss_cli.read import read_label
from segloss_cli.rules._examples import colours, label
from segloss_cli.scan.readers import luminance, readers_of

PALETTE = tuple((i * 37 % 256, i * 91 % 256, i * 13 % 256) for i in range(256))
EVERY = np.arange(256, dtype=np.uint8).reshape(16, 16)


def seen(path):
    return readers_of(profile_label(read_label(str(path))))


def to_tensor(picture):
    """torchvision's ToTensor, 4 decimals: 8-bit values over 255, 1-bit ones as 0 and 1, 16-bit ones as they are."""
    array = np.asarray(picture)
    if picture.mode == "1":
        array = array.astype(np.uint8) * 255
    return np.round(array / 255, 4) if array.dtype == np.uint8 else array


def check(path):
    """Compare with what Pillow gives at each pixel."""
    stored = read_label(str(path)).ids()[0]
    with Image.open(path) as picture:
        views = {
            "np.asarray": np.asarray(picture),
            "ToTensor": to_tensor(picture),
            "convert_L": np.asarray(picture.convert("L")),
        }
    found = seen(path)
    for name, view in views.items():
        if name in found:
            assert {int(v): found[name][int(v)] for v in np.unique(stored)} == dict(
                zip(stored.ravel().tolist(), view.ravel().tolist(), strict=True)
            ), name
        else:
            assert np.array_equal(stored.astype(float), view.astype(float)), name
    return found


def test_a_palette(tmp_path):
    picture = Image.fromarray(EVERY)
    picture.putpalette([band for colour in PALETTE for band in colour])
    picture.save(tmp_path / "a.png")
    assert picture.mode == "P"
    found = check(tmp_path / "a.png")
    assert found["cv2_imread"][15] == [195, 85, 43]


def test_the_nine_ids_of_the_tutorial(tmp_path):
    ids = np.array([[0, 1, 5, 7, 8, 26, 29, 38, 40]], np.uint8)
    Image.fromarray(ids).save(tmp_path / "a.png")
    assert list(check(tmp_path / "a.png")["ToTensor"].values()) == [
        0,
        0.0039,
        0.0196,
        0.0275,
        0.0314,
        0.1020,
        0.1137,
        0.1490,
        0.1569,
    ]


def test_grey(tmp_path):
    Image.fromarray(EVERY).save(tmp_path / "a.png")
    assert set(check(tmp_path / "a.png")) == {"ToTensor"}


def test_one_bit(tmp_path):
    Image.fromarray(EVERY > 99).save(tmp_path / "a.png")
    found = check(tmp_path / "a.png")
    assert found == {"convert_L": {0: 0, 1: 255}}


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits(tmp_path, bits):
    from segloss_cli.types import Container

    top = (1 << bits) - 1
    path = tmp_path / "a.png"
    path.write_bytes(_grey(bits))
    assert isinstance(read_label(str(path)).container, Container)
    found = check(path)
    assert found["np.asarray"] == {value: value * 255 // top for value in range(top + 1)}


def test_sixteen_bits(tmp_path):
    Image.fromarray(np.array([[0, 7, 300, 65535]], np.uint16)).save(tmp_path / "a.png")
    assert check(tmp_path / "a.png")["convert_L"] == {0: 0, 7: 7, 300: 255, 65535: 255}
    Image.fromarray(np.array([[0, 7, 200]], np.uint16)).save(tmp_path / "b.png")
    assert seen(tmp_path / "b.png") == {}


def test_arrays(tmp_path):
    for dtype, readers in (("uint8", {"ToTensor"}), ("int64", set()), ("float32", set()), ("bool", set())):
        np.save(tmp_path / "a.npy", np.array([[0, 1], [1, 1]], dtype))
        assert set(seen(tmp_path / "a.npy")) == readers, dtype


def test_labels_without_ids():
    assert readers_of(colours({(0, 0, 0): 1})) == {}
    assert readers_of(label(shape=(2, 3, 4))) == {}


def test_an_index_beyond_the_palette_is_black():
    found = readers_of(label({0: 1, 9: 1}, mode="P", palette=((9, 9, 9),)))
    assert found["convert_L"] == {0: 9, 9: 0}


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_luminance_is_pillows(colour):
    assert luminance(colour) == Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0))


def _grey(bits):
    """A grey PNG of 2 or 4 bits with every value, which Pillow cannot write."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    values, per_byte = range(1 << bits), 8 // bits
    packed = bytes(
        sum(value << (8 - bits * (i + 1)) for i, value in enumerate(values[at : at + per_byte]))
        for at in range(0, len(values), per_byte)
    )
    head = struct.pack(">IIBBBBB", len(values), 1, bits, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" + packed))
        + chunk(b"IEND", b"")
    )

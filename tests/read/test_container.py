import io
import os
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from segloss_cli.errors import ReadError
from segloss_cli.read import png as png_reader
from segloss_cli.read import read_container, read_label
from segloss_cli.read._png_header import png_header, shared_header

KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8)]
KINDS += [(4, 8), (4, 16), (6, 8), (6, 16)]
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def grid(height, width, colour, depth, value=None):
    shape = (height, width, SAMPLES[colour])
    values = np.full(shape, value) if value is not None else np.random.default_rng(1).integers(0, 1 << depth, shape)
    return values[..., 0] if SAMPLES[colour] == 1 else values


def whole(path):
    """What reading the pixels gives, but for the alpha band, which a header says nothing of."""
    container = read_label(path).container
    return replace(container, alpha="none" if container.alpha == "none" else "opaque")


@given(kind=st.sampled_from(KINDS), height=st.integers(1, 9), width=st.integers(1, 9), interlaced=st.booleans())
def test_a_png_header_says_what_the_pixels_say(kind, *, height, width, interlaced, png, png_chunk, scratch):
    colour, depth = kind
    extra = [png_chunk(b"gAMA", struct.pack(">I", 45455)), png_chunk(b"tEXt", b"Comment\0IDAT in a text")]
    path = scratch(png(grid(height, width, colour, depth), depth, colour, interlaced=interlaced, before=extra[:1]))
    assert png_header(path) == read_container(path) == whole(path)
    # what is taken for the beginning of the pixels is none: the whole file is read, its alpha band too
    path = scratch(png(grid(height, width, colour, depth), depth, colour, interlaced=interlaced, before=extra))
    assert read_container(path) == read_label(path).container


def test_files_with_the_same_header_share_it(png, scratch):
    one = shared_header(scratch(png([[0, 1]], 8, 3), "one.png"))
    assert one is shared_header(scratch(png([[1, 2]], 8, 3), "two.png"))
    assert one is not shared_header(scratch(png([[1, 2]], 8), "three.png"))
    assert one.path == ""


def exif(mode):
    info, file = Image.Exif(), io.BytesIO()
    info[274] = 6
    Image.new(mode, (4, 2)).save(file, "PNG", exif=info)
    return file.getvalue()


def frames():
    pictures, file = [Image.new("L", (4, 4), value) for value in (0, 1, 2)], io.BytesIO()
    pictures[0].save(file, "PNG", save_all=True, append_images=pictures[1:])
    return file.getvalue()


@pytest.mark.parametrize("content", [exif("L"), exif("P"), exif("RGB"), frames()])
def test_what_takes_more_than_a_look_at_the_header(scratch, content):
    path = scratch(content)
    assert png_header(path) is None
    assert read_container(path) == whole(path)


def test_a_header_that_does_not_fit_into_one_read(png, png_chunk, scratch):
    path = scratch(png([[0, 1]], 8, before=[png_chunk(b"tEXt", b"a\0" + b"x" * 5000)]))
    assert png_header(path) is None
    assert read_container(path) == whole(path)


@pytest.mark.parametrize("bit", [150, 200, 300, 8 * 45])
def test_a_damaged_header_is_left_to_the_reader(png, scratch, bit):
    content = bytearray(png(np.zeros((2, 2), int), 8, 3))
    content[bit // 8] ^= 1 << bit % 8
    path = scratch(bytes(content))
    assert png_header(path) is None
    with pytest.raises(ReadError, match="damaged PNG"):
        read_container(path)


def with_header(png, png_chunk, **fields):
    """A PNG whose header says something else."""
    content = png([[0]], 8)
    known = {"width": 1, "height": 1, "depth": 8, "colour": 0, "compression": 0, "filter": 0, "interlace": 0}
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *{**known, **fields}.values()))
    return content[:8] + header + content[8 + len(header) :]


@pytest.mark.parametrize(
    "fields",
    [
        {"width": 0},
        {"height": 0},
        {"depth": 3},
        {"colour": 7},
        {"width": 60_000, "height": 60_000},
    ],
)
def test_headers_of_no_picture(png, png_chunk, scratch, fields):
    path = scratch(with_header(png, png_chunk, **fields))
    assert png_header(path) is None
    with pytest.raises(ReadError):
        read_container(path)


@pytest.mark.parametrize("extra", ["IHDR", "PLTE"])
def test_two_headers_or_palettes(png, png_chunk, scratch, extra):
    data = struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, 0) if extra == "IHDR" else bytes(6)
    assert png_header(scratch(png([[0]], 8, 3, before=[png_chunk(extra.encode(), data)]))) is None


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"text IDAT text"])
def test_no_header_at_all(scratch, content):
    assert png_header(scratch(content)) is None
    with pytest.raises(ReadError):
        read_container(scratch(content))


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(ReadError, match="does not exist"):
        read_container(str(tmp_path / "no.png"))
    with pytest.raises(ReadError, match="is a directory"):
        read_container(str(tmp_path))
    with pytest.raises(ReadError):
        read_container("a\0b.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_a_fifo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(ReadError, match="named pipe"):
        read_container(str(tmp_path / "x.png"))


@pytest.mark.parametrize(("form", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("BMP", "P"), ("PPM", "RGB")])
def test_other_pictures_are_not_decoded(scratch, monkeypatch, form, mode):
    file = io.BytesIO()
    Image.new(mode, (9, 5)).save(file, form)
    path = scratch(file.getvalue())
    expected = whole(path)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("a pixel was decoded"))
    assert read_container(path) == expected


@pytest.mark.parametrize(
    ("form", "mode"), [("GIF", "P"), ("TIFF", "L"), ("TIFF", "I;16"), ("WEBP", "RGB"), ("WEBP", "RGBA")]
)
def test_pictures_whose_headers_do_not_say_all(scratch, form, mode):
    file = io.BytesIO()
    Image.new(mode, (9, 5)).save(file, form)
    path = scratch(file.getvalue())
    assert read_container(path) == read_label(path).container


def test_arrays(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 3), np.uint8))
    np.savez(tmp_path / "x.npz", a=np.zeros((2, 3), np.int16), b=np.zeros(4))
    assert read_container(str(tmp_path / "x.npy")).shape == (2, 3)
    assert read_container(str(tmp_path / "x.npz"), member="a").dtype == "int16"


def test_a_huge_picture_is_refused_by_its_header(scratch):
    path = scratch(b"P5\n60000 60000\n255\n" + bytes(100))
    with pytest.raises(ReadError, match="60000 x 60000 pixels"):
        read_container(path)


@pytest.mark.parametrize("value", [0, 91, 255])
@pytest.mark.parametrize("kind", KINDS)
def test_any_last_row_is_read(png, scratch, kind, value):
    colour, depth = kind
    values = grid(9, 9, colour, depth)
    values[-1] = value * (257 if depth == 16 else 1) & (1 << depth) - 1
    assert (read_label(scratch(png(values, depth, colour))).ids()[0] == values).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {(2, 16), (4, 16), (6, 16)}])
def test_an_ordinary_png_is_inflated_once(png, png_chunk, scratch, monkeypatch, kind):
    colour, depth = kind
    content = png(grid(9, 9, colour, depth), depth, colour)
    pixels = content.index(b"IDAT")
    data = content[pixels + 4 : -16]
    halves = png_chunk(b"IDAT", data[:9]) + png_chunk(b"IDAT", data[9:])
    monkeypatch.setattr(png_reader, "_check_rows", lambda *_: pytest.fail("it was inflated again"))
    for ordinary in (content, content[: pixels - 4] + halves + content[-12:]):
        assert (read_label(scratch(ordinary)).ids()[0] == grid(9, 9, colour, depth)).all()


@pytest.mark.parametrize("palette", [[], [(1, 2, 3)] * 300])
def test_palettes_that_are_none(png, scratch, palette):
    content = png([[0]], 8, 3, palette=palette or None)
    if not palette:
        at = content.index(b"PLTE") - 4
        content = content[:at] + content[at + 12 + 768 :]
    assert png_header(scratch(content)) is None
    try:
        assert read_label(scratch(content)).ids().tolist() == [[[0]]]
    except ReadError as error:
        assert "damaged PNG" in error.reason


def test_pixel_data_in_two_places_is_no_ordinary_png(png, png_chunk, scratch):
    content = png(grid(9, 9, 0, 8), 8)
    pixels = content.index(b"IDAT")
    data = content[pixels + 4 : -16]
    apart = png_chunk(b"IDAT", data[:9]) + png_chunk(b"tIME", bytes(7)) + png_chunk(b"IDAT", data[9:])
    with pytest.raises(ReadError, match="damaged PNG"):
        read_label(scratch(content[: pixels - 4] + apart + content[-12:]))

import io
import logging
import os
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from segloss_cli.errors import ReadError
from segloss_cli.read import _picture, avif, read_label
from segloss_cli.read import tiff as tiff_reader


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def grey(height=20, width=30, dtype=np.uint8):
    return np.arange(height * width).reshape(height, width).astype(dtype)


def test_jpeg_is_lossy(scratch):
    mask = read_label(scratch(saved(Image.new("RGB", (8, 6)), "JPEG")))
    assert mask.container.lossy
    assert mask.container.shape == (6, 8, 3)
    assert mask.ids().shape == (1, 6, 8, 3)


def test_cmyk(scratch):
    mask = read_label(scratch(saved(Image.new("CMYK", (8, 6)), "JPEG")))
    assert mask.container.mode == "CMYK"
    assert mask.ids().shape == (1, 6, 8, 4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "TIFF", "WEBP"])
def test_orientation_is_recorded_and_never_applied(scratch, orientation, form):
    exif = Image.Exif()
    exif[274] = orientation
    values = grey(4, 6) * 10
    options = {"lossless": True} if form == "WEBP" else {}
    mask = read_label(scratch(saved(Image.fromarray(values), form, exif=exif, **options)))
    assert mask.container.orientation == orientation
    assert mask.ids().shape[1:3] == (4, 6)
    if form == "TIFF":
        assert (mask.ids()[0] == values).all()


def test_an_exif_block_that_makes_no_sense(scratch):
    content = saved(Image.new("L", (8, 6)), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert read_label(scratch(content)).container.orientation == 1


@pytest.mark.parametrize("value", [0, 9, "6", None])
def test_an_orientation_that_does_not_exist(monkeypatch, value):
    monkeypatch.setattr(Image.Image, "getexif", lambda _: {274: value})
    image = Image.new("L", (8, 6))
    image.info["exif"] = b""
    assert _picture.orientation_of(image) == 1


def test_an_exif_block_that_pillow_chokes_on(monkeypatch):
    def choke(_image):
        raise ValueError("bad offset")

    monkeypatch.setattr(Image.Image, "getexif", choke)
    image = Image.new("L", (8, 6))
    image.info["exif"] = b""
    assert _picture.orientation_of(image) == 1


def test_webp_is_lossy_by_its_chunks(scratch):
    image = Image.fromarray(np.stack([grey()] * 3, -1))
    assert read_label(scratch(saved(image, "WEBP"))).container.lossy
    lossless = read_label(scratch(saved(image, "WEBP", lossless=True)))
    assert not lossless.container.lossy
    assert (lossless.ids()[0] == np.asarray(image)).all()


@pytest.mark.parametrize("lossless", [False, True])
def test_an_animated_webp(scratch, lossless):
    frames = [Image.new("RGB", (8, 6), (value, 0, 0)) for value in (0, 99)]
    content = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=lossless)
    facts = read_label(scratch(content)).container
    assert facts.frames == 2
    assert facts.lossy is not lossless


def test_gif_keeps_indices_and_counts_frames(scratch):
    frames = []
    for value in (1, 2, 3):
        frame = Image.new("P", (8, 6), value)
        frame.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
        frames.append(frame)
    mask = read_label(scratch(saved(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False)))
    assert mask.container.frames == 3
    assert mask.container.mode == "P"
    assert mask.container.palette[1] == (255, 0, 0)
    assert (mask.ids() == 1).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_bmp(scratch, mode):
    image = Image.fromarray(grey()).convert(mode)
    mask = read_label(scratch(saved(image, "BMP")))
    assert (mask.ids()[0] == np.asarray(image)).all()
    assert mask.container.format == "BMP"


@pytest.mark.parametrize(("mode", "dtype"), [("1", "bool"), ("L", "uint8"), ("I;16", "uint16"), ("RGB", "uint8")])
def test_pnm(scratch, mode, dtype):
    image = Image.fromarray(grey(dtype=np.uint16)) if mode == "I;16" else Image.fromarray(grey()).convert(mode)
    mask = read_label(scratch(saved(image, "PPM")))
    assert (mask.ids()[0] == np.asarray(image)).all()


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "bool"])
def test_tiff_in_every_depth(scratch, compression, dtype):
    values = grey(dtype=dtype) if dtype != "int32" else grey(dtype=dtype) - 5
    mask = read_label(scratch(saved(Image.fromarray(values), "TIFF", compression=compression)))
    assert mask.container.dtype == dtype == mask.ids().dtype.name
    assert (mask.ids()[0] == values).all()
    assert not mask.container.lossy


def test_float_tiff_keeps_nan(scratch):
    values = np.array([[0, np.nan], [0.25, -1]], np.float32)
    assert np.array_equal(read_label(scratch(saved(Image.fromarray(values), "TIFF"))).ids()[0], values, equal_nan=True)


def tiff(values, bits, sample_format=1, samples=1, big=False):
    """A TIFF of one uncompressed strip, written by hand: Pillow does not write all that it reads."""
    order = "big" if big else "little"
    body = np.ascontiguousarray(values).tobytes()
    height, width = np.asarray(values).shape[:2]
    entries = [(256, width), (257, height), (258, bits), (259, 1), (262, 2 if samples == 3 else 1)]
    entries += [(273, 8), (277, samples), (278, height), (279, len(body)), (339, sample_format)]
    directory = len(entries).to_bytes(2, order)
    extra_at = 8 + len(body) + 2 + 12 * len(entries) + 4
    for tag, value in entries:
        many = samples if tag in (258, 339) else 1
        field = value.to_bytes(4, order) if tag not in (258, 339) else value.to_bytes(2, order) + b"\0\0"
        if many > 2:
            field = (extra_at + 6 * (tag == 339)).to_bytes(4, order)
        kind = 3 if tag in (258, 339) else 4
        directory += tag.to_bytes(2, order) + kind.to_bytes(2, order) + many.to_bytes(4, order) + field
    extra = b"".join(v.to_bytes(2, order) * samples for v in (bits, sample_format)) if samples > 2 else b""
    start = (b"MM\0*" if big else b"II*\0") + (8 + len(body)).to_bytes(4, order)
    return start + body + directory + b"\0" * 4 + extra


@pytest.mark.parametrize(
    ("dtype", "sample_format"),
    [("<u2", 1), (">u2", 1), ("<i2", 2), ("<u4", 1), ("<i4", 2), ("<f4", 3), ("u1", 1), ("i1", 2)],
)
def test_tiff_sample_formats(scratch, dtype, sample_format):
    values = np.arange(-4, 8).reshape(3, 4).astype(dtype)
    content = tiff(values, 8 * values.itemsize, sample_format, big=dtype[0] == ">")
    mask = read_label(scratch(content))
    assert mask.ids().dtype.name == mask.container.dtype == values.dtype.name
    assert (mask.ids()[0] == values).all()


@pytest.mark.parametrize("bits", [2, 4])
def test_tiff_grey_below_8_bits_is_not_scaled(scratch, bits):
    ids = np.arange(16).reshape(4, 4) % (1 << bits)
    spread = (ids[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    packed = np.packbits(spread.reshape(4, -1).astype(np.uint8), axis=1)
    content = bytearray(tiff(packed, bits))
    at = content.index((256).to_bytes(2, "little") + b"\4\0")
    content[at + 8 : at + 12] = (4).to_bytes(4, "little")
    mask = read_label(scratch(bytes(content)))
    assert (mask.ids()[0] == ids).all()
    assert mask.container.bit_depth == bits


def test_tiff_with_16_bit_colours_is_not_cut_in_silence(scratch):
    with pytest.raises(ReadError, match="16 bits per band"):
        read_label(scratch(tiff(np.zeros((3, 4, 3), "<u2"), 16, samples=3)))


def test_a_tiff_that_is_compressed_as_jpeg_is_lossy(scratch):
    assert read_label(scratch(saved(Image.new("RGB", (16, 16)), "TIFF", compression="jpeg"))).container.lossy


def test_tiff_pages_are_counted_and_the_first_is_used(scratch):
    pages = [Image.new("L", (8, 6), value) for value in (4, 5)]
    mask = read_label(scratch(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])))
    assert mask.container.frames == 2
    assert (mask.ids() == 4).all()


@pytest.mark.skipif(not features.check("jpg_2000"), reason="this Pillow has no JPEG 2000")
@pytest.mark.parametrize("irreversible", [False, True])
@pytest.mark.parametrize("no_jp2", [False, True])
def test_jpeg2000_is_lossy_by_its_wavelet(scratch, irreversible, no_jp2):
    content = saved(Image.fromarray(grey(64, 64)), "JPEG2000", irreversible=irreversible, no_jp2=no_jp2)
    facts = read_label(scratch(content)).container
    assert facts.format == "JPEG2000"
    assert facts.lossy is irreversible


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif(scratch):
    facts = read_label(scratch(saved(Image.new("RGB", (16, 16)), "AVIF"))).container
    assert facts.format == "AVIF"
    assert facts.lossy


def test_avif_without_a_decoder(scratch, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL.AvifImagePlugin", None)
    content = b"\0\0\0\x1cftypavif" + b"\0" * 30
    assert avif.matches(content)
    with pytest.raises(ReadError, match="AVIF, which this Pillow cannot read"):
        read_label(scratch(content))


@pytest.mark.parametrize("form", ["GIF", "BMP"])
def test_a_bomb_is_refused_before_it_is_decoded(scratch, form):
    content = bytearray(saved(Image.new("L", (8, 6)), form))
    if form == "GIF":
        content[6:10] = b"\xff\xff\xff\xff"
    else:
        content[18:26] = (60000).to_bytes(4, "little") * 2
    with pytest.raises(ReadError, match=r"pixels; above 178 million of this|damaged"):
        read_label(scratch(bytes(content)))


FORMS = {
    form: saved(Image.fromarray(grey()), form)
    for form in ("JPEG", "TIFF", "GIF", "BMP", "WEBP", "PPM", *(["JPEG2000"] if features.check("jpg_2000") else []))
}
FORMS["TIFF, packed"] = saved(Image.fromarray(grey()), "TIFF", compression="tiff_lzw")


@given(data=st.data())
def test_any_damage_is_one_error_or_a_picture(data, scratch):
    content = bytearray(FORMS[data.draw(st.sampled_from(sorted(FORMS)))])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(1, len(content)))
    try:
        mask = read_label(scratch(bytes(content[:end])))
    except ReadError as error:
        assert error.reason.isprintable()
    else:
        assert mask.ids().shape[1:] == mask.container.shape


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_damage_says_nothing_on_stderr(scratch, capfd, form, share):
    content = FORMS[form]
    try:
        read_label(scratch(content[: int(share * len(content))]))
    except ReadError as error:
        assert form.split(",")[0][:3] in error.reason or "damaged" in error.reason
    assert capfd.readouterr() == ("", "")


def test_standard_error_comes_back_after_a_tiff(scratch, capfd):
    read_label(scratch(FORMS["TIFF, packed"]))
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there"


def test_a_tiff_where_standard_error_cannot_be_copied(scratch, monkeypatch):
    def refuse(_number):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "dup", refuse)
    assert read_label(scratch(FORMS["TIFF, packed"])).ids().max() == 255


def test_two_threads_in_one_tiff_reader_share_the_silence(capfd):
    with tiff_reader._MUTED, tiff_reader._MUTED:
        os.write(2, b"lost")
    os.write(2, b"kept")
    assert capfd.readouterr().err == "kept"


def test_a_tiff_without_standard_error(scratch):
    code = "import os, sys; os.close(2); from segloss_cli.read import read_label; print(read_label(sys.argv[1]).ids().max())"
    path = scratch(FORMS["TIFF, packed"])
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "255")


def test_pillows_log_and_warnings_stay_inside(scratch, capfd):
    with _picture.decoding("x", "PNG"):
        warnings.warn("from a decoder", UserWarning, stacklevel=1)
        logging.getLogger("PIL.TiffImagePlugin").error("from a decoder")
    assert capfd.readouterr() == ("", "")
    with pytest.warns(UserWarning, match="afterwards"):
        warnings.warn("afterwards", UserWarning, stacklevel=1)


def test_warnings_come_back_when_the_last_thread_leaves():
    before = list(warnings.filters)
    inside, leave = threading.Event(), threading.Event()

    def stay():
        with _picture.decoding("x", "PNG"):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    with _picture.decoding("x", "PNG"):
        thread.start()
        assert inside.wait(10)
    assert warnings.filters != before
    leave.set()
    thread.join()
    assert warnings.filters == before


@pytest.mark.parametrize(
    "error", [OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError]
)
def test_whatever_a_decoder_raises_is_a_read_error(error):
    with pytest.raises(ReadError, match="x: is a damaged PNG: why"), _picture.decoding("x", "PNG"):
        raise error("why")

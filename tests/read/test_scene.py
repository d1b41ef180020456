"""Images beside labels: facts from the header alone, pixels when they are asked for, and one ReadError for all else."""

import io
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, features

from segloss_cli.errors import ReadError
from segloss_cli.read import _scene, read_container, read_picture
from segloss_cli.read._jpeg_header import jpeg_header

SIDES = (40, 60)
RNG = np.random.default_rng(5)


def smooth(height=40, width=60):
    """A grey picture that JPEG keeps."""
    y, x = np.mgrid[:height, :width]
    return (x * 170 // width + y * 80 // height).astype(np.uint8)


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def described():
    exif = Image.Exif()
    exif[270] = "a cat"
    return exif


@pytest.fixture
def put(tmp_path):
    def write(content, name="photo.bin"):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def frame(height=40, width=60, bands=3, depth=8, marker=0xC0):
    return segment(marker, struct.pack(">BHHB", depth, height, width, bands) + bytes(3 * bands))


def jpeg(*segments):
    """The beginning of a JPEG, padded so that its end is not near."""
    return b"".join([b"\xff\xd8", *segments, segment(0xFE, bytes(64))])


def exif_block(orientation, order="<", kind=3, count=1, entries=1):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(f"{order}HHIHH", 274, kind, count, orientation, 0)
    other = struct.pack(f"{order}HHIHH", 256, 3, 1, 9, 0)
    return b"Exif\0\0" + mark + struct.pack(f"{order}IH", 8, entries) + other * (entries - 1) + entry + bytes(4)


# ---------------------------------------------------------------- what the header says


@pytest.mark.parametrize(
    ("mode", "form", "shape"),
    [
        ("L", "PNG", SIDES),
        ("RGB", "PNG", (*SIDES, 3)),
        ("RGBA", "PNG", (*SIDES, 4)),
        ("LA", "PNG", (*SIDES, 2)),
        ("P", "PNG", SIDES),
        ("1", "PNG", SIDES),
        ("I;16", "PNG", SIDES),
        ("L", "JPEG", SIDES),
        ("RGB", "JPEG", (*SIDES, 3)),
        ("CMYK", "JPEG", (*SIDES, 4)),
        ("RGB", "TIFF", (*SIDES, 3)),
        ("CMYK", "TIFF", (*SIDES, 4)),
        ("F", "TIFF", SIDES),
        ("P", "GIF", SIDES),
        ("RGB", "BMP", (*SIDES, 3)),
        ("RGB", "WEBP", (*SIDES, 3)),
        ("RGBA", "WEBP", (*SIDES, 4)),
        ("RGB", "JPEG2000", (*SIDES, 3)),
        ("RGB", "PPM", (*SIDES, 3)),
    ],
)
def test_the_header_of_every_format(put, mode, form, shape):
    image = Image.new(mode, (60, 40))
    if mode == "P":
        image.putpalette([0, 0, 0, 9, 9, 9])
    container = read_picture(put(saved(image, form))).container
    assert (container.mode, container.shape) == (mode, shape)
    assert container.format == {"PPM": "PNM"}.get(form, form)
    assert container.alpha == ("opaque" if mode in {"LA", "RGBA"} else "none")
    assert container.orientation == 1
    assert container.lossy == (form == "JPEG")


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif(put):
    container = read_picture(put(saved(Image.new("RGB", (60, 40)), "AVIF"))).container
    assert (container.format, container.shape, container.lossy) == ("AVIF", (40, 60, 3), True)


@pytest.mark.parametrize(
    ("form", "bits"), [("PNG", 1), ("PNG", 8), ("PNG", 16), ("TIFF", 1), ("TIFF", 8), ("TIFF", 16), ("TIFF", 32)]
)
def test_the_stored_depth(put, form, bits):
    mode = {1: "1", 8: "L", 16: "I;16", 32: "I"}[bits]
    container = read_picture(put(saved(Image.new(mode, (60, 40)), form))).container
    assert container.bit_depth == bits


def test_sixteen_bit_colours_are_told(put, png, png_chunk):
    values = RNG.integers(0, 65536, (*SIDES, 3))
    for before in ((), (png_chunk(b"eXIf", exif_block(1)[6:]),)):
        container = read_picture(put(png(values, 16, 2, before=before))).container
        assert (container.mode, container.bit_depth, container.dtype) == ("RGB", 16, "uint16")


def test_a_png_with_exif_keeps_its_depth(put, png, png_chunk):
    path = put(png(np.zeros(SIDES), 16, 0, before=(png_chunk(b"eXIf", exif_block(8)[6:]),)))
    container = read_picture(path).container
    assert (container.mode, container.dtype, container.orientation) == ("I;16", "uint16", 8)


def test_tiffs_of_16_bit_colours(put):
    """Pillow writes none, so a TIFF of 8 bits is told to have 16."""
    bits = {258: (16, 16, 16), 256: 60, 257: 40, 277: 3, 262: 2, 273: 8, 279: 14400, 278: 40}
    body = b"".join(
        struct.pack("<HHII" if kind == 4 else "<HHIHH", tag, kind, 1, *((value,) if kind == 4 else (value, 0)))
        for tag, kind, value in (
            (256, 4, 60),
            (257, 4, 40),
            (259, 3, 1),
            (262, 3, 2),
            (273, 4, 200),
            (277, 3, 3),
            (278, 4, 40),
            (279, 4, 14400),
        )
    )
    depth = struct.pack("<HHII", 258, 3, 3, 150)
    entries = body[:24] + depth + body[24:]
    data = b"II*\0" + struct.pack("<IH", 8, 9) + entries + bytes(4)
    data = data.ljust(150, b"\0") + struct.pack("<3H", *bits[258])
    container = read_picture(put(data.ljust(200, b"\0") + bytes(14400))).container
    assert (container.mode, container.bit_depth, container.dtype) == ("RGB", 16, "uint16")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_orientation_is_recorded_and_never_applied(put, form, orientation):
    options = {"lossless": True} if form == "WEBP" else {}
    picture = read_picture(put(saved(Image.fromarray(smooth()), form, exif=turned(orientation), **options)))
    assert picture.container.orientation == orientation
    assert picture.container.shape[:2] == SIDES
    assert picture.thumbnail().size == (60, 40)
    grey = np.asarray(picture.grey()).astype(int)
    assert np.abs(grey - smooth()).max() <= (16 if form == "JPEG" else 0)


@pytest.mark.parametrize("value", [0, 9, 300])
def test_orientations_that_do_not_exist(put, value):
    assert read_picture(put(saved(Image.new("L", (60, 40)), "TIFF", tiffinfo={274: value}))).container.orientation == 1
    assert read_picture(put(saved(Image.new("L", (60, 40)), "JPEG", exif=turned(value)))).container.orientation == 1


def test_frames(put):
    frames = [Image.fromarray(np.roll(smooth(), 9 * n)) for n in range(3)]
    for form in ("GIF", "PNG", "TIFF"):
        content = saved(frames[0], form, save_all=True, append_images=frames[1:])
        assert read_picture(put(content)).container.frames == 3


def test_a_photo_of_several_pictures_is_its_first(put):
    big, small = Image.new("RGB", (60, 40)), Image.new("RGB", (6, 4))
    picture = read_picture(put(saved(big, "MPO", save_all=True, append_images=[small])))
    assert (picture.container.format, picture.container.shape) == ("JPEG", (40, 60, 3))
    assert picture.grey().size == (60, 40)


def test_arrays_have_a_header_and_no_pixels_to_show(tmp_path):
    path = str(tmp_path / "x.npy")
    np.save(path, np.zeros((3, 40, 60), np.float32))
    picture = read_picture(path)
    assert (picture.container.format, picture.container.shape) == ("NPY", (3, 40, 60))
    assert picture.thumbnail is None
    assert picture.grey is None


# ---------------------------------------------------------------- the header of a JPEG without Pillow


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"exif": described()}, {"exif": turned(6)}, {"icc_profile": bytes(150_000)}]
)
def test_ordinary_jpegs_need_no_pillow(put, mode, options):
    path = put(saved(Image.new(mode, (60, 40)), "JPEG", **options))
    assert jpeg_header(path) == _scene._header(path, "JPEG")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("entries", [1, 12])
def test_either_byte_order(put, order, entries):
    path = put(jpeg(segment(0xE1, exif_block(7, order, entries=entries)), frame()))
    assert jpeg_header(path).orientation == 7


def test_exif_that_is_longer_than_what_is_read(put):
    path = put(jpeg(segment(0xE1, exif_block(3) + bytes(20_000)), segment(0xE2, bytes(9000)), frame()))
    assert (jpeg_header(path).orientation, jpeg_header(path).shape) == (3, (40, 60, 3))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff",
        b"GIF89a" + bytes(90),
        jpeg(frame(depth=12)),
        jpeg(frame(bands=2)),
        jpeg(frame(height=0)),
        jpeg(frame(height=65_535, width=65_535)),
        jpeg(segment(0xC0, b"\x08\0\x01")),
        jpeg(segment(0xDA, bytes(8)), frame()),
        jpeg(b"\xff\xff", frame()),
        jpeg(b"\0\0", frame()),
        jpeg(*[segment(0xFE, b"")] * 200, frame()),
        jpeg(segment(0xE1, exif_block(6)), segment(0xE1, exif_block(6)), frame()),
        jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), frame()),
        jpeg(segment(0xE1, b"Exif\0\0"), frame()),
        jpeg(segment(0xE1, b"Exif\0\0II*\0\x08"), frame()),
        jpeg(segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"), frame()),
        jpeg(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff"), frame()),
        jpeg(segment(0xE1, exif_block(0)), frame()),
        jpeg(segment(0xE1, exif_block(9)), frame()),
        jpeg(segment(0xE1, exif_block(6, kind=4)), frame()),
        jpeg(segment(0xE1, exif_block(6, count=2)), frame()),
        jpeg(),
    ],
)
def test_jpegs_that_are_left_to_pillow(put, content):
    assert jpeg_header(put(content)) is None


def test_orientation_from_xmp_is_no_reason_to_differ(put):
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + b'<x tiff:Orientation="6"/>'
    content = saved(Image.new("RGB", (60, 40)), "JPEG")
    path = put(content[:2] + segment(0xE1, xmp) + content[2:])
    assert read_picture(path).container == _scene._header(path, "JPEG")


@given(st.data())
def test_a_damaged_header_is_read_or_is_one_error(scratch, data):
    form = data.draw(st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP"]))
    content = bytearray(saved(Image.fromarray(smooth(8, 9)), form, exif=turned(6)))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    path = scratch(bytes(content[:cut]), "damaged.bin")
    try:
        picture = read_picture(path)
        height, width = picture.container.shape[:2]
        assert height > 0
        assert width > 0
        assert max(picture.thumbnail().size) <= 64
        assert picture.grey().mode == "L"
    except ReadError as error:
        assert error.path == path
        assert error.reason.isprintable()


# ---------------------------------------------------------------- pixels, when they are asked for


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "JPEG2000", "PPM"])
def test_no_pixel_is_decoded_for_the_header(put, form, monkeypatch):
    path = put(saved(Image.new("L", (60, 40), 7), form))
    calls = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: [calls.append(form), load(self)][1])
    picture = read_picture(path)
    assert not calls
    assert picture.thumbnail().getpixel((0, 0)) == 7


def test_neither_pillow_nor_numpy_is_imported_for_ordinary_headers(put):
    paths = [
        put(saved(Image.new("RGB", (60, 40)), "PNG"), "a.png"),
        put(saved(Image.new("RGB", (60, 40)), "JPEG", exif=turned(6)), "b.jpg"),
    ]
    code = "import sys; from segloss_cli.read import read_picture; print([read_picture(p).container.shape for p in "
    code += "sys.argv[1:]], 'numpy' in sys.modules, 'PIL.JpegImagePlugin' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    assert done.stdout.split("] ")[1].split() == ["False", "False"]


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 3000), (3000, 1), (64, 64), (65, 64), (480, 640), (333, 500)]
)
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_thumbnails_are_small_and_keep_the_aspect(put, form, height, width):
    values = smooth(height, width)
    small = read_picture(put(saved(Image.fromarray(values), form))).thumbnail()
    assert small.mode == "L"
    assert max(small.size) == min(max(height, width), 64)
    assert abs(small.width * height - small.height * width) <= max(height, width)
    assert abs(np.asarray(small).mean() - values.mean()) < 6


def test_pixels_are_decoded_once(put, monkeypatch):
    picture = read_picture(put(saved(Image.fromarray(smooth()), "PNG")))
    calls = []
    decode = _scene.decode
    monkeypatch.setattr(_scene, "decode", lambda *args: [calls.append(1), decode(*args)][1])
    assert picture.thumbnail() is picture.thumbnail()
    assert picture.grey() is picture.grey()
    assert len(calls) == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "P", "1", "LA", "F", "I"])
def test_grey_is_what_pillow_calls_so(put, mode):
    image = Image.fromarray(smooth()).convert("RGBA" if mode in {"RGBA", "LA"} else "RGB").convert(mode)
    path = put(saved(image, "TIFF" if mode in {"CMYK", "F", "I"} else "PNG"))
    assert (np.asarray(read_picture(path).grey()) == np.asarray(image.convert("L"))).all()


def test_of_16_bits_the_upper_8_are_grey(put, png):
    deep = RNG.integers(0, 65536, SIDES).astype(np.uint16)
    swapped = Image.fromarray(deep.astype(">u2"))
    assert swapped.mode == "I;16B"
    for content in (saved(Image.fromarray(deep), "PNG"), saved(Image.fromarray(deep), "TIFF"), saved(swapped, "TIFF")):
        assert (np.asarray(read_picture(put(content)).grey()) == deep >> 8).all()
    coloured = np.repeat(deep[..., None], 3, -1)
    assert (np.asarray(read_picture(put(png(coloured, 16, 2))).grey()) == deep >> 8).all()
    alpha = np.stack([deep, np.full_like(deep, 65535)], -1)
    assert (np.asarray(read_picture(put(png(alpha, 16, 4))).grey()) == deep >> 8).all()


def test_numbers_of_which_there_is_no_grey(put):
    signed, unsigned = (struct.pack("<HHIHH", 339, 3, 1, kind, 0) for kind in (2, 1))
    content = saved(Image.fromarray(np.arange(2400, dtype=np.int32).reshape(SIDES)), "TIFF")
    assert signed in content
    picture = read_picture(put(content.replace(signed, unsigned)))
    assert picture.container.bit_depth == 32
    with pytest.raises(ReadError, match="uint32 numbers, of which no grey picture is made"):
        picture.grey()


# ---------------------------------------------------------------- all that can go wrong


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff", "damaged JPEG"),
        (b"\x89PNG\r\n\x1a\n", "damaged PNG"),
        (b"II*\0", "damaged TIFF"),
        (b"RIFF\0\0\0\0WEBP", "damaged WEBP"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"<!doctype html>", "web page"),
        (b"\x93NUMPY\x01\0", "damaged NumPy array"),
    ],
)
def test_no_picture(put, content, reason):
    with pytest.raises(ReadError, match=reason):
        read_picture(put(content))


def test_files_that_are_none(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    os.symlink("nowhere", tmp_path / "link.png")
    for name, reason in (
        ("pipe.jpg", "named pipe"),
        ("link.png", "link"),
        ("gone.jpg", "not exist"),
        ("", "directory"),
    ):
        with pytest.raises(ReadError, match=reason):
            read_picture(str(tmp_path / name))
    with pytest.raises(ReadError, match="cannot be opened"):
        read_picture("a\0b.jpg")


def test_pictures_that_claim_too_much(put, png):
    huge = png(np.zeros((1, 1), int), size=(60_000, 60_000))
    with pytest.raises(ReadError, match="60000 x 60000"):
        read_picture(put(huge))
    with pytest.raises(ReadError, match="65535 x 65535"):
        read_picture(put(jpeg(frame(65_535, 65_535, 1)) + segment(0xDA, b"\x01\0\0\0\0\0")))


def test_a_large_photo_is_compared_by_its_header_alone(put, png):
    """Of 144 million pixels in colour none is decoded; for a size none has to be."""
    picture = read_picture(put(png(np.zeros((1, 1, 3), int), 8, 2, size=(12_000, 12_000))))
    assert picture.container.shape == (12_000, 12_000, 3)
    for pixels in (picture.thumbnail, picture.grey):
        with pytest.raises(ReadError):
            pixels()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP"])
def test_missing_pixels_are_told_when_they_are_asked_for(put, form):
    content = saved(Image.fromarray(RNG.integers(0, 256, (200, 300), np.uint8)), form)
    picture = read_picture(put(content[: len(content) // 2]))
    assert picture.container.shape[:2] == (200, 300)
    for pixels in (picture.thumbnail, picture.grey):
        with pytest.raises(ReadError, match="damaged"):
            pixels()


def test_a_file_that_goes_away(put):
    path = put(saved(Image.new("L", (60, 40)), "JPEG"))
    picture = read_picture(path)
    os.remove(path)
    for pixels in (picture.thumbnail, picture.grey):
        with pytest.raises(ReadError):
            pixels()


def test_labels_and_images_have_one_header(put):
    for form in ("PNG", "JPEG", "BMP", "GIF"):
        path = put(saved(Image.new("P" if form == "GIF" else "RGB", (60, 40)), form))
        assert read_picture(path).container == read_container(path)

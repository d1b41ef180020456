import io
import struct
import zlib

import numpy as np
import PIL
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli.errors import ReadError
from segloss_cli.read import read_label
from segloss_cli.read.png import SIGNATURE

KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8)]
KINDS += [(4, 8), (4, 16), (6, 8), (6, 16)]
MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def grid(seed, height, width, colour, depth):
    values = np.random.default_rng(seed).integers(0, 1 << depth, (height, width, SAMPLES[colour]))
    return values[..., 0] if SAMPLES[colour] == 1 else values


@given(
    kind=st.sampled_from(KINDS),
    height=st.integers(1, 19),
    width=st.integers(1, 19),
    interlaced=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_every_depth_and_colour_gives_the_stored_values(kind, *, height, width, interlaced, seed, png, scratch):
    colour, depth = kind
    values = grid(seed, height, width, colour, depth)
    mask = read_label(scratch(png(values, depth, colour, interlaced=interlaced)))
    ids, facts = mask.ids(), mask.container
    assert (ids == values[None]).all()
    assert facts.shape == values.shape == ids.shape[1:]
    assert facts.bit_depth == depth
    assert facts.bad_chunks == ()
    assert facts.dtype == ids.dtype.name == ("uint16" if depth == 16 else "bool" if kind == (0, 1) else "uint8")
    assert facts.mode == {(0, 1): "1", (0, 16): "I;16"}.get(kind, MODES[colour])


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_files_that_pillow_filters(tmp_path, mode):
    values = np.add.outer(np.arange(60), np.arange(70)) % 256
    image = Image.fromarray(values.astype(np.uint8))
    image = Image.fromarray((values * 257).astype(np.uint16)) if mode == "I;16" else image.convert(mode)
    image.save(tmp_path / "x.png")
    assert (read_label(str(tmp_path / "x.png")).ids()[0] == np.asarray(image)).all()


def test_the_palette_is_kept_as_it_is_stored(png, scratch):
    palette = [(0, 0, 0), (128, 0, 0), (128, 0, 0)]
    mask = read_label(scratch(png([[0, 1, 2]], 8, 3, palette=palette)))
    assert mask.container.palette == tuple(palette)
    assert mask.image.mode == "P"


def test_a_suggested_palette_of_a_true_colour_picture_is_no_palette(png, scratch):
    mask = read_label(scratch(png(np.zeros((2, 2, 3), int), 8, 2, palette=[(1, 2, 3)])))
    assert mask.container.palette == ()


def test_an_index_past_the_palette_is_still_read(png, scratch):
    mask = read_label(scratch(png([[0, 9]], 8, 3, palette=[(0, 0, 0), (1, 1, 1)])))
    assert mask.ids().tolist() == [[[0, 9]]]


@pytest.mark.parametrize(
    ("colour", "last", "expected"),
    [(6, 255, "opaque"), (6, 254, "varies"), (4, 255, "opaque"), (4, 0, "varies"), (2, 0, "none")],
)
@pytest.mark.parametrize("depth", [8, 16])
def test_alpha(png, scratch, *, colour, last, expected, depth):
    values = np.full((3, 3, SAMPLES[colour]), (1 << depth) - 1)
    values[1, 1, -1] = last * (257 if depth == 16 else 1)
    assert read_label(scratch(png(values, depth, colour))).container.alpha == expected


def test_transparency_of_a_palette_changes_nothing(png, png_chunk, scratch):
    mask = read_label(scratch(png([[0, 1]], 8, 3, before=[png_chunk(b"tRNS", b"\x00")])))
    assert (mask.ids() == [[[0, 1]]]).all()
    assert mask.container.alpha == "none"


@given(bit=st.integers(0, 10**6), data=st.data())
def test_no_flipped_bit_goes_unnoticed(bit, data, png, png_chunk, scratch):
    colour, depth = data.draw(st.sampled_from(KINDS))
    values = grid(1, 5, 7, colour, depth)
    content = bytearray(png(values, depth, colour, before=[png_chunk(b"tEXt", b"Title\0x")]))
    bit %= 8 * len(content)
    content[bit // 8] ^= 1 << bit % 8
    try:
        mask = read_label(scratch(bytes(content)))
    except ReadError:
        return
    assert mask.container.bad_chunks


def test_a_flipped_pixel_bit_is_reported_and_the_picture_still_read(png, scratch):
    content = bytearray(png(np.zeros((4, 4), int), 8))
    content[-13] ^= 1  # the last byte of IDAT's checksum
    mask = read_label(scratch(bytes(content)))
    assert mask.container.bad_chunks == ("IDAT",)
    assert (mask.ids() == 0).all()


def test_a_broken_header_names_its_chunk(png, scratch):
    content = bytearray(png([[0]], 8))
    content[20] ^= 1
    with pytest.raises(ReadError, match=r"damaged PNG.*IHDR"):
        read_label(scratch(bytes(content)))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("cut", [1, 40])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_in_the_pixel_data(png, scratch, interlaced, cut, kind):
    colour, depth = kind
    content = png(grid(3, 40, 17, colour, depth), depth, colour, interlaced=interlaced, cut=cut)
    with pytest.raises(ReadError, match="is a damaged PNG"):
        read_label(scratch(content))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("rows", [1, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_rows_that_are_missing_are_no_zeros(png, scratch, interlaced, rows, kind):
    colour, depth = kind
    cut = rows * (1 + (17 * SAMPLES[colour] * depth + 7) // 8)
    content = png(grid(3, 40, 17, colour, depth), depth, colour, interlaced=interlaced, cut=cut)
    with pytest.raises(ReadError, match=r"pixel data ends after [\d,]+ of"):
        read_label(scratch(content))


def test_more_pixel_data_than_needed_does_no_harm(png, scratch):
    content = png(np.full((9, 3), 7), 8, size=(5, 3))
    assert (read_label(scratch(content)).ids() == 7).all()


def test_a_stream_that_breaks_behind_the_last_row_is_read(png, png_chunk, scratch):
    content = png(np.full((9, 3), 7), 8, size=(5, 3))
    at = content.index(b"IDAT")
    size = struct.unpack(">I", content[at - 4 : at])[0]
    stream = bytearray(content[at + 4 : at + 4 + size])
    stream[-1] ^= 1
    content = content[: at - 4] + png_chunk(b"IDAT", bytes(stream)) + content[at + 8 + size :]
    assert (read_label(scratch(content)).ids() == 7).all()


@given(share=st.floats(0, 1))
def test_a_truncated_file_is_refused_or_reported(share, png, scratch):
    content = png(grid(5, 30, 30, 0, 8), 8)
    end = max(int(share * len(content)), len(SIGNATURE))
    assume(end < len(content))
    try:
        mask = read_label(scratch(content[:end]))
    except ReadError as error:
        assert "damaged PNG" in error.reason
    else:
        assert "IEND" in mask.container.bad_chunks


def test_pixel_data_in_many_chunks(png, png_chunk, scratch):
    content = png(grid(6, 30, 30, 0, 8), 8)
    at = content.index(b"IDAT")
    size = struct.unpack(">I", content[at - 4 : at])[0]
    stream = content[at + 4 : at + 4 + size]
    pieces = b"".join(png_chunk(b"IDAT", stream[i : i + 10]) for i in range(0, size, 10))
    mask = read_label(scratch(content[: at - 4] + pieces + content[at + 8 + size :]))
    assert (mask.ids()[0] == grid(6, 30, 30, 0, 8)).all()
    assert mask.container.bad_chunks == ()


@pytest.mark.parametrize(("width", "height"), [(60000, 60000), (2**31 - 1, 2**31 - 1), (20000, 20000)])
def test_a_bomb_is_refused_before_it_is_decoded(png, scratch, width, height):
    content = png([[0]], 1, size=(height, width))
    with pytest.raises(ReadError, match=rf"{width} x {height} pixels"):
        read_label(scratch(content))


@pytest.mark.parametrize(
    ("kind", "limit"), [((0, 16), 100), ((2, 8), 100), ((2, 16), 25), ((6, 16), 16), ((4, 16), 16)]
)
def test_pictures_that_take_more_memory_have_a_lower_limit(png, scratch, kind, limit):
    colour, depth = kind
    content = png(np.zeros((1, 1, SAMPLES[colour]), int), depth, colour, size=(limit * 1000, 1001))
    with pytest.raises(ReadError, match=f"above {limit} million of this kind"):
        read_label(scratch(content))


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_no_width_or_height(png, scratch, size):
    with pytest.raises(ReadError, match="its size is"):
        read_label(scratch(png([[0]], 8, size=size)))


def test_a_text_bomb(png, png_chunk, scratch):
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"0" * (64 << 20), 9))
    with pytest.raises(ReadError, match="damaged PNG"):
        read_label(scratch(png([[0]], 8, before=[bomb])))


def test_a_truncated_ancillary_chunk(png, png_chunk, scratch):
    path = scratch(png([[0]], 8, before=[png_chunk(b"cHRM", b"")]))
    if int(PIL.__version__.partition(".")[0]) < 13:  # passes over it
        assert read_label(path).ids().tolist() == [[[0]]]
        return
    with pytest.raises(ReadError, match="damaged PNG"):
        read_label(path)


def test_a_large_picture_below_the_limit_is_read_in_silence(png, scratch, capfd):
    height, width = 10_000, 10_000
    raw = zlib.compress(b"\0" * (height * (1 + width // 8)), 9)
    content = png([[0]], 1)
    ihdr = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", ihdr), (b"IDAT", raw), (b"IEND", b"")]
    content = SIGNATURE + b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts
    )
    assert read_label(scratch(content)).container.shape == (height, width)
    assert capfd.readouterr() == ("", "")


def test_animation_frames_are_counted(scratch):
    frames = [Image.new("L", (4, 4), value) for value in (0, 1, 2)]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    mask = read_label(scratch(file.getvalue()))
    assert mask.container.frames == 3
    assert (mask.ids() == 0).all()


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_orientation_is_recorded_and_not_applied(scratch, mode):
    exif = Image.Exif()
    exif[274] = 6
    file = io.BytesIO()
    Image.new(mode, (4, 2)).save(file, "PNG", exif=exif)
    facts = read_label(scratch(file.getvalue())).container
    assert facts.orientation == 6
    assert facts.shape[:2] == (2, 4)


def test_a_header_of_the_wrong_length(png_chunk, scratch):
    with pytest.raises(ReadError, match="IHDR"):
        read_label(scratch(SIGNATURE + png_chunk(b"IHDR", b"1234") + png_chunk(b"IEND", b"")))


def test_bad_chunk_names_are_safe_to_print(png, png_chunk, scratch):
    odd = bytearray(png_chunk(b"te\x1bt", b"x"))
    odd[-1] ^= 1
    content = png([[0]], 8, after=[bytes(odd)])
    try:
        bad = read_label(scratch(content)).container.bad_chunks
    except ReadError as error:
        assert error.reason.isprintable()
    else:
        assert bad == ("74651b74",)

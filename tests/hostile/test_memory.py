"""Small files that claim, or unpack to, far more than they hold: memory stays within bounds, and nothing hangs."""

import io
import os
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image
from segloss_test_hostile_built import array, blank_png, chunk, healthy, tiff
from segloss_test_hostile_kinds_arrays import bomb, said
from segloss_test_hostile_kinds_images import SMALL, with_field
from segloss_test_hostile_runs import CONTRACT, PLAIN, assert_broken, checked, spawned

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak of memory is read from /proc")

BOUND = 500_000
"""Kilobytes above what judging a tiny file takes."""

PROGRAM = """
import sys
from segloss_cli.cli import run
code = run(sys.argv[1:])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
sys.stderr.write(f"peak {peak} {code}")
"""


def pillow(form, mode, side, **options):
    """A picture of one value, which a few bytes hold."""
    file = io.BytesIO()
    Image.new(mode, (side, side)).save(file, form, **options)
    return file.getvalue()


def resized(data, mark, offset, side):
    """A picture whose header says that it is larger, in two numbers of 4 bytes behind a mark."""
    return with_field(
        with_field(data, data.index(mark) + offset, ">I", side), data.index(mark) + offset + 4, ">I", side
    )


def large_jpeg_2000(side):
    """A JPEG 2000 of one tile that fills the whole size that it claims."""
    data = resized(pillow("JPEG2000", "RGB", 64), b"ihdr", 4, side)
    return resized(resized(data, b"\xff\x51", 6, side), b"\xff\x51", 22, side)


def progressive(side):
    """A progressive JPEG that claims a larger size, of which most is missing."""
    data = pillow("JPEG", "RGB", 64, progressive=True)
    at = data.index(b"\xff\xc2") + 5
    return with_field(with_field(data, at, ">H", side), at + 2, ">H", side)


def blank_floats(side):
    """A TIFF of 32-bit floats that are all 0."""
    pack = zlib.compressobj(1)
    data = b"".join(pack.compress(bytes(4 * side)) for _ in range(side)) + pack.flush()
    size = {"t256": (4, 1, side), "t257": (4, 1, side), "t278": (4, 1, side), "t279": (4, 1, len(data))}
    start = tiff(np.zeros((1, 1), np.float32), t259=(3, 1, 8), **size)
    return start[:-4] + data


def tiled(width, height):
    """A TIFF of 64 x 48 pixels in one tile that claims to be far larger."""
    data = zlib.compress(bytes(64 * 48))
    tile = {"t322": (4, 1, width), "t323": (4, 1, height), "t324": (4, 1, 4096), "t325": (4, 1, len(data))}
    return tiff(SMALL, t259=(3, 1, 8), t273=None, t278=None, t279=None, **tile)[:400].ljust(4096, b"\0") + data


def nested_frames(depth=3000):
    """A WEBP whose animation frames stand in each other."""
    inner = b""
    for _ in range(depth):
        inner = b"ANMF" + struct.pack("<I", 16 + len(inner)) + bytes(16) + inner
    return b"RIFF" + struct.pack("<I", 4 + len(inner)) + b"WEBP" + inner


def frames_of_gif(count=100_000):
    """A GIF of very many frames of one pixel."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes(6) + frame * count + b";"


LARGE = {
    "bits_400m.png": lambda: blank_png(20_000, 20_000, depth=1),
    "grey_144m.png": lambda: blank_png(12_000, 12_000),
    "rgb_99m.png": lambda: blank_png(9_950, 9_950, colour=2),
    "deep_rgba_25m.png": lambda: blank_png(4_990, 4_990, depth=16, colour=6),
    "lossless.webp": lambda: pillow("WEBP", "RGB", 6_000, lossless=True, quality=0, method=0),
    "progressive.jpg": lambda: progressive(9_500),
    "reversible.jp2": lambda: large_jpeg_2000(6_000),
    "floats.tif": lambda: blank_floats(9_000),
    "tile.tif": lambda: tiled(32_768, 32_768),
    "bomb.npz": bomb,
    "nested.webp": nested_frames,
    "frames.gif": frames_of_gif,
    "tebibytes.npy": lambda: said("(2000000, 20000000)"),
}
SPARSE = {
    "two_gib.png": (lambda: healthy()[:200], 2 << 30),
    "two_gib.tif": (lambda: tiff(SMALL), 2 << 30),
    "one_row.npy": (lambda: said("(1, 2000000000)", body=b""), 2_000_000_200),
    "one_row_of_floats.npy": (lambda: said("(2, 1, 9000000)", "'<f4'", body=b""), 72_000_200),
    "many_rows.npy": (lambda: said("(300, 1000, 1000)", body=b""), 300_000_200),
}
"""Files with holes, which take no room on a disk: the beginning and the length."""


def peak_of(path):
    """The peak of memory in kilobytes, and the exit code."""
    done = spawned("-c", PROGRAM, "check", path, *PLAIN, *CONTRACT, "--format", "json", program=())
    word, peak, code = done.err.split()
    assert word == "peak", done.err
    assert "fault of segloss" not in done.out
    assert int(code) in {0, 1}
    return int(peak)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    """What a tiny array takes."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.npy"
    path.write_bytes(array(SMALL))
    assert sys.platform == "linux"
    return peak_of(path)


@pytest.mark.parametrize("name", LARGE)
def test_memory_is_bounded(tmp_path, baseline, name):
    path = tmp_path / name
    path.write_bytes(LARGE[name]())
    assert path.stat().st_size < 5_000_000
    assert peak_of(path) - baseline < BOUND


@pytest.mark.parametrize("name", SPARSE)
def test_holes_are_not_read_into_memory(tmp_path, baseline, name):
    make, size = SPARSE[name]
    path = tmp_path / name
    path.write_bytes(make())
    os.truncate(path, size)
    assert peak_of(path) - baseline < BOUND


def test_a_picture_of_very_many_chunks_is_refused(tmp_path):
    """Empty chunks take 12 bytes each, and Pillow looks at every one of them."""
    start, empty = healthy(), chunk(b"tEXt", b"")
    (tmp_path / "chunks.png").write_bytes(start[:33] + empty * 200_000 + start[33:])
    found = checked(tmp_path)
    assert_broken(found, "chunks.png", "chunks")

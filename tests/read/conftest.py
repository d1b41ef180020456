"""Builders of files: PNG chunk by chunk, so that damage can be put where it is wanted, and arrays with any header."""

import struct
import zlib

import numpy as np
import pytest

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(values, depth):
    """Rows of samples (H, W, samples) as PNG scanlines with filter 0."""
    rows = values.reshape(values.shape[0], -1)
    if depth == 16:
        lines = rows.astype(">u2").view(np.uint8).reshape(len(rows), -1)
    else:
        bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        lines = np.packbits(bits.astype(np.uint8).reshape(len(rows), -1), axis=1)
    return b"".join(b"\0" + line.tobytes() for line in lines)


def build_png(values, depth=8, colour=0, *, interlaced=False, palette=None, before=(), after=(), cut=0, size=None):
    """A PNG of stored values (H, W) or (H, W, samples); ``cut`` bytes of pixel data are left out."""
    values = np.asarray(values)
    grid = values.reshape(*values.shape[:2], SAMPLES[colour])
    height, width = size or grid.shape[:2]
    parts = [grid[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [grid]
    raw = b"".join(pack(part, depth) for part in parts if part.size)
    if colour == 3 and palette is None:
        palette = [(i, 255 - i, i // 2) for i in range(1 << depth)]
    chunks = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))]
    if palette:
        chunks.append(chunk(b"PLTE", bytes(v for rgb in palette for v in rgb)))
    chunks += before
    chunks.append(chunk(b"IDAT", zlib.compress(raw[: len(raw) - cut])))
    return b"".join([SIGNATURE, *chunks, *after, chunk(b"IEND", b"")])


def build_npy(header, body=b"", version=(1, 0)):
    """An .npy with any header text."""
    raw = header if isinstance(header, bytes) else header.encode("latin-1")
    length = struct.pack("<H" if version[0] == 1 else "<I", len(raw))
    return b"\x93NUMPY" + bytes(version) + length + raw + body


@pytest.fixture(scope="session")
def png():
    return build_png


@pytest.fixture(scope="session")
def png_chunk():
    return chunk


@pytest.fixture(scope="session")
def npy():
    return build_npy


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    """Write bytes to a file of the session; for property tests, which may not use function-scoped fixtures."""
    folder = tmp_path_factory.mktemp("scratch")

    def write(data, name="file.bin"):
        path = folder / name
        path.write_bytes(data)
        return str(path)

    return write

"""PNG: every depth and colour type with its stored values, and the checksum of every chunk.

Pillow does not check the checksums of pixel data (a flipped bit changes class ids in silence), fills missing rows
with zeros, scales 2- and 4-bit grey, and cuts 16-bit colours to 8 bits; all four are dealt with here.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import PngImagePlugin

from segloss_cli.errors import ReadError
from segloss_cli.read import _picture
from segloss_cli.read._source import Decoded, read_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

FORMAT = "PNG"
SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PIECE = 1 << 15
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MODES = {2: "RGB", 4: "LA", 6: "RGBA"}
# pass -> first x, first y, step in x, step in y
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


class Chunks(NamedTuple):
    """What a walk over the chunks finds: the header, the palette, where pixel data lies, whose checksum fails."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    palette: bytes
    pixels: tuple[tuple[int, int], ...]
    bad: tuple[str, ...]


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a PNG."""
    return head.startswith(SIGNATURE)


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a PNG; the result holds a picture, or an array for 16-bit colours."""
    data = read_bytes(path)
    chunks = read_chunks(path, data)
    deep = chunks.depth == 16 and chunks.colour != 0
    _picture.check_size(path, FORMAT, chunks.width, chunks.height, 16 if deep else 1)
    image = _load(path, data, chunks)
    _check_rows(path, data, chunks)
    facts = {
        "bit_depth": chunks.depth,
        "palette": _picture.colours_of(chunks.palette) if chunks.colour == 3 else (),
        "frames": getattr(image, "n_frames", 1),
        "bad_chunks": chunks.bad,
    }
    if deep:
        return _deep_colour(path, data, chunks, image, facts)
    if chunks.colour == 0 and chunks.depth in (2, 4):
        image = unscale(image, chunks.depth)
    with _picture.decoding(path, FORMAT):
        return Decoded(_picture.container_of(path, FORMAT, image, **facts), image=image)


def unscale(image: Image.Image, depth: int) -> Image.Image:
    """Undo Pillow's scaling of 2- or 4-bit grey to 0..255: the stored values are the ids."""
    step = 255 // ((1 << depth) - 1)
    stored = image.point([value // step for value in range(256)])
    stored.info = dict(image.info)
    return stored


def read_chunks(path: str, data: bytes) -> Chunks:
    """Walk over all chunks once, checking every checksum."""
    header, palette = b"", b""
    pixels: list[tuple[int, int]] = []
    bad: list[str] = []
    last = b""
    for kind, start, end, intact in _walk(data):
        last = kind
        if not intact:
            bad.append(_name(kind))
        if kind == b"IHDR" and not header:
            header = data[start:end]
        elif kind == b"PLTE" and not palette:
            palette = data[start:end]
        elif kind == b"IDAT":
            pixels.append((start, end))
    if last != b"IEND":
        bad.append("IEND")
    if len(header) != 13:
        raise ReadError(path, "is a damaged PNG: it has no header (IHDR); export or download it again")
    return Chunks(
        width=int.from_bytes(header[0:4], "big"),
        height=int.from_bytes(header[4:8], "big"),
        depth=header[8],
        colour=header[9],
        interlaced=header[12] != 0,
        palette=palette,
        pixels=tuple(pixels),
        bad=tuple(dict.fromkeys(bad)),
    )


def _walk(data: bytes) -> Iterator[tuple[bytes, int, int, bool]]:
    """Yield type, start and end of each chunk's data, and whether its checksum holds, up to IEND or a cut."""
    view = memoryview(data)
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(view[at : at + 4], "big"), bytes(view[at + 4 : at + 8])
        start, end = at + 8, at + 8 + length
        stored = view[end : end + 4]
        intact = len(stored) == 4 and zlib.crc32(view[at + 4 : end]) == int.from_bytes(stored, "big")
        yield kind, start, min(end, len(data)), intact
        at = end + 4
        if kind == b"IEND":
            return


def _name(kind: bytes) -> str:
    text = kind.decode("latin-1")
    return text if text.isascii() and text.isalpha() else kind.hex()


def _load(path: str, data: bytes, chunks: Chunks) -> Image.Image:
    try:
        return _picture.load(path, FORMAT, PngImagePlugin.PngImageFile, data)
    except ReadError as error:
        if not chunks.bad:
            raise
        failing = ", ".join(chunks.bad[:8])
        raise ReadError(path, f"{error.reason} (checksum fails in {failing})") from error


def _check_rows(path: str, data: bytes, chunks: Chunks) -> None:
    """Pillow fills rows that are missing from the pixel data with zeros, and says nothing."""
    expected = _inflated_size(chunks)
    found = _inflate(data, chunks.pixels, expected)
    if found < expected:
        reason = f"is a damaged PNG: its pixel data ends after {found:,} of {expected:,} bytes; export it again"
        raise ReadError(path, reason)


def _inflated_size(chunks: Chunks) -> int:
    bits = chunks.depth * _SAMPLES.get(chunks.colour, 1)

    def rows(width: int, height: int) -> int:
        return height * (1 + (width * bits + 7) // 8) if width > 0 else 0

    if not chunks.interlaced:
        return rows(chunks.width, chunks.height)
    return sum(rows(-((x - chunks.width) // dx), max(-((y - chunks.height) // dy), 0)) for x, y, dx, dy in _ADAM7)


def _inflate(data: bytes, pixels: tuple[tuple[int, int], ...], expected: int) -> int:
    """How many bytes the pixel data inflates to, up to what is expected, holding none of them."""
    view, stream, found = memoryview(data), zlib.decompressobj(), 0
    pieces = (view[at : min(at + _PIECE, end)] for start, end in pixels for at in range(start, end, _PIECE))
    for piece in pieces:
        try:
            found += len(stream.decompress(piece))
        except zlib.error:
            # Pillow has decoded every row, so only what follows them (the stream's own checksum) can be broken
            return expected
        if found >= expected or stream.eof:
            break
    return found


def _deep_colour(path: str, data: bytes, chunks: Chunks, high: Image.Image, facts: dict[str, Any]) -> Decoded:
    """16 bits per band, which Pillow's modes cannot hold: decode high and low bytes apart and join them."""
    import numpy as np

    with _picture.decoding(path, FORMAT):
        if chunks.colour == 4:
            array = np.asarray(_as(data, "RGBA")).copy().view(">u2").astype(np.uint16)
        else:
            top, low = np.asarray(high, np.uint16), np.asarray(_as(data, f"{high.mode};16L"))
            array = top << 8 | low
        mode = _MODES[chunks.colour]
        container = _picture.container_of(
            path, FORMAT, high, **facts, shape=array.shape, dtype="uint16", mode=mode, alpha=_deep_alpha(array)
        )
    return Decoded(container, array=array)


def _as(data: bytes, rawmode: str) -> Image.Image:
    """The picture decoded with another reading of its bytes than Pillow would choose."""
    image = PngImagePlugin.PngImageFile(io.BytesIO(data))
    image.tile = [tile._replace(args=rawmode) for tile in image.tile]
    image.load()
    return image


def _deep_alpha(array: NDArray[Any]) -> str:
    if array.shape[-1] == 3:
        return "none"
    return "opaque" if (array[..., -1] == 65535).all() else "varies"

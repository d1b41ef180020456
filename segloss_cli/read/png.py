"""PNG: every depth and colour type with its stored values, and the checksum of every chunk.

Pillow does not check the checksums of pixel data (a flipped bit changes class ids in silence), fills missing rows
with zeros, scales 2- and 4-bit grey, and cuts 16-bit colours to 8 bits; all four are dealt with here.
"""

from __future__ import annotations

import io
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PIL import Image, PngImagePlugin

from segloss_cli._record import copied
from segloss_cli.errors import ReadError
from segloss_cli.read import _picture, _png_rows
from segloss_cli.read._png_chunks import SAMPLES, SIGNATURE, Chunks, read_chunks
from segloss_cli.read._source import Decoded, read_bytes
from segloss_cli.types import Container

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = "PNG"
_PIECE = 1 << 15
_OF_ONE_BAND = (0, 3)
# (colour type, depth) -> the mode that Pillow holds it in, and how it is packed
_PLAIN = {
    (0, 1): ("1", "1"),
    (0, 2): ("L", "L;2"),
    (0, 4): ("L", "L;4"),
    (0, 8): ("L", "L"),
    (0, 16): ("I;16", "I;16B"),
    (2, 8): ("RGB", "RGB"),
    (3, 1): ("P", "P;1"),
    (3, 2): ("P", "P;2"),
    (3, 4): ("P", "P;4"),
    (3, 8): ("P", "P"),
    (4, 8): ("LA", "LA"),
    (6, 8): ("RGBA", "RGBA"),
}
# bytes that a pixel of 16-bit bands takes while its halves are joined, by colour type
_DEEP_COST = {4: 25, 6: 25}
_MODES = {2: "RGB", 4: "LA", 6: "RGBA"}
# pass -> first x, first y, step in x, step in y
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a PNG."""
    return head.startswith(SIGNATURE)


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a PNG; the result holds a picture, or an array for 16-bit colours."""
    return from_bytes(path, read_bytes(path))


def from_bytes(path: str, data: bytes) -> Decoded:
    """The same of a PNG that was read already."""
    chunks = read_chunks(path, data)
    deep = chunks.depth == 16 and chunks.colour != 0
    _picture.check_size(path, FORMAT, chunks.width, chunks.height, _DEEP_COST.get(chunks.colour, 16) if deep else 1)
    image = _quick(data, chunks)
    if image is not None and chunks.colour in _OF_ONE_BAND:
        facts = _ordinary(chunks.width, chunks.height, chunks.depth, chunks.palette if chunks.colour == 3 else None)
        return Decoded(copied(facts, path=path), unscale(image, chunks.depth))
    if image is None:
        image = _load(path, data, chunks)
        _check_rows(path, data, chunks)
    return _decoded(path, data, chunks, image)


@lru_cache(maxsize=64)
def _ordinary(width: int, height: int, depth: int, palette: bytes | None) -> Container:
    """The facts, but for the path, of a PNG of one band without anything unusual; they are the same for many."""
    mode = _PLAIN[0 if palette is None else 3, depth][0]
    colours = _picture.colours_of(palette or b"")
    dtype = {"1": "bool", "I;16": "uint16"}.get(mode, "uint8")
    return Container("", FORMAT, (height, width), dtype, mode=mode, bit_depth=depth, palette=colours)


def _decoded(path: str, data: bytes, chunks: Chunks, image: Image.Image) -> Decoded:
    """What a loaded picture says, with what its chunks say."""
    facts = {
        "bit_depth": chunks.depth,
        "palette": _picture.colours_of(chunks.palette) if chunks.colour == 3 else (),
        "frames": getattr(image, "n_frames", 1),
        "bad_chunks": chunks.bad,
    }
    if chunks.depth == 16 and chunks.colour != 0:
        return _deep_colour(path, data, chunks, image, facts)
    if chunks.colour == 0:
        image = unscale(image, chunks.depth)
    with _picture.decoding(path, FORMAT):
        return Decoded(_picture.container_of(path, FORMAT, image, **facts), image=image)


def unscale(image: Image.Image, depth: int) -> Image.Image:
    """Undo Pillow's scaling of 2- or 4-bit grey to 0..255: the stored values are the ids."""
    if depth not in {2, 4} or image.mode != "L":
        return image
    step = 255 // ((1 << depth) - 1)
    stored = image.point([value // step for value in range(256)])
    stored.info = dict(image.info)
    return stored


def _quick(data: bytes, chunks: Chunks) -> Image.Image | None:
    """The picture of a PNG without anything unusual, and None where there is any doubt: then all is looked into."""
    mode, rawmode = _PLAIN.get((chunks.colour, chunks.depth), ("", ""))
    if not mode or not chunks.plain or (chunks.colour == 3 and not 0 < len(chunks.palette) <= 768):
        return None
    pieces = [memoryview(data)[start:end] for start, end in chunks.pixels]
    stream = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    try:
        image = _png_rows.picture_of(mode, rawmode, (chunks.width, chunks.height), stream)
        if image is not None and mode == "P":
            image.putpalette(chunks.palette)
    except (ValueError, OSError):
        return None
    return image


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
    bits = chunks.depth * SAMPLES.get(chunks.colour, 1)

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

"""The chunks of a PNG: the header, the palette, where pixel data lies, and whose checksum does not hold."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from struct import Struct
from typing import NamedTuple

from segloss_cli.errors import ReadError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

MAX_CHUNKS = 1 << 17
"""Empty chunks take 12 bytes each, and as long to look at as full ones."""

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type."""

_START = 4096
_NONE = b"\0\0\0\0IDAT\x35\xaf\x06\x1e"
_END = b"\0\0\0\0IEND\xae\x42\x60\x82"
_HEAD = Struct(">I4s")
_SIZE = Struct(">II")
# chunks of a fixed length (any, where it is None) that say nothing about pixels, nor can hurt anybody
_HARMLESS = {b"gAMA": 4, b"sRGB": 1, b"pHYs": 9, b"tIME": 7, b"tEXt": None}
_USUAL = (b"IHDR IDAT IEND", b"IHDR PLTE IDAT IEND", b"IHDR PLTE tRNS IDAT IEND")


class Chunks(NamedTuple):
    """What a walk over the chunks finds: the header, the palette, where pixel data lies, whose checksum fails.

    ``plain`` says that there is nothing out of the ordinary: every checksum holds, and besides header, palette and
    one run of pixel data there are harmless chunks only.
    """

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    palette: bytes
    pixels: tuple[tuple[int, int], ...]
    bad: tuple[str, ...]
    plain: bool


def read_chunks(path: str, data: bytes) -> Chunks:
    """Walk over all chunks once, checking every checksum."""
    return _of_one(data) or _of_all(path, data)


def _of_one(data: bytes) -> Chunks | None:
    """The chunks of a file whose pixel data is one chunk, the last, behind others that many files begin with."""
    at = data.find(b"IDAT", 0, _START)
    if at < 0 or data[-12:] != _END or at + 20 + int.from_bytes(data[at - 4 : at], "big") != len(data):
        return None
    known = _beginning(data[: at - 4])
    if known is None or zlib.crc32(memoryview(data)[at:-16]) != int.from_bytes(data[-16:-12], "big"):
        return None
    return known._replace(pixels=((at + 4, len(data) - 16),))


@lru_cache(maxsize=64)
def _beginning(start: bytes) -> Chunks | None:
    """What the chunks before the pixel data say, where nothing is out of the ordinary."""
    try:
        # what is looked at is a whole file again, but without pixel data
        chunks = _of_all("", start + _NONE + _END)
    except ReadError:
        return None
    return chunks if chunks.plain else None


def _of_all(path: str, data: bytes) -> Chunks:
    header, palette = b"", b""
    pixels: list[tuple[int, int]] = []
    bad: list[str] = []
    kinds: list[bytes] = []
    for kind, start, end, intact in _walk(path, data):
        if not intact:
            bad.append(_name(kind))
        if kind == b"IDAT":
            pixels.append((start, end))
        elif kind == b"IHDR" and not header:
            header = data[start:end]
        elif kind == b"PLTE" and not palette:
            palette = data[start:end]
        elif kind in _HARMLESS and _HARMLESS[kind] in {None, end - start}:
            continue
        if not kinds or kind != b"IDAT" or kinds[-1] != kind:
            kinds.append(kind)
    if not kinds or kinds[-1] != b"IEND":
        bad.append("IEND")
    if len(header) != 13:
        raise ReadError(path, "is a damaged PNG: it has no header (IHDR); export or download it again")
    width, height = _SIZE.unpack_from(header)
    return Chunks(
        width=width,
        height=height,
        depth=header[8],
        colour=header[9],
        interlaced=header[12] != 0,
        palette=palette,
        pixels=tuple(pixels),
        bad=tuple(dict.fromkeys(bad)),
        plain=not bad and not any(header[10:]) and b" ".join(kinds) in _USUAL and _in_one(pixels),
    )


def _in_one(pixels: list[tuple[int, int]]) -> bool:
    """Whether the chunks of pixel data follow each other, with 12 bytes of checksum, length and type between them."""
    return all(one[1] + 12 == other[0] for one, other in pairwise(pixels))


def _walk(path: str, data: bytes) -> Iterator[tuple[bytes, int, int, bool]]:
    """Yield type, start and end of each chunk's data, and whether its checksum holds, up to IEND or a cut."""
    view, size = memoryview(data), len(data)
    at, left = len(SIGNATURE), MAX_CHUNKS
    while at + 8 <= size:
        if left == 0:
            raise ReadError(path, f"is a damaged PNG: it has more than {MAX_CHUNKS:,} chunks; export it again")
        left -= 1
        length, kind = _HEAD.unpack_from(data, at)
        start, end = at + 8, at + 8 + length
        stored = data[end : end + 4]
        intact = len(stored) == 4 and zlib.crc32(view[at + 4 : end]) == int.from_bytes(stored, "big")
        yield kind, start, min(end, size), intact
        at = end + 4
        if kind == b"IEND":
            return


def _name(kind: bytes) -> str:
    text = kind.decode("latin-1")
    return text if text.isascii() and text.isalpha() else kind.hex()

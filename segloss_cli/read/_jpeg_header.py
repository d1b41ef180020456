"""What the header of a JPEG says, from a few reads of its first bytes: no pixel is decoded, and Pillow is not asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache

from segloss_cli.read._source import HEAD
from segloss_cli.types import Container

# a picture's segments before its frame: quantisation, Huffman tables, EXIF, colour profiles
_SEGMENTS = 100
_PIXELS = 25_000_000
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_START, _EXIF, _XMP = b"\xff\xd8\xff", b"Exif\0\0", b"http://ns.adobe.com/xap/"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# after these follow no more facts, or what they stand for is not known here
_ENDS = frozenset({0xD8, 0xD9, 0xDA, 0xFF, 0x00, 0x01, *range(0xD0, 0xD8)})
_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_ORIENTATION, _SHORT = 274, 3


def jpeg_header(path: str) -> Container | None:
    """The facts of a JPEG with an ordinary header, and None for all else: then Pillow has to tell."""
    try:
        file = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        known = _parsed(file)
    except OSError:
        return None
    finally:
        os.close(file)
    if known is None:
        return None
    # a copy with another path; ``replace`` takes four times as long
    named = object.__new__(Container)
    named.__dict__.update(known.__dict__, path=path)
    return named


def _parsed(file: int) -> Container | None:
    """The facts in the segments up to the frame's."""
    exif = b""
    for marker, data in _segments(file):
        if marker in _FRAMES:
            return _framed(data, exif)
        if marker == 0xE1 and data.startswith((_EXIF, _XMP)):
            # a second block of EXIF, or one of XMP, may say something else about the orientation
            if exif or data.startswith(_XMP):
                return None
            exif = data
    return None


def _segments(file: int) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment; of long contents as much as was read together with the marker."""
    data, at = os.read(file, HEAD), 2
    if not data.startswith(_START):
        return
    for _ in range(_SEGMENTS):
        if at + 32 > len(data):
            os.lseek(file, at - len(data), os.SEEK_CUR)
            data, at = os.read(file, HEAD), 0
        if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] in _ENDS:
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], data[at + 4 : end]
        at = end


def _framed(frame: bytes, exif: bytes) -> Container | None:
    """The facts of a frame: 8 bits, then height, width and the number of components."""
    if len(frame) < 6 or frame[0] != 8:
        return None
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    orientation = _orientation(exif) if exif else 1
    fits = 0 < height * width <= _PIXELS and frame[5] in _MODES
    return _container(height, width, _MODES[frame[5]], orientation) if fits and orientation else None


def _orientation(exif: bytes) -> int:
    """EXIF's orientation, 1 where there is none; 0 where it is not simply there."""
    if exif[6:10] not in {b"II*\0", b"MM\0*"}:
        return 0

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], "little" if exif[6:7] == b"I" else "big")

    first = 6 + number(10, 4)
    count = number(first, 2)
    if first + 2 + 12 * count > len(exif):
        return 0
    for at in range(first + 2, first + 2 + 12 * count, 12):
        if number(at, 2) == _ORIENTATION:
            value = number(at + 8, 2)
            plain = number(at + 2, 2) == _SHORT and number(at + 4, 4) == 1 and 1 <= value <= 8
            return value if plain else 0
    return 1


@lru_cache(maxsize=256)
def _container(height: int, width: int, mode: str, orientation: int) -> Container:
    return Container(
        path="",
        format="JPEG",
        shape=(height, width) if mode == "L" else (height, width, len(mode)),
        dtype="uint8",
        mode=mode,
        bit_depth=8,
        lossy=True,
        orientation=orientation,
    )

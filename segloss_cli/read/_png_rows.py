"""The rows of an ordinary PNG: inflated in one go where none is filtered, as in most palette images, else by Pillow.

Pillow inflates row by row, since a filter may have to be undone in each, and that takes a quarter longer.
"""

from __future__ import annotations

import zlib
from typing import Any

from PIL import Image

from segloss_cli import _level_arrays

MOST = 1 << 24
"""Larger pictures (pixels) are left to Pillow, which holds no second copy of them."""

Size = tuple[int, int]
Stream = bytes | memoryview

_MARK = 91
_LARGEST = 64 << 20
# what deflate makes of a byte at most
_RATIO = 1032
_PEEK = 4096


def picture_of(mode: str, rawmode: str, size: Size, stream: Stream) -> Image.Image | None:
    """The picture whose pixel data this is, without its palette.

    Args:
        mode: Pillow's mode to hold it in.
        rawmode: Pillow's name of how a row is packed.
        size: width and height.
        stream: the pixel data, compressed.

    Returns:
        The picture; None where rows may be missing: then it has to be told how many.

    Raises:
        (ValueError, OSError): Pillow cannot decode it.
    """
    if mode != rawmode or mode not in _level_arrays.BYTES:
        return _by_pillow(mode, rawmode, size, stream)
    rows = unfiltered(size, stream)
    if rows is None:
        return (_in_place if _level_arrays.loaded() else _by_pillow)(mode, rawmode, size, stream)
    if _level_arrays.loaded():
        return _level_arrays.stripped(rows, size[0], mode)
    return Image.frombytes(mode, size, memoryview(rows)[1:], "raw", mode, size[0] + 1, 1)


def unfiltered(size: Size, stream: Stream) -> bytes | None:
    """The bytes of all rows, of a byte a pixel, each behind its filter byte 0; None where that is not what there is.

    >>> [*unfiltered((2, 2), zlib.compress(bytes([0, 5, 6, 0, 7, 8])))]
    [0, 5, 6, 0, 7, 8]
    >>> unfiltered((2, 2), zlib.compress(bytes([1, 5, 6, 0, 7, 8]))) is None
    True
    """
    width, height = size
    if width * height > MOST or len(stream) * _RATIO > _LARGEST:
        return None
    try:
        # the filters of the first two rows tell most files that have any
        if any(zlib.decompressobj().decompress(stream[:_PEEK], width + 2)[:: width + 1]):
            return None
        rows = zlib.decompress(stream, bufsize=(width + 1) * height)
    except zlib.error:
        return None
    whole = len(rows) == (width + 1) * height and rows[:: width + 1].count(0) == height
    return rows if whole else None


def _by_pillow(mode: str, rawmode: str, size: Size, stream: Stream) -> Image.Image | None:
    """The last row is marked first.

    Rows are decoded in order, so that another look at it tells whether all were there, without inflating the pixel
    data a second time.
    """
    last = (0, size[1] - 1, *size)
    image = Image.new(mode, size)
    bands = len(image.getbands())
    image.paste(_MARK if bands == 1 else (_MARK,) * bands, last)
    marked = _looks(image, last)
    image.frombytes(stream, "zip", rawmode)
    return None if _looks(image, last) == marked else image


def _in_place(mode: str, rawmode: str, size: Size, stream: Stream) -> Image.Image | None:
    """The same where NumPy is loaded: decoded into an array, so that nobody has to copy the pixels to count them."""
    image = _level_arrays.blank(mode, *size, _MARK)
    image.frombytes(stream, "zip", rawmode)
    return None if (_level_arrays.plane_of(image)[-1] == _MARK).all() else image


def _looks(image: Image.Image, box: tuple[int, int, int, int]) -> Any:
    """The extreme values of each band in a box; of one band without the making of a picture of it."""
    return image.im.crop(box).getextrema() if image.im.bands == 1 else image.crop(box).getextrema()

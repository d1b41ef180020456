"""Pictures that a small file can make cost far more than their pixels, refused by their size before any is decoded.

Some decoders hold a picture several times over: libwebp three copies of every frame's canvas, OpenJPEG four bytes for
each sample, libjpeg the coefficients of a progressive picture. 34 bytes of WEBP can claim 268 million pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from segloss_cli.read._picture import check_size

if TYPE_CHECKING:
    from PIL import Image

    Opener = Callable[[BytesIO], Image.Image]


def bounded(path: str, what: str, opener: Opener, cost: Callable[[Image.Image], int]) -> Opener:
    """An opener that refuses what would take too much memory to decode.

    Args:
        path: the file, for the error.
        what: its format.
        opener: opens it, and decodes nothing yet.
        cost: bytes that decoding takes at its peak, for each pixel of an opened picture.
    """

    def opened(file: BytesIO) -> Image.Image:
        image = opener(file)
        check_size(path, what, *image.size, pixel=cost(image))
        return image

    return opened


def copied(image: Image.Image) -> int:
    """The cost of a picture whose values are copied into an array: 32-bit ones stand there twice."""
    return 8 if image.mode in {"I", "F"} else 1

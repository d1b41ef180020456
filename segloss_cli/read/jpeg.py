"""JPEG: always lossy, so never a faithful label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segloss_cli.read import _picture
from segloss_cli.read._bounds import bounded
from segloss_cli.read._source import Decoded

if TYPE_CHECKING:
    from PIL import Image

FORMAT = "JPEG"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a JPEG."""
    from PIL.JpegImagePlugin import JpegImageFile

    return _picture.decode(path, FORMAT, bounded(path, FORMAT, JpegImageFile, _cost), lossy=True)


def _cost(image: Image.Image) -> int:
    """Bytes a pixel: of a progressive picture all coefficients are kept, 2 bytes each, until the last are there."""
    bands = len(image.getbands())
    held = 1 if bands == 1 else 4
    return held + (2 * bands if "progressive" in image.info else 0)

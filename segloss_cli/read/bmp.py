"""BMP, as Windows paints it."""

from __future__ import annotations

from segloss_cli.read import _picture
from segloss_cli.read._source import Decoded

FORMAT = "BMP"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a BMP: its mark, and a header of a size that exists."""
    return head.startswith(b"BM") and head[14:18] in {bytes([size, 0, 0, 0]) for size in (12, 40, 52, 56, 64, 108, 124)}


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a BMP."""
    from PIL.BmpImagePlugin import BmpImageFile

    return _picture.decode(path, FORMAT, BmpImageFile)

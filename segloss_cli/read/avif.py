"""AVIF: taken as lossy, which it nearly always is."""

from __future__ import annotations

from segloss_cli.errors import ReadError
from segloss_cli.read import _picture
from segloss_cli.read._bounds import bounded
from segloss_cli.read._source import Decoded

FORMAT = "AVIF"

# bytes a pixel: the planes, the colours made of them, and their copy
_COST = 16


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of an AVIF picture or sequence."""
    return head[4:8] == b"ftyp" and head[8:12] in {b"avif", b"avis"}


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read an AVIF, where this Pillow can."""
    try:
        from PIL.AvifImagePlugin import AvifImageFile
    except ImportError as error:
        raise ReadError(path, "is an AVIF, which this Pillow cannot read; save it as PNG") from error
    return _picture.decode(path, FORMAT, bounded(path, FORMAT, AvifImageFile, lambda _: _COST), lossy=True)

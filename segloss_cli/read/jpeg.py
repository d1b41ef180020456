"""JPEG: always lossy, so never a faithful label."""

from __future__ import annotations

from segloss_cli.read import _picture
from segloss_cli.read._source import Decoded

FORMAT = "JPEG"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a JPEG."""
    from PIL.JpegImagePlugin import JpegImageFile

    return _picture.decode(path, FORMAT, JpegImageFile, lossy=True)

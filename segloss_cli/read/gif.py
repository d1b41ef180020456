"""GIF: palette indices of the first frame."""

from __future__ import annotations

from segloss_cli.read import _picture
from segloss_cli.read._source import Decoded

FORMAT = "GIF"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a GIF."""
    return head.startswith((b"GIF87a", b"GIF89a"))


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a GIF."""
    from PIL.GifImagePlugin import GifImageFile

    return _picture.decode(path, FORMAT, GifImageFile)

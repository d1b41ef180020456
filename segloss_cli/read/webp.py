"""WEBP: lossy (VP8) or lossless (VP8L), as its chunks say."""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.read import _picture
from segloss_cli.read._bounds import bounded
from segloss_cli.read._source import Decoded, read_bytes

FORMAT = "WEBP"

# bytes a pixel: the decoder keeps two canvases, and gives a third
_COST = 16


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a WEBP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a WEBP; it is lossy unless all its pixel data is VP8L."""
    from PIL.WebPImagePlugin import WebPImageFile

    data = read_bytes(path)
    opener = bounded(path, FORMAT, WebPImageFile, lambda _: _COST)
    return _picture.decode(path, FORMAT, opener, data=data, lossy=b"VP8 " in set(_chunks(data)))


def _chunks(data: bytes) -> Iterator[bytes]:
    """The types of all chunks, those inside animation frames included."""
    at = 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield kind
        # the chunks of an animation frame stand in it, behind 16 bytes of its own
        at += 24 if kind == b"ANMF" else 8 + size + size % 2

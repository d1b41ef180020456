"""WEBP: lossy (VP8) or lossless (VP8L), as its chunks say."""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.read import _picture
from segloss_cli.read._source import Decoded, read_bytes

FORMAT = "WEBP"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a WEBP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a WEBP; it is lossy unless all its pixel data is VP8L."""
    from PIL.WebPImagePlugin import WebPImageFile

    data = read_bytes(path)
    return _picture.decode(path, FORMAT, WebPImageFile, data=data, lossy=b"VP8 " in set(_chunks(data, 12, len(data))))


def _chunks(data: bytes, at: int, end: int) -> Iterator[bytes]:
    """The types of all chunks, those inside animation frames included."""
    while at + 8 <= end:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield kind
        if kind == b"ANMF":
            yield from _chunks(data, at + 24, min(at + 8 + size, end))
        at += 8 + size + size % 2

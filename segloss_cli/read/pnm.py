"""PBM, PGM, PPM: plain grey and colour maps."""

from __future__ import annotations

from segloss_cli.read import _picture
from segloss_cli.read._bounds import bounded, copied
from segloss_cli.read._source import Decoded

FORMAT = "PNM"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a PBM, PGM or PPM, plain or raw."""
    return len(head) > 2 and head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in b" \t\r\n#"


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a PBM, PGM or PPM."""
    from PIL.PpmImagePlugin import PpmImageFile

    return _picture.decode(path, FORMAT, bounded(path, FORMAT, PpmImageFile, copied))

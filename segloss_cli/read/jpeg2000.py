"""JPEG 2000: lossy unless its wavelet is the reversible one."""

from __future__ import annotations

from segloss_cli.read import _picture
from segloss_cli.read._bounds import bounded
from segloss_cli.read._source import Decoded, read_bytes

FORMAT = "JPEG2000"

# bytes a sample: a 32-bit one, and what is made of it
_COST = 6

_CODING_STYLE = b"\xff\x52\x00"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a JPEG 2000 file (JP2) or codestream."""
    return head.startswith((b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"))


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a JPEG 2000."""
    from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

    data = read_bytes(path)
    at = data.find(_CODING_STYLE)
    # marker 2, length 2, style 1, progression 1, layers 2, colour 1, levels 1, block 2, block style 1, wavelet
    reversible = at >= 0 and data[at + 13 : at + 14] == b"\x01"
    opener = bounded(path, FORMAT, Jpeg2KImageFile, lambda image: _COST * len(image.getbands()))
    return _picture.decode(path, FORMAT, opener, data=data, lossy=not reversible)

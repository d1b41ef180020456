"""TIFF: the first page, with its stored values and sample format."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from segloss_cli.errors import ReadError
from segloss_cli.read import _picture
from segloss_cli.read._bounds import bounded, copied
from segloss_cli.read._source import Decoded, read_bytes
from segloss_cli.read.png import unscale

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import TiffImageFile

FORMAT = "TIFF"

_BITS, _COMPRESSION, _ORIENTATION, _SAMPLE_FORMAT = 258, 259, 274, 339
_TILE_WIDTH, _TILE_HEIGHT, _TILE_COST = 322, 323, 8
# JPEG, old JPEG, JPEG 2000 (three), WEBP
_LOSSY = {6, 7, 33003, 33005, 34712, 50001}
# orientation -> the transposition that takes back what Pillow applied (names of Image.Transpose)
_UNDO = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_90",
    7: "TRANSVERSE",
    8: "ROTATE_270",
}
# sample format (1 unsigned, 2 signed) and bits, where Pillow's mode has another dtype
_STORED = {(1, 32): "uint32", (2, 8): "int8", (2, 16): "int16"}


class _Muted:
    """Standard error to nowhere while any thread is inside: libtiff, in C, writes there on damaged files."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._kept: int | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._kept = _redirected()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._kept is not None:
                os.dup2(self._kept, 2)
                os.close(self._kept)


def _redirected() -> int | None:
    """A copy of standard error, which now leads nowhere; None where there is none."""
    try:
        kept = os.dup(2)
    except OSError:
        return None
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return kept


_MUTED = _Muted()


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a TIFF or BigTIFF in either byte order."""
    return head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"))


def decode(path: str, _member: str | None = None) -> Decoded:
    """Read a TIFF's first page; orientation is taken back where Pillow applies it."""
    from PIL.TiffImagePlugin import TiffImageFile

    data = read_bytes(path)
    facts: dict[str, Any] = {}

    def opener(file: Any) -> TiffImageFile:
        image = TiffImageFile(file)
        facts.update(_facts(path, image))
        return image

    with _MUTED:
        image = _picture.load(path, FORMAT, bounded(path, FORMAT, opener, copied), data)
    with _picture.decoding(path, FORMAT):
        return _decoded(path, image, facts)


def _facts(path: str, image: TiffImageFile) -> dict[str, Any]:
    """What the tags say, which loading forgets."""
    tags = image.tag_v2
    bits = tags.get(_BITS, (1,))
    if _TILE_WIDTH in tags and _TILE_HEIGHT in tags:
        # a tile is held whole, however much smaller the picture is
        _picture.check_size(path, "TIFF tile", tags[_TILE_WIDTH], tags[_TILE_HEIGHT], _TILE_COST)
    if len(bits) > 1 and max(bits) > 8:
        reason = f"is a TIFF with {max(bits)} bits per band, which Pillow would cut to 8; save ids in one band"
        raise ReadError(path, reason)
    orientation = tags.get(_ORIENTATION, 1)
    return {
        "bit_depth": bits[0],
        "lossy": tags.get(_COMPRESSION, 1) in _LOSSY,
        "orientation": orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        "sample_format": tags.get(_SAMPLE_FORMAT, (1,))[0],
        "frames": getattr(image, "n_frames", 1),
    }


def _decoded(path: str, image: Any, facts: dict[str, Any]) -> Decoded:
    from PIL import Image

    undo = _UNDO.get(facts["orientation"])
    upright = image.transpose(Image.Transpose[undo]) if undo else image
    stored = _STORED.get((facts.pop("sample_format"), facts["bit_depth"]))
    upright = unscale(upright, facts["bit_depth"])
    if not stored or len(upright.getbands()) > 1:
        return Decoded(_picture.container_of(path, FORMAT, upright, **facts), image=upright)
    import numpy as np

    array = np.asarray(upright).astype(stored)
    return Decoded(_picture.container_of(path, FORMAT, upright, **facts, dtype=stored), array=array)

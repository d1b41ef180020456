"""What the header of a PNG says, from one read of its first bytes: no pixel is decoded, and Pillow is not asked."""

from __future__ import annotations

import os
from functools import lru_cache
from zlib import crc32

from segloss_cli._record import copied
from segloss_cli.read._png_chunks import SIGNATURE
from segloss_cli.read._source import HEAD
from segloss_cli.types import Container

# (colour type, depth) -> Pillow's mode and NumPy's name of the stored values
_KINDS = {
    (0, 1): ("1", "bool"),
    (0, 2): ("L", "uint8"),
    (0, 4): ("L", "uint8"),
    (0, 8): ("L", "uint8"),
    (0, 16): ("I;16", "uint16"),
    (2, 8): ("RGB", "uint8"),
    (2, 16): ("RGB", "uint16"),
    (3, 1): ("P", "uint8"),
    (3, 2): ("P", "uint8"),
    (3, 4): ("P", "uint8"),
    (3, 8): ("P", "uint8"),
    (4, 8): ("LA", "uint8"),
    (4, 16): ("LA", "uint16"),
    (6, 8): ("RGBA", "uint8"),
    (6, 16): ("RGBA", "uint16"),
}
# an orientation, frames: what these hold takes more than a look at the header
_DEEPER = frozenset({b"eXIf", b"acTL"})
# a header and a palette of 256 colours
_USUAL = 1024
# above this the limits of each kind of picture differ
_PIXELS = 25_000_000
# no wait for a writer, should it be a FIFO
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def png_header(path: str) -> Container | None:
    """The facts of a PNG with an ordinary header, and None for all else: then the whole file has to tell.

    Only checksums before the pixel data are looked at, and an alpha band is called opaque.
    """
    known = shared_header(path)
    return None if known is None else copied(known, path=path)


def shared_header(path: str) -> Container | None:
    """What :func:`png_header` gives, but without the path: the very same record for files with the same header."""
    try:
        file = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        head = os.read(file, _USUAL)
        at = head.find(b"IDAT")
        if at < 0:
            head += os.read(file, HEAD - len(head))
            at = head.find(b"IDAT")
    except OSError:
        return None
    finally:
        os.close(file)
    # without the length of the pixel data, which stands before its name and is another in each file
    return _parsed(head[: at - 4]) if at > 4 else None


@lru_cache(maxsize=256)
def _parsed(head: bytes) -> Container | None:
    """The facts in the chunks before the pixel data."""
    chunks = _chunks(head)
    names = [name for name, _ in chunks]
    if names[:1] != [b"IHDR"] or not _DEEPER.isdisjoint(names) or len(chunks[0][1]) != 13:
        return None
    if names.count(b"IHDR") > 1 or names.count(b"PLTE") > 1:
        return None
    header, palette = chunks[0][1], dict(chunks).get(b"PLTE", b"")
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    kind = header[9], header[8]
    fits = 0 < width * height <= _PIXELS and kind in _KINDS and not any(header[10:12]) and header[12] < 2
    if not fits or (kind[0] == 3 and not 0 < len(palette) <= 768):
        return None
    return _container(width, height, kind, palette if kind[0] == 3 else b"")


def _chunks(head: bytes) -> list[tuple[bytes, bytes]]:
    """Type and data of each chunk; nothing where a checksum fails or the last is cut."""
    at, found = len(SIGNATURE), []
    if not head.startswith(SIGNATURE):
        return []
    while at < len(head):
        end = at + 8 + int.from_bytes(head[at : at + 4], "big")
        if end + 4 > len(head) or crc32(head[at + 4 : end]) != int.from_bytes(head[end : end + 4], "big"):
            return []
        found.append((head[at + 4 : at + 8], head[at + 8 : end]))
        at = end + 4
    return found


def _container(width: int, height: int, kind: tuple[int, int], palette: bytes) -> Container:
    mode, dtype = _KINDS[kind]
    bands = 1 if mode in {"1", "I;16"} else len(mode)
    return Container(
        path="",
        format="PNG",
        shape=(height, width) if bands == 1 else (height, width, bands),
        dtype=dtype,
        mode=mode,
        bit_depth=kind[1],
        palette=tuple(zip(palette[0::3], palette[1::3], palette[2::3], strict=False)),
        alpha="opaque" if mode in {"LA", "RGBA"} else "none",
    )

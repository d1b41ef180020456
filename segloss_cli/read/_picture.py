"""Pictures through Pillow: quietly, bounded, and with every way it can fail as one ReadError."""

from __future__ import annotations

import io
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from segloss_cli.errors import ReadError
from segloss_cli.read._source import Decoded, read_bytes, reason_of
from segloss_cli.types import Alpha, Colour, Container

if TYPE_CHECKING:
    from PIL import Image

# without a handler of its own Pillow's log lines reach stderr through logging's last resort
logging.getLogger("PIL").addHandler(logging.NullHandler())

MAX_PIXELS = 2 * 89_478_485
"""Where Pillow itself stops believing in a picture: twice ``Image.MAX_IMAGE_PIXELS``."""

MAX_BYTES = 400_000_000
"""Pictures that Pillow would hold in more bytes than this are refused too: a small file can claim such a size."""

_ORIENTATION = 274
_DEPTHS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}
_DTYPES = {"1": "bool", "I;16": "uint16", "I;16B": "uint16", "I;16L": "uint16", "I": "int32", "F": "float32"}


class _Quiet:
    """Python warnings off while any thread is inside; ``warnings.catch_warnings`` alone is not safe in threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._catch = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._catch = warnings.catch_warnings()
                self._catch.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._catch.__exit__(None, None, None)


_QUIET = _Quiet()


@contextmanager
def decoding(path: str, what: str) -> Iterator[None]:
    """Turn whatever a decoder raises into one ReadError, and keep its warnings to itself.

    Pillow raises OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, DecompressionBombError,
    MemoryError and more on damaged files.
    """
    try:
        with _QUIET:
            yield
    except ReadError:
        raise
    except Exception as error:
        reason = f"is a damaged {what}: {reason_of(error)}; export or download it again"
        raise ReadError(path, reason) from error


def check_size(path: str, what: str, width: int, height: int, pixel: int = 1) -> None:
    """Refuse a picture that is too large to be decoded in good faith, before any pixel is.

    Args:
        path: the file, for the error.
        what: its format.
        width: in pixels.
        height: in pixels.
        pixel: bytes that a decoded pixel takes.
    """
    if width <= 0 or height <= 0:
        raise ReadError(path, f"is a damaged {what}: its size is {width} x {height}; export it again")
    limit = min(MAX_PIXELS, MAX_BYTES // pixel)
    if width * height > limit:
        found = f"is a {what} of {width} x {height} pixels"
        raise ReadError(path, f"{found}; above {limit // 1_000_000} million of this kind none is decoded: tile it")


def load(path: str, what: str, opener: Callable[[io.BytesIO], Image.Image], data: bytes | None = None) -> Image.Image:
    """Open and load a picture, its first frame where it has several."""
    content = read_bytes(path) if data is None else data
    with decoding(path, what):
        image = opener(io.BytesIO(content))
        # Pillow holds 8-bit pixels of one band in a byte, 16-bit ones in 2 (and twice when copied), others in 4
        check_size(path, what, *image.size, pixel=1 if image.mode in {"1", "L", "P"} else 4)
        image.load()
    return image


def decode(
    path: str, what: str, opener: Callable[[io.BytesIO], Image.Image], *, data: bytes | None = None, lossy: bool = False
) -> Decoded:
    """Read a picture as Pillow gives it."""
    image = load(path, what, opener, data)
    with decoding(path, what):
        return Decoded(container_of(path, what, image, lossy=lossy), image=image)


def container_of(path: str, what: str, image: Image.Image, **facts: Any) -> Container:
    """The facts of a loaded picture; those given by name override what the picture says."""
    bands = len(image.getbands())
    known: dict[str, Any] = {
        "shape": (image.height, image.width) if bands == 1 else (image.height, image.width, bands),
        "dtype": _DTYPES.get(image.mode, "uint8"),
        "mode": image.mode,
        "bit_depth": _DEPTHS.get(image.mode, 8),
        "frames": getattr(image, "n_frames", 1),
        "orientation": orientation_of(image),
        **facts,
    }
    # these two look at the picture
    palette = facts["palette"] if "palette" in facts else palette_of(image)
    alpha = facts["alpha"] if "alpha" in facts else alpha_of(image)
    return Container(path=path, format=what, **{**known, "palette": palette, "alpha": alpha})


def alpha_of(image: Image.Image) -> Alpha:
    """Whether there is an alpha band, and whether it says anything."""
    bands = image.getbands()
    if bands[-1] not in {"A", "a"}:
        return "none"
    return "opaque" if image.getchannel(len(bands) - 1).getextrema() == (255, 255) else "varies"


def palette_of(image: Image.Image) -> tuple[Colour, ...]:
    """The palette's colours in the order of their indices; empty without one."""
    if image.mode not in {"P", "PA"}:
        return ()
    return colours_of(bytes(image.getpalette("RGB") or ()))


@lru_cache(maxsize=64)
def colours_of(flat: bytes) -> tuple[Colour, ...]:
    """Colours from r, g, b, r, g, b, ...

    >>> colours_of(bytes([0, 0, 0, 128, 0, 0]))
    ((0, 0, 0), (128, 0, 0))
    """
    return tuple(zip(flat[0::3], flat[1::3], flat[2::3], strict=False))


def orientation_of(image: Image.Image) -> int:
    """EXIF's orientation, 1 (upright) where there is none; only recorded, never applied."""
    if "exif" not in image.info:
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, RuntimeError, IndexError):
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1

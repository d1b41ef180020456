"""The image beside a label: the facts of its header, and its pixels in grey only when a rule asks for them."""

from __future__ import annotations

import io
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from segloss_cli.errors import ReadError
from segloss_cli.read import _picture
from segloss_cli.read._jpeg_header import jpeg_header
from segloss_cli.read._png_header import png_header
from segloss_cli.read._registry import decode, reader
from segloss_cli.read._source import HEAD, read_bytes
from segloss_cli.types import Container, Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

THUMBNAIL = 64
"""The longer side of a thumbnail, in pixels."""

_OPENERS = {
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "JPEG2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "PNM": ("PIL.PpmImagePlugin", "PpmImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
}
# TIFF, WEBP and JPEG 2000 come both ways: of an image nobody asks which
_LOSSY = {"AVIF", "JPEG"}
# tags of TIFF, and where the header of a PNG has its depth
_BITS, _ORIENTATION = 258, 274
_PNG_DEPTH = 24


def read_picture(path: str) -> Picture:
    """See :func:`segloss_cli.read.read_picture`."""
    container = png_header(path) or jpeg_header(path)
    if container is None:
        module = reader(path)
        if module.FORMAT not in _OPENERS:
            return Picture(module.decode(path, None).container)
        container = _header(path, module.FORMAT)
    grey = cache(lambda: _grey(path, container))
    return Picture(container, thumbnail=cache(lambda: _thumbnail(path, container, grey)), grey=grey)


def _header(path: str, form: str) -> Container:
    """The facts of a picture whose file is opened, and not decoded.

    One byte per pixel is what its size is held against: it need not be decoded to be compared with its label.
    """
    plugin, name = _OPENERS[form]
    with _picture.decoding(path, form), open(path, "rb") as file:
        image = getattr(import_module(plugin), name)(file)
        _picture.check_size(path, form, *image.size)
        more = _FACTS.get(form)
        facts = more(path, image) if more else {"lossy": form in _LOSSY}
        alpha = "opaque" if image.getbands()[-1] in {"A", "a"} else "none"
        return _picture.container_of(path, form, image, alpha=alpha, **facts)


def _of_png(path: str, _: Any) -> dict[str, Any]:
    """The stored depth: of 16-bit colours Pillow keeps 8."""
    depth = read_bytes(path, HEAD)[_PNG_DEPTH]
    return {"bit_depth": depth} | ({"dtype": "uint16"} if depth == 16 else {})


def _of_tiff(_: str, image: Any) -> dict[str, Any]:
    """Size and orientation as stored: Pillow exchanges the sides of a picture that lies on its side."""
    tags = image.tag_v2
    turn, bits = tags.get(_ORIENTATION, 1), tags.get(_BITS, (1,))
    sides = image.size if turn in {5, 6, 7, 8} else image.size[::-1]
    bands = len(image.getbands())
    known: dict[str, Any] = {"shape": sides if bands == 1 else (*sides, bands), "bit_depth": bits[0]}
    if bands > 1 and bits[0] == 16:
        known["dtype"] = "uint16"
    return known | {"orientation": turn if turn in range(1, 9) else 1}


_FACTS: dict[str, Callable[[str, Any], dict[str, Any]]] = {"PNG": _of_png, "TIFF": _of_tiff}


def _thumbnail(path: str, container: Container, grey: Callable[[], Image.Image]) -> Image.Image:
    """A grey copy with sides of at most 64 pixels; of a JPEG no more than an eighth of the sides is decoded."""
    height, width = container.shape[:2]
    scale = min(THUMBNAIL / max(height, width), 1)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if container.format != "JPEG":
        return _small(grey(), size)
    data = read_bytes(path)
    with _picture.decoding(path, container.format):
        from PIL.JpegImagePlugin import JpegImageFile

        image = JpegImageFile(io.BytesIO(data))
        image.draft("L", size)
        return _small(image.convert("L"), size)


def _small(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    return image.resize(size, Image.Resampling.BOX)


def _grey(path: str, container: Container) -> Image.Image:
    """The picture in grey, as stored: neither turned nor mirrored; of 16 bits the upper 8."""
    height, width = container.shape[:2]
    _picture.check_size(path, container.format, width, height, 1 if container.mode in {"1", "L", "P"} else 4)
    decoded = decode(path, None)
    image, array = decoded.image, decoded.array
    with _picture.decoding(path, decoded.container.format):
        if image is not None and not image.mode.startswith("I;16"):
            return image.convert("L")
        import numpy as np
        from PIL import Image

        values = np.asarray(array if image is None else image)
        if values.dtype.newbyteorder("=") != np.uint16:
            reason = f"holds {values.dtype} numbers, of which no grey picture is made; save it with 8 bits"
            raise ReadError(path, reason)
        return Image.fromarray((values >> 8).astype(np.uint8)).convert("L")

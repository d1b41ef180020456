"""The facts of a file from its header, without decoding a pixel where the format allows."""

from __future__ import annotations

from importlib import import_module

from segloss_cli.read import _picture
from segloss_cli.read._registry import reader
from segloss_cli.types import Container

# format -> Pillow's reader, whose headers say all there is to know; what other formats are takes their own reader
_OPENERS = {
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNM": ("PIL.PpmImagePlugin", "PpmImageFile"),
}
_LOSSY = {"AVIF", "JPEG"}


def container_at(path: str, member: str | None = None) -> Container:
    """See :func:`segloss_cli.read.read_container`, of whatever has no ordinary PNG header."""
    module = reader(path)
    if module.FORMAT not in _OPENERS:
        whole: Container = module.decode(path, member).container
        return whole
    plugin, name = _OPENERS[module.FORMAT]
    with _picture.decoding(path, module.FORMAT), open(path, "rb") as file:
        image = getattr(import_module(plugin), name)(file)
        width, height = image.size
        _picture.check_size(path, module.FORMAT, width, height, 1 if image.mode in {"1", "L", "P"} else 4)
        alpha = "opaque" if image.getbands()[-1] in {"A", "a"} else "none"
        lossy = module.FORMAT in _LOSSY
        return _picture.container_of(path, module.FORMAT, image, alpha=alpha, lossy=lossy)

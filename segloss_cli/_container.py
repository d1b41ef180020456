"""A file without its pixels; part of :mod:`segloss_cli.types`."""

from __future__ import annotations

from segloss_cli._contract import Alpha, Colour
from segloss_cli._record import record


@record(frozen=True)
class Container:
    """The facts of one file that are not its pixels; every field is read from the bytes, never from the suffix.

    ``shape`` is as stored: (H, W) or (H, W, bands) for pictures, the array's own shape for arrays; ``dtype`` is
    NumPy's name of the stored values; ``mode`` is Pillow's (empty for arrays); ``bad_chunks`` names the PNG chunks
    whose checksum does not hold; ``orientation`` is EXIF's (1 = upright).
    """

    path: str
    format: str
    shape: tuple[int, ...]
    dtype: str
    mode: str = ""
    bit_depth: int | None = None
    palette: tuple[Colour, ...] = ()
    frames: int = 1
    lossy: bool = False
    alpha: Alpha = "none"
    orientation: int = 1
    bad_chunks: tuple[str, ...] = ()

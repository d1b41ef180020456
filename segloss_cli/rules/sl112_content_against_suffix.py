"""The file's bytes are of another format than its name says.

## What it is
A PNG named ``.jpg``, a BMP that is a PNG inside, an ``.npy`` saved under ``.png``: the first bytes of a file say what
it is, the name only what someone thought it was. segloss goes by the bytes. (A lossy picture under the name of a
lossless one is SL101's.)

## Why it hurts
Whatever goes by the name goes wrong: a glob for ``*.png`` misses the file, a reader chosen by suffix fails, and a tool
that writes the file back by its name, as ``cv2.imwrite`` and ``Image.save`` do, makes a real JPEG of a label that was
lossless: 57 grey levels where there were 2. Of the public label sets looked at for segloss, 28 files had the wrong
suffix.

## How to fix it
Rename the file, or save it once more in the format of its name, if that is lossless:

```python
path.rename(path.with_suffix(".png"))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, label
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Profile

_FORMATS = {
    "PNG": ("png", "apng"),
    "JPEG": ("jpg", "jpeg", "jpe", "jfif", "jif", "mpo"),
    "GIF": ("gif",),
    "BMP": ("bmp", "dib"),
    "TIFF": ("tif", "tiff", "gtiff"),
    "WEBP": ("webp",),
    "AVIF": ("avif", "avifs"),
    "JPEG2000": ("jp2", "j2k", "j2c", "jpc", "jpf", "jpx"),
    "PNM": ("pnm", "pbm", "pgm", "ppm", "pam", "pfm"),
    "NPY": ("npy",),
    "NPZ": ("npz",),
}
NAMED = {suffix: name for name, suffixes in _FORMATS.items() for suffix in suffixes}
"""The format that a suffix stands for; a suffix that is not here says nothing."""


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A file whose suffix stands for another format than its content has."""
    container = profile.container
    stored, suffix = container.format.upper().replace(" ", ""), _suffix(container.path)
    named = NAMED.get(suffix)
    if named is None or stored not in _FORMATS or named == stored or container.lossy:
        return
    risk = "; a tool that saves it by its name makes it lossy" if named == "JPEG" else ""
    yield Hit(
        f"{container.format} inside, by its first bytes, and named .{suffix}{risk}",
        f"rename it to .{_FORMATS[stored][0]}, or save it again as what its name says, if that is lossless",
        {"format": container.format, "suffix": suffix},
    )


def _suffix(path: str) -> str:
    """The suffix in small letters, without its dot; empty where the name has none."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name.lstrip(".") else ""


RULE = Rule(
    about="label",
    severity="warning",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("a PNG", label(path="a/gt.png")),
        Example("capitals", label(path="GT.PNG")),
        Example("another name of JPEG is SL101's", label(path="gt.jfif", format="JPEG", lossy=True)),
        Example("a JPEG named .png is SL101's", label(path="gt.png", format="JPEG", lossy=True)),
        Example("TIFF with one f", label(path="gt.tif", format="TIFF")),
        Example("a PGM", label(path="gt.pgm", format="PNM")),
        Example("no suffix", label(path="labels.d/gt")),
        Example("a suffix that stands for nothing", label(path="gt.mask")),
        Example("a hidden file", label(path=".png", format="GIF")),
        Example("a number behind a dot", label(path="scan.001", format="BMP")),
        Example("an array", array()),
    ),
    bad=(
        Example("a PNG named .jpg", label(path="a/gt.jpg"), says="makes it lossy"),
        Example("a PNG named .bmp", label(path="C:\\gt\\1.BMP"), says="PNG inside, by its first bytes, and named .bmp"),
        Example("an array named .png", array(path="gt.png"), says="NPY inside"),
        Example("a GIF named .png", label(path="gt.gt.png", format="GIF", mode="P"), says="named .png"),
        Example("a lossless WebP named .png", label(path="gt.png", format="WEBP"), says="WEBP inside"),
    ),
)

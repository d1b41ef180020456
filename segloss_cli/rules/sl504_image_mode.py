"""The image is stored in a way that readers turn into different tensors.

## What it is
Most photos are RGB or grey with 8 bits. This one has an alpha band (RGBA, LA), a palette (P: the pixels are indices
into it), printing inks (CMYK), another colour space (LAB, YCbCr), or 16 and more bits. One reader converts, another
hands over what is stored. (Images of different modes in one data set are SL506's.)

## Why it hurts
``expected input[1, 4, 345, 514] to have 3 channels, but got 4 channels instead``: 8 threads of 420 are about alpha
alone. The others are silent. ``np.array(Image.open(path))`` of a palette image gives indices, whose grey levels mean
nothing; of a CMYK image 4 bands. Of 16 bits Pillow's ``convert("L")`` clips: 300 and 1000 both become 255, a
white picture; OpenCV's ``imread`` divides by 256; ``ToTensor`` leaves the numbers unscaled.

## How to fix it
Convert in one place, whatever the file says, or store what you train on:

```python
image = Image.open(path).convert("RGB")                           # alpha, palette, inks
image = (np.asarray(Image.open(path)) / 65535).astype(np.float32)  # 16 bits: scale, do not clip
```

If your loader does this already, leave the rule out: ``--ignore SL504``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._scenes import scene
from segloss_cli.types import Container, Contract, Scene

RGB = "load it with Image.open(path).convert('RGB'), or store it as RGB"
SCALE = "scale it to 0..1 in the loader, or store 8 bits: convert('L') and convert('RGB') clip at 255"
_ALPHA = {"RGBA": 4, "RGBa": 4, "PA": 2, "LA": 2, "La": 2}
_SPACES = {"LAB", "YCbCr", "HSV"}


def judge(scene: Scene, _: Contract) -> Iterator[Hit]:
    """An image whose mode or depth is not that of a plain photo."""
    container = scene.picture.container
    found = _found(container)
    if found is None:
        return
    what, remedy = found
    evidence = {"mode": container.mode, "bit_depth": container.bit_depth, "format": container.format}
    message = f"the image is a {container.format}, mode {container.mode}: {what}"
    yield Hit(message, remedy, evidence, key=scene.picture.path)


def _found(container: Container) -> tuple[str, str] | None:
    """What is unusual, and what to do about it; None of a plain photo, and of arrays."""
    mode = container.mode
    if mode in _ALPHA:
        return f"a reader that keeps alpha hands over {_ALPHA[mode]} channels{_deep(container)}", RGB
    if mode == "P":
        return "a reader that takes no notice of the palette hands over its indices, not colours", RGB
    if mode == "CMYK":
        return "4 channels of inks, where a network was promised red, green and blue", RGB
    if mode in _SPACES:
        return "three channels, which are not red, green and blue", RGB
    if mode and (container.bit_depth or 8) > 8:
        return f"{container.bit_depth} bits a channel, which readers clip, cut or leave unscaled", SCALE
    return None


def _deep(container: Container) -> str:
    return f" of {container.bit_depth} bits" if (container.bit_depth or 8) > 8 else ""


_SIZE = (480, 640)
_SLIDE: dict[str, Any] = {"format": "TIFF", "mode": "I;16", "dtype": "uint16", "bit_depth": 16}

RULE = Rule(
    about="scene",
    severity="warning",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("RGB", scene(_SIZE)),
        Example("grey", scene(_SIZE, mode="L", shape=_SIZE)),
        Example("black and white", scene(_SIZE, mode="1", shape=_SIZE, bit_depth=1)),
        Example("an array", scene(_SIZE, mode="", format="NPY", dtype="float32", bit_depth=None)),
    ),
    bad=(
        Example("RGBA", scene(_SIZE, format="PNG", mode="RGBA", shape=(*_SIZE, 4)), says="hands over 4 channels"),
        Example("grey with alpha", scene(_SIZE, format="PNG", mode="LA", shape=(*_SIZE, 2)), says="2 channels"),
        Example(
            "RGBA of 16 bits",
            scene(_SIZE, format="PNG", mode="RGBA", shape=(*_SIZE, 4), dtype="uint16", bit_depth=16),
            says="4 channels of 16 bits",
        ),
        Example("a GIF", scene(_SIZE, format="GIF", mode="P", shape=_SIZE), says="mode P"),
        Example("CMYK", scene(_SIZE, mode="CMYK", shape=(*_SIZE, 4)), says="inks"),
        Example("LAB", scene(_SIZE, format="TIFF", mode="LAB"), says="not red, green and blue"),
        Example("grey of 16 bits", scene(_SIZE, shape=_SIZE, **_SLIDE), says="16 bits a channel"),
        Example("RGB of 16 bits", scene(_SIZE, format="PNG", dtype="uint16", bit_depth=16), says="16 bits a channel"),
        Example(
            "floating numbers",
            scene(_SIZE, shape=_SIZE, **_SLIDE | {"mode": "F", "dtype": "float32", "bit_depth": 32}),
            says="32 bits",
        ),
    ),
)

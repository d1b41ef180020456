"""What a label file becomes in the hands of the usual wrong readers, worked out from its values alone.

* ``np.asarray``: what ``np.asarray(Image.open(path))`` gives, where that is not the stored value: Pillow stretches
  2-bit and 4-bit grey to 0..255.
* ``ToTensor``: ``torchvision.transforms.ToTensor()`` divides 8-bit values by 255.
* ``convert_L``: ``Image.open(path).convert("L")`` replaces palette indices by the luminance of their colours and
  1-bit values by 0 and 255, and clips 16-bit values at 255.
* ``cv2_imread``: ``cv2.imread(path)`` replaces palette indices by (blue, green, red).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from segloss_cli.types import Colour, Container, Profile

View = Callable[[int], Any]


def readers_of(profile: Profile) -> Mapping[str, Mapping[int, Any]]:
    """Per reader, what each stored value of the label becomes; readers that change nothing are left out."""
    if profile.counts is None or len(profile.container.shape) != 2 or profile.floating:
        return {}
    values = [int(value) for value in profile.counts]
    seen = {name: {value: view(value) for value in values} for name, view in _views(profile.container).items()}
    return {name: view for name, view in seen.items() if any(before != after for before, after in view.items())}


def luminance(colour: Colour) -> int:
    """The grey level that Pillow gives to a colour (ITU-R 601-2, in 16-bit fixed point).

    >>> luminance((128, 0, 0))
    38
    """
    red, green, blue = colour
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16


def _views(box: Container) -> dict[str, View]:
    if not box.mode:
        return {"ToTensor": _over_255} if box.dtype == "uint8" else {}
    if box.mode == "1":
        return {"ToTensor": float, "convert_L": lambda value: value * 255}
    if box.mode == "P":
        return _palette_views(box.palette)
    if box.dtype != "uint8":
        return {"convert_L": lambda value: min(value, 255)}
    top = (1 << (box.bit_depth or 8)) - 1
    if top == 255:
        return {"ToTensor": _over_255}

    def stretched(value: int) -> int:
        return value * 255 // top

    return {"np.asarray": stretched, "ToTensor": lambda value: round(value / top, 4), "convert_L": stretched}


def _palette_views(palette: tuple[Colour, ...]) -> dict[str, View]:
    def colour(index: int) -> Colour:
        return palette[index] if index < len(palette) else (0, 0, 0)

    return {
        "ToTensor": _over_255,
        "convert_L": lambda index: luminance(colour(index)),
        "cv2_imread": lambda index: list(reversed(colour(index))),
    }


def _over_255(value: int) -> float:
    return round(value / 255, 4)

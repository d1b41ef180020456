"""Colours that well-known labels are drawn in, and how presets write colours and names down."""

from __future__ import annotations

from segloss_cli.types import Colour

VOC_VOID: Colour = (224, 224, 192)


def voc_colour(index: int) -> Colour:
    """The colour of an id in the PASCAL VOC colour map: its bits, spread over R, G and B from the top.

    >>> voc_colour(1), voc_colour(15), voc_colour(255)
    ((128, 0, 0), (192, 128, 128), (224, 224, 192))
    """
    red = green = blue = 0
    for step in range(8):
        triple = index >> (3 * step)
        red |= (triple & 1) << (7 - step)
        green |= (triple >> 1 & 1) << (7 - step)
        blue |= (triple >> 2 & 1) << (7 - step)
    return red, green, blue


def listed(text: str) -> tuple[str, ...]:
    """Names in a text, separated by commas.

    >>> listed("sky, traffic light")
    ('sky', 'traffic light')
    """
    return tuple(" ".join(name.split()) for name in text.split(","))


def colours(text: str) -> tuple[Colour, ...]:
    """Colours in a text, as hexadecimal numbers.

    >>> colours("000000 8000ff")
    ((0, 0, 0), (128, 0, 255))
    """
    numbers = [int(word, 16) for word in text.split()]
    return tuple((number >> 16, number >> 8 & 255, number & 255) for number in numbers)

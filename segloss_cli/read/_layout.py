"""Which axis of a prediction is which, and why that is thought."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from segloss_cli.errors import ReadError

if TYPE_CHECKING:
    from segloss_cli.types import Task

MAX_CHANNELS = 256
"""A last axis longer than this is never taken for channels unless something else says so."""

MAX_ROW = 1 << 23
"""Values in a row of all channels: arrays are looked at in blocks of whole rows, which are held in memory."""

Reading = tuple[str, tuple[int, int, int, int], str]


def layout(
    path: str,
    shape: tuple[int, ...],
    *,
    one_channel: bool = False,
    task: Task | None = None,
    num_classes: int | None = None,
    label_shape: tuple[int, int] | None = None,
) -> Reading:
    """The axes of a stored array, the (N, C, H, W) they give, and the reason.

    Args:
        path: the file, for the error.
        shape: as stored.
        one_channel: the values are class ids, so three axes are (N, H, W).
        task: "binary" makes three axes (N, H, W) too, unless two channels are declared.
        num_classes: declared channels.
        label_shape: (H, W) of the label.

    Raises:
        ReadError: fewer than 2 or more than 4 axes.
    """
    if len(shape) == 2:
        return _reading("HW", shape, "2 axes are height and width")
    if len(shape) == 4:
        return _among(("NCHW", "NHWC"), shape, num_classes, label_shape)
    if len(shape) != 3:
        raise ReadError(path, f"has the shape {shape}; a prediction is (C, H, W), (N, C, H, W), (H, W) or (N, H, W)")
    two = num_classes == 2 and 2 in (shape[0], shape[2])
    binary = task == "binary" and not two and num_classes in (None, 1, 2)
    if not (one_channel or binary or num_classes == 1):
        return _among(("CHW", "HWC"), shape, num_classes, label_shape)
    if shape[2] == 1 and min(shape[:2]) > 1:
        return _reading("HWC", shape, "the last axis has length 1")
    return _reading("NHW", shape, _why_one_channel(one_channel, num_classes, shape[0]))


def check_row(path: str, axes: tuple[int, ...]) -> None:
    """Refuse an array whose rows are no picture's: its values may well stand in the wrong axes.

    Args:
        path: the file, for the error.
        axes: the lengths of the axes that make a row of all channels.

    Raises:
        ReadError: such a row has more than 2**23 values.
    """
    values = math.prod(axes)
    if values > MAX_ROW:
        reason = f"has {values:,} values in a row, and {MAX_ROW:,} at most are read; save it as (H, W), or cut it"
        raise ReadError(path, reason)


def _why_one_channel(ids: bool, num_classes: int | None, images: int) -> str:
    if ids:
        return f"class ids have one channel, so 3 axes are {images} images"
    if num_classes == 1:
        return f"one channel is declared, so 3 axes are {images} images"
    return f"a binary task has one channel, so 3 axes are {images} images"


def _reading(axes: str, shape: tuple[int, ...], reason: str) -> Reading:
    sizes = dict(zip(axes, shape, strict=True))
    n, c, h, w = (sizes.get(axis, 1) for axis in "NCHW")
    return axes, (n, c, h, w), reason


def _among(
    axes: tuple[str, str], shape: tuple[int, ...], num_classes: int | None, label_shape: tuple[int, int] | None
) -> Reading:
    """Channels first or last: by what is declared, else by the label's size, else by the sizes alone."""
    first, last = (_reading(each, shape, "") for each in axes)
    for words, fits in (
        (f"{num_classes} classes are declared", [r for r in (first, last) if r[1][1] == num_classes]),
        (f"the label's size is {label_shape}", [r for r in (first, last) if r[1][2:] == label_shape]),
    ):
        if len(fits) == 1:
            found, sizes, _ = fits[0]
            return found, sizes, f"{_place(found)}: {words}"
    return _by_size(first, last, shape)


def _by_size(first: Reading, last: Reading, shape: tuple[int, ...]) -> Reading:
    a, b, c = shape[-3:]
    if c == 1 and min(a, b) > 1:
        return *last[:2], f"{_place(last[0])}: the last axis has length 1"
    if c <= MAX_CHANNELS and 2 * c <= min(a, b):
        return *last[:2], f"{_place(last[0])}: the last axis ({c}) is much shorter than {a} and {b}"
    if a == 1:
        return *first[:2], f"{_place(first[0])}: axis {len(shape) - 3} has length 1"
    if a <= MAX_CHANNELS and 2 * a <= min(b, c):
        return *first[:2], f"{_place(first[0])}: axis {len(shape) - 3} ({a}) is much shorter than {b} and {c}"
    return *first[:2], f"{_place(first[0])} by default: the sizes {a}, {b}, {c} leave it open"


def _place(axes: str) -> str:
    return "channels last" if axes.endswith("C") else "channels first"

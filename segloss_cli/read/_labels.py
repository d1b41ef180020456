"""What a decoded file says as a label: its values as (N, H, W), or (N, H, W, bands) where they are colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segloss_cli.errors import ReadError
from segloss_cli.read._layout import check_row
from segloss_cli.read._source import Decoded
from segloss_cli.types import Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from segloss_cli.types import Task

COLOUR_SIDE = 4
"""An array (H, W, 3 | 4) is coloured where height and width are larger than this."""


STRIP = 1 << 22
"""Pixels that are copied from a picture at a time."""


def mask_of(decoded: Decoded, task: Task | None) -> Mask:
    """A decoded file as a label; arrays of no usable shape are refused."""
    image = decoded.image
    if image is not None:
        return Mask(decoded.container, image=image, ids=lambda: _picture_ids(image))
    if decoded.container.mode:
        return _whole(decoded, (1, *decoded.container.shape))
    shape = label_shape(decoded, task)
    planes = task == "multilabel" and len(shape) == 4
    check_row(decoded.container.path, (shape[1], shape[3]) if planes else shape[2:])
    return _whole(decoded, shape)


def label_shape(decoded: Decoded, task: Task | None) -> tuple[int, ...]:
    """The shape that ``ids()`` gives an array: (N, H, W), (N, H, W, 3 | 4), or (N, C, H, W) of planes.

    Raises:
        ReadError: the array has no such shape.
    """
    container = decoded.container
    shape = container.shape
    if len(shape) < 2:
        raise ReadError(container.path, f"has the shape {shape}; a label is (H, W) or (N, H, W)")
    if task == "multilabel" and len(shape) <= 4:
        return (1,) * (4 - len(shape)) + shape
    if _is_coloured(shape, container.dtype):
        return shape if len(shape) == 4 else (1, *shape)
    plain = _without_singletons(shape)
    if len(plain) > 3:
        remedy = (
            "take the argmax over its class axis, or say --task multilabel" if len(plain) == 4 else "save (N, H, W)"
        )
        raise ReadError(container.path, f"has the shape {shape}, which is no label: {remedy}")
    return plain if len(plain) == 3 else (1, *plain)


def _whole(decoded: Decoded, shape: tuple[int, ...]) -> Mask:
    array = decoded.array
    return Mask(decoded.container, array=array, ids=lambda: _reshaped(array, shape))


def _reshaped(array: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Axes of length 1 are added or dropped, so this is a view of a memory map too, in either order."""
    import numpy as np

    plain: NDArray[Any] = np.asarray(array).reshape(shape)
    return plain


def _picture_ids(image: Image.Image) -> NDArray[Any]:
    """The pixels, copied strip by strip: of a whole picture Pillow holds two more copies meanwhile."""
    import numpy as np

    width, height = image.size
    step = max(STRIP // width, 1)
    first = np.asarray(image.crop((0, 0, width, min(step, height))))
    ids = np.empty((1, height, *first.shape[1:]), first.dtype)
    ids[0, : len(first)] = first
    for top in range(step, height, step):
        ids[0, top : top + step] = np.asarray(image.crop((0, top, width, min(top + step, height))))
    return ids


def _is_coloured(shape: tuple[int, ...], dtype: str) -> bool:
    spatial = shape[-3:-1]
    return (
        len(shape) in (3, 4)
        and shape[-1] in (3, 4)
        and min(spatial) > COLOUR_SIDE
        and dtype.startswith(("int", "uint"))
    )


def _without_singletons(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Drop axes of length 1 beside height and width: the channel axis, first or last, then leading ones.

    >>> _without_singletons((8, 1, 4, 6)), _without_singletons((8, 4, 6, 1)), _without_singletons((1, 4, 6))
    ((8, 4, 6), (8, 4, 6), (1, 4, 6))
    """
    plain = shape
    if len(plain) > 2 and plain[-1] == 1 and min(plain[-3:-1]) > 1:
        plain = plain[:-1]
    while len(plain) > 3 and 1 in plain[:-2]:
        at = len(plain) - 3 - plain[:-2][::-1].index(1)
        plain = plain[:at] + plain[at + 1 :]
    return plain

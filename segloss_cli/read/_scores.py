"""What a decoded file says as a prediction: its axes, and what its values are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segloss_cli._planes import blocks, nchw
from segloss_cli.errors import ReadError
from segloss_cli.read._kind import decide
from segloss_cli.read._layout import check_row, layout
from segloss_cli.read._source import Decoded
from segloss_cli.types import Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.types import Kind, Task

FEW = 48
"""A map of probabilities has at least this many distinct levels (fewer where the picture is tiny)."""


def scores_of(
    decoded: Decoded, kind: Kind | None, task: Task | None, num_classes: int | None, label_shape: tuple[int, int] | None
) -> Scores:
    """A decoded file as a prediction; what is not given, its values tell."""
    path = decoded.container.path
    array = _array(decoded)
    shape, integral = _plain(array.shape), array.dtype.kind in "biu"

    def read_axes(*, ids: bool) -> tuple[str, tuple[int, int, int, int], str]:
        return layout(
            path, shape, one_channel=ids, task=task, num_classes=None if ids else num_classes, label_shape=label_shape
        )

    array = array.reshape(shape)
    axes, sizes, why = read_axes(ids=kind == "ids")
    check_row(path, (sizes[1], sizes[3]))
    if kind is None and integral:
        found, reason = _integral_kind(decoded, nchw(array, axes), num_classes)
        if found == "ids":
            axes, sizes, why = read_axes(ids=True)
    elif kind is None:
        found, reason = decide(nchw(array, axes))
    else:
        found, reason = kind, f"declared to be {kind}"
    if found == "ids" and sizes[1] > 1:
        raise ReadError(path, f"has the shape {array.shape}, so it cannot be class ids: those have one channel")
    if found == "probabilities" and integral and array.dtype.kind != "b" and _top(nchw(array, axes)) <= 1:
        array = array.view(bool) if array.dtype == "uint8" else array.astype(bool)
    return Scores(decoded.container, array, axes, sizes, found, reason, why, kind is not None)


def _array(decoded: Decoded) -> NDArray[Any]:
    """The values as an array; a picture's one band, or the one that its equal bands agree on."""
    if decoded.array is not None and not decoded.container.mode:
        return decoded.array
    import numpy as np

    array = decoded.array if decoded.array is not None else np.asarray(decoded.image)
    if array.ndim == 2:
        return array
    bands = array[..., : -1 if decoded.container.alpha != "none" else None]
    if (bands == bands[..., :1]).all():
        return np.ascontiguousarray(bands[..., 0])
    reason = "is a coloured picture; a prediction picture is grey: class ids, or probabilities times 255 or 65535"
    raise ReadError(decoded.container.path, reason)


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without leading axes of length 1 on top of four others."""
    while len(shape) > 4 and shape[0] == 1:
        shape = shape[1:]
    return shape


def _integral_kind(decoded: Decoded, view: NDArray[Any], num_classes: int | None) -> tuple[Kind, str]:
    mode = decoded.container.mode
    if mode in {"P", "PA", "1"}:
        return "ids", f"a picture of mode {mode} holds class ids"
    if view.shape[1] > 1 and (planes := _planes_kind(view, stacked=len(decoded.container.shape) > 3)):
        return planes
    if view.dtype.kind == "u" and view.dtype.itemsize <= 2:
        return _levels_kind(view, num_classes)
    return "ids", "whole numbers"


def _planes_kind(view: NDArray[Any], *, stacked: bool) -> tuple[Kind, str] | None:
    """Several planes are one-hot if they sum to 1; four axes cannot be class ids, whatever they hold."""
    channels = view.shape[1]
    low, high, ones = 0, 0, True
    for _, _, block in blocks(view):
        low, high = min(low, int(block.min())), max(high, int(block.max()))
        ones = ones and bool((block.sum(axis=0, dtype="int64") == 1).all())
    if ones and low >= 0:
        return "probabilities", f"0 and 1 only, with one 1 among the {channels} channels (one-hot)"
    if not stacked:
        return None
    if (low, high) == (0, 1):
        return "probabilities", f"0 and 1 only, in {channels} channels"
    return ("logits", f"whole numbers from {low} to {high} in {channels} channels") if low < 0 else None


def _levels_kind(view: NDArray[Any], num_classes: int | None) -> tuple[Kind, str]:
    """8- and 16-bit levels: class ids are few, a map of probabilities is many levels spread over the range."""
    levels, channels = _levels(view), view.shape[1]
    limit = 255 if view.dtype.itemsize == 1 else 65535
    top, distinct = levels[-1], len(levels)
    if num_classes is not None and channels == 1 and top < num_classes > 1:
        return "ids", f"{distinct} values up to {top}, all below the {num_classes} declared classes"
    if levels in ([0, limit], [limit]):
        return "probabilities", f"0 and {limit} only: a thresholded map, read as 0 and 1"
    enough = min(FEW, max(8, view[0, 0].size // 4))
    if distinct >= enough and top > limit // 4:
        return "probabilities", f"{distinct} levels up to {top}: a map of probabilities times {limit}"
    if channels > 1 and _sums_to(view, limit):
        return "probabilities", f"levels that sum to {limit} over the {channels} channels"
    return "ids", f"{distinct} values from {levels[0]} to {top}: too few levels for a map of probabilities"


def _levels(view: NDArray[Any]) -> list[int]:
    import numpy as np

    present = np.zeros(1 << 8 * view.dtype.itemsize, bool)
    for _, _, block in blocks(view):
        present[block] = True
    return [int(level) for level in np.flatnonzero(present)]


def _sums_to(view: NDArray[Any], limit: int) -> bool:
    slack = view.shape[1]
    return all((abs(block.sum(axis=0, dtype="int64") - limit) <= slack).all() for _, _, block in blocks(view))


def _top(view: NDArray[Any]) -> int:
    return max(int(block.max()) for _, _, block in blocks(view))

"""Losses of one plane at a time, which is one class of one image, and their mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from segloss_cli._record import record
from segloss_cli.losses._loss import Values
from segloss_cli.losses._sums import Array, Canvas, Planes, mean_where, namespace


@record(frozen=True)
class Part:
    """The loss of one plane (0-d, whatever it is where no pixel counts) and how many pixels count."""

    loss: Array
    valid: int


def seen(canvas: Canvas, c: int) -> tuple[Array, Array, Array]:
    """Probability and target of a class, both 0 where a pixel does not count, and which pixels do, (height, width)."""
    p, target, valid = canvas.probability(c), canvas.target(c), canvas.valid(c)
    # chosen rather than multiplied: what is under an ignored pixel may be NaN
    return where_valid(valid, p), target, valid


def where_valid(valid: Array, plane: Array) -> Array:
    """The plane, 0 where a pixel does not count."""
    xp = namespace(plane)
    return xp.where(valid, plane, xp.zeros_like(plane))


def dtype_of_sums(array: Array) -> Any:
    """float64, or float32 on Apple's devices, which have no other."""
    xp = namespace(array)
    return xp.float32 if str(array.device).startswith("mps") else xp.float64


def wide(plane: Array) -> Array:
    """The plane in the dtype of sums, in which squares of distances fit."""
    return namespace(plane).astype(plane, dtype_of_sums(plane), copy=False)


def total(plane: Array) -> Array:
    """The sum over pixels, 0-d."""
    return namespace(plane).sum(plane, dtype=dtype_of_sums(plane))


def tally(valid: Array) -> int:
    """How many pixels count."""
    return int(namespace(valid).count_nonzero(valid))


def counted(planes: Planes, *, include_background: bool) -> range:
    """The classes that count: not the first of several where the background is left out."""
    return range(0 if include_background or planes.classes == 1 else 1, planes.classes)


def plane_mean(planes: Planes, part: Callable[[int, int], Part], *, include_background: bool = True) -> Values:
    """The mean over images and classes of a loss per plane; planes without a valid pixel are left out.

    Args:
        planes: the maps.
        part: the loss of an image's class.
        include_background: whether class 0 counts, where there are several classes.
    """
    classes = counted(planes, include_background=include_background)
    rows = [[part(i, c) for c in classes] for i in range(len(planes.images))]
    losses = stacked([[one.loss for one in row] for row in rows])
    kept = namespace(losses).asarray([[one.valid > 0 for one in row] for row in rows], device=losses.device)
    return mean_of(planes, losses, kept, classes)


def stacked(rows: list[list[Array]]) -> Array:
    """0-d arrays as one array, (rows, columns)."""
    xp = namespace(rows[0][0])
    return xp.stack([xp.stack(row) for row in rows])


def mean_of(planes: Planes, losses: Array, kept: Array, classes: range) -> Values:
    """The mean over images and those classes that count, (images, counted classes), where it is kept."""
    xp = namespace(losses)
    alone = mean_where(losses, kept, axis=0)
    background = [xp.full_like(alone[:1], float("nan"))] * classes.start
    nothing = None if bool(xp.any(kept)) else "no valid pixel: every one is ignored"
    return Values(
        mean_where(losses, kept), xp.concat([*background, alone]), over(planes, classes), nothing, note(classes)
    )


def over(planes: Planes, classes: range) -> str:
    """What was averaged, in words."""
    parts = "foreground" if planes.classes == 1 else f"{len(classes)} {'classes' if len(classes) > 1 else 'class'}"
    images = len(planes.images)
    return parts if images == 1 else f"{parts}, mean of {images} images"


def note(classes: range) -> Callable[[], str]:
    """A remark where the background is left out, which is a class like any other in a multi-label prediction."""
    return partial(_left_out, classes.stop) if classes.start else str


def _left_out(classes: int) -> str:
    return f"class 0 of {classes} is left out as the background; include_background=true counts it"

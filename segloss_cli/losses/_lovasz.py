"""The Lovasz extension of the Jaccard loss, by image or batch and class, and its mean: what both Lovasz losses share.

With the errors of n pixels in descending order, e(1) >= ... >= e(n), and J(i) the Jaccard loss of taking the first i of
them for wrong::

    J(i) = 1 - (G - f) / (G + i - f)        G pixels are of the class, f of the first i

the extension is the sum of e(i) (J(i) - J(i - 1)). Equal errors may stand in any order. Where the class is absent, J is
1 from the first pixel on, so the extension is the largest error.

Maps of the CPU engine go through ``_lovasz_keys.py``. The sort in this file serves tensors: the steps of J are
constants, so that the gradient with respect to the errors is the steps, as in M. Berman's code; of each class a step
and two flags per pixel are kept for the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segloss_cli._record import record
from segloss_cli.losses._by_plane import dtype_of_sums, stacked, where_valid
from segloss_cli.losses._class_mean import Classes, Scope, Weigh, class_mean
from segloss_cli.losses._loss import Values
from segloss_cli.losses._sums import Array, Canvas, Planes, Regions, namespace

if TYPE_CHECKING:
    from numpy.typing import NDArray

Task = tuple[tuple[int, ...], int]
"""The images whose pixels are ranked together, and a class."""


@record(frozen=True)
class Errors:
    """What is sorted: the error of a pixel, 0 or more.

    ``of_logits``: errors are made of logits, else of probabilities. ``maps(values, target)`` makes them as a new array;
    ``in_place(values, own)`` turns values (pixels,) into the errors of pixels of other classes, and returns those of
    the pixels numbered ``own``, as pixels of the class.
    """

    of_logits: bool
    maps: Callable[[Array, Array], Array]
    in_place: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]


@record(frozen=True)
class Labels:
    """What the label holds, by image and class: ``sizes`` pixels of the class, and ``valid`` ones that count.

    ``soft``: some target is neither 0 nor 1. ``zero`` is a 0-d array beside the maps, in the dtype of sums.
    """

    sizes: Sequence[Sequence[int]]
    valid: Sequence[Sequence[int]]
    soft: bool
    zero: Array

    def regions(self) -> Regions:
        """The sizes as the record that means over classes read them from."""
        xp = namespace(self.zero)
        sizes, valid = (
            xp.asarray(counts, dtype=self.zero.dtype, device=self.zero.device) for counts in (self.sizes, self.valid)
        )
        return Regions(sizes, sizes, sizes, sizes, valid)


def lovasz_mean(
    planes: Planes,
    errors: Errors,
    *,
    scope: Scope,
    classes: Classes,
    bins: int | None = None,
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    empty: bool = False,
    soft: bool = False,
) -> Values:
    """The mean of the extensions over classes, then over the images where each is ranked alone.

    Args:
        planes: the maps.
        errors: what to sort.
        scope: rank the pixels of the "batch" together, or of each "image".
        classes: the mean is over "all" of them or over the "present" ones.
        bins: None is exact; else errors in [0, 1] are counted in so many bins (tensors are sorted all the same).
        weight: class weights, (classes,).
        weigh: what the weighted mean divides by.
        empty: whether a label without any class has a value.
        soft: whether targets beside 0 and 1 have one: what the formula makes of them, which is no Jaccard loss.
    """
    labels = planes.once(("lovasz", "labels"), lambda: _labels(planes))
    zero = labels.zero
    if labels.soft and not soft:
        return Values(zero * float("nan"), undefined="takes targets of 0 and 1, and this label holds others")
    xp, every = namespace(zero), range(len(planes.images))
    rows = [tuple(every)] if scope == "batch" else [(i,) for i in every]
    wanted = [[_counts(labels, row, c, classes) for c in range(planes.classes)] for row in rows]
    tasks = [(row, c) for row, flags in zip(rows, wanted, strict=True) for c, flag in enumerate(flags) if flag]
    known = _solved(planes, errors, tasks, bins, keys=not labels.soft)
    return class_mean(
        stacked([[known.get((row, c), zero) for c in range(planes.classes)] for row in rows]),
        labels.regions(),
        scope=scope,
        classes=classes,
        usable=xp.asarray(wanted, device=zero.device),
        weight=None if weight is None else xp.asarray(weight, dtype=zero.dtype, device=zero.device),
        weigh=weigh,
        undefined=_no_value(labels, empty=empty),
    )


def _no_value(labels: Labels, *, empty: bool) -> str | None:
    """Why there is no value, or None."""
    if not any(map(any, labels.valid)):
        return "no valid pixel: every one is ignored"
    return None if empty or any(map(any, labels.sizes)) else "no pixel of any class in the label"


def _labels(planes: Planes) -> Labels:
    """Sizes from the strips of the CPU engine, or from whole maps."""
    first = planes.images[0]
    some = first.strips.marks(0).codes if first.strips else first.valid(0)
    zero = namespace(some).zeros((), dtype=dtype_of_sums(some), device=some.device)
    found = [[_label(canvas, c) for c in range(planes.classes)] for canvas in planes.images]
    sizes, valid, soft = ([[one[k] for one in row] for row in found] for k in range(3))
    return Labels(sizes, valid, any(map(any, soft)), zero)


def _label(canvas: Canvas, c: int) -> tuple[int, int, bool]:
    """Pixels of the class, pixels that count, and whether some target is neither 0 nor 1."""
    if canvas.strips:
        marks = canvas.strips.marks(c)
        return marks.size, marks.valid, marks.soft
    target, valid = canvas.target(c), canvas.valid(c)
    xp = namespace(target)
    size, count = (int(xp.count_nonzero(flags)) for flags in (target == 1, valid))
    return size, count, bool(xp.any((target != 0) & (target != 1)))


def _counts(labels: Labels, images: tuple[int, ...], c: int, classes: Classes) -> bool:
    """Whether a class is in the mean of these images."""
    there = labels.sizes if classes == "present" else labels.valid
    return any(there[i][c] for i in images)


def _solved(
    planes: Planes, errors: Errors, tasks: Sequence[Task], bins: int | None, *, keys: bool
) -> Mapping[Task, Array]:
    """The extension of every task, and those that another convention has asked for before."""
    strips = [canvas.strips for canvas in planes.images if canvas.strips and keys]
    known: dict[Task, Array] = planes.once(("lovasz", errors, bins if strips else None), dict)
    missing = [task for task in tasks if task not in known]
    if missing and strips:
        import numpy as np

        from segloss_cli.losses._lovasz_keys import extensions

        known.update(zip(missing, map(np.asarray, extensions(strips, missing, errors, bins)), strict=True))
    elif missing:
        known.update((task, _extension(planes, task, errors)) for task in missing)
    return known


def _extension(planes: Planes, task: Task, errors: Errors) -> Array:
    """The extension of one task from whole maps, differentiable with respect to them."""
    images, c = task
    parts = [_flat(planes.images[i], c, errors) for i in images]
    xp = namespace(parts[0][0])
    error, target = (xp.concat(each) if len(parts) > 1 else each[0] for each in zip(*parts, strict=True))
    wide = dtype_of_sums(error)
    if not bool(xp.any(target != 0)):
        return xp.astype(xp.max(error), wide)
    order = xp.argsort(-error, stable=False)
    steps = xp.zeros_like(error, dtype=xp.result_type(error.dtype, xp.float32))
    steps[order] = xp.astype(_steps(xp.astype(target[order], wide)), steps.dtype)
    return xp.sum(error * steps, dtype=wide)


def _flat(canvas: Canvas, c: int, errors: Errors) -> tuple[Array, Array]:
    """Errors and targets, (pixels,) each, 0 where a pixel does not count: an error of 0 is as good as none."""
    target = canvas.target(c)
    error = where_valid(
        canvas.valid(c), errors.maps(canvas.logits(c) if errors.of_logits else canvas.probability(c), target)
    )
    xp = namespace(error)
    return xp.reshape(error, (-1,)), xp.reshape(target, (-1,))


def _steps(target: Array) -> Array:
    """The steps of the Jaccard loss J as one pixel after the other is taken for wrong.

    Of targets 0 and 1 they are not differences of J, which would lose digits: 1 / U for a pixel of the class, and
    (G - f) / (U (U - 1)) for another, where U = G + i - f pixels are in the union.

    >>> import numpy as np
    >>> _steps(np.asarray([0.0, 1.0, 1.0])).tolist()  # J = 1/3, 2/3, 1
    [0.3333333333333333, 0.3333333333333333, 0.3333333333333333]
    """
    xp = namespace(target)
    before = xp.cumsum(target, 0)
    left = before[-1] - before
    union = left + xp.arange(1, target.shape[0] + 1, dtype=target.dtype, device=target.device)
    if bool(xp.any((target != 0) & (target != 1))):
        loss = 1 - left / union
        return xp.concat([loss[:1], loss[1:] - loss[:-1]])
    others = left / (union * xp.where(union > 1, union - 1, xp.ones_like(union)))
    return xp.where(target == 1, 1 / union, others)

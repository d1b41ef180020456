"""clDice: Dice of centre lines, for what must stay connected.

When to use: vessels, roads, cracks, nerves. A lost thin branch costs Dice next to nothing beside a wide one; here both
count by their length. It does not see how wide a line is, so it stands beside Dice rather than in its place.

Formula, with p the probability, y the label, skel the soft skeleton of a map and s = ``smooth``::

    T = (sum skel(p) y + s) / (sum skel(p) + s)        S = (sum skel(y) p + s) / (sum skel(y) + s)
    clDice = 1 - 2 T S / (T + S)

The skeleton is what ``iterations`` erosions leave, one after another, less what a dilation brings back of the next.

Convention: softmax inside (sigmoid for one channel: then the foreground alone; or a sigmoid per channel, multi-label);
per image and class, then the mean; class 0 is left out as the background where there are several. An absent class has
S = 1, so it is punished by the lines that were predicted. Ignored pixels have p = y = 0; an image without valid pixels
is left out; nothing valid is undefined. With smooth = 0 a class without any line in prediction or label has no ratio
and is left out.

Knobs: ``iterations``: how many erosions, about half the width of the widest line; ``smooth``, ``smooth_denominator``
(the same unless given), ``smooth_mean`` (added to T + S), ``include_background``, ``scope`` (T and S of each "class"
of each image, of all classes of an "image" together, or of the "batch" as one). MONAI has the scope of an image and
smooth_mean 1e-4; the authors' code is ``iterations=10,scope=batch,include_background=true`` (it erodes ten times
whatever ``iter_``).

Reference: S. Shit et al., "clDice - a Novel Topology-Preserving Loss Function for Tubular Structure Segmentation",
2021, algorithms 1 and 2 (arXiv 2003.07311).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any, Literal

from segloss_cli._record import record
from segloss_cli.errors import UsageError
from segloss_cli.losses._by_plane import counted, mean_of, seen, stacked, tally, total
from segloss_cli.losses._loss import EVERY_TASK, EXCLUSIVE, INF, Bounds, Convention, Loss, Values
from segloss_cli.losses._morphology import skeleton
from segloss_cli.losses._sums import Array, Canvas, Planes, namespace, ratio

Scope = Literal["class", "image", "batch"]
_OVER = {"image": "per image", "batch": "the batch as one"}


def cldice(
    planes: Planes,
    *,
    iterations: int = 3,
    smooth: float = 1.0,
    smooth_denominator: float | None = None,
    smooth_mean: float = 0.0,
    include_background: bool = False,
    scope: Scope = "class",
) -> Values:
    """One minus the harmonic mean of the precision and the sensitivity of soft centre lines.

    Args:
        planes: maps of probabilities and labels.
        iterations: how many erosions.
        smooth: added to the numerators of T and S.
        smooth_denominator: what is added to their denominators instead, where it differs.
        smooth_mean: added to the denominator of their harmonic mean.
        include_background: whether class 0 counts, where there are several.
        scope: T and S of each "class", of an "image" or of the "batch".

    Raises:
        UsageError: negative smoothing or iterations.

    Example: a line of four pixels, of which p = (1, 1, 0, 0) is found: each is its own skeleton.

        >>> import numpy as np
        >>> from segloss_cli.losses._sums import Canvas
        >>> p, y = (np.zeros((3, 4)) for _ in range(2))
        >>> p[1, :2] = y[1] = 1
        >>> canvas = Canvas((3, 4), 1, np.log, lambda c: p, lambda c: y, lambda c: y >= 0)
        >>> round(cldice(Planes((canvas,), {})).value.item(), 10)  # T = 3 / 3, S = 3 / 5: 1 - 1.2 / 1.6
        0.25
    """
    bottom = smooth if smooth_denominator is None else smooth_denominator
    if min(iterations, smooth, bottom, smooth_mean) < 0:
        given = f"iterations={iterations}, smooth={smooth}, smooth_denominator={bottom}, smooth_mean={smooth_mean}"
        raise UsageError(f"cldice: {given}; all are 0 or more")
    classes = counted(planes, include_background=include_background)
    lines, kept = _pooled(_sums(planes, iterations, classes), scope)
    losses, some = _losses(lines, (smooth, bottom, smooth_mean))
    mean = mean_of(planes, losses, kept & some, classes)
    if scope != "class":
        mean = replace(mean, per_class=None, over=f"{len(classes)} classes as one, {_OVER[scope]}")
    nothing = "no line in prediction or label, and smooth is 0"
    return replace(mean, undefined=nothing) if mean.undefined and bool(namespace(kept).any(kept)) else mean


@record(frozen=True)
class Lines:
    """Sums over pixels, (images, classes): of skel(p) y, skel(p), skel(y) p and skel(y)."""

    right: Array
    predicted: Array
    found: Array
    labelled: Array


def _sums(planes: Planes, iterations: int, classes: range) -> tuple[Lines, Array]:
    """The sums of each image and class, and where a pixel counts."""
    rows = [
        [planes.once(("lines", iterations, i, c), partial(_lines, canvas, iterations, c)) for c in classes]
        for i, canvas in enumerate(planes.images)
    ]
    sums = Lines(*(stacked([[plane[k] for plane in row] for row in rows]) for k in range(4)))
    kept = [[plane[4] > 0 for plane in row] for row in rows]
    return sums, namespace(sums.right).asarray(kept, device=sums.right.device)


def _lines(canvas: Canvas, iterations: int, c: int) -> tuple[Array, Array, Array, Array, int]:
    p, y, valid = seen(canvas, c)
    thin, thin_y = skeleton(p, iterations), skeleton(_small(y), iterations)
    return total(thin * y), total(thin), total(thin_y * p), total(thin_y), tally(valid)


def _small(y: Array) -> Array:
    """Zeros and ones as bytes, whose skeleton takes a fraction of the time."""
    xp = namespace(y)
    return xp.astype(y, xp.uint8) if bool(xp.all((y == 0) | (y == 1))) else y


def _pooled(planes: tuple[Lines, Array], scope: Scope) -> tuple[Lines, Array]:
    """The sums of what is one ratio, and whether a pixel of it counts."""
    lines, kept = planes
    if scope == "class":
        return lines, kept
    xp, axis = namespace(kept), 1 if scope == "image" else (0, 1)
    sums = (getattr(lines, f.name) for f in fields(lines))
    return Lines(*(xp.sum(each, axis=axis, keepdims=True) for each in sums)), xp.any(kept, axis=axis, keepdims=True)


def _losses(lines: Lines, smooth: tuple[float, float, float]) -> tuple[Array, Array]:
    """One minus the harmonic mean of T and S, and where both exist."""
    top, bottom, extra = smooth
    xp = namespace(lines.right)
    t = ratio(lines.right + top, lines.predicted + bottom)
    s = ratio(lines.found + top, lines.labelled + bottom)
    both = t + s + extra
    score = 2 * t * s / xp.where(both == 0, xp.ones_like(both), both)
    return 1 - score, (lines.predicted + bottom != 0) & (lines.labelled + bottom != 0)


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    top = knobs.get("smooth", 1.0)
    bottom = knobs.get("smooth_denominator", top)
    if bottom is None or bottom >= top:
        return 0.0, 1.0
    return (1 - top / bottom if bottom else -INF), 1.0


def _monai(
    *,
    iter_: int = 3,
    smooth_nr: float = 1.0,
    smooth_dr: float = 1.0,
    smooth: float = 1e-4,
    include_background: bool = True,
) -> Mapping[str, Any]:
    return {
        "iterations": iter_,
        "smooth": smooth_nr,
        "smooth_denominator": smooth_dr,
        "smooth_mean": smooth,
        "include_background": include_background,
        "scope": "image",
    }


LOSS = Loss(
    function=cldice,
    kinds=("planes",),
    tasks=EVERY_TASK,
    bounds=_bounds,
    default=frozenset(),
    planar=True,
    conventions={
        "monai": Convention(
            "SoftclDiceLoss(iter_=3, smooth_nr=smooth_dr=1, smooth=1e-4), MONAI 1.6: per image, all classes as one",
            EXCLUSIVE,
            frozenset(),
            _monai,
        ),
    },
)

"""Hausdorff loss: squared errors, weighted by how far they lie from the borders of prediction and label.

When to use: beside a region loss, where a few stray pixels far away matter more than many along the border, as they do
for the Hausdorff distance. It is 0 for a perfect prediction, however small the object.

Formula, with p the probability, y the label and d(m) each pixel's distance to the other side of a mask's border::

    HD = mean over valid pixels of (p - y)^2 (d(p > 0.5)^a + d(y)^a)          a = ``alpha``

then the mean over images and classes. ``method=erosion`` needs no distances: the error map e = (p - y)^2 is eroded k
times (the mean of the cross of five pixels less 0.5, not below 0, stretched to [0, 1]) and what is left after the i-th
erosion has the weight i^a: only errors several pixels wide last.

Convention: softmax inside (sigmoid for one channel: then the foreground alone; or a sigmoid per channel, multi-label);
class 0 is left out as the background where there are several. A mask without pixels, or of all pixels, has d = 0: a
class that is absent is punished by the borders of what was predicted only. Distances are constants: no gradient flows
through them. Ignored pixels have p = y = 0 and are in no mean; an image without valid pixels is left out; nothing
valid is undefined.

Knobs: ``alpha`` >= 0, ``include_background``, ``method`` ("distance", "erosion", "ids"), ``erosions`` (k, for
"erosion"), ``log`` (ln(1 + HD), as MONAI's ``LogHausdorffDTLoss``). "ids" is what mmseg's ``HuasdorffDisstanceLoss``
computes: p_c is compared with the label's id itself (2, 3, ...) rather than with 0 and 1, distances are those of any
foreground, and inside of it only, from the label and the arg max; classes 1 to C - 1 are summed and divided by C.
``leak``: ignored pixels count, as pixels of no class (mmseg has it so, with the id 0). kornia's takes probabilities:
its row stands for ``softmax(x)``. Needs SciPy, but for "erosion": ``segloss-cli[planes]``.

Reference: D. Karimi and S. Salcudean, "Reducing the Hausdorff Distance in Medical Image Segmentation with
Convolutional Neural Networks", 2019, the losses by distance transforms and by erosion (arXiv 1904.10030).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._by_plane import Part, plane_mean, seen, tally, total, where_valid, wide
from segloss_cli.losses._distance import beside, inside, kept, on_host, signed
from segloss_cli.losses._loss import EVERY_TASK, EXCLUSIVE, IGNORE, MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._morphology import cross_mean
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sums import Array, Canvas, Planes, namespace

Method = Literal["distance", "erosion", "ids"]


def hausdorff(
    planes: Planes,
    *,
    alpha: float = 2.0,
    include_background: bool = False,
    method: Method = "distance",
    erosions: int = 10,
    log: bool = False,
    leak: bool = False,
) -> Values:
    """The mean of squared errors by their distance from the borders, to the power of alpha (pixels^alpha).

    Args:
        planes: maps of probabilities and labels.
        alpha: the power of the distance.
        include_background: whether class 0 counts, where there are several ("ids": never).
        method: weigh errors by "distance", or by the "erosion" that they outlast; or as mmseg does, "ids".
        erosions: how many erosions.
        log: the logarithm of one more, ln(1 + HD).
        leak: ignored pixels count as pixels of no class.

    Raises:
        UsageError: a negative alpha, or less than one erosion.
        MissingExtraError: SciPy is not installed.

    Example: the foreground is pixel 1 of four, missed by a hair, and pixel 3 is found: d(y) = (1, 1, 1, 2) and
    d(p > 0.5) = (3, 2, 1, 1).

        >>> import numpy as np
        >>> from segloss_cli.losses._sums import Canvas
        >>> p, y = np.asarray([[0.0, 0.5, 0.0, 0.75]]), np.asarray([[0.0, 1.0, 0.0, 0.0]])
        >>> canvas = Canvas((1, 4), 1, np.log, lambda c: p, lambda c: y, lambda c: y >= 0)
        >>> hausdorff(Planes((canvas,), {}), alpha=1).value.item()  # (0.25 (2 + 1) + 0.5625 (1 + 2)) / 4
        0.609375
    """
    if alpha < 0 or erosions < 1:
        raise UsageError(f"hausdorff: alpha={alpha}, erosions={erosions}; alpha is 0 or more, erosions 1 or more")
    if method == "ids" and planes.classes == 1:
        raise UsageError("hausdorff: method=ids compares with ids of several classes, and there is one channel")
    void = leak and not any(tally(canvas.valid(c)) for canvas in planes.images for c in range(planes.classes))
    planes = _leaking(planes) if leak else planes
    kinds = {
        "distance": partial(_by_distance, planes, alpha),
        "erosion": partial(_by_erosion, planes, alpha, erosions),
        "ids": partial(_by_id, planes, alpha),
    }

    def part(image: int, c: int) -> Part:
        key = ("hausdorff", method, alpha, erosions, image, c)
        return planes.once(key, lambda: kinds[method](image, c))

    mean = plane_mean(planes, part, include_background=include_background or method == "ids")
    if log:
        mean = replace(mean, value=namespace(mean.value).log1p(mean.value))
    return replace(mean, undefined="no valid pixel: every one is ignored") if void else mean


def _leaking(planes: Planes) -> Planes:
    """The maps as those see them who do not know of ignored pixels; nothing of theirs is kept for the others."""

    def leaking(canvas: Canvas) -> Canvas:
        def all_valid(c: int) -> Array:
            valid = canvas.valid(c)
            return namespace(valid).ones_like(valid)

        return replace(canvas, valid=all_valid)

    return Planes(tuple(map(leaking, planes.images)), {})


def _by_distance(planes: Planes, alpha: float, image: int, c: int) -> Part:
    p, y, valid = seen(planes.images[image], c)
    found = kept(planes, ("predicted", image, c), lambda: signed(on_host(p > 0.5), "hausdorff"))
    weight = abs(found) ** alpha
    weight += abs(kept(planes, ("labelled", image, c), lambda: signed(on_host(y > 0.5), "hausdorff"))) ** alpha
    count = tally(valid)
    return Part(total(wide(p - y) ** 2 * beside(weight, p)) / max(count, 1), count)


def _by_erosion(planes: Planes, alpha: float, erosions: int, image: int, c: int) -> Part:
    p, y, valid = seen(planes.images[image], c)
    left = wide(p - y) ** 2
    xp, summed = namespace(left), 0 * left
    for k in range(erosions):
        left = _stretched(cross_mean(left) - 0.5)
        if not bool(xp.any(left != 0)):
            break  # nothing is left to erode
        summed = summed + (k + 1) ** alpha * left
    count = tally(valid)
    return Part(total(where_valid(valid, summed)) / max(count, 1), count)


def _stretched(plane: Array) -> Array:
    """What is not below 0, from its least value to its largest as [0, 1]; a constant stays as it is."""
    xp = namespace(plane)
    plane = xp.where(plane < 0, xp.zeros_like(plane), plane)
    least, largest = xp.min(plane), xp.max(plane)
    return plane if bool(least == largest) else (plane - least) / (largest - least)


def _by_id(planes: Planes, alpha: float, image: int, c: int) -> Part:
    """The part of one class; class 0 adds nothing, and counts in the divisor."""
    ids, weight = planes.once(("ids", alpha, image), lambda: _ids(planes, alpha, image))
    p, _, valid = seen(planes.images[image], c)
    count = tally(valid)
    return Part((c > 0) * total((wide(p) - ids) ** 2 * weight) / max(count, 1), count)


def _ids(planes: Planes, alpha: float, image: int) -> tuple[Array, Array]:
    """The label's ids, 0 where ignored, and the distances inside of any foreground of label and arg max."""
    canvas = planes.images[image]
    ids, background = 0 * wide(canvas.target(0)), canvas.logits(0)
    found = ids > 0
    for c in range(1, planes.classes):
        ids = ids + c * wide(canvas.target(c))
        found = found | (canvas.valid(c) & (canvas.logits(c) > background))
    weight = inside(on_host(found), "hausdorff") ** alpha + inside(on_host(ids > 0), "hausdorff") ** alpha
    return ids, beside(weight, ids)


def _monai(*, alpha: float = 2.0, include_background: bool = False, log: bool = False) -> Mapping[str, Any]:
    return {"alpha": alpha, "include_background": include_background, "log": log}


def _kornia(*, alpha: float = 2.0, k: int = 10) -> Mapping[str, Any]:
    return {"alpha": alpha, "erosions": k, "method": "erosion", "include_background": True}


def _mmseg() -> Mapping[str, Any]:
    return {"method": "ids", "leak": True}


LOSS = Loss(
    function=hausdorff,
    kinds=("planes",),
    tasks=EVERY_TASK,
    bounds=nonnegative,
    default=frozenset(),
    planar=True,
    extra="scipy",
    conventions={
        "kornia": Convention(
            "HausdorffERLoss(alpha=2, k=10)(softmax(x), y), kornia 0.9: by erosion, all classes",
            MULTICLASS,
            frozenset(),
            _kornia,
        ),
        "mmseg": Convention(
            "HuasdorffDisstanceLoss(ignore_index)(x, y), mmseg 1.2.2: compares p_c with the id itself",
            MULTICLASS,
            IGNORE,
            _mmseg,
        ),
        "monai": Convention(
            "HausdorffDTLoss(alpha=2, include_background=False), MONAI 1.6 (log=true: LogHausdorffDTLoss)",
            EXCLUSIVE,
            frozenset(),
            _monai,
        ),
    },
)

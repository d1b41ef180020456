"""Generalised IoU of hard regions: IoU with a penalty for how far apart two regions lie.

When to use: to see whether a region that is missed is missed by a little or by a lot; IoU is 0 either way. It is not
differentiable (the prediction's arg max is taken), so it is reported as a metric in the form of a loss.

Formula, with A the pixels predicted as a class, B those labelled so, and K the box that encloses both::

    GIoU = |A n B| / |A u B| - (|K| - |A u B|) / |K|          loss = 1 - GIoU, in [0, 2)

A perfect prediction scores 0 for boxes; for a mask it scores the share of K that the region leaves empty, 0 only for a
rectangle.

``region=box`` takes the bounding boxes of A and B in their place. Boxes are half-open, [x0, y0, x1 + 1, y1 + 1], so one
pixel has area 1 (``torchvision.ops.masks_to_boxes`` is inclusive: there one pixel has area 0 and loss 1 with itself).

``region=component`` takes the boxes of connected components (pixels that touch, at a corner too): each of the
prediction goes with at most one of the label's, so that the sum of the losses is the least; one that is left alone
costs 1. An object that is found in two pieces, or two that have grown together, then show.

Convention: per image and class, then the mean; a class that neither has is left out, one that only one has scores IoU 0
with K the other's box: loss 1 for boxes. Components: the mean over all pairs and lone ones of all images and classes.
Ignored pixels belong to no region. No class in either is undefined, and so are more than ten million pairs of
components of one class and image, which are not matched.

Knobs: ``region``: "mask" (default: aware of shape), "box" or "component" (needs SciPy: ``segloss-cli[planes]``).

Reference: H. Rezatofighi et al., "Generalized Intersection over Union", 2019, algorithm 1 (arXiv 1902.09630).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.losses import _components
from segloss_cli.losses._boxes import area, hull, shared
from segloss_cli.losses._loss import EXCLUSIVE, Bounds, Loss, Needs, Values
from segloss_cli.losses._sums import Array, Boxes, mean_where, namespace, ratio


def giou(boxes: Boxes, *, region: Literal["mask", "box", "component"] = "mask") -> Values:
    """One minus the mean generalised IoU over images and classes.

    Args:
        boxes: hard regions and their boxes, (images, classes) and (images, classes, 4); maps for components.
        region: compare the "mask", its "box", or the boxes of each "component".

    Raises:
        MissingExtraError: components without SciPy.

    Example: 2 x 2 squares at (0, 0) and (1, 1): IoU 1/7, enclosing box 9, union 7.

        >>> import numpy as np
        >>> box = lambda *b: np.asarray([[b]], dtype=float)
        >>> one = np.ones((1, 1))
        >>> squares = Boxes(one, 4 * one, 4 * one, box(0, 0, 2, 2), box(1, 1, 3, 3))
        >>> round(giou(squares).value.item(), 10)  # 1 - 1/7 + 2/9
        1.0793650794
    """
    if region == "component":
        return _by_component(boxes)
    xp = namespace(boxes.both)
    a, b = boxes.predicted_box, boxes.labelled_box
    either = (boxes.predicted > 0) | (boxes.labelled > 0)
    whole = area(_hull(boxes))
    if region == "mask":
        both, union = boxes.both, boxes.predicted + boxes.labelled - boxes.both
    else:
        both = area(shared(a, b))
        both = xp.where((boxes.predicted > 0) & (boxes.labelled > 0), both, xp.zeros_like(both))
        union = area(a) + area(b) - both
    losses = 1 - ratio(both, union) + ratio(whole - union, whole) + _spoilt(boxes)
    nothing = None if bool(xp.any(either)) else "no region in prediction or label"
    value = mean_where(losses, either)
    return Values(value, mean_where(losses, either, axis=0), f"{region} regions by image and class", nothing)


def _spoilt(boxes: Boxes) -> Array:
    """0, or NaN for the classes of an image with a logit that is no number, whose arg max would be arbitrary."""
    return 0 * boxes.both


def _hull(boxes: Boxes) -> Array:
    """The box around both regions; an empty region adds nothing."""
    xp = namespace(boxes.both)
    a, b = boxes.predicted_box, boxes.labelled_box
    both = xp.where((boxes.predicted > 0)[..., None], hull(a, b), b)
    return xp.where((boxes.labelled > 0)[..., None], both, a)


def _by_component(boxes: Boxes) -> Values:
    """The mean over the components, matched and alone."""
    xp, classes = namespace(boxes.both), int(boxes.both.shape[1])
    sums, counts, most = [0.0] * classes, [0] * classes, 0
    for canvas in boxes.planes.images if boxes.planes else ():
        # one channel: the maps are those of two classes, the boxes of the foreground
        for c, (found, true) in enumerate(_components.by_class(canvas, canvas.classes - classes)):
            most = max(most, len(found) * len(true))
            losses = _components.losses(found, true) if most <= _components.MOST_PAIRS else ()
            sums[c] += sum(losses)
            counts[c] += len(losses)
    total, count = (xp.asarray(each, dtype=boxes.both.dtype, device=boxes.both.device) for each in (sums, counts))
    total = total + xp.sum(_spoilt(boxes), axis=0)
    nothing = None if sum(counts) else "no region in prediction or label"
    if most > _components.MOST_PAIRS:
        nothing = f"a class has {most:,} pairs of components in one image; up to {_components.MOST_PAIRS:,} are matched"
    return Values(ratio(xp.sum(total), xp.sum(count)), ratio(total, count), f"components: {sum(counts):,}", nothing)


def _also(knobs: Mapping[str, Any]) -> Needs:
    return Needs(planes=knobs.get("region") == "component")


def _bounds(_: Mapping[str, Any]) -> Bounds:
    return 0.0, 2.0


LOSS = Loss(
    function=giou, kinds=("boxes",), tasks=EXCLUSIVE, bounds=_bounds, default=EXCLUSIVE, also=_also, planar=True
)

"""Generalised IoU of hard regions: IoU with a penalty for how far apart two regions lie.

When to use: to see whether a region that is missed is missed by a little or by a lot; IoU is 0 either way. It is not
differentiable (the prediction's arg max is taken), so it is reported as a metric in the form of a loss.

Formula, with A the pixels predicted as a class, B those labelled so, and K the box that encloses both::

    GIoU = |A n B| / |A u B| - (|K| - |A u B|) / |K|          loss = 1 - GIoU, in [0, 2)

A perfect prediction scores 0 for boxes; for a mask it scores the share of K that the region leaves empty, 0 only for a
rectangle.

``region=box`` takes the bounding boxes of A and B in their place. Boxes are half-open, [x0, y0, x1 + 1, y1 + 1], so one
pixel has area 1 (``torchvision.ops.masks_to_boxes`` is inclusive: there one pixel has area 0 and loss 1 with itself).

Convention: per image and class, then the mean; a class that neither has is left out, one that only one has scores
IoU 0 with K the other's box: loss 1 for boxes. Ignored pixels belong to no region. No class in either is undefined.

Knobs: ``region``: "mask" (default: aware of shape) or "box".

Reference: H. Rezatofighi et al., "Generalized Intersection over Union", 2019, algorithm 1 (arXiv 1902.09630).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.losses._loss import EXCLUSIVE, Bounds, Loss, Values
from segloss_cli.losses._sums import Array, Boxes, mean_where, namespace, ratio


def giou(boxes: Boxes, *, region: Literal["mask", "box"] = "mask") -> Values:
    """One minus the mean generalised IoU over images and classes.

    Args:
        boxes: hard regions and their boxes, (images, classes) and (images, classes, 4).
        region: compare the "mask" or its "box".

    Example: 2 x 2 squares at (0, 0) and (1, 1): IoU 1/7, enclosing box 9, union 7.

        >>> import numpy as np
        >>> box = lambda *b: np.asarray([[b]], dtype=float)
        >>> one = np.ones((1, 1))
        >>> squares = Boxes(one, 4 * one, 4 * one, box(0, 0, 2, 2), box(1, 1, 3, 3))
        >>> round(giou(squares).value.item(), 10)  # 1 - 1/7 + 2/9
        1.0793650794
    """
    xp = namespace(boxes.both)
    a, b = boxes.predicted_box, boxes.labelled_box
    either = (boxes.predicted > 0) | (boxes.labelled > 0)
    hull = _area(_hull(boxes))
    if region == "mask":
        both, union = boxes.both, boxes.predicted + boxes.labelled - boxes.both
    else:
        both = _area(
            xp.stack(
                [xp.maximum(a[..., i], b[..., i]) for i in (0, 1)] + [xp.minimum(a[..., i], b[..., i]) for i in (2, 3)],
                axis=-1,
            )
        )
        both = xp.where((boxes.predicted > 0) & (boxes.labelled > 0), both, xp.zeros_like(both))
        union = _area(a) + _area(b) - both
    losses = 1 - ratio(both, union) + ratio(hull - union, hull)
    nothing = None if bool(xp.any(either)) else "no region in prediction or label"
    value = mean_where(losses, either)
    return Values(value, mean_where(losses, either, axis=0), f"{region} regions by image and class", nothing)


def _hull(boxes: Boxes) -> Array:
    """The box around both regions; an empty region adds nothing."""
    xp = namespace(boxes.both)
    a, b = boxes.predicted_box, boxes.labelled_box
    low = [xp.minimum(a[..., i], b[..., i]) for i in (0, 1)]
    high = [xp.maximum(a[..., i], b[..., i]) for i in (2, 3)]
    hull = xp.stack(low + high, axis=-1)
    hull = xp.where((boxes.predicted > 0)[..., None], hull, b)
    return xp.where((boxes.labelled > 0)[..., None], hull, a)


def _area(box: Array) -> Array:
    xp = namespace(box)
    width, height = box[..., 2] - box[..., 0], box[..., 3] - box[..., 1]
    zero = xp.zeros_like(width)
    return xp.maximum(width, zero) * xp.maximum(height, zero)


def _bounds(_: Mapping[str, Any]) -> Bounds:
    return 0.0, 2.0


LOSS = Loss(function=giou, kinds=("boxes",), tasks=EXCLUSIVE, bounds=_bounds, default=EXCLUSIVE)

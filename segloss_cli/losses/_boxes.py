"""Boxes (..., 4) as x0, y0, x1, y1, half-open, of non-empty regions; shapes broadcast."""

from __future__ import annotations

from segloss_cli.losses._sums import Array, namespace


def area(box: Array) -> Array:
    """Pixels in a box; 0 for one that ends before it begins.

    >>> import numpy as np
    >>> area(np.asarray([[0, 0, 2, 3], [2, 2, 1, 4]])).tolist()
    [6, 0]
    """
    xp = namespace(box)
    width, height = box[..., 2] - box[..., 0], box[..., 3] - box[..., 1]
    zero = xp.zeros_like(width)
    return xp.maximum(width, zero) * xp.maximum(height, zero)


def hull(a: Array, b: Array) -> Array:
    """The box around both."""
    xp = namespace(a)
    low = [xp.minimum(a[..., i], b[..., i]) for i in (0, 1)]
    return xp.stack(low + [xp.maximum(a[..., i], b[..., i]) for i in (2, 3)], axis=-1)


def shared(a: Array, b: Array) -> Array:
    """What is in both; it ends before it begins where that is nothing."""
    xp = namespace(a)
    low = [xp.maximum(a[..., i], b[..., i]) for i in (0, 1)]
    return xp.stack(low + [xp.minimum(a[..., i], b[..., i]) for i in (2, 3)], axis=-1)

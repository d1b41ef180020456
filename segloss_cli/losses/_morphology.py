"""Neighbourhoods in a plane: soft erosion, dilation and skeleton, and averages, for NumPy and torch alike.

Everything is slices of (height, width) and their least or largest, so both give the same digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segloss_cli.losses._sums import Array, namespace


def erode(plane: Array) -> Array:
    """The least of each pixel and its four neighbours; what is beyond the border does not count."""
    xp = namespace(plane)
    return xp.minimum(_of_three(plane, xp.minimum, 0), _of_three(plane, xp.minimum, 1))


def dilate(plane: Array) -> Array:
    """The largest of each pixel and its eight neighbours; what is beyond the border does not count."""
    pick = namespace(plane).maximum
    return _of_three(_of_three(plane, pick, 0), pick, 1)


def skeleton(plane: Array, iterations: int) -> Array:
    """The soft skeleton: at each depth, what an erosion and a dilation do not bring back.

    Args:
        plane: values in [0, 1], (height, width): floating, or integers 0 and 1.
        iterations: how many erosions; lines up to 2 iterations + 1 pixels wide are thinned to their middle.

    Example: the middle of a bar three pixels high.

        >>> import numpy as np
        >>> bar = np.zeros((5, 6)); bar[1:4, 0:6] = 1
        >>> skeleton(bar, 2).sum(axis=1).tolist()
        [0.0, 0.0, 6.0, 0.0, 0.0]
    """
    eroded = erode(plane)
    found = _left(plane, dilate(eroded))
    for _ in range(min(iterations, sum(plane.shape))):  # by then the plane is one number, and nothing is left
        plane, eroded = eroded, erode(eroded)
        rest = _left(plane, dilate(eroded))
        found = found + _left(rest, found * rest)
    return found


def _left(plane: Array, opened: Array) -> Array:
    """What of a plane is above another: relu of the difference, whose derivative is 0 where they are equal."""
    xp = namespace(plane)
    return xp.where(plane > opened, plane - opened, xp.zeros_like(plane))


def _of_three(plane: Array, pick: Callable[[Array, Array], Array], axis: int) -> Array:
    """The least or largest of each pixel and the two beside it along an axis."""
    if plane.shape[axis] == 1:
        return plane
    xp = namespace(plane)
    pairs = pick(_cut(plane, axis, 1, None), _cut(plane, axis, 0, -1))
    ends = _cut(pairs, axis, 0, 1), _cut(pairs, axis, -1, None)
    inner = pick(_cut(pairs, axis, 1, None), _cut(pairs, axis, 0, -1))
    return xp.concat([ends[0], inner, ends[1]], axis=axis)


def cross_mean(plane: Array) -> Array:
    """The mean of each pixel and its four neighbours; what is beyond the border counts as 0."""
    total = plane
    for axis in (0, 1):
        total = total + _moved(plane, 1, axis) + _moved(plane, -1, axis)
    return 0.2 * total


def blurred(plane: Array, weights: Sequence[float]) -> Array:
    """The weighted sum along both axes of a pixel and those around it; what is beyond the border counts as 0.

    Example:
        >>> import numpy as np
        >>> (9 * blurred(np.ones((3, 4)), [1 / 3] * 3)).round(6).tolist()
        [[4.0, 6.0, 6.0, 4.0], [6.0, 9.0, 9.0, 6.0], [4.0, 6.0, 6.0, 4.0]]
    """
    xp = namespace(plane)
    left = (len(weights) - 1) // 2
    for axis in (0, 1):
        total = xp.zeros_like(plane)
        size = plane.shape[axis]
        for k in range(max(0, left - size + 1), min(len(weights), left + size)):
            total = total + weights[k] * _moved(plane, left - k, axis)
        plane = total
    return plane


def _moved(plane: Array, by: int, axis: int) -> Array:
    """The plane moved along an axis by some pixels; what comes in is 0."""
    if by == 0:
        return plane
    xp = namespace(plane)
    size = plane.shape[axis]
    far = min(abs(by), size)
    gap = xp.zeros_like(_cut(plane, axis, 0, far))
    if by > 0:
        return xp.concat([gap, _cut(plane, axis, 0, size - far)], axis=axis)
    return xp.concat([_cut(plane, axis, far, None), gap], axis=axis)


def _cut(plane: Array, axis: int, start: int, stop: int | None) -> Array:
    return plane[start:stop] if axis == 0 else plane[:, start:stop]

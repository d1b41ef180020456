"""Connected components of hard regions, and which of the prediction goes with which of the label. By SciPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from segloss_cli.losses._boxes import area, hull, shared
from segloss_cli.losses._distance import on_host, scipy_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._sums import Canvas

MOST_PAIRS = 10_000_000
"""More pairs of components than this of one class and image are not matched: their table takes eight bytes a pair, and
the time grows faster than their number."""

_ROWS = 256


def hard(canvas: Canvas) -> NDArray[Any]:
    """The arg max of each pixel, -1 where none counts, (height, width); the first of equal ones."""
    import numpy as np

    best = on_host(canvas.logits(0))
    ids = np.zeros(best.shape, np.int32)
    for c in range(1, canvas.classes):
        z = on_host(canvas.logits(c))
        ids[z > best] = c
        best = np.maximum(best, z)
    ids[~on_host(canvas.valid(0))] = -1
    return ids


def by_class(canvas: Canvas, first: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """The boxes of the components of each class from ``first`` on, in the prediction and in the label."""
    ids = hard(canvas)
    for c in range(first, canvas.classes):
        yield boxes(ids == c), boxes(on_host(canvas.target(c)) > 0)


def boxes(mask: NDArray[Any]) -> NDArray[Any]:
    """The boxes of a mask's components, which touch at corners too; (components, 4), float64.

    >>> import numpy as np
    >>> boxes(np.asarray([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 0, 0]])).tolist()
    [[0.0, 0.0, 2.0, 2.0], [0.0, 3.0, 1.0, 4.0]]
    """
    import numpy as np

    ndimage = scipy_part("ndimage", "giou with region=component")
    parts = ndimage.find_objects(ndimage.label(mask, np.ones((3, 3)))[0])
    ends = [(x.start, y.start, x.stop, y.stop) for y, x in parts]
    return np.asarray(ends, np.float64).reshape(-1, 4)


def losses(found: NDArray[Any], true: NDArray[Any]) -> NDArray[Any]:
    """1 - GIoU of the pairs that together have the least, and 1 for every box left alone.

    Args:
        found: (m, 4).
        true: (n, 4).

    Returns:
        (max(m, n),).

    Example: of two boxes one is right, the other has no partner.

        >>> import numpy as np
        >>> losses(np.asarray([[9.0, 9, 10, 10], [0, 0, 2, 2]]), np.asarray([[0.0, 0, 2, 2]])).tolist()
        [0.0, 1.0]
    """
    import numpy as np

    alone = np.ones(abs(len(found) - len(true)))
    if not len(found) or not len(true):
        return alone
    table = np.empty((len(found), len(true)))
    for a in range(0, len(found), _ROWS):
        table[a : a + _ROWS] = _loss(found[a : a + _ROWS, None], true)
    pairs = scipy_part("optimize", "giou with region=component").linear_sum_assignment(table)
    return np.concatenate([table[pairs], alone])


def _loss(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    both, whole = area(shared(a, b)), area(hull(a, b))
    union = area(a) + area(b) - both
    loss: NDArray[Any] = 1 - both / union + (whole - union) / whole
    return loss

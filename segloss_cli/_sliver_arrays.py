"""How the areas of an array label meet: the measurements of ``Edges`` with NumPy, strip by strip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli import _planes
from segloss_cli._edges import LONG, MANY, suspicious
from segloss_cli.types import Edges, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Plane = NDArray[Any]
    Hits = NDArray[np.bool_]


def sample_array(view: NDArray[Any]) -> bool:
    """Whether some rows of a label (N, C, H, W) have suspiciously many slivers."""
    jumps = slivers = 0
    for _, _, rows in _planes.sample(view):
        part = jumps_and_slivers(rows[:, 0], axis=0)
        jumps, slivers = jumps + part[0], slivers + part[1]
    return suspicious(jumps, slivers)


def jumps_and_slivers(lines: Plane, axis: int) -> tuple[int, int]:
    """Those of rows (axis 0) or columns (1) that are not neighbours."""
    along = lines.T if axis else lines
    low, here, high = _sides(along[:, :-2], along[:, 1:-1], along[:, 2:])
    return int(np.count_nonzero(_apart(low, high))), int(np.count_nonzero((low < here) & (here < high)))


def edges_of_array(view: NDArray[Any]) -> Edges | None:
    """The edges of a label (N, C, H, W); None as for :func:`segloss_cli._slivers.edges_of`."""
    total: Edges | None = None
    for strip in _strips(view):
        part = _measure(strip)
        if part is None:
            return None
        total = part if total is None else total + part
    return total


def _strips(view: NDArray[Any]) -> Iterator[Plane]:
    """Rows that overlap by two, as ``_slivers`` cuts them, of every plane."""
    height, width = view.shape[-2:]
    if width < 3:
        return
    step = max(_planes.BLOCK // width, 1)
    for plane in view.reshape(-1, height, width):
        for top in range(1, height - 1, step):
            rows = plane[top - 1 : min(top + step, height - 1) + 1]
            yield rows.astype(rows.dtype.newbyteorder("="), copy=False)
            _planes.release(view)


def _measure(strip: Plane) -> Edges | None:
    here = strip[1:-1, 1:-1]
    sides = [_sides(strip[1:-1, :-2], here, strip[1:-1, 2:]), _sides(strip[:-2, 1:-1], here, strip[2:, 1:-1])]
    masks = [(low < here) & (here < high) for low, _, high in sides]
    triples = _triples(strip, [[each[mask] for each in three] for three, mask in zip(sides, masks, strict=True)])
    if triples is None:
        return None
    flat = _flat(strip)
    values, numbers = np.unique(here[masks[0] | masks[1]], return_counts=True)
    return Edges(
        pixels=here.size,
        flat=int(np.count_nonzero(flat)),
        jumps=sum(int(np.count_nonzero(_apart(low, high))) for low, _, high in sides),
        peaks=sum(int(np.count_nonzero((here < low) | (here > high))) for low, _, high in sides),
        long=_long(masks[0]),
        triples=triples,
        between=dict(zip(values.tolist(), numbers.tolist(), strict=True)),
        solid=frozenset(np.unique(here[flat]).tolist()),
    )


def _triples(strip: Plane, found: list[list[Plane]]) -> dict[tuple[Number, Number, Number], int] | None:
    """The slivers by their three values, each as its place among all values; None where too many differ."""
    values = np.unique(strip)
    places = [np.searchsorted(values, np.concatenate(each)) for each in zip(*found, strict=True)]
    codes, counts = np.unique(np.ravel_multi_index(places, (values.size,) * 3), return_counts=True)
    if codes.size > MANY:
        return None
    columns = [values[place].tolist() for place in np.unravel_index(codes, (values.size,) * 3)]
    return dict(zip(zip(*columns, strict=True), counts.tolist(), strict=True))


def _sides(before: Plane, here: Plane, after: Plane) -> tuple[Plane, Plane, Plane]:
    return np.minimum(before, after), here, np.maximum(before, after)


def _apart(low: Plane, high: Plane) -> Hits:
    """Where two values are 2 or more apart, without overflow: the lower one is below the highest value of its type."""
    # what is no number warns when it is added to: a flipped bit can make a signalling NaN
    with np.errstate(invalid="ignore"):
        return np.asarray((low < high) & (low + low.dtype.type(1) < high))


def _flat(strip: Plane) -> Hits:
    """Which inner pixels equal all eight neighbours."""
    along = (strip[:, :-2] == strip[:, 1:-1]) & (strip[:, 1:-1] == strip[:, 2:])
    down = (strip[:-2] == strip[1:-1]) & (strip[1:-1] == strip[2:])
    return np.asarray(along[:-2] & along[1:-1] & along[2:] & down[:, 1:-1])


def _long(mask: Hits) -> int:
    return int(np.count_nonzero(mask[:, : -2 * LONG] & mask[:, LONG:-LONG] & mask[:, 2 * LONG :]))

"""How a prediction and its label agree, pixel by pixel: for the rules that look at both.

A sample on a regular grid answers most questions. Only where it shows a single predicted class, or no difference at
all, are all pixels looked at, block by block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from segloss_cli._planes import blocks, nchw, release, scattered
from segloss_cli._record import record
from segloss_cli.types import Agreement, Contract, Mask, Profile, Scores, ScoresProfile

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 256
"""The grid of the sample has at most this many rows and columns."""

IMAGES = 4
"""So many images of a batch are sampled, spread over all."""

MOST = 4096
"""With more classes than this nothing is compared."""

_TOUCHED = 2 << 20
"""Bytes of a file that are looked at before its pages are let go of."""

_VOID = frozenset({255, 254, 65535, -1, -100})
_NOWHERE = -1
_FEW = 1 << 20
_ZERO_LABEL = 255


@record(frozen=True)
class Sides:
    """Both files of a pair; ``classes`` gives the class of each stored value of the label that counts."""

    scores: Scores
    mask: Mask
    classes: Mapping[Any, int]


def agreement_of(
    scores: Scores, looked: ScoresProfile, mask: Mask, label: Profile, contract: Contract
) -> Callable[[], Agreement | None]:
    """A function that compares both files once, when it is first asked.

    It gives None where they cannot be compared: sizes or numbers of images that differ, planes of several labels, a
    coloured label, fractions, too many values, NaN in the prediction.
    """
    comparable = (
        contract.task != "multilabel"
        and (scores.shape[0], *scores.shape[2:]) == (label.images, label.height, label.width)
        and not looked.nan
        and label.integral
        and not label.nonfinite
        and (label.colours is None or label.grey)
    )

    def measure() -> Agreement | None:
        classes = classes_of(label, contract, scores.shape[1]) if comparable else {}
        return _measured(Sides(scores, mask, classes), label) if len(classes) > 0 else None

    return cache(measure)


def classes_of(label: Profile, contract: Contract, channels: int) -> dict[Any, int]:
    """The class of each stored value that counts: as the losses see it, but for one id beyond the last class.

    That one is kept, since labels counted from 1 have it. Of one channel the foreground may be any one value.

    >>> from segloss_cli.rules._examples import label
    >>> classes_of(label({0: 60, 255: 40}), Contract(task="binary"), 1)
    {0: 0, 255: 1}
    >>> classes_of(label({0: 10, 1: 40, 3: 40, 255: 10}), Contract(reduce_zero_label=True), 3)
    {1: 0, 3: 2}
    """
    shift = int(contract.reduce_zero_label)
    gone = contract.ignore | ({0, _ZERO_LABEL} if shift else frozenset())
    found = [value for value in label.counts or () if value not in gone]
    if contract.task == "binary":
        marked = [value for value in found if value != 0]
        return {value: int(value != 0) for value in found} if len(marked) < 2 else {}
    count = max(contract.num_classes or 0, channels)
    last = count if count > 1 else MOST
    known = {value: int(value) - shift for value in found if value not in _VOID or 0 <= value < count}
    return {value: number for value, number in known.items() if 0 <= number <= last}


def _measured(sides: Sides, label: Profile) -> Agreement | None:
    import numpy as np

    ids = sides.mask.ids()
    ids = ids[..., 0] if ids.ndim == 4 and label.grey else ids
    n, _, height, width = sides.scores.shape
    if ids.shape != (n, height, width):
        return None
    rows, columns = grid(height), grid(width)
    images = [i * (n - 1) // max(min(n, IMAGES) - 1, 1) for i in range(min(n, IMAGES))]
    truth = np.stack([_classes(ids[i][np.ix_(rows, columns)], sides.classes) for i in images])
    found = np.stack([_sampled(sides.scores, i, rows, columns) for i in images])
    if int(found.max(initial=0)) > MOST or int(found.min(initial=0)) < 0:
        return None
    confusion = _confusion(truth, found)
    return Agreement(
        pixels=sum(confusion.values()),
        confusion=confusion,
        moved={name: _confusion(truth, move(found)) for name, move in _moves(height == width)},
        truth=_truth(label, sides.classes),
        borders=int(np.count_nonzero(truth[..., 1:] != truth[..., :-1])),
        constant=_constant(sides.scores, int(found.flat[0])) if np.ptp(found) == 0 else None,
        identical=all(t == p for t, p in confusion) and _identical(sides, ids),
    )


def grid(length: int) -> NDArray[Any]:
    """At most 256 evenly spread places, the same from either end: flipping the sample samples the flipped picture.

    >>> grid(5).tolist(), grid(1000)[:2].tolist(), grid(1000)[-2:].tolist()
    ([0, 1, 2, 3, 4], [1, 5], [993, 997])
    """
    import numpy as np

    step = max(-(-length // SIDE), 1)
    count = max(length // step, 1)
    return (length - 1 - (count - 1) * step) // 2 + step * np.arange(count)


def hard(block: NDArray[Any], kind: str) -> NDArray[Any]:
    """The predicted class of each pixel of a block (C, ...): arg max, or more probable than not for one channel."""
    import numpy as np

    from segloss_cli.losses._hard import arg_max

    if kind == "ids":
        return np.asarray(block[0].astype(np.int64))
    if block.shape[0] > 1:
        return arg_max(block)
    return np.asarray(block[0] > _middle(block.dtype, kind)).astype(np.int64)


def _middle(dtype: Any, kind: str) -> float:
    """Above this one channel says foreground; integers stand for v / max, planes of 0 and 1 are bool."""
    import numpy as np

    if kind == "logits":
        return 0.0
    if kind == "log-probabilities":
        return math.log(0.5)
    return float(np.iinfo(dtype).max) / 2 if dtype.kind in "iu" else 0.5


def _sampled(scores: Scores, image: int, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    view = nchw(scores.array, scores.axes)
    across, found = _every(columns), []
    # not all rows at once, since the system maps a file's neighbouring pages with each that is asked for
    between = view.itemsize * view.shape[1] * view.shape[3] * _every(rows).step
    some = max(1, _TOUCHED // between)
    with scattered(view):
        for at in range(0, rows.size, some):
            block = view[image, :, _every(rows[at : at + some]), across]
            found.append(hard(np.ascontiguousarray(block), scores.kind))
            release(view)
    return np.concatenate(found)


def _every(places: NDArray[Any]) -> slice:
    """Evenly spread places as a slice.

    >>> [list(range(9))[_every(grid(length))] for length in (1, 3)]
    [[0], [0, 1, 2]]
    """
    step = int(places[1] - places[0]) if places.size > 1 else 1
    return slice(int(places[0]), int(places[-1]) + 1, step)


def _classes(ids: NDArray[Any], classes: Mapping[Any, int]) -> NDArray[Any]:
    """The class of each pixel, -1 where it does not count."""
    import numpy as np

    found = np.full(ids.shape, _NOWHERE, np.int64)
    for value, number in classes.items():
        found[ids == value] = number
    return found


def _confusion(truth: NDArray[Any], found: NDArray[Any]) -> dict[tuple[int, int], int]:
    import numpy as np

    base = int(found.max(initial=0)) + 1
    # what does not count comes before all classes, and is left out
    codes = ((truth - _NOWHERE) * base + found).reshape(-1)
    if (int(truth.max(initial=0)) - _NOWHERE + 1) * base < _FEW:
        numbers = np.bincount(codes, minlength=base)[base:]
        return {divmod(code, base): int(numbers[code]) for code in np.flatnonzero(numbers).tolist()}
    values, numbers = np.unique(codes[codes >= base] - base, return_counts=True)
    return {divmod(code, base): n for code, n in zip(values.tolist(), numbers.tolist(), strict=True)}


def _moves(square: bool) -> Iterator[tuple[str, Callable[[NDArray[Any]], NDArray[Any]]]]:
    """What may have been done to a prediction (N, H, W), by the name of what undoes it."""
    import numpy as np

    yield "flipped left to right", lambda p: p[:, :, ::-1]
    yield "flipped upside down", lambda p: p[:, ::-1]
    yield "turned by 180 degrees", lambda p: p[:, ::-1, ::-1]
    if square:
        yield "transposed", lambda p: p.swapaxes(1, 2)
        yield "turned by 90 degrees to the left", lambda p: np.rot90(p, 1, (1, 2))
        yield "turned by 90 degrees to the right", lambda p: np.rot90(p, -1, (1, 2))
        yield "transposed along the other diagonal", lambda p: p[:, ::-1, ::-1].swapaxes(1, 2)


def _truth(label: Profile, classes: Mapping[Any, int]) -> dict[int, int]:
    total: dict[int, int] = {}
    for value, number in classes.items():
        total[number] = total.get(number, 0) + (label.counts or {})[value]
    return total


def _constant(scores: Scores, value: int) -> int | None:
    """The class that a sample shows alone, if it is all that is predicted."""
    view = nchw(scores.array, scores.axes)
    return value if all((hard(block, scores.kind) == value).all() for _, _, block in blocks(view)) else None


def _identical(sides: Sides, ids: NDArray[Any]) -> bool:
    """Whether every pixel that counts is predicted as it is."""
    import numpy as np

    view = nchw(sides.scores.array, sides.scores.axes)
    for n, top, block in blocks(view):
        truth = _classes(ids[n, top : top + block.shape[1]], sides.classes)
        wrong = (truth != _NOWHERE) & (hard(block, sides.scores.kind) != truth)
        if np.any(wrong):
            return False
    return True

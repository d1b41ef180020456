"""The measures of a prediction: range, NaN and infinity with the first place, sums over the class axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli._planes import blocks, nchw, sample
from segloss_cli.types import Scores, ScoresProfile

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class _Measure:
    """What has been seen; ``first`` is the least index (n, c, y, x) of a NaN or infinity."""

    low: float = math.inf
    high: float = -math.inf
    nan: int = 0
    inf: int = 0
    first: tuple[int, int, int, int] | None = None
    sum_low: float = math.inf
    sum_high: float = -math.inf
    totals: NDArray[Any] | None = None


def profile_values(scores: Scores, *, full: bool) -> ScoresProfile:
    """Measure a prediction; see :func:`segloss_cli.profile.profile_scores`."""
    view = nchw(scores.array, scores.axes)
    exact = full or scores.kind != "logits"
    sums = view.shape[1] > 1 and scores.kind in {"probabilities", "log-probabilities"}
    narrow = (view.dtype.kind, view.dtype.itemsize) == ("f", 2) and scores.kind == "probabilities"
    measure = _Measure()
    for n, y, block in blocks(view) if exact else sample(view):
        _range(measure, block, n, y)
        if sums:
            _sums(measure, _probabilities(block, scores))
        if narrow:
            _add(measure, block)
    finite = measure.low <= measure.high
    summed = measure.sum_low <= measure.sum_high
    return ScoresProfile(
        container=scores.container,
        shape=scores.shape,
        axes=scores.axes,
        axes_reason=scores.axes_reason,
        kind=scores.kind,
        kind_reason=scores.kind_reason,
        kind_declared=scores.kind_declared,
        low=measure.low if finite else math.nan,
        high=measure.high if finite else math.nan,
        nan=measure.nan,
        inf=measure.inf,
        first_bad=measure.first,
        sum_low=measure.sum_low if summed else None,
        sum_high=measure.sum_high if summed else None,
        heaviest=float(measure.totals.max()) if measure.totals is not None else None,
        exact=exact,
    )


def _range(measure: _Measure, block: NDArray[Any], n: int, y: int) -> None:
    if block.dtype.kind != "f":
        measure.low, measure.high = min(measure.low, float(block.min())), max(measure.high, float(block.max()))
        return
    low, high = float(block.min()), float(block.max())
    if math.isfinite(low) and math.isfinite(high):
        measure.low, measure.high = min(measure.low, low), max(measure.high, high)
        return
    bad = ~np.isfinite(block)
    nan = int(np.count_nonzero(np.isnan(block)))
    measure.nan += nan
    measure.inf += int(np.count_nonzero(bad)) - nan
    c, row, x = (int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
    place = (n, c, y + row, x)
    measure.first = place if measure.first is None else min(measure.first, place)
    finite = block[~bad]
    if finite.size:
        measure.low = min(measure.low, float(finite.min()))
        measure.high = max(measure.high, float(finite.max()))


def _probabilities(block: NDArray[Any], scores: Scores) -> NDArray[Any]:
    """What the stored values stand for, in float32 or wider."""
    dtype = block.dtype
    if dtype.kind in "iu":
        return np.asarray(block.astype(np.float32) / np.float32(np.iinfo(dtype).max))
    wide: NDArray[Any] = block.astype(np.result_type(dtype, np.float32), copy=False)
    if scores.kind != "log-probabilities":
        return wide
    return np.asarray(np.exp(wide))


def _sums(measure: _Measure, block: NDArray[Any]) -> None:
    sums = block.sum(axis=0)
    sums = sums[np.isfinite(sums)]
    if sums.size:
        measure.sum_low = min(measure.sum_low, float(sums.min()))
        measure.sum_high = max(measure.sum_high, float(sums.max()))


def _add(measure: _Measure, block: NDArray[Any]) -> None:
    """Add a block to the sums of its channels, in float64; what is not finite counts as 0."""
    totals = np.where(np.isfinite(block), block, 0).sum(axis=(1, 2), dtype=np.float64)
    measure.totals = totals if measure.totals is None else measure.totals + totals

"""OHEM cross-entropy: the mean of -ln p over the hard pixels only (online hard example mining).

When to use: a few hard regions among many easy ones, with a batch large enough that the hardest pixels are not noise.

Formula, with l = -ln p of the label's class and t = ``thresh``, a probability::

    k = max(n_min, number of pixels with l > -ln t)          OHEM = mean of the k largest l

Convention: softmax inside; all valid pixels of the batch are ranked together; ignored pixels are left out; fewer valid
pixels than ``n_min`` means all of them; nothing valid, or nothing hard with n_min = 0, is undefined.

All published rules come to the same k but two. Tutorial 004's ranks ignored pixels as losses of 0, reads the loss
number n_min (IndexError where there are no more pixels than that), and takes ``thresh`` for a probability: a loss given
in its place, 1.5 say, makes every pixel hard. mmsegmentation's keeps the pixels whose p is strictly below that of the
(n_min + 1)-th hardest: where n_min, 100,000 unless given, is not less than the number of pixels, the easiest one is
dropped, and all that tie with it. So a batch predicted with certainty has the mean of nothing, NaN, and a NaN among
the logits sorts itself out of its sight; here a NaN is hard.

Knobs: ``thresh`` in (0, 1]: pixels whose probability is below it are hard; ``n_min``: at least so many pixels count
(by default a sixteenth of the valid ones, as CoinCheung's BiSeNet has it). ``pad_ignored`` lets ignored pixels stand in
the ranking as zeros, as tutorial 004's code does, which dilutes the mean when n_min is larger than the valid pixels;
``below`` is mmsegmentation's rule.

Reference: A. Shrivastava et al., "Training Region-based Object Detectors with Online Hard Example Mining", 2016.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import EXCLUSIVE, IGNORE, MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sums import Array, Ranked


def ohem(
    ranked: Ranked,
    *,
    thresh: float = 0.7,
    n_min: int | None = None,
    pad_ignored: bool = False,
    strict: bool = False,
    below: bool = False,
) -> Values:
    """Mean of the k largest -ln p, in nats.

    Args:
        ranked: -ln p of every valid pixel of the batch.
        thresh: probability below which a pixel is hard.
        n_min: least number of pixels that count; None is a sixteenth of them.
        pad_ignored: ignored pixels stand in the ranking as zeros.
        strict: n_min must be less than the number of pixels, or the tutorial's code raises IndexError.
        below: a pixel counts if its p is below thresh or, strictly, below that of the (n_min + 1)-th hardest pixel.

    Raises:
        UsageError: a thresh that is no probability.

    Example: tutorial 004's rule on six pixels, -ln 0.7 = 0.357.

        >>> import numpy as np
        >>> nll = np.asarray([2, 1.5, 1, 0.5, 0.1, 0.05])
        >>> above = lambda t: (nll[nll > t].sum(), int((nll > t).sum()))
        >>> ranked = Ranked(above, lambda k: nll[:k].sum(), 6, 0)
        >>> float(ohem(ranked, n_min=1).value), round(float(ohem(ranked, n_min=5).value), 10)  # 5 / 4, 5.1 / 5
        (1.25, 1.02)
        >>> round(float(ohem(ranked, n_min=6).value), 10)  # all: 5.15 / 6
        0.8583333333
        >>> round(float(ohem(ranked, n_min=6, below=True).value), 10)  # all but the easiest: 5.1 / 5
        1.02
    """
    if not 0 <= thresh <= 1:
        raise UsageError(f"ohem: thresh={thresh}; it is a probability, 0 to 1 (pixels below it are hard)")
    pool = ranked.valid + (ranked.ignored if pad_ignored else 0)
    least = pool // 16 if n_min is None else n_min
    total, hard = ranked.above(-math.log(thresh) if thresh > 0 else math.inf)
    if not ranked.valid:
        return _nothing(ranked, "no valid pixel: every one is ignored")
    if below:
        return _below(ranked, least, (total, hard))
    if strict and least >= pool:
        return _nothing(ranked, f"IndexError in the tutorial's code: loss[{least}] of {pool} pixels")
    if hard >= least:
        reason = None if hard else "no pixel is hard and n_min is 0"
        return _nothing(ranked, reason) if reason else Values(total / hard, over=f"the {hard:,} hard pixels")
    kept = min(least, pool)
    value = ranked.top(min(kept, ranked.valid)) / kept
    return Values(value, over=f"the {kept:,} hardest pixels")


def _below(ranked: Ranked, least: int, hard: tuple[Array, int]) -> Values:
    """The rule of mmsegmentation: losses above that of the pixel number ``least`` from the hardest, counted from 0."""
    pivot = min(max(1, least), ranked.valid - 1)
    total, kept = hard
    if kept <= pivot:
        total, kept = ranked.above(_value_at(ranked, pivot))
        total, kept = (ranked.top(pivot), pivot) if kept > pivot else (total, kept)
    if not kept:
        return _nothing(ranked, "no pixel is harder than the easiest: mmsegmentation takes the mean of nothing")
    return Values(total / kept, over=f"the {kept:,} hardest pixels")


def _value_at(ranked: Ranked, place: int) -> float:
    """The loss of the pixel at this place from the hardest, counted from 0."""
    above = ranked.top(place) if place else 0.0
    return max(0.0, float((ranked.top(place + 1) - above).item()))


def _nothing(ranked: Ranked, reason: str) -> Values:
    return Values(ranked.above(math.inf)[0] * math.nan, undefined=reason)


def _tutorial(*, thresh: float = 0.7, n_min: int | None = None) -> Mapping[str, Any]:
    return {"thresh": thresh, "n_min": n_min, "pad_ignored": True, "strict": True}


def _mmseg(*, thresh: float = 0.7, n_min: int = 100_000) -> Mapping[str, Any]:
    return {"thresh": thresh, "n_min": n_min, "below": True}


LOSS = Loss(
    function=ohem,
    kinds=("ranked",),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
    default=EXCLUSIVE,
    conventions={
        "bisenet": Convention(
            "tutorial 004 OhemCELoss(thresh, n_min, ignore_lb)",
            MULTICLASS,
            IGNORE,
            _tutorial,
        ),
        "mmseg": Convention(
            "OhemCrossEntropy(ignore_label, thres=thresh, min_kept=n_min)(x, y), mmsegmentation 1.2",
            MULTICLASS,
            IGNORE,
            _mmseg,
        ),
    },
)

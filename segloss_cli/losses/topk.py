"""Top-k cross-entropy: the mean of -ln p over the hardest percent of the pixels.

When to use: as ``ohem``, but by a share of the pixels instead of a probability, so that the loss never runs out of
hard pixels and never sees all of them. Label errors are the hardest pixels of all: with a small k they are the loss.

Formula, with l = -ln p of the label's class y, w the class weights and N valid pixels::

    n = max(1, floor(k / 100 N))          TopK = mean of the n largest w_y l

Convention: softmax inside (a one-channel prediction is the two-class softmax of (0, z)); all valid pixels of the batch
are ranked together; ignored pixels are left out; nothing valid is undefined. k = 100 is cross-entropy (with weights its
sum over the number of pixels, not over their weights). nnU-Net's counts ignored pixels in N and lets them stand in the
ranking as zeros, which dilutes the mean where k is large or much is ignored, and is the mean of nothing, NaN, where
floor(k / 100 N) is 0. k = 10 is ten percent, not a tenth of a percent and not ten pixels.

Knobs: ``k``, percent, above 0 and at most 100; ``pad_ignored``: ignored pixels count in N and stand in the ranking as
zeros; ``strict``: n may be 0, and the mean is then undefined.

Reference: Z. Wu, C. Shen and A. van den Hengel, "High-performance Semantic Segmentation Using Very Deep Fully
Convolutional Networks", 2016, online bootstrapping (arXiv 1604.04339); ``TopKLoss`` of nnU-Net.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import BOTH, EXCLUSIVE, MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sums import Array, Ranked


def topk(
    ranked: Ranked,
    *,
    k: float = 10.0,
    weight: Array | None = None,
    pad_ignored: bool = False,
    strict: bool = False,
) -> Values:
    """Mean of the k percent largest -ln p, in nats.

    Args:
        ranked: w_y (-ln p) of every valid pixel of the batch.
        k: how many percent of the pixels count.
        weight: class weights, (classes,): they went into the ranking.
        pad_ignored: ignored pixels count as pixels, and stand in the ranking as zeros.
        strict: without at least one pixel in k percent there is no value, instead of that of one pixel.

    Raises:
        UsageError: a k that is no percentage, or 0.

    Example: six pixels, and two ignored ones beside them.

        >>> import numpy as np
        >>> nll = np.asarray([2, 1.5, 1, 0.5, 0.1, 0.05])
        >>> ranked = Ranked(None, lambda n: nll[:n].sum(), 6, 2)
        >>> float(topk(ranked, k=40).value)  # floor(2.4) = 2 pixels: 3.5 / 2
        1.75
        >>> float(topk(ranked).value), float(topk(ranked, k=10, strict=True).value)  # floor(0.6) = 0 pixels
        (2.0, nan)
        >>> round(float(topk(ranked, k=90, pad_ignored=True).value), 10)  # floor(0.9 * 8) = 7 pixels: 5.15 / 7
        0.7357142857
    """
    if not 0 < k <= 100:
        raise UsageError(f"topk: k={k}; it is a percentage, above 0 and at most 100")
    pool = ranked.valid + (ranked.ignored if pad_ignored else 0)
    kept = int(pool * k / 100)
    nothing = None if ranked.valid else "no valid pixel: every one is ignored"
    if strict and not kept:
        nothing = nothing or f"{k:g} % of {pool} pixels is less than one: the mean of nothing"
    kept = max(1, kept)
    value = ranked.top(min(kept, ranked.valid)) / kept
    what = f"hardest pixel{'s' if kept > 1 else ''}" if weight is None else "pixels of the largest weighted values"
    return Values(value * math.nan if nothing else value, over=f"the {kept:,} {what}", undefined=nothing)


def _nnunet(*, k: float = 10.0) -> Mapping[str, Any]:
    return {"k": k, "pad_ignored": True, "strict": True}


LOSS = Loss(
    function=topk,
    kinds=("ranked",),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
    default=EXCLUSIVE,
    conventions={
        "nnunet": Convention(
            "TopKLoss(weight, ignore_index, k=10)(x, y), nnU-Net 2.8",
            MULTICLASS,
            BOTH,
            _nnunet,
        ),
    },
)

"""Unified focal loss: focal Tversky plus focal cross-entropy, both turned down for the background only.

When to use: a small foreground against much background, when tuning six knobs of a compound loss is too many: this one
has three.

Formula, asymmetric, with class 0 the background, d = ``delta``, g = ``gamma`` and T_c the Tversky index with d on false
negatives and 1 - d on false positives::

    focal    = mean over pixels of  (1 - d) (1 - p)^g (-ln p) where y = 0,  d (-ln p) where y > 0
    Tversky  = mean of  1 - T_0  and of  (1 - T_c)^(1 - g)  for c > 0
    loss     = weight Tversky + (1 - weight) focal

Convention: softmax inside (one channel z is the two classes of (0, z)); means over valid pixels; the whole batch in T.
Nothing valid is undefined.

Beware: ``weight`` multiplies the Tversky part in the paper and in the authors' code, the focal part in MONAI. MONAI's
docstring says that it takes logits: it takes probabilities (logits go in without a word and give another number), and
it halves the focal part by averaging its two terms.

Knobs: ``weight_tversky`` in [0, 1] (the paper's lambda), ``delta`` in [0, 1], ``gamma`` in [0, 1); ``scope``: T of the
"batch" or of each "image", as the authors' code; ``floor``: the least p and the smoothing of T.

Reference: M. Yeung et al., "Unified Focal loss", 2022, equations 16 to 21 (arXiv 2102.04525).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Scope
from segloss_cli.losses._loss import BINARY, EXCLUSIVE, INF, Bounds, Convention, Loss, Values
from segloss_cli.losses._pixel import undefined
from segloss_cli.losses._sums import Array, Pixels, Regions, Term, namespace, ratio
from segloss_cli.losses.focal import complement


def background_focal(p: Array, nll: Array, label: Array, *, gamma: float, floor: float) -> Array:
    """(1 - p)^gamma (-ln p) where the label is 0 and -ln p elsewhere, (pixels,); p is at least ``floor``."""
    xp = namespace(nll)
    rest = complement(p, nll)
    rest = xp.where(rest > floor, rest, xp.full_like(rest, floor))
    if floor:
        highest, lowest = -math.log(floor), -math.log1p(-floor)
        nll = xp.where(nll > highest, xp.full_like(nll, highest), nll)
        nll = xp.where(nll < lowest, xp.full_like(nll, lowest), nll)
    return xp.where(label == 0, rest**gamma, xp.ones_like(rest)) * nll


def unified_focal(
    sums: tuple[Regions, Pixels],
    *,
    weight_tversky: float = 0.5,
    delta: float = 0.6,
    gamma: float = 0.5,
    scope: Scope = "batch",
    floor: float = 1e-7,
    terms: Literal["sum", "mean"] = "sum",
    like: str | None = None,
) -> Values:
    """Asymmetric unified focal loss.

    Args:
        sums: soft regions, and ``sums[0]`` of the focal terms by class; (images, classes) each.
        weight_tversky: share of the Tversky part.
        delta: weight of misses against false alarms, and of the foreground against the background.
        gamma: focusing power (for the focal part it went into the sums).
        scope: the Tversky index of the "batch" or of each "image".
        floor: the least probability of a pixel, and what is added above and below in the Tversky index.
        terms: the focal terms of the classes as a "sum", or their "mean" (MONAI).
        like: the library being reproduced.

    Raises:
        UsageError: a share outside [0, 1], or a gamma outside [0, 1).

    Example: one channel, 8 pixels, 4 of them foreground; tp = 3, p = 4, so T_0 = T_1 = 3/4; focal terms 1 and 2 in all.

        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> regions = Regions(3 * one, 4 * one, 4 * one, 0 * one, 8 * one)
        >>> pixels = Pixels((np.asarray([[1.0, 2.0]]),), np.asarray([[4.0, 4.0]]), np.asarray([8.0]))
        >>> value = unified_focal((regions, pixels), floor=0).value.item()
        >>> round(value, 10)  # 0.5 * (0.25 + 0.25^0.5) / 2 + 0.5 * (0.4 * 1 + 0.6 * 2) / 8
        0.2875
    """
    if not (0 <= weight_tversky <= 1 and 0 <= delta <= 1 and 0 <= gamma < 1):
        raise UsageError(
            f"unified-focal: weight_tversky={weight_tversky}, delta={delta}, gamma={gamma}; shares from 0 to 1"
        )
    regions, pixels = sums
    xp = namespace(pixels.count)
    classes, count = pixels.count.shape[1], xp.sum(pixels.count, axis=0)
    by_class = xp.sum(pixels.sums[0], axis=0)
    shares = xp.asarray([1 - delta] + [delta] * (classes - 1), dtype=by_class.dtype, device=by_class.device)
    focal = ratio(xp.sum(shares * by_class), xp.sum(count)) / (classes if terms == "mean" else 1)
    indices = _tversky(regions, delta, scope, floor)
    powers = xp.asarray([1.0] + [1 - gamma] * (classes - 1), dtype=by_class.dtype, device=by_class.device)
    missed = xp.where(indices < 1, 1 - indices, xp.full_like(indices, 1e-30))
    value = weight_tversky * xp.mean(missed**powers) + (1 - weight_tversky) * focal
    reason = undefined(xp.sum(count), count)
    if like and classes != 2:
        reason = f"{like}'s takes two classes, and there are {classes}"
    return Values(value, None, f"valid pixels + {classes} classes", reason)


def _tversky(regions: Regions, delta: float, scope: Scope, floor: float) -> Array:
    """The Tversky index of every class, (images or 1, classes); of one channel its background is class 0."""
    xp = namespace(regions.overlap)
    tp, fp, fn = regions.overlap, regions.predicted - regions.overlap, regions.labelled - regions.overlap
    if tp.shape[1] == 1 and regions.valid is not None:
        tn = regions.valid - regions.predicted - regions.labelled + regions.overlap
        tp, fp, fn = (xp.concat(pair, axis=1) for pair in ((tn, tp), (fn, fp), (fp, fn)))
    if scope == "batch":
        tp, fp, fn = (xp.sum(x, axis=0, keepdims=True) for x in (tp, fp, fn))
    bottom = tp + delta * fn + (1 - delta) * fp + floor
    return xp.where(bottom == 0, xp.ones_like(tp), (tp + floor) / xp.where(bottom == 0, xp.ones_like(tp), bottom))


def _terms(knobs: Mapping[str, Any]) -> tuple[Term, ...]:
    pairs = (("gamma", float(knobs.get("gamma", 0.5))), ("floor", float(knobs.get("floor", 1e-7))))
    return (Term(background_focal, pairs),)


def _bounds(_: Mapping[str, Any]) -> Bounds:
    return 0.0, INF


def _monai(*, weight: float = 0.5, gamma: float = 0.5, delta: float = 0.7) -> Mapping[str, Any]:
    return {"weight_tversky": 1 - weight, "gamma": gamma, "delta": delta, "scope": "image", "terms": "mean"}


LOSS = Loss(
    function=unified_focal,
    kinds=("overlap", "pixel"),
    tasks=EXCLUSIVE,
    bounds=_bounds,
    default=BINARY,
    terms=_terms,
    conventions={
        "monai": Convention(
            "AsymmetricUnifiedFocalLoss(weight=0.5, gamma=0.5, delta=0.7) on two-class probabilities, MONAI 1.6",
            EXCLUSIVE,
            frozenset(),
            _monai,
        ),
    },
)

"""Unified focal loss: focal Tversky plus focal cross-entropy, both turned down for the background only.

When to use: a small foreground against much background, when tuning six knobs of a compound loss is too many: this one
has three.

Formula, asymmetric, with class 0 the background, d = ``delta`` and g = ``gamma``::

    T_c      = (tp + smooth) / (tp + d fn + (1 - d) fp + smooth)
    focal    = mean over pixels of  (1 - d) (1 - p)^g (-ln p) where y = 0,  d (-ln p) where y > 0
    Tversky  = mean of  1 - T_0  and of  (1 - T_c)^(1 - g)  for c > 0
    loss     = weight Tversky + (1 - weight) focal

Convention: softmax inside (one channel z is the two classes of (0, z)); means over valid pixels; the whole batch in T.
Nothing valid is undefined.

Beware: ``weight`` multiplies the Tversky part in the paper and in the authors' code, the focal part in MONAI. MONAI's
docstring says that it takes logits: it takes probabilities (logits go in without a word and give another number), and
it halves the focal part by averaging its two terms.

Knobs: ``weight_tversky`` in [0, 1] (the paper's lambda), ``delta`` in [0, 1], ``gamma`` in [0, 1); ``scope``: T of the
"batch" or of each "image", as the authors' code; ``smooth`` of T; ``floor`` in [0, 0.5): the least p of a pixel;
``terms``: the two focal terms added, or averaged.

Reference: M. Yeung et al., "Unified Focal loss", 2022, its asymmetric variant (arXiv 2102.04525).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Scope
from segloss_cli.losses._loss import BINARY, EXCLUSIVE, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative, undefined
from segloss_cli.losses._sums import NLL, Array, Outcome, Pixels, Regions, Term, namespace, ratio
from segloss_cli.losses.focal import modulated, raised
from segloss_cli.losses.poly1 import ERROR


def floored(outcome: Outcome, *, gamma: float, floor: float) -> Array:
    """(1 - p)^gamma (-ln p) with p held between ``floor`` and 1 - ``floor``, (pixels,)."""
    nll = namespace(outcome.nll).clip(outcome.nll, -math.log1p(-floor), -math.log(floor))
    return raised(missed(outcome, floor=floor), gamma) * nll


def missed(outcome: Outcome, *, floor: float) -> Array:
    """1 - p, (pixels,), no less than ``floor`` and no more than 1 - ``floor``."""
    return namespace(outcome.rest).clip(outcome.rest, floor, 1 - floor)


def unified_focal(
    sums: tuple[Regions | None, Pixels],
    *,
    weight_tversky: float = 0.5,
    delta: float = 0.6,
    gamma: float = 0.5,
    scope: Scope = "batch",
    smooth: float = 1e-7,
    floor: float = 0.0,
    terms: Literal["sum", "mean"] = "sum",
    like: str | None = None,
) -> Values:
    """Asymmetric unified focal loss.

    Args:
        sums: soft regions; sums by class of -ln p, of (1 - p)^gamma (-ln p) and of 1 - p; (images, classes) each.
        weight_tversky: share of the Tversky part.
        delta: weight of misses against false alarms, and of the foreground against the background.
        gamma: focusing power (for the focal part it went into the sums).
        scope: the Tversky index of the "batch" or of each "image".
        smooth: what is added above and below in the Tversky index.
        floor: the least and, from 1, the largest probability of a pixel, where two classes are held so (MONAI).
        terms: the focal terms of the classes as a "sum", or their "mean" (MONAI).
        like: the library being reproduced.

    Raises:
        UsageError: a share outside [0, 1], or a gamma outside [0, 1).

    Example: two classes of 4 pixels each that miss 1 in all, so T_0 = T_1 = 3/4; focal terms 1 and 2 in all.

        >>> import numpy as np
        >>> sums = tuple(np.asarray([x]) for x in ([9.0, 2.0], [1.0, 9.0], [1.0, 1.0]))
        >>> pixels = Pixels(sums, np.asarray([[4.0, 4.0]]), np.asarray([8.0]))
        >>> value = unified_focal((None, pixels), smooth=0).value.item()
        >>> round(value, 10)  # 0.5 * (0.25 + 0.25^0.5) / 2 + 0.5 * (0.4 * 1 + 0.6 * 2) / 8
        0.2875
    """
    if not (0 <= weight_tversky <= 1 and 0 <= delta <= 1 and 0 <= gamma < 1 and smooth >= 0):
        raise UsageError(
            f"unified-focal: weight_tversky={weight_tversky}, delta={delta}, gamma={gamma}, smooth={smooth}; shares "
            "from 0 to 1, gamma below 1, smooth 0 or more"
        )
    regions, pixels = sums
    xp = namespace(pixels.count)
    classes, count = pixels.count.shape[1], xp.sum(pixels.count, axis=0)
    plain, turned_down = (xp.sum(x, axis=0) for x in pixels.sums[:2])
    by_class = xp.concat([turned_down[:1], plain[1:]])
    shares = xp.asarray([1 - delta] + [delta] * (classes - 1), dtype=by_class.dtype, device=by_class.device)
    focal = ratio(xp.sum(shares * by_class), xp.sum(count)) / (classes if terms == "mean" else 1)
    indices = _tversky(_confusion(regions, pixels), delta, scope, smooth, like)
    powers = xp.asarray([1.0] + [1 - gamma] * (classes - 1), dtype=by_class.dtype, device=by_class.device)
    losses = xp.where(indices < 1, 1 - indices, xp.full_like(indices, 1e-30)) ** powers
    value = weight_tversky * xp.mean(losses) + (1 - weight_tversky) * focal
    reason = undefined(xp.sum(count), count)
    if floor and classes != 2:
        reason = f"{like or 'floor'} takes two classes, and there are {classes}"
    return Values(value, None, f"valid pixels + {classes} classes", reason)


def _confusion(regions: Regions | None, pixels: Pixels) -> tuple[Array, Array, Array]:
    """True positives, false positives and false negatives, (images, classes).

    Of two classes what one misses the other has too much of; so the pixels' own floor is kept.
    """
    if regions is None or pixels.count.shape[1] == 2:
        fn = pixels.sums[2]
        return pixels.count - fn, namespace(fn).flip(fn, axis=1), fn
    return regions.overlap, regions.predicted - regions.overlap, regions.labelled - regions.overlap


def _tversky(parts: tuple[Array, Array, Array], delta: float, scope: Scope, smooth: float, like: str | None) -> Array:
    """The Tversky index of every class, (images or 1, classes)."""
    xp = namespace(parts[0])
    if scope == "image" and not like:
        # an image without a valid pixel counts nowhere; what MONAI makes of one stays
        some = xp.any(parts[0] + parts[2] > 0, axis=1)
        parts = (parts[0][some], parts[1][some], parts[2][some])
    tp, fp, fn = (xp.sum(x, axis=0, keepdims=True) for x in parts) if scope == "batch" else parts
    bottom = tp + delta * fn + (1 - delta) * fp + smooth
    return xp.where(bottom == 0, xp.ones_like(tp), (tp + smooth) / xp.where(bottom == 0, xp.ones_like(tp), bottom))


def _terms(knobs: Mapping[str, Any]) -> tuple[Term, ...]:
    gamma, floor = float(knobs.get("gamma", 0.5)), float(knobs.get("floor", 0.0))
    if not 0 <= floor < 0.5:
        raise UsageError(f"unified-focal: floor={floor}; the least probability of two is from 0 to below 0.5")
    if not floor:
        return NLL, Term(modulated, (("gamma", gamma),)), ERROR
    least = ("floor", floor)
    return Term(floored, (("gamma", 0.0), least)), Term(floored, (("gamma", gamma), least)), Term(missed, (least,))


def _monai(*, weight: float = 0.5, gamma: float = 0.5, delta: float = 0.7) -> Mapping[str, Any]:
    return {
        "weight_tversky": 1 - weight,
        "gamma": gamma,
        "delta": delta,
        "scope": "image",
        "floor": 1e-7,
        "terms": "mean",
    }


LOSS = Loss(
    function=unified_focal,
    kinds=("overlap", "pixel"),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
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

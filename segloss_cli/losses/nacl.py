"""NACL: cross-entropy, and logits drawn to the share of each class among a pixel's neighbours.

When to use: predictions that must be calibrated, mostly medical: cross-entropy alone drives the logits of easy pixels
ever further apart. Here a logit costs as soon as it leaves [0, 1], and beside a border it is drawn between the classes.

Formula, with z the logits, y the one-hot label and avg(y) its mean over ``kernel`` x ``kernel`` pixels::

    NACL = mean over valid pixels of -ln p  +  alpha * mean over valid pixels and classes of |avg(y) - z|

What is beyond the border of the image counts as 0 in avg(y). No prediction scores 0: a perfect one has either
cross-entropy or a penalty left.

Convention: softmax inside for the first part, logits as they are in the second; means over the whole batch; all classes
count, an absent one as any other. Ignored pixels are in neither mean, and of no class in their neighbours' averages;
nothing valid is undefined. Adding a constant to all logits changes the value, though no probability.

Knobs: ``alpha`` >= 0, ``kernel`` (pixels, odd or even), ``distance`` ("l1", or "l2": the square), ``window`` ("mean",
or "gaussian": the shares of a normal distribution of ``sigma`` pixels, up to 4 sigma away, whatever ``kernel``).

Reference: B. Murugesan et al., "Trust your neighbours: Penalty-based constraints for model calibration", 2023
(arXiv 2303.06268), and with L2 and a Gaussian 2024 (arXiv 2401.14487).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._by_plane import total, where_valid, wide
from segloss_cli.losses._loss import MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._morphology import blurred
from segloss_cli.losses._pixel import nonnegative, weighted_mean
from segloss_cli.losses._sums import NLL, Array, Canvas, Pixels, Planes, Term, beside, namespace

Distance = Literal["l1", "l2"]
Window = Literal["mean", "gaussian"]
WIDEST = 10_000


def nacl(
    statistics: tuple[Pixels, Planes],
    *,
    alpha: float = 0.1,
    kernel: int = 3,
    distance: Distance = "l1",
    window: Window = "mean",
    sigma: float = 1.0,
) -> Values:
    """Cross-entropy plus alpha times the distance of logits from the classes' shares of the neighbourhood.

    Args:
        statistics: the sums of -ln p by class in ``sums[0]``, and maps of logits and labels.
        alpha: the weight of the second part.
        kernel: pixels on a side of the neighbourhood.
        distance: absolute differences ("l1") or squared ones ("l2").
        window: the "mean" of the neighbourhood, or a "gaussian" one.
        sigma: the standard deviation of the Gaussian, in pixels.

    Raises:
        UsageError: a negative alpha, no kernel, no sigma, or one that is wider than any image.

    Example: two pixels, of class 0 and 1, with logits of 0: shares of 1 / 9 for either class.

        >>> import numpy as np
        >>> from segloss_cli.losses._sums import Canvas
        >>> zero, true = np.zeros((1, 2)), np.ones((1, 2), bool)
        >>> maps = lambda c: zero, lambda c: zero + 0.5, lambda c: np.eye(2)[c : c + 1], lambda c: true
        >>> canvas = Canvas((1, 2), 2, *maps)
        >>> pixels = Pixels((np.full((1, 2), np.log(2)),), np.ones((1, 2)), np.asarray([2.0]))
        >>> round(nacl((pixels, Planes((canvas,), {}))).value.item(), 9)  # ln 2 + 0.1 / 9
        0.704258292
    """
    if alpha < 0 or not 1 <= kernel <= WIDEST or not 0 < sigma <= WIDEST:
        raise UsageError(
            f"nacl: alpha={alpha}, kernel={kernel}, sigma={sigma}; alpha is 0 or more, kernel from 1 to {WIDEST:,}, "
            f"sigma above 0 and at most {WIDEST:,}"
        )
    pixels, planes = statistics
    weights = (1 / kernel,) * kernel if window == "mean" else _gaussian(sigma)
    summed = sum(
        planes.once(("nacl", weights, distance, i, c), partial(_apart, canvas, c, weights, distance))
        for i, canvas in enumerate(planes.images)
        for c in range(planes.classes)
    )
    entropy = weighted_mean(pixels, pixels.sums[0], weight=None, divide="weights")
    divisor = max(float(namespace(pixels.count).sum(pixels.count)), 1.0) * planes.classes
    return replace(entropy, value=entropy.value + alpha * beside(summed, entropy.value) / divisor, per_class=None)


def _apart(canvas: Canvas, c: int, weights: tuple[float, ...], distance: Distance) -> Array:
    """The sum over valid pixels of the distance between a class's share of the neighbourhood and its logit."""
    apart = where_valid(canvas.valid(c), blurred(wide(canvas.target(c)), weights) - wide(canvas.logits(c)))
    return total(abs(apart) if distance == "l1" else apart * apart)


def _gaussian(sigma: float) -> tuple[float, ...]:
    """The normal distribution's share of each pixel along an axis, up to four standard deviations away.

    >>> [round(share, 4) for share in _gaussian(0.5)]
    [0.0013, 0.1573, 0.6827, 0.1573, 0.0013]
    """
    tail = int(max(4 * sigma, 0.5) + 0.5)
    scale = math.sqrt(0.5) / sigma
    return tuple((math.erf(scale * (x + 0.5)) - math.erf(scale * (x - 0.5))) / 2 for x in range(-tail, tail + 1))


def _terms(_: Mapping[str, Any]) -> tuple[Term, ...]:
    return (NLL,)


def _monai(
    *,
    kernel_size: int = 3,
    kernel_ops: Window = "mean",
    distance_type: Distance = "l1",
    alpha: float = 0.1,
    sigma: float = 1.0,
) -> Mapping[str, Any]:
    return {"alpha": alpha, "kernel": kernel_size, "distance": distance_type, "window": kernel_ops, "sigma": sigma}


LOSS = Loss(
    function=nacl,
    kinds=("pixel", "planes"),
    tasks=MULTICLASS,
    bounds=nonnegative,
    default=frozenset(),
    planar=True,
    of_logits=True,
    terms=_terms,
    conventions={
        "monai": Convention(
            "NACLLoss(classes, dim=2, kernel_size=3, kernel_ops='mean', distance_type='l1', alpha=0.1), MONAI 1.6",
            MULTICLASS,
            frozenset(),
            _monai,
        ),
    },
)

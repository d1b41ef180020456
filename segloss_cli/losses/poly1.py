"""Poly-1 loss: cross-entropy plus a constant times the error 1 - p.

When to use: to turn the gradient of nearly right pixels up (eps > 0) or down (eps < 0) by one number. Cross-entropy is
the series sum_j (1 - p)^j / j; poly-1 changes the coefficient of its first term from 1 to 1 + eps.

Formula, with p the probability of the label's class y and w the class weights::

    f = -ln p + eps (1 - p)          Poly1 = sum w_y f / sum w_y over valid pixels

Convention: softmax inside (a one-channel prediction is the two-class softmax of (0, z)); sums over all valid pixels of
the batch; ignored pixels count in neither sum; an absent class adds nothing; nothing valid, or only weights of 0, is
undefined. eps = 0 is cross-entropy. The weights are on both parts; the implementation that is copied most (one_hot,
softmax over the last axis) puts them on the cross-entropy alone, raises at an ignore id, and takes the softmax of
(N, C, H, W) logits over the width.

Knobs: ``eps``, the coefficient; the paper has it from -1 on, and below that the loss of a nearly right pixel is
negative.

Reference: Z. Leng et al., "PolyLoss: A Polynomial Expansion Perspective of Classification Loss Functions", 2022, the
Poly-1 form of section 4 (arXiv 2204.12511).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._loss import EXCLUSIVE, INF, Bounds, Loss, Values
from segloss_cli.losses._pixel import weighted_mean
from segloss_cli.losses._sums import NLL, Array, Outcome, Pixels, Term


def error(outcome: Outcome) -> Array:
    """1 - p of the label's class, (pixels,)."""
    return outcome.rest


ERROR = Term(error)


def poly1(pixels: Pixels, *, eps: float = 1.0, weight: Array | None = None) -> Values:
    """Mean of -ln p + eps (1 - p), in nats.

    Args:
        pixels: ``sums`` are those of -ln p and of 1 - p by class, (images, classes).
        eps: coefficient of 1 - p.
        weight: class weights, (classes,).

    Example: p = 1/2 and 1/4, one pixel of class 0 and one of class 1.

        >>> import numpy as np
        >>> p = np.asarray([[0.5, 0.25]])
        >>> pixels = Pixels((-np.log(p), 1 - p), np.ones((1, 2)), np.asarray([2.0]))
        >>> round(poly1(pixels).value.item(), 10)  # (ln 2 + 0.5 + ln 4 + 0.75) / 2 = 1.5 ln 2 + 0.625
        1.6647207708
        >>> round(poly1(pixels, eps=-1).value.item(), 10)  # 1.5 ln 2 - 0.625
        0.4147207708
    """
    nll, errors = pixels.sums
    return weighted_mean(pixels, nll + eps * errors, weight=weight, divide="weights")


def _terms(_: Mapping[str, Any]) -> tuple[Term, ...]:
    return NLL, ERROR


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    eps = float(knobs.get("eps", 1.0))
    # where p = -1 / eps the derivative is 0
    return (0.0 if eps >= -1 else math.log(-eps) + eps + 1), INF


LOSS = Loss(
    function=poly1,
    kinds=("pixel",),
    tasks=EXCLUSIVE,
    bounds=_bounds,
    default=EXCLUSIVE,
    terms=_terms,
    signed=frozenset({"eps"}),
)

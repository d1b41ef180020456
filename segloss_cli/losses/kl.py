"""Kullback-Leibler divergence from a target distribution to the prediction.

When to use: distillation, with a second network's prediction as the target (``--teacher``). Against labels, which are
one-hot distributions, it is cross-entropy; it is printed all the same, because ``torch.nn.KLDivLoss`` divides by
something else.

Formula, with q the target's and p the prediction's distribution over the classes of a pixel::

    KL = mean over valid pixels of  sum_c q_c (ln q_c - ln p_c)

Convention: softmax inside, on both; sum over the classes, mean over the valid pixels; ignored pixels count in neither;
nothing valid is undefined.

Knobs: ``divide``: "valid" pixels, or "elements" (pixels times classes, what torch's ``reduction="mean"`` means).

Reference: S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951; distillation: G. Hinton et al., 2015.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.losses._loss import EXCLUSIVE, MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sums import NLL, Divergence, Term, namespace, ratio


def kl(divergence: Divergence, *, divide: Literal["valid", "elements"] = "valid") -> Values:
    """Mean divergence, in nats.

    Args:
        divergence: sums of KL(q || p) over the valid pixels, (images,).
        divide: what the mean divides by.

    Example: a sum of 6 nats over 4 pixels of 3 classes.

        >>> import numpy as np
        >>> sums = Divergence(np.asarray([6.0]), np.asarray([4.0]), np.asarray([4.0]), 3)
        >>> kl(sums).value.item(), kl(sums, divide="elements").value.item()
        (1.5, 0.5)
    """
    xp = namespace(divergence.sums)
    valid = xp.sum(divergence.valid)
    divisor = valid if divide == "valid" else xp.sum(divergence.total) * divergence.classes
    nothing = None if bool(valid > 0) else "no valid pixel: every one is ignored"
    over = "valid pixels" if divide == "valid" else "pixels x classes"
    return Values(ratio(xp.sum(divergence.sums), divisor), over=over, undefined=nothing)


def _terms(_: Mapping[str, Any]) -> tuple[Term, ...]:
    # without a teacher the target is one-hot: ln q_y = 0, and the divergence is -ln p_y
    return (NLL,)


def _torch() -> Mapping[str, Any]:
    return {"divide": "elements"}


LOSS = Loss(
    function=kl,
    kinds=("divergence",),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
    default=MULTICLASS,
    terms=_terms,
    conventions={
        "torch": Convention(
            "KLDivLoss()(log_softmax(x), one_hot(y)): 'mean' divides by elements",
            MULTICLASS,
            frozenset(),
            _torch,
        ),
    },
)

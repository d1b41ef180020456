"""Focal loss on the sigmoid: binary cross-entropy with the easy pixels turned down, one channel against the rest.

When to use: few foreground pixels among very many easy ones, one channel or classes that may overlap. With exclusive
classes it is computed one-vs-rest when asked for by name; ``focal`` is the softmax one, and another number.

Formula, with p = sigmoid(z) of a channel, y its target, a = ``alpha`` and g = ``gamma``::

    f = a y (1 - p)^g (-ln p) + (1 - a) (1 - y) p^g (-ln(1 - p))          mean over valid pixels and channels

alpha weighs the foreground against the background; without one both factors are 1. g = 0 is binary cross-entropy.
With t = ``reduced`` and p_t = p of the foreground, 1 - p of the background, the factor (1 - p_t)^g is 1 where p_t < t
and ((1 - p_t) / t)^g elsewhere. ``normalized`` divides by the sum of the factors instead of the number of pixels.

Convention: sigmoid inside; the mean runs over valid pixels times channels; ignored pixels count in neither; nothing
valid is undefined. Written with softplus, so no logit overflows and no probability of 1 loses its digits. What differs
between libraries: the divisor (MONAI's is not multiplied by the channels once ignore_index is set, five times the value
for five classes; segmentation-models-pytorch added the channels up until 0.5; kornia, mmsegmentation and
pytorch-toolbelt keep ignored pixels in it), a list of alphas (MONAI leaves the background at 1), what a reduced factor
is divided by (pytorch-toolbelt: 1 - t, so that it jumps unless t is 0.5). A normalized mean divides twice in
segmentation-models-pytorch and pytorch-toolbelt, by the factors and by the pixels. On a CPU the FocalLoss of
mmsegmentation crashes with id labels: the convention is the function that it hands over to.

Knobs: ``alpha`` in [0, 1] or none, or one per channel (``0.25/0.5``), and then ``rest``: the background has their
"complement" or "one"; ``gamma`` >= 0; ``divide``: "valid", "all" (ignored pixels stay in the divisor, counting 0), or
"pixels" (the divisor is not multiplied by the channels); ``weigh``: "normalised" or "raw" class weights; ``reduced`` in
(0, 1) or none, and ``reduced_by`` what stands in the place of the t below the line; ``normalized``, and ``factors``:
the sum of f over the sum of the factors in each "channel", the "mean" of f over it, or "pool" (the mean of f over the
sum of all channels' factors).

Reference: T.-Y. Lin et al., "Focal Loss for Dense Object Detection", 2017, section 3; reduced: N. Sergievskiy
and A. Ponamarev, "Reduced Focal Loss", 2019 (arXiv 1903.01347); normalized: K. Sofiiuk, O. Barinova and A. Konushin,
"AdaptIS: Adaptive Instance Selection Network", 2019 (arXiv 1909.07829).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import BOTH, EVERY_TASK, EXCLUSIVE, IGNORE, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sides import Against, Divide, channel_mean, mean_of_channels, power
from segloss_cli.losses._sums import Array, Side, Sides, namespace

Alpha = float | tuple[float, ...] | None
Weigh = Literal["normalised", "raw"]
Factors = Literal["channel", "mean", "pool"]


def modulated(
    against: Against, _: bool, *, gamma: float, reduced: float | None = None, by: float = 1.0, bare: bool = False
) -> Array:
    """The cross-entropies of pixels of either side, in nats, times their factors.

    The factor is the wrong answer's probability w to the power of gamma; reduced: that of w / by, and 1 where p_t, the
    right one's, is below ``reduced``. ``bare`` gives the factors alone.

    >>> import numpy as np
    >>> wrong = Against(np.log(np.asarray([1 / 3, 3.0])))  # w = 0.25 and 0.75
    >>> modulated(wrong, True, gamma=2.0).round(6).tolist()  # 0.0625 ln(4/3), 0.5625 ln 4
    [0.01798, 0.779791]
    >>> modulated(wrong, True, gamma=2.0, reduced=0.5, by=0.5, bare=True).round(6).tolist()
    [0.25, 1.0]
    """
    if reduced is None:
        factor = power(against.p, gamma, lambda: against.minus_log_p)
    else:
        xp, ln_by = namespace(against.p), math.log(by)
        hard = power(against.p / by, gamma, lambda: against.minus_log_p + ln_by)
        factor = xp.where(against.rest < reduced, xp.ones_like(hard), hard)
    return factor if bare else factor * against.minus_log_rest


def sigmoid_focal(
    sides: Sides,
    *,
    alpha: Alpha = None,
    rest: Literal["complement", "one"] = "complement",
    gamma: float = 2.0,
    divide: Divide = "valid",
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    reduced: float | None = None,
    reduced_by: float | None = None,
    normalized: bool = False,
    factors: Factors = "channel",
) -> Values:
    """Mean sigmoid focal loss, in nats.

    Args:
        sides: ``positive`` and ``negative`` modulated sums, (images, channels); ``more[0]`` the sums of the factors,
            where it is normalized.
        alpha: weight of the foreground, one number or one per channel.
        rest: the background's weight, where there is an alpha per channel: 1 - alpha or 1.
        gamma: focusing power (it went into the sums).
        divide: what the mean divides by.
        weight: class weights, (channels,).
        weigh: how the weights divide.
        reduced: below this p_t the factor is 1 (it went into the sums).
        reduced_by: what 1 - p_t is divided by above it, if not by ``reduced`` (it went into the sums).
        normalized: divide by the sum of the factors.
        factors: which sum of the factors, and whether the mean is divided by it or the sum.

    Raises:
        UsageError: a negative gamma, an alpha outside [0, 1] or of another number than the channels, or a reduced
            threshold outside (0, 1).

    Example: four pixels of one channel, positive terms 0.4 in all, negative ones 0.8, and factors 0.5 and 1.5.

        >>> import numpy as np
        >>> one = np.asarray([[1.0]])
        >>> more = ((0.5 * one, 1.5 * one),)
        >>> sides = Sides(0.4 * one, 0.8 * one, one, np.asarray([4.0]), np.asarray([5.0]), more)
        >>> round(sigmoid_focal(sides).value.item(), 12)  # 1.2 / 4
        0.3
        >>> round(sigmoid_focal(sides, alpha=0.25).value.item(), 12)  # (0.25 * 0.4 + 0.75 * 0.8) / 4
        0.175
        >>> round(sigmoid_focal(sides, normalized=True).value.item(), 12)  # 1.2 / 2
        0.6
        >>> round(sigmoid_focal(sides, normalized=True, factors="mean").value.item(), 12)  # 1.2 / 2 / 4
        0.15
    """
    _check(alpha, gamma, sides.positive.shape[1])
    _check_reduced(reduced, reduced_by)
    a, b = _balance(alpha, rest, sides.positive)
    by_class = namespace(sides.positive).sum(a * sides.positive + b * sides.negative, axis=0)
    if not normalized:
        return channel_mean(sides, by_class, divide=divide, weight=weight, weigh=weigh)
    each = by_class / _divisors(sides, factors)
    if factors != "channel":
        return channel_mean(sides, each, divide=divide, weight=weight, weigh=weigh)
    return mean_of_channels(sides, each, "the factors of the valid pixels", weight=weight, weigh=weigh)


def _check(alpha: Alpha, gamma: float, channels: int) -> None:
    alphas = alpha if isinstance(alpha, tuple) else () if alpha is None else (alpha,)
    if gamma < 0 or not all(0 <= each <= 1 for each in alphas):
        raise UsageError(f"sigmoid-focal: alpha={alpha}, gamma={gamma}; alpha is from 0 to 1, gamma 0 or more")
    if isinstance(alpha, tuple) and len(alpha) != channels:
        raise UsageError(f"sigmoid-focal: {len(alpha)} values of alpha for {channels} channels; give one per channel")


def _check_reduced(threshold: float | None, by: float | None) -> None:
    if (threshold is not None and not 0 < threshold < 1) or (by is not None and by <= 0):
        raise UsageError(
            f"sigmoid-focal: reduced={threshold}, reduced_by={by}; the first is a probability between 0 and 1, the "
            "second is above 0"
        )


def _balance(alpha: Alpha, rest: str, sums: Array) -> tuple[Array | float, Array | float]:
    """The weights of foreground and background."""
    if alpha is None:
        return 1.0, 1.0
    if not isinstance(alpha, tuple):
        return alpha, 1 - alpha
    a = namespace(sums).asarray(alpha, dtype=sums.dtype, device=sums.device)
    return a, 1.0 if rest == "one" else 1 - a


def _divisors(sides: Sides, factors: Factors) -> Array:
    """The sums of the factors, (channels,), at least what the libraries have at least."""
    xp = namespace(sides.positive)
    positive, negative = sides.more[0]
    sums = xp.sum(positive + negative, axis=0)
    if factors == "pool":
        sums = xp.sum(sums) + xp.zeros_like(sums)
    # where every factor is 0 so is the loss
    least = 1e-300 if factors == "channel" else 1e-6
    return xp.where(sums < least, xp.full_like(sums, least), sums)


def _sides(knobs: Mapping[str, Any]) -> tuple[Side, ...]:
    pairs: list[tuple[str, Any]] = [("gamma", float(knobs.get("gamma", 2.0)))]
    reduced = knobs.get("reduced")
    if reduced is not None:
        by = knobs.get("reduced_by")
        _check_reduced(reduced, by)
        pairs += [("reduced", float(reduced)), ("by", float(reduced if by is None else by))]
    sums = Side(modulated, tuple(pairs))
    if not knobs.get("normalized"):
        return (sums,)
    return sums, Side(modulated, (*pairs, ("bare", True)))


def _torchvision(*, alpha: float | None = 0.25, gamma: float = 2.0) -> Mapping[str, Any]:
    off = alpha is None or alpha < 0
    return {"alpha": None if off else alpha, "gamma": gamma, "divide": "all"}


def _smp(
    *,
    alpha: float | None = None,
    gamma: float = 2.0,
    reduced_threshold: float | None = None,
    normalized: bool = False,
) -> Mapping[str, Any]:
    knobs = {"alpha": alpha, "gamma": gamma, "reduced": reduced_threshold}
    return {**knobs, "normalized": normalized, "factors": "mean"}


def _smp_034(
    *,
    alpha: float | None = None,
    gamma: float = 2.0,
    reduced_threshold: float | None = None,
    normalized: bool = False,
) -> Mapping[str, Any]:
    now = _smp(alpha=alpha, gamma=gamma, reduced_threshold=reduced_threshold, normalized=normalized)
    return {**now, "divide": "pixels"}


def _kornia(*, alpha: float | None = 0.25, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "gamma": gamma, "divide": "all", "weigh": "raw"}


def _monai(*, alpha: Alpha = None, gamma: float = 2.0, ignoring: bool = False) -> Mapping[str, Any]:
    divide = "pixels" if ignoring else "all"
    return {"alpha": alpha, "rest": "one", "gamma": gamma, "divide": divide, "weigh": "raw"}


def _mmseg(*, alpha: Alpha = 0.5, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "gamma": gamma, "divide": "all", "weigh": "raw"}


def _toolbelt(
    *,
    alpha: float | None = None,
    gamma: float = 2.0,
    reduced_threshold: float | None = None,
    normalized: bool = False,
) -> Mapping[str, Any]:
    by = None if reduced_threshold is None else 1 - reduced_threshold
    knobs = {"alpha": alpha, "gamma": gamma, "reduced": reduced_threshold, "reduced_by": by}
    return {**knobs, "normalized": normalized, "factors": "pool", "divide": "all"}


LOSS = Loss(
    function=sigmoid_focal,
    kinds=("sides",),
    tasks=EVERY_TASK,
    bounds=nonnegative,
    default=frozenset({"multilabel"}),
    sides=_sides,
    signed=frozenset({"alpha"}),  # torchvision's -1 is none
    conventions={
        "torchvision": Convention(
            "sigmoid_focal_loss(x, one_hot(y), alpha=0.25, gamma=2, reduction='mean'), torchvision 0.29",
            EXCLUSIVE,
            frozenset(),
            _torchvision,
        ),
        "smp": Convention(
            "FocalLoss(mode, alpha=None, gamma=2, ignore_index, class_weights), segmentation-models-pytorch 0.6",
            EXCLUSIVE,
            BOTH,
            _smp,
            stray=True,
        ),
        "smp-0.3.4": Convention(
            "FocalLoss(mode, alpha=None, gamma=2, ignore_index), segmentation-models-pytorch 0.3.4: the classes are "
            "added up",
            EXCLUSIVE,
            IGNORE,
            _smp_034,
            stray=True,
        ),
        "kornia": Convention(
            "binary_focal_loss_with_logits(x, one_hot(y), alpha=0.25, gamma=2, 'mean', weight, ignore_index), "
            "kornia 0.9",
            EXCLUSIVE,
            BOTH,
            _kornia,
        ),
        "monai": Convention(
            "FocalLoss(to_onehot_y=True, gamma=2, alpha=None, weight, ignore_index), MONAI 1.6",
            EXCLUSIVE,
            BOTH,
            _monai,
        ),
        "mmseg": Convention(
            "py_sigmoid_focal_loss(x, one_hot(y), gamma=2.0, alpha=0.5, class_weight, valid_mask), as FocalLoss means "
            "to call it, mmsegmentation 1.2",
            EXCLUSIVE,
            BOTH,
            _mmseg,
        ),
        "toolbelt": Convention(
            "BinaryFocalLoss(alpha=None, gamma=2, ignore_index)(x, y), pytorch-toolbelt 0.8",
            EXCLUSIVE,
            IGNORE,
            _toolbelt,
        ),
    },
)

"""Asymmetric loss: sigmoid focal with one power for the foreground, another for the background, and a margin.

When to use: many channels of which few apply (multi-label), where even focal's easy negatives outweigh the positives,
and where some labels are missing. With exclusive classes it is computed one-vs-rest.

Formula, with p = sigmoid(z) of a channel, y its target, m = ``clip``, g+ = ``gamma_pos`` and g- = ``gamma_neg``::

    q = max(p - m, 0)
    f = y (1 - p)^g+ (-ln p) + (1 - y) q^g- (-ln(1 - q))          mean over valid pixels and channels

Convention: sigmoid inside; the mean runs over valid pixels times channels; ignored pixels count in neither; nothing
valid is undefined. g+ = g- = g and m = 0 is ``sigmoid-focal``, g = 0 binary cross-entropy. A background pixel below the
margin, p <= m, adds nothing and has no gradient; one that is certainly wrong costs -ln m at most, 3.0 nats with the
default, and its gradient fades.

The paper's own code returns the sum, not the mean, so its value grows with the image; it clamps probabilities at 1e-8,
which ends the loss and its gradient at 18.4 nats; and its default keeps the powers out of the gradient, so that its
gradient is not that of its value. Here it is.

Knobs: ``gamma_pos`` >= 0, ``gamma_neg`` >= 0, ``clip`` in [0, 1).

Reference: E. Ben-Baruch, T. Ridnik et al., "Asymmetric Loss For Multi-Label Classification", 2021, section 2 (arXiv
2009.14119).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import EVERY_TASK, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sides import Against, channel_mean, power
from segloss_cli.losses._sums import Array, Side, Sides, namespace


def powers(against: Against, of_class: bool, *, gamma_pos: float, gamma_neg: float, clip: float) -> Array:
    """What pixels of either side add, in nats.

    >>> import numpy as np
    >>> knobs = {"gamma_pos": 1, "gamma_neg": 2, "clip": 0.25}
    >>> z = np.log(np.asarray([3.0]))  # p = 0.75, q = 0.5
    >>> powers(Against(-z), True, **knobs).round(6).item(), powers(Against(z), False, **knobs).round(6).item()
    (0.071921, 0.173287)
    """
    if of_class or not clip:
        factor = power(against.p, gamma_pos if of_class else gamma_neg, lambda: against.minus_log_p)
        return factor * against.minus_log_rest
    p, xp = against.p, namespace(against.p)
    q = xp.maximum(p - clip, xp.zeros_like(p))
    left = xp.minimum(against.rest + clip, xp.ones_like(p))  # 1 - q: p may round to 1, and clip be tiny
    return -_raised(q, gamma_neg) * xp.log(left)


def _raised(q: Array, gamma: float) -> Array:
    if gamma == 4:
        square = q * q
        return square * square
    if gamma < 1:
        # the derivative of q^gamma is infinite at 0, where the loss is 0: its gradient would be NaN
        q = namespace(q).maximum(q, namespace(q).full_like(q, 1e-30))
    return q**gamma


def asymmetric(sides: Sides, *, gamma_pos: float = 1.0, gamma_neg: float = 4.0, clip: float = 0.05) -> Values:
    """Mean asymmetric loss, in nats.

    Args:
        sides: ``positive`` and ``negative`` modulated sums, (images, channels).
        gamma_pos: focusing power of the foreground (it went into the sums, like the others).
        gamma_neg: focusing power of the background.
        clip: the margin by which the background's probabilities are shifted down.

    Raises:
        UsageError: a negative power, or a clip outside [0, 1).

    Example: two pixels of one channel, positive terms 0.5 in all, negative ones 0.25; then from logits, p = 0.75 where
    the label is 1 and where it is 0: ((1 - 0.75) ln(4/3) + 0.7^4 ln(1 / 0.3)) / 2.

        >>> import numpy as np
        >>> one = np.asarray([[1.0]])
        >>> asymmetric(Sides(0.5 * one, 0.25 * one, one, np.asarray([2.0]), np.asarray([2.0]))).value.item()  # 0.75 / 2
        0.375
        >>> from segloss_cli import losses
        >>> round(losses.asymmetric(np.full((1, 1, 1, 2), np.log(3)), np.asarray([[[1, 0]]])), 10)
        0.1804971942
    """
    if min(gamma_pos, gamma_neg) < 0 or not 0 <= clip < 1:
        raise UsageError(
            f"asymmetric: gamma_pos={gamma_pos}, gamma_neg={gamma_neg}, clip={clip}; the powers are 0 or more, clip is "
            "in [0, 1)"
        )
    return channel_mean(sides, namespace(sides.positive).sum(sides.positive + sides.negative, axis=0))


def _sides(knobs: Mapping[str, Any]) -> tuple[Side, ...]:
    defaults = {"gamma_pos": 1.0, "gamma_neg": 4.0, "clip": 0.05}
    pairs = tuple((name, float(knobs.get(name, value))) for name, value in defaults.items())
    return (Side(powers, pairs),)


LOSS = Loss(
    function=asymmetric,
    kinds=("sides",),
    tasks=EVERY_TASK,
    bounds=nonnegative,
    default=frozenset({"multilabel"}),
    sides=_sides,
)

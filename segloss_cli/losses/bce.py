"""Binary cross-entropy on logits: one sigmoid per channel, each pixel a yes or no.

When to use: one foreground class (one channel), or classes that may overlap (multi-label). With exclusive classes it
is computed one-vs-rest when asked for by name; cross-entropy fits those better.

Formula, with z the logit, y the target and s(x) = ln(1 + e^x)::

    b = y v s(-z) + (1 - y) s(z)            BCE = mean of b over valid pixels and channels

v is ``pos_weight``. With a target outside [0, 1] the same formula is linear in y and runs below zero without a limit:
a 0/255 mask gives about -83. torch computes that without a word, and so do we where the label is given so, beside
the value after the repair. That is also how an ignore id left in the target shows: 208 pixels of 255 among 2048 turn
0.69 into 5.2 in SoftBCEWithLogitsLoss with another ignore_index.

Convention: sigmoid inside; the mean runs over valid pixels times channels; ignored pixels count in neither; nothing
valid is undefined. Written with softplus, so no logit overflows: -ln(sigmoid(z)) by hand is infinite from z = -89 on
in float32, and at z = 17 with target 0. The libraries with an ignore_index keep ignored pixels in the divisor, so the
loss falls as more is ignored; segmentation-models-pytorch and pytorch-toolbelt compare it with the one-hot target, so
an ignore id of 0 or 1 drops every negative or positive value.

Knobs: ``pos_weight`` multiplies the term of the foreground; ``divide``: "valid", or "all" (ignored pixels stay in the
divisor, counting 0).

Reference: C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.2;
``torch.nn.BCEWithLogitsLoss``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.losses._loss import EVERY_TASK, EXCLUSIVE, IGNORE, Convention, Loss, Values
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sides import CROSS_ENTROPY, channel_mean
from segloss_cli.losses._sums import Side, Sides, namespace


def bce(sides: Sides, *, pos_weight: float = 1.0, divide: Literal["valid", "all"] = "valid") -> Values:
    """Mean binary cross-entropy, in nats.

    Args:
        sides: ``positive`` is the sum of y s(-z), ``negative`` of (1 - y) s(z), (images, channels).
        pos_weight: factor of the positive term.
        divide: whether the mean runs over the "valid" pixels or over "all".

    Example: three valid pixels of one channel, positive terms 0.5 in all, negative ones 1.

        >>> import numpy as np
        >>> one = np.asarray([[1.0]])
        >>> sides = Sides(0.5 * one, one, one, np.asarray([3.0]), np.asarray([4.0]))
        >>> bce(sides).value.item()  # 1.5 / 3
        0.5
        >>> bce(sides, pos_weight=3.0, divide="all").value.item()  # (3 * 0.5 + 1) / 4
        0.625
    """
    xp = namespace(sides.positive)
    by_class = xp.sum(pos_weight * sides.positive + sides.negative, axis=0)
    return channel_mean(sides, by_class, divide=divide)


def _torch() -> Mapping[str, Any]:
    return {}


def _smp() -> Mapping[str, Any]:
    return {"divide": "all"}


def _mmseg(*, avg_non_ignore: bool = False) -> Mapping[str, Any]:
    return {"divide": "valid" if avg_non_ignore else "all"}


def _sides(_: Mapping[str, Any]) -> tuple[Side, ...]:
    return (CROSS_ENTROPY,)


LOSS = Loss(
    function=bce,
    kinds=("sides",),
    tasks=EVERY_TASK,
    bounds=nonnegative,
    default=frozenset({"binary", "multilabel"}),
    sides=_sides,
    conventions={
        "torch": Convention("F.binary_cross_entropy_with_logits(x, one_hot(y))", EXCLUSIVE, frozenset(), _torch),
        "smp": Convention(
            "SoftBCEWithLogitsLoss(ignore_index)(x, one_hot(y)), segmentation-models-pytorch 0.6",
            EXCLUSIVE,
            IGNORE,
            _smp,
        ),
        "mmseg": Convention(
            "CrossEntropyLoss(use_sigmoid=True, avg_non_ignore=False)(x, y, ignore_index), mmsegmentation 1.2",
            EXCLUSIVE,
            IGNORE,
            _mmseg,
        ),
        "toolbelt": Convention(
            "SoftBCEWithLogitsLoss(ignore_index)(x, one_hot(y)), pytorch-toolbelt 0.8",
            EXCLUSIVE,
            IGNORE,
            _smp,
        ),
    },
)

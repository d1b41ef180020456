"""Cross-entropy: the mean of -ln p of the label's class. The default loss of semantic segmentation.

When to use: exclusive classes and a softmax head. Its floor is 0; ln C is what a uniform prediction scores.

Formula, with p_i(c) = softmax(z_i)_c for pixel i and class c, y_i the label, w the class weights, C classes::

    l_i = -ln p_i(y_i)
    q_i = (1 - e) w_y l_i + (e / C) sum_c w_c (-ln p_i(c))        e = label_smoothing
    CE  = sum_i q_i / sum_i w_y                                    over valid pixels i

Convention: softmax inside (a one-channel prediction is the two-class softmax of (0, z)); sums over all valid pixels of
the batch; ignored pixels count in neither sum; an absent class adds nothing; nothing valid, or only weights of 0, is
undefined (torch returns NaN). Smoothing spreads e over all C classes, the label's own included, as torch does.

Libraries differ in what the mean divides by once pixels are ignored: torch and nnU-Net take the valid ones,
segmentation-models-pytorch, pytorch-toolbelt and mmsegmentation (unless avg_non_ignore is set) all of them, so that the
loss falls as more is ignored. With class weights torch and mmsegmentation 1 divide by the weights of the pixels,
mmsegmentation 0 by their number (``divide=all`` or ``valid``), so that the loss grows with the weights; mmsegmentation
1 with weights and an ignored pixel raises IndexError. Probabilities handed in as logits, or the log of a softmax taken
by hand (infinite where a probability underflows), give a wrong number without a word.

Knobs: ``label_smoothing`` in [0, 1]; ``divide``: what the mean divides by ("weights": the summed weights of the valid
pixels; "valid": their number; "all": all pixels, ignored ones counting 0; "all-weights": their weights, an ignored
one's being 1; "elements": all pixels times the classes; "images": the valid pixels of each image, and the images are
added up). ``strict``: weights with ignored pixels have no value, as in mmsegmentation.

Reference: the log score, I. J. Good, "Rational Decisions", 1952; label smoothing: C. Szegedy et al., "Rethinking the
Inception Architecture for Computer Vision", 2015, section 7.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import BOTH, EXCLUSIVE, IGNORE, MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._pixel import Divide, nonnegative, weighted_mean
from segloss_cli.losses._sums import NLL, Array, Pixels, Term, namespace


def cross_entropy(
    pixels: Pixels,
    *,
    label_smoothing: float = 0.0,
    divide: Divide = "weights",
    weight: Array | None = None,
    strict: bool = False,
) -> Values:
    """Mean negative log-probability of the label's class, in nats.

    Args:
        pixels: ``sums[0]`` is the sum of -ln p by class, (images, classes).
        label_smoothing: the share e of the target that is spread evenly over all classes.
        divide: what the mean divides by.
        weight: class weights, (classes,).
        strict: weights with ignored pixels have no value, as mmsegmentation's code raises IndexError then.

    Raises:
        UsageError: a label_smoothing outside [0, 1].

    Example: the three pixels of class 0 have -ln p = 0.5 each, the one of class 1 has 2; weights 1 and 3.

        >>> import numpy as np
        >>> pixels = Pixels((np.asarray([[1.5, 2.0]]),), np.asarray([[3.0, 1.0]]), np.asarray([5.0]))
        >>> cross_entropy(pixels).value.item()  # 3.5 / 4
        0.875
        >>> cross_entropy(pixels, weight=np.asarray([1.0, 3.0])).value.item()  # (1.5 + 3 * 2) / (3 + 3)
        1.25
        >>> cross_entropy(pixels, divide="all").value.item()  # 3.5 / 5
        0.7
    """
    if not 0 <= label_smoothing <= 1:
        raise UsageError(f"cross-entropy: label_smoothing={label_smoothing}; it is a share, from 0 to 1")
    sums = pixels.sums[0]
    if strict and weight is not None and _ignores(pixels):
        reason = "IndexError in mmsegmentation's code: it looks up the class weight of the ignore id"
        return Values(namespace(sums).sum(sums) * math.nan, undefined=reason)
    if not label_smoothing or pixels.smoothed is None:
        return weighted_mean(pixels, sums, weight=weight, divide=divide)
    spread = pixels.smoothed if weight is None else pixels.smoothed * weight
    extra = label_smoothing / sums.shape[1] * namespace(sums).sum(spread, axis=1)
    return weighted_mean(pixels, (1 - label_smoothing) * sums, weight=weight, divide=divide, extra=extra)


def _ignores(pixels: Pixels) -> bool:
    xp = namespace(pixels.count)
    return bool(xp.sum(pixels.count) < xp.sum(pixels.total))


def _terms(_: Mapping[str, Any]) -> tuple[Term, ...]:
    return (NLL,)


def _torch(*, label_smoothing: float = 0.0) -> Mapping[str, Any]:
    return {"label_smoothing": label_smoothing}


def _mmseg(*, avg_non_ignore: bool = False) -> Mapping[str, Any]:
    return {"divide": "weights" if avg_non_ignore else "all-weights", "strict": True}


def _tutorial() -> Mapping[str, Any]:
    return {}


def _smp(*, label_smoothing: float = 0.0) -> Mapping[str, Any]:
    return {"label_smoothing": label_smoothing, "divide": "all"}


LOSS = Loss(
    function=cross_entropy,
    kinds=("pixel",),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
    default=EXCLUSIVE,
    terms=_terms,
    conventions={
        "torch": Convention(
            "F.cross_entropy(x, y, weight, ignore_index, label_smoothing)",
            EXCLUSIVE,
            BOTH,
            _torch,
        ),
        "bubbliiiing": Convention(
            "tutorial 001 CE_Loss(cls_weights), the ignore id in the place of num_classes",
            MULTICLASS,
            BOTH,
            _tutorial,
        ),
        "nnunet": Convention(
            "RobustCrossEntropyLoss(weight, ignore_index, label_smoothing)(x, y), nnU-Net 2.8",
            MULTICLASS,
            BOTH,
            _torch,
        ),
        "mmseg": Convention(
            "CrossEntropyLoss(class_weight, avg_non_ignore=False)(x, y, ignore_index), mmsegmentation 1.2",
            MULTICLASS,
            BOTH,
            _mmseg,
        ),
        "toolbelt": Convention(
            "SoftCrossEntropyLoss(smooth_factor=label_smoothing or 0.0, ignore_index), pytorch-toolbelt 0.8",
            MULTICLASS,
            IGNORE,
            _smp,
        ),
        "smp": Convention(
            "SoftCrossEntropyLoss(smooth_factor=label_smoothing or 0.0, ignore_index), segmentation-models-pytorch 0.6",
            MULTICLASS,
            IGNORE,
            _smp,
        ),
    },
)

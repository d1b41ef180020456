"""Soft Dice: one minus twice the overlap over the sum of sizes.

When to use: small foregrounds, and whenever the Dice score is what counts. It sees regions, not pixels, so its value
depends on what is summed before the ratio is taken: the batch or each image, all classes or the present ones. That is
why no two libraries print the same number; ``--like`` names theirs. Where a class is absent the same data gives 0.48
(SMP: loss 0), 0.60 (present classes only) or 0.68 (all classes). nnU-Net's is minus the score.

Formula, with tp = sum p y, fp = sum p - tp, fn = sum y - tp over the valid pixels, b = ``beta``, s = ``smooth``::

    S = ((1 + b^2) tp + s) / ((1 + b^2) tp + b^2 fn + fp + s)          Dice = 1 - mean of S over the classes

b = 1 is (2 tp + s) / (sum p + sum y + s). With a target outside [0, 1] the loss falls below zero: a perfect
prediction of value v scores 1 - 2 v / (1 + v).

Convention: softmax inside (sigmoid for one channel: then S is of the foreground alone; or a sigmoid per channel,
multi-label); sums over the valid pixels of the whole batch; all classes count, so an absent one scores s / (fp + s);
no class present at all is undefined. Ignored pixels are masked out of p and y.

Knobs: ``smooth``, ``smooth_denominator`` (the same unless given), ``beta``, ``floor`` (least denominator), ``scope``
("batch" or "image"), ``classes`` ("all", "present", or "present-zero": an absent class counts as loss 0),
``include_background`` (whether class 0 counts), ``pool`` (one ratio over all classes), ``leak`` (ignored pixels stay
in sum p), ``squared`` ("no"; "denominator" has sum p^2 + sum y^2 there, the V-Net form; "elements" squares p y,
p (1 - y) and (1 - p) y pixel by pixel), ``minus`` (minus the score, in [-1, 0]), ``head`` ("auto", or "sigmoid": a
sigmoid per class where the classes are exclusive), ``weigh`` ("normalised" or "raw" weights), ``empty`` (the loss of
an image in which nothing counts; none leaves it out).

Reference: F. Milletari et al., "V-Net", 2016, section 3 (there with squares); beta: S. R. Hashemi et al., 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.losses._class_mean import Classes, Scope, Weigh
from segloss_cli.losses._loss import (
    BINARY,
    BOTH,
    EVERY_TASK,
    EXCLUSIVE,
    IGNORE,
    MULTICLASS,
    Bounds,
    Convention,
    Loss,
    Values,
)
from segloss_cli.losses._overlap import Head, Squared, minus_score, one_minus, overlap, squares
from segloss_cli.losses._region_bounds import best_score, mean_bounds
from segloss_cli.losses._sums import Array, Regions


def dice(
    regions: Regions,
    *,
    smooth: float = 1e-5,
    smooth_denominator: float | None = None,
    beta: float = 1.0,
    floor: float = 0.0,
    scope: Scope = "batch",
    classes: Classes = "all",
    include_background: bool = True,
    pool: bool = False,
    leak: bool = False,
    squared: Squared = "no",
    minus: bool = False,
    head: Head = "auto",
    weight: Array | None = None,
    weigh: Weigh = "normalised",
    empty: float | None = None,
    like: str | None = None,
) -> Values:
    """One minus the mean soft Dice score.

    Args:
        regions: soft regions, (images, classes).
        smooth: added to numerator and denominator of the form above.
        smooth_denominator: what is added to the denominator instead, where it differs.
        beta: weight of recall against precision; 1 is Dice.
        floor: the least denominator.
        scope: the ratio of the "batch" or of each "image".
        classes: which classes the mean runs over.
        include_background: whether class 0 counts.
        pool: one ratio over all classes.
        leak: ignored pixels stay in the predicted size.
        squared: where squares are taken.
        minus: minus the score, instead of one minus it.
        head: the probabilities that the regions are of.
        weight: class weights, (classes,).
        weigh: how the weights divide.
        empty: the loss of an image in which nothing counts; None leaves it out of the mean.
        like: the library being reproduced.

    Example: tutorial 001's three samples, tp = (1.7, 0, 0.6), fp = (0.2, 0.4, 0.1), fn = (0.3, 0, 0.4):

        >>> import numpy as np
        >>> tp, p, y = (np.asarray([v]) for v in ([1.7, 0.0, 0.6], [1.9, 0.4, 0.7], [2.0, 0.0, 1.0]))
        >>> regions = Regions(tp, p, y, np.zeros((1, 3)))
        >>> round(dice(regions, smooth=0).value.item(), 8)  # 1 - (3.4/3.9 + 0/0.4 + 1.2/1.7) / 3
        0.47410759
        >>> round(dice(regions, smooth=0, beta=2).value.item(), 8)  # 1 - (8.5/9.9 + 0 + 3/4.7) / 3
        0.50103876
        >>> round(dice(regions, smooth=0, classes="present").value.item(), 8)  # 1 - (3.4/3.9 + 1.2/1.7) / 2
        0.21116139
        >>> round(dice(regions, smooth=1, minus=True).value.item(), 8)  # -(4.4/4.9 + 1/1.4 + 2.2/2.7) / 3
        -0.8090199
    """
    scale = 1 + beta * beta
    bottom = smooth if smooth_denominator is None else smooth_denominator
    return overlap(
        regions,
        fp=1 / scale,
        fn=beta * beta / scale,
        smooth=(smooth / scale, bottom / scale),
        floor=floor / scale,
        scope=scope,
        classes=classes,
        include_background=include_background,
        pool=pool,
        leak=leak,
        squared=squared,
        head=head,
        weight=weight,
        weigh=weigh,
        empty=empty,
        like=like,
        of_score=minus_score if minus else one_minus,
    )


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    beta = float(knobs.get("beta", 1.0))
    scale = 1 + beta * beta
    best = best_score(knobs, fp=1 / scale, fn=beta * beta / scale)
    return mean_bounds(knobs, -best, 0.0) if knobs.get("minus") else mean_bounds(knobs, 1 - best, 1.0)


def _tutorial_001(*, beta: float = 1.0, smooth: float = 1e-5) -> Mapping[str, Any]:
    return {"beta": beta, "smooth": smooth, "leak": True}


def _tutorial_000() -> Mapping[str, Any]:
    return {"smooth": 1.0, "scope": "image"}


def _tutorial_003(*, scale: float = 1000.0, eps: float = 1e-6) -> Mapping[str, Any]:
    # dividing p and y by scale in every sum is the same as multiplying eps by it
    return {"smooth": scale * eps, "scope": "image"}


def _smp(*, smooth: float = 0.0) -> Mapping[str, Any]:
    # it adds smooth to tp / (tp + fp/2 + fn/2), half of this file's form
    return {"smooth": 2 * smooth, "floor": 2e-7, "classes": "present-zero"}


def _toolbelt(*, smooth: float = 0.0) -> Mapping[str, Any]:
    return {"smooth": smooth, "floor": 1e-7, "classes": "present-zero"}


def _monai(
    *, smooth: float = 1e-5, squared_pred: bool = False, include_background: bool = True, batch: bool = False
) -> Mapping[str, Any]:
    return {
        "smooth": smooth,
        "squared": "denominator" if squared_pred else "no",
        "include_background": include_background,
        "scope": "batch" if batch else "image",
        "weigh": "raw",
    }


def _kornia(*, average: Literal["micro", "macro"] = "micro", eps: float = 1e-8) -> Mapping[str, Any]:
    ratio: dict[str, Any] = {"smooth": 0.0, "smooth_denominator": eps, "scope": "image"}
    return ratio | ({"pool": True} if average == "micro" else {"classes": "present", "empty": 1.0})


def _mmseg(*, use_sigmoid: bool = True, naive_dice: bool = False, eps: float = 1e-3) -> Mapping[str, Any]:
    # it flattens the classes of an image together, and its target has no ignored pixels while its prediction has
    head = "sigmoid" if use_sigmoid else "auto"
    ratio: dict[str, Any] = {"scope": "image", "pool": True, "leak": True, "head": head}
    if naive_dice:
        return ratio | {"smooth": eps}
    return ratio | {"smooth": 0.0, "smooth_denominator": 2 * eps, "squared": "denominator"}


def _nnunet(*, smooth: float = 1.0, batch_dice: bool = False, do_bg: bool = True) -> Mapping[str, Any]:
    return {
        "smooth": smooth,
        "floor": 1e-8,
        "include_background": do_bg,
        "scope": "batch" if batch_dice else "image",
        "minus": True,
    }


LOSS = Loss(
    function=dice,
    kinds=("overlap",),
    tasks=EVERY_TASK,
    bounds=_bounds,
    default=EVERY_TASK,
    also=squares,
    signed=frozenset({"empty"}),
    conventions={
        "bubbliiiing": Convention(
            "tutorial 001 Dice_loss(beta=1, smooth=1e-5): the target's ignore column is dropped, the prediction's "
            "ignored pixels are not",
            MULTICLASS,
            IGNORE,
            _tutorial_001,
        ),
        "smooth1": Convention(
            "tutorial 000 MultiClassDiceLoss (softmax) or BinaryDiceLoss (sigmoid), smooth 1, per image",
            EXCLUSIVE,
            frozenset(),
            _tutorial_000,
        ),
        "scaled": Convention(
            "tutorial 003 dice_loss(scale=1000, eps=1e-6), mean of the images",
            BINARY,
            frozenset(),
            _tutorial_003,
        ),
        "smp": Convention(
            "DiceLoss(mode, smooth=0, eps=1e-7, ignore_index, class_weights), segmentation-models-pytorch 0.6",
            EXCLUSIVE,
            BOTH,
            _smp,
        ),
        "smp-0.3.4": Convention(
            "DiceLoss(mode, smooth=0, eps=1e-7, ignore_index), segmentation-models-pytorch 0.3.4: half the smoothing",
            EXCLUSIVE,
            IGNORE,
            _toolbelt,
        ),
        "toolbelt": Convention(
            "DiceLoss(mode, smooth=0, eps=1e-7, ignore_index), pytorch-toolbelt 0.8", EXCLUSIVE, IGNORE, _toolbelt
        ),
        "monai": Convention(
            "DiceLoss(softmax/sigmoid=True, to_onehot_y=True, smooth_nr=smooth_dr=1e-5, weight, ignore_index), "
            "MONAI 1.6",
            EXCLUSIVE,
            BOTH,
            _monai,
        ),
        "kornia": Convention(
            "dice_loss(x, y, average='micro', eps=1e-8, weight, ignore_index), kornia 0.9", MULTICLASS, BOTH, _kornia
        ),
        "mmseg": Convention(
            "DiceLoss(use_sigmoid=True, naive_dice=False, eps=1e-3)(x, y), mmsegmentation 1.2: ignored pixels stay in "
            "the denominator",
            MULTICLASS,
            IGNORE,
            _mmseg,
        ),
        "nnunet": Convention(
            "SoftDiceLoss(softmax, batch_dice=False, do_bg=True, smooth=1)(x, y, loss_mask), nnU-Net 2.8: minus the "
            "score",
            MULTICLASS,
            IGNORE,
            _nnunet,
        ),
    },
)

"""Dice plus cross-entropy: the usual loss of medical segmentation.

When to use: nearly always a safe choice. Cross-entropy gives every pixel a gradient from the start, Dice looks after
small classes.

Formula::

    DiceCE = lambda_dice Dice + lambda_ce CE

Convention: each part as its own page says (``segloss losses dice``, ``segloss losses cross-entropy``); class weights go
to both; ignored pixels count in neither. Either part undefined makes the sum undefined.

Libraries differ in both parts: nnU-Net adds minus the Dice score, so its sum is 1 lower and may be negative; MONAI
hands one ``weight`` to both parts, raw to Dice and normalised to cross-entropy; tutorial 001 weighs the cross-entropy
only.

Knobs: ``lambda_dice``, ``lambda_ce``; ``smooth`` of Dice; ``label_smoothing`` of cross-entropy.

Reference: F. Isensee et al., "nnU-Net: Self-adapting Framework for U-Net-Based Medical Image Segmentation", 2018,
section 2 (arXiv 1809.10486).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._joint import Parts, add, convention_of, leaks, terms_of, told
from segloss_cli.losses._loss import (
    BOTH,
    EXCLUSIVE,
    IGNORE,
    INF,
    MULTICLASS,
    WEIGHTS,
    Bounds,
    Convention,
    Loss,
    Needs,
    Values,
)
from segloss_cli.losses._sums import Array, Pixels, Regions, Term
from segloss_cli.losses.cross_entropy import LOSS as CROSS_ENTROPY
from segloss_cli.losses.dice import LOSS as DICE


def dice_ce(
    sums: tuple[Regions, Pixels],
    *,
    lambda_dice: float = 1.0,
    lambda_ce: float = 1.0,
    smooth: float = 1e-5,
    label_smoothing: float = 0.0,
    weight: Array | None = None,
    parts: Parts | None = None,
    like: str | None = None,
) -> Values:
    """A weighted sum of Dice and cross-entropy.

    Args:
        sums: soft regions, and ``sums[0]`` of -ln p by class; (images, classes) each.
        lambda_dice: factor of Dice.
        lambda_ce: factor of cross-entropy, in nats.
        smooth: of Dice.
        label_smoothing: of cross-entropy.
        weight: class weights, (classes,), for both.
        parts: what a library tells each part, in place of the knobs above.
        like: the library being reproduced.

    Example: Dice 1/4 (tp = 3, p = 4, y = 4) and a mean -ln p of 0.5.

        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> sums = (Regions(3 * one, 4 * one, 4 * one, 0 * one), Pixels((2 * one,), 4 * one, np.asarray([4.0])))
        >>> dice_ce(sums, smooth=0).value.item()  # 0.25 + 0.5
        0.75
        >>> dice_ce(sums, smooth=0, lambda_ce=2).value.item()
        1.25
    """
    regions, pixels = sums
    each = parts or {"dice": {"smooth": smooth, "like": like}, "ce": {"label_smoothing": label_smoothing}}
    dice = DICE.function(regions, **told(DICE, each["dice"], weight))
    cross = CROSS_ENTROPY.function(pixels, **told(CROSS_ENTROPY, each["ce"], weight))
    return add((lambda_dice, dice), (lambda_ce, cross))


def _terms(_: Mapping[str, Any]) -> tuple[Term, ...]:
    return terms_of(CROSS_ENTROPY, {}, None)


def _also(knobs: Mapping[str, Any]) -> Needs:
    return leaks(knobs.get("parts"))


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    # minus the score is as low as -1, times its factor
    return -float(knobs.get("lambda_dice", 1.0)) if knobs.get("like") == "nnunet" else 0.0, INF


def _monai(*, lambda_dice: float = 1.0, lambda_ce: float = 1.0, smooth: float = 1e-5) -> Mapping[str, Any]:
    parts = {"dice": convention_of(DICE, "monai", smooth=smooth), "ce": convention_of(CROSS_ENTROPY, "torch")}
    return {"lambda_dice": lambda_dice, "lambda_ce": lambda_ce, "parts": parts}


def _nnunet(*, weight_ce: float = 1.0, weight_dice: float = 1.0, smooth: float = 1.0) -> Mapping[str, Any]:
    parts = {"dice": convention_of(DICE, "nnunet", smooth=smooth), "ce": convention_of(CROSS_ENTROPY, "nnunet")}
    return {"lambda_dice": weight_dice, "lambda_ce": weight_ce, "parts": parts}


def _tutorial() -> Mapping[str, Any]:
    dice = {**convention_of(DICE, "bubbliiiing"), "weight": None}
    return {"parts": {"dice": dice, "ce": convention_of(CROSS_ENTROPY, "bubbliiiing")}}


LOSS = Loss(
    function=dice_ce,
    kinds=("overlap", "pixel"),
    tasks=EXCLUSIVE,
    bounds=_bounds,
    default=EXCLUSIVE,
    terms=_terms,
    also=_also,
    conventions={
        "bubbliiiing": Convention(
            "tutorial 001 CE_Loss(cls_weights) + Dice_loss()",
            MULTICLASS,
            BOTH,
            _tutorial,
        ),
        "monai": Convention(
            "DiceCELoss(softmax/sigmoid=True, to_onehot_y=True, weight), the weight in both parts, MONAI 1.6",
            EXCLUSIVE,
            WEIGHTS,
            _monai,
        ),
        "nnunet": Convention(
            "DC_and_CE_loss({'smooth': 1}, {}, ignore_label): cross-entropy minus the score, nnU-Net 2.8",
            MULTICLASS,
            IGNORE,
            _nnunet,
        ),
    },
)

"""Dice plus focal loss: small classes by Dice, hard pixels by focal.

When to use: very small structures in large images, where cross-entropy's mean is all background.

Formula::

    DiceFocal = lambda_dice Dice + lambda_focal Focal

Convention: each part as its own page says (``segloss losses dice``, ``segloss losses focal``: the softmax one; one
channel is the two-class softmax of (0, z)); class weights go to both; ignored pixels count in neither.
Either part undefined makes the sum undefined.

MONAI's ``DiceFocalLoss`` computes the focal part one-vs-rest with a sigmoid even where the Dice part has a softmax:
another number, and another gradient, than its name suggests. Tutorial 001 weighs the focal part only.

Knobs: ``lambda_dice``, ``lambda_focal``; ``smooth`` of Dice; ``gamma`` and ``alpha`` of focal.

Reference: W. Zhu et al., "AnatomyNet", 2019 (arXiv 1808.05238).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._joint import Parts, add, convention_of, leaks, terms_of, told
from segloss_cli.losses._loss import (
    BOTH,
    EXCLUSIVE,
    MULTICLASS,
    WEIGHTS,
    Convention,
    Loss,
    Needs,
    Values,
)
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sums import Array, Pixels, Regions, Side, Sides, Term
from segloss_cli.losses.dice import LOSS as DICE
from segloss_cli.losses.focal import LOSS as FOCAL
from segloss_cli.losses.sigmoid_focal import LOSS as SIGMOID_FOCAL


def dice_focal(
    sums: tuple[Regions, Pixels | None, Sides | None],
    *,
    lambda_dice: float = 1.0,
    lambda_focal: float = 1.0,
    smooth: float = 1e-5,
    gamma: float = 2.0,
    alpha: float | None = None,
    weight: Array | None = None,
    parts: Parts | None = None,
    like: str | None = None,
) -> Values:
    """A weighted sum of Dice and focal loss.

    Args:
        sums: soft regions, ``sums[0]`` of the focal terms by class, and one-vs-rest sums where a library wants them.
        lambda_dice: factor of Dice.
        lambda_focal: factor of focal loss, in nats.
        smooth: of Dice.
        gamma: focusing power.
        alpha: balance of focal loss.
        weight: class weights, (classes,), for both.
        parts: what a library tells each part, in place of the knobs above.
        like: the library being reproduced.

    Example: Dice 1/4 (tp = 3, p = 4, y = 4) and a mean focal term of 0.1.

        >>> import numpy as np
        >>> one = np.ones((1, 1))
        >>> pixels = Pixels((0.4 * one,), 4 * one, np.asarray([4.0]))
        >>> regions = Regions(3 * one, 4 * one, 4 * one, 0 * one)
        >>> round(dice_focal((regions, pixels, None), smooth=0).value.item(), 12)  # 0.25 + 0.1
        0.35
    """
    regions, pixels, sides = sums
    each = parts or {"dice": {"smooth": smooth, "like": like}, "focal": {"gamma": gamma, "alpha": alpha}}
    dice = DICE.function(regions, **told(DICE, each["dice"], weight))
    if "sigmoid" in each:
        focal = SIGMOID_FOCAL.function(sides, **told(SIGMOID_FOCAL, each["sigmoid"], weight))
    else:
        focal = FOCAL.function(pixels, **told(FOCAL, each["focal"], weight))
    return add((lambda_dice, dice), (lambda_focal, focal))


def _terms(knobs: Mapping[str, Any]) -> tuple[Term, ...]:
    parts = knobs.get("parts") or {"focal": {name: knobs[name] for name in ("gamma", "alpha") if name in knobs}}
    return terms_of(FOCAL, parts["focal"], knobs.get("weight")) if "focal" in parts else ()


def _sides(knobs: Mapping[str, Any]) -> tuple[Side, ...]:
    parts = knobs.get("parts") or {}
    return SIGMOID_FOCAL.sides(parts["sigmoid"]) if "sigmoid" in parts else ()


def _also(knobs: Mapping[str, Any]) -> Needs:
    return leaks(knobs.get("parts"))


def _monai(
    *, lambda_dice: float = 1.0, lambda_focal: float = 1.0, smooth: float = 1e-5, gamma: float = 2.0
) -> Mapping[str, Any]:
    focal = convention_of(SIGMOID_FOCAL, "monai", gamma=gamma)
    parts = {"dice": convention_of(DICE, "monai", smooth=smooth), "sigmoid": focal}
    return {"lambda_dice": lambda_dice, "lambda_focal": lambda_focal, "parts": parts}


def _tutorial(*, alpha: float | None = 0.5, gamma: float = 2.0) -> Mapping[str, Any]:
    dice = {**convention_of(DICE, "bubbliiiing"), "weight": None}
    return {"parts": {"dice": dice, "focal": convention_of(FOCAL, "bubbliiiing", alpha=alpha, gamma=gamma)}}


LOSS = Loss(
    function=dice_focal,
    kinds=("overlap", "pixel", "sides"),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
    default=EXCLUSIVE,
    terms=_terms,
    sides=_sides,
    also=_also,
    conventions={
        "bubbliiiing": Convention(
            "tutorial 001 Focal_Loss(cls_weights) + Dice_loss()",
            MULTICLASS,
            BOTH,
            _tutorial,
        ),
        "monai": Convention(
            "DiceFocalLoss(softmax/sigmoid=True, to_onehot_y=True, gamma=2, weight): the focal part is sigmoid, "
            "MONAI 1.6",
            EXCLUSIVE,
            WEIGHTS,
            _monai,
        ),
    },
)

"""The sums of two losses of tutorial 001 that the convention ``bubbliiiing`` stands for."""

from __future__ import annotations

from typing import Any

import tutorials
from batch import Batch, Row
from formulas import tutorial_dice, tutorial_ignore
from torch import Tensor

SOFTMAX = frozenset({"multiclass"})
TAKES = frozenset({"ignore", "weights"})


def dice_ce(b: Batch) -> Tensor:
    return tutorials.ce_loss(b.x, b.y, b.weights, tutorial_ignore(b)) + tutorial_dice(b)


def dice_focal(b: Batch, **knobs: Any) -> Tensor:
    return tutorials.focal_loss(b.x, b.y, b.weights, tutorial_ignore(b), **knobs) + tutorial_dice(b)


ROWS = (
    Row("dice-ce", "bubbliiiing", "tutorial 001 CE_Loss(cls_weights) + Dice_loss()", dice_ce, SOFTMAX, TAKES),
    Row(
        "dice-focal",
        "bubbliiiing",
        "tutorial 001 Focal_Loss(cls_weights, alpha, gamma) + Dice_loss()",
        dice_focal,
        SOFTMAX,
        TAKES,
        ({"alpha": 0.25, "gamma": 1},),
        rare=True,
    ),
)

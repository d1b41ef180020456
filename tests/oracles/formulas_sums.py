"""What segloss computes without ``--like`` for sums of two losses, as plain torch formulas."""

from __future__ import annotations

import formulas
import torch
from batch import Batch, Row
from formulas_pixels import BOTH, IGNORE, WEIGHTS, channels, row
from formulas_regions import dice, scores
from torch import Tensor
from torch.nn.functional import softplus


def dice_ce(b: Batch, lambda_dice: float = 1.0, lambda_ce: float = 1.0) -> Tensor:
    """ld Dice + lc cross-entropy."""
    return lambda_dice * dice(b) + lambda_ce * formulas.cross_entropy(b)


def dice_focal(b: Batch, lambda_dice: float = 1.0, lambda_focal: float = 1.0, gamma: float = 2.0) -> Tensor:
    """ld Dice + lf focal loss on the softmax."""
    return lambda_dice * dice(b) + lambda_focal * formulas.focal(b, gamma=gamma)


def combo(b: Batch, alpha: float = 0.5, beta: float = 0.5) -> Tensor:
    """a mean(b o s(-x) + (1 - b) (1 - o) s(x)) - (1 - a) mean S: one-vs-rest, s the softplus, S the Dice scores."""
    x, o = channels(b)
    cross = (beta * o * softplus(-x) + (1 - beta) * (1 - o) * softplus(x)).mean()
    return alpha * cross - (1 - alpha) * scores(b, 1e-5).mean()


def unified_focal(
    b: Batch,
    *,
    weight_tversky: float = 0.5,
    delta: float = 0.6,
    gamma: float = 0.5,
    scope: str = "batch",
    smooth: float = 1e-7,
) -> Tensor:
    """w Tversky part + (1 - w) cross-entropy part, both modulated for some classes only; class 0 is the background.

    Cross-entropy part, the mean over pixels: background (1 - d) (1 - p)^g (-ln p), foreground d (-ln p). Tversky part,
    the mean over classes: background 1 - S, foreground (1 - S)^(1 - g), with S = (tp + s) / (tp + d fn + (1 - d) fp + s).
    """
    log_p = b.two_class.log_softmax(1)
    p = log_p.exp()
    valid = b.valid[:, None]
    label = torch.where(b.valid, b.y, 0)[:, None]
    hot = torch.zeros_like(p).scatter(1, label, 1.0) * valid
    own = log_p.gather(1, label)[:, 0][b.valid]
    share = torch.where(b.y[b.valid] == 0, (1 - delta) * (-own.expm1()) ** gamma, delta)
    cross = (share * -own).mean()
    axes = (0, 2, 3) if scope == "batch" else (2, 3)
    tp, size, found = (t.sum(axes).reshape(-1, p.shape[1]) for t in (p * hot, hot, p * valid))
    losses = 1 - (tp + smooth) / (tp + delta * (size - tp) + (1 - delta) * (found - tp) + smooth)
    losses = torch.cat([losses[:, :1], losses[:, 1:].clamp(min=0) ** (1 - gamma)], 1)
    return weight_tversky * losses.mean() + (1 - weight_tversky) * cross


ROWS: tuple[Row, ...] = (
    row(
        "dice-ce",
        "Dice + cross-entropy",
        dice_ce,
        BOTH,
        IGNORE | WEIGHTS,
        ({"lambda_dice": 0.5, "lambda_ce": 2}, {"lambda_dice": 0}),
    ),
    row(
        "dice-focal",
        "Dice + focal",
        dice_focal,
        BOTH,
        IGNORE | WEIGHTS,
        ({"lambda_dice": 0.5, "lambda_focal": 2}, {"gamma": 1}),
    ),
    row(
        "combo",
        "alpha weighted BCE - (1 - alpha) Dice score",
        combo,
        BOTH,
        IGNORE,
        ({"alpha": 0.2, "beta": 0.7}, {"alpha": 1}),
    ),
    row(
        "unified-focal",
        "the asymmetric variant",
        unified_focal,
        BOTH,
        IGNORE,
        ({"weight_tversky": 0.2}, {"delta": 0.7, "gamma": 0.2}, {"scope": "image"}),
        shapes=True,
    ),
)

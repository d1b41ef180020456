"""The calls of nnU-Net that the convention ``nnunet`` stands for."""

from __future__ import annotations

from typing import Any

import torch
from batch import Batch, Row
from casts import exact
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
from nnunetv2.training.loss.dice import SoftDiceLoss
from nnunetv2.training.loss.robust_ce_loss import RobustCrossEntropyLoss, TopKLoss
from nnunetv2.utilities.helpers import softmax_helper_dim1
from torch import Tensor

SOFTMAX = frozenset({"multiclass"})
IGNORE, WEIGHTS = frozenset({"ignore"}), frozenset({"weights"})
SMOOTH = ({"smooth": 0}, {"smooth": 1e-5})


def cross_entropy(b: Batch, **knobs: Any) -> Tensor:
    return RobustCrossEntropyLoss(b.weights, **b.given(ignore_index=b.ignore), **knobs)(b.x, b.y[:, None])


def dice(b: Batch, **knobs: Any) -> Tensor:
    """The ignored pixels as ``DC_and_CE_loss`` hands them over: class 0 under a mask."""
    y = torch.where(b.valid, b.y, 0)[:, None]
    mask = None if b.ignore is None else b.valid[:, None]
    return SoftDiceLoss(apply_nonlin=softmax_helper_dim1, **knobs)(b.x, y, loss_mask=mask)


def topk(b: Batch, **knobs: Any) -> Tensor:
    return TopKLoss(b.weights, **b.given(ignore_index=b.ignore), **knobs)(b.x, b.y[:, None])


def dice_ce(b: Batch, smooth: float = 1.0, **knobs: Any) -> Tensor:
    return DC_and_CE_loss({"smooth": smooth}, {}, ignore_label=b.ignore, **knobs)(b.x, b.y[:, None])


ROWS = (
    Row(
        "cross-entropy",
        "nnunet",
        "RobustCrossEntropyLoss(weight, ignore_index, label_smoothing)(x, y)",
        cross_entropy,
        SOFTMAX,
        IGNORE | WEIGHTS,
        ({"label_smoothing": 0.1},),
    ),
    Row(
        "dice",
        "nnunet",
        "SoftDiceLoss(softmax, smooth)(x, y, loss_mask) in float64",
        exact(dice),
        SOFTMAX,
        IGNORE,
        SMOOTH,
    ),
    Row(
        "topk",
        "nnunet",
        "TopKLoss(weight, ignore_index, k)(x, y)",
        topk,
        SOFTMAX,
        IGNORE | WEIGHTS,
        ({"k": 1}, {"k": 50}, {"k": 95}),
    ),
    Row(
        "dice-ce",
        "nnunet",
        "DC_and_CE_loss({'smooth': smooth}, {}, weight_ce, weight_dice, ignore_label)(x, y) in float64",
        exact(dice_ce),
        SOFTMAX,
        IGNORE,
        ({"weight_ce": 0.5, "weight_dice": 2.0}, {"smooth": 1e-5}),
    ),
)

"""The calls of segmentation-models-pytorch that the convention ``smp`` stands for, beside those in ``libraries.py``."""

from __future__ import annotations

from typing import Any

import segmentation_models_pytorch as smp
from batch import Batch, Row
from casts import exact
from libraries import smp_overlap
from torch import Tensor

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
BOTH = SOFTMAX | BINARY
IGNORE, WEIGHTS = frozenset({"ignore"}), frozenset({"weights"})


def lovasz(b: Batch) -> Tensor:
    return smp.losses.LovaszLoss(b.mode, ignore_index=b.ignore)(b.x, b.y[:, None] if b.binary else b.y)


def log_dice(b: Batch, **knobs: Any) -> Tensor:
    return smp_overlap(smp.losses.DiceLoss)(b, log_loss=True, **knobs)


ROWS = (
    Row(
        "focal-tversky",
        "smp",
        "TverskyLoss(mode, alpha, beta, gamma, smooth, ignore_index, class_weights)",
        smp_overlap(smp.losses.TverskyLoss),
        BOTH,
        IGNORE | WEIGHTS,
        (
            {"gamma": 0.75},
            {"alpha": 0.3, "beta": 0.7, "gamma": 4 / 3},
            {"alpha": 0.7, "beta": 0.3, "gamma": 2, "smooth": 1},
        ),
    ),
    Row(
        "log-dice",
        "smp",
        "DiceLoss(mode, log_loss=True, smooth, ignore_index, class_weights)",
        log_dice,
        BOTH,
        IGNORE | WEIGHTS,
        ({"smooth": 0.5}, {"smooth": 1}),
    ),
    Row(
        "lovasz",
        "smp",
        "LovaszLoss('multiclass', ignore_index) in float64",
        exact(lovasz, single=True),
        SOFTMAX,
        IGNORE,
        shapes=True,
    ),
    Row(
        "lovasz-hinge",
        "smp",
        "LovaszLoss('binary', ignore_index) in float64",
        exact(lovasz, single=True),
        BINARY,
        IGNORE,
        shapes=True,
    ),
    Row(
        "mcc",
        "smp",
        "MCCLoss(eps)(sigmoid(x), y)",
        lambda b, **knobs: smp.losses.MCCLoss(**knobs)(b.x.sigmoid(), b.y),
        BINARY,
        knobs=({"eps": 1},),
        shapes=True,
    ),
)

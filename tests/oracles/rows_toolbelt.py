"""The calls of pytorch-toolbelt that the convention ``toolbelt`` stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batch import Batch, Row
from casts import exact
from stand_ins import toolbelt_losses
from torch import Tensor, nn

toolbelt = toolbelt_losses()

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
BOTH = SOFTMAX | BINARY
IGNORE, WEIGHTS = frozenset({"ignore"}), frozenset({"weights"})
GAMMAS = ({"gamma": 0.5}, {"gamma": 1}, {"gamma": 3})
SMOOTH = ({"smooth": 0.5}, {"smooth": 1})


def overlap(loss: type[nn.Module], **fixed: Any) -> Callable[..., Tensor]:
    def call(b: Batch, **knobs: Any) -> Tensor:
        return loss(b.mode, **b.given(ignore_index=b.ignore), **fixed, **knobs)(b.x, b.y[:, None] if b.binary else b.y)

    return call


def cross_entropy(b: Batch, label_smoothing: float = 0.0) -> Tensor:
    criterion = toolbelt.SoftCrossEntropyLoss(smooth_factor=label_smoothing, **b.given(ignore_index=b.ignore))
    return criterion(b.x, b.y)


def sigmoid_focal(b: Batch, **knobs: Any) -> Tensor:
    criterion = toolbelt.BinaryFocalLoss(**b.given(ignore_index=b.ignore), **knobs)
    return criterion(b.x, b.y[:, None] if b.binary else b.y)


def focal(b: Batch, **knobs: Any) -> Tensor:
    handed = b.given(ignore_index=b.ignore, class_weights=b.weights)
    return toolbelt.CrossEntropyFocalLoss(**handed, **knobs)(b.x, b.y)


def lovasz(b: Batch) -> Tensor:
    """It has no softmax inside."""
    return toolbelt.LovaszLoss(ignore=b.ignore)(b.x.softmax(1), b.y)


def lovasz_hinge(b: Batch) -> Tensor:
    return toolbelt.BinaryLovaszLoss(**b.given(ignore_index=b.ignore))(b.x, b.y[:, None])


def balanced_bce(b: Batch) -> Tensor:
    return toolbelt.BalancedBCEWithLogitsLoss(**b.given(ignore_index=b.ignore))(b.x, b.y[:, None])


ROWS = (
    Row(
        "cross-entropy",
        "toolbelt",
        "SoftCrossEntropyLoss(smooth_factor=label_smoothing or 0.0, ignore_index)(x, y)",
        cross_entropy,
        SOFTMAX,
        IGNORE,
        ({"label_smoothing": 0.1},),
    ),
    Row(
        "bce",
        "toolbelt",
        "SoftBCEWithLogitsLoss(ignore_index)(x, one_hot(y))",
        lambda b: toolbelt.SoftBCEWithLogitsLoss(**b.given(ignore_index=b.ignore))(b.x, b.one_hot),
        BOTH,
        IGNORE,
    ),
    Row("dice", "toolbelt", "DiceLoss(mode, smooth, ignore_index)", overlap(toolbelt.DiceLoss), BOTH, IGNORE, SMOOTH),
    Row("jaccard", "toolbelt", "JaccardLoss(mode, smooth)", overlap(toolbelt.JaccardLoss), BOTH, knobs=SMOOTH),
    Row(
        "focal",
        "toolbelt",
        "CrossEntropyFocalLoss(gamma, ignore_index, class_weights)(x, y)",
        focal,
        SOFTMAX,
        IGNORE | WEIGHTS,
        GAMMAS,
        rare=True,
    ),
    Row(
        "sigmoid-focal",
        "toolbelt",
        "BinaryFocalLoss(alpha, gamma, ignore_index) in float64",
        exact(sigmoid_focal),
        BOTH,
        IGNORE,
        (*GAMMAS, {"alpha": 0.25}, {"alpha": 0.75, "gamma": 1}),
    ),
    Row(
        "log-dice",
        "toolbelt",
        "DiceLoss(mode, log_loss=True, smooth, ignore_index)",
        overlap(toolbelt.DiceLoss, log_loss=True),
        BOTH,
        IGNORE,
        SMOOTH,
    ),
    Row(
        "lovasz",
        "toolbelt",
        "LovaszLoss(ignore)(softmax(x), y) in float64",
        exact(lovasz, single=True),
        SOFTMAX,
        IGNORE,
        rare=True,
    ),
    Row(
        "lovasz-hinge",
        "toolbelt",
        "BinaryLovaszLoss(ignore_index)(x, y) in float64",
        exact(lovasz_hinge, single=True),
        BINARY,
        IGNORE,
        shapes=True,
    ),
    Row(
        "balanced-bce",
        "toolbelt",
        "BalancedBCEWithLogitsLoss(ignore_index)(x, y) in float64",
        exact(balanced_bce),
        BINARY,
        IGNORE,
    ),
)

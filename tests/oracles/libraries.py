"""The calls of torch, torchvision, segmentation-models-pytorch, MONAI and kornia that the conventions stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import kornia
import segmentation_models_pytorch as smp
import torch
from batch import Batch, Row
from monai import losses as monai
from segmentation_models_pytorch.losses import _functional as smp_functional
from torch import Tensor
from torch.nn import functional
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
BOTH = SOFTMAX | BINARY
IGNORE, WEIGHTS = frozenset({"ignore"}), frozenset({"weights"})
TWO_WEIGHTS, TEACHER = frozenset({"two weights"}), frozenset({"teacher"})

GAMMAS = ({"gamma": 0.5}, {"gamma": 1}, {"gamma": 3})
FOCAL = (*GAMMAS, {"alpha": 0.25}, {"alpha": 0.75, "gamma": 1})
SMOOTH = ({"smooth": 0}, {"smooth": 1})
SIDES = ({"alpha": 0.3, "beta": 0.7}, {"alpha": 0.7, "beta": 0.3}, {"alpha": 1, "beta": 2})


def torch_cross_entropy(b: Batch, **knobs: Any) -> Tensor:
    return functional.cross_entropy(b.two_class, b.y, weight=b.weights, **b.given(ignore_index=b.ignore), **knobs)


def torch_kl(b: Batch) -> Tensor:
    q = b.one_hot if b.teacher is None else b.teacher.softmax(1)
    return torch.nn.KLDivLoss()(b.x.log_softmax(1), q)


def smp_cross_entropy(b: Batch, label_smoothing: float = 0.0) -> Tensor:
    return smp.losses.SoftCrossEntropyLoss(smooth_factor=label_smoothing, **b.given(ignore_index=b.ignore))(b.x, b.y)


def smp_overlap(loss: type[torch.nn.Module]) -> Callable[..., Tensor]:
    def call(b: Batch, **knobs: Any) -> Tensor:
        criterion = loss(b.mode, ignore_index=b.ignore, class_weights=b.weights, **knobs)
        return criterion(b.x, b.y[:, None] if b.binary else b.y)

    return call


def monai_focal(*, softmax: bool) -> Callable[..., Tensor]:
    def call(b: Batch, **knobs: Any) -> Tensor:
        criterion = monai.FocalLoss(
            to_onehot_y=True, use_softmax=softmax, weight=b.weights, ignore_index=b.ignore, **knobs
        )
        # it casts its inputs to float32, whatever they came as
        with patch.object(torch.Tensor, "float", torch.Tensor.double):
            exact = criterion(b.x, b.y[:, None])
        single = criterion(b.x, b.y[:, None]).double()
        torch.testing.assert_close(single, exact, rtol=1e-5, atol=1e-9)
        return exact

    return call


def monai_overlap(loss: type[torch.nn.Module], **fixed: Any) -> Callable[..., Tensor]:
    def call(b: Batch, smooth: float | None = None, **knobs: Any) -> Tensor:
        head = {"sigmoid": True} if b.binary else {"softmax": True}
        handed = b.given(smooth_nr=smooth, smooth_dr=smooth, weight=b.weights, ignore_index=b.ignore)
        return loss(to_onehot_y=True, **head, **handed, **fixed, **knobs)(b.x, b.y[:, None])

    return call


def kornia_focal(b: Batch, alpha: float | None = None, **knobs: Any) -> Tensor:
    handed = b.given(weight=b.weights, ignore_index=b.ignore)
    return kornia.losses.focal_loss(b.x, b.y, alpha, reduction="mean", **handed, **knobs)


def kornia_sigmoid_focal(b: Batch, **knobs: Any) -> Tensor:
    handed = b.given(weight=b.weights, ignore_index=b.ignore)
    return kornia.losses.binary_focal_loss_with_logits(b.x, b.one_hot, reduction="mean", **handed, **knobs)


def box(plane: Tensor) -> Tensor:
    """The half-open box x0, y0, x1, y1 of a mask (H, W) that is not empty."""
    rows, columns = torch.where(plane)
    edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    return torch.stack(edges).double()


def torchvision_giou(b: Batch) -> Tensor:
    """(N, classes): the loss between the box of arg max and that of the label, NaN where either is empty."""
    found = (b.x[:, 0] > 0).long() if b.binary else b.x.argmax(1)
    wanted = [1] if b.binary else range(b.x.shape[1])
    values = torch.full((b.x.shape[0], len(wanted)), torch.nan, dtype=torch.double)
    for image in range(b.x.shape[0]):
        for column, name in enumerate(wanted):
            a, c = ((plane[image] == name) & b.valid[image] for plane in (found, b.y))
            if bool(a.any()) and bool(c.any()):
                values[image, column] = generalized_box_iou_loss(box(a), box(c), eps=0.0)
    return values


ROWS = (
    Row(
        "cross-entropy",
        "torch",
        "F.cross_entropy((0, x) or x, y, weight, ignore_index, label_smoothing)",
        torch_cross_entropy,
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        ({"label_smoothing": 0.1},),
    ),
    Row(
        "bce",
        "torch",
        "F.binary_cross_entropy_with_logits(x, one_hot(y))",
        lambda b: functional.binary_cross_entropy_with_logits(b.x, b.one_hot),
        BOTH,
    ),
    Row("kl", "torch", "KLDivLoss()(log_softmax(x), one_hot(y) or softmax(teacher))", torch_kl, SOFTMAX, TEACHER),
    Row(
        "sigmoid-focal",
        "torchvision",
        "sigmoid_focal_loss(x, one_hot(y), alpha, gamma, 'mean')",
        lambda b, **knobs: sigmoid_focal_loss(b.x, b.one_hot, reduction="mean", **knobs),
        BOTH,
        knobs=FOCAL,
    ),
    Row(
        "cross-entropy",
        "smp",
        "SoftCrossEntropyLoss(smooth_factor=label_smoothing or 0.0, ignore_index)",
        smp_cross_entropy,
        SOFTMAX,
        IGNORE,
        ({"label_smoothing": 0.1},),
    ),
    Row(
        "bce",
        "smp",
        "SoftBCEWithLogitsLoss(ignore_index)(x, one_hot(y))",
        lambda b: smp.losses.SoftBCEWithLogitsLoss(**b.given(ignore_index=b.ignore))(b.x, b.one_hot),
        BOTH,
        IGNORE,
    ),
    Row(
        "focal",
        "smp",
        "softmax_focal_loss_with_logits(x, y, gamma)",
        lambda b, **knobs: smp_functional.softmax_focal_loss_with_logits(b.x, b.y, **knobs),
        SOFTMAX,
        knobs=GAMMAS,
    ),
    Row(
        "sigmoid-focal",
        "smp",
        "FocalLoss(mode, alpha, gamma, ignore_index, class_weights)",
        smp_overlap(smp.losses.FocalLoss),
        BOTH,
        IGNORE | WEIGHTS,
        FOCAL,
    ),
    Row(
        "dice",
        "smp",
        "DiceLoss(mode, smooth, ignore_index, class_weights)",
        smp_overlap(smp.losses.DiceLoss),
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        SMOOTH,
    ),
    Row(
        "jaccard",
        "smp",
        "JaccardLoss(mode, smooth, ignore_index, class_weights)",
        smp_overlap(smp.losses.JaccardLoss),
        BOTH,
        IGNORE | WEIGHTS,
        SMOOTH,
    ),
    Row(
        "tversky",
        "smp",
        "TverskyLoss(mode, alpha, beta, smooth, ignore_index, class_weights)",
        smp_overlap(smp.losses.TverskyLoss),
        BOTH,
        IGNORE | WEIGHTS,
        (*SIDES, {"smooth": 1}),
    ),
    Row(
        "focal",
        "monai",
        "FocalLoss(use_softmax=True, gamma, alpha, weight, ignore_index) in float64",
        monai_focal(softmax=True),
        SOFTMAX,
        IGNORE | WEIGHTS,
        FOCAL,
    ),
    Row(
        "sigmoid-focal",
        "monai",
        "FocalLoss(gamma, alpha, weight, ignore_index) in float64",
        monai_focal(softmax=False),
        BOTH,
        IGNORE | WEIGHTS,
        FOCAL,
    ),
    Row(
        "dice",
        "monai",
        "DiceLoss(smooth_nr=smooth_dr=smooth, weight, ignore_index)",
        monai_overlap(monai.DiceLoss),
        BOTH,
        IGNORE | WEIGHTS,
        SMOOTH,
    ),
    Row(
        "jaccard",
        "monai",
        "DiceLoss(jaccard=True, smooth_nr=smooth_dr=smooth, weight, ignore_index)",
        monai_overlap(monai.DiceLoss, jaccard=True),
        BOTH,
        IGNORE | WEIGHTS,
        SMOOTH,
    ),
    Row(
        "tversky",
        "monai",
        "TverskyLoss(alpha, beta, smooth_nr=smooth_dr=smooth, ignore_index)",
        monai_overlap(monai.TverskyLoss),
        BOTH,
        IGNORE,
        (*SIDES, {"smooth": 1}),
    ),
    Row(
        "focal",
        "kornia",
        "focal_loss(x, y, alpha, gamma, 'mean', weight, ignore_index)",
        kornia_focal,
        SOFTMAX,
        IGNORE | WEIGHTS,
        FOCAL,
    ),
    Row(
        "sigmoid-focal",
        "kornia",
        "binary_focal_loss_with_logits(x, one_hot(y), alpha, gamma, 'mean', weight, ignore_index)",
        kornia_sigmoid_focal,
        BOTH,
        IGNORE | WEIGHTS,
        FOCAL,
    ),
    Row(
        "dice",
        "kornia",
        "dice_loss(x, y, 'micro', eps, weight, ignore_index)",
        lambda b, **knobs: kornia.losses.dice_loss(
            b.x, b.y, weight=b.weights, **b.given(ignore_index=b.ignore), **knobs
        ),
        SOFTMAX,
        IGNORE | WEIGHTS,
        ({"eps": 1}, {"eps": 1e-3}),
    ),
    Row(
        "tversky",
        "kornia",
        "tversky_loss(x, y, alpha, beta, ignore_index=ignore_index)",
        lambda b, **knobs: kornia.losses.tversky_loss(b.x, b.y, **b.given(ignore_index=b.ignore), **knobs),
        SOFTMAX,
        IGNORE,
        (*SIDES, {"alpha": 0.5, "beta": 0.5}),
        required=True,
    ),
    Row(
        "giou",
        None,
        "torchvision generalized_box_iou_loss(box of arg max, box of label, eps=0).mean()",
        torchvision_giou,
        BOTH,
        IGNORE,
        ({"region": "box"},),
        required=True,
    ),
)

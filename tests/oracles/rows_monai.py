"""The calls of MONAI that the convention ``monai`` stands for, beside those in ``libraries.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batch import Batch, Row
from casts import exact
from monai import losses as monai
from torch import Tensor, nn

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
BOTH = SOFTMAX | BINARY
IGNORE, WEIGHTS = frozenset({"ignore"}), frozenset({"weights"})


def of(loss: type[nn.Module], *, weighted: bool = False) -> Callable[..., Tensor]:
    """``loss(softmax/sigmoid=True, to_onehot_y=True)``; ``smooth`` of a loss with Dice in it is both of its own.

    One channel: against the labels as floats, as integers would make ``HausdorffDTLoss`` round its distances down.
    """

    def call(b: Batch, **knobs: Any) -> Tensor:
        head = {"sigmoid": True} if b.binary else {"softmax": True}
        handed = b.given(weight=b.weights) if weighted else {}
        if "smooth" in knobs and loss is not monai.SoftclDiceLoss:
            knobs["smooth_nr"] = knobs["smooth_dr"] = knobs.pop("smooth")
        y = b.y[:, None].double() if b.binary else b.y[:, None]
        return loss(to_onehot_y=not b.binary, **head, **handed, **knobs)(b.x, y)

    return call


def hausdorff(b: Batch, *, log: bool = False, **knobs: Any) -> Tensor:
    return of(monai.LogHausdorffDTLoss if log else monai.HausdorffDTLoss)(b, **knobs)


def nacl(b: Batch, **knobs: Any) -> Tensor:
    return monai.NACLLoss(classes=b.x.shape[1], dim=2, **knobs)(b.x, b.y)


def unified_focal(b: Batch, **knobs: Any) -> Tensor:
    return monai.AsymmetricUnifiedFocalLoss(to_onehot_y=True, **knobs)(b.two_class.softmax(1), b.y[:, None])


FOREGROUND = {"include_background": False}
ROWS = (
    Row(
        "boundary",
        "monai",
        "BoundaryLoss(include_background) in float64",
        exact(of(monai.BoundaryLoss)),
        BOTH,
        knobs=(FOREGROUND,),
        shapes=True,
    ),
    Row(
        "cldice",
        "monai",
        "SoftclDiceLoss(iter_, smooth_nr, smooth_dr, smooth, include_background)",
        of(monai.SoftclDiceLoss),
        BOTH,
        knobs=({"iter_": 10}, {"iter_": 1, "include_background": False}, {"smooth_nr": 0, "smooth": 0.1}),
        shapes=True,
    ),
    Row(
        "dice-ce",
        "monai",
        "DiceCELoss(lambda_dice, lambda_ce, smooth_nr=smooth_dr=smooth, weight)",
        of(monai.DiceCELoss, weighted=True),
        BOTH,
        WEIGHTS,
        ({"lambda_dice": 0.5, "lambda_ce": 2.0}, {"smooth": 1}),
    ),
    Row(
        "dice-focal",
        "monai",
        "DiceFocalLoss(lambda_dice, lambda_focal, smooth_nr=smooth_dr=smooth, gamma, weight) in float64",
        exact(of(monai.DiceFocalLoss, weighted=True)),
        BOTH,
        WEIGHTS,
        ({"lambda_dice": 0.5, "lambda_focal": 2.0}, {"gamma": 1.0, "smooth": 1}),
    ),
    Row(
        "generalized-dice",
        "monai",
        "GeneralizedDiceLoss(w_type, smooth_nr=smooth_dr=smooth, include_background, batch) in float64",
        exact(of(monai.GeneralizedDiceLoss)),
        BOTH,
        knobs=({"w_type": "simple"}, {"w_type": "uniform"}, {"smooth": 1}, FOREGROUND, {"batch": True}),
        shapes=True,
    ),
    Row(
        "hausdorff",
        "monai",
        "HausdorffDTLoss(alpha, include_background), with log LogHausdorffDTLoss, in float64",
        exact(hausdorff),
        BOTH,
        knobs=({"alpha": 1.0}, {"include_background": True}, {"log": True}),
        shapes=True,
    ),
    Row(
        "mcc",
        "monai",
        "MCCLoss(smooth_nr, smooth_dr, include_background, batch)",
        of(monai.MCCLoss),
        BOTH,
        knobs=({"smooth_nr": 1.0, "smooth_dr": 1.0}, FOREGROUND, {"batch": True}),
        shapes=True,
    ),
    Row(
        "nacl",
        "monai",
        "NACLLoss(classes, dim=2, kernel_size, kernel_ops, distance_type, alpha, sigma) in float64",
        exact(nacl),
        SOFTMAX,
        knobs=(
            {"distance_type": "l2"},
            {"kernel_size": 5, "alpha": 1.0},
            {"kernel_ops": "gaussian", "distance_type": "l2"},
            {"kernel_ops": "gaussian", "sigma": 2.0},
        ),
        shapes=True,
    ),
    Row(
        "unified-focal",
        "monai",
        "AsymmetricUnifiedFocalLoss(weight, gamma, delta)(softmax((0, x) or x), y)",
        unified_focal,
        BOTH,
        knobs=({"weight": 0.2}, {"gamma": 0.25, "delta": 0.6}),
        channels=2,
        shapes=True,
    ),
)

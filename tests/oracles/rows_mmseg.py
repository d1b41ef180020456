"""The calls of mmsegmentation that the convention ``mmseg`` stands for.

Its ``FocalLoss`` does not run on a CPU with id labels: it takes channel ``num_classes`` of the one-hot labels where it
means the channels before it. The row calls the function it hands over to, ``py_sigmoid_focal_loss``, with what it means
to hand over. Its ``LovaszLoss()`` raises with its own defaults, so ``reduction='none'`` is given.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from batch import Batch, Row
from casts import exact
from stand_ins import mmseg_losses
from torch import Tensor

mmseg = mmseg_losses()
py_sigmoid_focal_loss = sys.modules["mmseg.models.losses.focal_loss"].py_sigmoid_focal_loss

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
BOTH = SOFTMAX | BINARY
IGNORE, WEIGHTS = frozenset({"ignore"}), frozenset({"weights"})

FOCAL = ({"gamma": 0.5}, {"gamma": 3.0}, {"alpha": 0.25}, {"alpha": 0.75, "gamma": 1.0})
# it insists on alpha + beta == 1
SIDES = ({"alpha": 0.5, "beta": 0.5}, {"alpha": 0.7, "beta": 0.3}, {"smooth": 0}, {"smooth": 1e-5})
OHEM = (
    {"thresh": 0.7, "n_min": 1},
    {"thresh": 0.7, "n_min": 100},
    {"thresh": 0.3, "n_min": 50},
    {"thresh": 0.7, "n_min": 1900},
)


def listed(weights: Tensor | None) -> list[float] | None:
    """Class weights as its configurations hold them."""
    return None if weights is None else weights.tolist()


def cross_entropy(b: Batch) -> Tensor:
    return mmseg.CrossEntropyLoss(class_weight=listed(b.weights))(b.x, b.y, **b.given(ignore_index=b.ignore))


def bce(b: Batch) -> Tensor:
    return mmseg.CrossEntropyLoss(use_sigmoid=True)(b.x, b.y, **b.given(ignore_index=b.ignore))


def dice(b: Batch, **knobs: Any) -> Tensor:
    return mmseg.DiceLoss(**b.given(ignore_index=b.ignore), **knobs)(b.x, b.y)


def tversky(b: Batch, **knobs: Any) -> Tensor:
    criterion = mmseg.TverskyLoss(class_weight=listed(b.weights), **b.given(ignore_index=b.ignore), **knobs)
    return criterion(b.x, b.y)


def sigmoid_focal(b: Batch, **knobs: Any) -> Tensor:
    """One row a pixel, as ``FocalLoss.forward`` reshapes them; ignored ones keep their place with the factor 0."""
    pixels, targets = (t.movedim(1, -1).reshape(-1, b.x.shape[1]) for t in (b.x, b.one_hot))
    valid = b.valid.reshape(-1, 1)
    handed = {"class_weight": listed(b.weights), "valid_mask": valid, **knobs}
    return py_sigmoid_focal_loss(pixels, torch.where(valid, targets, 0.0), **handed)


def ohem(b: Batch, **knobs: Any) -> Tensor:
    names = {"thresh": "thres", "n_min": "min_kept"}
    handed = {names[name]: value for name, value in knobs.items()}
    return mmseg.OhemCrossEntropy(**b.given(ignore_label=b.ignore), **handed)(b.x, b.y)


def lovasz(b: Batch) -> Tensor:
    kind, weights = ("binary", None) if b.binary else ("multi_class", listed(b.weights))
    criterion = mmseg.LovaszLoss(kind, reduction="none", class_weight=weights)
    return criterion(b.x, b.y, **b.given(ignore_index=b.ignore))


def hausdorff(b: Batch) -> Tensor:
    return mmseg.HuasdorffDisstanceLoss(**b.given(ignore_index=b.ignore))(b.x, b.y)


ROWS = (
    Row(
        "cross-entropy",
        "mmseg",
        "CrossEntropyLoss(class_weight)(x, y, ignore_index)",
        cross_entropy,
        SOFTMAX,
        IGNORE | WEIGHTS,
    ),
    Row("bce", "mmseg", "CrossEntropyLoss(use_sigmoid=True)(x, y, ignore_index)", bce, BOTH, IGNORE),
    Row("dice", "mmseg", "DiceLoss(eps)(x, y) in float64", exact(dice), SOFTMAX, IGNORE, ({"eps": 1}, {"eps": 1e-5})),
    Row(
        "tversky",
        "mmseg",
        "TverskyLoss(smooth, class_weight, ignore_index, alpha, beta)(x, y)",
        tversky,
        SOFTMAX,
        IGNORE | WEIGHTS,
        SIDES,
    ),
    Row(
        "sigmoid-focal",
        "mmseg",
        "py_sigmoid_focal_loss(x, one_hot(y), gamma, alpha, class_weight, valid_mask), pixels as rows",
        sigmoid_focal,
        BOTH,
        IGNORE | WEIGHTS,
        FOCAL,
    ),
    Row(
        "ohem",
        "mmseg",
        "OhemCrossEntropy(ignore_label, thres=thresh, min_kept=n_min)(x, y)",
        ohem,
        SOFTMAX,
        IGNORE,
        OHEM,
    ),
    Row(
        "lovasz",
        "mmseg",
        "LovaszLoss(reduction='none', class_weight)(x, y, ignore_index) in float64",
        exact(lovasz, single=True),
        SOFTMAX,
        IGNORE | WEIGHTS,
        shapes=True,
    ),
    Row(
        "lovasz-hinge",
        "mmseg",
        "LovaszLoss('binary', reduction='none')(x, y, ignore_index) in float64",
        exact(lovasz, single=True),
        BINARY,
        IGNORE,
        shapes=True,
    ),
    Row(
        "balanced-bce",
        "mmseg",
        "BoundaryLoss()(x, y) in float64",
        exact(lambda b: mmseg.BoundaryLoss()(b.x, b.y)),
        BINARY,
    ),
    Row(
        "hausdorff",
        "mmseg",
        "HuasdorffDisstanceLoss(ignore_index)(x, y) in float64",
        exact(hausdorff),
        SOFTMAX,
        IGNORE,
        shapes=True,
        rare=True,
    ),
)

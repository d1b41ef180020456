"""The losses of the five tutorials as plain torch, with no more repaired than keeps them from running.

| here | tutorial | repaired |
| --- | --- | --- |
| ``MultiClassDiceLoss``, ``BinaryDiceLoss`` | 000 | ``nn.Model``, ``N_dice_eff``, the missing ``one_hot``; sigmoid before binary, as its text says |
| ``ce_loss``, ``focal_loss``, ``dice_loss`` | 001 | nothing; the resizing is left out |
| ``scaled_dice_loss`` | 003 | nothing |
| ``OhemCELoss`` | 004 | ``.cuda()`` |

Whatever else is wrong with them is what the conventions ``smooth1``, ``bubbliiiing``, ``scaled`` and ``bisenet`` mean:
the focal p is p^w under class weights, ignored pixels stay in the prediction of ``dice_loss``, ignored zeros enter the
top of ``OhemCELoss``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class BinaryDiceLoss(nn.Module):
    """Tutorial 000: one minus the mean over images of (2 sum(pt) + 1) / (sum(p) + sum(t) + 1)."""

    def forward(self, probabilities: Tensor, targets: Tensor) -> Tensor:
        images = targets.size()[0]
        smooth = 1
        p = probabilities.reshape(images, -1)
        t = targets.reshape(images, -1)
        both = p * t
        score = (2 * both.sum(1) + smooth) / (p.sum(1) + t.sum(1) + smooth)
        return 1 - score.sum() / images


class MultiClassDiceLoss(nn.Module):
    """Tutorial 000: the mean over channels of BinaryDiceLoss after a softmax."""

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        classes = logits.shape[1]
        wanted = functional.one_hot(target.long(), classes).movedim(-1, 1)
        probabilities = functional.softmax(logits, dim=1)
        binary = BinaryDiceLoss()
        total = torch.zeros((), dtype=logits.dtype)
        for channel in range(classes):
            total = total + binary(probabilities[:, channel], wanted[:, channel])
        return total / classes


def pixels_by_class(logits: Tensor) -> Tensor:
    """(N, C, H, W) to (N H W, C), as tutorial 001 does it."""
    return logits.transpose(1, 2).transpose(2, 3).contiguous().view(-1, logits.shape[1])


def ce_loss(logits: Tensor, target: Tensor, cls_weights: Tensor | None, num_classes: int = 21) -> Tensor:
    """Tutorial 001 ``CE_Loss``: the id ``num_classes`` is ignored."""
    criterion = nn.CrossEntropyLoss(weight=cls_weights, ignore_index=num_classes)
    value: Tensor = criterion(pixels_by_class(logits), target.view(-1))
    return value


def focal_loss(
    logits: Tensor,
    target: Tensor,
    cls_weights: Tensor | None,
    num_classes: int = 21,
    *,
    alpha: float | None = 0.5,
    gamma: float = 2,
) -> Tensor:
    """Tutorial 001 ``Focal_Loss``: the mean over all pixels of alpha (1 - p^w)^gamma w (-ln p)."""
    criterion = nn.CrossEntropyLoss(weight=cls_weights, ignore_index=num_classes, reduction="none")
    logpt: Tensor = -criterion(pixels_by_class(logits), target.view(-1))
    pt = torch.exp(logpt)
    if alpha is not None:
        logpt = logpt * alpha
    return (-((1 - pt) ** gamma) * logpt).mean()


def dice_loss(logits: Tensor, target: Tensor, beta: float = 1, smooth: float = 1e-5) -> Tensor:
    """Tutorial 001 ``Dice_loss``: ``target`` is one-hot (N, H, W, C + 1), its last channel the ignored pixels."""
    n, c, _, _ = logits.size()
    p = torch.softmax(pixels_by_class(logits).view(n, -1, c), -1)
    t = target.view(n, -1, c + 1)[..., :-1]
    tp = torch.sum(t * p, dim=[0, 1])
    fp = torch.sum(p, dim=[0, 1]) - tp
    fn = torch.sum(t, dim=[0, 1]) - tp
    score = ((1 + beta**2) * tp + smooth) / ((1 + beta**2) * tp + beta**2 * fn + fp + smooth)
    return 1 - torch.mean(score)


def scaled_dice_loss(logits: Tensor, targets: Tensor, scale: float = 1000, eps: float = 1e-6) -> Tensor:
    """Tutorial 003 ``dice_loss``: one value per image; logits and targets are (N, H, W), both floating."""
    p = logits.sigmoid()
    numerator = 2 * (p / scale * targets).sum(dim=(-2, -1))
    denominator = (p / scale).sum(dim=(-2, -1)) + (targets / scale).sum(dim=(-2, -1))
    return 1 - (numerator + eps) / (denominator + eps)


class OhemCELoss(nn.Module):
    """Tutorial 004: the mean of the losses above -ln(thresh), or of the ``n_min`` largest where those are fewer."""

    def __init__(self, thresh: float, n_min: int, ignore_lb: int = 255) -> None:
        super().__init__()
        self.thresh = -torch.log(torch.tensor(thresh, dtype=torch.float))
        self.n_min = n_min
        self.criteria = nn.CrossEntropyLoss(ignore_index=ignore_lb, reduction="none")

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        loss = self.criteria(logits, labels).view(-1)
        loss, _ = torch.sort(loss, descending=True)
        loss = loss[loss > self.thresh] if loss[self.n_min] > self.thresh else loss[: self.n_min]
        return torch.mean(loss)

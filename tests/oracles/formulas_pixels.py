"""What segloss computes without ``--like`` for losses of single pixels and of sorted ones, as plain torch formulas."""

from __future__ import annotations

from typing import Any

import torch
from batch import Batch, Row
from torch import Tensor
from torch.nn.functional import softplus

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
BOTH = SOFTMAX | BINARY
IGNORE, WEIGHTS, TWO_WEIGHTS = frozenset({"ignore"}), frozenset({"weights"}), frozenset({"two weights"})


def own_class(b: Batch) -> tuple[Tensor, Tensor]:
    """-ln p of the label's class and that class's weight, for the valid pixels."""
    labels = b.y[b.valid]
    nll = -b.two_class.log_softmax(1).movedim(1, -1)[b.valid].gather(1, labels[:, None])[:, 0]
    weights = torch.ones(b.two_class.shape[1], dtype=nll.dtype) if b.weights is None else b.weights
    return nll, weights[labels]


def channels(b: Batch) -> tuple[Tensor, Tensor]:
    """Logits and targets of the valid pixels, (pixels, channels), one-vs-rest."""
    x, y = (t.movedim(1, -1)[b.valid] for t in (b.x, b.one_hot))
    return x, y


def topk(b: Batch, k: float = 10.0) -> Tensor:
    """The mean of the k percent largest w_y (-ln p), at least of one."""
    nll, weights = own_class(b)
    largest = (weights * nll).sort(descending=True)[0]
    return largest[: max(1, int(len(largest) * k / 100))].mean()


def poly1(b: Batch, eps: float = 1.0) -> Tensor:
    """sum w_y (-ln p + eps (1 - p)) / sum w_y."""
    nll, weights = own_class(b)
    return (weights * (nll - eps * torch.expm1(-nll))).sum() / weights.sum()


def balanced_bce(b: Batch, gamma: float = 1.0) -> Tensor:
    """The mean of beta y s(-x) + (1 - beta) (1 - y) s(x), s the softplus, beta = (negatives / all)^gamma."""
    x, y = channels(b)
    beta = (1 - y).mean(0) ** gamma
    return (beta * y * softplus(-x) + (1 - beta) * (1 - y) * softplus(x)).mean()


def sigmoid_focal(
    b: Batch,
    alpha: float | None = None,
    gamma: float = 2.0,
    reduced: float | None = None,
    divide: str = "valid",
    *,
    normalized: bool = False,
) -> Tensor:
    """a_t m (-ln p_t), its mean by channel (normalized: its sum over that of m), then the (weighted) channel mean.

    m = (1 - p_t)^gamma; reduced: 1 where p_t < reduced, else ((1 - p_t) / reduced)^gamma. ``divide``: "all" counts
    ignored pixels in the mean, "pixels" has the sum of the channels in the place of their mean.
    """
    x, y = channels(b)
    signed = x * (2 * y - 1)
    m = signed.neg().sigmoid() ** gamma
    if reduced is not None:
        m = torch.where(signed.sigmoid() < reduced, 1.0, m / reduced**gamma)
    balance = 1.0 if alpha is None else torch.where(y == 1, alpha, 1 - alpha)
    count = b.y.numel() if divide == "all" else len(x)
    values = (balance * m * softplus(-signed)).sum(0) / (m.sum(0) if normalized else count)
    values = values * x.shape[1] if divide == "pixels" else values
    return values.mean() if b.weights is None else (b.weights * values).sum() / b.weights.sum()


def asymmetric(b: Batch, gamma_pos: float = 1.0, gamma_neg: float = 4.0, clip: float = 0.05) -> Tensor:
    """The mean of y (1 - p)^gp (-ln p) + (1 - y) q^gn (-ln(1 - q)), q = max(p - clip, 0)."""
    x, y = channels(b)
    p = x.sigmoid()
    q = (p - clip).clamp(min=0.0)
    return (y * (1 - p) ** gamma_pos * softplus(-x) - (1 - y) * q**gamma_neg * torch.log1p(-q)).mean()


def extended(errors: Tensor, members: Tensor) -> Tensor:
    """The Lovasz extension of the Jaccard loss of missing a set of pixels, at these errors.

    With the errors in descending order: sum_i e_i (J_i - J_(i-1)), J_i the loss of getting the first i pixels wrong.
    """
    errors, order = errors.sort(descending=True)
    missed = members[order].cumsum(0)
    added = (1 - members[order]).cumsum(0)
    jaccard = 1 - (members.sum() - missed) / (members.sum() + added)
    return (errors * torch.diff(jaccard, prepend=torch.zeros(1))).sum()


def parts(b: Batch, scope: str) -> list[tuple[Tensor, Tensor]]:
    """Logits (pixels, channels) and labels of the batch's valid pixels, or of those of each image that has some."""
    x = b.x.movedim(1, -1)
    whole = [(x[b.valid], b.y[b.valid])]
    each = [(x[i][b.valid[i]], b.y[i][b.valid[i]]) for i in range(len(x))]
    return [part for part in (whole if scope == "batch" else each) if len(part[1])]


def mean(values: list[Tensor]) -> Tensor:
    """Their mean.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("undefined: no valid pixel")
    return torch.stack(values).mean()


def lovasz(b: Batch, classes: str = "present", scope: str = "batch") -> Tensor:
    """The mean over the (present) classes of the extension at |o - p|; scope image: then over the images."""
    found = []
    for x, y in parts(b, scope):
        p = x.softmax(1)
        wanted = [c for c in range(p.shape[1]) if classes == "all" or bool((y == c).any())]
        found.append(mean([extended(((y == c).double() - p[:, c]).abs(), (y == c).double()) for c in wanted]))
    return mean(found)


def lovasz_hinge(b: Batch, scope: str = "batch") -> Tensor:
    """The extension at max(0, 1 - x (2y - 1)); scope image: the mean over the images."""
    return mean([extended((1 - x[:, 0] * (2 * y - 1)).clamp(min=0), y.double()) for x, y in parts(b, scope)])


def row(loss: str, call: str, *rest: Any, **options: Any) -> Row:
    return Row(loss, None, f"formula: {call}", *rest, **options)


GAMMAS = ({"gamma": 0.5}, {"gamma": 1}, {"gamma": 3})
ROWS = (
    row(
        "topk",
        "mean of the k percent largest weighted -ln p, valid only",
        topk,
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        ({"k": 1}, {"k": 50}, {"k": 100}),
    ),
    row(
        "poly1",
        "weighted mean of -ln p + eps (1 - p)",
        poly1,
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        ({"eps": 0}, {"eps": 2.5}, {"eps": -0.5}),
    ),
    row("balanced-bce", "mean over valid pixels, weights from the batch", balanced_bce, BINARY, IGNORE, GAMMAS),
    row(
        "sigmoid-focal",
        "mean over valid pixels and channels",
        sigmoid_focal,
        BOTH,
        IGNORE | WEIGHTS,
        (
            *GAMMAS,
            {"alpha": 0.25},
            {"alpha": 0.75, "gamma": 1},
            {"reduced": 0.5},
            {"reduced": 0.25, "alpha": 0.25},
            {"divide": "all"},
            {"divide": "pixels"},
            {"normalized": True},
            {"normalized": True, "alpha": 0.25, "gamma": 1},
        ),
    ),
    row(
        "asymmetric",
        "mean over valid pixels and channels",
        asymmetric,
        BOTH,
        IGNORE,
        ({"clip": 0}, {"gamma_pos": 0, "gamma_neg": 2}, {"gamma_neg": 1, "clip": 0.2}),
    ),
    row(
        "lovasz",
        "batch, present classes",
        lovasz,
        SOFTMAX,
        IGNORE,
        ({"classes": "all"}, {"scope": "image"}, {"classes": "all", "scope": "image"}),
        shapes=True,
    ),
    row("lovasz-hinge", "batch", lovasz_hinge, BINARY, IGNORE, ({"scope": "image"},), shapes=True),
)

"""What segloss computes without ``--like``, written as plainly as torch allows, and the tutorials' calls.

The formulas are those of the losses' pages, from full-size tensors: masks, one-hot labels, probabilities.
"""

from __future__ import annotations

import torch
import tutorials
from batch import Batch, Row
from torch import Tensor
from torch.nn import functional

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
BOTH = SOFTMAX | BINARY
GAMMAS = ({"gamma": 0.5}, {"gamma": 1}, {"gamma": 3})


def divisor(b: Batch, weights: Tensor, divide: str) -> float:
    """What a sum over the valid pixels is divided by; ``weights`` are theirs."""
    kinds = {"weights": weights.sum(), "valid": b.valid.sum(), "all": b.y.numel(), "elements": b.two_class.numel()}
    return float(kinds[divide])


def cross_entropy(b: Batch, label_smoothing: float = 0.0, divide: str = "weights") -> Tensor:
    """sum_i (1-e) w_y (-ln p_y) + e/C sum_c w_c (-ln p_c), over sum_i w_y; i over the valid pixels."""
    nll = -b.two_class.log_softmax(1).movedim(1, -1)[b.valid]
    labels = b.y[b.valid]
    weights = torch.ones(nll.shape[1], dtype=nll.dtype) if b.weights is None else b.weights
    own = nll.gather(1, labels[:, None])[:, 0] * weights[labels]
    smoothed = (nll * weights).sum(1) / nll.shape[1]
    total = ((1 - label_smoothing) * own + label_smoothing * smoothed).sum()
    return total / divisor(b, weights[labels], divide)


def focal(b: Batch, alpha: float | None = None, gamma: float = 2.0, divide: str = "weights") -> Tensor:
    """sum_i a_y w_y (1 - p_y)^gamma (-ln p_y) over sum_i w_y; alpha is of every class but 0, which has 1 - alpha."""
    labels = b.y[b.valid]
    nll = -b.two_class.log_softmax(1).movedim(1, -1)[b.valid].gather(1, labels[:, None])[:, 0]
    weights = torch.ones(b.two_class.shape[1], dtype=nll.dtype) if b.weights is None else b.weights
    balance = 1.0 if alpha is None else torch.where(labels == 0, 1 - alpha, alpha)
    values = balance * weights[labels] * (-torch.expm1(-nll)) ** gamma * nll
    return values.sum() / divisor(b, weights[labels], divide)


def bce(b: Batch) -> Tensor:
    """The mean over valid pixels and channels of softplus(x) - x y."""
    x, y = (t.movedim(1, -1)[b.valid] for t in (b.x, b.one_hot))
    return functional.binary_cross_entropy_with_logits(x, y)


def kl(b: Batch) -> Tensor:
    """The mean over valid pixels of sum_c q_c (ln q_c - ln p_c)."""
    log_p = b.two_class.log_softmax(1)
    if b.teacher is not None:
        q = b.teacher if not b.binary else torch.cat([torch.zeros_like(b.teacher), b.teacher], 1)
        q = q.softmax(1)
    else:
        q = functional.one_hot(torch.where(b.valid, b.y, 0), log_p.shape[1]).movedim(-1, 1).double()
    return functional.kl_div(log_p, q, reduction="none").sum(1)[b.valid].mean()


def regions(b: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """tp, fp, fn of each class (one channel: of the foreground) over the valid pixels of the batch.

    Raises:
        ValueError: no class is present, where our own default has no value.
    """
    p = (b.x.sigmoid() if b.binary else b.x.softmax(1)) * b.valid[:, None]
    y = b.one_hot * b.valid[:, None]
    tp, p, y = (t.sum((0, 2, 3)) for t in (p * y, p, y))
    if not bool((y > 0).any()):
        raise ValueError("undefined: no class is present")
    return tp, p - tp, y - tp


def class_mean(b: Batch, scores: Tensor) -> Tensor:
    """The mean over the classes, or sum w S / sum w."""
    return scores.mean() if b.weights is None else (b.weights * scores).sum() / b.weights.sum()


def dice(b: Batch, beta: float = 1.0, smooth: float = 1e-5) -> Tensor:
    """1 - mean_c ((1 + b^2) tp + s) / ((1 + b^2) tp + b^2 fn + fp + s)."""
    tp, fp, fn = regions(b)
    top = (1 + beta**2) * tp + smooth
    return 1 - class_mean(b, top / (top + beta**2 * fn + fp))


def tversky(b: Batch, alpha: float = 0.5, beta: float = 0.5, smooth: float = 1e-5) -> Tensor:
    """1 - mean_c (tp + s) / (tp + alpha fp + beta fn + s)."""
    tp, fp, fn = regions(b)
    return 1 - class_mean(b, (tp + smooth) / (tp + alpha * fp + beta * fn + smooth))


def jaccard(b: Batch, smooth: float = 1e-5) -> Tensor:
    """1 - mean_c (tp + s) / (tp + fp + fn + s)."""
    return tversky(b, 1.0, 1.0, smooth)


def ohem(b: Batch, thresh: float, n_min: int) -> Tensor:
    """The mean of the max(n_min, those above -ln thresh) largest -ln p among the valid pixels."""
    nll = functional.cross_entropy(b.two_class, torch.where(b.valid, b.y, 0), reduction="none")[b.valid]
    hard = int((nll > -torch.log(torch.tensor(thresh, dtype=nll.dtype))).sum())
    return nll.sort(descending=True)[0][: max(n_min, hard)].mean()


def tutorial_ignore(b: Batch) -> int:
    """Tutorial 001 ignores the id ``num_classes``; the ignore id takes its place."""
    return b.x.shape[1] if b.ignore is None else b.ignore


def tutorial_dice(b: Batch, beta: float = 1.0, smooth: float = 1e-5) -> Tensor:
    classes = b.x.shape[1]
    hot = functional.one_hot(torch.where(b.valid, b.y, classes), classes + 1)
    return tutorials.dice_loss(b.x, hot, beta, smooth)


def tutorial_smooth1(b: Batch) -> Tensor:
    if b.binary:
        return tutorials.BinaryDiceLoss().forward(b.x.sigmoid(), b.y[:, None])
    return tutorials.MultiClassDiceLoss().forward(b.x, b.y)


IGNORE, WEIGHTS = frozenset({"ignore"}), frozenset({"weights"})
TWO_WEIGHTS, TEACHER = frozenset({"two weights"}), frozenset({"teacher"})
# n_min beside the number of hard pixels of example E: fewer, about as many, more than are valid with ignored ones
OHEM = (
    {"thresh": 0.7, "n_min": 1},
    {"thresh": 0.7, "n_min": 100},
    {"thresh": 0.3, "n_min": 50},
    {"thresh": 0.7, "n_min": 1900},
)
SMOOTH = ({"smooth": 0}, {"smooth": 1})
SIDES = ({"alpha": 0.3, "beta": 0.7}, {"alpha": 0.7, "beta": 0.3, "smooth": 1}, {"alpha": 1, "beta": 2})

ROWS = (
    Row(
        "cross-entropy",
        None,
        "formula: weighted mean of -ln p",
        cross_entropy,
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        ({"label_smoothing": 0.1},),
    ),
    Row(
        "cross-entropy",
        None,
        "formula: weighted sum of -ln p over what divide names",
        cross_entropy,
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        ({"divide": "valid"}, {"divide": "all"}, {"divide": "elements"}),
        required=True,
    ),
    Row(
        "focal",
        None,
        "formula: weighted sum of (1 - p)^gamma (-ln p) over what divide names",
        focal,
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        ({"divide": "valid"}, {"divide": "all"}, {"divide": "elements"}),
        required=True,
    ),
    Row(
        "focal",
        None,
        "formula: weighted mean of (1 - p)^gamma (-ln p)",
        focal,
        BOTH,
        IGNORE | WEIGHTS | TWO_WEIGHTS,
        (*GAMMAS, {"alpha": 0.25}),
    ),
    Row("bce", None, "F.binary_cross_entropy_with_logits(x[valid], one_hot(y)[valid])", bce, BOTH, IGNORE),
    Row("kl", None, "F.kl_div(log_softmax(x), q, reduction='none').sum(1)[valid].mean()", kl, BOTH, IGNORE | TEACHER),
    Row(
        "dice",
        None,
        "formula: masked, batch sums, all classes",
        dice,
        BOTH,
        IGNORE | WEIGHTS,
        (*SMOOTH, {"beta": 2}, {"beta": 0.5}),
    ),
    Row("jaccard", None, "formula: masked, batch sums, all classes", jaccard, BOTH, IGNORE | WEIGHTS, SMOOTH),
    Row("tversky", None, "formula: masked, batch sums, all classes", tversky, BOTH, IGNORE | WEIGHTS, SIDES),
    Row("ohem", None, "formula: mean of the max(n_min, hard) largest valid", ohem, BOTH, IGNORE, OHEM, required=True),
    Row(
        "cross-entropy",
        "bubbliiiing",
        "tutorial 001 CE_Loss(x, y, cls_weights, num_classes=ignore)",
        lambda b: tutorials.ce_loss(b.x, b.y, b.weights, tutorial_ignore(b)),
        SOFTMAX,
        IGNORE | WEIGHTS,
    ),
    Row(
        "focal",
        "bubbliiiing",
        "tutorial 001 Focal_Loss(x, y, cls_weights, num_classes=ignore, alpha, gamma)",
        lambda b, **knobs: tutorials.focal_loss(b.x, b.y, b.weights, tutorial_ignore(b), **knobs),
        SOFTMAX,
        IGNORE | WEIGHTS,
        (*GAMMAS, {"alpha": 0.25}),
    ),
    Row(
        "dice",
        "bubbliiiing",
        "tutorial 001 Dice_loss(x, one_hot(y, C + 1), beta, smooth)",
        tutorial_dice,
        SOFTMAX,
        IGNORE,
        (*SMOOTH, {"beta": 2}, {"beta": 0.5}),
    ),
    Row(
        "dice",
        "smooth1",
        "tutorial 000 MultiClassDiceLoss()(x, y) or BinaryDiceLoss()(sigmoid(x), y)",
        tutorial_smooth1,
        BOTH,
    ),
    Row(
        "dice",
        "scaled",
        "tutorial 003 dice_loss(x, y.double(), scale, eps).mean()",
        lambda b, **knobs: tutorials.scaled_dice_loss(b.x[:, 0], b.y.double(), **knobs).mean(),
        BINARY,
        frozenset(),
        ({"scale": 10000}, {"eps": 1e-3}),
    ),
    Row(
        "ohem",
        "bisenet",
        "tutorial 004 OhemCELoss(thresh, n_min, ignore_lb)(x, y)",
        lambda b, **knobs: tutorials.OhemCELoss(**knobs, **b.given(ignore_lb=b.ignore))(b.x, b.y),
        SOFTMAX,
        IGNORE,
        OHEM,
        required=True,
    ),
)

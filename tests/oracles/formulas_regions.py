"""What segloss computes without ``--like`` for losses of regions, as plain torch formulas over full-size tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from batch import Batch, Row
from formulas_pixels import BOTH, IGNORE, own_class, row
from torch import Tensor

SMOOTH = ({"smooth": 1e-3}, {"smooth": 1})


@dataclass(frozen=True)
class Regions:
    """Sums over valid pixels, (rows, classes); a row is the batch or an image. ``n`` counts pixels, (rows, 1)."""

    tp: Tensor
    fp: Tensor
    fn: Tensor
    n: Tensor

    @property
    def size(self) -> Tensor:
        return self.tp + self.fn

    @property
    def tn(self) -> Tensor:
        return self.n - self.tp - self.fp - self.fn


def maps(b: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Probabilities, one-hot labels (0 where ignored) and validity, (N, C, H, W); one channel: of the foreground."""
    valid = b.valid[:, None].double()
    return (b.x.sigmoid() if b.binary else b.x.softmax(1)), b.one_hot * valid, valid


def regions(b: Batch, scope: str = "batch", squared: str = "no", *, leak: bool = False) -> Regions:
    """The regions; ``leak`` counts the probability on ignored pixels as false positives.

    ``squared``: "denominator" has sizes of squares, "elements" squares p y, p (1 - y) and (1 - p) y.

    Raises:
        ValueError: no class is present, where our own default has no value.
    """
    p, y, valid = maps(b)
    if not bool((y > 0).any()):
        raise ValueError("undefined: no class is present")
    seen = torch.ones_like(valid) if leak else valid
    tp, fp, fn = p * y, p * (1 - y) * seen, (1 - p) * y
    if squared == "elements":
        tp, fp, fn = tp**2, fp**2, fn**2
    if squared == "denominator":
        fp, fn = (p**2) * seen - tp, y**2 - tp
    axes = (0, 2, 3) if scope == "batch" else (2, 3)
    rows = [t.sum(axes).reshape(-1, t.shape[1]) for t in (tp, fp, fn, valid)]
    # an image without a valid pixel counts nowhere
    return Regions(*(row[rows[3].any(1)] for row in rows))


def overlap(
    b: Batch,
    weights: tuple[float, float],
    smooth: tuple[float, float],
    *,
    floor: float = 0.0,
    scope: str = "batch",
    classes: str = "all",
    pool: bool = False,
    leak: bool = False,
    weigh: str = "normalised",
    squared: str = "no",
) -> Tensor:
    """One minus the mean of (tp + s) / max(tp + a fp + b fn + t, floor); (a, b) are ``weights``, (s, t) ``smooth``.

    The mean runs over classes and then over rows: over "all" classes, those "present" in the row, or all of them with
    a loss of 0 for an absent one ("present-zero"). ``pool`` takes one ratio over all classes.
    """
    found = regions(b, scope, squared, leak=leak)
    tp, fp, fn, size = found.tp, found.fp, found.fn, found.size
    scale = torch.ones(tp.shape[1]) if b.weights is None else b.weights
    if pool:
        tp, fp, fn, size = ((t * scale).sum(1, keepdim=True) for t in (tp, fp, fn, size))
        scale = torch.ones(1)
    losses = 1 - (tp + smooth[0]) / (tp + weights[0] * fp + weights[1] * fn + smooth[1]).clamp(min=floor)
    present = size > 0
    losses = torch.where(present, losses, 0.0) if classes == "present-zero" else losses
    kept = (present if classes == "present" else torch.ones_like(present)).double()
    divisor = (kept * scale).sum(1) if weigh == "normalised" else kept.sum(1)
    return ((losses * kept * scale).sum(1) / divisor)[kept.any(1)].mean()


def dice(
    b: Batch, *, smooth: float = 1e-5, smooth_denominator: float | None = None, beta: float = 1.0, **knobs: Any
) -> Tensor:
    """Dice with all its knobs: ((1 + b^2) tp + s) / ((1 + b^2) tp + b^2 fn + fp + t)."""
    scale = 1 + beta**2
    bottom = smooth if smooth_denominator is None else smooth_denominator
    return overlap(b, (1 / scale, beta**2 / scale), (smooth / scale, bottom / scale), **knobs)


def jaccard(b: Batch, *, smooth: float = 1e-5, **knobs: Any) -> Tensor:
    return overlap(b, (1.0, 1.0), (smooth, smooth), **knobs)


def tversky(
    b: Batch,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1e-5,
    smooth_denominator: float | None = None,
    **knobs: Any,
) -> Tensor:
    return overlap(b, (alpha, beta), (smooth, smooth if smooth_denominator is None else smooth_denominator), **knobs)


def scores(b: Batch, smooth: float, scope: str = "batch") -> Tensor:
    """The Dice score of each class, (rows, classes)."""
    found = regions(b, scope)
    return (2 * found.tp + smooth) / (2 * found.tp + found.fp + found.fn + smooth)


def over_classes(b: Batch, losses: Tensor, classes: str, scope: str) -> Tensor:
    """The means over the classes of each row: all, those present, or all with 0 for an absent one."""
    present = (regions(b, scope).size > 0).double()
    if classes == "present":
        return ((losses * present).sum(1) / present.sum(1))[present.sum(1) > 0]
    return (losses * present if classes == "present-zero" else losses).mean(1)


def focal_tversky(
    b: Batch,
    *,
    alpha: float = 0.3,
    beta: float = 0.7,
    gamma: float = 0.75,
    smooth: float = 1e-5,
    power: str = "class",
    scope: str = "batch",
    classes: str = "all",
) -> Tensor:
    """The mean over classes of (1 - S)^gamma, or ("mean") the power of the mean; then the mean over rows."""
    found = regions(b, scope)
    losses = 1 - (found.tp + smooth) / (found.tp + alpha * found.fp + beta * found.fn + smooth)
    losses = losses.clamp(min=0)
    if power == "mean":
        return (over_classes(b, losses, classes, scope) ** gamma).mean()
    return over_classes(b, losses**gamma, classes, scope).mean()


def generalized_dice(b: Batch, weights: str = "square", smooth: float = 1e-5, scope: str = "batch") -> Tensor:
    """1 - (2 sum w tp + s) / (sum w (P + G) + s); w = G^-2, G^-1 or 1, an absent class has its row's largest."""
    found = regions(b, scope)
    power = {"square": 2, "simple": 1, "uniform": 0}[weights]
    w = torch.where(found.size > 0, found.size, torch.inf) ** -power
    w = torch.where(found.size > 0, w, w.amax(1, keepdim=True))
    top = 2 * (w * found.tp).sum(1) + smooth
    return (1 - top / ((w * (2 * found.tp + found.fp + found.fn)).sum(1) + smooth)).mean()


def log_dice(b: Batch, smooth: float = 1e-5) -> Tensor:
    """The mean over classes of -ln S."""
    return -scores(b, smooth).log().mean()


def log_cosh_dice(b: Batch, smooth: float = 1e-5, *, each: bool = False, classes: str = "all") -> Tensor:
    """ln cosh of the Dice loss; ``each``: the mean over classes of ln cosh of theirs."""
    losses = 1 - scores(b, smooth)
    if each:
        return over_classes(b, losses.cosh().log(), classes, "batch").mean()
    return over_classes(b, losses, classes, "batch").cosh().log().mean()


def exp_log(
    b: Batch,
    *,
    gamma_dice: float = 0.3,
    gamma_cross: float = 0.3,
    weight_dice: float = 0.8,
    weight_cross: float = 0.2,
    smooth: float = 1e-5,
    scope: str = "batch",
    balance: bool = True,
) -> Tensor:
    """wd mean_c (-ln S)^gd + wc mean_i w_y (-ln p)^gc, w_c = sqrt(all pixels / pixels of class c), or 1."""
    nll, _ = own_class(b)
    labels = b.y[b.valid]
    sizes = torch.bincount(labels, minlength=b.two_class.shape[1])
    weights = (len(labels) / sizes[labels]) ** (0.5 if balance else 0)
    region = ((-scores(b, smooth, scope).log()).clamp(min=0) ** gamma_dice).mean()
    return weight_dice * region + weight_cross * (weights * nll**gamma_cross).mean()


def sensitivity_specificity(b: Batch, r: float = 0.1, smooth: float = 1.0, scope: str = "batch") -> Tensor:
    """r sum (p - o)^2 o / (G + s) + (1 - r) sum (p - o)^2 (1 - o) / (N - G + s), the mean over classes and rows."""
    found = regions(b, scope, "elements")
    sizes = regions(b, scope)
    inside = found.fn / (sizes.size + smooth)
    outside = found.fp / (sizes.n - sizes.size + smooth)
    return (r * inside + (1 - r) * outside).mean()


def mcc(b: Batch, scope: str = "batch", smooth: float = 0.0) -> Tensor:
    """1 - (tp tn - fp fn) / root, root = sqrt((tp + fp)(tp + fn)(tn + fp)(tn + fn) + s), where root is not 0.

    Raises:
        ValueError: it is 0 everywhere.
    """
    found = regions(b, scope)
    tp, fp, fn, tn = found.tp, found.fp, found.fn, found.tn
    # the label's two sizes, as they are counted: a class that is nowhere or everywhere has none
    root = ((tp + fp) * found.size * (found.n - found.size) * (tn + fn) + smooth).sqrt()
    if not bool((root > 0).any()):
        raise ValueError("undefined: every class is absent or everywhere")
    return (1 - (tp * tn - fp * fn) / root)[root > 0].mean()


def knobbed(loss: str, function: Any, *knobs: Mapping[str, Any]) -> Row:
    """Knobs of a loss whose default is in ``formulas.py``: the first on every case."""
    return row(loss, "masked, batch sums, all classes but for the knobs", function, BOTH, IGNORE, knobs, required=True)


ROWS = (
    knobbed(
        "dice",
        dice,
        {"squared": "denominator"},
        {"squared": "elements"},
        {"squared": "denominator", "scope": "image", "leak": True},
        {"squared": "denominator", "smooth": 0, "smooth_denominator": 1e-3, "pool": True},
        {"scope": "image"},
        {"scope": "image", "classes": "present"},
        {"classes": "present"},
        {"classes": "present-zero"},
        {"pool": True},
        {"leak": True},
    ),
    knobbed("jaccard", jaccard, {"scope": "image"}, {"classes": "present"}, {"pool": True}, {"leak": True}),
    knobbed(
        "tversky",
        tversky,
        {"alpha": 0.3, "beta": 0.7, "scope": "image"},
        {"alpha": 0.3, "beta": 0.7, "classes": "present"},
        {"alpha": 0.3, "beta": 0.7, "pool": True},
        {"alpha": 0.3, "beta": 0.7, "leak": True},
    ),
    row(
        "focal-tversky",
        "mean of (1 - S)^gamma, batch, all classes",
        focal_tversky,
        BOTH,
        IGNORE,
        (
            {"gamma": 4 / 3},
            {"power": "mean"},
            {"alpha": 0.5, "beta": 0.5, "gamma": 2, "smooth": 1},
            {"alpha": 0.7, "beta": 0.3, "gamma": 1.5, "power": "mean"},
        ),
    ),
    row(
        "generalized-dice",
        "pooled with weights, batch",
        generalized_dice,
        BOTH,
        IGNORE,
        ({"weights": "simple"}, {"weights": "uniform"}, {"smooth": 1}, {"scope": "image"}),
    ),
    row("log-dice", "mean of -ln S, batch, all classes", log_dice, BOTH, IGNORE, SMOOTH),
    row(
        "log-cosh-dice",
        "ln cosh(Dice), batch, all classes",
        log_cosh_dice,
        BOTH,
        IGNORE,
        ({"each": True}, {"smooth": 1}, {"smooth": 1, "each": True}),
    ),
    row(
        "exp-log",
        "0.8 mean (-ln S)^0.3 + 0.2 mean w (-ln p)^0.3",
        exp_log,
        BOTH,
        IGNORE,
        (
            {"smooth": 1},
            {"smooth": 1e-5},
            {"smooth": 1, "gamma_dice": 1, "gamma_cross": 2},
            {"smooth": 1, "weight_dice": 0.5, "weight_cross": 0.5},
        ),
        required=True,
    ),
    row(
        "sensitivity-specificity",
        "batch, all classes",
        sensitivity_specificity,
        BOTH,
        IGNORE,
        ({"r": 0.5}, {"smooth": 1e-5}, {"scope": "image"}),
    ),
    row("mcc", "batch, classes that have one", mcc, BOTH, IGNORE, ({"scope": "image"}, {"smooth": 1e-5}), shapes=True),
)

"""Focal loss on the softmax: cross-entropy with the easy pixels turned down.

When to use: many easy background pixels drown the few hard ones. gamma = 0 is cross-entropy; gamma = 2 gives a pixel
with p = 0.9 a hundredth of its weight.

Formula, with p the probability of the label's class, a the balance factor of that class and w its weight::

    f = a w (1 - p)^gamma (-ln p)          FL = sum f / sum w over valid pixels

Convention: softmax inside (a one-channel prediction is the two-class softmax of (0, z): then this is the sigmoid focal
loss); ignored pixels count in neither sum; an absent class adds nothing; nothing valid is undefined.

The same name hides other losses. segmentation-models-pytorch's ``FocalLoss('multiclass')`` and MONAI's by default are
one-vs-rest (``sigmoid-focal``); pytorch-toolbelt's multiplies the sigmoid cross-entropy of every class by a power of
its softmax error, and adds the classes up. kornia and MONAI take the mean over a one-hot tensor, a C-th of the value,
but MONAI over pixels alone as soon as ignore_index is set, whether or not a pixel has it. A single alpha is a plain
factor (tutorial 001) or tells class 0 from the others (kornia, MONAI). Tutorial 001 divides by all pixels, and with
cls_weights takes the modulating p from the weighted loss. With gamma < 1 the gradient of a certain and right pixel
is NaN where the power of 1 - p is taken as it stands, as tutorial 001 does; here it is 0.

Knobs: ``gamma`` >= 0. ``alpha``: none, a number, or one number per class (``0.1/0.3/0.6``); what a number means is
``alpha_rule``: "background" gives class 0 the factor 1 - alpha and every other class alpha, which is in [0, 1] (kornia,
MONAI); "uniform" multiplies every pixel by alpha (tutorial 001). ``divide``: "weights", "valid", "all" (ignored pixels
stay in the divisor), "all-weights" (their weights, an ignored one's being 1), "elements" (all of them times the number
of classes, as a mean over a one-hot tensor does) or "images" (the valid pixels of each image, and the images are added
up).
``weight_in_p`` takes p = exp(-w l), that is p^w, as tutorial 001's code does when cls_weights are given.
``prose`` puts alpha inside the bracket, (1 - alpha p)^gamma, as tutorial 001's text (not its code) says.
``one_vs_rest`` takes, with o = 1 for the label's class c and 0 for others, w_c |o - p_c|^gamma times the sigmoid
cross-entropy of z_c against o, summed over all classes, as pytorch-toolbelt does; it reads whole maps.

Reference: T.-Y. Lin et al., "Focal Loss for Dense Object Detection", 2017, section 3 (arXiv 1708.02002).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._by_plane import total, where_valid
from segloss_cli.losses._loss import BOTH, EXCLUSIVE, MULTICLASS, Convention, Loss, Needs, Values
from segloss_cli.losses._pixel import Divide, nonnegative, weighted_mean
from segloss_cli.losses._sides import Against
from segloss_cli.losses._sums import Array, Canvas, Outcome, Pixels, Term, beside, namespace

AlphaRule = Literal["background", "uniform"]
Alpha = float | tuple[float, ...] | None


def modulated(outcome: Outcome, *, gamma: float, inside: float = 1.0, weight: tuple[float, ...] = ()) -> Array:
    """(1 - inside p)^gamma (-ln p), (pixels,); with ``weight`` the -ln p is multiplied by the class weight first."""
    xp = namespace(outcome.nll)
    if weight:
        scale = xp.asarray(weight, dtype=outcome.nll.dtype, device=outcome.nll.device)
        nll = outcome.nll * xp.take(scale, outcome.label)
        outcome = Outcome(xp.exp(-nll), nll, outcome.label)
    return raised(outcome.rest if inside == 1 else 1 - inside * outcome.p, gamma) * outcome.nll


def raised(rest: Array, gamma: float) -> Array:
    """rest^gamma of what lies in [0, 1], with a finite derivative at 0.

    >>> import numpy as np
    >>> raised(np.asarray([0.25, 0.0]), 0.5).tolist()
    [0.5, 1e-15]
    """
    xp = namespace(rest)
    if gamma < 1:
        # the derivative of rest^gamma is infinite at 0, where the loss is 0: its gradient would be NaN
        rest = xp.where(rest > 1e-30, rest, xp.full_like(rest, 1e-30))
    if gamma == 2:
        return rest * rest
    return xp.sqrt(rest) if gamma == 0.5 else rest**gamma


def focal(
    pixels: Pixels,
    *,
    alpha: Alpha = None,
    gamma: float = 2.0,
    alpha_rule: AlphaRule = "background",
    divide: Divide = "weights",
    weight: Array | None = None,
    weight_in_p: bool = False,
    prose: bool = False,
    one_vs_rest: bool = False,
) -> Values:
    """Mean focal loss, in nats.

    Args:
        pixels: ``sums[0]`` is the sum of (1 - p)^gamma (-ln p) by class, (images, classes).
        alpha: balance between the classes.
        gamma: focusing power (it went into the sums).
        alpha_rule: what a single alpha means.
        divide: what the mean divides by.
        weight: class weights, (classes,).
        weight_in_p: the weights went into the sums (tutorial 001).
        prose: alpha went into the sums (tutorial 001's text).
        one_vs_rest: the sigmoid cross-entropy of every class is what is turned down (pytorch-toolbelt).

    Raises:
        UsageError: a negative gamma or alpha, one alpha above 1 where 1 - alpha counts, or another number of alphas
            than of classes.

    Example: two pixels of class 0 with f = 0.1 each and one of class 1 with f = 0.4.

        >>> import numpy as np
        >>> pixels = Pixels((np.asarray([[0.2, 0.4]]),), np.asarray([[2.0, 1.0]]), np.asarray([4.0]))
        >>> round(focal(pixels).value.item(), 12)  # 0.6 / 3
        0.2
        >>> round(focal(pixels, alpha=0.25).value.item(), 12)  # (0.75 * 0.2 + 0.25 * 0.4) / 3
        0.083333333333
        >>> round(focal(pixels, alpha=0.25, alpha_rule="uniform", divide="all").value.item(), 12)  # 0.25 * 0.6 / 4
        0.0375
    """
    _check(alpha, gamma, whole=alpha_rule == "uniform" and not prose)
    sums = _of_every_class(pixels, gamma) if one_vs_rest else pixels.sums[0]
    if not prose:
        sums = sums * _balance(alpha, alpha_rule, sums)
    values = weighted_mean(pixels, sums, weight=None if weight_in_p else weight, divide=divide)
    # its sums are by channel, over pixels of any class
    return Values(values.value, None, values.over, values.undefined) if one_vs_rest else values


def _check(alpha: Alpha, gamma: float, *, whole: bool) -> None:
    """``whole``: a single alpha is a factor of its own, whose complement to 1 is nowhere taken."""
    if gamma < 0:
        raise UsageError(f"focal: gamma={gamma}; it must be 0 or more (0 is cross-entropy)")
    alphas = alpha if isinstance(alpha, tuple) else () if alpha is None else (alpha,)
    most = float("inf") if whole or isinstance(alpha, tuple) else 1.0
    if not all(0 <= each <= most for each in alphas):
        bound = "0 or more" if most > 1 else "from 0 to 1, as 1 - alpha is a factor too"
        raise UsageError(f"focal: alpha={alpha}; it is {bound}")


def _of_every_class(pixels: Pixels, gamma: float) -> Array:
    """The sums over valid pixels of |o - p|^gamma times binary cross-entropy, by channel, (images, classes)."""
    images = pixels.planes.images if pixels.planes else ()
    rows = [[total(_of_class(image, c, gamma)) for c in range(image.classes)] for image in images]
    xp = namespace(rows[0][0])
    return beside(xp.stack([xp.stack(row) for row in rows]), pixels.count)


def _of_class(image: Canvas, c: int, gamma: float) -> Array:
    """The values of every pixel of an image against one class, (height, width)."""
    target, p, valid = image.target(c), image.probability(c), image.valid(c)
    xp = namespace(p)
    here = target > 0
    z = image.logits(c)
    cross, error = Against(xp.where(here, -z, z)).minus_log_rest, xp.where(here, 1 - p, p)
    # the derivative of error^gamma is infinite at 0, see modulated
    error = xp.where(error > 0, error, xp.full_like(error, 1e-30)) if gamma < 1 else error
    return where_valid(valid, error**gamma * cross)


def _balance(alpha: Alpha, rule: AlphaRule, sums: Array) -> Array | float:
    xp = namespace(sums)
    if alpha is None:
        return 1.0
    if not isinstance(alpha, tuple) and rule == "uniform":
        return alpha
    if isinstance(alpha, tuple) and len(alpha) != sums.shape[1]:
        raise UsageError(f"focal: {len(alpha)} values of alpha for {sums.shape[1]} classes; give one per class")
    factors = alpha if isinstance(alpha, tuple) else (1 - alpha, *[alpha] * (sums.shape[1] - 1))
    return xp.asarray(factors, dtype=sums.dtype, device=sums.device)


def _inside(alpha: Alpha) -> float:
    if isinstance(alpha, tuple):
        raise UsageError(f"focal: prose puts one alpha inside the bracket, and {len(alpha)} were given")
    return 1.0 if alpha is None else float(alpha)


def _terms(knobs: Mapping[str, Any]) -> tuple[Term, ...]:
    pairs: list[tuple[str, Any]] = [("gamma", float(knobs.get("gamma", 2.0)))]
    if knobs.get("prose"):
        pairs.append(("inside", _inside(knobs.get("alpha"))))
    if knobs.get("weight_in_p") and knobs.get("weight") is not None:
        pairs.append(("weight", tuple(float(w) for w in knobs["weight"])))
    return (Term(modulated, tuple(pairs)),)


def _also(knobs: Mapping[str, Any]) -> Needs:
    return Needs(planes=bool(knobs.get("one_vs_rest")))


def _tutorial(*, alpha: float | None = 0.5, gamma: float = 2.0, prose: bool = False) -> Mapping[str, Any]:
    return {
        "alpha": alpha,
        "gamma": gamma,
        "alpha_rule": "uniform",
        "divide": "all",
        "weight_in_p": True,
        "prose": prose,
    }


def _kornia(*, alpha: float | None = None, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"alpha": alpha, "gamma": gamma, "divide": "elements"}


def _monai(
    *,
    alpha: Alpha = None,
    gamma: float = 2.0,
    reduction: Literal["mean", "sum"] = "mean",
    ignoring: bool = False,
) -> Mapping[str, Any]:
    # its sum takes the mean over each image's pixels first
    divide = "images" if reduction == "sum" else "valid" if ignoring else "elements"
    return {"alpha": alpha, "gamma": gamma, "divide": divide}


def _smp(*, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"gamma": gamma, "divide": "all"}


def _toolbelt(*, gamma: float = 2.0) -> Mapping[str, Any]:
    return {"gamma": gamma, "divide": "all", "one_vs_rest": True}


LOSS = Loss(
    function=focal,
    kinds=("pixel",),
    tasks=EXCLUSIVE,
    bounds=nonnegative,
    default=EXCLUSIVE,
    terms=_terms,
    also=_also,
    conventions={
        "bubbliiiing": Convention(
            "tutorial 001 Focal_Loss(cls_weights, alpha=0.5, gamma=2)", MULTICLASS, BOTH, _tutorial
        ),
        "kornia": Convention(
            "focal_loss(x, y, alpha=None, gamma=2, reduction='mean', weight, ignore_index), kornia 0.9",
            MULTICLASS,
            BOTH,
            _kornia,
        ),
        "monai": Convention(
            "FocalLoss(use_softmax=True, to_onehot_y=True, gamma=2, alpha=None, weight, ignore_index), MONAI 1.6",
            MULTICLASS,
            BOTH,
            _monai,
        ),
        "smp": Convention(
            "losses._functional.softmax_focal_loss_with_logits(x, y, gamma=2), segmentation-models-pytorch 0.6",
            MULTICLASS,
            frozenset(),
            _smp,
        ),
        "toolbelt": Convention(
            "CrossEntropyFocalLoss(gamma=2, ignore_index, class_weights)(x, y): softmax in the factor, sigmoid in the "
            "cross-entropy, classes added up, pytorch-toolbelt 0.8",
            MULTICLASS,
            BOTH,
            _toolbelt,
        ),
    },
)

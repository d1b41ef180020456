"""Lovasz-Softmax: the convex surrogate of one minus the IoU, from the ranking of each class's errors.

When to use: the mean IoU is what counts, most of all to fine-tune a network that was trained with cross-entropy; small
classes weigh as much as large ones.

Formula, by class::

    e(1) >= e(2) >= ...     the errors |y - p|: 1 - p on pixels of the class, p elsewhere
    J(i)                    the Jaccard loss with the first i pixels wrong and all others right; J(0) = 0
    L = sum of e(i) (J(i) - J(i - 1)) = integral over t from 0 to 1 of the Jaccard loss of {e > t}
    lovasz = mean of L over classes

Probabilities of 0 and 1 make it one minus the mean IoU. An absent class has L = its largest probability.

Convention: softmax inside (sigmoid for one channel: then the foreground alone; or a sigmoid per channel, multi-label);
the valid pixels of the whole batch are ranked together; the mean runs over the classes present in the label. Ignored
pixels are ranked nowhere. No class present, or a target that is neither 0 nor 1, is undefined.

Knobs: ``classes`` ("present" or "all"), ``scope`` ("batch", or "image": each image is ranked alone, then the mean over
images), ``bins``: None sorts, exactly; a number of bins (65536, say) counts errors instead, a third faster and within
half a bin of the exact value, which is said beside it (tensors are sorted whatever it is); ``weigh`` ("normalised"
divides by the class weights, "raw" by the number of classes).

Reference: M. Berman, A. R. Triki and M. B. Blaschko, "The Lovasz-Softmax loss", 2018 (arXiv 1705.08790).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from segloss_cli.errors import UsageError
from segloss_cli.losses._class_mean import Scope, Weigh
from segloss_cli.losses._loss import BOTH, EVERY_TASK, IGNORE, MULTICLASS, WEIGHTS, Bounds, Convention, Loss, Values
from segloss_cli.losses._lovasz import Errors, lovasz_mean
from segloss_cli.losses._region_bounds import unit_bounds
from segloss_cli.losses._sums import Array, Planes, namespace


def lovasz(
    planes: Planes,
    *,
    classes: Literal["present", "all"] = "present",
    scope: Scope = "batch",
    bins: int | None = None,
    weight: Array | None = None,
    weigh: Weigh = "normalised",
) -> Values:
    """The mean over classes of the Lovasz extension of the Jaccard loss, at the errors |y - p|.

    Args:
        planes: maps of probabilities and labels.
        classes: the mean runs over those "present" in the label, or over "all".
        scope: rank the pixels of the "batch" together, or of each "image".
        bins: None is exact; else how many bins errors are counted in.
        weight: class weights, (classes,).
        weigh: how the weights divide.

    Raises:
        UsageError: bins below 1 or above 1,048,576.

    Example: three pixels of one channel, of which the first two are foreground. Errors 0.6, 0.5 (background), 0.25;
    the Jaccard loss is 1/2 with the first of them wrong, 2/3 with two, 1 with all.

        >>> import numpy as np
        >>> from segloss_cli.losses._sums import Canvas
        >>> p, y = np.asarray([[0.4, 0.75, 0.5]]), np.asarray([[1.0, 1.0, 0.0]])
        >>> canvas = Canvas((1, 3), 1, np.log, lambda c: p, lambda c: y, lambda c: y >= 0)
        >>> round(lovasz(Planes((canvas,), {})).value.item(), 12)  # 0.6 / 2 + 0.5 (2/3 - 1/2) + 0.25 / 3
        0.466666666667
    """
    if bins is not None and not 1 <= bins <= MOST_BINS:
        raise UsageError(f"lovasz: bins={bins}; it takes 1 to {MOST_BINS:,} bins, or none for the exact value")
    values = lovasz_mean(planes, ERRORS, scope=scope, classes=classes, bins=bins, weight=weight, weigh=weigh)
    if bins is None:
        return values
    most = 1.0 if weight is None or weigh == "normalised" else float(namespace(weight).max(weight))
    bound = f"within {rounded_up(most * half_bin(bins))} of the exact value"
    return replace(values, note=lambda: "; ".join(filter(None, (bound, values.note()))))


def half_bin(bins: int) -> float:
    """How far the value from bins may be from the exact one: half a bin, as the steps of J add up to 1.

    >>> half_bin(65536)
    7.62939453125e-06
    """
    # p times a power of two is not rounded; else an error within float32's last digit of an edge may fall beside it
    return 0.5 / bins + (2.0**-23 if bins & (bins - 1) else 0.0)


def rounded_up(bound: float) -> str:
    """The least number of three digits that is not below.

    >>> rounded_up(7.62939453125e-06), rounded_up(0.0714285714), rounded_up(0.25)
    ('7.63e-06', '0.0715', '0.25')
    """
    from decimal import ROUND_UP, Context

    return f"{float(Context(prec=3, rounding=ROUND_UP).create_decimal_from_float(bound)):.3g}"


def _maps(p: Array, target: Array) -> Array:
    return namespace(p).where(target == 1, 1 - p, p)


def _in_place(p: Array, own: Array) -> Array:
    # a softmax may round to a little more than 1
    return abs(1 - p[own])


def _bounds(knobs: Mapping[str, Any]) -> Bounds:
    # a channel without a valid pixel is in no mean, though all classes are: raw weights go up to the largest
    return unit_bounds({**knobs, "classes": "present"})


def _berman(*, per_image: bool = False) -> Mapping[str, Any]:
    return {"scope": "image" if per_image else "batch"}


def _mmseg(*, per_image: bool = False) -> Mapping[str, Any]:
    return {"scope": "image" if per_image else "batch", "weigh": "raw"}


def _kornia() -> Mapping[str, Any]:
    return {"classes": "all", "scope": "image", "weigh": "raw"}


ERRORS = Errors(of_logits=False, maps=_maps, in_place=_in_place)
MOST_BINS = 1 << 20

LOSS = Loss(
    function=lovasz,
    kinds=("planes",),
    tasks=EVERY_TASK,
    bounds=_bounds,
    default=frozenset(),
    conventions={
        "kornia": Convention(
            "lovasz_softmax_loss(x, y, weight), kornia 0.9: per image, all classes",
            MULTICLASS,
            WEIGHTS,
            _kornia,
        ),
        "mmseg": Convention(
            "LovaszLoss(per_image=False, reduction='none', class_weight)(x, y, ignore_index), mmsegmentation 1.2.2; "
            "LovaszLoss() itself raises, as it wants reduction='none'",
            MULTICLASS,
            BOTH,
            _mmseg,
            stray=True,
        ),
        "smp": Convention(
            "LovaszLoss('multiclass', per_image=False, ignore_index), segmentation-models-pytorch 0.6",
            MULTICLASS,
            IGNORE,
            _berman,
            stray=True,
        ),
        "toolbelt": Convention(
            "LovaszLoss(per_image=False, ignore)(softmax(x), y), pytorch-toolbelt 0.8: it has no softmax inside",
            MULTICLASS,
            IGNORE,
            _berman,
            stray=True,
        ),
    },
)

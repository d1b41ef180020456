"""Lovasz hinge: the convex surrogate of one minus the IoU of a foreground, at the hinge errors of its logits.

When to use: one class against a background, the IoU counts, and predictions are cut at logit 0: unlike Lovasz-Softmax
it asks for a margin, a logit beyond 1 on the right side, and then lets a pixel rest.

Formula, with z the logit and y the target, 0 or 1::

    m(1) >= m(2) >= ...     the errors max(0, 1 - z (2 y - 1))
    J(i)                    the Jaccard loss with the first i pixels wrong and all others right; J(0) = 0
    L = sum of m(i) (J(i) - J(i - 1)) = integral over t > 0 of the Jaccard loss of {m > t}

Logits of -1 and 1 make it twice one minus the IoU. Without any foreground L is the largest error.

Convention: logits, no sigmoid; the valid pixels of the whole batch are ranked together; several channels (multi-label)
are ranked each alone, and their mean is taken. Ignored pixels are ranked nowhere. No valid pixel, or a target that is
neither 0 nor 1, is undefined; the libraries take such a target as it is, a 255 for 255 pixels of the foreground.

Knobs: ``scope`` ("batch", or "image": each image is ranked alone, then the mean over images).

Reference: J. Yu and M. Blaschko, "Learning submodular losses with the Lovasz hinge", 2015; M. Berman et al., 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._class_mean import Scope
from segloss_cli.losses._loss import BINARY, EVERY_TASK, IGNORE, MULTICLASS, Convention, Loss, Values
from segloss_cli.losses._lovasz import Errors, lovasz_mean
from segloss_cli.losses._pixel import nonnegative
from segloss_cli.losses._sums import Array, Planes, namespace


def lovasz_hinge(planes: Planes, *, scope: Scope = "batch", like: str | None = None) -> Values:
    """The Lovasz extension of the Jaccard loss at the errors max(0, 1 - z (2 y - 1)).

    Args:
        planes: maps of logits and targets.
        scope: rank the pixels of the "batch" together, or of each "image".
        like: the library being reproduced; without one a target that is neither 0 nor 1 is undefined.

    Example: the foreground is the first of three pixels. Errors 1.5, 0.5 (background) and 0; the Jaccard loss is 1 as
    soon as the foreground's only pixel is wrong.

        >>> import numpy as np
        >>> from segloss_cli.losses._sums import Canvas
        >>> z, y = np.asarray([[-0.5, -0.5, -2.0]]), np.asarray([[1.0, 0.0, 0.0]])
        >>> canvas = Canvas((1, 3), 1, lambda c: z, lambda c: z, lambda c: y, lambda c: y >= 0)
        >>> lovasz_hinge(Planes((canvas,), {})).value.item()  # 1.5 x 1 + 0.5 x 0
        1.5
    """
    return lovasz_mean(planes, ERRORS, scope=scope, classes="all", empty=True, soft=like is not None)


def _maps(z: Array, target: Array) -> Array:
    xp = namespace(z)
    error = 1 - z * (2 * target - 1)
    # not a maximum, which hides NaN in some libraries
    return xp.where(error <= 0, xp.zeros_like(error), error)


def _in_place(z: Array, own: Array) -> Array:
    inside = 1 - z[own]
    z += 1
    z.clip(0, out=z)
    return inside.clip(0)


def _per_image(*, per_image: bool = False) -> Mapping[str, Any]:
    return {"scope": "image" if per_image else "batch"}


def _kornia() -> Mapping[str, Any]:
    return {"scope": "image"}


ERRORS = Errors(of_logits=True, maps=_maps, in_place=_in_place)

LOSS = Loss(
    function=lovasz_hinge,
    kinds=("planes",),
    of_logits=True,
    tasks=EVERY_TASK - MULTICLASS,
    bounds=nonnegative,
    default=frozenset(),
    conventions={
        "kornia": Convention("lovasz_hinge_loss(x, y), kornia 0.9: per image", BINARY, frozenset(), _kornia),
        "mmseg": Convention(
            "LovaszLoss('binary', per_image=False, reduction='none')(x, y, ignore_index), mmsegmentation 1.2.2",
            BINARY,
            IGNORE,
            _per_image,
        ),
        "smp": Convention(
            "LovaszLoss('binary', per_image=False, ignore_index), segmentation-models-pytorch 0.6",
            BINARY,
            IGNORE,
            _per_image,
        ),
        "toolbelt": Convention(
            "BinaryLovaszLoss(per_image=False, ignore_index), pytorch-toolbelt 0.8", BINARY, IGNORE, _per_image
        ),
    },
)

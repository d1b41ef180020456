"""The calls of kornia that the convention ``kornia`` stands for, beside those in ``libraries.py``."""

from __future__ import annotations

import kornia
from batch import Row
from casts import exact

SOFTMAX, BINARY = frozenset({"multiclass"}), frozenset({"binary"})
WEIGHTS = frozenset({"weights"})

ROWS = (
    Row(
        "lovasz",
        "kornia",
        "lovasz_softmax_loss(x, y, weight)",
        lambda b: kornia.losses.lovasz_softmax_loss(b.x, b.y, b.weights),
        SOFTMAX,
        WEIGHTS,
        shapes=True,
    ),
    Row(
        "lovasz-hinge",
        "kornia",
        "lovasz_hinge_loss(x, y)",
        lambda b: kornia.losses.lovasz_hinge_loss(b.x, b.y),
        BINARY,
        shapes=True,
    ),
    Row(
        "hausdorff",
        "kornia",
        "HausdorffERLoss(alpha, k)(softmax(x), y), its kernel in float64",
        exact(lambda b, **knobs: kornia.losses.HausdorffERLoss(**knobs)(b.x.softmax(1), b.y[:, None])),
        SOFTMAX,
        knobs=({"alpha": 1.0}, {"k": 3}),
        shapes=True,
        rare=True,
    ),
)

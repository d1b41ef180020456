"""Boundary loss: how much probability lies how far outside the class's true border.

When to use: small or thin foregrounds, beside a region loss such as Dice and with a weight that grows during training:
alone it is content with an empty prediction. Unlike Dice it tells a miss by one pixel from a miss by fifty.

Formula, with p the probability and phi the signed distance to the border of the labelled class, in pixels::

    phi = distance to the nearest pixel of the class, outside of it
        = 1 - distance to the nearest other pixel, inside: 0 on its rim, negative in its depth
    BL = mean over images and classes of the mean over valid pixels of p phi

The least value is that of a perfect prediction: the sum of phi over the class by the number of pixels, negative where
the class is more than two pixels wide.

Convention: softmax inside (sigmoid for one channel: then the foreground alone; or a sigmoid per channel, multi-label);
all classes count; a class that is absent, or fills its image, has no border and phi = 0 (SciPy measures a full mask
from a point beyond its corner). Ignored pixels are not of the class, and are in no mean; an image without valid pixels
is left out; nothing valid is undefined.

mmseg's ``BoundaryLoss`` is another loss, a balanced BCE: see ``balanced-bce``.

Knobs: ``include_background``: whether class 0 counts, where there are several. Needs SciPy: ``segloss-cli[planes]``.

Reference: H. Kervadec et al., "Boundary loss for highly unbalanced segmentation", 2019 (arXiv 1812.07032).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.losses._by_plane import Part, plane_mean, seen, tally, total, wide
from segloss_cli.losses._distance import beside, kept, on_host, signed
from segloss_cli.losses._loss import EVERY_TASK, EXCLUSIVE, INF, Bounds, Convention, Loss, Values
from segloss_cli.losses._sums import Planes


def boundary(planes: Planes, *, include_background: bool = True) -> Values:
    """The mean of p times the signed distance to the border, in pixels.

    Args:
        planes: maps of probabilities and labels.
        include_background: whether class 0 counts, where there are several.

    Raises:
        MissingExtraError: SciPy is not installed.

    Example: the foreground is pixel 1 of four; phi = (1, 0, 1, 2).

        >>> import numpy as np
        >>> from segloss_cli.losses._sums import Canvas
        >>> p, y = np.asarray([[0.5, 0.5, 0.25, 0.125]]), np.asarray([[0.0, 1.0, 0.0, 0.0]])
        >>> canvas = Canvas((1, 4), 1, np.log, lambda c: p, lambda c: y, lambda c: y >= 0)
        >>> boundary(Planes((canvas,), {})).value.item()  # (0.5 + 0 + 0.25 + 0.25) / 4
        0.25
    """

    def part(image: int, c: int) -> Part:
        return planes.once(("boundary", image, c), lambda: _part(planes, image, c))

    return plane_mean(planes, part, include_background=include_background)


def _part(planes: Planes, image: int, c: int) -> Part:
    p, y, valid = seen(planes.images[image], c)
    far = kept(planes, ("labelled", image, c), lambda: signed(on_host(y > 0.5), "boundary"))
    count = tally(valid)
    return Part(total(wide(p) * beside(far + (far < 0), p)) / max(count, 1), count)


def _bounds(_: Mapping[str, Any]) -> Bounds:
    return -INF, INF


def _monai(*, include_background: bool = True) -> Mapping[str, Any]:
    return {"include_background": include_background}


LOSS = Loss(
    function=boundary,
    kinds=("planes",),
    tasks=EVERY_TASK,
    bounds=_bounds,
    default=frozenset(),
    planar=True,
    extra="scipy",
    conventions={
        "monai": Convention(
            "BoundaryLoss(softmax/sigmoid=True, include_background=True), MONAI 1.6",
            EXCLUSIVE,
            frozenset(),
            _monai,
        ),
    },
)

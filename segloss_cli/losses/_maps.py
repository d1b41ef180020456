"""Whole maps of one image for the CPU engine: a class's logits, probabilities and target, made when asked for.

What a pass has kept is the logarithm of each pixel's sum of exponentials, four bytes a pixel; a class's probabilities
are then one exponential per pixel, read from the prediction a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli.losses._sums import Canvas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job


def canvas(job: Job, image: int, log_sum: NDArray[Any] | None) -> Canvas:
    """The maps of one image; ``log_sum`` (pixels,) for a softmax, None for sigmoids."""
    height, width = job.source.shape[2:]
    labels = job.labels[image]

    def logits(c: int) -> NDArray[Any]:
        out = np.empty(job.pixels, job.dtype)
        job.source.plane(image, c, 0, job.pixels, out)
        return out.reshape(height, width)

    def probability(c: int) -> NDArray[Any]:
        z = logits(c)
        with np.errstate(all="ignore"):
            if log_sum is None:
                np.negative(z, out=z)
                np.exp(z, out=z)
                z += 1
                np.reciprocal(z, out=z)
                return z
            z -= log_sum.reshape(height, width)
            np.exp(z, out=z)
            return z

    def valid(c: int) -> NDArray[np.bool_]:
        ids = labels if labels.ndim == 1 else labels[c]
        good = np.ones(ids.shape, bool)
        for value in job.ignore:
            good &= ids != value
        if labels.ndim == 1 and job.classes > 1:
            good &= (ids >= 0) & (ids < job.classes)
        return good.reshape(height, width)

    def target(c: int) -> NDArray[Any]:
        ids = (labels if labels.ndim == 1 else labels[c]).reshape(height, width)
        if labels.ndim == 1 and job.classes > 1:
            ids = ids == c
        return np.where(valid(c), ids, 0).astype(job.dtype, copy=False)

    return Canvas((height, width), job.classes, logits, probability, target, valid)

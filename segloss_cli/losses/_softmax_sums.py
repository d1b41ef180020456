"""What the CPU engine for a softmax adds up over pixels, and what it keeps of each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli._record import record
from segloss_cli.losses._hard import HardImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job


@dataclass(slots=True)
class Sums:
    """The sums of a stretch of pixels of one image: (classes,) each, ``terms`` (terms, classes).

    ``chosen`` counts the pixels whose arg max is the class, ``hits`` those of them that are labelled so; ``squares``
    holds what ``overlap``, ``predicted`` and ``leaked`` are of squared probabilities.
    """

    count: NDArray[np.float64]
    overlap: NDArray[np.float64]
    predicted: NDArray[np.float64]
    leaked: NDArray[np.float64]
    squares: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    terms: NDArray[np.float64]
    hits: NDArray[np.float64]
    chosen: NDArray[np.float64]
    divergence: float = 0.0
    valid: int = 0
    outside: int = 0

    @classmethod
    def zeros(cls, job: Job) -> Sums:
        """Nothing summed yet."""
        c = job.classes
        return cls(
            count=np.zeros(c),
            overlap=np.zeros(c),
            predicted=np.zeros(c),
            leaked=np.zeros(c),
            squares=np.zeros((3, c)),
            smoothed=np.zeros(c),
            terms=np.zeros((len(job.needs.terms), c)),
            hits=np.zeros(c),
            chosen=np.zeros(c),
        )

    def add(self, other: Sums) -> None:
        """Add another stretch of the same image."""
        for name in ("count", "overlap", "predicted", "leaked", "squares", "smoothed", "terms", "hits", "chosen"):
            total = getattr(self, name)
            total += getattr(other, name)
        self.divergence += other.divergence
        self.valid += other.valid
        self.outside += other.outside


@record(frozen=True)
class Kept:
    """What of every pixel outlives the pass: (pixels,) arrays of one image, and its hard regions.

    ``nll`` holds -ln p by the class weights of each ranking, ``norm`` (2, pixels) the largest logit m and
    1 / (sum of e^(x - m)).
    """

    nll: Mapping[tuple[float, ...], NDArray[Any]]
    norm: NDArray[Any] | None
    hard: HardImage | None

    @classmethod
    def for_image(cls, job: Job) -> Kept:
        """Room for one image."""
        needs = job.needs
        return cls(
            nll={weights: np.empty(job.pixels, job.dtype) for weights in needs.ranked},
            norm=np.empty((2, job.pixels), job.dtype) if needs.planes else None,
            hard=HardImage.zeros(job.classes, *job.source.shape[2:]) if needs.boxes else None,
        )

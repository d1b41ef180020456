"""What is kept of a gradient whose elements are never held together: its norm, its shares, how much of it is nil."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from segloss_cli.losses._torch import _wide
from segloss_cli.types import Gradient

NEAR_ZERO = 1e-6
"""A pixel's gradient is nearly nil below this share of the largest pixel's."""


@dataclass(slots=True)
class Tally:
    """What is kept of a gradient, element after element: it adds up, so chunks may be of any size.

    ``magnitudes`` are the sums of |g| by channel, ``length`` the norm so far, ``bad`` the elements that are no number
    or infinite, ``most`` the largest finite |g|. ``counts`` is how many valid pixels have a largest |g| of each
    binary order, cut in parts that are no wider than 3 % (0.8 % in float32).
    """

    magnitudes: Tensor
    length: float
    bad: int
    most: float
    counts: Tensor
    dtype: torch.dtype

    @classmethod
    def beside(cls, logits: Tensor) -> Tally:
        """Nothing seen yet, of the gradient of logits (N, C, ...)."""
        dtype = torch.promote_types(logits.dtype, torch.float32)
        bins = int(_bin(torch.tensor([math.inf], dtype=dtype))) + 1
        magnitudes = torch.zeros(logits.shape[1], dtype=_wide(logits), device=logits.device)
        return cls(magnitudes, 0.0, 0, 0.0, torch.zeros(bins, dtype=torch.int64, device=logits.device), dtype)

    def add(self, gradient: Tensor, valid: Tensor) -> None:
        """Take in elements (C, pixels) and which of the pixels count, (pixels,)."""
        sizes = gradient.abs().to(self.dtype)
        sums = sizes.sum(1, dtype=self.magnitudes.dtype)
        largest = sizes.amax(0)
        if not bool(sums.isfinite().all()):
            good = sizes.isfinite()
            self.bad += int((~good).sum())
            sizes = torch.where(good, sizes, 0)
            largest = torch.where(good.all(0), largest, math.inf)
            sums = sizes.sum(1, dtype=self.magnitudes.dtype)
        self.magnitudes += sums
        self.length = math.hypot(self.length, float(torch.linalg.vector_norm(sizes, dtype=sums.dtype)))
        self.most = max(self.most, float(sizes.max()))
        self.counts += torch.bincount(_bin(largest[valid]), minlength=self.counts.shape[0])

    def gradient(self) -> Gradient:
        """The record of it."""
        total, pixels = float(self.magnitudes.sum()), int(self.counts.sum())
        shares = self.magnitudes / total if total else self.magnitudes
        limit = torch.tensor([self.most * NEAR_ZERO], dtype=self.dtype)
        nil = int(self.counts[: max(1, int(_bin(limit)))].sum())
        return Gradient(
            finite=not self.bad,
            norm=None if self.bad else self.length,
            per_class=tuple(shares.tolist()),
            zero=nil / pixels if pixels else None,
            bad=self.bad,
        )


def _bin(sizes: Tensor) -> Tensor:
    """The upper 16 bits of magnitudes: these grow with the number, infinity last, and the lowest bin holds nil."""
    if sizes.dtype == torch.float64:
        return sizes.view(torch.int64) >> 47
    return (sizes.view(torch.int32) >> 16).long()

"""Whole maps of one image for the torch engine, as ``_maps.py`` makes them for the CPU; differentiable."""

from __future__ import annotations

import torch
from torch import Tensor

from segloss_cli.losses._sums import Canvas


def class_maps(logits: Tensor, y: Tensor, good: Tensor) -> Canvas:
    """The maps of one image (C, ...) of exclusive classes; see ``_maps.canvas``."""
    shape = _grid(logits)
    z, ids, valid = logits.reshape(-1, *shape), y.reshape(shape), good.reshape(shape)
    # a class's own gradient, rather than one of every class's size
    p = torch.softmax(z, dim=0).unbind()
    return Canvas(
        shape,
        z.shape[0],
        lambda c: z[c],
        lambda c: p[c],
        lambda c: (valid & (ids == c)).to(z.dtype),
        lambda _: valid,
    )


def channel_maps(logits: Tensor, y: Tensor, good: Tensor) -> Canvas:
    """The maps of one image (C, ...) of sigmoids with targets (C, pixels)."""
    shape = _grid(logits)
    z, valid = logits.reshape(-1, *shape), good.reshape(-1, *shape)
    target = torch.where(valid, y.reshape(valid.shape), torch.zeros_like(z))
    return Canvas(
        shape, z.shape[0], lambda c: z[c], lambda c: torch.sigmoid(z[c]), lambda c: target[c], lambda c: valid[c]
    )


def _grid(logits: Tensor) -> tuple[int, int]:
    height = logits.shape[1] if logits.ndim > 1 else 1
    return height, logits[0].numel() // max(height, 1)

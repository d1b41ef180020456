"""What every oracle is called with: one case as tensors, and what of it is handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Knobs = Mapping[str, Any]


@dataclass(frozen=True)
class Batch:
    """Logits ``x`` (N, C, H, W) in float64 and ids ``y`` (N, H, W) in int64.

    ``ignore`` is the id handed over as the ignored one, or None; ``weights`` (classes,) the class weights handed over,
    or None; ``teacher`` the teacher's logits handed over, or None. ``binary`` means one channel and a sigmoid.
    """

    x: Tensor
    y: Tensor
    ignore: int | None = None
    weights: Tensor | None = None
    teacher: Tensor | None = None

    @property
    def binary(self) -> bool:
        return self.x.shape[1] == 1

    @property
    def mode(self) -> str:
        return "binary" if self.binary else "multiclass"

    @property
    def valid(self) -> Tensor:
        """Which pixels count, (N, H, W)."""
        return torch.ones_like(self.y, dtype=torch.bool) if self.ignore is None else self.y != self.ignore

    @property
    def one_hot(self) -> Tensor:
        """The labels as the logits' shape in float64; ignored pixels hold the ignore id in every channel."""
        if self.binary:
            return self.y[:, None].double()
        kept = torch.where(self.valid, self.y, 0)
        hot = functional.one_hot(kept, self.x.shape[1]).movedim(-1, 1).double()
        return torch.where(self.valid[:, None], hot, float(self.ignore or 0))

    @property
    def two_class(self) -> Tensor:
        """The logits, or those of the two-class softmax (0, x) that one channel stands for."""
        return torch.cat([torch.zeros_like(self.x), self.x], 1) if self.binary else self.x

    def given(self, **names: Any) -> dict[str, Any]:
        """The keyword arguments that have a value: a library's own default stands for the others."""
        return {name: value for name, value in names.items() if value is not None}


@dataclass(frozen=True)
class Row:
    """One loss of one library: how it is called, in words and in fact, and with which parameters it is recorded.

    ``tasks`` and ``takes`` say what the call supports: ``ignore``, ``weights`` (one channel: ``two weights``) and
    ``teacher``. ``knobs`` are the parameters to record beside the defaults (``required``: there are no defaults).
    ``channels`` is the number of channels it is restricted to where there are several, ``shapes`` asks about the cases
    made of shapes too, ``rare`` asks about a few cases only.
    """

    loss: str
    like: str | None
    call: str
    function: Callable[..., Tensor]
    tasks: frozenset[str]
    takes: frozenset[str] = frozenset()
    knobs: tuple[Knobs, ...] = ()
    required: bool = False
    channels: int | None = None
    shapes: bool = False
    rare: bool = False

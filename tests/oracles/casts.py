"""Undoes the casts to float32 inside a library, so that its answer is exact to float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import torch
from batch import Batch
from monai.networks.utils import one_hot
from torch import Tensor


@contextmanager
def doubled() -> Iterator[None]:
    """For a while, what a library calls float32, ``.float()`` and torch's default dtype are float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with (
            patch.object(Tensor, "float", Tensor.double),
            patch.object(torch, "float32", torch.float64),
            patch.object(torch, "float", torch.float64),
            # its default was float32 when the function was made
            patch.object(one_hot, "__defaults__", (torch.float64, 1)),
        ):
            yield
    finally:
        torch.set_default_dtype(before)


def exact(call: Callable[..., Tensor], *, single: bool = False) -> Callable[..., Tensor]:
    """The call with its casts undone, after a check that the call as it stands agrees to 1e-5.

    ``single``: as it stands the call takes no float64 logits (its casts leave a float32 tensor beside them).
    """

    def both(b: Batch, **knobs: Any) -> Tensor:
        with doubled():
            found = call(b, **knobs)
        plain = call(replace(b, x=b.x.float()) if single else b, **knobs).double()
        torch.testing.assert_close(plain, found, rtol=1e-5, atol=1e-6 if single else 1e-7, equal_nan=True)
        return found

    return both

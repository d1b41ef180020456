"""The losses: one file each. ``losses.NAME(logits, labels)`` is a criterion for NumPy arrays and torch tensors.

>>> import numpy as np
>>> from segloss_cli import losses
>>> logits = np.asarray([[[[0.0, 2.0]]]])  # one channel, two pixels
>>> round(losses.dice(logits, np.asarray([[[0, 1]]]), smooth=1.0), 6)  # 1 - (2 s + 1) / (1/2 + s + 1 + 1), s = 0.880797
0.183153
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from segloss_cli._plugins import load, names

if TYPE_CHECKING:
    from segloss_cli.losses._criterion import Criterion


class _Losses(ModuleType):
    """This package as an object: whoever imports a loss file, the attribute of its name stays the criterion."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and not name.startswith("_"):
            from segloss_cli.losses._criterion import Criterion

            value = Criterion(name.replace("_", "-"), value.__doc__ or "")
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Losses


def __getattr__(name: str) -> Criterion:
    if name.startswith("_") or "-" in name or name.replace("_", "-") not in names(__name__):
        raise AttributeError(f"no loss is called {name!r}; there are: {', '.join(__dir__())}")
    load(__name__, name.replace("_", "-"))
    criterion: Criterion = globals()[name]
    return criterion


def __dir__() -> list[str]:
    return [name.replace("-", "_") for name in names(__name__)]


def catalogue() -> dict[str, Any]:
    """Every loss's ``Loss`` record by its command-line name, in alphabetical order."""
    return {name: load(__name__, name).LOSS for name in names(__name__)}

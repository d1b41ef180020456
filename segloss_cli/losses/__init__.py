"""The losses: one file each. ``losses.NAME(logits, labels)`` is a criterion for NumPy arrays and torch tensors.

>>> import numpy as np
>>> from segloss_cli import losses
>>> logits = np.asarray([[[[0.0, 2.0]]]])  # one channel, two pixels
>>> round(losses.dice(logits, np.asarray([[[0, 1]]]), smooth=1.0), 6)  # 1 - (2 s(2) + 1) / (s(0) + s(2) + 1 + 1)
0.183263
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segloss_cli._plugins import load, names

if TYPE_CHECKING:
    from segloss_cli.losses._criterion import Criterion


def __getattr__(name: str) -> Criterion:
    if name.startswith("_") or name.replace("_", "-") not in names(__name__):
        raise AttributeError(f"no loss is called {name!r}; there are: {', '.join(__dir__())}")
    from segloss_cli.losses._criterion import Criterion

    # importing the file sets this package's attribute to the module; the criterion takes its place
    page = load(__name__, name.replace("_", "-")).__doc__ or ""
    globals()[name] = Criterion(name.replace("_", "-"), page)
    criterion: Criterion = globals()[name]
    return criterion


def __dir__() -> list[str]:
    return [name.replace("-", "_") for name in names(__name__)]


def catalogue() -> dict[str, Any]:
    """Every loss's ``Loss`` record by its command-line name, in alphabetical order."""
    return {name: load(__name__, name).LOSS for name in names(__name__)}

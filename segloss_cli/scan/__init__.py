"""Paths -> Report: read, profile, judge, and add the results up.

``inspect`` looks at files one by one, ``check_pair`` at a prediction and its label, ``check_dataset`` at a whole data
set. Names are loaded when first used, so that looking at one PNG imports nothing that computes losses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segloss_cli.scan.check import check_dataset as check_dataset
    from segloss_cli.scan.files import inspect as inspect
    from segloss_cli.scan.files import inspect_label as inspect_label
    from segloss_cli.scan.files import inspect_prediction as inspect_prediction
    from segloss_cli.scan.pair import check_pair as check_pair

_HOME = {
    "inspect": "files",
    "inspect_label": "files",
    "inspect_prediction": "files",
    "check_pair": "pair",
    "check_dataset": "check",
}
__all__ = ["check_dataset", "check_pair", "inspect", "inspect_label", "inspect_prediction"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

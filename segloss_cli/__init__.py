"""segloss finds out why a semantic-segmentation loss is wrong.

::

    read/ --> Mask --> profile --> Profile --+
          +-> Scores --> profile ------------+-> rules/ --> Finding --+
                        Contract ------------+                        +-> Report --> render/ --> text
    Scores + Mask ---------------------------+-> losses/ --> LossValue+

``cli`` translates argv into these calls and their result into text and an exit code. Importing this package imports
neither NumPy nor torch; the public names load what they need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from segloss_cli import losses as losses
    from segloss_cli.scan import check_dataset as check_dataset
    from segloss_cli.scan import check_pair as check_pair
    from segloss_cli.scan import inspect_label as inspect_label
    from segloss_cli.scan import inspect_prediction as inspect_prediction

_API = ("check_dataset", "check_pair", "inspect_label", "inspect_prediction")
__all__ = ["Contract", "__version__", "check_dataset", "check_pair", "inspect_label", "inspect_prediction", "losses"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "losses":
        return import_module("segloss_cli.losses")
    if name == "Contract":
        return import_module("segloss_cli.types").Contract
    if name in _API:
        return getattr(import_module("segloss_cli.scan"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

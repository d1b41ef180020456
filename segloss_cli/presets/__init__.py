"""What the labels of well-known data sets are meant to be: names, ignored ids, colours, layout; data, one file each.

``find(name)`` gives a :class:`Preset`, ``contract_of`` the contract that it declares, ``merged`` that contract with
what the user said besides. ``detect`` tells a data set by the names and the ids of its labels, and says so where it
cannot; ``existing`` reads a contract that lies beside the data: nnU-Net, Ultralytics, mmseg, lists of names.

>>> from segloss_cli.presets import find
>>> find("voc").num_classes
21
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segloss_cli.presets._catalogue import Entry as Entry
    from segloss_cli.presets._catalogue import catalogue as catalogue
    from segloss_cli.presets._catalogue import entry as entry
    from segloss_cli.presets._catalogue import find as find
    from segloss_cli.presets._catalogue import names as names
    from segloss_cli.presets._catalogue import summary as summary
    from segloss_cli.presets._detect import Detection as Detection
    from segloss_cli.presets._detect import detect as detect
    from segloss_cli.presets._existing import existing as existing
    from segloss_cli.presets._preset import Layout as Layout
    from segloss_cli.presets._preset import Preset as Preset
    from segloss_cli.presets._preset import contract_of as contract_of
    from segloss_cli.presets._preset import merged as merged
    from segloss_cli.presets._source import Existing as Existing

_HOMES = {
    "_catalogue": ("Entry", "catalogue", "entry", "find", "names", "summary"),
    "_detect": ("Detection", "detect"),
    "_existing": ("existing",),
    "_preset": ("Layout", "Preset", "contract_of", "merged"),
    "_source": ("Existing",),
}
__all__ = [
    "Detection",
    "Entry",
    "Existing",
    "Layout",
    "Preset",
    "catalogue",
    "contract_of",
    "detect",
    "entry",
    "existing",
    "find",
    "merged",
    "names",
    "summary",
]


def __getattr__(name: str) -> Any:
    """The public names, each loaded with what it needs: rules want a few colours, and nothing else of this."""
    from importlib import import_module

    for home, held in _HOMES.items():
        if name in held:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Makes the kinds of files importable as ``segloss_test_hostile_NAME``: test modules do not import each other by path."""

import importlib.util
import sys
from pathlib import Path

# in the order in which they import each other
MODULES = (
    "built",
    "kinds_images",
    "kinds_encodings",
    "kinds_arrays",
    "kinds_predictions",
    "kinds_names",
    "kinds_trees",
    "kinds_contracts",
    "runs",
)

for _name in MODULES:
    _spec = importlib.util.spec_from_file_location(
        f"segloss_test_hostile_{_name}", Path(__file__).with_name(f"{_name}.py")
    )
    _module = importlib.util.module_from_spec(_spec)
    sys.modules[_spec.name] = _module
    _spec.loader.exec_module(_module)

"""Makes the makers of data sets importable as ``segloss_test_healthy_NAME``: test modules do not import by path."""

import importlib.util
import sys
from pathlib import Path

# in the order in which they import each other
MODULES = ("drawn", "objects", "streets", "surfaces", "medical", "arrays", "sets", "plants", "files", "faults")

for _name in MODULES:
    _spec = importlib.util.spec_from_file_location(
        f"segloss_test_healthy_{_name}", Path(__file__).with_name(f"{_name}.py")
    )
    _module = importlib.util.module_from_spec(_spec)
    sys.modules[_spec.name] = _module
    _spec.loader.exec_module(_module)

"""Makes ``samples.py`` importable as ``segloss_test_samples``: test modules do not import each other by path."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("segloss_test_samples", Path(__file__).with_name("samples.py"))
_samples = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _samples
_SPEC.loader.exec_module(_samples)

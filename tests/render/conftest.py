"""The example reports, as a fixture: test modules do not import each other."""

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("segloss_test_reports", Path(__file__).with_name("reports.py"))
reports = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = reports
_SPEC.loader.exec_module(reports)


@pytest.fixture(name="reports")
def _reports():
    return reports


@pytest.fixture(params=["empty", "full", "hostile", "compared", "searched", "checked", "checked_hostile", "clean"])
def report(request):
    """An empty report, one with everything in it, one whose names come from an enemy, and what is of one flag."""
    return getattr(reports, request.param)()

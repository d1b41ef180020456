"""Every format's text for fixed reports, kept in golden/. After a change on purpose, look at the difference:

python tests/render/test_golden.py && git diff tests/render/golden
"""

import importlib.util
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from segloss_cli import __version__
from segloss_cli._plugins import load, names
from segloss_cli.render._pages import Page

GOLDEN = Path(__file__).parent / "golden"
FORMATS = names("segloss_cli.render")
TEXTS = {"json", "jsonl", "markdown", "table"}
"""Formats that show more of a report than its findings."""


def cases(reports, form):
    """Each report by name, as one command or the other."""
    yield "empty", reports.empty()
    yield "compute", reports.full()
    yield "hostile", replace(reports.hostile(), command="inspect")
    yield "checked", reports.checked()
    yield "checked-hostile", reports.checked_hostile()
    yield "clean", reports.clean()
    if form in TEXTS:
        yield "inspect", replace(reports.full(), command="inspect", losses=(), complete=True)
        yield "compared", reports.compared()
        yield "searched", reports.searched()


def page_of(code, name):
    """A page that does not change with the rule's own."""
    return None if code == "SL104" else Page(f"About {code}.", "What it is.", f"About {code}.\n\n`{name}`", "error")


def texts(reports, form):
    """File name and text of each golden file of a format."""
    module = load("segloss_cli.render", form)
    views = {"pipe": None, "80": 80} if form == "table" else {"pipe": None}
    with mock.patch.object(module, "page_of", page_of) if hasattr(module, "page_of") else mock.MagicMock():
        for name, report in cases(reports, form):
            for view, width in views.items():
                text = module.render(report, width=width, colour=False)
                text = text.replace(f'"{__version__}"', '"VERSION"').replace(
                    f"segloss {__version__}", "segloss VERSION"
                )
                yield f"{name}.{view}.{form}.txt", text


@pytest.mark.parametrize("form", FORMATS)
def test_the_text_is_the_golden_one(reports, form):
    for name, text in texts(reports, form):
        assert text == (GOLDEN / name).read_text("utf-8"), name


def test_there_is_no_stale_golden_file(reports):
    assert {path.name for path in GOLDEN.iterdir()} == {name for form in FORMATS for name, _ in texts(reports, form)}


if __name__ == "__main__":
    spec = importlib.util.spec_from_file_location("reports", Path(__file__).with_name("reports.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    for form in FORMATS:
        for name, text in texts(module, form):
            (GOLDEN / name).write_text(text, encoding="utf-8")

"""Where a folder of items may be: in files of source, in compiled ones, and in a zip."""

import compileall
import sys
import zipfile

import pytest

from segloss_cli._plugins import load, names
from segloss_cli.errors import UsageError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that Python imports from, and what was imported from it forgotten at the end."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def fill(package):
    package.mkdir()
    for name in ("__init__", "_part", "one", "two_words"):
        (package / f"{name}.py").write_text(f"NAME = {name!r}\n")
    (package / "notes.txt").write_text("no item")


def test_the_items_are_the_modules_without_an_underscore(folder):
    fill(folder / "plain_items")
    assert names("plain_items") == ("one", "two-words")
    assert load("plain_items", "two-words").NAME == "two_words"
    with pytest.raises(UsageError, match=r"unknown name 'three' in plain_items; known: one, two-words"):
        load("plain_items", "three")


def test_compiled_items_are_items(folder):
    package = folder / "compiled_items"
    fill(package)
    assert compileall.compile_dir(package, legacy=True, quiet=1)
    for source in package.glob("*.py"):
        source.unlink()
    assert names("compiled_items") == ("one", "two-words")
    assert load("compiled_items", "one").NAME == "one"


def test_items_may_lie_in_a_zip(folder, monkeypatch):
    fill(folder / "zipped_items")
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for source in (folder / "zipped_items").iterdir():
            archive.write(source, f"zipped_items/{source.name}")
            source.unlink()
    (folder / "zipped_items").rmdir()
    monkeypatch.syspath_prepend(folder / "all.zip")
    assert names("zipped_items") == ("one", "two-words")
    assert load("zipped_items", "two-words").NAME == "two_words"

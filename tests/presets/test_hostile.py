"""Contract files that were made to do harm: one clear line, no traceback, no code run, no hang, bounded memory."""

import os
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segloss_cli.errors import ReadError
from segloss_cli.presets import existing
from segloss_cli.presets._existing import DEEP, ENTRIES, FILES, SCRIPTS
from segloss_cli.presets._source import LARGEST, text_of
from segloss_cli.types import Contract

NAMES = [*(name for name, _ in FILES), "meta.py"]
HEAD = b"METAINFO = "

each = pytest.mark.parametrize("name", NAMES)


def answer(folder, name, data):
    (folder / name).write_bytes((HEAD if name.endswith(".py") else b"") + data)
    return existing(str(folder))


def told_in_a_line(found):
    assert found is None or found.contract != Contract() or len(found.notes) == 1
    for note in () if found is None else found.notes:
        assert len(note) < 700
        assert "\n" not in note


@each
def test_text_in_another_encoding(tmp_path, name):
    found = answer(tmp_path, name, "nämé".encode("utf-16"))
    told_in_a_line(found)
    assert "no UTF-8 text" in found.notes[0]


@each
def test_too_large(tmp_path, name):
    found = answer(tmp_path, name, b" " * (LARGEST + 1))
    told_in_a_line(found)
    assert "is larger than" in found.notes[0]


@each
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"[" * 100_000,
        b"{" * 100_000,
        b"(" * 100_000,
        b'{"labels":' * 20_000,
        b'{"file_ending": ".png", "labels": {"a": ' + b"[" * 100_000,
        b'{"file_ending": ".png", "labels": {"a": ' + b"9" * 10_000 + b"}}",
        b'{"file_ending": ".png", "labels": {"' + b"9" * 10_000 + b'": "a"}}',
        b'{"file_ending": ".png", "labels": {"a": 1e999}}',
        b'{"file_ending": ".png", "labels": {"a": NaN}}',
        b'"' * 100_001,
        b"'" * 100_001,
        b"\\" * 100_000,
        b"dict(" * 10_000,
        b"dict(classes=" * 10_000,
        b"- " * 50_000,
        b"a: " * 30_000,
        b"9" * 100_000,
        b"masks_dir: m\nnames: {" + b"9" * 10_000 + b": a}",
        b"masks_dir: m\nnames: {0x" + b"f" * 10_000 + b": a}",
        b"? " * 30_000,
        b"&a " * 30_000,
        b"%TAG ! tag:\n",
        b"!!python/object/apply:os.system ['touch hacked']",
        b"__import__('os').system('touch hacked')",
        b"\x1b[31mred\x1b]0;title\x07\n[red]markup[/red]\n",
        b"\r" * 10_000,
        b"\xe2\x80\xa8" * 10_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_content_that_breaks_parsers(tmp_path, monkeypatch, name, data):
    monkeypatch.chdir(tmp_path)
    told_in_a_line(answer(tmp_path, name, data))
    assert os.listdir(tmp_path) == [name]


@each
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything(tmp_path, name, data):
    told_in_a_line(answer(tmp_path, name, data))


@each
def test_what_is_no_file_is_never_opened(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    where = tmp_path / name
    os.mkfifo(where)
    assert existing(str(tmp_path)) is None
    where.unlink()
    where.mkdir()
    assert existing(str(tmp_path)) is None
    where.rmdir()
    where.symlink_to("/dev/zero")
    assert existing(str(tmp_path)) is None
    where.unlink()
    where.symlink_to(where)
    assert existing(str(tmp_path)) is None
    where.unlink()
    server = socket.socket(socket.AF_UNIX)
    try:
        server.bind(name)
        assert existing(str(tmp_path)) is None
    finally:
        server.close()


@pytest.mark.parametrize("root", ["", "a\x00b", "/", "/dev/null", "x" * 5000])
def test_folders_that_are_none(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = existing(root)
    assert found is None or found.contract is not None


def test_a_file_that_is_gone_is_said():
    with pytest.raises(ReadError, match="not a regular file"):
        text_of("/nowhere/at/all.txt")


def test_a_file_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    path = tmp_path / "classes.txt"
    path.write_text("a")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(ReadError, match="Permission denied"):
        text_of(str(path))


@pytest.mark.parametrize("error", DEEP)
def test_whatever_a_parser_raises_is_a_note(tmp_path, monkeypatch, error):
    def breaks(*_):
        raise error("deep")

    monkeypatch.setattr("segloss_cli.presets._nnunet.read", breaks)
    found = answer(tmp_path, "dataset.json", b"{}")
    assert f"cannot be parsed ({error.__name__})" in found.notes[0]


def test_so_many_scripts_are_looked_at_and_no_more(tmp_path):
    for number in range(SCRIPTS + 5):
        (tmp_path / f"{number:03}.py").write_text("CLASSES = 7\n")
    assert len(existing(str(tmp_path)).notes) == SCRIPTS
    assert ENTRIES >= 1000

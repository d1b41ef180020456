"""Files beside the labels that say what they mean: none of them runs, none stops the check, none speaks through it."""

import os

import pytest
from segloss_test_hostile_kinds_contracts import BREAKS, BYTES, CANARY, NAMES, RUNS, SETTINGS
from segloss_test_hostile_kinds_names import RAW
from segloss_test_hostile_runs import assert_clean, called, codes, faulty, on_terminal, spawned, verdict_of

from segloss_cli._plugins import names as items

FLAGS = ("--no-cache", "--format", "json")


def laid_out(folder, name, content):
    (folder / "labels").mkdir(parents=True)
    (folder / "labels" / "a.png").write_bytes(faulty())
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return folder


@pytest.mark.parametrize("name", RUNS)
def test_nothing_runs(tmp_path, name):
    folder = laid_out(tmp_path / "set", name, RUNS[name])
    found = verdict_of(called("check", ".", *FLAGS, cwd=folder))
    assert found.document["summary"]["files"] == 1
    assert not (folder / CANARY).exists()
    assert sorted(os.listdir(folder)) == sorted(["labels", name])


@pytest.mark.parametrize("name", {**BREAKS, **BYTES})
def test_what_breaks_a_parser_stops_nothing(tmp_path, name):
    folder = laid_out(tmp_path / "set", name.rpartition("/")[2], {**BREAKS, **BYTES}[name])
    found = verdict_of(called("check", ".", *FLAGS, "--num-classes", "5", cwd=folder))
    assert "SL201" in codes(found.findings["a.png"])
    for note in found.document["facts"]["notes"]:
        assert_clean(note, lines=1)
        assert len(note) < 500


def test_pipes_in_their_place_do_not_block(tmp_path):
    folder = laid_out(tmp_path / "set", "README.md", b"")
    for name in (*NAMES, "segloss.toml", "pyproject.toml"):
        os.mkfifo(folder / name)
    found = verdict_of(spawned("check", ".", *FLAGS, "--num-classes", "5", cwd=folder))
    assert "SL201" in codes(found.findings["a.png"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", items("segloss_cli.render"))
def test_names_of_classes_are_text(tmp_path, name, form):
    folder = laid_out(tmp_path / "set", name, NAMES[name])
    done = called("check", ".", "--no-cache", "--format", form, cwd=folder)
    assert (done.code in {0, 1}, done.err) == (True, "")
    assert_clean(done.out)
    assert "\n::error::injected" not in done.out
    assert form not in {"html", "markdown"} or "<img src=x" not in done.out


@pytest.mark.parametrize("name", ["data.yaml", "class_dict.csv"])
def test_names_of_classes_are_text_on_a_terminal(tmp_path, name):
    folder = laid_out(tmp_path / "set", name, NAMES[name])
    done = on_terminal("check", ".", "--no-cache", cwd=folder, columns=200)
    assert not [code for code in RAW if code in done.out]
    assert "[bold]" in done.out
    assert "[/red]" in done.out


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_make_no_sense_are_one_line_of_usage(tmp_path, name):
    folder = laid_out(tmp_path / "set", "segloss.toml", SETTINGS[name])
    done = called("check", ".", *FLAGS, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert_clean(done.err, lines=1)
    assert "fault of segloss" not in done.err
    assert "segloss.toml" in done.err or name == "value"

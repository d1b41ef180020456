"""sample_data/: the same files every time, and each shows what its table says."""

import importlib.util
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segloss_cli.cli import run

ROOT = Path(__file__).parents[1]
DATA = ROOT / "sample_data"

_SPEC = importlib.util.spec_from_file_location("make_sample_data", ROOT / "tests" / "make_sample_data.py")
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)


def test_the_files_are_what_the_script_makes():
    files = made.files()
    assert {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.is_file()} == set(files)
    jpeg = "jpeg_inside.png"
    for name in set(files) - {jpeg}:
        assert (DATA / name).read_bytes() == files[name], name
    # the encoder is Pillow's, whose version may differ
    stored, fresh = (
        np.asarray(Image.open(io.BytesIO(data)), int) for data in ((DATA / jpeg).read_bytes(), files[jpeg])
    )
    assert np.abs(stored - fresh).max() <= 3


def test_they_are_small():
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 200_000


def test_the_label_is_as_pillow_reads_it():
    label = Image.open(DATA / "gt.png")
    assert label.mode == "P"
    assert np.array_equal(np.asarray(label), made.label())
    assert set(np.unique(made.label())) == {0, 1, 2, 3, 4, 255}


def test_the_prediction_is_a_good_one():
    label, scores = made.label(), np.load(DATA / "pred.npy")
    valid = label != made.VOID
    right = (scores.argmax(0) == label)[valid].mean()
    assert 0.85 < right < 1
    assert scores.dtype == np.float32 and scores.shape == (made.C, made.H, made.W)


@pytest.mark.parametrize("case", made.CASES, ids=lambda case: case.command)
def test_each_command_shows_what_the_table_says(case, monkeypatch, capsys):
    monkeypatch.chdir(DATA)
    code = run([*case.command.split(), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    found = {finding["code"]: finding["severity"] for finding in document["findings"]}
    assert set(case.codes) <= set(found)
    assert code == ("error" in found.values())
    if not case.codes:
        assert not [name for name, severity in found.items() if severity != "info"]


def test_healthy_files_give_no_error_or_warning(monkeypatch, capsys):
    monkeypatch.chdir(DATA)
    assert run(["inspect", "gt.png", "pred.npy", "pairs", "--fail-on", "warning", "--ignore-index", "255"]) == 0
    capsys.readouterr()

"""``segloss compute --grad``: a gradient beside each loss, in the document and in the table."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from segloss_cli.cli import run

ROOT = Path(__file__).parents[1]
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((ROOT / "segloss_cli" / "render" / "report.schema.json").read_text())
)
PAIR = ("compute", "pred.npy", "gt.npy", "--loss", "cross-entropy", "--loss", "dice", "--loss", "giou", "--grad")


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stream = np.random.default_rng(0)
    np.save("pred.npy", stream.standard_normal((2, 3, 6, 5)))
    np.save("gt.npy", stream.integers(0, 3, (2, 6, 5)))
    for folder, name in (("p", "pred"), ("l", "gt")):
        Path(folder).mkdir()
        for i in range(2):
            np.save(f"{folder}/{i}.npy", np.load(f"{name}.npy")[i])


@pytest.fixture
def ask(capsys):
    def ask(*argv):
        assert run([*argv, "--format", "json"]) == 0
        document = json.loads(capsys.readouterr().out)
        VALIDATOR.validate(document)
        return document

    return ask


def test_the_gradient_of_cross_entropy(ask):
    z, y = np.load("pred.npy"), np.load("gt.npy")
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    expected = (p - np.eye(3)[y].transpose(0, 3, 1, 2)) / y.size
    gradient = ask(*PAIR)["losses"][0]["grad"]
    assert gradient["finite"] is True
    assert gradient["norm"] == pytest.approx(np.linalg.norm(expected), rel=1e-9)
    share = np.abs(expected).sum((0, 2, 3))
    assert gradient["per_class"] == pytest.approx((share / share.sum()).tolist(), rel=1e-9)


def test_what_has_none_says_why(ask):
    giou = ask(*PAIR)["losses"][2]
    assert giou["grad"]["norm"] is None
    assert "not differentiable" in giou["grad"]["reason"]


def test_without_the_flag_there_is_none(ask):
    assert {value["grad"] for value in ask(*PAIR[:-1])["losses"]} == {None}


def test_the_table(capsys):
    assert run(PAIR) == 0
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("gradient with respect to the logits")
    assert lines[start + 1].split() == ["loss", "norm", "pixels", "without", "largest", "shares"]
    assert [line.split()[0] for line in lines[start + 2 : start + 5]] == ["cross-entropy", "dice", "giou"]


def test_by_class_where_the_losses_are(capsys):
    assert run([*PAIR, "--per-class"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines[lines.index("gradient by class") + 2 :]) >= 3


def test_each_pair_has_its_own_and_the_data_set_none(ask, capsys):
    document = ask("compute", "p", "l", "--loss", "dice", "--grad")
    assert [value["grad"] is not None for value in document["losses"]] == [True, True, False]
    assert run(["compute", "p", "l", "--loss", "dice", "--grad"]) == 0
    text = capsys.readouterr().out
    assert "\ndice, 0.npy" in text
    assert "\ndice, 1.npy" in text


def test_the_classes_of_each_pair_are_told_apart(capsys):
    assert run(["compute", "p", "l", "--loss", "dice", "--grad", "--per-class"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("gradient by class") + 1].split("  ")[-2:] == ["dice, 0.npy", "dice, 1.npy"]


def test_several_libraries(ask):
    document = ask("compute", "pred.npy", "gt.npy", "--loss", "dice", "--like", "all", "--grad")
    assert all(value["grad"] for value in document["losses"] if value["status"] == "ok")
    assert document["comparison"]


def test_without_torch_it_is_one_line(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("_torch", "_grad", "_torch_maps", "_tally"):
        monkeypatch.delitem(sys.modules, f"segloss_cli.losses.{name}", raising=False)
    assert run(PAIR) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "--grad needs torch, which is not installed" in err


@pytest.mark.parametrize("flags", [("--grad",), ("--device", "torch-cpu")])
def test_a_torch_that_cannot_be_loaded_is_one_line(capsys, monkeypatch, tmp_path, flags):
    (tmp_path / "torch.py").write_text('raise ImportError("libtorch.so: no such file")')
    monkeypatch.syspath_prepend(tmp_path)
    loaded = [name for name in sys.modules if name == "torch" or name.startswith("torch.")]
    for name in [*loaded, *(f"segloss_cli.losses.{part}" for part in ("_torch", "_grad", "_torch_maps", "_tally"))]:
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert run(["compute", "pred.npy", "gt.npy", "--loss", "dice", *flags]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"{' '.join(flags)} needs torch, which cannot be imported (libtorch.so: no such file)" in err

"""``segloss check`` says nothing wrong of data sets that are as they should be, and finds one fault in any of them."""

import json
import shutil
from pathlib import Path

import pytest
from segloss_test_healthy_drawn import generator
from segloss_test_healthy_faults import FAULTS
from segloss_test_healthy_sets import SETS

from segloss_cli.cli import run
from segloss_cli.rules import catalogue

SEVERITIES = ("error", "warning", "info")
CASES = [
    pytest.param(name, said, id=f"{name}: {' '.join(said) or 'nothing declared'}")
    for name, one in SETS.items()
    for said in dict.fromkeys((*one.right, ()))
]
COMPUTED = [
    pytest.param("logits", ["--loss", "dice", "--like", "nnunet"], id="minus Dice, as nnU-Net has it"),
    pytest.param("logits", ["--loss", "cross-entropy:label_smoothing=0.1"], id="label smoothing"),
    pytest.param("log_softmax twice", ["--loss", "cross-entropy"], id="log_softmax twice"),
    pytest.param("binary logits", ["--loss", "sigmoid-focal"], id="focal, which applies its own sigmoid"),
]
ELSEWHERE = {"SL408"}
"""A baseline's entries: tests/scan/test_baseline.py."""

PLANTED = [pytest.param(fault, id=f"{fault.code} in {fault.where}") for fault in FAULTS]


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of a healthy set, made once."""
    folders = {}

    def of(name):
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp("healthy")
            SETS[name].make(folders[name], generator(name))
        return folders[name]

    return of


def checked(capsys, *argv):
    """The exit code and the report of a check in this process."""
    code = run(["check", *argv, "--no-cache", "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def told(report, *severities):
    """What was found, in a line each."""
    found = [finding for finding in report["findings"] if finding["severity"] in severities]
    return [f"{finding['code']} {finding['path']}: {finding['message']}" for finding in found]


@pytest.mark.parametrize(("name", "said"), CASES)
def test_a_healthy_set_is_no_error(made, monkeypatch, capsys, name, said):
    one = SETS[name]
    monkeypatch.chdir(made(name))
    code, report = checked(capsys, one.path, *said)
    deserved = one.warned if said in one.right else one.unsaid
    assert told(report, "error") == []
    assert {finding["code"] for finding in report["findings"] if finding["severity"] == "warning"} == {*deserved}
    assert report["skipped"] == []
    assert code == 0
    assert report["dataset"]["files"]["label"] >= 6


# that 255 is void, and no foreground, is seen in other labels of these alone
ALONE = [name for name, one in SETS.items() if "SL203" not in one.warned]


@pytest.mark.parametrize("name", ALONE)
def test_each_file_of_a_healthy_set_by_itself_is_no_error(made, monkeypatch, capsys, name):
    monkeypatch.chdir(made(name))
    right = (*SETS[name].right, ())[0]
    code, report = checked(capsys, SETS[name].path, *right, "--scope", "file")
    assert (code, told(report, "error", "warning")) == (0, [])


def test_every_rule_that_warns_is_shown_to_find_something():
    about = {"label", "prediction", "pair", "scene", "dataset", "terms"}
    wanted = {entry.code for entry in catalogue() if entry.rule.about in about and entry.rule.severity != "info"}
    assert wanted - {fault.code for fault in FAULTS} == ELSEWHERE


@pytest.mark.parametrize(("name", "flags"), COMPUTED)
def test_a_loss_of_a_healthy_pair_is_no_fault(made, monkeypatch, capsys, name, flags):
    monkeypatch.chdir(made(name))
    code = run(["compute", "predictions/003.npy", "labels/003.png", *flags, "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert (code, told(report, "error", "warning")) == (0, [])
    assert {loss["status"] for loss in report["losses"]} == {"ok"}
    assert all(loss["value"] < 0 for loss in report["losses"] if "nnunet" in flags and loss["like"] == "nnunet")


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_in_a_healthy_set_is_found_at_its_file(made, tmp_path, monkeypatch, capsys, fault):
    root = Path(shutil.copytree(made(fault.where), tmp_path / "set"))
    path = fault.plant(root, generator(fault.code))
    monkeypatch.chdir(root)
    said = (*SETS[fault.where].right, ())[0] if fault.said is None else fault.said
    code, report = checked(capsys, SETS[fault.where].path, *said)
    found = [one for one in report["findings"] if one["code"] == fault.code]
    bad = SEVERITIES[: SEVERITIES.index(fault.severity) + 1]
    assert [one for one in found if one["severity"] in bad], told(report, *SEVERITIES)
    assert code == int("error" in {one["severity"] for one in report["findings"]})
    if not fault.alone:
        assert path.stem in {Path(one["path"]).stem for one in found if one["severity"] in bad}
        accused = {one["path"] for one in report["findings"] if one["severity"] == "error"}
        assert {Path(one).stem for one in accused} <= {path.stem}

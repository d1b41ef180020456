"""Every number that was measured for a library we support comes out of the command line; oracles/measured.json lists
them by the section of the notes that they were first printed in, and those that are not ours with the reason.
"""

from __future__ import annotations

import json
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from segloss_cli.cli import run

ORACLES = Path(__file__).parents[1] / "oracles"
BUILD = cache(runpy.run_path(str(ORACLES / "cases.py"))["build"])
MEASURED = json.loads((ORACLES / "measured.json").read_text())


def identify(entry):
    knobs = ",".join(f"{name}={value}" for name, value in entry["knobs"].items())
    return "|".join([entry["section"], entry["row"], entry["case"], entry["loss"], entry["like"] or "ours", knobs])


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The prediction, the label and the teacher of a case, written once."""
    folder = tmp_path_factory.mktemp("measured")

    @cache
    def files(name):
        case = BUILD(name)
        pred, label, teacher = (folder / f"{name}{part}.npy" for part in ("", "-label", "-teacher"))
        np.save(pred, case["logits"])
        np.save(label, case["labels"][:, None] if case["task"] == "binary" else case["labels"])
        np.save(teacher, case["teacher"])
        return str(pred), str(label), str(teacher)

    return files


def knob(value):
    return "/".join(str(item) for item in value) if isinstance(value, list) else str(value)


def command(entry, pred, label, teacher):
    case = BUILD(entry["case"])
    knobs = ",".join(f"{name}={knob(value)}" for name, value in entry["knobs"].items())
    argv = ["compute", pred, label, "--loss", f"{entry['loss']}:{knobs}".rstrip(":"), "--task", case["task"]]
    argv += ["--like", entry["like"]] if entry["like"] else []
    argv += ["--ignore-index", str(entry["ignore"])] if entry["ignore"] is not None else []
    argv += ["--teacher", teacher] if entry.get("teacher") else []
    weights = case["weights"].tolist() if entry["weights"] is True else entry["weights"]
    argv += ["--class-weights", ",".join(map(str, weights))] if weights else []
    return [*argv, "--format", "json"]


@pytest.mark.parametrize("entry", MEASURED["entries"], ids=identify)
def test_a_measured_number_comes_out_of_the_command_line(entry, files, capsys):
    code = run(command(entry, *files(entry["case"])))
    out, err = capsys.readouterr()
    assert (code in (0, 1), err) == (True, "")
    (given,) = [value for value in json.loads(out)["losses"] if value["target"] == "given"]
    assert given["status"] == "ok", given["reason"]
    printed = entry["scale"] * given["value"] + entry["offset"]
    assert abs(printed - entry["value"]) <= 10.0 ** -entry["digits"], printed


def test_what_is_not_ours_says_why():
    assert all(entry["reason"] and entry["section"].startswith("2.") for entry in MEASURED["not_ours"])

"""Every recorded number of another library, from both engines; see tests/oracles/README.md for the record."""

from __future__ import annotations

import json
import math
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from segloss_cli import losses
from segloss_cli._plugins import names
from segloss_cli.errors import UsageError
from segloss_cli.losses._knobs import find

ORACLES = Path(__file__).parents[1] / "oracles"
RECORD = json.loads((ORACLES / "record.json").read_text())
LOSSES = set(names("segloss_cli.losses"))
BUILD = runpy.run_path(str(ORACLES / "cases.py"))["build"]
ENTRIES = [
    entry
    for entry in RECORD["entries"]
    if entry["loss"] in LOSSES and (entry["like"] is None or entry["like"] in find(entry["loss"]).conventions)
]


@cache
def case(name):
    return BUILD(name)


def compute(entry, convert, dtype):
    data = case(entry["case"])
    given = dict(entry["knobs"])
    if entry["weights"]:
        given["class_weights"] = data["weights"]
    if entry.get("teacher"):
        given["teacher"] = convert(data["teacher"].astype(dtype))
    if entry["ignore"] is not None:
        given["ignore_index"] = entry["ignore"]
    criterion = getattr(losses, entry["loss"].replace("-", "_"))
    return float(
        criterion(
            convert(data["logits"].astype(dtype)),
            convert(data["labels"]),
            task=data["task"],
            like=entry["like"],
            **given,
        )
    )


def identify(entry):
    return entry["id"]


def tensor(array):
    import torch

    return torch.from_numpy(array)


# what the library itself answers in float32: mmsegmentation drops the pixels whose probability rounds to 1, and there
# are more of them
ROUNDED = {"ohem/mmseg/confident": 366.1612}
KNOWN = [entry for entry in ENTRIES if entry["value"] is not None]
REFUSED = [entry for entry in ENTRIES if entry["value"] is None]


@pytest.mark.parametrize(
    ("convert", "dtype"),
    [(np.asarray, np.float64), (np.asarray, np.float32), (tensor, np.float64)],
    ids=["numpy", "numpy-float32", "torch"],
)
@pytest.mark.parametrize("entry", KNOWN, ids=identify)
def test_an_engine_agrees_with_the_library(entry, convert, dtype):
    got = compute(entry, convert, dtype)
    # a root of what float32 has as 0: 1e-20 to the power of 0.3 is 1e-6
    tolerance = 1e-5 if dtype is np.float32 and "exp-log" in entry["id"] and "confident" in entry["id"] else 1e-6
    if dtype is np.float32 and entry["id"] in ROUNDED:
        entry = {**entry, "value": ROUNDED[entry["id"]]}
    assert math.isclose(got, entry["value"], rel_tol=tolerance, abs_tol=1e-9), (got, entry["value"])


@pytest.mark.parametrize("entry", [e for e in REFUSED if e["like"] is None], ids=identify)
@pytest.mark.parametrize("convert", [np.asarray, tensor])
def test_what_has_no_value_is_not_a_number(entry, convert):
    assert math.isnan(compute(entry, convert, np.float64))


@pytest.mark.parametrize("entry", [e for e in REFUSED if e["like"] is not None], ids=identify)
def test_what_the_library_refuses_is_refused(entry):
    if "class_weights are not supported" not in entry["error"]:
        assert math.isnan(compute(entry, np.asarray, np.float64))
        return
    with pytest.raises(UsageError, match="no class weights where there is one channel"):
        compute(entry, np.asarray, np.float64)


# said of the difference between two versions, and computed by nothing that the environment holds
NOT_RECORDED = {"smp-0.3.4"}


def test_the_record_has_every_convention_and_nothing_else():
    recorded = {(entry["loss"], entry["like"]) for entry in RECORD["entries"]}
    ours = {(name, like) for name in LOSSES for like in (None, *find(name).conventions) if like not in NOT_RECORDED}
    assert recorded == ours
    assert len(KNOWN) > 3000

"""What is proved of a file, and what is a guess once its partner, or the whole set, is seen."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segloss_cli.rules import catalogue
from segloss_cli.scan.check import Plan, check, check_dataset, order_for
from segloss_cli.scan.listing import survey
from segloss_cli.scan.merge import merge
from segloss_cli.scan.pair import check_pair
from segloss_cli.scan.policy import Policy
from segloss_cli.types import Contract


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """Writes a label with its prediction."""
    monkeypatch.chdir(tmp_path)
    for name in ("labels", "predictions"):
        (tmp_path / name).mkdir()

    def pair(values, channels):
        ids = np.resize(np.repeat(np.array(values, np.uint8), 64), (24, 32))
        Image.fromarray(ids).save("labels/a.png")
        scores = np.random.default_rng(1).normal(0, 3, (channels, 24, 32)).astype(np.float32)
        np.save("predictions/a.npy", scores)
        return "predictions/a.npy", "labels/a.png"

    return pair


def found(report, *codes):
    return [(one.code, one.severity, one.certainty) for one in report.findings if one.code in codes]


@pytest.mark.parametrize(
    ("values", "channels", "code"), [((0, 1, 255), 3, "SL202"), ((0, 3), 1, "SL208"), ((0, 255), 1, "SL208")]
)
def test_void_and_white_are_a_guess_until_a_loss_is_computed(pair, values, channels, code):
    files = pair(values, channels)
    assert found(check_dataset(["."]), code) == [(code, "warning", "likely")]
    assert found(check_pair(*files), code) == [(code, "error", "proof")]


def test_an_id_beyond_the_channels_is_proved_wrong(pair):
    pair((0, 1, 7), 3)
    assert found(check_dataset(["."]), "SL201") == [("SL201", "error", "proof")]


def test_what_was_declared_is_judged_by_that(pair):
    pair((0, 1, 255), 3)
    ignored = Contract(ignore=frozenset({255}), declared=frozenset({"ignore"}))
    assert found(check_dataset(["."], ignored), "SL202") == []
    counted = Contract(num_classes=3, declared=frozenset({"num_classes"}))
    assert found(check_dataset(["."], counted), "SL202") == [("SL202", "error", "proof")]


BINARY = Contract(num_classes=2, ignore=frozenset({255}), declared=frozenset({"num_classes", "ignore"}))
VOID = np.zeros((24, 32), np.uint8)
VOID[:, :10] = 255
BOTH = VOID.copy()
BOTH[8:16, 16:24] = 1
PLAIN = np.where(BOTH == 1, 1, 0).astype(np.uint8)


@pytest.fixture
def masks(tmp_path, monkeypatch):
    """Writes labels of these kinds, in this order."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "masks").mkdir()

    def masks(*kinds):
        for number, ids in enumerate(kinds):
            Image.fromarray(ids).save(f"masks/{number:02}.png")

    return masks


def swallowed(report):
    return found(report, "SL203")


def test_an_ignored_id_beside_both_classes_elsewhere_is_no_proof(masks):
    masks(VOID, VOID, BOTH)
    report = check_dataset(["masks"], BINARY)
    assert swallowed(report) == [("SL203", "warning", "likely")] * 2
    assert report.facts["totals"]["SL203"] == {
        "name": "ignore-swallows-foreground",
        "severity": "warning",
        "findings": 2,
        "files": 2,
    }
    assert "other labels of the set hold it beside two classes" in report.findings[0].message


@pytest.mark.parametrize("others", [(), (VOID, VOID), (PLAIN, PLAIN, PLAIN)])
def test_an_ignored_id_that_is_beside_one_class_only_is_proved_to_be_swallowed(masks, others):
    masks(VOID, *others)
    report = check_dataset(["masks"], BINARY)
    assert {*swallowed(report)} == {("SL203", "error", "proof")}
    assert report.facts["totals"]["SL203"]["severity"] == "error"


def order():
    return order_for(BINARY, (entry.code for entry in catalogue()))


def test_a_severity_that_the_user_gave_stays(masks):
    masks(VOID, BOTH, BOTH)
    report = check(survey(["masks"]), Plan(order(), Policy({"SL203": "error"})))
    assert swallowed(report) == [("SL203", "error", "likely")]


def test_some_files_prove_nothing_of_the_set(masks):
    masks(VOID, BOTH, BOTH)
    report = check(survey(["masks"]), Plan(order(), Policy(), alone=True))
    assert swallowed(report) == [("SL203", "error", "proof")]


def test_merged_parts_say_what_one_run_says(masks):
    masks(VOID, BOTH, VOID, BOTH, BOTH)
    one = check(survey(["masks"]), Plan(order(), Policy()))
    asked = {"severity": {}, "per_path_ignores": {}, "folder": ".", "baseline": "", "within": None}
    parts = [check(survey(["masks"]), Plan(order(), Policy(), shard=(i, 2), asked=asked)) for i in (1, 2)]
    merged = merge((f"part {i}", part) for i, part in enumerate(parts))
    assert merged.findings == one.findings
    assert merged.facts["totals"] == one.facts["totals"]
    assert swallowed(merged) == [("SL203", "warning", "likely")] * 2

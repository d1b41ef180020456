"""Predictions of every kind against a label: all are judged, those that cannot be read have one finding."""

import pytest
from segloss_test_hostile_built import Kind, healthy
from segloss_test_hostile_kinds_predictions import PREDICTIONS, UNREADABLE
from segloss_test_hostile_runs import CONTRACT, PLAIN, assert_broken, called, codes, own, verdict_of

EVERY = {**PREDICTIONS, **UNREADABLE}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    for part in ("labels", "predictions"):
        (folder / part).mkdir()
    for name, kind in EVERY.items():
        (folder / "predictions" / f"{name}.npy").write_bytes(kind.make())
        (folder / "labels" / f"{name}.png").write_bytes(healthy())
    return folder


@pytest.fixture(scope="module")
def verdict(folder):
    flags = ("--labels", "labels", "--predictions", "predictions")
    return verdict_of(called("check", *flags, *PLAIN, *CONTRACT, "--format", "json", cwd=folder))


@pytest.fixture(scope="module")
def alone(folder):
    flags = ("--predictions", "predictions")
    return verdict_of(called("check", *flags, *PLAIN, *CONTRACT, "--format", "json", cwd=folder))


@pytest.mark.parametrize(("name", "kind"), PREDICTIONS.items(), ids=PREDICTIONS)
def test_a_prediction_is_judged_with_its_label(verdict, name, kind):
    found = verdict.findings.get(f"{name}.npy", []) + verdict.findings.get(f"{name}.png", [])
    assert set(kind.codes.split()) <= codes(found)
    assert "SL107" not in codes(found)


@pytest.mark.parametrize(("name", "kind"), UNREADABLE.items(), ids=UNREADABLE)
def test_one_that_cannot_be_read_has_one_finding(verdict, name, kind):
    assert_broken(verdict, f"{name}.npy", kind.says)
    assert own(verdict.findings.get(f"{name}.png", [])) == []


def test_each_is_counted(verdict):
    assert verdict.code == 1
    assert verdict.document["summary"]["files"] == 2 * len(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_none_stops_the_others_where_there_are_no_labels(alone, name):
    found = codes(alone.findings.get(f"{name}.npy", []))
    assert ("SL107" in found) == (name in UNREADABLE and name != "a_photo")


def test_nan_under_the_void_is_found_where_no_loss_would_show_it(verdict):
    (finding,) = [one for one in verdict.findings["nan_under_void.npy"] if one["code"] == "SL316"]
    assert finding["severity"] in {"error", "warning"}


@pytest.mark.parametrize(("name", "kind"), EVERY.items(), ids=EVERY)
def test_compute_says_one_thing_of_each(folder, name, kind):
    """One pair by itself: a value of every loss with a status, or the reason why there is none."""
    done = called("compute", f"predictions/{name}.npy", f"labels/{name}.png", *CONTRACT, "--format", "json", cwd=folder)
    found = verdict_of(done)
    assert isinstance(kind, Kind)
    assert done.code in {0, 1, 3}
    assert found.document["losses"] or found.document["findings"] or found.document["skipped"]

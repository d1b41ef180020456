"""Files one by one: what is looked at, and what a broken one does to the rest."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import segloss_cli
from segloss_cli.errors import ReadError, UsageError
from segloss_cli.rules import selected
from segloss_cli.scan import inspect, inspect_label, inspect_prediction
from segloss_cli.scan.files import expand, unreadable
from segloss_cli.types import Contract, Place, Profile, ScoresProfile

DATA = Path(__file__).parents[2] / "sample_data"
FIVE = Contract(num_classes=5, ignore=frozenset({255}), declared=frozenset({"num_classes", "ignore"}))


def test_a_label():
    report = inspect_label(DATA / "out_of_range.png", FIVE)
    (profile,) = report.files
    assert isinstance(profile, Profile)
    assert profile.counts[40] == 1
    worst = report.findings[0]
    assert (worst.code, worst.severity) == ("SL201", "error")
    assert worst.place == Place(4, 30, (3, 4, 33, 29))
    assert report.facts["readers"][str(DATA / "out_of_range.png")]["ToTensor"][7] == 0.0275


def test_the_worst_finding_comes_first():
    report = inspect_label(DATA / "gt.png", Contract(num_classes=3, declared=frozenset({"num_classes"})))
    ranks = [("error", "warning", "info").index(finding.severity) for finding in report.findings]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 1


def test_a_prediction():
    (profile,) = inspect_prediction(DATA / "pred.npy").files
    assert isinstance(profile, ScoresProfile)
    assert (profile.shape, profile.kind, profile.kind_declared) == ((1, 5, 32, 48), "logits", False)
    (profile,) = inspect_prediction(DATA / "pred.npy", kind="log-probabilities").files
    assert (profile.kind, profile.kind_declared) == ("log-probabilities", True)


def test_the_first_bad_value_of_a_prediction_is_found():
    (profile,) = inspect_prediction(DATA / "nan.npy").files
    assert (profile.nan, profile.inf, profile.first_bad) == (1, 1, (0, 0, 9, 1))


def test_rules_can_be_chosen():
    assert inspect_label(DATA / "out_of_range.png", FIVE, entries=selected(["SL1"], ())).findings == ()


def test_public_names_are_these_functions():
    assert segloss_cli.inspect_label is inspect_label
    assert segloss_cli.inspect_prediction is inspect_prediction
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = segloss_cli.scan.nothing


def test_a_file_that_cannot_be_read_is_an_error_alone_and_a_record_among_others(tmp_path):
    with pytest.raises(ReadError, match="LFS"):
        inspect_label(DATA / "pointer.png")
    report = inspect([DATA / "pointer.png", DATA / "gt.png"])
    assert [skipped.path for skipped in report.skipped] == [str(DATA / "pointer.png")]
    assert [file.path for file in report.files] == [str(DATA / "gt.png")]
    assert report.findings[0].code == "SL107"
    assert report.complete


def test_what_content_says_can_be_overruled():
    (file,) = inspect([DATA / "pred.npy"]).files
    assert isinstance(file, ScoresProfile)
    (file,) = inspect([DATA / "mask_0_255.png"], as_="prediction").files
    assert isinstance(file, ScoresProfile)


def test_an_interruption_keeps_what_is_done():
    def paths():
        yield DATA / "gt.png"
        yield DATA / "pointer.png"
        raise KeyboardInterrupt

    report = inspect(paths())
    assert not report.complete
    assert (len(report.files), len(report.skipped)) == (1, 1)


def test_what_the_system_refuses_has_no_finding():
    error = ReadError("a.png", "Permission denied")
    error.__cause__ = PermissionError(13, "Permission denied")
    assert unreadable(error, Contract()).findings == ()
    error.__cause__ = OSError("image file is truncated")
    assert [finding.code for finding in unreadable(error, Contract()).findings] == ["SL107"]
    assert unreadable(error, Contract(), selected(["SL2"], ())).findings == ()


def test_the_member_of_an_archive(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.zeros((4, 4), np.uint8), two=np.ones((4, 5), np.uint8))
    (file,) = inspect([tmp_path / "a.npz"], member="two").files
    assert (file.width, dict(file.counts)) == (5, {1: 20})


class TestExpand:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        for name in ("b.png", "a.png", "sub/c.npy", "README.md", "names.TXT", ".hidden.png", ".git/d.png", "noext"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(b"x")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    def test_a_folder(self, folder):
        assert expand(["."]) == ("a.png", "b.png", "noext", os.path.join("sub", "c.npy"))

    def test_files_are_taken_as_they_are_named(self, folder):
        assert expand(["README.md", ".hidden.png", "b.png", "a.png"]) == ("README.md", ".hidden.png", "b.png", "a.png")

    def test_a_glob(self, folder):
        assert expand(["*.png"]) == ("a.png", "b.png")
        assert expand(["**/*.npy"]) == (os.path.join("sub", "c.npy"),)
        assert expand(["s*"]) == (os.path.join("sub", "c.npy"),)

    def test_a_name_with_glob_letters_is_a_name(self, folder):
        shutil.copy("a.png", "[a].png")
        assert expand(["[a].png"]) == ("[a].png",)

    def test_each_file_once(self, folder):
        assert len(expand(["a.png", "./a.png", "*.png", "."])) == 4

    def test_a_link_to_nothing_is_a_file_that_cannot_be_read(self, folder):
        (folder / "gone.png").symlink_to("nowhere.png")
        assert expand(["gone.png"]) == ("gone.png",)
        assert len(inspect(["gone.png"]).skipped) == 1

    @pytest.mark.parametrize(
        ("paths", "says"), [(["no.png"], "no such file"), (["n*.png"], "nothing matches"), ([], "nothing to look at")]
    )
    def test_nothing(self, folder, paths, says):
        with pytest.raises(UsageError, match=says):
            expand(paths)


def test_a_fifo_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    Image.new("L", (2, 2)).save(tmp_path / "b.png")
    report = inspect(expand([str(tmp_path)]))
    assert (len(report.files), len(report.skipped)) == (1, 1)

"""``segloss check``: what it judges, what it says of the set, its exit codes, baselines, and several reports at once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from segloss_cli.cli import run

ROOT = Path(__file__).parents[1]
DATA = ROOT / "sample_data"
SCHEMA = json.loads((ROOT / "segloss_cli/render/report.schema.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache-home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def scenes(tmp_path):
    """A copy of the small data set of sample_data/."""
    return Path(shutil.copytree(DATA / "scenes", tmp_path / "scenes"))


def checked(capsys, *argv, code=None):
    """The JSON report of a check."""
    found = run(["check", *map(str, argv), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, SCHEMA)
    assert code is None or found == code
    return report


def codes(report):
    return {finding["code"] for finding in report["findings"]}


def save(path, ids):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(ids, np.uint8)).save(path)


def labels(folder, count=12, classes=3):
    """Healthy labels: blocks of every class."""
    for number in range(count):
        ids = np.zeros((24, 24), np.uint8)
        for id_ in range(1, classes):
            ids[4 * id_ : 4 * id_ + 3, number % 8 : number % 8 + 9] = id_
        save(folder / f"{number:02}.png", ids)


def test_the_faults_of_the_sample_set_are_found(scenes, capsys):
    report = checked(capsys, scenes, code=1)
    faults = {(f["code"], Path(f["path"]).name) for f in report["findings"] if f["severity"] != "info"}
    assert faults == {("SL107", "10.png"), ("SL201", "03.png"), ("SL501", "05.png"), ("SL607", "09.png")}
    assert report["complete"] is True
    assert report["files"] == []
    assert report["dataset"]["files"] == {"image": 12, "label": 11}
    names = {row["id"]: row["name"] for row in report["classes"]}
    assert [names[i] for i in range(5)] == ["background", "road", "car", "person", "sky"]


def test_a_healthy_set_passes(tmp_path, capsys):
    labels(tmp_path / "masks")
    assert run(["check", "masks", "--num-classes", "3"]) == 0
    out, err = capsys.readouterr()
    assert "12 files" in out
    assert "error" not in out
    assert "warning" not in out
    assert not err


def test_pixels_and_files_of_each_class_are_counted(tmp_path, capsys):
    save(tmp_path / "m/train/a.png", [[0, 0, 1, 1]] * 4)
    save(tmp_path / "m/val/b.png", [[0, 0, 0, 2]] * 4)
    report = checked(capsys, "m", "--num-classes", "4", "--ignore-index", "2")
    rows = {row["id"]: row for row in report["classes"]}
    assert [(rows[i]["pixels"], rows[i]["files"]) for i in range(4)] == [(20, 2), (8, 1), (4, 1), (0, 0)]
    assert [rows[0]["share"], rows[1]["share"]] == [pytest.approx(20 / 28), pytest.approx(8 / 28)]
    assert rows[2]["share"] is None  # ignored
    assert rows[1]["splits"]["train"]["pixels"] == 8


def test_nothing_to_check_is_no_pass(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("nothing here")
    assert run(["check", "empty"]) == 2
    assert "nothing to check" in capsys.readouterr().err
    assert run(["check", "empty", "--allow-empty"]) == 0


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["nowhere"], "nowhere"),
        (["m", "--preset", "vok"], "the closest is 'voc'"),
        (["m", "--shard", "3/2"], "--shard 3/2"),
        (["m", "--format", "yaml"], "yaml"),
        (["m", "--output", "sarif=no/such/folder.sarif"], "no/such"),
        (["m", "--select", "SL999"], "SL999"),
        (["m", "--prune-baseline"], "--baseline FILE"),
        (["m", "--baseline", "missing.json"], "missing.json"),
        (["m", "--config", "missing.toml"], "missing.toml"),
        (["m", "--jobs", "many"], "--jobs"),
    ],
)
def test_what_cannot_be_carried_out_is_one_line_and_exit_2(tmp_path, capsys, argv, words):
    labels(tmp_path / "m", 2)
    assert run(["check", *argv]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert err.count("\n") == 1
    assert not out


def test_files_alone_are_not_judged_as_a_set(tmp_path, capsys):
    labels(tmp_path / "m", 12)
    save(tmp_path / "m/99.png", np.where(np.eye(24), 9, 0))
    whole = checked(capsys, "m", "--num-classes", "4")
    alone = checked(capsys, "m", "--num-classes", "4", "--scope", "file")
    assert {"SL201", "SL207"} <= codes(whole)
    assert codes(alone) == {"SL201", "SL902"}


def test_a_missing_partner_is_told_of_a_set_but_not_of_some_files(scenes, capsys):
    (scenes / "images/train/02.png").unlink()
    assert "SL604" in codes(checked(capsys, scenes))
    assert "SL604" not in codes(checked(capsys, scenes / "labels/train/02.png", "--scope", "file"))


def test_when_it_fails_is_the_users_choice(tmp_path, capsys):
    labels(tmp_path / "m", 12)
    save(tmp_path / "m/99.png", [[0, 1, 2, 255]] * 4)  # void, and nothing was declared: a warning at most
    argv = ["check", "m", "--names", "a,b,c"]
    assert run(argv) == 1
    assert run([*argv, "--fail-on", "never"]) == 0
    assert run([*argv, "--exit-zero"]) == 0
    assert run([*argv, "--ignore", "SL2"]) == 0
    save(tmp_path / "m/99.png", np.repeat([[0, 128, 128, 0]], 4, 0))
    (tmp_path / "segloss.toml").write_text('severity = { SL9 = "warning" }\nselect = ["SL902"]\n')
    assert run(["check", "m"]) == 0
    assert run(["check", "m", "--fail-on", "warning"]) == 1
    assert run(["check", "m", "--max-warnings", "11"]) == 1
    assert run(["check", "m", "--max-warnings", "12"]) == 0
    assert run(["check", "m", "--no-config", "--fail-on", "warning", "--select", "SL902"]) == 0
    capsys.readouterr()


def test_paths_can_be_excused_from_rules(tmp_path, capsys):
    labels(tmp_path / "m/old", 6)
    labels(tmp_path / "m/new", 6)
    (tmp_path / "segloss.toml").write_text('per-path-ignores = { "m/old/**" = ["SL902"] }\n')
    found = [f["path"] for f in checked(capsys, "m")["findings"] if f["code"] == "SL902"]
    assert len(found) == 6
    assert all("/new/" in path for path in found)


def test_a_baseline_excuses_what_it_records_and_no_more(scenes, capsys):
    argv = ["check", str(scenes), "--baseline", "known.json"]
    assert run([*argv, "--write-baseline"]) == 0
    assert run(argv) == 0
    assert run([*argv, "--fail-on", "warning"]) == 0
    capsys.readouterr()
    report = checked(capsys, scenes, "--baseline", "known.json")
    assert report["findings"] == []
    # a fault more, and one less
    broken = scenes / "labels/train/04.png"
    broken.write_bytes(b"")
    shutil.copy(scenes / "labels/train/02.png", scenes / "labels/train/03.png")
    report = checked(capsys, scenes, "--baseline", "known.json", code=1)
    assert ("SL107", "04.png") in {(f["code"], Path(f["path"]).name) for f in report["findings"]}
    assert "SL408" in codes(report)
    assert run([*argv, "--prune-baseline"]) == 1
    capsys.readouterr()
    assert "SL408" not in codes(checked(capsys, scenes, "--baseline", "known.json"))


def test_several_reports_at_once(scenes, capsys):
    files = [f"--output={form}=report.{form}" for form in ("sarif", "junit", "json", "html", "markdown", "gitlab")]
    assert run(["check", str(scenes), "--format", "github", *files]) == 1
    assert "::error file=" in capsys.readouterr().out
    for form in ("sarif", "json", "gitlab"):
        assert json.loads(Path(f"report.{form}").read_text("utf-8"))
    for form in ("junit", "html", "markdown"):
        assert "SL107" in Path(f"report.{form}").read_text("utf-8")


def test_at_most_so_many_findings_of_a_rule_are_shown_and_all_are_counted(tmp_path, capsys):
    labels(tmp_path / "m", 12)
    report = checked(capsys, "m", "--max-findings", "3")
    assert [Path(f["path"]).name for f in report["findings"] if f["code"] == "SL902"] == ["00.png", "01.png", "02.png"]
    assert report["totals"]["SL902"]["findings"] == 12
    assert report["totals"]["SL902"]["files"] == 12
    assert len(checked(capsys, "m", "--max-findings", "0")["findings"]) == 12


def test_nothing_is_written_into_the_data(scenes, capsys):
    before = {path: path.stat().st_mtime_ns for path in scenes.rglob("*")}
    checked(capsys, scenes)
    checked(capsys, scenes, "--jobs", "2")
    assert {path: path.stat().st_mtime_ns for path in scenes.rglob("*")} == before


def test_a_preset_declares_what_labels_are(tmp_path, capsys):
    save(tmp_path / "m/a.png", [[0, 1, 25, 255]] * 4)
    report = checked(capsys, "m", "--preset", "voc", code=1)
    assert report["contract"]["num_classes"] == 21
    assert [f["severity"] for f in report["findings"] if f["code"] == "SL201"] == ["error"]


def test_colours_are_decoded_by_the_palette_of_a_preset(tmp_path, capsys):
    tile = np.zeros((8, 8, 3), np.uint8)
    tile[:4] = 255  # impervious surfaces
    tile[4:, :, 2] = 255  # building
    save(tmp_path / "labels/top_potsdam_2_10_label.png", tile)
    report = checked(capsys, "labels", "--preset", "potsdam", code=0)
    assert [(row["name"], row["pixels"]) for row in report["classes"] if row["pixels"]] == [
        ("impervious surface", 32),
        ("building", 32),
    ]
    tile[0, 0] = (1, 2, 3)
    save(tmp_path / "labels/top_potsdam_2_10_label.png", tile)
    assert "SL105" in codes(checked(capsys, "labels", "--preset", "potsdam", code=1))


def test_headers_alone_decode_no_pixel(scenes, capsys, monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("a pixel was decoded"))
    report = checked(capsys, scenes, "--select", "SL104,SL501", "--no-cache")
    assert {"SL104", "SL501"} == codes(report)
    assert report["dataset"]["files"] == {"image": 12, "label": 12}


def test_an_unchanged_set_is_not_read_again(scenes, capsys, monkeypatch):
    old = time.time() - 60
    for path in scenes.rglob("*.png"):
        os.utime(path, (old, old))
    first = checked(capsys, scenes)
    monkeypatch.setattr("segloss_cli.read._source.read_bytes", lambda *_: pytest.fail("a file was read"))
    monkeypatch.setattr("segloss_cli.scan.examine.examine", lambda *_: pytest.fail("a sample was judged"))
    assert checked(capsys, scenes)["findings"] == first["findings"]


def test_a_changed_file_and_other_settings_are_judged_again(scenes, capsys):
    old = time.time() - 60
    for path in scenes.rglob("*.png"):
        os.utime(path, (old, old))
    assert "SL201" in codes(checked(capsys, scenes))
    assert "SL201" not in codes(checked(capsys, scenes, "--num-classes", "8"))
    shutil.copy(scenes / "labels/train/02.png", scenes / "labels/train/03.png")
    assert "SL201" not in codes(checked(capsys, scenes))


def test_predictions_beside_labels_are_judged_as_pairs(tmp_path, capsys):
    labels(tmp_path / "d/labels", 2)
    (tmp_path / "d/preds").mkdir()
    scores = np.linspace(-3, 3, 3 * 24 * 24, dtype=np.float32).reshape(3, 24, 24)
    np.save(tmp_path / "d/preds/00.npy", scores)
    np.save(tmp_path / "d/preds/01.npy", scores[:, ::2, ::2])
    report = checked(capsys, "d", code=1)
    assert [Path(f["path"]).stem for f in report["findings"] if f["code"] == "SL309"] == ["01"]
    assert report["dataset"]["files"] == {"label": 2, "prediction": 2}


def test_an_interrupted_check_reports_what_it_has(tmp_path):
    labels(tmp_path / "m", 400)
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from segloss_cli.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    hook = tmp_path / "hook"
    hook.mkdir()
    # one sample takes its time, so that there is a moment to interrupt
    (hook / "sitecustomize.py").write_text(SLOW)
    environment["PYTHONPATH"] = os.pathsep.join([str(hook), str(ROOT)])
    command = [sys.executable, "-c", script, "check", "m", "--no-cache", "--jobs", "2", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        while not (tmp_path / "reached").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    report = json.loads(out)
    assert process.returncode == 130
    assert report["complete"] is False
    assert 0 < report["dataset"]["files"]["label"] < 400
    assert b"Traceback" not in err


SLOW = """
import builtins, os, time
def slow(known):
    def opened(path, *rest, **more):
        if str(path).endswith("390.png"):
            os.mkdir("reached")
            time.sleep(30)
        return known(path, *rest, **more)
    return opened
builtins.open, os.open = slow(builtins.open), slow(os.open)
"""


@pytest.mark.parametrize(
    "key", ['output = ["json=../elsewhere"]', 'cache = "../elsewhere"', 'baseline = "../elsewhere"']
)
def test_a_configuration_that_came_with_the_data_writes_nowhere_else(tmp_path, capsys, key):
    labels(tmp_path / "set/masks", 2)
    (tmp_path / "set/segloss.toml").write_text(f"{key}\n")
    assert run(["check", "set", "--write-baseline"]) == 2
    assert "outside" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()
    assert run(["check", "set", "--write-baseline", "--config", "set/segloss.toml"]) == 0
    capsys.readouterr()

"""``segloss check``: what it judges, what it says of the set, its exit codes, baselines, and several reports at once."""

import io
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
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((ROOT / "segloss_cli/render/report.schema.json").read_text("utf-8"))
)


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
    SCHEMA.validate(report)
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
        time.sleep(0.5)  # what other files gave is on its way
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


# what a sample is made of


def image(path, size=24):
    noise = np.random.default_rng(0).integers(0, 255, (size, size, 3)).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise).save(path)


def scores(path, size=24):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.random.default_rng(0).normal(size=(3, size, size)).astype(np.float32))


@pytest.fixture
def trio(tmp_path):
    """Three labels with images and predictions; the second label holds an id that is no class."""
    labels(tmp_path / "d/labels", 3)
    ids = np.asarray(Image.open(tmp_path / "d/labels/01.png")).copy()
    ids[20:22, 1:3] = 9
    save(tmp_path / "d/labels/01.png", ids)
    for number in range(3):
        image(tmp_path / f"d/images/{number:02}.jpg")
        scores(tmp_path / f"d/preds/{number:02}.npy")
    return tmp_path / "d"


def files(report):
    """What was counted by role, and what could not be read."""
    return report["dataset"]["files"], report["dataset"]["unread"]


def places(report, *wanted):
    return [(f["code"], f["path"]) for f in report["findings"] if f["code"] in wanted]


@pytest.mark.parametrize(
    "select", [[], ["--select", "SL107"], ["--select", "SL104,SL501"]], ids=["all", "one", "headers"]
)
@pytest.mark.parametrize(
    ("gone", "counted"),
    [
        ((), {"image": 3, "label": 3, "prediction": 3}),
        (("labels",), {"image": 3, "prediction": 3}),
        (("labels", "preds"), {"image": 3}),
        (("labels", "images"), {"prediction": 3}),
        (("images", "preds"), {"label": 3}),
    ],
    ids=["three", "no labels", "images", "predictions", "labels"],
)
def test_every_file_is_counted_once(trio, capsys, gone, counted, select):
    for role in gone:
        shutil.rmtree(trio / role)
    report = checked(capsys, "d", *select, code=None if "--select" not in select else 0)
    assert files(report) == (counted, 0)
    assert report["summary"]["files"] == sum(counted.values())
    assert report["facts"]["samples"] == 3


@pytest.mark.parametrize("role", ["labels", "images", "preds"])
@pytest.mark.parametrize("flags", [(), ("--jobs", "2")], ids=["one", "two"])
def test_an_unreadable_file_is_found_and_its_partners_are_judged(trio, capsys, role, flags):
    (broken,) = (path for path in (trio / role).iterdir() if path.stem == "01")
    broken.write_bytes(b"")
    report = checked(capsys, "d", "--num-classes", "3", *flags, code=1)
    name = broken.relative_to(trio.parent).as_posix()
    assert places(report, "SL107") == [("SL107", name)]
    assert places(report, "SL201") == ([] if role == "labels" else [("SL201", "d/labels/01.png")])
    expected = {"image": 3, "label": 3, "prediction": 3}
    expected[{"labels": "label", "images": "image", "preds": "prediction"}[role]] = 2
    assert files(report) == (expected, 1)
    assert report["summary"]["files"] == 9
    assert [one["path"] for one in report["skipped"]] == [name]
    assert report["totals"]["SL107"]["files"] == 1


def test_all_files_of_a_sample_can_be_unreadable(trio, capsys):
    for name in ("labels/01.png", "images/01.jpg", "preds/01.npy"):
        (trio / name).write_bytes(b"")
    report = checked(capsys, "d", code=1)
    assert [path for _, path in places(report, "SL107")] == ["d/images/01.jpg", "d/labels/01.png", "d/preds/01.npy"]
    assert files(report) == ({"image": 2, "label": 2, "prediction": 2}, 3)
    assert report["totals"]["SL107"] == {"name": "unreadable-label", "severity": "error", "findings": 3, "files": 3}


def test_images_beside_predictions_are_looked_at(trio, capsys):
    shutil.rmtree(trio / "labels")
    (trio / "images/01.jpg").write_bytes(b"")
    assert places(checked(capsys, "d", code=1), "SL107") == [("SL107", "d/images/01.jpg")]


def test_some_files_of_every_role(trio, capsys):
    named = ["d/labels/01.png", "d/images/01.jpg", "d/images/02.jpg", "d/preds/00.npy"]
    report = checked(capsys, "--scope", "file", "--num-classes", "3", *named, code=1)
    assert files(report) == ({"image": 2, "label": 1, "prediction": 1}, 0)
    assert places(report, "SL201", "SL604") == [("SL201", "d/labels/01.png")]
    for one in named[1:]:
        assert sum(files(checked(capsys, "--scope", "file", one, code=0))[0].values()) == 1


# what is named, and how


def test_a_file_that_is_named_twice_is_judged_once(trio, capsys):
    alike = ["d/labels", "d/labels/01.png", "./d/labels/01.png", "d/../d/labels/01.png", trio / "labels/01.png"]
    for named in (alike, alike[::-1], alike[1:3], [*alike[:2], "--labels", "d/labels/01.png"]):
        report = checked(capsys, *named, "--num-classes", "3", code=1)
        assert len(places(report, "SL201")) == 1
        assert files(report)[0] == {"label": 3 if "d/labels" in named else 1}


def test_labels_inside_the_folder_of_images(tmp_path, capsys):
    labels(tmp_path / "photos/masks", 3)
    for number in range(3):
        image(tmp_path / f"photos/{number:02}.jpg")
    report = checked(capsys, "--images", "photos", "--labels", "photos/masks", code=0)
    assert files(report) == ({"image": 3, "label": 3}, 0)
    assert not places(report, "SL604")


def test_several_folders(tmp_path, capsys):
    for name in ("one", "two"):
        labels(tmp_path / name / "masks", 3)
        save(tmp_path / name / "masks/99.png", np.where(np.eye(24), 9, 0))
    report = checked(capsys, "one", "two", "--num-classes", "3", code=1)
    assert places(report, "SL201") == [("SL201", "one/masks/99.png"), ("SL201", "two/masks/99.png")]
    assert files(report) == ({"label": 8}, 0)


def marks(report):
    return sorted((f["code"], f["fingerprint"]) for f in report["findings"])


def test_a_finding_has_the_same_fingerprint_however_its_file_is_named(scenes, capsys):
    there = scenes.parent.name
    known = marks(checked(capsys, "scenes"))
    assert {"SL107", "SL201", "SL501", "SL607"} <= {code for code, _ in known}
    for same in ("./scenes", "scenes/", scenes, f"../{there}/scenes"):
        assert marks(checked(capsys, same)) == known
    assert len(set(known)) == len(known)


def test_from_inside_the_data_set(scenes, capsys, monkeypatch):
    whole = checked(capsys, "scenes")
    monkeypatch.chdir(scenes)
    for named in ([], ["."], ["images", "labels"], ["labels", "images"]):
        report = checked(capsys, *named, code=1)
        assert files(report) == files(whole)
        assert codes(report) == codes(whole)
    assert all(not f["path"].startswith("scenes") for f in report["findings"])


def test_paths_from_the_standard_input(trio, capsys, monkeypatch):
    for text in (b"d/labels/01.png\nd/labels/02.png\n", b"d/labels/01.png\0d/labels/02.png\0"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        report = checked(capsys, "--file-list", "-", "--num-classes", "3", code=1)
        assert files(report) == ({"label": 2}, 0)
        assert places(report, "SL201") == [("SL201", "d/labels/01.png")]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert run(["check", "--file-list", "-"]) == 2
    assert "--file-list -" in capsys.readouterr().err


# how much is shown, and how it ends


def strays(folder, count, first=3):
    """Labels that all hold two ids that are no class."""
    for number in range(count):
        ids = np.zeros((24, 24), np.uint8)
        ids[2:6, 2:9], ids[8:12, 2:9], ids[20, 1], ids[22, 9] = 1, 2, first + number, first + 40
        save(folder / f"{number:02}.png", ids)


def test_files_are_counted_beyond_what_is_shown(tmp_path, capsys):
    strays(tmp_path / "m", 7, 100)
    for limit, shown in ((1, 1), (3, 3), (7, 7), (0, 7)):
        report = checked(capsys, "m", "--num-classes", "3", "--select", "SL201", "--max-findings", limit, code=1)
        assert len(report["findings"]) == shown
        assert report["totals"]["SL201"] == {"name": "id-out-of-range", "severity": "error", "findings": 7, "files": 7}
        assert report["summary"]["errors"] == 7
        assert report["facts"]["limit"] == limit


def test_what_is_beyond_the_limit_fails_all_the_same(tmp_path, capsys):
    strays(tmp_path / "m", 5, 100)
    Path("segloss.toml").write_text('severity = { SL201 = "warning" }\n')
    argv = ["check", "m", "--num-classes", "3", "--select", "SL201", "--max-findings", "1"]
    assert run([*argv, "--max-warnings", "4"]) == 1
    assert run([*argv, "--max-warnings", "5"]) == 0
    assert run([*argv, "--fail-on", "warning"]) == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    ("severity", "code", "found"),
    [
        ("{}", 1, {"SL107": "error", "SL201": "error"}),
        ('{ SL201 = "off" }', 1, {"SL107": "error"}),
        ('{ SL201 = "off", SL107 = "off" }', 0, {}),
        ('{ SL = "info" }', 0, {"SL107": "info", "SL201": "info"}),
        ('{ SL = "info", SL2 = "warning", id-out-of-range = "error" }', 1, {"SL107": "info", "SL201": "error"}),
        ('{ unreadable-label = "warning", SL201 = "warning" }', 0, {"SL107": "warning", "SL201": "warning"}),
    ],
)
def test_severities_decide_the_exit_code(tmp_path, capsys, severity, code, found):
    strays(tmp_path / "m", 2, 100)
    (tmp_path / "m/99.png").write_bytes(b"")
    Path("segloss.toml").write_text(f"severity = {severity}\n")
    report = checked(capsys, "m", "--num-classes", "3", "--select", "SL107,SL201", code=code)
    assert {f["code"]: f["severity"] for f in report["findings"]} == found
    assert [one["path"] for one in report["skipped"]] == (["m/99.png"] if "SL107" in found else [])
    assert run(["check", "m", "--num-classes", "3", "--select", "SL107,SL201"]) == code
    assert "not judged" not in capsys.readouterr().out


def test_what_nobody_judged_is_incomplete_and_failing_findings_come_first(tmp_path, capsys):
    strays(tmp_path / "m", 2, 100)
    (tmp_path / "m/99.png").symlink_to("nowhere")
    assert checked(capsys, "m", code=3)["facts"]["unjudged"] == 1
    checked(capsys, "m", "--num-classes", "3", code=1)
    checked(capsys, "m", "--num-classes", "3", "--exit-zero", code=0)
    checked(capsys, "m", "--exit-zero", code=3)
    assert run(["check", "m"]) == 3
    assert "not judged m/99.png" in capsys.readouterr().out


def test_how_much_is_said(tmp_path, capsys):
    strays(tmp_path / "m", 7, 100)
    argv = ["check", "m", "--num-classes", "3", "--select", "SL201"]
    said = {}
    for flag in ("", "--summary", "--quiet"):
        assert run([*argv, *([flag] if flag else [])]) == 1
        said[flag], err = capsys.readouterr()
        assert err == ""
        assert "SL201" in said[flag]
    assert "fix first" in said[""]
    assert "class" in said[""]
    assert "fix first" in said["--summary"]
    assert "m/00.png" not in said["--summary"]
    assert "m/00.png" in said["--quiet"]
    assert "fix first" not in said["--quiet"]
    assert run(["check", "m", "--select", "SL106", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def on_terminal(*argv):
    """Exit code, stdout, and what was written to a terminal as stderr."""
    import pty

    near, far = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [sys.executable, "-m", "segloss_cli", "check", *argv], stdout=subprocess.PIPE, stderr=far, env=environment
    ) as process:
        os.close(far)
        out, err = process.stdout.read(), b""
        while piece := _piece(near):
            err += piece
    os.close(near)
    return process.returncode, out, err


def _piece(descriptor):
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # the other side is closed
        return b""


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_bar_where_a_person_waits(tmp_path):
    labels(tmp_path / "m", 60)
    argv = ["m", "--no-cache", "--ignore", "SL902", "--format", "json"]
    code, out, err = on_terminal(*argv)
    assert code == 0
    assert b"segloss" in err
    assert b"%" in err
    assert b"\x1b" not in out
    plain = subprocess.run(
        [sys.executable, "-m", "segloss_cli", "check", *argv],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert plain.stderr == b""
    assert plain.stdout == out
    assert on_terminal(*argv, "--quiet")[2] == b""
    assert on_terminal("m/00.png", *argv[1:])[2] == b""


class Terminal(io.StringIO):
    """What a person is watching."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("count", "flags", "bar"), [(50, [], True), (49, [], False), (50, ["--quiet"], False)])
def test_a_bar_is_for_many_samples(tmp_path, monkeypatch, count, flags, bar):
    labels(tmp_path / "m", count)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert run(["check", "m", "--no-cache", "--select", "SL104", *flags]) == 0
    assert ("segloss" in sys.stderr.getvalue()) is bar


def test_the_facts_of_a_report(tmp_path, capsys):
    labels(tmp_path / "m/train", 3)
    labels(tmp_path / "m/val", 3)
    (tmp_path / "m/notes.txt").write_text("of the run")
    Path("segloss.toml").write_text("max-findings = 7\n")
    facts = checked(capsys, "m", "--num-classes", "3", code=0)["facts"]
    assert facts["passed"] == {"text and code": 1}
    assert facts["samples"] == 6
    assert facts["limit"] == 7
    assert facts["unjudged"] == facts["suppressed"] == 0
    assert facts["judged_whole"] is True
    assert facts["shard"] is None
    assert "splits: train 3, val 3" in facts["notes"]
    assert "configuration: segloss.toml" in facts["notes"]


# settings


def test_settings_from_the_environment(trio, capsys, monkeypatch):
    shutil.rmtree(trio / "preds")
    assert not places(checked(capsys, "d", code=0), "SL201")
    monkeypatch.setenv("SEGLOSS_NUM_CLASSES", "3")
    monkeypatch.setenv("SEGLOSS_IGNORE", "SL902")
    assert codes(checked(capsys, "d", code=1)) == {"SL201"}
    assert not codes(checked(capsys, "d", "--num-classes", "10", code=0))
    monkeypatch.setenv("SEGLOSS_NUM_CLASSES", "three")
    assert run(["check", "d"]) == 2
    assert "SEGLOSS_NUM_CLASSES" in capsys.readouterr().err


def test_settings_are_shown_and_nothing_is_checked(capsys):
    Path("segloss.toml").write_text('severity = { SL201 = "off" }\n')
    assert run(["check", "nowhere", "--show-settings", "--format", "json", "--max-findings", "3"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["file"] == "segloss.toml"
    assert shown["settings"]["max-findings"] == {"value": 3, "source": "--max-findings"}
    assert shown["settings"]["severity"]["value"] == {"SL201": "off"}
    assert shown["settings"]["fail-on"] == {"value": "error", "source": "default"}
    assert run(["check", "--show-settings", "--no-config"]) == 0
    assert "configuration file: none" in capsys.readouterr().out


# baselines


def test_a_baseline_holds_what_is_about_the_set(trio, capsys):
    (trio / "images/02.jpg").unlink()
    shutil.rmtree(trio / "preds")
    for name in ("03", "04"):
        image(trio / f"images/{name}.jpg")
    assert "SL604" in codes(checked(capsys, "d"))
    assert run(["check", "d", "--write-baseline"]) == 0
    written = json.loads(Path("segloss-baseline.json").read_text())
    assert written["set"]
    assert {"SL902", "SL604"} <= {code for some in written["findings"].values() for code in some} | {*written["set"]}
    capsys.readouterr()
    report = checked(capsys, "d", "--baseline", "segloss-baseline.json", "--fail-on", "warning", code=0)
    assert report["findings"] == []
    assert report["facts"]["suppressed"] == sum(
        count for some in [*written["findings"].values(), written["set"]] for count in some.values()
    )


def test_a_baseline_in_another_folder(trio, capsys, monkeypatch):
    Path("ci").mkdir()
    argv = ["--num-classes", "3", "--baseline"]
    assert run(["check", "d", *argv, "ci/known.json", "--write-baseline"]) == 0
    assert "../d/labels/01.png" in json.loads(Path("ci/known.json").read_text())["findings"]
    capsys.readouterr()
    assert checked(capsys, "d", *argv, "ci/known.json", code=0)["findings"] == []
    assert checked(capsys, trio, *argv, "ci/known.json", code=0)["findings"] == []
    monkeypatch.chdir(trio)
    assert checked(capsys, *argv, "../ci/known.json", code=0)["findings"] == []
    assert checked(capsys, *argv, trio.parent / "ci/known.json", code=0)["findings"] == []


def test_an_unreadable_file_in_the_baseline_is_no_news(trio, capsys):
    (trio / "labels/01.png").write_bytes(b"")
    assert run(["check", "d", "--write-baseline"]) == 0
    capsys.readouterr()
    report = checked(capsys, "d", "--baseline", "segloss-baseline.json", code=0)
    assert (report["findings"], report["skipped"]) == ([], [])
    assert run(["check", "d", "--baseline", "segloss-baseline.json"]) == 0
    assert "not judged" not in capsys.readouterr().out


def recorded():
    return json.loads(Path("known.json").read_text())


def test_what_was_not_looked_at_stays_in_the_baseline(trio, capsys):
    image(trio / "images/03.jpg")
    argv = ["--num-classes", "3", "--baseline", "known.json"]
    assert run(["check", "d", *argv, "--write-baseline"]) == 0
    before = recorded()
    assert before["set"]
    Path("some.txt").write_text("d/labels/00.png\n")
    for some in (
        ["--file-list", "some.txt"],
        ["--labels", "d/labels/00.png"],
        ["d/labels/00.png"],
        ["d/labels/00.png", "--scope", "file"],
    ):
        capsys.readouterr()
        report = checked(capsys, *some, *argv, code=0)
        assert [f for f in report["findings"] if f["code"] == "SL408" and f["evidence"]["path"]] == []
    assert run(["check", "d/labels/00.png", "--scope", "file", *argv, "--prune-baseline"]) == 0
    assert recorded() == before
    assert run(["check", "--file-list", "some.txt", *argv, "--prune-baseline"]) == 0
    assert recorded()["findings"] == before["findings"]


def test_a_baseline_is_not_pruned_by_a_run_that_could_not_judge_all(trio, capsys):
    argv = ["check", "d", "--num-classes", "3", "--baseline", "known.json"]
    assert run([*argv, "--write-baseline"]) == 0
    before = recorded()
    (trio / "labels/01.png").unlink()
    (trio / "labels/01.png").symlink_to("nowhere")  # a share that is not mounted today
    capsys.readouterr()
    assert run([*argv, "--prune-baseline"]) == 3
    out, err = capsys.readouterr()
    assert "SL408" not in out
    assert err == "segloss: known.json: not pruned, since not every file could be judged\n"
    assert recorded() == before


@pytest.mark.parametrize("flags", [("--write-baseline", "--prune-baseline"), ("--write-baseline", "--shard", "1/2")])
def test_baselines_are_of_the_whole(trio, capsys, flags):
    assert run(["check", "d", "--baseline", "known.json", *flags]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("known.json").exists()


@pytest.mark.parametrize(
    "name", ["known.json", "segloss.toml", "list.txt", "d/labels/01.png", "d/images/01.jpg", "d/preds/01.npy"]
)
def test_no_report_is_written_over_what_is_read(trio, capsys, name):
    Path("segloss.toml").write_text('ignore = ["SL902"]\n')
    Path("list.txt").write_text("d\n")
    assert run(["check", "d", "--baseline", "known.json", "--write-baseline"]) == 0
    before = Path(name).read_bytes()
    argv = ["check", "--file-list", "list.txt", "--baseline", "known.json", "--output", f"json={name}"]
    capsys.readouterr()
    assert run(argv) == 2
    assert "is the input" in capsys.readouterr().err
    assert Path(name).read_bytes() == before


def test_a_file_that_is_no_baseline_is_not_written_over(trio, capsys):
    Path("notes.json").write_text("[1, 2]")
    assert run(["check", "d", "--baseline", "notes.json", "--write-baseline"]) == 2
    assert "not written over" in capsys.readouterr().err
    assert Path("notes.json").read_text() == "[1, 2]"


# rules about what was declared


def test_class_weights_are_held_against_the_labels_also_by_themselves(tmp_path, capsys):
    labels(tmp_path / "m", 3)
    argv = ["m", "--num-classes", "3", "--class-weights", "0,0,0"]
    assert "SL404" in codes(checked(capsys, *argv, code=1))
    assert codes(checked(capsys, *argv, "--select", "SL404", code=1)) == {"SL404"}


# all that lies in a folder


def test_the_sample_data_as_a_whole(tmp_path, capsys, monkeypatch):
    shutil.copytree(DATA, tmp_path / "sample_data")
    report = checked(capsys, "sample_data", code=1)
    assert report["complete"] is True
    assert report["summary"]["files"] > 30
    assert {"SL107", "SL211", "SL316", "SL501"} <= codes(report)
    monkeypatch.chdir(tmp_path / "sample_data")
    assert codes(checked(capsys, code=1)) == codes(report)


def test_a_second_run_decodes_nothing_where_nothing_was_declared_either(tmp_path, capsys, monkeypatch):
    labels(tmp_path / "m", 20)
    old = time.time() - 60
    for path in (tmp_path / "m").iterdir():
        os.utime(path, (old, old))
    first = checked(capsys, "m", code=0)
    monkeypatch.setattr("segloss_cli.scan.meaning.read_label", lambda *_: pytest.fail("a label was read"))
    monkeypatch.setattr("segloss_cli.scan.examine.examine", lambda *_: pytest.fail("a sample was judged"))
    assert checked(capsys, "m", code=0) == first


# Ctrl-C

STAGES = [
    "segloss_cli.cli._check.gathered",
    "segloss_cli.cli._check.survey",
    "segloss_cli.cli._check.meaning",
    "segloss_cli.cli._check.prepare",
    "segloss_cli.scan._recall.recalled",
    "segloss_cli.scan.check.conclude",
    "segloss_cli.scan._recall.remember",
    "segloss_cli.cli._check.finish",
]


@pytest.mark.parametrize("where", STAGES)
def test_an_interruption_before_or_after_the_work_is_quiet(trio, capsys, monkeypatch, where):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    assert run(["check", "d", "--write-baseline", "--output", "json=report.json"]) == 130
    assert capsys.readouterr() == ("", "")
    assert not Path("segloss-baseline.json").exists()
    assert not Path("report.json").exists()


def test_an_interrupted_check_writes_no_baseline_and_all_its_reports(trio, capsys, monkeypatch):
    from segloss_cli.scan import examine

    real = examine.examine
    monkeypatch.setattr(
        examine, "examine", lambda sample, order: real(sample, order) if "00" in sample.label else _stop()
    )
    argv = [
        "check",
        "d",
        "--num-classes",
        "3",
        "--no-cache",
        "--write-baseline",
        "--exit-zero",
        "--output=json=report.json",
    ]
    assert run(argv) == 130
    assert "interrupted: this report is incomplete" in capsys.readouterr().out
    report = json.loads(Path("report.json").read_text())
    assert report["complete"] is False
    assert report["summary"]["exit_code"] == 130
    assert files(report) == ({"image": 1, "label": 1, "prediction": 1}, 0)
    assert not Path("segloss-baseline.json").exists()


def _stop():
    raise KeyboardInterrupt

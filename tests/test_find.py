"""``segloss compute --find NUMBER``: which loss, library and knobs give it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from segloss_cli import check_pair
from segloss_cli._plugins import names
from segloss_cli.cli import run
from segloss_cli.errors import UsageError
from segloss_cli.losses._knobs import Request, find, parameters
from segloss_cli.scan.dataset import look_for
from segloss_cli.scan.grid import settings as usual
from segloss_cli.scan.options import Wanted
from segloss_cli.types import Contract

ROOT = Path(__file__).parents[1]
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((ROOT / "segloss_cli" / "render" / "report.schema.json").read_text())
)
WEIGHTED = ("x.npy", "y.npy", "--class-weights", "1,2,3,4,5")
OVERLAP_AND_PIXEL = ("--loss", "dice", "--loss", "cross-entropy")
LOSSES = tuple(name for name in names("segloss_cli.losses") if "planes" not in find(name).kinds)


def example():
    """The batch of which the reference's numbers are: two images of five classes, single precision."""
    stream = np.random.RandomState(0)
    scores = stream.randn(2, 5, 32, 32)
    label = stream.randint(0, 5, (2, 32, 32))
    scores += 1.5 * np.eye(5)[label].transpose(0, 3, 1, 2)
    void = np.where(stream.rand(2, 32, 32) < 0.1, 255, label)
    absent = np.where(label == 4, 0, label)
    absent[1][absent[1] == 3] = 0
    return {"x": scores.astype(np.float32), "y": label, "yi": void, "ya": absent}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("find")
    arrays = example()
    arrays["xb"] = arrays["x"][:, :1]
    arrays["yb"] = (arrays["y"] == 0).astype(np.uint8)
    arrays["b255"] = arrays["yb"] * np.uint8(255)
    arrays["planes"] = (arrays["y"][:, None] == np.arange(5)[:, None, None]).astype(np.uint8)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for kind, array in (("preds", "x"), ("labels", "ya")):
        (folder / kind).mkdir()
        for i, name in enumerate("ab"):
            np.save(folder / kind / f"{name}.npy", arrays[array][i])
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)


@pytest.fixture
def ask(capsys):
    """The exit code and the validated document of a search."""

    def ask(*argv):
        code = run(["compute", *argv, "--format", "json"])
        out, err = capsys.readouterr()
        assert err == ""
        document = json.loads(out)
        VALIDATOR.validate(document)
        return code, document

    return ask


def agreeing(document):
    return [match for match in document["matches"] if match["agrees"]]


def plainest(document):
    """What agrees with no knob set and in no other form, as (loss, library)."""
    plain = (m["value"] for m in agreeing(document) if not m["value"]["knobs"] and not m["what"])
    return {(value["loss"], value["like"]) for value in plain}


class TestWhatIsFound:
    @pytest.mark.parametrize(
        ("argv", "number", "loss", "like"),
        [
            (("ya.npy",), "0.4807", "dice", "smp"),
            (("ya.npy",), "0.480747", "dice", "smp"),
            (("y.npy",), "0.928184", "cross-entropy", None),
            (("y.npy",), "0.185637", "kl", "torch"),
            (("yi.npy", "--ignore-index", "255"), "0.828921", "cross-entropy", "smp"),
            (("y.npy", "--class-weights", "1,2,3,4,5"), "0.918022", "cross-entropy", "torch"),
            (("y.npy",), "0.233345", "focal", "bubbliiiing"),
            (("y.npy",), "0.093338", "focal", "kornia"),
            (("y.npy",), "0.351028", "focal", "toolbelt"),
            (("y.npy",), "1.372793", "sigmoid-focal", "smp-0.3.4"),
            (("ya.npy",), "0.694347", "dice", "smooth1"),
            (("ya.npy",), "0.644322", "dice", "kornia"),
            (("yi.npy", "--ignore-index", "255"), "0.556732", "dice", "bubbliiiing"),
            (("y.npy", "--class-weights", "1,2,3,4,5"), "1.591421", "dice", "monai"),
        ],
    )
    def test_a_librarys_default(self, ask, argv, number, loss, like):
        code, document = ask("x.npy", *argv, "--loss", loss, "--find", number)
        assert code == 0
        assert (loss, like) in plainest(document)
        assert document["losses"] == []

    def test_among_the_whole_catalogue(self, ask):
        code, document = ask("x.npy", "ya.npy", "--find", "0.4807")
        assert code == 0
        assert {("dice", "smp"), ("dice", "toolbelt"), ("tversky", "smp")} <= plainest(document)
        assert ("dice", "monai") not in plainest(document)

    def test_the_plainest_come_first(self, ask):
        _, document = ask("x.npy", "y.npy", "--find", "0.93")
        steps = [
            len(match["value"]["knobs"]) + len(match["what"].split(", ")) - (not match["what"])
            for match in agreeing(document)
        ]
        assert steps[0] == 0
        assert steps.index(1) > sum(step == 0 for step in steps) - 1
        others = [abs(match["difference"]) for match in document["matches"] if not match["agrees"]]
        assert others == sorted(others)

    @pytest.mark.parametrize(
        ("number", "what", "of"),
        [
            ("1900.92", "sum: value x 2,048 pixels", 0.928184),
            ("950.46", "sum / 2 images", 0.928184),
            ("-0.928184", "-value", 0.928184),
            ("0.465659", "1 - value", 0.534341),
            ("-0.465659", "value - 1", 0.534341),
            ("2.671706", "value x 5 classes", 0.534341),
        ],
    )
    def test_other_forms(self, ask, number, what, of):
        _, document = ask("x.npy", "y.npy", *OVERLAP_AND_PIXEL, "--find", number)
        found = [match for match in agreeing(document) if match["what"] == what and not match["value"]["knobs"]]
        assert found
        assert found[0]["value"]["value"] == pytest.approx(of, abs=2e-6)

    def test_a_class_an_image_and_their_mean(self, ask):
        argv = ("x.npy", "ya.npy", "--loss", "dice", "--like", "smp")
        _, whole = ask(*argv, "--per-class", "--per-image")
        (value,) = whole["losses"]
        mean = sum(value["per_image"]) / 2
        for number, what in (
            (value["per_class"][2], "class 2"),
            (1 - value["per_class"][2], "1 - class 2"),
            (value["per_image"][1], "image 1"),
            (mean, "mean of the images' values"),
        ):
            _, document = ask(*argv, "--find", f"{number:.9f}")
            assert what in {match["what"] for match in agreeing(document)}

    def test_an_ignored_id_that_was_not_said(self, ask):
        _, document = ask("x.npy", "yi.npy", *OVERLAP_AND_PIXEL, "--find", "0.922625")
        match = next(m for m in agreeing(document) if m["value"]["loss"] == "cross-entropy")
        assert match["value"]["target"] == "repaired: 255 ignored"
        assert match["command"].endswith("--ignore-index 255")

    def test_class_zero_ignored(self, ask):
        _, other = ask("x.npy", "y.npy", "--ignore-index", "0", "--loss", "cross-entropy")
        _, document = ask("x.npy", "y.npy", *OVERLAP_AND_PIXEL, "--find", f"{other['losses'][0]['value']:.8f}")
        assert "0 ignored" in {match["what"] for match in agreeing(document)}

    def test_the_ignored_id_counted(self, ask):
        _, other = ask("x.npy", "y.npy", "--loss", "cross-entropy")
        _, document = ask(
            "x.npy", "y.npy", "--ignore-index", "0", *OVERLAP_AND_PIXEL, "--find", f"{other['losses'][0]['value']:.8f}"
        )
        assert "nothing ignored" in {match["what"] for match in agreeing(document)}

    def test_an_ignore_index_that_no_pixel_has(self, ask):
        # MONAI's focal divides by pixels, not by pixels times classes, as soon as ignore_index is given
        _, document = ask("x.npy", "y.npy", "--loss", "focal", "--like", "monai", "--find", "0.466690")
        first = agreeing(document)[0]
        assert (first["value"]["knobs"], first["what"]) == ({}, "an ignored id given")
        assert first["command"].endswith("--ignore-index 255")

    def test_class_weights_left_away(self, ask):
        _, document = ask("x.npy", "y.npy", *OVERLAP_AND_PIXEL, "--class-weights", "1,2,3,4,5", "--find", "0.928184")
        match = next(m for m in agreeing(document) if m["value"]["loss"] == "cross-entropy")
        assert match["what"] == "without class weights"
        assert "--class-weights" not in match["command"]

    def test_a_label_of_255_as_it_is_meant(self, ask):
        _, other = ask("xb.npy", "yb.npy", "--loss", "dice")
        code, document = ask("xb.npy", "b255.npy", "--find", f"{other['losses'][0]['value']:.7f}")
        assert code == 0
        assert {m["value"]["target"] for m in agreeing(document)} == {"repaired: 255 -> 1"}
        assert document["findings"][0]["code"] == "SL208"

    @pytest.mark.parametrize("argv", [("xb.npy", "yb.npy"), ("x.npy", "planes.npy", "--task", "multilabel")])
    def test_other_tasks(self, ask, argv):
        _, other = ask(*argv, "--loss", "bce")
        _, document = ask(*argv, "--find", f"{other['losses'][0]['value']:.7f}")
        assert ("bce", None) in plainest(document)

    def test_a_folder_is_one_batch(self, ask):
        code, document = ask("preds", "labels", "--loss", "dice", "--loss", "ohem", "--find", "0.480747")
        assert code == 0
        assert ("dice", "smp") in plainest(document)
        assert document["summary"]["files"] == 4
        value = agreeing(document)[0]["value"]
        assert (value["pred"], value["label"]) == ("", "")


class TestWhatIsTried:
    def test_one_loss_and_its_knobs_stay(self, ask):
        _, document = ask("x.npy", "y.npy", "--loss", "dice:smooth=1", "--find", "0.5337")
        assert {match["value"]["loss"] for match in document["matches"]} == {"dice"}
        assert {match["value"]["knobs"]["smooth"] for match in document["matches"]} == {1}

    def test_one_library(self, ask):
        _, document = ask("x.npy", "y.npy", "--like", "monai", "--find", "0.5")
        assert {match["value"]["like"] for match in document["matches"]} == {"monai"}

    def test_what_takes_long_only_by_name(self, ask):
        _, document = ask("x.npy", "y.npy", "--find", "0.5")
        assert document["facts"]["find"]["not_tried"] == ["boundary", "cldice", "hausdorff", "nacl"]
        assert document["facts"]["find"]["tried"] > 1000
        _, other = ask("x.npy", "y.npy", "--loss", "cldice")
        code, named = ask("x.npy", "y.npy", "--loss", "cldice", "--find", f"{other['losses'][0]['value']:.6f}")
        assert (code, named["facts"]["find"]["not_tried"]) == (0, [])
        assert ("cldice", None) in plainest(named)

    def test_a_package_that_is_missing_is_told(self, ask, monkeypatch, capsys):
        for module in ("scipy", "scipy.ndimage"):
            monkeypatch.setitem(sys.modules, module, None)
        argv = ("x.npy", "y.npy", "--loss", "hausdorff", "--find", "0.408808")
        code, document = ask(*argv)
        (missing,) = document["facts"]["find"]["missing"]
        assert (code, missing.partition(",")[0]) == (1, "hausdorff needs scipy")
        assert run(["compute", *argv]) == 1
        assert "\nnot tried: hausdorff needs scipy, which is not installed: pip" in capsys.readouterr().out

    def test_pairs_that_are_no_batch_are_told(self, ask, tmp_path):
        for kind, name, classes in (("p", "x", 5), ("p", "x", 4), ("l", "y", 5), ("l", "y", 4)):
            (tmp_path / kind).mkdir(exist_ok=True)
            array = np.load(f"{name}.npy")
            np.save(tmp_path / kind / f"{classes}.npy", array[:, :classes] if kind == "p" else array % classes)
        code, document = ask(str(tmp_path / "p"), str(tmp_path / "l"), "--loss", "dice", "--find", "0.5")
        assert (code, document["facts"]["find"]["tried"]) == (1, 0)
        assert document["facts"]["find"]["nothing"].startswith("the pairs differ in task or number of classes")

    def test_gradients_are_refused(self, capsys):
        assert run(["compute", "x.npy", "y.npy", "--find", "0.5", "--grad"]) == 2
        assert capsys.readouterr().err.count("leave --grad out") == 1

    def test_chance_is_told(self, ask):
        few, many = (
            ask("x.npy", "y.npy", "--loss", "dice", "--find", number)[1]["facts"]["find"]
            for number in ("0.53", "0.534341")
        )
        assert few["by_chance"] > 100 * many["by_chance"] > 0
        assert few["by_chance_plain"] < few["by_chance"]
        assert few["agreeing"] > many["agreeing"]

    def test_no_setting_only_adds_knobs_to_another_that_agrees(self, ask):
        found = agreeing(ask("x.npy", "ya.npy", "--loss", "dice", "--loss", "tversky", "--find", "0.4807")[1])
        seen = {}
        for match in found:
            value = match["value"]
            alike = seen.setdefault((value["loss"], value["like"], match["what"], value["target"]), [])
            assert not any(knobs.items() <= value["knobs"].items() for knobs in alike)
            alike.append(value["knobs"])


@pytest.mark.parametrize(
    "argv",
    [
        ("x.npy", "yi.npy", "--find", "0.4158"),
        (*WEIGHTED, "--find", "0.93", "--num-classes", "5", *OVERLAP_AND_PIXEL),
        ("x.npy", "y.npy", "--find", "0.45", "--ignore-index", "0", *OVERLAP_AND_PIXEL),
        ("x.npy", "y.npy", "--find", "0.4667", "--loss", "focal"),
        ("x.npy", "y.npy", "--find", "0.31", "--loss", "dice-focal", "--loss", "sigmoid-focal"),
        ("xb.npy", "b255.npy", "--find", "0.6", "--loss", "dice", "--loss", "bce", "--loss", "unified-focal"),
        ("x.npy", "planes.npy", "--task", "multilabel", "--find", "0.30", "--loss", "dice", "--loss", "asymmetric"),
    ],
)
def test_every_command_shows_its_number(ask, argv):
    _, document = ask(*argv)
    assert document["matches"]
    for match in document["matches"]:
        program, verb, *words = shlex.split(match["command"])
        assert (program, verb) == ("segloss", "compute")
        _, shown = ask(*words)
        values = [value for value in shown["losses"] if value["status"] == "ok"]
        numbers = [number for value in values for number in forms(value, match["what"], document)]
        assert any(number == pytest.approx(match["found"], rel=1e-9) for number in numbers), (match, numbers)


def forms(value, what, document):
    """What a person makes of a shown value, by the match's words."""
    classes, images, amount = value["per_class"], value["per_image"], value["value"]
    form = what.split(", ")[0]
    known = {
        "1 - value": lambda: 1 - amount,
        "value - 1": lambda: amount - 1,
        "-value": lambda: -amount,
        "value x 5 classes": lambda: 5 * amount,
        "mean of the images' values": lambda: sum(images) / len(images),
        "sum / 2 images": lambda: amount * value["pixels"] / 2,
        f"sum: value x {value['pixels']:,} pixels": lambda: amount * value["pixels"],
    }
    known |= {f"class {c}": lambda part=part: part for c, part in enumerate(classes)}
    known |= {f"1 - class {c}": lambda part=part: 1 - part for c, part in enumerate(classes)}
    known |= {f"image {n}": lambda part=part: part for n, part in enumerate(images)}
    return [known[form]()] if form in known else [amount]


class TestExitCodes:
    @pytest.mark.parametrize(
        ("argv", "code"),
        [
            (("x.npy", "ya.npy", "--find", "0.4807", "--loss", "dice"), 0),
            (("x.npy", "ya.npy", "--find", "0.480712345", "--loss", "dice"), 1),
            (("x.npy", "ya.npy", "--find", "0.480712345", "--loss", "dice", "--exit-zero"), 0),
            (("xb.npy", "b255.npy", "--find", "77.77777", "--loss", "dice"), 1),
            (("x.npy", "yi.npy", "--find", "0.922625", *OVERLAP_AND_PIXEL), 0),
            (("xb.npy", "ya.npy", "--find", "0.5", "--num-classes", "9", "--task", "multiclass"), 1),
        ],
    )
    def test_whether_it_was_found(self, ask, argv, code):
        assert ask(*argv)[0] == code

    @pytest.mark.parametrize("number", ["abc", "", "nan", "inf", "0x10", "1e999"])
    def test_no_number(self, capsys, number):
        assert run(["compute", "x.npy", "y.npy", "--find", number]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "write it as it was printed" in err

    def test_a_file_that_cannot_be_read(self, ask):
        Path("bad.npy").write_text("<!DOCTYPE html>")
        code, document = ask("x.npy", "bad.npy", "--find", "0.5")
        assert (code, document["matches"]) == (1, [])
        assert document["findings"][0]["code"] == "SL107"

    def test_a_lonely_file_leaves_it_incomplete(self, ask):
        lonely = Path("preds/c.npy")
        np.save(lonely, np.load("preds/a.npy"))
        code, document = ask("preds", "labels", "--loss", "dice", "--find", "0.480747")
        lonely.unlink()
        assert code == 3
        assert document["skipped"]

    def test_interrupted(self, ask, monkeypatch):
        from segloss_cli.scan import dataset

        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(dataset, "load", interrupted)
        code, document = ask("x.npy", "y.npy", "--find", "0.5")
        assert (code, document["complete"], document["matches"]) == (130, False, [])


class TestTheTable:
    def test_what_agrees_with_its_command(self, capsys):
        assert run(["compute", "x.npy", "ya.npy", "--loss", "dice", "--find", "0.4807"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        assert "settings give 0.4807, of " in out
        assert "by chance about " in out
        assert "dice smp  " in out
        assert "segloss compute x.npy ya.npy --loss dice --like smp\n" in out
        assert "range" not in out

    def test_nothing_agrees(self, capsys):
        assert run(["compute", "x.npy", "ya.npy", "--loss", "dice", "--find", "0.480712345"]) == 1
        out = capsys.readouterr().out
        assert "nothing gives 0.480712345: " in out
        assert "the nearest\n" in out

    def test_findings_in_brief(self, capsys):
        assert run(["compute", "xb.npy", "b255.npy", "--find", "0.5", "--loss", "dice"]) in (0, 1)
        lines = capsys.readouterr().out.splitlines()
        (brief,) = (line for line in lines if line.startswith("error SL208"))
        assert brief.startswith("error SL208 b255.npy: 255 (")
        assert not any(line.strip().startswith("fix:") for line in lines)

    def test_a_narrow_terminal(self, monkeypatch, capsys):
        from segloss_cli.cli import _finish

        monkeypatch.setattr(_finish, "terminal", lambda: (80, False))
        assert run(["compute", "x.npy", "ya.npy", "--loss", "dice", "--find", "0.4807"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= 80
        assert "          segloss compute x.npy ya.npy --loss dice --like smp" in lines


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_a_usual_setting_gives_is_found(folder, data):
    """Any loss, in any convention, at a usual setting: its value leads back to it."""
    name = data.draw(st.sampled_from(LOSSES))
    like = data.draw(st.sampled_from([None, *find(name).conventions]))
    loss = find(name)
    function = loss.conventions[like].knobs if like else loss.function
    known = {knob: value for knob, value in parameters(loss, like).items() if knob not in {"weigh", "weight_in_p"}}
    knobs = data.draw(st.sampled_from([knobs for some, knobs in usual(function, known, {}) if some < 2]))
    written = ",".join(
        f"{knob}={str(value).lower() if value is None or isinstance(value, bool) else value}"
        for knob, value in knobs.items()
    )
    asked = f"{name}:{written}" if written else name
    try:
        report = check_pair(folder / "x.npy", folder / "ya.npy", losses=[asked], like=[like] if like else [])
    except UsageError:  # beyond what this loss allows
        assume(False)
    (value,) = report.losses
    if value.value is None:
        return
    wanted = Wanted(find=f"{value.value:.9g}", requests=(Request(name),))
    found = look_for([(str(folder / "x.npy"), str(folder / "ya.npy"), None)], Contract(), wanted)
    near = [match for match in found.matches if match.agrees]
    assert near, asked
    assert near[0].found == pytest.approx(value.value, rel=1e-5)

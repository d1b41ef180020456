"""``segloss compute`` from end to end: exit codes, what cannot be asked, the document, what is loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from segloss_cli.cli import run
from segloss_cli.losses import catalogue

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "segloss_cli" / "render" / "report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PAIR = ("compute", "pred.npy", "gt.png")


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """A healthy pair of three classes, and predictions of its kinds."""
    monkeypatch.chdir(tmp_path)
    stream = np.random.default_rng(0)
    z = 2 * stream.standard_normal((3, 24, 18))
    label = stream.integers(0, 3, (24, 18)).astype(np.uint8)
    np.save("pred.npy", z)
    np.save("single.npy", z.astype(np.float32))
    np.save("small.npy", stream.standard_normal((3, 12, 9)))
    np.save("p.npy", np.exp(z) / np.exp(z).sum(0))
    Image.fromarray(z.argmax(0).astype(np.uint8)).save("ids.png")
    Image.fromarray(label).save("gt.png")
    Image.fromarray(np.where(stream.random(label.shape) < 0.2, 255, label).astype(np.uint8)).save("void.png")
    Image.fromarray(np.full_like(label, 255)).save("empty.png")
    Image.fromarray(np.where(label == 2, 9, label).astype(np.uint8)).save("stray.png")
    return tmp_path


@pytest.fixture
def ask(capsys):
    """The exit code and the validated document of a command."""

    def ask(*argv):
        code = run([*argv, "--format", "json"])
        out, err = capsys.readouterr()
        assert err == ""
        document = json.loads(out)
        VALIDATOR.validate(document)
        return code, document

    return ask


def values(document, target="given"):
    return {
        (v["loss"], v["like"]): v["value"] for v in document["losses"] if v["status"] == "ok" and v["target"] == target
    }


class TestExitCodes:
    @pytest.mark.parametrize(
        ("argv", "code"),
        [
            (PAIR, 0),
            ((*PAIR, "--num-classes", "3"), 0),
            (("compute", "pred.npy", "void.png", "--ignore-index", "255"), 0),
            (("compute", "pred.npy", "stray.png"), 1),
            (("compute", "pred.npy", "stray.png", "--exit-zero"), 0),
            (("compute", "pred.npy", "stray.png", "--fail-on", "never"), 0),
            (("compute", "pred.npy", "stray.png", "--ignore", "SL2"), 0),
            (("compute", "pred.npy", "void.png"), 1),
            (("compute", "small.npy", "gt.png"), 1),
            (("compute", "p.npy", "gt.png"), 0),
            (("compute", "ids.png", "gt.png", "--num-classes", "3"), 0),
        ],
    )
    def test_judged(self, ask, argv, code):
        assert ask(*argv)[0] == code

    def test_a_file_that_cannot_be_read(self, ask):
        Path("bad.png").write_text("<!DOCTYPE html>")
        for argv in (("compute", "pred.npy", "bad.png"), ("compute", "bad.png", "gt.png")):
            code, document = ask(*argv)
            assert code == 1
            assert document["findings"][0]["code"] == "SL107"
            assert document["losses"] == []
            assert document["skipped"][0]["path"] == "bad.png"
        assert ask("compute", "pred.npy", "bad.png", "--fail-on", "never")[0] == 0

    @pytest.mark.parametrize(
        ("argv", "says"),
        [
            ((*PAIR, "--loss", "dise"), "unknown name 'dise' in losses; known: asymmetric, balanced-bce, bce"),
            ((*PAIR, "--loss", "dice:smoth=1"), "dice has no knob 'smoth'; it has: smooth, smooth_denominator, beta"),
            ((*PAIR, "--loss", "dice:smooth"), "'smooth' is no knob=value"),
            ((*PAIR, "--loss", "dice:scope=all"), "scope='all'"),
            ((*PAIR, "--loss", "dice:smooth=much"), "smooth='much'"),
            ((*PAIR, "--loss", "dice:smooth=1/2"), "smooth=(1, 2)"),
            ((*PAIR, "--loss", "dice:smooth=none"), "smooth=None"),
            ((*PAIR, "--loss", "dice:smooth=1e999"), "smooth=inf"),
            ((*PAIR, "--loss", "dice:pool=1"), "true or false"),
            ((*PAIR, "--loss", "ohem:n_min=2.5"), "a whole number"),
            ((*PAIR, "--loss", "ohem:thresh=3"), "thresh=3; it is a probability"),
            ((*PAIR, "--loss", "focal:gamma=-1"), "focal: gamma=-1; it"),
            ((*PAIR, "--loss", "focal:alpha=0.1/0.9"), "2 values of alpha for 3 classes"),
            ((*PAIR, "--loss", "dice:beta=2", "--like", "smp"), "dice --like smp has no knob 'beta'; it has: smooth"),
            ((*PAIR, "--like", "nobody"), "--like nobody: unknown; known: all, bisenet, bubbliiiing"),
            ((*PAIR, "--class-weights", "1,2"), "2 weights for 3 classes; give one per class"),
            ((*PAIR, "--class-weights", "a,b,c"), "--class-weights a,b,c: could not convert"),
            ((*PAIR, "--teacher", "small.npy", "--loss", "kl"), "--teacher small.npy: has the shape (1, 3, 12, 9)"),
            ((*PAIR, "--teacher", "none.npy"), "none.npy: no such file or folder"),
            ((*PAIR, "--device", "tpu"), "--device tpu: unknown"),
            ((*PAIR, "--device", "cuda:x"), "--device cuda:x: unknown"),
            ((*PAIR, "--dtype", "float16"), "'float16' is not one of"),
            ((*PAIR, "--input", "softmax"), "'softmax' is not one of"),
            ((*PAIR, "--format", "yaml"), "--format yaml: unknown"),
            ((*PAIR, "--output", "pred.npy"), "is the input pred.npy"),
            ((*PAIR, "--output", "./gt.png"), "is the input gt.png"),
            (("compute", "pred.npy"), "Missing argument 'LABEL'"),
            (("compute", "none.npy", "gt.png"), "none.npy: no such file or folder"),
            (("compute", "pred.npy", "*.tif"), "*.tif: nothing matches"),
        ],
    )
    def test_could_not_run_is_one_line(self, capsys, argv, says):
        before = Path("pred.npy").read_bytes()
        assert run(argv) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("segloss: error: ")
        assert err.count("\n") == 1
        assert says in err
        assert Path("pred.npy").read_bytes() == before

    def test_a_device_that_is_not_there(self, capsys):
        import torch

        if torch.cuda.is_available():
            pytest.skip("it is there")
        assert run([*PAIR, "--device", "cuda"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert "device 'cuda' cannot be used" in err

    def test_interrupted(self, capsys, monkeypatch):
        from segloss_cli.scan import dataset

        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(dataset, "judge_pair", interrupted)
        assert run([*PAIR, "--format", "json"]) == 130
        assert json.loads(capsys.readouterr().out)["complete"] is False


class TestDocument:
    def test_a_healthy_pair(self, ask):
        code, document = ask(*PAIR)
        assert code == 0
        assert document["command"] == "compute"
        assert [file["kind"] for file in document["files"]] == ["prediction", "label"]
        assert document["contract"]["task"] == "multiclass"
        assert document["contract"]["num_classes"] == 3
        assert {"task", "num_classes"} <= set(document["contract"]["inferred"])
        assert {name for name, loss in catalogue().items() if "multiclass" in loss.default} == {
            name for name, _ in values(document)
        }
        for value in document["losses"]:
            assert (value["pred"], value["label"]) == ("pred.npy", "gt.png")
            if value["status"] == "ok":
                low, high = value["range"]
                assert low <= value["value"] <= (high if high is not None else float("inf"))
                assert value["over"]

    @pytest.mark.parametrize(
        ("expected", "argv"),
        [
            (1, ("compute", "pred.npy", "stray.png")),
            (1, ("compute", "pred.npy", "empty.png", "--ignore-index", "255")),
            (1, ("compute", "small.npy", "gt.png")),
            (0, ("compute", "ids.png", "gt.png")),
            (0, ("compute", "pred.npy", "gt.png", "--like", "all", "--per-class", "--per-image")),
            (0, ("compute", "pred.npy", "void.png", "--like", "all", "--ignore-index", "255")),
            (0, ("compute", "pred.npy", "gt.png", "--loss", "focal:alpha=0.1/0.2/0.7", "--loss", "dice:beta=2")),
            (1, ("compute", "pred.npy", "gt.png", "--task", "binary")),
            (1, ("compute", "pred.npy", "gt.png", "--task", "multilabel")),
        ],
    )
    def test_it_is_of_its_schema(self, ask, argv, expected):
        code, document = ask(*argv)
        assert code == expected
        assert document["losses"] or document["findings"]

    def test_the_knobs_that_were_set(self, ask):
        _, document = ask(*PAIR, "--loss", "dice:smooth=2,classes=present", "--loss", "focal:alpha=0.2/0.3/0.5")
        assert [value["knobs"] for value in document["losses"]] == [
            {"smooth": 2, "classes": "present"},
            {"alpha": [0.2, 0.3, 0.5]},
        ]

    def test_by_class_and_by_image(self, ask):
        _, plain = ask(*PAIR)
        _, document = ask(*PAIR, "--per-class", "--per-image")
        assert values(document) == values(plain)
        assert all(value["per_class"] == value["per_image"] == [] for value in plain["losses"])
        found = {value["loss"]: value for value in document["losses"]}
        assert len(found["dice"]["per_class"]) == 3
        assert sum(found["dice"]["per_class"]) / 3 == pytest.approx(found["dice"]["value"])
        assert found["dice"]["per_image"] == [pytest.approx(found["dice"]["value"])]

    def test_all_ignored(self, ask):
        _, document = ask(
            "compute", "pred.npy", "empty.png", "--ignore-index", "255", "--loss", "bce", "--loss", "dice"
        )
        assert [(value["status"], value["value"], value["reason"]) for value in document["losses"]] == [
            ("undefined", None, "no valid pixel: every one is ignored"),
            ("undefined", None, "no valid pixel: every one is ignored"),
        ]

    def test_a_size_mismatch(self, ask):
        code, document = ask("compute", "small.npy", "gt.png")
        assert code == 1
        assert "SL309" in {finding["code"] for finding in document["findings"]}
        assert {value["status"] for value in document["losses"]} == {"skipped"}
        assert all("--resize" in value["reason"] for value in document["losses"])

    def test_resize(self, ask):
        import torch

        code, document = ask("compute", "small.npy", "gt.png", "--resize", "--loss", "cross-entropy")
        z = torch.from_numpy(np.load("small.npy"))[None]
        y = torch.from_numpy(np.asarray(Image.open("gt.png")).astype(int))[None]
        large = torch.nn.functional.interpolate(z, size=(24, 18), mode="bilinear", align_corners=True)
        wanted = float(torch.nn.functional.cross_entropy(large, y))
        assert values(document)["cross-entropy", None] == pytest.approx(wanted, rel=1e-12)
        assert code in (0, 1)

    def test_given_beside_repaired(self, ask):
        _, document = ask("compute", "pred.npy", "stray.png", "--loss", "dice")
        given, repaired = document["losses"]
        assert (given["target"], given["status"], repaired["target"]) == ("given", "undefined", "repaired: 9 ignored")
        assert repaired["value"] > 0


class TestInputs:
    def test_probabilities(self, ask):
        _, document = ask("compute", "p.npy", "gt.png")
        _, plain = ask(*PAIR)
        assert values(document) == pytest.approx(values(plain))
        _, blind = ask("compute", "p.npy", "gt.png", "--input", "logits")
        assert values(blind)["cross-entropy", None] != pytest.approx(values(plain)["cross-entropy", None])

    def test_ids(self, ask):
        _, document = ask("compute", "ids.png", "gt.png", "--num-classes", "3")
        hard = {name for name, loss in catalogue().items() if {"overlap", "boxes"}.issuperset(loss.kinds)}
        unasked = {name for name in hard if "multiclass" in catalogue()[name].default}
        assert {name for name, _ in values(document)} == unasked >= {"dice", "jaccard", "tversky", "giou"}
        skipped = {value["loss"]: value["reason"] for value in document["losses"] if value["status"] == "skipped"}
        assert "class ids" in skipped["cross-entropy"]
        z = np.load("pred.npy")
        np.save("far.npy", np.where(z == z.max(0), 900.0, -900.0))
        _, far = ask("compute", "far.npy", "gt.png")
        hard = values(document)
        assert hard == pytest.approx({key: values(far)[key] for key in hard})

    def test_a_float32_prediction_is_right_to_a_millionth(self, ask):
        _, document = ask("compute", "single.npy", "gt.png")
        _, plain = ask(*PAIR)
        assert values(document) == pytest.approx(values(plain), rel=1e-6)
        _, wide = ask("compute", "single.npy", "gt.png", "--dtype", "float64")
        np.save("wide.npy", np.load("single.npy").astype(np.float64))
        assert values(wide) == values(ask("compute", "wide.npy", "gt.png")[1])

    def test_a_member_of_an_archive(self, ask):
        np.savez("all.npz", other=np.zeros((3, 24, 18)), pred=np.load("pred.npy"))
        _, document = ask("compute", "all.npz", "gt.png", "--member", "pred")
        assert values(document) == values(ask(*PAIR)[1])

    def test_a_teacher(self, ask):
        _, same = ask(*PAIR, "--teacher", "pred.npy", "--loss", "kl")
        assert values(same)["kl", None] == pytest.approx(0, abs=1e-12)
        np.save("teacher.npy", np.load("pred.npy")[::-1])
        _, other = ask(*PAIR, "--teacher", "teacher.npy", "--loss", "kl")
        z, t = np.load("pred.npy"), np.load("teacher.npy")
        log_p, log_q = (v - np.log(np.exp(v).sum(0)) for v in (z, t))
        assert values(other)["kl", None] == pytest.approx((np.exp(log_q) * (log_q - log_p)).sum(0).mean())

    @pytest.mark.parametrize("weights", ["1,2,3", "w.npy", "w.json", "w.txt"])
    def test_class_weights(self, ask, weights):
        np.save("w.npy", [1.0, 2.0, 3.0])
        Path("w.json").write_text("[1, 2, 3]")
        Path("w.txt").write_text("1\n2\n3\n")
        _, document = ask(*PAIR, "--class-weights", weights, "--loss", "cross-entropy")
        (value,) = document["losses"]
        assert "by weight" in value["over"]
        scaled = values(ask(*PAIR, "--class-weights", "2,4,6", "--loss", "cross-entropy")[1])
        assert value["value"] == pytest.approx(scaled["cross-entropy", None])
        assert value["value"] != values(ask(*PAIR, "--loss", "cross-entropy")[1])["cross-entropy", None]

    def test_class_weights_that_a_loss_cannot_take_are_said(self, ask):
        _, document = ask(*PAIR, "--class-weights", "1,2,3", "--loss", "kl")
        assert "weight" in (document["losses"][0]["reason"] or "")

    def test_reduce_zero_label(self, ask):
        label = np.asarray(Image.open("gt.png"))
        Image.fromarray((label + 1).astype(np.uint8)).save("from_one.png")
        _, document = ask("compute", "pred.npy", "from_one.png", "--reduce-zero-label")
        assert values(document) == values(ask(*PAIR)[1])

    def test_several_ignored_ids(self, ask):
        label = np.asarray(Image.open("gt.png")).copy()
        both, one = label.copy(), label.copy()
        both[:2], both[2:4] = 255, 254
        one[:4] = 255
        Image.fromarray(both).save("both.png")
        Image.fromarray(one).save("one.png")
        _, document = ask("compute", "pred.npy", "both.png", "--ignore-index", "255", "--ignore-index", "254")
        assert values(document) == values(ask("compute", "pred.npy", "one.png", "--ignore-index", "255")[1])


class TestDevices:
    @pytest.mark.parametrize("label", ["gt.png", "void.png", "stray.png"])
    @pytest.mark.parametrize("pred", ["pred.npy", "p.npy", "ids.png"])
    def test_torch_on_the_cpu_gives_the_same(self, ask, pred, label):
        argv = ("compute", pred, label, "--ignore-index", "255", "--per-class", "--num-classes", "3")
        _, mine = ask(*argv)
        _, torchs = ask(*argv, "--device", "torch-cpu")
        assert [(v["loss"], v["target"], v["status"]) for v in torchs["losses"]] == [
            (v["loss"], v["target"], v["status"]) for v in mine["losses"]
        ]
        for a, b in zip(torchs["losses"], mine["losses"], strict=True):
            if a["status"] == "ok":
                assert a["value"] == pytest.approx(b["value"], rel=1e-6, abs=1e-12), a["loss"]
                for one, two in zip(a["per_class"], b["per_class"], strict=True):
                    assert one is two is None or one == pytest.approx(two, rel=1e-6, abs=1e-12)
                assert a["pixels"] == b["pixels"]

    @pytest.mark.parametrize("device", ["auto", "cpu"])
    def test_the_cpu_needs_no_torch(self, files, device):
        probe = "import sys; from segloss_cli.cli import run; code = run(sys.argv[1:]);"
        probe += "print(code, sorted(m for m in sys.modules if m.split('.')[0] in ('torch', 'array_api_compat', 'scipy')), file=sys.stderr)"
        argv = [*PAIR, "--device", device, "--per-class", "--class-weights", "1,2,3", "--like", "all"]
        ran = subprocess.run(
            [sys.executable, "-c", probe, *argv],
            cwd=files,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stderr.strip() == "0 []"
        assert "cross-entropy" in ran.stdout


class TestFolders:
    @pytest.fixture
    def folders(self, files):
        for folder in ("preds", "labels"):
            Path(folder).mkdir()
        for name, label in (("a", "gt.png"), ("b", "gt.png"), ("c", "gt.png")):
            np.save(f"preds/{name}.npy", np.load("pred.npy")[list("abc".index(name) - np.arange(3))])
            Image.open(label).save(f"labels/{name}_mask.png")
        return "compute", "preds", "labels"

    def test_every_pair_and_the_data_set(self, ask, folders):
        code, document = ask(*folders, "--loss", "dice", "--loss", "ohem")
        assert code == 0
        assert [(value["loss"], value["pred"]) for value in document["losses"]] == [
            *((loss, f"preds/{name}.npy") for name in "abc" for loss in ("dice", "ohem")),
            ("dice", ""),
            ("ohem", ""),
        ]
        assert document["summary"]["files"] == 6

    def test_different_faults_are_of_the_schema_too(self, ask, folders):
        for name, stray in (("a", 7), ("b", 9)):
            label = np.asarray(Image.open("gt.png")).copy()
            label[0, 0] = stray
            Image.fromarray(label).save(f"labels/{name}_mask.png")
        code, document = ask(*folders, "--loss", "dice")
        assert code == 1
        targets = [value["target"] for value in document["losses"] if value["pred"] == ""]
        assert len(targets) == 2

    def test_a_file_without_a_partner_is_incomplete(self, ask, folders):
        Path("labels/c_mask.png").unlink()
        code, document = ask(*folders, "--loss", "dice")
        assert code == 3
        assert document["skipped"] == [{"path": "preds/c.npy", "reason": "no label in labels has its stem"}]

    def test_a_broken_one(self, ask, folders):
        Path("labels/b_mask.png").write_bytes(b"")
        code, document = ask(*folders, "--loss", "dice")
        assert code == 1
        assert [value["pred"] for value in document["losses"]] == ["preds/a.npy", "preds/c.npy", ""]

    def test_the_table(self, capsys, folders):
        assert run([*folders, "--loss", "dice"]) == 0
        out, err = capsys.readouterr()
        assert "dice" in out
        assert err == ""


def test_the_table_shows_every_loss_and_what_is_left_out(capsys):
    assert run(PAIR) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for word in ("cross-entropy", "dice", "range", "[0, 1]", "not computed", "bce", "ask with --loss NAME"):
        assert word in out


def test_quiet_shows_findings_only(capsys):
    assert run([*PAIR, "--quiet", "--ignore", "SL9"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["compute", "pred.npy", "stray.png", "--quiet"]) == 1
    assert "SL201" in capsys.readouterr().out


def test_a_report_in_a_file(capsys):
    assert run([*PAIR, "--format", "json", "--output", "report.json"]) == 0
    assert capsys.readouterr().out == ""
    VALIDATOR.validate(json.loads(Path("report.json").read_text()))


class TestWithoutTorch:
    @pytest.fixture(autouse=True)
    def no_torch(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "torch", None)
        monkeypatch.delitem(sys.modules, "segloss_cli.losses._torch", raising=False)

    def test_a_device_is_one_line_that_says_what_to_install(self, capsys):
        assert run([*PAIR, "--device", "cuda"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert "pip install 'segloss-cli[torch]'" in err

    def test_the_cpu_does_without(self, capsys):
        assert run([*PAIR]) == 0
        assert "dice" in capsys.readouterr().out


def test_prose_takes_one_alpha(capsys):
    assert run([*PAIR, "--loss", "focal:alpha=0.1/0.2/0.7,prose=true"]) == 2
    assert "prose puts one alpha inside the bracket, and 3 were given" in capsys.readouterr().err

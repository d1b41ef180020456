"""The tutorials' worked numbers, each out of the command line: losses.md section 4, A1 to A17, and the regression set.

Files are written as a user would have them (arrays of float64, again of float32, labels as PNG or .npy) and read back
through ``--format json``. Numbers given for float64 hold to their last digit, those of float32 to a millionth.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from segloss_cli.cli import run
from segloss_cli.rules._palettes import voc_colour

BUILD = runpy.run_path(str(Path(__file__).with_name("oracles") / "cases.py"))["build"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ask(capsys):
    """One command's JSON document."""

    def ask(*argv, code=None):
        found = run([*argv, "--format", "json"])
        out, err = capsys.readouterr()
        assert err == "", err
        assert found == code if code is not None else found in (0, 1)
        return json.loads(out)

    return ask


@pytest.fixture
def loss(ask):
    """The one value of ``compute pred.npy gt.npy``, of a target."""

    def loss(*argv, target="given", pred="pred.npy", label="gt.npy"):
        document = ask("compute", pred, label, *argv)
        (value,) = [value for value in document["losses"] if value["target"].startswith(target)]
        assert value["status"] == "ok", value["reason"]
        return value

    return loss


def save(name, array, dtype=None):
    np.save(name, np.asarray(array, dtype))
    return name


def near(number, relative=1e-6):
    return pytest.approx(number, rel=relative)


def digits(number, places=10):
    """As it is printed: to its last place (some are cut off, not rounded)."""
    return pytest.approx(number, abs=1.01 * 10**-places, rel=0)


BOTH = pytest.mark.parametrize(
    ("dtype", "exactly"), [("f8", digits), ("f4", lambda v, _=10: near(v))], ids=["f8", "f4"]
)
TUTORIAL = [0, 1, 5, 7, 8, 26, 29, 38, 40]


class TestTutorial000:
    @pytest.fixture
    def palette_label(self):
        image = Image.new("P", (6, 3))
        image.putpalette([(37 * i + k) % 256 for i in range(256) for k in range(3)])
        image.putdata([*TUTORIAL, *reversed(TUTORIAL)])
        image.save("label.png")
        return "label.png"

    def test_a1_the_ids_of_a_palette_png(self, ask, palette_label):
        (file,) = ask("inspect", palette_label)["files"]
        assert file["values"] == {str(value): 2 for value in TUTORIAL}
        assert (file["mode"], file["format"]) == ("P", "PNG")

    def test_a2_the_same_through_totensor(self, ask, palette_label):
        (file,) = ask("inspect", palette_label)["files"]
        scaled = [0, 0.0039, 0.0196, 0.0275, 0.0314, 0.1020, 0.1137, 0.1490, 0.1569]
        assert file["readers"]["ToTensor"] == dict(zip(map(str, TUTORIAL), scaled, strict=True))

    @pytest.mark.parametrize(
        ("value", "wanted"), [(1, 0.0559428), (2, -0.2051846), (5, -0.4774539), (30, -0.7056364), (40, -0.7192411)]
    )
    @pytest.mark.parametrize("dtype", ["f4", "f8"])
    def test_a3_binary_dice_of_a_target_that_is_not_binary(self, loss, value, wanted, dtype):
        save("pred.npy", np.full((2, 2), 2.0), dtype)
        Image.fromarray(np.full((2, 2), value, np.uint8)).save("gt.png")
        # whole numbers in one channel would be class ids, unless it is said what they are
        found = loss("--task", "binary", "--loss", "dice", "--like", "smooth1", "--input", "logits", label="gt.png")
        assert found["value"] == pytest.approx(wanted, abs=2.5e-7)  # the record is one minus a float32

    @pytest.mark.parametrize("dtype", ["f4", "f8"])
    def test_a17_labels_to_40_as_ids_scaled_and_repaired(self, ask, dtype):
        """A negative Dice, a positive one that is as wrong, and the value after the repair, side by side."""
        ids = np.asarray([0] * 6 + [1] * 3 + [5, 7, 8, 26, 29, 38, 40], np.uint8).reshape(4, 4)
        Image.fromarray(ids).save("gt.png")
        save("scaled.npy", ids.astype(np.float32) / np.float32(255))
        save("sure.npy", np.full((4, 4), np.log(9)), dtype)
        save("even.npy", np.zeros((4, 4)), dtype)
        wanted = ("--task", "binary", "--loss", "dice", "--like", "smooth1", "--input", "logits")

        def values(pred, label):
            found = ask("compute", pred, label, *wanted)
            return {value["target"].partition(":")[0]: value["value"] for value in found["losses"]}

        assert values("sure.npy", "gt.png") == {"given": near(-0.6441075), "repaired": near(0.2519686)}
        assert values("sure.npy", "scaled.npy") == {"given": near(0.8687730), "repaired": near(0.2519686)}
        assert values("even.npy", "gt.png")["given"] == digits(0.0484849, 7)

    def test_a17_as_a_probability(self, ask):
        ids = np.asarray([0] * 6 + [1] * 3 + [5, 7, 8, 26, 29, 38, 40], np.uint8).reshape(4, 4)
        Image.fromarray(ids).save("gt.png")
        save("pred.npy", np.full((4, 4), 0.9))
        found = ask("compute", "pred.npy", "gt.png", "--task", "binary", "--loss", "dice", "--like", "smooth1")
        assert found["losses"][0]["value"] == near(-0.6441075)


class TestTutorial001:
    """A sample is a pixel: three of them side by side, with three classes each."""

    @pytest.fixture(params=["f8", "f4"])
    def exactly(self, request):
        """The worked example of tp, fp and fn: probabilities of three samples, classes 2, 0 and 0."""
        rows = [[0.2, 0.2, 0.6], [0.8, 0.1, 0.1], [0.9, 0.1, 0.0]]
        save("pred.npy", np.asarray(rows).T.reshape(3, 1, 3), request.param)
        save("gt.npy", [[2, 0, 0]])
        return digits if request.param == "f8" else lambda value, _=10: near(value)

    @pytest.fixture(params=["f8", "f4"])
    def one_sample(self, request):
        save("pred.npy", np.asarray([0.7, 0.2, 0.1]).reshape(3, 1, 1), request.param)
        save("gt.npy", [[0]])
        return digits if request.param == "f8" else lambda value, _=10: near(value)

    def test_a8_cross_entropy(self, loss, ask, one_sample):
        assert loss("--loss", "cross-entropy")["value"] == one_sample(0.3566749439)
        steps = ask("trace", "pred.npy", "gt.npy", "--at", "0,0")["facts"]["trace"]
        assert steps["log_probabilities"][0] == one_sample(-0.3566749439)
        assert steps["probabilities"] == [one_sample(0.7), one_sample(0.2), one_sample(0.1)]
        assert steps["nll"] == one_sample(0.3566749439)

    @pytest.mark.parametrize(
        ("knobs", "wanted"), [("", 0.0160503725), (":alpha=none", 0.0321007450), (":prose=true", 0.1506951638)]
    )
    def test_a9_focal(self, loss, one_sample, knobs, wanted):
        assert loss("--loss", f"focal{knobs}", "--like", "bubbliiiing")["value"] == one_sample(wanted)

    def test_a10_tp_fp_fn(self, ask, exactly):
        regions = ask("trace", "pred.npy", "gt.npy", "--at", "0,0")["facts"]["trace"]["regions"]
        assert regions["tp"] == [pytest.approx(v, abs=1e-6) for v in (1.7, 0, 0.6)]
        assert regions["fn"] == [pytest.approx(v, abs=1e-6) for v in (0.3, 0, 0.4)]
        assert regions["fp"] == [pytest.approx(v, abs=1e-6) for v in (0.2, 0.4, 0.1)]

    @pytest.mark.parametrize("how", [("dice", "--like", "bubbliiiing"), ("dice",)])
    def test_a11_dice(self, loss, exactly, how):
        found = loss("--loss", *how, "--per-class")
        assert found["value"] == exactly(0.4740985724)
        scores = [1 - each for each in found["per_class"]]
        assert scores[0] == exactly(0.8717952005)
        assert scores[1] == pytest.approx(2.499937502e-5, rel=1e-6)
        assert scores[2] == exactly(0.7058840830)

    def test_a11_without_smoothing(self, loss, exactly):
        assert loss("--loss", "dice:smooth=0")["value"] == exactly(0.4741075917)

    @pytest.mark.parametrize(("beta", "wanted"), [("2", 0.5010301191), ("0.5", 0.4416939854)])
    def test_a12_beta(self, loss, exactly, beta, wanted):
        assert loss("--loss", f"dice:beta={beta}", "--like", "bubbliiiing")["value"] == exactly(wanted)
        assert loss("--loss", f"dice:beta={beta}")["value"] == exactly(wanted)

    def test_a13_what_the_text_means_is_jaccard(self, loss, exactly):
        found = loss("--loss", "jaccard:smooth=0", "--per-class")
        assert found["per_class"] == [exactly(0.2272727273), exactly(1), exactly(0.4545454545)]
        assert found["value"] == exactly(0.5606060606)
        assert "present ones 0.340909" in found["reason"]
        assert loss("--loss", "jaccard:smooth=0,classes=present")["value"] == exactly(0.3409090909)
        assert loss("--loss", "dice:classes=present")["value"] == exactly(0.2111603582)

    @pytest.mark.parametrize(("how", "wanted"), [((), 5.150201), (("--like", "bubbliiiing"), 8.042040)])
    def test_001_g_a_weight_inside_the_focal_p(self, loss, how, wanted):
        """p = 0.2 and weight 5: the tutorial's p is p^5."""
        save("pred.npy", np.asarray([0.2, 0.5, 0.3]).reshape(3, 1, 1))
        save("gt.npy", [[0]])
        knobs = "focal:divide=valid" if not how else "focal:alpha=none"
        found = loss("--loss", knobs, *how, "--class-weights", "5,1,1")
        assert found["value"] == pytest.approx(wanted, abs=5e-7)


class TestTutorial002:
    PRED: ClassVar = [[[0.12, 0.36], [0.22, 0.66]], [[0.13, 0.34], [0.52, -0.96]]]
    SOFTMAX: ClassVar = [
        [0.497500020833, 0.504999833340, 0.425557483188, 0.834795129809],
        [0.502499979167, 0.495000166660, 0.574442516812, 0.165204870191],
    ]
    LOG: ClassVar = [
        [-0.698159680508, -0.683197179727, -0.854355244469, -0.180568937757],
        [-0.688159680508, -0.703197179727, -0.554355244469, -1.800568937757],
    ]
    NLL: ClassVar = [0.688159680508, 0.683197179727, 0.854355244469, 1.800568937757]

    @pytest.fixture(autouse=True)
    def _files(self):
        save("pred.npy", self.PRED)
        Image.fromarray(np.asarray([[1, 0], [0, 1]], np.uint8)).save("gt.png")

    @pytest.mark.parametrize("pixel", range(4))
    def test_a4_a5_a6_softmax_log_nll(self, ask, pixel):
        steps = ask("trace", "pred.npy", "gt.png", "--at", f"{pixel // 2},{pixel % 2}")["facts"]["trace"]
        assert steps["probabilities"] == [digits(channel[pixel], 12) for channel in self.SOFTMAX]
        assert steps["log_probabilities"] == [digits(channel[pixel], 12) for channel in self.LOG]
        assert steps["nll"] == digits(self.NLL[pixel], 12)
        assert steps["label"] == [1, 0, 0, 1][pixel]
        assert steps["pixel"] == [0, pixel // 2, pixel % 2]

    @BOTH
    def test_a7_cross_entropy(self, loss, dtype, exactly):
        save("pred.npy", self.PRED, dtype)
        for like in ((), ("--like", "torch")):
            found = loss("--loss", "cross-entropy", *like, label="gt.png")
            assert found["value"] == exactly(1.0065702606)
            assert found["value"] * found["pixels"] == exactly(4.0262810425, 9)

    def test_002_c_probabilities_are_not_taken_for_logits(self, ask, loss):
        """torch answers 0.808034 without a word."""
        save("p.npy", np.asarray(self.SOFTMAX).reshape(2, 2, 2))
        found = ask("compute", "p.npy", "gt.png", "--loss", "cross-entropy")
        assert found["losses"][0]["value"] == near(1.0065702606)
        assert "SL303" in {finding["code"] for finding in found["findings"]}
        blind = loss("--loss", "cross-entropy", "--input", "logits", pred="p.npy", label="gt.png")
        assert blind["value"] == pytest.approx(0.808034, abs=5e-7)


class TestTutorial003:
    @BOTH
    def test_a14_bce(self, loss, ask, dtype, exactly):
        save("pred.npy", np.asarray([[0.2, -0.4, 1.2, 0.8]], "f4"), dtype)  # the tutorial's tensor is float32
        save("gt.npy", [[0, 1, 1, 0]])
        assert loss("--loss", "bce", "--task", "binary")["value"] == exactly(0.7863843144)
        each = [
            ask("trace", "pred.npy", "gt.npy", "--task", "binary", "--at", f"0,{x}")["facts"]["trace"]["nll"]
            for x in range(4)
        ]
        assert each == [exactly(v) for v in (0.7981388710, 0.9130152560, 0.2632824563, 1.1711006742)]

    @pytest.fixture
    def drawn(self):
        import torch

        torch.manual_seed(0)
        logits = torch.randn(4, 480, 640)
        return logits.numpy(), torch.randint(0, 2, (4, 480, 640)).numpy()

    @pytest.mark.parametrize("dtype", ["f8", "f4"])
    def test_a15_the_scaled_dice(self, loss, drawn, dtype):
        logits, targets = drawn
        save("pred.npy", logits, dtype)
        save("gt.npy", targets, np.uint8)
        found = loss("--loss", "dice", "--like", "scaled", "--per-image", "--task", "binary")
        wanted = [0.5006117568, 0.5004229293, 0.5005856936, 0.4998466106]
        if dtype == "f8":
            assert found["per_image"] == [digits(v) for v in wanted]
        assert found["per_image"] == [near(v) for v in wanted]
        assert found["value"] == near(sum(wanted) / 4)

    def test_003_c_the_scale_is_a_larger_eps(self, loss):
        """An empty mask of 16 pixels with logits of -12: the scale decides everything."""
        save("pred.npy", np.full((4, 4), -12.0))
        save("gt.npy", np.zeros((4, 4), np.uint8))
        for scale, wanted in ((1, 0.989930), (1000, 0.089508), (10000, 0.009735)):
            found = loss("--loss", f"dice:scale={scale}", "--like", "scaled", "--task", "binary")
            assert found["value"] == pytest.approx(wanted, abs=5e-7)

    def test_003_a_bce_does_not_overflow(self, loss):
        """Written with sigmoid and log it is inf from 16.64 on, and NaN at 100."""
        for logit, target, wanted in ((100, 0, 100), (-104, 1, 104), (17, 0, 17.0000000414), (-1000, 1, 1000)):
            save("pred.npy", np.full((2, 2), float(logit)))
            save("gt.npy", np.full((2, 2), target, np.uint8))
            assert loss("--loss", "bce", "--task", "binary", "--input", "logits")["value"] == near(wanted, 1e-9)


class TestTutorial004:
    @pytest.fixture(params=["f8", "f4"])
    def exactly(self, request):
        """Six pixels whose two-class logits (0, ln(e^l - 1)) have exactly these -ln p for class 0."""
        wanted = np.asarray([2, 1.5, 1, 0.5, 0.1, 0.05])
        logits = np.stack([np.zeros(6), np.log(np.expm1(wanted))])
        save("pred.npy", logits.reshape(2, 1, 6), request.param)
        save("gt.npy", np.zeros((1, 6), np.uint8))
        return digits if request.param == "f8" else near

    @pytest.mark.parametrize(("n_min", "wanted"), [(1, 1.25), (2, 1.25), (3, 1.25), (4, 1.25), (5, 1.02)])
    @pytest.mark.parametrize("like", [(), ("--like", "bisenet")])
    def test_a16_ohem(self, loss, exactly, n_min, wanted, like):
        assert loss("--loss", f"ohem:thresh=0.7,n_min={n_min}", *like)["value"] == exactly(wanted)

    def test_a16_as_many_as_there_are(self, loss, ask, exactly):
        assert loss("--loss", "ohem:thresh=0.7,n_min=6")["value"] == exactly(0.8583333333)
        (value,) = ask("compute", "pred.npy", "gt.npy", "--loss", "ohem:n_min=6", "--like", "bisenet")["losses"]
        assert value["status"] == "undefined"
        assert "IndexError in the tutorial's code: loss[6] of 6 pixels" in value["reason"]

    def test_004_c_nothing_hard(self, ask, exactly):
        save("gt.npy", np.ones((1, 6), np.uint8))
        save("pred.npy", np.stack([np.zeros(6), np.full(6, 5.0)]).reshape(2, 1, 6))
        (value,) = ask("compute", "pred.npy", "gt.npy", "--loss", "ohem:n_min=0")["losses"]
        assert (value["status"], value["reason"]) == ("undefined", "no pixel is hard and n_min is 0")


E_CASES = {
    "y": ("E", ()),
    "ya": ("E-absent", ()),
    "yi": ("E-ignored", ("--ignore-index", "255")),
}
WEIGHTED = ("--class-weights", "1,2,3,4,5")
REGRESSION = [
    ("cross-entropy", "y", (), 0.9281835841),
    ("cross-entropy", "ya", (), 1.4404593991),
    ("cross-entropy", "yi", (), 0.9226246711),
    ("cross-entropy", "y", WEIGHTED, 0.9180218680),
    ("cross-entropy:label_smoothing=0.1", "y", (), 1.0512086928),
    ("focal", "y", ("--like", "bubbliiiing"), 0.2333452218),
    ("focal", "yi", ("--like", "bubbliiiing"), 0.2079113142),
    ("focal", "y", ("--like", "bubbliiiing", *WEIGHTED), 1.2223746652),
    ("bce", "y", (), 0.6871348768),
    ("dice", "y", ("--like", "smooth1"), 0.5335516663),
    ("dice", "y", ("--like", "bubbliiiing"), 0.5343406589),
    ("dice", "ya", ("--like", "bubbliiiing"), 0.6807464276),
    ("dice", "yi", ("--like", "bubbliiiing"), 0.5567319407),
    ("dice:beta=2", "y", ("--like", "bubbliiiing"), 0.5342497819),
    ("dice:beta=0.5", "y", ("--like", "bubbliiiing"), 0.5343564913),
    ("dice", "y", ("--like", "smp"), 0.5343406654),
    ("dice", "ya", ("--like", "smp"), 0.4807464381),
    ("dice", "yi", ("--like", "smp"), 0.5316728428),
    ("dice", "y", ("--like", "monai"), 0.5348603997),
    ("dice", "ya", ("--like", "monai"), 0.6966123212),
    ("dice", "yi", ("--like", "monai"), 0.5324179367),
    ("dice", "y", ("--like", "kornia"), 0.5338656453),
    ("tversky:alpha=0.3,beta=0.7", "y", ("--like", "kornia"), 0.5347989717),
    ("jaccard:smooth=0", "y", (), 0.6964307252),
    ("ohem:thresh=0.7,n_min=1900", "y", ("--like", "bisenet"), 0.9896736440),
    ("ohem:thresh=0.7,n_min=1900", "y", (), 0.9896736440),
    ("ohem:thresh=0.7,n_min=1900", "yi", ("--like", "bisenet"), 0.893489),
    ("kl", "y", (), 0.9281835841),
]


@pytest.fixture(scope="module")
def example_e(tmp_path_factory):
    folder = tmp_path_factory.mktemp("e")
    for name, (case, _) in E_CASES.items():
        data = BUILD(case)
        Image.fromarray(np.concatenate(data["labels"]).astype(np.uint8)).save(folder / f"{name}.png")
        np.save(folder / f"{name}.npy", data["labels"].astype(np.uint8))
    np.save(folder / "f8.npy", data["logits"])
    np.save(folder / "f4.npy", data["logits"].astype(np.float32))
    np.save(folder / "last.npy", np.moveaxis(data["logits"], 1, -1))
    return folder


@pytest.mark.parametrize("pred", ["f8", "f4", "last"])
@pytest.mark.parametrize("row", REGRESSION, ids=str)
def test_example_e(loss, example_e, pred, row):
    name, target, more, wanted = row
    _, ignore = E_CASES[target]
    found = loss("--loss", name, *more, *ignore, pred=f"{example_e}/{pred}.npy", label=f"{example_e}/{target}.npy")
    if pred == "f4":
        assert found["value"] == near(wanted)
    elif len(f"{wanted}") < 10:
        assert found["value"] == digits(wanted, 6)
    else:
        # the record's last digit is its own rounding, and MONAI's one-hot is float32
        assert found["value"] == pytest.approx(wanted, abs=1.1e-10)


def test_example_e_in_one_run(ask, example_e):
    """Fifty variants cost one pass, and none changes another."""
    conventions = ("bubbliiiing", "smp", "monai", "kornia", "smooth1")
    likes = [text for like in conventions for text in ("--like", like)]
    found = ask("compute", f"{example_e}/f8.npy", f"{example_e}/y.npy", "--loss", "dice", *likes)
    values = {value["like"]: value["value"] for value in found["losses"]}
    wanted = {
        like[1]: number
        for name, target, like, number in REGRESSION
        if name == "dice" and target == "y" and len(like) == 2 and like[1] in conventions
    }
    assert values == {like: pytest.approx(number, abs=1.1e-10) for like, number in wanted.items()}
    assert len(values) == len(conventions)


@pytest.mark.parametrize("device", ["cpu", "torch-cpu"])
def test_example_e_is_the_same_with_torch(loss, example_e, device):
    found = loss(
        *("--loss", "cross-entropy", "--ignore-index", "255", "--device", device),
        pred=f"{example_e}/f8.npy",
        label=f"{example_e}/yi.npy",
    )
    assert found["value"] == pytest.approx(0.9226246711, abs=1.1e-10)


class TestTraps:
    """The tutorials' traps that are about data (losses.md section 3): a finding with its code, or no value and why."""

    @pytest.fixture
    def judged(self, ask):
        """The codes of the findings, and (loss, target) -> value or the reason for none."""

        def judged(*argv, pred="pred.npy", label="gt.npy"):
            document = ask("compute", pred, label, *argv)
            values = {
                (value["loss"], value["target"].partition(":")[0]): value["reason"]
                if value["status"] != "ok"
                else value["value"]
                for value in document["losses"]
            }
            return {finding["code"] for finding in document["findings"]}, values

        return judged

    @pytest.fixture
    def draw(self):
        stream = np.random.default_rng(0)

        def draw(channels, ids, size=(8, 9)):
            save("pred.npy", stream.standard_normal((channels, *size)))
            labels = stream.choice(ids, size).astype(np.uint8)
            labels.reshape(-1)[: len(ids)] = ids
            save("gt.npy", labels)
            return labels

        return draw

    def test_000_e_forty_classes_are_not_0_to_40(self, draw, judged):
        draw(40, range(41))
        codes, values = judged("--loss", "dice")
        assert "SL201" in codes
        assert values["dice", "given"].startswith("id 40 is none of 0..39: raises")
        assert isinstance(values["dice", "repaired"], float)

    def test_000_f_001_c_the_void_id_is_left_in(self, draw, judged):
        draw(5, [0, 1, 2, 3, 4, 255])
        codes, values = judged("--loss", "cross-entropy")
        assert "SL202" in codes
        assert "Target 255 is out of bounds" in values["cross-entropy", "given"]
        _, declared = judged("--loss", "cross-entropy", "--ignore-index", "255")
        assert declared["cross-entropy", "given"] == pytest.approx(values["cross-entropy", "repaired"])

    def test_000_h_ids_as_a_binary_target(self, draw, judged):
        labels = draw(1, TUTORIAL)
        save("pred.npy", np.where(labels > 0, 2.5, -2.0))
        codes, values = judged("--task", "binary", "--loss", "dice", "--loss", "bce")
        assert "SL401" in codes
        assert values["dice", "given"] < 0
        assert 0 < values["dice", "repaired"] < 1
        assert values["bce", "given"] < 0 < values["bce", "repaired"]

    def test_000_m_it_is_found_where_the_loss_is_positive(self, judged):
        """p = 0.5: +0.048, so no check of the sign is enough."""
        ids = np.asarray([0] * 6 + [1] * 3 + [5, 7, 8, 26, 29, 38, 40], np.uint8).reshape(4, 4)
        save("pred.npy", np.zeros((4, 4)))
        save("gt.npy", ids)
        codes, values = judged("--task", "binary", "--loss", "dice", "--like", "smooth1", "--input", "logits")
        assert 0 < values["dice", "given"] < 1
        assert "SL401" in codes

    @pytest.mark.parametrize("task", ["binary", "multiclass"])
    def test_000_k_a_label_that_went_through_totensor(self, draw, judged, task):
        ids = draw(1 if task == "binary" else 41, TUTORIAL)
        save("gt.npy", ids.astype(np.float32) / np.float32(255))
        codes, values = judged("--task", task, "--loss", "dice")
        assert "SL211" in codes
        assert {target for _, target in values} == {"given", "repaired"}
        save("gt.npy", ids)
        _, plain = judged("--task", task, "--loss", "dice")
        wanted = plain.get(("dice", "repaired"), plain["dice", "given"])
        assert values["dice", "repaired"] == pytest.approx(wanted)

    def test_000_k_wide_pngs_are_not_rescaled_and_luminance_is_found(self, ask):
        Image.fromarray(np.asarray([TUTORIAL], np.uint16)).save("wide.png")
        assert set(ask("inspect", "wide.png")["files"][0]["values"]) == {str(value) for value in TUTORIAL}
        image = Image.fromarray(np.asarray([range(21)] * 3, np.uint8)).convert("P")
        image.putdata([*range(21)] * 3)
        image.putpalette([channel for colour in map(voc_colour, range(256)) for channel in colour])
        image.convert("L").save("grey.png")
        assert "SL210" in {f["code"] for f in ask("inspect", "grey.png", "--num-classes", "21")["findings"]}

    @pytest.mark.parametrize(
        ("pred", "label"),
        [
            ((3, 4, 8), (8, 8)),
            ((3, 8, 4), (8, 8)),
            ((2, 3, 4, 8), (1, 8, 8)),
            ((1, 3, 1, 1), (1, 1, 8)),
            ((2, 3, 8, 8), (1, 8, 8)),
        ],
    )
    def test_001_a_002_i_sizes_that_differ(self, judged, pred, label):
        """The tutorial checks with ``and``, so some of these give a number there."""
        save("pred.npy", np.random.default_rng(0).standard_normal(pred))
        save("gt.npy", np.random.default_rng(1).integers(0, 3, label).astype(np.uint8))
        codes, values = judged("--num-classes", "3")
        assert "SL309" in codes
        assert values
        assert all(isinstance(value, str) for value in values.values())

    def test_001_c_all_ignored(self, draw, judged):
        draw(3, [255])
        codes, values = judged("--ignore-index", "255", "--loss", "cross-entropy", "--loss", "dice", "--loss", "focal")
        assert "SL209" in codes
        assert values == {
            ("cross-entropy", "given"): "no valid pixel: every one is ignored",
            ("focal", "given"): "no valid pixel: every one is ignored",
            ("dice", "given"): "no valid pixel: every one is ignored",
        }

    def test_001_d_focal_over_all_pixels(self, loss):
        """Half ignored: the tutorial's mean is half of the mean over valid pixels."""
        save("pred.npy", np.random.default_rng(0).standard_normal((3, 4, 4)))
        labels = np.random.default_rng(1).integers(0, 3, (4, 4)).astype(np.uint8)
        labels[:2] = 255
        save("gt.npy", labels)
        ours = loss("--loss", "focal", "--ignore-index", "255")["value"]
        theirs = loss("--loss", "focal:alpha=none", "--like", "bubbliiiing", "--ignore-index", "255")["value"]
        assert theirs == pytest.approx(ours / 2)

    def test_001_l_the_ignored_id_is_a_class(self, draw, judged):
        draw(22, range(22), (16, 16))
        codes, _ = judged("--num-classes", "22", "--ignore-index", "21", "--loss", "cross-entropy")
        assert codes

    @pytest.mark.parametrize("dtype", ["f4", "i4", "u1"])
    def test_002_a_the_labels_type(self, draw, judged, dtype):
        labels = draw(3, [0, 1, 2])
        save("gt.npy", labels, dtype)
        codes, values = judged("--loss", "cross-entropy")
        assert ("SL302" in codes) == (dtype != "u1") or dtype == "i4"
        assert isinstance(values["cross-entropy", "given"], float)
        assert len(values) == 1

    def test_002_d_channels_last(self, draw, judged):
        draw(3, [0, 1, 2], (16, 18))
        _, first = judged("--loss", "cross-entropy")
        save("pred.npy", np.moveaxis(np.load("pred.npy"), 0, -1))
        codes, last = judged("--loss", "cross-entropy")
        assert "SL310" in codes
        assert last == first

    def test_002_e_an_axis_too_many(self, draw, judged):
        labels = draw(3, [0, 1, 2])
        _, plain = judged("--loss", "cross-entropy")
        save("gt.npy", labels[None, None])
        codes, values = judged("--loss", "cross-entropy")
        assert "SL301" in codes
        assert values == plain

    @pytest.mark.parametrize(("stray", "dtype"), [(2, "u1"), (-1, "i2")])
    def test_002_f_an_id_outside_of_two_classes(self, draw, judged, stray, dtype):
        labels = draw(2, [0, 1]).astype(dtype)
        labels[3, 3] = stray
        save("gt.npy", labels)
        codes, values = judged("--loss", "cross-entropy", "--num-classes", "2")
        assert codes & {"SL201", "SL202"}
        assert f"Target {stray} is out of bounds" in values["cross-entropy", "given"]

    def test_003_b_003_e_a_mask_of_0_and_255(self, draw, judged):
        labels = draw(1, [0, 255])
        save("pred.npy", np.where(labels > 0, 2.5, -2.0))
        codes, values = judged("--task", "binary", "--loss", "dice", "--like", "scaled")
        assert "SL208" in codes
        assert values["dice", "given"] < -0.5
        codes, bce = judged("--task", "binary", "--loss", "bce")
        assert bce["bce", "given"] < -10
        save("gt.npy", labels // 255)
        healthy, plain = judged("--task", "binary", "--loss", "bce")
        assert not healthy & {"SL208", "SL401", "SL402"}
        assert bce["bce", "repaired"] == pytest.approx(plain["bce", "given"])

    def test_004_e_ignored_zeros_among_the_hardest(self, loss):
        """12 of 16 ignored and n_min 12: the tutorial's mean takes 8 zeros in."""
        wanted = np.asarray([0.9, 1.1, 1.3, 1.5])
        logits = np.zeros((2, 16))
        logits[1, :4] = np.log(np.expm1(wanted))
        save("pred.npy", logits.reshape(2, 4, 4))
        save("gt.npy", np.asarray([0] * 4 + [255] * 12, np.uint8).reshape(4, 4))
        how = ("--loss", "ohem:n_min=12,thresh=0.7", "--ignore-index", "255")
        assert loss(*how)["value"] == pytest.approx(1.2)
        assert loss(*how, "--like", "bisenet")["value"] == pytest.approx(4.8 / 12)

    def test_004_f_all_ignored(self, draw, judged):
        draw(2, [255])
        for like in ((), ("--like", "bisenet")):
            _, values = judged("--loss", "ohem", "--ignore-index", "255", *like)
            assert values["ohem", "given"] == "no valid pixel: every one is ignored"

    def test_a_nan_logit_is_found_and_no_loss_hides_it(self, draw, judged):
        draw(3, [0, 1, 2])
        logits = np.load("pred.npy")
        logits[0, 2, 2] = np.nan
        save("pred.npy", logits)
        codes, values = judged("--loss", "cross-entropy", "--loss", "dice", "--loss", "ohem", "--loss", "focal")
        assert "SL316" in codes
        assert len(values) == 4
        for name, value in values.items():
            assert value == "the value is nan", name

    def test_001_b_weights_of_another_length_or_of_zero(self, draw, capsys, judged):
        draw(3, [0, 1, 2])
        assert run(["compute", "pred.npy", "gt.npy", "--class-weights", "1,2,3,4"]) == 2
        assert "4 weights for 3 classes" in capsys.readouterr().err
        _, values = judged("--loss", "cross-entropy", "--class-weights", "0,0,0")
        assert values["cross-entropy", "given"] == "the weights of all present classes are 0"

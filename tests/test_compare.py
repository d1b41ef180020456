"""``segloss compute --like all``: every library's value of a loss, and why they differ, proved by computation."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import jsonschema
import numpy as np
import pytest

from segloss_cli._plugins import names
from segloss_cli.cli import run
from segloss_cli.losses import _why
from segloss_cli.losses._knobs import Request, Setting, conventions, find, resolve
from segloss_cli.losses._why import differ, differing, filled, reasons, words
from segloss_cli.scan import compare
from segloss_cli.scan.options import LIBRARIES

ROOT = Path(__file__).parents[1]
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((ROOT / "segloss_cli" / "render" / "report.schema.json").read_text())
)
PLAIN = ("dice", "jaccard", "tversky", "focal", "cross-entropy", "kl", "mcc", "generalized-dice")


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Two images of five classes, of which one is absent from the label ``ya`` and some pixels of ``yi`` are void."""
    monkeypatch.chdir(tmp_path)
    stream = np.random.default_rng(0)
    label = stream.integers(0, 5, (2, 16, 16))
    scores = stream.standard_normal((2, 5, 16, 16)) + 1.5 * np.eye(5)[label].transpose(0, 3, 1, 2)
    absent = np.where(label == 4, 0, label)
    np.save("x.npy", scores)
    np.save("y.npy", label)
    np.save("ya.npy", absent)
    np.save("yi.npy", np.where(stream.random(label.shape) < 0.1, 255, label))
    np.save("xb.npy", scores[:, :1])
    np.save("yb.npy", (label == 0).astype(np.uint8))
    return tmp_path


@pytest.fixture
def ask(capsys):
    def ask(*argv, code=0):
        assert run(["compute", *argv, "--format", "json"]) == code
        out, err = capsys.readouterr()
        assert err == ""
        document = json.loads(out)
        VALIDATOR.validate(document)
        return document

    return ask


@pytest.fixture
def show(capsys):
    def show(*argv, code=0):
        assert run(["compute", *argv]) == code
        return capsys.readouterr().out

    return show


def of(document, loss, target="given"):
    (found,) = (c for c in document["comparison"] if (c["loss"], c["target"]) == (loss, target))
    return found


def why(comparison):
    return {like: [k["knob"] for k in reason["knobs"]] for reason in comparison["reasons"] for like in reason["like"]}


class TestTheDocument:
    def test_its_values_are_those_of_the_losses(self, ask):
        document = ask("x.npy", "ya.npy", "--like", "all")
        values = {(v["loss"], v["like"] or "ours"): v["value"] for v in document["losses"] if v["status"] != "skipped"}
        assert {(c["loss"], name): v for c in document["comparison"] for name, v in c["values"].items()} == values

    def test_they_agree_where_all_are_the_same_to_a_millionth(self, ask):
        for comparison in ask("x.npy", "yi.npy", "--like", "all", "--ignore-index", "255")["comparison"]:
            base = comparison["values"][comparison["base"]]
            differing = {name for name, value in comparison["values"].items() if differ(value, base)}
            assert comparison["agree"] == (not differing)
            assert {like for reason in comparison["reasons"] for like in reason["like"]} == differing

    def test_one_convention_is_no_comparison(self, ask):
        assert ask("x.npy", "y.npy")["comparison"] == []
        assert ask("x.npy", "y.npy", "--like", "smp")["comparison"] == []

    def test_the_first_is_what_others_are_compared_with(self, ask):
        document = ask("x.npy", "ya.npy", "--loss", "dice", "--like", "monai", "--like", "smp")
        assert of(document, "dice")["base"] == "monai"
        assert set(of(document, "dice")["values"]) == {"monai", "smp"}
        assert "scope" in why(of(document, "dice"))["smp"]
        assert "the batch as one" in of(document, "dice")["reasons"][0]["words"]

    def test_each_target_is_compared(self, ask):
        document = ask("x.npy", "yi.npy", "--like", "all", code=1)
        given, repaired = (of(document, "dice", target) for target in ("given", "repaired: 255 ignored"))
        assert set(given["values"].values()) == {None}
        assert repaired["values"]["ours"] is not None

    def test_each_setting_of_a_loss_by_itself(self, ask):
        document = ask("x.npy", "ya.npy", "--loss", "dice:smooth=1", "--loss", "dice", "--like", "all")
        assert [c["knobs"] for c in document["comparison"]] == [{"smooth": 1}, {}]
        assert set(document["comparison"][0]["values"]) < set(document["comparison"][1]["values"])

    def test_a_library_without_a_value_is_said_with_the_reason(self, ask):
        document = ask("x.npy", "y.npy", "--loss", "ohem:n_min=9999", "--like", "all")
        (reason,) = (r for r in of(document, "ohem")["reasons"] if "bisenet" in r["like"])
        assert reason["knobs"] == []
        assert "IndexError" in reason["words"]


class TestReasons:
    @pytest.mark.parametrize(
        ("argv", "loss", "like", "knobs"),
        [
            (("x.npy", "ya.npy"), "dice", "smp", ["classes"]),
            (("x.npy", "ya.npy"), "dice", "monai", ["scope"]),
            (("x.npy", "yi.npy", "--ignore-index", "255"), "dice", "bubbliiiing", ["leak"]),
            (("x.npy", "yi.npy", "--ignore-index", "255"), "cross-entropy", "smp", ["divide"]),
            (("x.npy", "y.npy"), "focal", "kornia", ["divide"]),
            (("x.npy", "y.npy"), "focal", "bubbliiiing", ["alpha"]),
            (("x.npy", "y.npy", "--class-weights", "1,2,3,4,5"), "jaccard", "monai", ["weigh", "scope"]),
            (("x.npy", "y.npy"), "dice-ce", "monai", ["dice.scope"]),
            (("x.npy", "y.npy"), "dice-focal", "bubbliiiing", ["focal.alpha"]),
            (("x.npy", "y.npy"), "dice-focal", "monai", ["parts", "dice.scope"]),
            (("xb.npy", "yb.npy"), "dice", "smooth1", ["scope", "smooth"]),
            (("x.npy", "ya.npy"), "log-dice", "smp", ["classes"]),
            (("x.npy", "y.npy"), "focal-tversky", "smp", ["gamma", "alpha", "beta"]),
            (("x.npy", "y.npy"), "dice", "kornia", ["pool"]),
        ],
    )
    def test_the_knobs_that_make_the_difference(self, ask, argv, loss, like, knobs):
        assert sorted(why(of(ask(*argv, "--loss", loss, "--like", "all"), loss))[like]) == sorted(knobs)

    @pytest.mark.parametrize("label", ["ya.npy", "yi.npy"])
    def test_a_knob_alone_gives_what_is_said(self, ask, label):
        argv = ("x.npy", label, "--ignore-index", "255")
        asked = [word for loss in PLAIN for word in ("--loss", loss)]
        told = [
            (comparison["loss"], knob["knob"], knob["value"], knob["alone"])
            for comparison in ask(*argv, *asked, "--like", "all")["comparison"]
            for reason in comparison["reasons"]
            for knob in reason["knobs"]
            if knob["alone"] is not None
        ]
        assert len(told) > 10
        for loss, knob, value, alone in told:
            given = str(value).lower() if isinstance(value, bool) else value
            document = ask(*argv, "--loss", f"{loss}:{knob}={given}")
            assert document["losses"][0]["value"] == pytest.approx(alone, rel=1e-12), (loss, knob)

    def test_the_largest_comes_first(self, ask):
        for comparison in ask("x.npy", "ya.npy", "--loss", "dice", "--like", "all")["comparison"]:
            base = comparison["values"]["ours"]
            for reason in comparison["reasons"]:
                steps = [abs(k["alone"] - base) for k in reason["knobs"] if k["alone"] is not None]
                assert steps == sorted(steps, reverse=True)

    def test_knobs_that_act_only_together_are_all_named(self):
        ours, theirs = {"smooth": 0.0, "beta": 1.0}, {"smooth": 1.0, "beta": 2.0}
        found = reasons(find("dice"), ours, theirs, lambda knobs: float(knobs["smooth"] * (knobs["beta"] - 1)))
        assert {(reason.knob, reason.alone) for reason in found} == {("smooth", None), ("beta", None)}

    def test_a_knob_that_changes_nothing_is_no_reason(self):
        ours, theirs = {"smooth": 0.0, "floor": 0.0}, {"smooth": 1.0, "floor": 1.0}
        found = reasons(find("dice"), ours, theirs, lambda knobs: knobs["smooth"])
        assert [(reason.knob, reason.alone) for reason in found] == [("smooth", 1.0)]

    def test_one_that_gives_the_value_alone_is_the_only_reason(self):
        ours, theirs = {"smooth": 1.0, "floor": 1.0}, {"smooth": 0.0, "floor": 0.0}
        found = reasons(find("dice"), ours, theirs, lambda knobs: knobs["smooth"] * (1 + knobs["floor"]))
        assert [(reason.knob, reason.alone) for reason in found] == [("smooth", 0.0)]

    def test_a_knob_that_others_make_idle_is_no_reason(self):
        ours, theirs = {"smooth": 2.0, "floor": 2.0, "beta": 2.0}, {"smooth": 1.0, "floor": 0.0, "beta": 1.0}

        def value(knobs):
            return knobs["smooth"] * knobs["beta"] + (knobs["floor"] if knobs["beta"] > 1 else 0)

        found = reasons(find("dice"), ours, theirs, value)
        assert {reason.knob for reason in found} == {"smooth", "beta"}

    def test_a_knob_stays_where_it_is_not_known_whether_it_is_needed(self):
        ours, theirs = {"smooth": 0.0, "floor": 0.0}, {"smooth": 1.0, "floor": 1.0}
        known = {(0.0, 0.0): 0.0, (1.0, 1.0): 1.0, (1.0, 0.0): 2.0, (0.0, 1.0): 3.0}
        asked = []

        def value(knobs):
            asked.append((knobs["smooth"], knobs["floor"]))
            if len(asked) > 6:
                raise compare.NotSummedError
            return known[asked[-1]]

        assert {reason.knob for reason in reasons(find("dice"), ours, theirs, value)} == {"smooth", "floor"}

    def test_a_part_that_only_the_other_has_comes_with_its_knobs(self, ask):
        document = ask("x.npy", "ya.npy", "--loss", "dice-focal", "--like", "all")
        told = {like: r["words"] for r in of(document, "dice-focal")["reasons"] for like in r["like"]}
        assert told["monai"].startswith("its parts are dice and sigmoid focal, ")

    def test_ignored_pixels_are_spoken_of_where_there_are_some(self, ask):
        ignored, none = (
            {r["words"] for c in ask("x.npy", *argv, "--like", "all")["comparison"] for r in c["reasons"]}
            for argv in (("yi.npy", "--ignore-index", "255"), ("y.npy",))
        )
        assert "divides by pixels times classes (ignored ones included)" in ignored
        assert "divides by pixels times classes" in none
        assert not any("ignored" in words for words in none)

    def test_weights_are_spoken_of_where_there_are_some(self, ask):
        argv = ("x.npy", "yi.npy", "--ignore-index", "255", "--loss", "focal", "--like", "all")
        told = why(of(ask(*argv, "--class-weights", "1,2,3,4,5"), "focal"))
        assert told["monai"] == ["divide"]
        (monai,) = (
            reason["words"]
            for reason in of(ask(*argv, "--class-weights", "1,2,3,4,5"), "focal")["reasons"]
            if "monai" in reason["like"]
        )
        assert monai == "divides by the valid pixels (not by their weights)"

    def test_weights_that_nobody_gave_are_no_reason(self, ask):
        document = ask("x.npy", "yi.npy", "--ignore-index", "255", "--loss", "cross-entropy", "--like", "all")
        (reason,) = of(document, "cross-entropy")["reasons"]
        assert reason["like"] == ["smp", "mmseg", "toolbelt"]
        assert reason["words"] == "divides by all pixels (ignored ones included)"

    def test_the_first_with_a_value_is_compared_with_where_ours_has_none(self, ask):
        np.save("none.npy", np.zeros((2, 16, 16), np.uint8))
        comparison = of(ask("xb.npy", "none.npy", "--loss", "dice", "--like", "all"), "dice")
        assert comparison["values"]["ours"] is None
        assert comparison["base"] == next(like for like, v in comparison["values"].items() if v is not None) == "smp"

    def test_nothing_is_said_of_what_has_no_value(self):
        assert reasons(find("dice"), {}, {"smooth": 1.0}, lambda _: None) == ()

    def test_a_statistic_that_was_not_summed_is_asked_of_no_pass(self):
        from segloss_cli.losses._evaluate import Passes

        bench = compare.Bench(Passes(), Setting("multiclass"), {})
        with pytest.raises(compare.NotSummedError, match="did not sum for dice"):
            bench.value("dice", {})


def test_all_libraries_have_a_place():
    assert sorted(LIBRARIES) == list(conventions())


def test_every_word_of_a_convention_is_explained():
    """A knob of words, or of true and false, by which a library differs says what that means."""
    missing = []
    for name in names("segloss_cli.losses"):
        loss = find(name)
        for like in loss.conventions:
            for setting in (Setting("multiclass"), Setting("multiclass", ignoring=True)):
                ours, theirs = (resolve(Request(name, one), setting) for one in (None, like))
                for path in differing(loss, ours, theirs):
                    if len(path) > 1:
                        continue
                    hint = get_type_hints(loss.function)[path[0]]
                    value = filled(loss, theirs)[path[0]]
                    if (get_origin(hint) is Literal or hint is bool) and "=" in words(path[0], value):
                        missing.append((name, like, path[0], value))
    assert missing == []


def test_the_words_are_of_values_that_a_knob_can_have():
    known = set()
    for name in names("segloss_cli.losses"):
        function = find(name).function
        for knob, hint in get_type_hints(function).items():
            known |= {(knob, value) for value in get_args(hint) if get_origin(hint) is Literal}
            known |= {(knob, value) for value in (True, False) if hint is bool}
    assert {key for key in {**_why.WORDS, **_why.WEIGHTED} if key != ("weight", None)} <= known


class TestTheTable:
    def test_a_row_per_loss_and_a_column_per_library(self, show):
        lines = [line.split() for line in show("x.npy", "ya.npy", "--like", "all").splitlines()]
        head = next(line for line in lines if line[:2] == ["loss", "ours"])
        assert head[2:5] == ["torch", "smp", "smp-0.3.4"]
        assert "monai" in head[5:]
        assert sum(line[:1] == ["dice"] and re.fullmatch(r"\d\.\d{6}", line[1]) is not None for line in lines) == 1

    def test_what_differs_is_marked_and_each_reason_is_a_line(self, show):
        text = show("x.npy", "ya.npy", "--loss", "dice", "--like", "all")
        (row,) = (line for line in text.splitlines() if re.match(r"dice +\d", line))
        lines = [re.split("  +", line) for line in text.splitlines()]
        start = lines.index(["loss", "libraries", "why they differ"])
        told = lines[start + 1 : lines.index([""], start)]
        assert row.count("*") == sum(len(likes.split(", ")) for _, likes, _ in told)
        assert told[0] == ["dice", "smp, smp-0.3.4, toolbelt", "an absent class counts as a loss of 0"]
        assert told[1] == ["", "monai", "each image by itself"]

    def test_what_agrees_is_not(self, show):
        text = show("x.npy", "y.npy", "--loss", "cross-entropy", "--like", "all")
        assert "*" not in text
        assert "why" not in text

    def test_blank_cells_are_counted(self, show):
        text = show("x.npy", "yi.npy", "--ignore-index", "255", "--like", "all")
        (line,) = (line for line in text.splitlines() if line.startswith("blank: "))
        assert re.search(r"or, \d+ times, its loss does not take this data", line)
        assert "has no ignore_index" not in text

    def test_a_few_are_named(self, show):
        text = show("x.npy", "yi.npy", "--ignore-index", "255", "--loss", "dice", "--like", "all")
        assert "dice smooth1: has no ignore_index" in text
        assert "blank: " not in text

    def test_a_narrow_terminal_gets_each_number_once(self, monkeypatch, capsys):
        from segloss_cli.cli import _finish

        monkeypatch.setattr(_finish, "terminal", lambda: (80, False))
        assert run(["compute", "x.npy", "ya.npy", "--loss", "dice", "--like", "all"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= 80
        start = next(i for i, line in enumerate(lines) if line.split() == ["loss", "value", "libraries"])
        numbers = [line.split()[0 if line.startswith(" ") else 1] for line in lines[start + 1 : start + 7]]
        assert len(set(numbers)) == len(numbers)

    def test_targets_stand_below_each_other(self, show):
        lines = show("x.npy", "yi.npy", "--like", "all", code=1).splitlines()
        assert lines.index("given") < lines.index("undefined") < lines.index("repaired: 255 ignored")

    def test_the_undefined_are_said_once(self, show):
        text = show("x.npy", "yi.npy", "--loss", "dice", "--loss", "focal", "--like", "all", code=1)
        assert (
            '  dice, focal: id 255 is none of 0..4: raises an index error (torch: "Target 255 is out of bounds")\n'
            in text
        )


class TestDataSets:
    @pytest.fixture
    def folders(self, files):
        for folder in ("preds", "labels"):
            Path(folder).mkdir()
        for i, name in enumerate("ab"):
            np.save(f"preds/{name}.npy", np.load("x.npy")[i])
            np.save(f"labels/{name}.npy", np.load("ya.npy")[i])
        return "preds", "labels"

    def test_they_are_compared_as_one_batch(self, ask, folders):
        whole = [c for c in ask(*folders, "--like", "all")["comparison"] if c["pred"] == ""]
        batch = {c["loss"]: c for c in ask("x.npy", "ya.npy", "--like", "all")["comparison"]}
        assert {c["loss"] for c in whole} == set(batch)
        for comparison in whole:
            if comparison["loss"] in PLAIN:
                same, knobs = batch[comparison["loss"]], why(comparison)
                adding = {like: value for like, value in same["values"].items() if like != "toolbelt"}
                assert {like: comparison["values"][like] for like in adding} == pytest.approx(adding, rel=1e-9)
                assert {like: knobs[like] for like in knobs if like in adding} == {
                    like: told for like, told in why(same).items() if like in adding
                }

    def test_a_mean_of_pairs_differs_for_a_pairs_reasons(self, ask, folders):
        document = ask(*folders, "--loss", "ohem", "--like", "all")
        *pairs, whole = document["comparison"]
        assert why(whole) == why(pairs[0]) != {}
        assert {knob["alone"] for reason in whole["reasons"] for knob in reason["knobs"]} == {None}


def test_a_package_that_is_missing_skips_its_losses_alone(ask, monkeypatch):
    for module in ("scipy", "scipy.ndimage", "scipy.optimize"):
        monkeypatch.setitem(sys.modules, module, None)
    document = ask("x.npy", "y.npy", "--loss", "boundary", "--loss", "dice", "--like", "all")
    skipped = {(v["loss"], v["like"]): v["reason"] for v in document["losses"] if v["status"] == "skipped"}
    assert "pip install" in skipped["boundary", None]
    assert of(document, "dice")["values"]["ours"] is not None

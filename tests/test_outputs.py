"""Where reports go: several at once, each to its place, and never over an input."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from segloss_cli._plugins import names
from segloss_cli.cli import run
from segloss_cli.cli._finish import exit_code, finish, prepare
from segloss_cli.errors import MissingExtraError, UsageError
from segloss_cli.types import Contract, Finding, Report, Skipped

DATA = Path(__file__).parents[1] / "sample_data"
FAULTY = ["inspect", "out_of_range.png", "--num-classes", "5"]


@pytest.fixture(autouse=True)
def _in_a_copy(tmp_path, monkeypatch):
    for name in ("gt.png", "pred.npy", "out_of_range.png"):
        shutil.copy(DATA / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def found(severity="error", **facts):
    return Report("check", Contract(), findings=(Finding("SL201", "x", severity, "proof", "a", "m", "r"),), facts=facts)


class TestPrepare:
    def test_nothing_said_is_stdout(self):
        assert prepare("table", None, []) == (("table", None),)
        assert prepare("json", [], []) == (("json", None),)

    def test_a_file_takes_the_report_of_the_format(self):
        assert prepare("json", ["out.json"], []) == (("json", "out.json"),)
        assert prepare("json", "out.json", []) == (("json", "out.json"),)

    def test_a_format_with_a_file_is_one_more(self):
        assert prepare("table", ["sarif=a.sarif", "junit=b.xml"], []) == (
            ("table", None),
            ("sarif", "a.sarif"),
            ("junit", "b.xml"),
        )
        assert prepare("table", ["a.txt", "junit=b.xml"], []) == (("table", "a.txt"), ("junit", "b.xml"))

    def test_the_same_format_in_several_places(self):
        assert prepare("json", ["json=a.json", "json=b.json"], []) == (
            ("json", None),
            ("json", "a.json"),
            ("json", "b.json"),
        )

    def test_what_is_no_format_belongs_to_the_name(self):
        assert prepare("json", ["run=3.json"], []) == (("json", "run=3.json"),)
        assert prepare("json", ["json=a=b"], []) == (("json", None), ("json", "a=b"))

    @pytest.mark.parametrize(
        ("output", "says"),
        [
            (["json="], "no file is named"),
            ([""], "no file is named"),
            (["json=."], "is a folder"),
            (["sarif=no/such.sarif"], "there is no folder no"),
            (["json=gt.png"], "is the input ./gt.png"),
            (["json=new.json", "junit=link.png"], "is the input ./gt.png"),
            (["json=a", "junit=a"], "json and junit would both be written to a"),
            (["json=a", "junit=./a"], "would both be written"),
            (["b.json", "junit=b.json"], "would both be written"),
            (["pred.npy", "junit=pred.npy"], "would both be written"),
        ],
    )
    def test_refused_before_the_work(self, output, says):
        os.symlink("gt.png", "link.png")
        before = sorted(os.listdir())
        with pytest.raises(UsageError, match=says):
            prepare("table", output, ["./gt.png", "missing.png"])
        assert sorted(os.listdir()) == before

    def test_a_device_takes_any_number(self):
        assert len(prepare("table", ["json=/dev/null", "junit=/dev/null"], ["gt.png"])) == 3

    def test_inputs_are_not_gone_through_where_nothing_is_overwritten(self):
        def inputs():
            raise AssertionError("looked at")
            yield

        prepare("json", ["new.json"], inputs())

    def test_an_unknown_format(self):
        with pytest.raises(UsageError, match="--format yaml: unknown; known: concise"):
            prepare("yaml", None, [])

    def test_a_format_that_needs_an_extra_says_so_before_the_work(self, monkeypatch):
        monkeypatch.setattr("segloss_cli.render.html.find_spec", lambda name: None)
        for form, output in (("html", None), ("table", ["html=a.html"])):
            with pytest.raises(MissingExtraError):
                prepare(form, output, [])


class TestFinish:
    def test_each_form_in_its_place(self, capsys):
        outputs = tuple((form, f"report.{form}") for form in names("segloss_cli.render"))
        assert finish(found(), (("concise", None), *outputs)) == 1
        assert capsys.readouterr().out == "a: SL201 error x: m\n"
        for form, path in outputs:
            assert Path(path).read_text("utf-8"), form
        assert json.loads(Path("report.json").read_text())["summary"]["exit_code"] == 1
        invocation = json.loads(Path("report.sarif").read_text())["runs"][0]["invocations"][0]
        assert invocation["exitCode"] == 1

    def test_one_that_cannot_be_written_keeps_no_other_from_it(self):
        with pytest.raises(UsageError, match="--output /dev/full: cannot be written"):
            finish(found(), (("json", "/dev/full"), ("json", "report.json")))
        assert json.loads(Path("report.json").read_text())["findings"]

    def test_no_outputs_write_nothing(self, capsys):
        assert finish(found(), ()) == 1
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize(
        ("severity", "options", "code"),
        [
            ("warning", {}, 0),
            ("warning", {"max_warnings": 0}, 1),
            ("warning", {"max_warnings": 1}, 0),
            ("info", {"max_warnings": 0}, 0),
            ("warning", {"max_warnings": 0, "exit_zero": True}, 0),
            ("warning", {"max_warnings": 0, "fail_on": "never"}, 1),
            ("error", {"max_warnings": 5}, 1),
        ],
    )
    def test_how_many_warnings_are_too_many(self, severity, options, code):
        assert exit_code(found(severity), **options) == code

    def test_what_was_not_kept_counts_too(self):
        totals = {"SL201": {"name": "x", "severity": "warning", "findings": 9, "files": 9}}
        assert exit_code(found("warning", totals=totals), max_warnings=8) == 1
        assert exit_code(found("warning", totals=totals), max_warnings=9) == 0
        totals["SL201"]["severity"] = "error"
        assert exit_code(found("warning", totals=totals)) == 1

    def test_files_that_nobody_judged_are_counted_where_they_are(self):
        lost = Report("check", Contract(), skipped=(Skipped("a", "gone"),), facts={"unjudged": 0})
        assert exit_code(lost) == 0
        assert exit_code(Report("check", Contract(), facts={"unjudged": 2})) == 3
        assert exit_code(Report("inspect", Contract(), skipped=(Skipped("a", "gone"),))) == 3


class TestSummary:
    @pytest.fixture
    def summary(self, tmp_path, monkeypatch):
        path = tmp_path / "summary.md"
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
        return path

    def test_it_is_appended(self, summary, capsys):
        summary.write_text("before\n")
        finish(found(), (("github", None),))
        assert summary.read_text().startswith("before\n### segloss check\n")
        assert capsys.readouterr().out.startswith("::error file=a,line=1")

    @pytest.mark.parametrize("outputs", [(("github", "commands.txt"),), (("table", None),)])
    def test_only_beside_commands_on_stdout(self, summary, outputs):
        finish(found(), outputs)
        assert not summary.exists()

    def test_no_more_than_github_takes(self, summary):
        finish(found(), (("github", None),))
        whole = summary.read_text()
        room = len(whole) - 10
        summary.write_text("x" * ((1 << 20) - room))
        finish(found(), (("github", None),))
        text = summary.read_text()
        assert len(text) <= 1 << 20
        assert text.endswith("(cut: a summary has at most 1 MiB)\n")
        assert "### segloss check" in text

    def test_a_full_one_is_left_alone(self, summary):
        summary.write_text("x" * (1 << 20))
        finish(found(), (("github", None),))
        assert summary.stat().st_size == 1 << 20

    def test_one_that_cannot_be_written_is_said_and_no_more(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
        assert finish(found(), (("github", None),)) == 1
        assert "$GITHUB_STEP_SUMMARY" in capsys.readouterr().err


class TestCommands:
    def test_inspect(self, capsys):
        assert run([*FAULTY, "--format", "concise", "--output", "sarif=a.sarif", "-o", "junit=a.xml"]) == 1
        assert capsys.readouterr().out.startswith("out_of_range.png:")
        assert json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
        assert "<failure" in Path("a.xml").read_text()

    def test_compute(self, capsys):
        options = ["--ignore-index", "255", "--loss", "dice", "--output", "json=a.json", "--output", "markdown=a.md"]
        assert run(["compute", "pred.npy", "gt.png", *options]) == 0
        assert "dice" in capsys.readouterr().out
        assert json.loads(Path("a.json").read_text())["losses"]
        assert "dice" in Path("a.md").read_text()

    def test_trace(self, capsys):
        argv = ["trace", "pred.npy", "gt.png", "--at", "1,1", "--ignore-index", "255"]
        assert run([*argv, "--output", "json=a.json", "--output", "a.txt"]) == 0
        assert capsys.readouterr().out == ""
        assert json.loads(Path("a.json").read_text())["command"] == "trace"
        assert "pixel y=1, x=1" in Path("a.txt").read_text()

    def test_an_input_is_never_written(self, capsys):
        before = Path("gt.png").read_bytes()
        assert run(["inspect", "gt.png", "--output", "json=gt.png"]) == 2
        assert "inputs are never written" in capsys.readouterr().err
        assert Path("gt.png").read_bytes() == before

    @pytest.mark.parametrize("form", names("segloss_cli.render"))
    def test_every_format_takes_a_name_that_is_no_unicode(self, form, capsys):
        name = os.fsdecode(b"a\xff<b>|`\n\x1b[31m.png")
        shutil.copy("out_of_range.png", name)
        assert run(["inspect", name, "--num-classes", "5", "--format", form]) == 1
        out, err = capsys.readouterr()
        assert "\x1b" not in out and "SL201" in out and err == ""

    def test_files_are_readable_by_others_as_usual(self):
        run([*FAULTY, "--output", "json=a.json"])
        assert stat.S_ISREG(Path("a.json").stat().st_mode)

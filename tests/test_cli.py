"""The command line: help, exit codes, where the report goes, and what hostile names can do (nothing)."""

import gc
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from segloss_cli import __version__
from segloss_cli.cli import VERBS, main, run
from segloss_cli.cli import options as o
from segloss_cli.cli._finish import exit_code, prepare, put, terminal, ticking
from segloss_cli.errors import UsageError
from segloss_cli.types import Contract, Finding, Report, Skipped

ROOT = Path(__file__).parents[1]
DATA = ROOT / "sample_data"
HEALTHY = ("inspect", "gt.png", "--num-classes", "5", "--ignore-index", "255")
FAULTY = ("inspect", "out_of_range.png", "--num-classes", "5")


@pytest.fixture(autouse=True)
def _in_sample_data(monkeypatch):
    monkeypatch.chdir(DATA)


def segloss(*argv, **options):
    """Run segloss in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    command = [sys.executable, "-m", "segloss_cli", *argv]
    return subprocess.run(command, capture_output=True, env=environment, check=False, **options)


def on_a_terminal(argv, columns, env=None):
    """What segloss writes to a terminal of some width."""
    code = "import fcntl,struct,sys,termios; from segloss_cli.cli import main\n"
    code += f"fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, {columns}, 0, 0)); main({list(argv)!r})"
    master, slave = pty.openpty()
    known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    environment = {**known, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **(env or {})}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=slave, stderr=subprocess.PIPE, env=environment
    ) as process:
        os.close(slave)
        read = bytearray()
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux says so where the other side is closed
                break
            if not piece:
                break
            read += piece
        process.communicate()
    os.close(master)
    return read.decode().replace("\r\n", "\n")


class TestHelp:
    @pytest.mark.parametrize("flag", ["-h", "--help"])
    @pytest.mark.parametrize("verb", [(), *((verb,) for verb in VERBS)])
    def test_every_command_has_help(self, capsys, verb, flag):
        assert run([*verb, flag]) == 0
        text = capsys.readouterr().out
        assert text.startswith(f"Usage: segloss {' '.join(verb)}".rstrip())
        assert "--help" in text

    def test_the_commands_are_listed(self, capsys):
        run(["--help"])
        text = capsys.readouterr().out
        assert all(f"\n  {verb}" in text for verb in VERBS)

    def test_every_option_is_explained(self, capsys):
        for verb in VERBS:
            run([verb, "--help"])
            options = capsys.readouterr().out.partition("Options:")[2].split("\n  -")[1:]
            assert options
            assert all(len(option.split()) > 2 for option in options), verb

    def test_version(self, capsys):
        assert run(["--version"]) == 0
        assert capsys.readouterr().out == f"segloss {__version__}\n"

    def test_as_a_module(self):
        ran = segloss("--version")
        assert (ran.returncode, ran.stdout.decode()) == (0, f"segloss {__version__}\n")


class TestExitCodes:
    @pytest.mark.parametrize(
        ("argv", "code"),
        [
            (HEALTHY, 0),
            (FAULTY, 1),
            ((*FAULTY, "--exit-zero"), 0),
            ((*FAULTY, "--fail-on", "never"), 0),
            ((*FAULTY, "--ignore", "SL2"), 0),
            ((*FAULTY, "--select", "sl201"), 1),
            ((*FAULTY, "--select", "id-out-of-range"), 1),
            (("inspect", "totensor.npy"), 0),
            (("inspect", "totensor.npy", "--fail-on", "warning"), 1),
            (("inspect", "pointer.png"), 1),
            (("inspect", "pointer.png", "--fail-on", "never"), 0),
            (("inspect", "pointer.png", "--ignore", "SL107"), 3),
            (("inspect", "pointer.png", "out_of_range.png", "--num-classes", "5", "--ignore", "SL107"), 1),
        ],
    )
    def test_judged(self, capsys, argv, code):
        assert run(argv) == code
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize(
        ("argv", "says"),
        [
            (["inspect", "missing.png"], "missing.png: no such file or folder"),
            (["inspect", "*.nothing"], "*.nothing: nothing matches"),
            (["inspect"], "Missing argument 'PATH...'"),
            (["inspect", "gt.png", "--num-classes", "0"], "'--num-classes': 0 is not in the range x>=1"),
            (["inspect", "gt.png", "--num-classes", "many"], "'many' is not a valid int"),
            (["inspect", "gt.png", "--nonsense"], "No such option: --nonsense"),
            (["inspect", "gt.png", "--task", "other"], "'other' is not one of"),
            (["inspect", "gt.png", "--format", "yaml"], "--format yaml: unknown; known: concise, github"),
            (["inspect", "gt.png", "--select", "SL999"], "no rule has the code, prefix or name 'SL999'"),
            (["inspect", "gt.png", "--names", "missing.txt"], "--names missing.txt: neither"),
            (["inspect", "gt.png", "--names", "a,b,c", "--num-classes", "2"], "'c' would be id 2"),
            (["inspect", "gt.png", "--output", "no/such/folder.json"], "there is no folder no/such"),
            (["inspect", "gt.png", "--output", "."], "is a folder"),
            (["inspect", "gt.png", "--output", "./gt.png"], "is the input gt.png"),
            (["rules", "SL999"], "no rule 'SL999'"),
            (["nonsense"], "No such command 'nonsense'"),
        ],
    )
    def test_could_not_run(self, capsys, argv, says):
        before = (DATA / "gt.png").read_bytes()
        assert run(argv) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("segloss: error: ")
        assert says in err
        assert err.count("\n") == 1
        assert (DATA / "gt.png").read_bytes() == before

    def test_no_command_shows_help(self, capsys):
        assert run([]) in (0, 2)
        assert "Usage: segloss" in "".join(capsys.readouterr())

    def test_an_empty_folder_is_nothing_to_look_at(self, capsys, tmp_path):
        (tmp_path / "README.md").write_text("x")
        (tmp_path / ".hidden.png").write_text("x")
        assert run(["inspect", str(tmp_path)]) == 2
        assert "nothing to look at" in capsys.readouterr().err

    def test_a_fault_of_ours_is_no_finding(self, capsys, monkeypatch):
        def broken(*_, **__):
            raise ZeroDivisionError("boom")

        monkeypatch.setattr("segloss_cli.scan.files.inspect", broken)
        assert run(["inspect", "gt.png"]) == 2
        assert "ZeroDivisionError: boom" in (err := capsys.readouterr().err)
        assert err.splitlines()[-1].startswith("segloss: error: this is a fault of segloss itself")

    def test_interrupted(self, capsys, monkeypatch):
        from segloss_cli.scan import files

        real = files.inspect_label

        def interrupted(path, *args, **kwargs):
            if path == "mask_0_255.png":
                raise KeyboardInterrupt
            return real(path, *args, **kwargs)

        monkeypatch.setattr(files, "inspect_label", interrupted)
        assert run(["inspect", "out_of_range.png", "mask_0_255.png", "gt.png", "--format", "json"]) == 130
        document = json.loads(capsys.readouterr().out)
        assert document["complete"] is False
        assert [file["path"] for file in document["files"]] == ["out_of_range.png"]

    def test_interrupted_while_loading(self, monkeypatch):
        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr("segloss_cli.cli.load", interrupted)
        assert run(["inspect", "gt.png"]) == 130

    @pytest.mark.parametrize(("argv", "code"), [(HEALTHY, 0), (FAULTY, 1), (["inspect", "missing.png"], 2)])
    def test_main_exits_with_the_code(self, capsys, monkeypatch, argv, code):
        monkeypatch.setattr(gc, "freeze", lambda: None)
        before = gc.get_threshold()
        try:
            with pytest.raises(SystemExit) as ended:
                main(list(argv))
        finally:
            gc.set_threshold(*before)
        assert ended.value.code == code
        capsys.readouterr()

    def test_interrupted_elsewhere(self, monkeypatch):
        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(o, "contract_of", interrupted)
        assert run(["inspect", "gt.png"]) == 130

    def test_what_the_system_refuses_is_incomplete(self, capsys, monkeypatch):
        from segloss_cli.errors import ReadError
        from segloss_cli.scan import files

        def refused(path, *_, **__):
            raise ReadError(path, "Input/output error") from OSError(5, "Input/output error")

        monkeypatch.setattr(files, "inspect_label", refused)
        assert run(["inspect", "gt.png"]) == 3
        assert "Input/output error" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("severities", "skipped", "fail_on", "code"),
        [
            ([], 0, "error", 0),
            (["info"], 0, "warning", 0),
            (["warning"], 0, "error", 0),
            (["warning"], 0, "warning", 1),
            (["error"], 0, "never", 0),
            (["error"], 1, "error", 1),
            (["error"], 1, "never", 3),
            ([], 1, "error", 3),
        ],
    )
    def test_one_beats_three(self, severities, skipped, fail_on, code):
        findings = tuple(Finding("SL201", "x", severity, "proof", "a.png", "m", "r") for severity in severities)
        gone = (Skipped("b.png", "gone"),) * skipped
        report = Report("inspect", Contract(), findings=findings, skipped=gone)
        assert exit_code(report, fail_on) == code


class TestOutput:
    def test_to_a_file(self, capsys, tmp_path):
        target = tmp_path / "report.json"
        assert run([*FAULTY, "--format", "json", "--output", str(target)]) == 1
        assert capsys.readouterr().out == ""
        assert json.loads(target.read_text())["findings"][0]["code"] == "SL201"
        assert run([*HEALTHY, "--format", "json", "--output", str(target)]) == 0
        assert json.loads(target.read_text())["summary"]["errors"] == 0

    def test_nothing_is_created_where_nothing_ran(self, tmp_path):
        target = tmp_path / "report.json"
        assert run(["inspect", "gt.png", "--select", "SL999", "--output", str(target)]) == 2
        assert not target.exists()

    def test_an_input_under_another_name_is_not_written(self, tmp_path):
        shutil.copy("gt.png", tmp_path / "gt.png")
        (tmp_path / "link.png").symlink_to(tmp_path / "gt.png")
        (tmp_path / "hard.png").hardlink_to(tmp_path / "gt.png")
        for name in ("link.png", "hard.png"):
            with pytest.raises(UsageError, match="inputs are never written"):
                prepare("json", str(tmp_path / name), [str(tmp_path / "gt.png")])

    def test_a_file_that_cannot_be_written(self, capsys):
        assert run([*HEALTHY, "--output", "/dev/full"]) == 2
        assert "/dev/full" in capsys.readouterr().err

    def test_summary_is_a_line_per_file(self, capsys):
        assert run(["inspect", "gt.png", "pred.npy", "pointer.png", "--summary"]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == ["file", "gt.png", "pred.npy", "pointer.png", "3"]

    def test_quiet_shows_findings_only(self, capsys):
        assert run(["inspect", "pred.npy", "--quiet"]) == 0
        assert capsys.readouterr().out == ""
        assert run([*FAULTY, "--quiet"]) == 1
        assert capsys.readouterr().out.startswith("error SL201 id-out-of-range out_of_range.png")

    def test_broken_files_among_good_ones(self, capsys):
        assert run(["inspect", ".", "--num-classes", "5", "--format", "json"]) == 1
        document = json.loads(capsys.readouterr().out)
        assert [skipped["path"] for skipped in document["skipped"]] == ["pointer.png", "scenes/labels/val/10.png"]
        assert {"gt.png", "nan.npy", "pairs/labels/a.png"} <= {file["path"] for file in document["files"]}
        marks = [finding["fingerprint"] for finding in document["findings"]]
        assert len(set(marks)) == len(marks)

    def test_a_pipe_gets_no_escapes_and_whole_lines(self):
        ran = segloss("inspect", "gt.png", "mask_0_255.png", env={"COLUMNS": "30", "FORCE_COLOR": "1"})
        text = ran.stdout.decode()
        assert "\x1b" not in text
        assert "palette image: the ids (0..4 and 255) are its indices" in text

    def test_a_reader_that_goes_away(self):
        command = f"{sys.executable} -m segloss_cli inspect . --format json | head -c 10; exit ${{PIPESTATUS[0]}}"
        ran = subprocess.run(
            ["bash", "-c", command], capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
        )
        assert ran.stdout == b'{\n  "schem'
        assert (ran.returncode, ran.stderr) == (1, b"")

    def test_a_closed_pipe_in_this_process(self, monkeypatch):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as pipe:
            monkeypatch.setattr(sys, "stdout", pipe)
            put("x" * 10)
            pipe.write("nothing more is heard of it")

    def test_the_width_of_a_terminal(self, monkeypatch):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        monkeypatch.setenv("COLUMNS", "72")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        assert terminal() == (72, True)
        monkeypatch.setenv("NO_COLOR", "1")
        assert terminal() == (72, False)

    def test_an_encoding_without_the_letters(self, tmp_path):
        shutil.copy("gt.png", tmp_path / "日本.png")
        ran = segloss("inspect", "日本.png", cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
        assert ran.returncode == 0
        assert b"\\u65e5\\u672c.png" in ran.stdout


class TestTerminal:
    def test_colours_and_swatches(self):
        text = on_a_terminal(HEALTHY, 100)
        assert "\x1b[" in text and "██" in text

    @pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_no_colours_where_they_are_not_wanted(self, env):
        text = on_a_terminal(HEALTHY, 100, env)
        assert "\x1b" not in text and "██" not in text
        assert "#804080" in text

    @pytest.mark.parametrize("columns", [40, 80, 200])
    def test_lines_fit_and_nothing_is_lost(self, columns):
        text = on_a_terminal(HEALTHY, columns, {"NO_COLOR": "1"})
        assert max(map(len, text.splitlines())) <= columns
        joined = "".join(text.split())
        assert "…" not in text
        for fact in ("24.35%", "#804080", "0.0157", "118", "palettePNG"[:7], "withoutconvert"):
            assert fact in joined, fact

    def test_a_bar_on_stderr_where_a_person_watches(self, monkeypatch, capsys):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        files = ["gt.png", "pred.npy", "mask_0_255.png", "colours.png"]
        assert tuple(ticking(tuple(files), quiet=False)) == tuple(files)
        assert ticking(tuple(files), quiet=True) == tuple(files)
        assert ticking(("gt.png",), quiet=False) == ("gt.png",)
        assert "segloss" in (written := capsys.readouterr()).err
        assert written.out == ""

    def test_no_bar_in_a_pipe(self):
        files = ("a", "b", "c", "d", "e")
        assert ticking(files, quiet=False) is files

    def test_ctrl_c_ends_a_run_with_a_report(self, tmp_path):
        os.mkfifo(tmp_path / "z.fifo")
        shutil.copy("gt.png", tmp_path / "a.png")
        # a shell has what it runs in the background ignore the signal
        code = "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        code += "from segloss_cli.scan import files\nreal = files.inspect_label\n"
        code += (
            "def hit(path, *a, **k):\n    os.path.basename(path) == 'b.png' and os.kill(os.getpid(), signal.SIGINT)\n"
        )
        code += "    return real(path, *a, **k)\nfiles.inspect_label = hit\nfrom segloss_cli.cli import main\n"
        code += f"main(['inspect', {str(tmp_path / 'a.png')!r}, {str(tmp_path / 'b.png')!r}])"
        shutil.copy("gt.png", tmp_path / "b.png")
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
        )
        assert ran.returncode == 130 != -signal.SIGINT
        assert b"interrupted: this report is incomplete" in ran.stdout
        assert ran.stderr == b""


HOSTILE = [
    b"a\x1b[31mred.png",
    b"new\nline.png",
    b"[red]x[!].png",
    "rtl\u202egnp.png".encode(),
    b"\xff\xfe.png",
    b"-x.png",
]


class TestHostileNames:
    @pytest.fixture
    def folder(self, tmp_path):
        for name in HOSTILE:
            shutil.copy("gt.png", os.path.join(os.fsencode(tmp_path), name))
        return tmp_path

    @pytest.mark.parametrize("view", [(), ("--summary",), ("--quiet",), ("--format", "json")])
    def test_in_a_report(self, folder, view):
        ran = segloss("inspect", ".", "--num-classes", "3", *view, cwd=folder)
        assert (ran.returncode, ran.stderr) == (1, b"")
        text = ran.stdout.decode("utf-8")
        bad = {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs")}
        assert not bad
        assert "[red]x[!].png" in text
        if "json" in view:
            assert len(json.loads(text)["files"]) == len(HOSTILE)

    @pytest.mark.parametrize("name", HOSTILE[:5])
    def test_in_an_error(self, tmp_path, name):
        ran = segloss("inspect", os.fsdecode(name), cwd=tmp_path)
        assert ran.returncode == 2
        assert ran.stderr.count(b"\n") == 1
        assert b"\x1b" not in ran.stderr and "\u202e".encode() not in ran.stderr

    def test_in_an_error_of_usage(self):
        ran = segloss("inspect", "gt.png", "--no\x1b[31m\nsuch")
        assert ran.returncode == 2
        assert b"\x1b" not in ran.stderr and ran.stderr.count(b"\n") == 1

    def test_a_class_name(self, tmp_path):
        names = tmp_path / "names.txt"
        names.write_bytes("sky\x1b[31m\nroad\u202e\n[bold]car\na\nb\n".encode())
        ran = segloss("inspect", "gt.png", "--names", str(names), cwd=DATA)
        assert b"\x1b" not in ran.stdout and "\u202e".encode() not in ran.stdout
        assert b"[bold]car" in ran.stdout


class TestContract:
    def test_declared_and_inferred(self):
        contract = o.contract_of(num_classes=3, ignore_index=[255, -1], task="multiclass")
        assert (contract.num_classes, contract.ignore, contract.task) == (3, {255, -1}, "multiclass")
        assert contract.declared == {"num_classes", "ignore", "task"}
        assert o.contract_of() == Contract()

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("sky\nroad\n", ("sky", "road")),
            ('["sky", "road"]', ("sky", "road")),
            ("\ufeffsky\r\n\r\nroad", ("sky", "road")),
        ],
    )
    def test_names_from_a_file(self, tmp_path, text, names):
        (tmp_path / "names.txt").write_bytes(text.encode())
        contract = o.contract_of(names=str(tmp_path / "names.txt"))
        assert (contract.names, contract.num_classes, contract.declared) == (names, 2, {"names"})

    @pytest.mark.parametrize("text", ["", "[1, 2]", "[", "\x00\xff"])
    def test_files_that_hold_no_names(self, tmp_path, text):
        (tmp_path / "names.txt").write_bytes(text.encode("latin-1"))
        with pytest.raises(UsageError, match=r"names\.txt"):
            o.contract_of(names=str(tmp_path / "names.txt"))

    def test_a_name_of_an_ignored_id_is_no_class(self):
        assert o.contract_of(names="sky,road,void", ignore_index=[2]).num_classes == 2
        assert o.contract_of(names="sky,road,void", ignore_index=[2], num_classes=2).names == ("sky", "road", "void")

    def test_negative_ids_can_be_ignored(self, capsys):
        assert run(["inspect", "gt.png", "--ignore-index", "-1", "--ignore-index", "255", "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["contract"]["ignore"] == [-1, 255]

    def test_codes_with_commas_and_again(self):
        assert [e.code for e in o.entries_of(["SL201,SL202", " SL101 "], ["SL2"])] == ["SL101"]


class TestRules:
    def test_the_list(self, capsys):
        from segloss_cli.rules import codes

        assert run(["rules"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == ["code", *codes()]

    @pytest.mark.parametrize("code", ["SL201", "sl201", "id-out-of-range"])
    def test_a_page(self, capsys, code):
        assert run(["rules", code]) == 0
        text = capsys.readouterr().out
        assert text.startswith("SL201 id-out-of-range\n")
        assert "How to fix it" in text


class TestLosses:
    def test_the_list(self, capsys):
        from segloss_cli._plugins import names

        assert run(["losses"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == ["loss", *names("segloss_cli.losses")]

    def test_a_page_has_the_formula_the_knobs_and_every_call(self, capsys):
        from segloss_cli.losses._knobs import find

        assert run(["losses", "dice"]) == 0
        text = capsys.readouterr().out
        assert text.startswith("dice  in [0, 1]\n")
        assert "Formula, with tp = sum p y" in text
        assert "smooth=1e-05" in text
        for like, convention in find("dice").conventions.items():
            assert f"--like {like}" in text
            assert convention.call in text

    def test_an_unknown_one_names_the_known(self, capsys):
        assert run(["losses", "nothing"]) == 2
        assert "known: asymmetric, balanced-bce, bce" in capsys.readouterr().err

    def test_the_pages_need_no_numpy(self):
        probe = "import sys; from segloss_cli.cli import run; run(['losses', 'focal']); print('numpy' in sys.modules)"
        ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
        assert ran.stdout.splitlines()[-1] == "False"


def test_several_arrays_in_an_npz_are_told_apart_by_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.savez("two.npz", gt=np.zeros((2, 2), np.uint8), other=np.ones((2, 2), np.uint8))
    assert run(["inspect", "two.npz"]) == 1
    out = capsys.readouterr().out
    assert "holds 2 arrays, 'gt', 'other'" in out
    assert "fix: name the array that is the label or the prediction: --member NAME" in out
    assert run(["inspect", "two.npz", "--member", "gt"]) == 0

"""Running segloss in this process or in one of its own, and what must be true of what it says."""

import contextlib
import io
import json
import os
import pty
import shutil
import subprocess
import sys
import termios
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest
from segloss_test_hostile_built import build_png, ids

from segloss_cli.cli import run

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "segloss_cli" / "render" / "report.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CONTRACT = ("--num-classes", "5", "--ignore-index", "255")
PLAIN = ("--no-cache", "--no-config")
NEIGHBOURS = ("0000_neighbour.png", "zzzz_neighbour.png")
"""Labels with an id out of range, the first and the last: they are judged whatever lies between them."""

PATIENCE = 120
"""Seconds after which a process that hangs is ended, and its test fails."""


class Run(NamedTuple):
    """What a call of segloss came to."""

    code: int
    out: str
    err: str


class Verdict(NamedTuple):
    """A report, its findings and the reasons of what was skipped by file name."""

    code: int
    document: dict
    findings: dict
    skipped: dict


@contextlib.contextmanager
def inside(folder):
    """The folder as the current one."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def called(*argv, cwd="."):
    """segloss in this process."""
    out, err = io.StringIO(), io.StringIO()
    with inside(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(arg) for arg in argv])
    return Run(code, out.getvalue(), err.getvalue())


def spawned(*argv, cwd=".", prefix=(), program=("-m", "segloss_cli"), env=None, **options):
    """segloss in a process of its own; a hang fails."""
    done = subprocess.run(
        [*prefix, sys.executable, *program, *map(str, argv)],
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        **options,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def environment(**more):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"COLUMNS", "NO_COLOR", "FORCE_COLOR", "GITHUB_STEP_SUMMARY"}
    }
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **more}


def verdict_of(done):
    """The report of a run in JSON, which is one valid document and all there is."""
    assert done.err == "", done.err
    document = json.loads(done.out)
    VALIDATOR.validate(document)
    findings, skipped = {}, {}
    for finding in document["findings"]:
        findings.setdefault(os.path.basename(finding["path"]), []).append(finding)
    for one in document["skipped"]:
        skipped.setdefault(os.path.basename(one["path"]), []).append(one["reason"])
    assert done.code == document["summary"]["exit_code"]
    return Verdict(done.code, document, findings, skipped)


def checked(folder, *flags, cwd="."):
    """The verdict of ``segloss check`` on a folder of labels."""
    return verdict_of(called("check", "--labels", folder, *PLAIN, *CONTRACT, "--format", "json", *flags, cwd=cwd))


def inspected(folder, *flags, cwd="."):
    """The verdict of ``segloss inspect`` on a folder."""
    return verdict_of(called("inspect", folder, *CONTRACT, "--format", "json", *flags, cwd=cwd))


def laid_out(folder, kinds):
    """The folder with a file of each kind in it, and a neighbour at either end."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in kinds.items():
        (folder / name).write_bytes(kind.make())
    for name in NEIGHBOURS:
        (folder / name).write_bytes(faulty())
    return folder


def faulty():
    """A label with an id out of range."""
    label = ids().copy()
    label[10:20, 10:20] = 40
    return build_png(label)


def assert_neighbours(verdict):
    """What lies beside broken files is judged, and what is wrong there decides the exit code."""
    for name in NEIGHBOURS:
        assert "SL201" in codes(verdict.findings[name])
    assert verdict.code == 1


def assert_broken(verdict, name, says=""):
    """One finding, one entry among the skipped, and a reason of one line that says what to do."""
    (finding,) = own(verdict.findings.get(name, []))
    (reason,) = verdict.skipped[name]
    assert (finding["code"], finding["severity"]) == ("SL107", "error")
    assert says in finding["message"]
    assert_clean(finding["message"], lines=1)
    assert_clean(finding["remedy"], lines=1)
    assert_clean(reason, lines=1)
    assert "fault of segloss" not in reason
    assert 10 < len(finding["message"]) < 400


def assert_read(verdict, name, wanted, says=""):
    """Read, not skipped, with the findings that it must have."""
    found = verdict.findings.get(name, [])
    assert set(wanted.split()) <= codes(found), [one["message"] for one in found]
    assert name not in verdict.skipped
    assert not says or any(says in one["message"] for one in found), [one["message"] for one in found]


def own(findings):
    """The findings about a file itself: what concerns the whole set may name any."""
    return [one for one in findings if not one["code"].startswith("SL6")]


def codes(findings):
    return {one["code"] for one in findings}


def assert_clean(text, lines=None):
    """Nothing in it acts on a terminal; newlines end lines and nothing else."""
    odd = Counter(
        char
        for char in text
        if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    assert not odd, odd
    assert lines is None or len(text.splitlines()) == lines, text


def on_terminal(*argv, cwd=".", columns=100, **env):
    """What a terminal is sent, stdout and stderr together."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (50, columns)) if hasattr(termios, "tcsetwinsize") else None
    with subprocess.Popen(
        [sys.executable, "-m", "segloss_cli", *map(str, argv)],
        cwd=cwd,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment(TERM="xterm-256color", COLUMNS=str(columns), **env),
        start_new_session=True,
    ) as process:
        os.close(slave)
        sent = _drained(master)
        process.wait(PATIENCE)
    os.close(master)
    return Run(process.returncode, sent.decode().replace("\r\n", "\n"), "")


def _drained(master):
    sent = bytearray()
    while True:
        try:
            piece = os.read(master, 1 << 16)
        except OSError:  # Linux says so where the other side is closed
            return bytes(sent)
        if not piece:
            return bytes(sent)
        sent += piece


def unprivileged():
    """What to put before a command so that file modes count for it too; the test is skipped where that cannot be."""
    if os.geteuid() != 0:
        return ()
    dropped = "-dac_override,-dac_read_search,-fowner"
    prefix = ("setpriv", f"--inh-caps={dropped}", f"--bounding-set={dropped}", "--")
    if (
        shutil.which("setpriv") is None
        or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("root reads files of mode 000, and cannot give up that power here")
    return prefix

"""action.yml and .pre-commit-hooks.yaml: their commands, run as GitHub and pre-commit would."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from segloss_cli.cli import run

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
STEP = ACTION["runs"]["steps"][0]

# stands in for python3: "-m venv FOLDER" makes a folder whose pip writes down its arguments
FAKE = """#!/bin/sh
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "$@" > "%s/installed"\\n' "$3" > "$3/bin/pip"
printf '#!/bin/sh\\nexec "{python}" -m segloss_cli "$@"\\n' > "$3/bin/segloss"
chmod +x "$3/bin/pip" "$3/bin/segloss"
"""


def act(tmp_path, **inputs):
    """Run the action's script with these inputs, in sample_data/."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text(FAKE.format(python=sys.executable))
    (tools / "python3").chmod(stat.S_IRWXU)
    known = {name: value["default"] for name, value in ACTION["inputs"].items()}
    given = {f"IN_{name.upper()}": value for name, value in {**known, **inputs}.items()}
    environment = {
        **os.environ,
        **given,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    return subprocess.run(
        ["bash", "-c", STEP["run"]],
        cwd=ROOT / "sample_data",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_inputs_reach_the_script_through_the_environment_only():
    assert "${{" not in STEP["run"]
    assert {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]} == set(STEP["env"].values())


def test_the_action_annotates_and_fails(tmp_path):
    ran = act(tmp_path, path="scenes", sarif=str(tmp_path / "found.sarif"))
    assert ran.returncode == 1
    assert "::error file=scenes/labels/val/10.png" in ran.stdout
    assert (tmp_path / "output").read_text() == "exit-code=1\n"
    assert (tmp_path / "segloss/installed").read_text().split()[-1] == str(ROOT)
    assert "SL107" in (tmp_path / "summary").read_text()
    assert json.loads((tmp_path / "found.sarif").read_text())["version"] == "2.1.0"


def test_the_action_takes_arguments_and_runs_none_of_them(tmp_path):
    ran = act(tmp_path, path="scenes", args=f"--exit-zero --names $(touch${{IFS}}{tmp_path}/pwned)", version="1.2.3")
    assert not (tmp_path / "pwned").exists()
    assert ran.returncode == 2  # such names do not exist
    assert (tmp_path / "output").read_text() == "exit-code=2\n"
    assert (tmp_path / "segloss/installed").read_text().split()[-1] == "segloss-cli==1.2.3"


@pytest.mark.parametrize("hook", HOOKS.values(), ids=lambda hook: hook["id"])
def test_the_hooks_run_segloss(hook, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(ROOT / "sample_data")
    words = hook["entry"].split()
    assert words[0] == "segloss"
    given = (
        ["scenes/labels/train/03.png", "scenes/images/train/03.png"] if hook.get("pass_filenames", True) else ["scenes"]
    )
    assert run([*words[1:], "--num-classes", "5", "--ignore-index", "255", *given]) == 1
    assert "SL201" in capsys.readouterr().out


def test_a_commit_of_no_mask_passes(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("no mask")
    assert run([*HOOKS["segloss"]["entry"].split()[1:], "notes.txt"]) == 0
    capsys.readouterr()

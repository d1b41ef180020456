"""What README and the other pages say is so."""

import importlib.util
import json
import os
import re
import runpy
import subprocess
from pathlib import Path

import pytest

import segloss_cli
from segloss_cli._plugins import names
from segloss_cli.cli import VERBS, run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")

_SPEC = importlib.util.spec_from_file_location("make_readme", ROOT / "tests" / "make_readme.py")
make_readme = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(make_readme)


def command(number):
    """README's command 1 or 2, cut out as .ci/run does it."""
    found = re.search(rf"^<!-- command {number} -->\n```bash\n(.*)\n```$", README, re.MULTILINE)
    assert found, f"README has no command {number}"
    return found[1]


def test_generated_parts_are_fresh():
    assert make_readme.fresh(README) == README


def test_generated_parts_are_all_there():
    whats = [found["what"] for found in make_readme.PART.finditer(README)]
    assert {"rules", "losses"} <= set(whats)
    assert README.count("<!-- begin: ") == README.count("<!-- end -->") == len(whats)


def test_each_command_is_one_line_that_makes_a_venv():
    for number in (1, 2):
        assert command(number).startswith("python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt ")
    assert ".venv/bin/segloss inspect sample_data/" in command(1)
    assert ".venv/bin/segloss compute sample_data/" in command(1)
    assert command(2).endswith(".venv/bin/python -m pytest -q -n auto --cov")


def test_the_main_job_of_command_1_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    jobs = [part.split()[1:] for part in command(1).split(" && ") if part.startswith(".venv/bin/segloss ")]
    assert len(jobs) == 2
    for argv in jobs:
        assert run(argv) == 0
    assert "cross-entropy" in capsys.readouterr().out


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_is_documented(verb):
    assert f"`segloss {verb} " in README


def test_every_option_that_readme_names_exists(capsys):
    for verb in VERBS:
        run([verb, "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) | {"--like"}
    ours = [line for line in README.splitlines() if "python" not in line and "pip" not in line]
    assert set(re.findall(r"(?<![-\w])--[a-z][a-z-]+", "\n".join(ours))) <= known | {"--check", "--cov"}


def test_the_exit_codes_are_documented():
    assert all(f"| {code} | " in README for code in (0, 1, 2, 3, 130))


def test_the_python_example_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT / "sample_data")
    known = {}
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", README, re.DOTALL)):
        (tmp_path / f"example_{number}.py").write_text(example, "utf-8")
        known = runpy.run_path(str(tmp_path / f"example_{number}.py"), init_globals=known)


def test_public_names_are_documented():
    for name in segloss_cli.__all__:
        assert getattr(segloss_cli, name) is not None
        assert name == "__version__" or name in README


def test_every_loss_and_format_is_named():
    for name in (*names("segloss_cli.losses"), *names("segloss_cli.render")):
        assert name in README


def test_the_schema_is_in_the_package():
    from importlib import resources

    text = resources.files("segloss_cli.render").joinpath("report.schema.json").read_text("utf-8")
    assert json.loads(text)["properties"]["schema"] == {"const": "segloss/1"}
    assert "segloss_cli/render/report.schema.json" in README


def test_the_ci_script_cuts_the_commands_out_of_readme():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    function = re.search(r"^readme\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)[0]
    for number in (1, 2):
        ran = subprocess.run(
            ["bash", "-c", f"{function}\nreadme {number}"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert ran.stdout.rstrip("\n") == command(number)
    assert (
        subprocess.run(["bash", "-c", f"{function}\nreadme 3"], cwd=ROOT, capture_output=True, check=False).returncode
        == 1
    )
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_licence_and_the_pins():
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
    pins = dict(re.findall(r"^([a-z][a-z-]*)==([^;\s]+)", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE))
    assert pins["torch"] == "2.13.0"
    assert tuple(map(int, pins["typer"].split("."))) < (0, 29)
    assert {"numpy", "pillow", "rich", "pytest", "ruff", "mypy", "import-linter", "hypothesis", "jsonschema"} <= set(
        pins
    )
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")

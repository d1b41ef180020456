"""What each command may import, and so how fast it starts: run as users run it, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT / "sample_data"

PROBE = """
import json, os, sys
from segloss_cli.cli import run
code = run(sys.argv[1:])
sys.stdout.flush()
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def modules(*argv, folder=DATA):
    """The exit code of a command, and the names of all modules that it has loaded."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, *argv], cwd=folder, env=environment, capture_output=True, check=False
    )
    code, loaded = json.loads(ran.stderr.splitlines()[-1])
    return code, set(loaded)


def below(loaded, *names):
    """The loaded modules that are one of these or in one of them."""
    return {module for module in loaded for name in names if module == name or module.startswith(name + ".")}


HEAVY = ("torch", "array_api_compat", "scipy", "jsonschema", "pydantic", "importlib.metadata", "concurrent.futures")


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["inspect", "--help"], ["check", "--help"]])
def test_help_loads_no_library(argv):
    code, loaded = modules(*argv)
    assert code == 0
    assert not below(loaded, *HEAVY, "numpy", "PIL", "rich", "segloss_cli.read", "segloss_cli.losses")
    assert not below(loaded, "segloss_cli.scan", "segloss_cli.rules", "segloss_cli.presets", "segloss_cli.config")


@pytest.mark.parametrize("name", ["gt.png", "mask_0_255.png", "colours.png", "out_of_range.png"])
def test_an_eight_bit_png_needs_no_numpy(name):
    code, loaded = modules("inspect", name, "--num-classes", "5", "--exit-zero")
    assert code == 0
    assert not below(loaded, *HEAVY, "numpy", "rich", "segloss_cli.losses", "segloss_cli.scan.pair")


OTHERS = ("sl303", "sl309", "sl402", "sl404", "sl501", "sl601")
"""Rules about predictions, pairs, values, terms, images and data sets."""


def test_of_a_label_the_rules_about_labels_are_asked():
    _, loaded = modules("inspect", "gt.png", "--num-classes", "5", "--exit-zero")
    rules = {module.rpartition(".")[2].partition("_")[0] for module in below(loaded, "segloss_cli.rules")}
    assert {"sl104", "sl201"} <= rules
    assert rules.isdisjoint(OTHERS)


@pytest.fixture
def masks(tmp_path, monkeypatch):
    """A folder of a few 8-bit labels that nobody has touched for a while."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache-home"))
    (tmp_path / "masks").mkdir()
    for number, name in enumerate(("gt.png", "out_of_range.png", "mask_0_255.png")):
        path = shutil.copy(DATA / name, tmp_path / f"masks/{number}.png")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return tmp_path


UNASKED = ("numpy", "rich", "jinja2", "yaml", "tomllib", "multiprocessing", "csv", "segloss_cli.losses")
"""What a check of a few labels has no use for."""


def test_a_check_of_a_few_labels_loads_what_it_needs(masks):
    code, loaded = modules("check", "masks", "--no-cache", folder=masks)
    assert code == 0
    assert not below(loaded, *HEAVY, *UNASKED, "sqlite3", "hashlib", "segloss_cli.scan.pair")
    assert not below(loaded, "segloss_cli.scan._workers", "segloss_cli.scan._headers")


def test_a_second_check_opens_the_cache_and_no_picture(masks):
    first = modules("check", "masks", folder=masks)
    second = modules("check", "masks", folder=masks)
    assert first[0] == second[0] == 0
    assert below(first[1], "sqlite3", "PIL.Image") == {"sqlite3", "sqlite3.dbapi2", "PIL.Image"}
    for _, loaded in (first, second):
        assert not below(loaded, *HEAVY, *UNASKED)
    assert not below(second[1], "PIL", "segloss_cli.scan.examine")


@pytest.mark.parametrize("form", ["json", "jsonl", "concise", "github", "gitlab", "junit", "sarif", "markdown"])
def test_no_form_of_a_check_for_machines_needs_more(masks, form):
    code, loaded = modules("check", "masks", "--no-cache", "--format", form, folder=masks)
    assert code == 0
    assert not below(loaded, *HEAVY, *UNASKED, "sqlite3", "segloss_cli.render.table")


def test_rules_about_headers_decode_nothing(masks):
    code, loaded = modules("check", "masks", "--no-cache", "--select", "SL101,SL104", folder=masks)
    assert code == 0
    assert not below(loaded, *HEAVY, *UNASKED, "PIL")


def test_json_needs_no_rich():
    code, loaded = modules("inspect", "gt.png", "pred.npy", "--format", "json")
    assert code == 0
    assert not below(loaded, *HEAVY, "rich", "segloss_cli.losses")


def test_an_array_needs_numpy_only():
    code, loaded = modules("inspect", "pred.npy")
    assert code == 0
    assert below(loaded, "numpy")
    assert not below(loaded, *HEAVY, "rich", "PIL", "segloss_cli.losses")


def test_losses_on_the_cpu_need_no_torch():
    code, loaded = modules("compute", "pred.npy", "gt.png", "--ignore-index", "255")
    assert code == 0
    assert not below(loaded, *set(HEAVY) - {"concurrent.futures"}, "rich")


def test_losses_as_json_need_no_table():
    _, loaded = modules("compute", "pred.npy", "gt.png", "--ignore-index", "255", "--format", "json")
    assert not below(loaded, "torch", "rich", "segloss_cli.render.table", "segloss_cli.render._values")


def test_a_command_loads_only_itself():
    _, loaded = modules("rules")
    assert below(loaded, "segloss_cli.cli") == {
        "segloss_cli.cli",
        "segloss_cli.cli._app",
        "segloss_cli.cli.options",
        "segloss_cli.cli.rules",
        "segloss_cli.cli._finish",
    }


def test_importing_the_package_loads_nothing_of_it():
    probe = (
        "import sys, segloss_cli; print([m for m in sys.modules if m.startswith(('segloss_cli.', 'numpy', 'torch'))])"
    )
    ran = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_threads_of_openblas_are_settled_before_numpy():
    probe = "import os, sys; os.environ.pop('OPENBLAS_NUM_THREADS', None); from segloss_cli.cli import main\n"
    probe += (
        "try: main(['--version'])\nexcept SystemExit: print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split()[-2:] == ["1", "False"]

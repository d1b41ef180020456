"""One report, however the work is shared out: in one worker, in two, in shards; with a file that kills who reads it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]

# whoever opens this file dies at once, as a decoder that overruns its memory does
KILLER = """
import builtins, os, signal
def deadly(known):
    def opened(path, *rest, **more):
        if str(path).endswith("poison.png"):
            os.kill(os.getpid(), signal.SIGKILL)
        return known(path, *rest, **more)
    return opened
builtins.open, os.open = deadly(builtins.open), deadly(os.open)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Sixty labels in two splits: healthy ones, faulty ones, a broken one, and one that kills."""
    place = tmp_path_factory.mktemp("scale")
    (place / "hook").mkdir()
    (place / "hook/sitecustomize.py").write_text(KILLER)
    random = np.random.RandomState(3)
    for number in range(60):
        ids = random.randint(0, 3, (30, 6)).repeat(5, axis=1).astype(np.uint8)
        ids[0, 0] = 9 if number % 13 == 0 else ids[0, 0]
        path = place / ("set/labels/train" if number % 3 else "set/labels/val") / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(ids).save(path)
    train, val = place / "set/labels/train", place / "set/labels/val"
    shutil.copy(train / "07.png", val / "copy.png")
    (train / "broken.png").write_bytes((train / "01.png").read_bytes()[:60])
    shutil.copy(train / "02.png", train / "poison.png")
    return place


def segloss(place, *argv):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(place / "hook"), str(ROOT)])}
    command = [sys.executable, "-m", "segloss_cli", *argv]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=120)


def checked(place, *argv):
    """The exit code, and the report without what tells how the work was shared out."""
    ran = segloss(place, *argv, "--format", "json")
    assert not ran.stderr
    report = json.loads(ran.stdout)
    return ran.returncode, {key: value for key, value in report.items() if key not in {"facts", "command"}}


CONTRACTS = {"declared": ["--num-classes", "3"], "nothing said": []}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_one_worker_two_and_merged_shards_report_the_same(place, contract):
    argv = ["check", "set", "--no-cache", *contract]
    one = checked(place, *argv, "--jobs", "1")
    assert one[0] == 1
    assert [Path(lost["path"]).name for lost in one[1]["skipped"]] == ["broken.png", "poison.png"]
    assert {"SL107", "SL607"} <= {finding["code"] for finding in one[1]["findings"]}
    assert one[1]["dataset"]["files"] == {"label": 61}
    assert checked(place, *argv, "--jobs", "2") == one
    assert checked(place, *argv) == one
    parts = [f"part{i}.jsonl" for i in (1, 2, 3)]
    for number, part in enumerate(parts, 1):
        assert segloss(
            place, *argv, "--jobs", "1", "--shard", f"{number}/3", "--output", f"jsonl={part}"
        ).returncode in (0, 1, 3)
    assert checked(place, "merge", *parts) == one


def test_a_lost_worker_makes_the_run_incomplete(place):
    code, report = checked(place, "check", "set", "--no-cache", "--jobs", "2", "--select", "SL6")
    assert code == 3
    assert "signal 9" in report["skipped"][-1]["reason"]


def test_a_missing_part_makes_the_merge_incomplete(place):
    argv = ["check", "set", "--no-cache", "--num-classes", "10", "--ignore", "SL107"]
    for number in (1, 2):
        segloss(place, *argv, "--shard", f"{number}/3", "--jobs", "1", "--output", f"jsonl=some{number}.jsonl")
    ran = segloss(place, "merge", "some1.jsonl", "some2.jsonl", "--format", "json")
    assert ran.returncode == 3
    assert "3" in ran.stdout

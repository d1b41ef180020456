"""How fast segloss is, as ratios inside one run: every command is timed in turn with its yardstick, in fresh processes.

    python tests/benchmarks/bench.py [start] [compute] [engine] [large] [--rounds 11]

prints a Markdown table of medians; README.md beside this file holds the last one. Nothing here is a unit test.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENGINE = Path(__file__).with_name("engine.py")
DATA = Path(__file__).with_name("data.py")
PYTHON = sys.executable
PASS = [PYTHON, "-c", "pass"]
IMPORT_TORCH = [PYTHON, "-c", "import torch"]
SHAPES = {"A": (1, 21, 512, 512), "B": (4, 21, 512, 512), "C": (1, 19, 1024, 2048), "D": (1, 150, 512, 512)}
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs is compiled


def run(command: list[str]) -> tuple[float, float, str]:
    """Wall seconds, peak RSS in MiB and output of one fresh process."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return wall, usage.ru_maxrss / 1024, text


def interleaved(commands: dict[str, list[str]], rounds: int) -> dict[str, list[tuple[float, float, str]]]:
    """Every command once a round, after one round that is not counted."""
    found: dict[str, list[tuple[float, float, str]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            result = run(command)
            if number:
                found[name].append(result)
    return found


def wall(results: list[tuple[float, float, str]]) -> float:
    return statistics.median(result[0] for result in results)


def rss(results: list[tuple[float, float, str]]) -> float:
    return statistics.median(result[1] for result in results)


def ratio(results: list[tuple[float, float, str]], yardstick: list[tuple[float, float, str]]) -> float:
    """The median of the ratios round by round, which holds when the machine's speed drifts."""
    return statistics.median(a[0] / b[0] for a, b in zip(results, yardstick, strict=True))


def row(*cells: object) -> None:
    print(
        "| " + " | ".join(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in cells) + " |", flush=True
    )


def head(*cells: str) -> None:
    print()
    row(*cells)
    row(*["---"] * len(cells))


def pair(folder: Path, name: str, shape: tuple[int, ...]) -> tuple[Path, Path]:
    """A prediction and its label, made by a process of its own: a child starts with the peak memory of this one."""
    made = subprocess.run([PYTHON, str(DATA), str(folder), name, *map(str, shape)], check=True, capture_output=True)
    pred, label = made.stdout.decode().split()
    return Path(pred), Path(label)


def start(folder: Path, rounds: int) -> None:
    """Commands that must feel instant, against a Python that does nothing."""
    _, png = pair(folder, "voc", (1, 3, 512, 512))
    segloss = [str(Path(PYTHON).with_name("segloss"))]
    found = interleaved(
        {
            "python -c pass": PASS,
            "segloss --help": [*segloss, "--help"],
            "segloss inspect one.png": [*segloss, "inspect", str(png)],
            "segloss inspect one.png --format json": [*segloss, "inspect", str(png), "--format", "json"],
            "python: PIL + np.unique": [
                PYTHON,
                "-c",
                f"import numpy, PIL.Image; print(numpy.unique(PIL.Image.open({str(png)!r}), return_counts=True))",
            ],
        },
        rounds,
    )
    head("command", "wall ms", "x `python -c pass`", "peak MiB", "bar")
    for name, results in found.items():
        bar = "<= 11" if "inspect" in name else ""
        row(f"`{name}`", 1e3 * wall(results), ratio(results, found["python -c pass"]), rss(results), bar)


def compute(folder: Path, rounds: int) -> None:
    """One (21, 512, 512) pair with every loss, against importing torch and doing nothing."""
    pred, label = pair(folder, "a", SHAPES["A"])
    segloss = [str(Path(PYTHON).with_name("segloss")), "compute", str(pred), str(label), "--ignore-index", "255"]
    found = interleaved({"import torch": IMPORT_TORCH, "segloss compute": segloss}, rounds)
    head("command", "wall ms", "x `import torch`", "peak MiB", "bar")
    for name, results in found.items():
        row(f"`{name}`", 1e3 * wall(results), ratio(results, found["import torch"]), rss(results), "<= 0.2")


def engine(folder: Path, rounds: int) -> None:
    """The pass of all losses, against one torch.log_softmax over the same logits; each the first call of its process."""
    head("shape", "threads", "log_softmax ms", "pass ms", "ratio", "with losses", "RSS growth / logits", "bar")
    for name, shape in SHAPES.items():
        pred, label = pair(folder, name, shape)
        for threads in ("1", "2"):
            commands = {
                which: [PYTHON, str(ENGINE), which, str(pred), str(label), threads] for which in ("torch", "segloss")
            }
            found = interleaved(commands, rounds)
            torch, ours = ([[float(x) for x in r[2].split()] for r in found[w]] for w in ("torch", "segloss"))
            times = [1e3 * statistics.median(r[0] for r in results) for results in (torch, ours)]
            ratios = [statistics.median(o[i] / t[0] for o, t in zip(ours, torch, strict=True)) for i in (0, 1)]
            growth = statistics.median(r[2] for r in ours)
            row(f"{name} {shape}", threads, *times, *ratios, growth, "<= 1.2; <= 0.25")
        pred.unlink()


def large(folder: Path, _: int) -> None:
    """A prediction of 1.3 GB: peak memory of the whole process, and its time against reading the file."""
    pred, label = pair(folder, "large", (8, 19, 1024, 2048))
    reader = f"f = open({str(pred)!r}, 'rb', buffering=0)\nwhile f.read(1 << 20): pass"
    segloss = [str(Path(PYTHON).with_name("segloss")), "compute", str(pred), str(label), "--ignore-index", "255"]
    found = interleaved({"read loop": [PYTHON, "-c", reader], "segloss compute": segloss}, 3)
    head("command", "wall s", "x read loop", "peak MiB", "bar")
    for name, results in found.items():
        row(
            f"`{name}` ({pred.stat().st_size / 1e9:.2f} GB)",
            wall(results),
            ratio(results, found["read loop"]),
            rss(results),
            "< 300 MB",
        )


JOBS = {"start": start, "compute": compute, "engine": engine, "large": large}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", default=[*JOBS], help=f"of {', '.join(JOBS)}; all by default")
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for job in arguments.jobs:
            JOBS[job](Path(folder), arguments.rounds)


if __name__ == "__main__":
    main()

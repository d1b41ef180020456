"""How fast segloss is, as ratios inside one run: every command is timed in turn with its yardstick, in fresh processes.

    python tests/benchmarks/bench.py [start] [compute] [engine] [conventions] [threads] [large] [--rounds 11]

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


def _few(folder: Path, png: Path) -> Path:
    """A folder of five labels that nobody has touched for a while: those that just changed are not cached."""
    masks = folder / "masks"
    masks.mkdir(exist_ok=True)
    for number in range(5):
        copy = masks / f"{number}.png"
        copy.write_bytes(png.read_bytes())
        os.utime(copy, (1_700_000_000, 1_700_000_000))
    return masks


def start(folder: Path, rounds: int) -> None:
    """Commands that must feel instant, against a Python that does nothing."""
    _, png = pair(folder, "voc", (1, 3, 512, 512))
    segloss = [str(Path(PYTHON).with_name("segloss"))]
    masks = _few(folder, png)
    check = [*segloss, "check", str(masks), "--num-classes", "21", "--ignore-index", "255"]
    found = interleaved(
        {
            "python -c pass": PASS,
            "segloss --help": [*segloss, "--help"],
            "segloss inspect one.png": [*segloss, "inspect", str(png)],
            "segloss inspect one.png --format json": [*segloss, "inspect", str(png), "--format", "json"],
            "segloss check five.png, --no-cache": [*check, "--no-cache"],
            "segloss check five.png, cached": [*check, "--cache-dir", str(folder / "cache")],
            # another cache each time: the number of the process
            "segloss check five.png, first": ["sh", "-c", 'exec "$@" --cache-dir "$0/$$"', str(folder), *check],
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
        bar = "<= 11" if "inspect" in name or "check" in name else ""
        row(f"`{name}`", 1e3 * wall(results), ratio(results, found["python -c pass"]), rss(results), bar)


def compute(folder: Path, rounds: int) -> None:
    """One (21, 512, 512) pair with every loss, against importing torch and doing nothing."""
    pred, label = pair(folder, "a", SHAPES["A"])
    segloss = [str(Path(PYTHON).with_name("segloss")), "compute", str(pred), str(label), "--ignore-index", "255"]
    found = interleaved({"import torch": IMPORT_TORCH, "segloss compute": segloss}, rounds)
    head("command", "wall ms", "x `import torch`", "peak MiB", "bar")
    for name, results in found.items():
        row(f"`{name}`", 1e3 * wall(results), ratio(results, found["import torch"]), rss(results), "<= 0.2")


def passes(folder: Path, name: str, kinds: tuple[str, ...], rounds: int) -> dict[str, list[list[float]]]:
    """What engine.py prints for one shape: seconds of the pass, seconds with the losses, growth of the memory."""
    pred, label = pair(folder, name, SHAPES[name])
    jobs = {kind: kind.split("-") for kind in kinds}  # "sums-2" is with two threads
    commands = {
        kind: [PYTHON, str(ENGINE), job[0], str(pred), str(label), job[1] if job[1:] else "1"]
        for kind, job in jobs.items()
    }
    found = interleaved(commands, rounds)
    pred.unlink()
    return {kind: [[float(x) for x in result[2].split()] for result in results] for kind, results in found.items()}


def over(ours: list[list[float]], theirs: list[list[float]], index: int = 0) -> float:
    """The median of the ratios round by round."""
    return statistics.median(a[index] / b[0] for a, b in zip(ours, theirs, strict=True))


def engine(folder: Path, rounds: int) -> None:
    """The pass of all losses, against one torch.log_softmax over the same logits; each the first call of its process."""
    kinds = ("torch", "sums", "regions", "sorted", "sigmoid", "sums-2")
    head("shape", "losses", "log_softmax ms", "pass ms", "ratio", "with losses", "RSS growth / logits", "bar")
    bars = {"sums": "<= 1.0; <= 0.15 + 8 MiB", "sorted": "<= 5 with losses; <= 0.5", "sums-2": ">= 1.5x"}
    for name, shape in SHAPES.items():
        found = passes(folder, name, kinds, rounds)
        torch = found["torch"]
        for kind in kinds[1:]:
            ours = found[kind]
            times = [1e3 * statistics.median(r[0] for r in results) for results in (torch, ours)]
            growth = statistics.median(r[2] for r in ours)
            gain = f"{over(found['sums'], ours):.2f}x one thread" if kind == "sums-2" else ""
            cells = (over(ours, torch), over(ours, torch, 1), growth, bars.get(kind, "") + " " + gain)
            row(f"{name} {shape}", kind, *times, *cells)


def conventions(folder: Path, rounds: int) -> None:
    """Fifty settings of one loss against one, and fifty conventions of many losses against each loss once."""
    head("shape", "many", "one", "many ms", "one ms", "ratio", "bar")
    for name in ("B", "C"):
        found = passes(folder, name, ("one", "dices", "sums", "fifty"), rounds)
        for many, one in (("dices", "one"), ("fifty", "sums")):
            times = [1e3 * statistics.median(r[1] for r in found[kind]) for kind in (many, one)]
            ratio_ = statistics.median(a[1] / b[1] for a, b in zip(found[many], found[one], strict=True))
            row(f"{name} {SHAPES[name]}", many, one, *times, ratio_, "<= 1.1")


FORGET = "import os; f = os.open({!r}, os.O_RDONLY); os.fdatasync(f); os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED)"


def threads(folder: Path, rounds: int) -> None:
    """The sums with one thread and with two, once the process is warm."""
    head("shape", "one thread ms", "two ms", "one / two", "bar")
    for name in ("B", "C", "D"):
        found = passes(folder, name, ("warm-1", "warm-2"), rounds)
        times = [1e3 * statistics.median(r[0] for r in found[kind]) for kind in ("warm-1", "warm-2")]
        row(f"{name} {SHAPES[name]}", *times, over(found["warm-1"], found["warm-2"]), ">= 1.5")


EXPONENTIALS = """
import numpy as np
logits, out = np.load({!r}, mmap_mode="r").reshape(8, 19, -1), np.empty((19, 1 << 16), np.float32)
for image in logits:
    for a in range(0, image.shape[1], 1 << 16):
        np.exp(image[:, a : a + (1 << 16)], out=out)
"""


def large(folder: Path, _: int) -> None:
    """A prediction of 1.3 GB, from the page cache and from the disk: time against a read loop, and peak memory."""
    pred, label = pair(folder, "large", (8, 19, 1024, 2048))
    reader = f"f = open({str(pred)!r}, 'rb', buffering=0)\nwhile f.read(1 << 20): pass"
    segloss = [str(Path(PYTHON).with_name("segloss")), "compute", str(pred), str(label), "--ignore-index", "255"]
    sums = [*segloss, *(word for name in SUMS for word in ("--loss", name))]
    read = [PYTHON, "-c", reader]
    forget = [PYTHON, "-c", FORGET.format(str(pred))]
    exponentials = [PYTHON, "-c", EXPONENTIALS.format(str(pred))]
    warm = interleaved({"read loop": read, "np.exp alone": exponentials, "sums": sums, "unasked": segloss}, 3)
    cold = {"read loop": [], "sums": [], "unasked": []}
    for name, command in (("read loop", read), ("sums", sums), ("unasked", segloss)) * 3:
        run(forget)
        cold[name].append(run(command))
    head("file", "command", "wall s", "x read loop", "peak MiB", "bar")
    for where, found in (("in the page cache", warm), ("on the disk", cold)):
        for name, results in found.items():
            row(where, name, wall(results), ratio(results, found["read loop"]), rss(results), "<= 2.2; <= 136 MiB")


SUMS = ("cross-entropy", "dice", "dice-ce", "focal", "focal-tversky", "generalized-dice", "jaccard", "log-dice", "mcc")

JOBS = {
    "start": start,
    "compute": compute,
    "engine": engine,
    "conventions": conventions,
    "threads": threads,
    "large": large,
}


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

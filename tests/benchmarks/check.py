"""How fast and how large `segloss check` is over many masks, against loops of Pillow over the same files.

    python tests/benchmarks/check.py [time] [memory] [cache] [headers] [ways] [--masks 10000] [--rounds 5] [--data FOLDER]

Masks as in VOC: 512 x 512, six classes and a border of 255, one half mode P (unfiltered, as Pillow writes them), the
other mode L. They are made once where --data names a folder. Every command is timed in turn with its yardstick, each
time in a fresh process; README.md beside this file holds the last table. Nothing here is a unit test.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from bench import ENVIRONMENT, head, interleaved, ratio, row, wall
from PIL import Image

PYTHON = sys.executable
SEGLOSS = [str(Path(PYTHON).with_name("segloss"))]
CONTRACT = ["--num-classes", "21", "--ignore-index", "255", "--format", "json"]
VARIANTS = 20
"""Masks that are cut from one large one."""

LOOP = "import sys, glob; from PIL import Image\nfor f in sorted(glob.glob(sys.argv[1] + '/*.png')): Image.open(f){}"
HEADERS = """
import glob, sys
from segloss_cli.rules import catalogue
from segloss_cli.scan import _headers, examine  # what the loop needs is loaded before, as Pillow is
from segloss_cli.scan.check import order_for
from segloss_cli.scan.parallel import outcomes
from segloss_cli.types import Contract, Sample
samples = [Sample(label=path) for path in sorted(glob.glob(sys.argv[1] + "/*.png"))]
codes = [entry.code for entry in catalogue() if entry.rule.about == "label" and entry.rule.depth == "container"]
order = order_for(Contract(num_classes=21), codes)
from time import perf_counter
from PIL import Image, PngImagePlugin
start = perf_counter()
for outcome in outcomes(samples, order):
    pass
middle = perf_counter()
for sample in samples:
    Image.open(sample.label)
print((middle - start) / (perf_counter() - middle))
"""


def picture(seed: int) -> np.ndarray:
    """A few areas in a large background, each with a border of 255."""
    rng = np.random.default_rng(seed)
    small = [Image.fromarray(rng.standard_normal((9, 9)).astype(np.float32)) for _ in range(6)]
    fields = [np.asarray(one.resize((640, 640), Image.Resampling.BICUBIC)) for one in small]
    ids = np.argmax([fields[0] + 0.8, *fields[1:]], 0)
    edge = np.zeros(ids.shape, bool)
    edge[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    edge[1:] |= ids[1:] != ids[:-1]
    for shift in (1, 2):
        edge[:, shift:] |= edge[:, :-shift]
        edge[shift:] |= edge[:-shift]
    classes = np.array([0, *rng.choice(np.arange(1, 21), 5, replace=False)], np.uint8)
    return np.where(edge, np.uint8(255), classes[ids])


def colours() -> list[int]:
    """VOC's palette."""
    return [sum((i >> 3 * bit + band & 1) << 7 - bit for bit in range(8)) for i in range(256) for band in range(3)]


def write(job: tuple[str, int, int]) -> None:
    folder, seed, count = job
    large = picture(seed)
    for k in range(count):
        image = Image.fromarray(np.ascontiguousarray(large[5 * k :, 6 * k :][:512, :512]))
        number = seed * VARIANTS + k
        if number % 2 == 0:
            image.putpalette(colours())
        image.save(Path(folder, f"{number:06d}.png"))


def masks(folder: Path, count: int) -> Path:
    """A folder of so many masks, those made before left as they are."""
    folder = folder / f"masks-{count}" / "SegmentationClass"
    if not folder.is_dir() or len(os.listdir(folder)) != count:
        folder.mkdir(parents=True, exist_ok=True)
        seeds = range(-(-count // VARIANTS))
        with Pool() as pool:
            pool.map(write, [(str(folder), seed, min(VARIANTS, count - seed * VARIANTS)) for seed in seeds])
        time.sleep(3)  # what was written a moment ago is not cached
    return folder


def codes(*depths: str) -> list[str]:
    """The rules about labels that look no deeper than this, as flags."""
    from segloss_cli.rules import catalogue

    found = [entry.code for entry in catalogue() if entry.rule.about == "label" and entry.rule.depth in depths]
    return ["--select", ",".join(found)]


def check(folder: Path, *flags: str) -> list[str]:
    return [*SEGLOSS, "check", str(folder), *CONTRACT, *flags]


def loop(folder: Path, what: str) -> list[str]:
    return [PYTHON, "-c", LOOP.format(what), str(folder)]


def times(folder: Path, count: int, rounds: int) -> None:
    """Whole commands against a serial loop that loads every mask."""
    data = masks(folder, count)
    found = interleaved(
        {
            "Image.open(f).load()": loop(data, ".load()"),
            "check, all rules": check(data, "--no-cache"),
            "check, rules about labels": check(data, "--no-cache", *codes("container", "values", "pixels")),
            "check, rules about values": check(data, "--no-cache", *codes("container", "values")),
            "check, rules about values, one worker": check(
                data, "--no-cache", "-j", "1", *codes("container", "values")
            ),
        },
        rounds,
    )
    bars = {"check, rules about labels": "<= 1.3", "check, rules about values": "<= 0.9"}
    head(f"command, {count:,} masks", "wall s", "x load loop", "bar")
    for name, results in found.items():
        row(name, wall(results), ratio(results, found["Image.open(f).load()"]), bars.get(name, ""))


def headers(folder: Path, count: int, rounds: int) -> None:
    """Rules about headers against a loop that opens every mask."""
    data = masks(folder, count)
    found = interleaved(
        {
            "Image.open(f)": loop(data, ""),
            "check, rules about headers": check(data, "--no-cache", *codes("container")),
            "inside": [PYTHON, "-c", HEADERS, str(data)],
        },
        rounds,
    )
    inside = statistics.median(float(result[2]) for result in found.pop("inside"))
    head(f"command, {count:,} masks", "wall s", "x open loop", "bar")
    for name, results in found.items():
        row(name, wall(results), ratio(results, found["Image.open(f)"]), "")
    row("the judging alone, both in one process", "", inside, "<= 0.25")


def cached(folder: Path, count: int, rounds: int) -> None:
    """A second run of an unchanged set, and one after a file has changed."""
    data, place = masks(folder, count), folder / "cache"
    firsts, seconds, thirds = [], [], []
    for _ in range(rounds):
        shutil.rmtree(place, ignore_errors=True)
        command = check(data, "--cache-dir", str(place))
        firsts.append(timed(command))
        seconds.append(timed(command))
        one = data / "000001.png"
        os.utime(one, (1, one.stat().st_mtime - 60))
        thirds.append(timed(command))
    head(f"run, {count:,} masks", "wall s", "first / this", "bar")
    row("first", statistics.median(firsts), 1, "")
    for name, these, bar in (("second", seconds, ">= 20"), ("one file touched", thirds, "")):
        row(name, statistics.median(these), statistics.median(a / b for a, b in zip(firsts, these, strict=True)), bar)


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - start


def memory(folder: Path, count: int, _: int) -> None:
    """The largest sum of what all processes of a check hold (PSS, which counts shared pages once)."""
    head("masks", "peak MiB, all processes", "bar")
    for some in (count // 10, count):
        data = masks(folder, some)
        row(f"{some:,}", held(check(data, "--no-cache")), "<= 120")


def held(command: list[str]) -> float:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(map(share, family(process.pid))))
        time.sleep(0.02)
    return peak


def family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def share(pid: int) -> float:
    """Proportional set size in MiB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0.0


def ways(folder: Path, count: int, rounds: int) -> None:
    """Processes against threads, and how workers are started: the judging of labels, without the command around it."""
    from segloss_cli.rules import catalogue
    from segloss_cli.scan import _workers, parallel
    from segloss_cli.scan.check import order_for
    from segloss_cli.scan.examine import examine
    from segloss_cli.types import Contract, Sample

    samples = [Sample(label=str(path)) for path in sorted(masks(folder, count).iterdir())]
    order = order_for(Contract(num_classes=21), [e.code for e in catalogue() if e.rule.about == "label"])

    def threads(number: int) -> None:
        with ThreadPoolExecutor(number) as pool:
            list(pool.map(lambda at: [examine(s, order) for s in samples[at : at + 32]], range(0, len(samples), 32)))

    def processes(method: str) -> None:
        _workers.start_method = lambda: method
        for _ in parallel.outcomes(samples, order, jobs=parallel.processors()):
            pass

    jobs = {"this process": lambda: [examine(sample, order) for sample in samples]}
    jobs |= {"2 threads": lambda: threads(2)}
    jobs |= {f"{parallel.processors()} workers, {m}": lambda m=m: processes(m) for m in ("fork", "forkserver", "spawn")}
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            found[name].append(time.perf_counter() - start)
    head(f"{count:,} masks, rules about labels", "wall s", "x this process")
    for name, walls in found.items():
        pairs = zip(walls, found["this process"], strict=True)
        row(name, statistics.median(walls), statistics.median(a / b for a, b in pairs))


JOBS = {"time": times, "headers": headers, "cache": cached, "memory": memory, "ways": ways}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", default=[*JOBS], help=f"of {', '.join(JOBS)}; all by default")
    parser.add_argument("--masks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for job in arguments.jobs:
            JOBS[job](arguments.data or Path(scratch), arguments.masks, arguments.rounds)


if __name__ == "__main__":
    main()

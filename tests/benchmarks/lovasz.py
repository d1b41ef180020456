"""What exact Lovasz costs, as ratios inside one run: each job in turn in a fresh process of one thread.

    python tests/benchmarks/lovasz.py [--rounds 7] [--shapes B C D]

prints a Markdown table: the CPU time of every default loss together with Lovasz, sorted and in bins, against one
``torch.log_softmax`` and against M. Berman's torch code alone (the one in SMP, toolbelt and mmseg); the growth of the
peak memory over the logits, which are in memory already; and how far the value is from the same in float64.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench import PYTHON, SHAPES, head, interleaved, pair, row
from engine import load, peak, standing

BINS = 65536
IGNORE = 255


def ids(label: str):
    """The label, (N, H, W)."""
    import numpy as np
    from PIL import Image

    return np.load(label) if label.endswith(".npy") else np.asarray(Image.open(label))[None]


def log_softmax(logits, _):
    """One ``torch.log_softmax``, the first of its process."""
    import torch

    torch.set_num_threads(1)
    tensor = torch.from_numpy(logits)

    def call() -> float:
        torch.log_softmax(tensor, 1)
        return 0.0

    return call


def berman(logits, label):
    """Lovasz-Softmax as its authors and three libraries have it: torch, one class after the other."""
    import torch

    torch.set_num_threads(1)
    x, y = torch.from_numpy(logits), torch.from_numpy(label.astype("int64"))

    def steps(inside):
        size = inside.sum()
        intersection = size - inside.float().cumsum(0)
        union = size + (1 - inside).float().cumsum(0)
        jaccard = 1 - intersection / union
        jaccard[1:] = jaccard[1:] - jaccard[:-1]
        return jaccard

    def call() -> float:
        p = torch.movedim(x.softmax(1), 1, -1).reshape(-1, x.shape[1])
        flat = y.reshape(-1)
        valid = flat != IGNORE
        p, flat, losses = p[valid], flat[valid], []
        for c in range(x.shape[1]):
            inside = (flat == c).type_as(p)
            if inside.sum() == 0:
                continue
            errors, order = torch.sort((inside - p[:, c]).abs(), 0, descending=True)
            losses.append(torch.dot(errors, steps(inside[order])))
        return float(sum(losses) / len(losses))

    return call


def float64(logits, label):
    """The same in float64, from each class's permutation."""
    import numpy as np

    def one(p, inside) -> float:
        errors = np.abs(inside - p)
        order = np.argsort(-errors)
        seen = np.cumsum(inside[order])
        jaccard = 1 - (seen[-1] - seen) / (seen[-1] + np.arange(1, seen.size + 1) - seen)
        return float(np.sum(errors[order] * np.diff(jaccard, prepend=0)))

    def call() -> float:
        flat, valid = label.reshape(-1), label.reshape(-1) != IGNORE
        norm = np.concatenate([np.exp(x.astype(np.float64) - x.max(0)).sum(0).ravel() for x in logits])
        top = logits.max(1).reshape(-1)
        present = [c for c in range(logits.shape[1]) if (flat == c).any()]
        planes = (np.exp(logits[:, c].reshape(-1).astype(np.float64) - top) / norm for c in present)
        return float(np.mean([one(p[valid], flat[valid] == c) for c, p in zip(present, planes, strict=True)]))

    return call


def segloss(**knobs):
    """Every default loss of a multi-class task, and Lovasz."""

    def prepare(logits, label):
        from segloss_cli.losses._evaluate import evaluate, needs_for
        from segloss_cli.losses._knobs import Request, Setting
        from segloss_cli.losses._passes import from_sources
        from segloss_cli.losses._source import from_array
        from segloss_cli.scan.options import defaults

        setting = Setting("multiclass", ignoring=True)
        others = [request for request in defaults("multiclass", ()) if request.loss != "lovasz"]
        requests = [*others, Request("lovasz", None, knobs)]
        needs, flat = needs_for(requests, setting), label.reshape(len(label), -1)

        def call() -> float:
            passes = from_sources(from_array(logits), flat, frozenset({IGNORE}), needs, threads=1)
            return [float(evaluate(request, passes, setting).value) for request in requests][-1]

        return call

    return prepare


JOBS = {
    "log_softmax": log_softmax,
    "berman": berman,
    "exact": segloss(),
    "binned": segloss(bins=BINS),
    "float64": float64,
}


def one(job: str, pred: str, label: str) -> None:
    """Time one job in this process: prints its CPU seconds, growth of the peak memory over the logits, and value."""
    # before NumPy is imported: OpenBLAS would start threads that spin
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    logits = load(pred)
    call = JOBS[job](logits, ids(label))
    before, start = standing(), time.process_time()
    value = call()
    print(time.process_time() - start, (peak() - before) / logits.nbytes, repr(value))


def table(folder: Path, shapes: list[str], rounds: int) -> None:
    """A row for each shape and way to compute."""
    head("shape", "job", "CPU ms", "x log_softmax", "/ Berman's", "RSS growth / logits", "relative error", "bar")
    for name in shapes:
        files = list(map(str, pair(folder, name, SHAPES[name])))
        commands = {job: [PYTHON, __file__, "--one", job, *files] for job in JOBS}
        exact = float(interleaved({"float64": commands.pop("float64")}, 1)["float64"][0][2].split()[2])
        found = {
            job: [[float(number) for number in result[2].split()] for result in results]
            for job, results in interleaved(commands, rounds).items()
        }
        for job, results in found.items():
            ratios = [
                statistics.median(ours[0] / theirs[0] for ours, theirs in zip(results, found[yardstick], strict=True))
                for yardstick in ("log_softmax", "berman")
            ]
            seconds, growth, value = (statistics.median(result[i] for result in results) for i in range(3))
            error = abs(value / exact - 1) if job != "log_softmax" else 0.0
            bar = "<= 5; <= 1/7; <= 0.5; <= 1e-8" if job == "exact" else ""
            row(f"{name} {SHAPES[name]}", job, 1e3 * seconds, *ratios, growth, error, bar)
        for file in files:
            os.unlink(file)


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--shapes", nargs="+", default=["B", "C", "D"], choices=SHAPES)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table(Path(folder), arguments.shapes, arguments.rounds)


if __name__ == "__main__":
    main()

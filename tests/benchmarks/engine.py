"""One timed pass in a fresh process: ``engine.py torch|segloss PRED LABEL THREADS``.

It prints the seconds of the pass, those with the losses evaluated from it, and the growth of the peak memory over what
stood before the pass, divided by the bytes of the logits (which are in memory already).
"""

from __future__ import annotations

import os
import resource
import sys
import time


def peak() -> int:
    """The most memory that was resident so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def standing() -> int:
    """The memory that is resident now, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def load(path: str):
    """The array, read without a second copy, so that the peak is what the pass adds."""
    import numpy as np

    logits = np.empty(np.load(path, mmap_mode="r").shape, np.float32)
    with open(path, "rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        file.readinto(memoryview(logits).cast("B"))
    return logits


def log_softmax(logits, threads: int) -> tuple[float, float, int]:
    """One ``torch.log_softmax``, the first of its process."""
    import torch

    torch.set_num_threads(threads)
    tensor = torch.from_numpy(logits)
    before, start = standing(), time.perf_counter()
    torch.log_softmax(tensor, 1)
    seconds = time.perf_counter() - start
    return seconds, seconds, before


def every_loss(logits, label: str, threads: int) -> tuple[float, float, int]:
    """The pass of every default loss of a multi-class task, and the losses from it."""
    import numpy as np
    from PIL import Image

    from segloss_cli.losses._evaluate import evaluate, needs_for
    from segloss_cli.losses._knobs import Setting
    from segloss_cli.losses._passes import from_sources
    from segloss_cli.losses._source import from_array
    from segloss_cli.scan.options import defaults

    ids = np.load(label) if label.endswith(".npy") else np.asarray(Image.open(label))[None]
    setting, requests = Setting("multiclass", ignoring=True), defaults("multiclass", ())
    needs = needs_for(requests, setting)
    before, start = standing(), time.perf_counter()
    flat = ids.reshape(len(ids), -1)
    passes = from_sources(from_array(logits), flat, frozenset({255}), needs, threads=threads)
    done = time.perf_counter()
    for request in requests:
        evaluate(request, passes, setting)
    return done - start, time.perf_counter() - start, before


def main() -> None:
    """Time one of both."""
    which, pred, label, threads = sys.argv[1:]
    # before NumPy is imported: OpenBLAS would start threads that spin
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS=threads)
    logits = load(pred)
    count = int(threads)
    pass_, whole, before = log_softmax(logits, count) if which == "torch" else every_loss(logits, label, count)
    print(pass_, whole, (peak() - before) / logits.nbytes)


if __name__ == "__main__":
    main()

"""One timed pass in a fresh process: ``engine.py torch|segloss PRED LABEL THREADS`` prints seconds and RSS growth.

The growth is of the peak over what stood before the pass, divided by the bytes of the logits, which are in memory.
"""

from __future__ import annotations

import os
import resource
import sys
import time

which, pred, label, threads = sys.argv[1:]
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = threads


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def standing() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


import numpy as np

logits = np.empty(np.load(pred, mmap_mode="r").shape, np.float32)
with open(pred, "rb") as file:
    np.lib.format.read_magic(file)
    np.lib.format.read_array_header_1_0(file)
    file.readinto(memoryview(logits).cast("B"))

if which == "torch":
    import torch

    torch.set_num_threads(int(threads))
    tensor = torch.from_numpy(logits)
    before = standing()
    start = time.perf_counter()
    torch.log_softmax(tensor, 1)
else:
    from PIL import Image

    from segloss_cli.losses._evaluate import evaluate, needs_for
    from segloss_cli.losses._knobs import Setting
    from segloss_cli.losses._passes import from_sources
    from segloss_cli.losses._source import from_array
    from segloss_cli.scan.options import defaults

    ids = np.load(label) if label.endswith(".npy") else np.asarray(Image.open(label))[None]
    setting = Setting("multiclass", ignoring=True)
    requests = defaults("multiclass", ())
    needs, ignore = needs_for(requests, setting), frozenset({255})
    before = standing()
    start = time.perf_counter()
    passes = from_sources(from_array(logits), ids.reshape(len(ids), -1), ignore, needs, threads=int(threads))
    done = time.perf_counter()
    values = [evaluate(request, passes, setting) for request in requests]
print((done if which == "segloss" else time.perf_counter()) - start, time.perf_counter() - start, (peak() - before) / logits.nbytes)

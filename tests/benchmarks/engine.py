"""One timed pass in a fresh process: ``engine.py torch|WHICH PRED LABEL THREADS``.

WHICH is "sums" (the losses of exclusive classes that are sums of probabilities: all but those that rank, sort, look at
whole maps or at hard regions), "regions" (those and GIoU), "sorted" (those and the exact Lovasz), "sigmoid" (the sums
and the one-vs-rest losses), "one" (Dice), "dices" (fifty settings of Dice) or "fifty" (fifty conventions of the sums).
It prints the seconds of the pass, those with the losses evaluated from it, and the growth of the peak memory over what
stood before the pass, divided by the bytes of the logits (which are in memory already).
"""

from __future__ import annotations

import os
import resource
import statistics
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


def requests_of(which: str):
    """The losses of a set, each in our own convention or, for "fifty", in every library's."""
    from segloss_cli.losses import catalogue
    from segloss_cli.losses._evaluate import needs_for
    from segloss_cli.losses._knobs import Request, Setting

    losses = {name: loss for name, loss in catalogue().items() if "multiclass" in loss.tasks}
    setting = Setting("multiclass", ignoring=True)

    def sums(request) -> bool:
        """Whether one softmax pass of sums is enough."""
        needs = needs_for([request], setting)
        return [*needs] == ["softmax"] and needs["softmax"].additive

    every = [request for name in losses if sums(request := Request(name))]
    plain = [request for request in every if "boxes" not in losses[request.loss].kinds]
    likes = [Request(name, like) for name, loss in losses.items() for like in loss.conventions]
    taken = [r for r in likes if {"multiclass"} <= losses[r.loss].conventions[r.like].tasks and sums(r)]
    return {
        "sums": plain,
        "regions": every,
        "sorted": [*every, Request("lovasz")],
        "sigmoid": [*plain, *(Request(name) for name, loss in losses.items() if "sides" in loss.kinds)],
        "one": [Request("dice")],
        "dices": [Request("dice", None, {"smooth": smooth / 10}) for smooth in range(50)],
        "fifty": [*taken, *plain][:50],
    }[which]


def pass_of(which: str, logits, label: str, threads: int) -> tuple[float, float, int]:
    """The pass of a set of losses, and the losses from it."""
    import numpy as np
    from PIL import Image

    from segloss_cli.losses._evaluate import evaluate, needs_for
    from segloss_cli.losses._knobs import Setting
    from segloss_cli.losses._passes import from_sources
    from segloss_cli.losses._source import from_array

    ids = np.load(label) if label.endswith(".npy") else np.asarray(Image.open(label))[None]
    setting, requests = Setting("multiclass", ignoring=True), requests_of(which)
    needs = needs_for(requests, setting)
    before, start = standing(), time.perf_counter()
    flat = ids.reshape(len(ids), -1)
    passes = from_sources(from_array(logits), flat, frozenset({255}), needs, threads=threads)
    done = time.perf_counter()
    for request in requests:
        evaluate(request, passes, setting)
    return done - start, time.perf_counter() - start, before


def warm(logits, label: str, threads: int) -> tuple[float, float, int]:
    """The sums once the process has touched what it reuses: the median of seven passes after one."""
    found = [pass_of("sums", logits, label, threads) for _ in range(8)][1:]
    return tuple(statistics.median(each) for each in zip(*found, strict=True))


def main() -> None:
    """Time one of both."""
    which, pred, label, threads = sys.argv[1:]
    # before NumPy is imported: OpenBLAS would start threads that spin
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS=threads)
    logits = load(pred)
    count = int(threads)
    if which == "torch":
        pass_, whole, before = log_softmax(logits, count)
    elif which == "warm":
        pass_, whole, before = warm(logits, label, count)
    else:
        pass_, whole, before = pass_of(which, logits, label, count)
    print(pass_, whole, (peak() - before) / logits.nbytes)


if __name__ == "__main__":
    main()

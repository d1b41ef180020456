"""Samples -> outcomes, in the order of the samples: judged in this process, or by workers, or known from the cache."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from segloss_cli.scan._order import Order, Outcome
from segloss_cli.scan._worker import Examine, Known, WorkersError, judged
from segloss_cli.types import Sample

if TYPE_CHECKING:
    from segloss_cli.scan._chunks import Chunk
    from segloss_cli.scan.cache import Cache

    Stream = Generator[tuple[Sample, bool, Outcome], None, None]
    """Samples, whether each was judged just now, and what came of it."""

FEW = 48
"""So many samples are judged before workers would be at it."""

PATIENCE = 120.0
"""Seconds after which a worker is given up that is still at the same sample."""

_LOOK_UP = 512
_AHEAD = 8192
_WINDOW = 16


class Way(NamedTuple):
    """How samples are judged, and for how long each may be."""

    order: Order
    examine: Examine | None
    patience: float


def outcomes(
    samples: Sequence[Sample],
    order: Order,
    *,
    jobs: int | None = None,
    cache: Cache | None = None,
    examine: Examine | None = None,
    patience: float = PATIENCE,
) -> Iterator[Outcome]:
    """What comes of each sample, in their order, the first as soon as it is known; memory does not grow with them.

    Nothing that a sample does stops the others: where judging it raises, kills its worker (twice, the second time
    with no other worker at work) or takes too long, its outcome says so in ``skipped``.

    Args:
        samples: what to judge.
        order: how to judge it.
        jobs: worker processes; None for one on each processor, or none where there is little to do.
        cache: is asked first, and told what was judged.
        examine: judges one sample; :func:`segloss_cli.scan.examine.examine` unless said. Workers that are started
            afresh (on macOS and Windows, or beside threads) have to be able to import it.
        patience: seconds that a sample may take in a worker.

    Yields:
        One outcome for each sample.

    Raises:
        WorkersError: ``jobs`` were asked for and cannot be started.
    """
    known = _looked_up(samples, cache)
    way = Way(order, examine, patience)
    with closing(_unasked(known, way) if jobs is None else _by_workers(known, way, max(jobs, 1), deque())) as stream:
        for sample, fresh, outcome in stream:
            # what could not be judged may be judged next time: another moment, other rights, more memory
            if fresh and cache is not None and not outcome.skipped:
                cache.put(sample, outcome)
            yield outcome


def processors() -> int:
    """How many processors this process may use: those of its affinity, as far as its control group grants them."""
    try:
        count = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        count = os.cpu_count() or 1
    return max(1, min(count, _granted() or count))


def _granted(root: str = "/sys/fs/cgroup") -> int:
    """Whole processors that a container is granted; 0 where nothing limits it."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            words = " ".join(_text(os.path.join(root, name)) for name in names).split()
            quota, period = int(words[0]), int(words[1])
        except (OSError, ValueError, IndexError):
            continue
        if quota > 0 and period > 0:
            return max(1, -(-quota // period))
    return 0


def _text(path: str) -> str:
    with open(path, encoding="ascii") as file:
        return file.read(64)


def _own() -> Examine:
    """The engine's own way, which is not imported where the cache knows everything."""
    from segloss_cli.scan.examine import examine

    return examine


def _looked_up(samples: Sequence[Sample], cache: Cache | None) -> Iterator[Known]:
    """Each sample with what the cache knows of it."""
    for start in range(0, len(samples), _LOOK_UP):
        some = samples[start : start + _LOOK_UP]
        yield from zip(some, cache.known(some) if cache is not None else [None] * len(some), strict=True)


def _unasked(known: Iterator[Known], way: Way) -> Stream:
    """Judge in this process where there is little to do, else by workers; where none can be started, here after all.

    Headers are read here whatever their number: that takes no longer than handing a sample over and back.
    """
    few = _AHEAD if way.order.depth == "container" else FEW
    while ahead := _until(known, few):
        if sum(outcome is None for _, outcome in ahead) <= few:
            yield from _here(ahead, way)
            continue
        known = chain(ahead, known)
        window: deque[Chunk] = deque()
        try:
            yield from _by_workers(known, way, processors(), window)
        except WorkersError:
            yield from _here((pair for chunk in window for pair in chunk.pairs()), way)


def _until(known: Iterator[Known], few: int) -> list[Known]:
    """The next samples: up to more than a few of which nothing is known, or a bounded number."""
    ahead: list[Known] = []
    unknown = 0
    for pair in islice(known, _AHEAD):
        ahead.append(pair)
        unknown += pair[1] is None
        if unknown > few:
            break
    return ahead


def _here(known: Iterable[Known], way: Way) -> Stream:
    order, examine, _ = way
    for sample, outcome in known:
        if outcome is None:
            examine = examine or _own()
            yield sample, True, judged(sample, order, examine)
        else:
            yield sample, False, outcome


def _by_workers(known: Iterator[Known], way: Way, jobs: int, window: deque[Chunk]) -> Stream:
    """Judge chunk by chunk; a chunk leaves the window when it is done and all before it are."""
    from segloss_cli.scan._chunks import Chunk
    from segloss_cli.scan._workers import Workers

    with closing(Workers(jobs, way.order, way.examine or _own(), way.patience)) as workers:
        while True:
            while len(window) < _WINDOW * jobs and workers.hungry:
                chunk = Chunk([*islice(known, workers.size)])
                if not chunk.samples:
                    break
                window.append(chunk)
                if chunk.open:
                    workers.add(chunk)
            if not window:
                return
            while window and not window[0].open:
                yield from window.popleft().done()
            if window:
                workers.step()

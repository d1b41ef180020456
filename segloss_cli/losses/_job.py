"""What the CPU engine works on, and how it is cut into chunks and run in threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from segloss_cli._record import record
from segloss_cli.losses._hard import code_type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._loss import Needs
    from segloss_cli.losses._source import Source

CHUNK_BYTES = 2 << 20
"""Bytes of one chunk of logits: large enough that the calls per chunk cost little, small enough for the cache, and for
the first touch of the scratch, which is slow."""

_SMALL_BYTES = 64 << 20
"""Fewer logits than this are cut into chunks of half the size and left to one worker: touching the scratch for
the first time is then what takes longest."""

_LINE = 64
_LARGE_PAGE = 2 << 20
_RELEASE_BYTES = 24 << 20
_KEEP_BYTES = 16 << 20
_PART_CHUNKS = 8
_PART_PIXELS = 48 << 10
"""A part is what a worker takes: chunks enough that the calls per pixel, which hold the interpreter's lock in between,
are few, and pixels no more than that what is kept of them stays in the cache."""


Part = tuple[int, int, int]
"""Image, first pixel, end pixel."""

T = TypeVar("T")


def keep_freed_memory() -> None:
    """Have the C library keep what the chunks' temporary arrays free, rather than hand it back and fetch it again.

    glibc gives back the top of its heap beyond twice the largest block that was ever mapped and freed; until a large
    one has been, each chunk faults its pages in anew, which takes a quarter of the first pass. Nothing is touched.
    """
    np.empty(_KEEP_BYTES, np.uint8)


def buffers(*wanted: tuple[int, Any]) -> list[NDArray[Any]]:
    """Arrays of so many elements of these dtypes, one after another in large pages where they fill any.

    A large page costs one fault and one entry of the processor's page table, not 512 of each. NumPy asks the system for
    them from 4 MiB on, and does not begin at the border of one.

    >>> [(one.size, one.dtype.name) for one in buffers((3, np.float32), (5, np.intp))]
    [(3, 'float32'), (5, 'int64')]
    """
    dtypes = [np.dtype(dtype) for _, dtype in wanted]
    sizes = [-(-count * dtype.itemsize // _LINE) * _LINE for (count, _), dtype in zip(wanted, dtypes, strict=True)]
    if sum(sizes) < _LARGE_PAGE:
        return [np.empty(count, dtype) for (count, _), dtype in zip(wanted, dtypes, strict=True)]
    pool = np.empty(sum(sizes) + 2 * _LARGE_PAGE, np.uint8)
    at, cut = -pool.ctypes.data % _LARGE_PAGE, []
    for (count, _), dtype, size in zip(wanted, dtypes, sizes, strict=True):
        cut.append(pool[at : at + count * dtype.itemsize].view(dtype))
        at += size
    return cut


@dataclass(slots=True)
class Scratch:
    """The buffers that a worker reuses for every chunk: touching fresh pages takes longer than the arithmetic on them.

    ``block`` holds a chunk of logits, flat; ``small`` as many bytes as it has elements; ``index`` an integer per pixel
    of it, and ``count`` the pixels' numbers from 0; ``label`` and ``codes`` an integer per pixel of a part, ``total``
    and ``own`` a number.
    """

    block: NDArray[Any]
    small: NDArray[np.uint8]
    label: NDArray[np.intp]
    codes: NDArray[Any]
    total: NDArray[Any]
    own: NDArray[Any]
    index: NDArray[np.intp]
    count: NDArray[np.intp]

    @classmethod
    def of(cls, job: Job) -> Scratch:
        """Scratch for a job's chunks."""
        size, k, rows = job.classes * job.chunk, job.chunk, job.part
        by_part = [(rows, np.intp), (rows, code_type(job.classes)), (rows, job.dtype), (rows, job.dtype)]
        made = cls(*buffers((size, job.dtype), (size, np.uint8), *by_part, (k, np.intp), (k, np.intp)))
        made.count[:] = np.arange(k)
        return made

    def shaped(self, classes: int, pixels: int) -> tuple[NDArray[Any], NDArray[np.uint8]]:
        """Both, as (classes, pixels)."""
        size = classes * pixels
        return self.block[:size].reshape(classes, pixels), self.small[:size].reshape(classes, pixels)


class Spare:
    """The scratch that no worker has in hand."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.free: list[Scratch] = []

    @contextmanager
    def lend(self) -> Iterator[Scratch]:
        """Scratch for the time of a part; taking and giving back are atomic."""
        try:
            scratch = self.free.pop()
        except IndexError:
            scratch = Scratch.of(self.job)
        yield scratch
        self.free.append(scratch)


@record(frozen=True)
class Job:
    """One pass: logits, labels, which ids are ignored, what to sum, and in which dtype.

    ``labels`` is (N, H * W); for several sigmoids (N, C, H * W). ``teacher`` are logits of the same shape.
    """

    source: Source
    labels: NDArray[Any]
    ignore: frozenset[int]
    needs: Needs
    dtype: Any = np.float32
    teacher: Source | None = None
    threads: int | None = None

    @property
    def images(self) -> int:
        """How many images."""
        return self.source.shape[0]

    @property
    def classes(self) -> int:
        """How many channels."""
        return self.source.shape[1]

    @property
    def pixels(self) -> int:
        """Pixels of one image."""
        return self.source.shape[2] * self.source.shape[3]

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes of one pixel's logits in scratch."""
        return int(np.dtype(self.dtype).itemsize) * self.classes

    @property
    def is_small(self) -> bool:
        """Whether a second worker, with scratch of its own to touch, would cost more than it saves."""
        return self.images * self.pixels * self.bytes_per_pixel < _SMALL_BYTES

    @property
    def chunk(self) -> int:
        """Pixels of one chunk: whole rows where they fit, so that few runs of equal labels are cut."""
        width = self.source.shape[3]
        size = max(256, CHUNK_BYTES // (2 if self.is_small else 1) // self.bytes_per_pixel)
        return max(1, min(self.pixels, size // width * width if size >= width else size))

    @property
    def part(self) -> int:
        """Pixels of one part: whole rows where they fit, and about as many in each."""
        width = self.source.shape[3]
        most = max(self.chunk, min(self.chunk * _PART_CHUNKS, _PART_PIXELS // (4 if self.is_small else 1)))
        size = -(-self.pixels // -(-self.pixels // most))
        return -(-size // width) * width if size >= width else size

    def parts(self) -> Iterator[Part]:
        """The stretches that workers take: the same whatever their number, so the digits are too."""
        step = self.part
        for image in range(self.images):
            for a in range(0, self.pixels, step):
                yield image, a, min(a + step, self.pixels)

    def chunks(self, part: Part) -> Iterator[Part]:
        """The chunks of a part."""
        image, low, high = part
        for a in range(low, high, self.chunk):
            yield image, a, min(a + self.chunk, high)

    def release(self) -> None:
        """Give back the pages of the files that were read."""
        self.source.release()
        if self.teacher is not None:
            self.teacher.release()

    def run(self, work: Callable[[Part], T]) -> Iterator[T]:
        """The results of ``work`` on every part, in order; pages touched are given back as it goes."""
        keep_freed_memory()
        parts = self.parts()
        window = max(1, _RELEASE_BYTES // (self.part * self.bytes_per_pixel))
        most = self.threads or (1 if self.is_small else os.cpu_count() or 1)
        workers = min(most, self.images * -(-self.pixels // self.part))
        for number, result in enumerate(_ahead(work, parts, workers) if workers > 1 else map(work, parts), 1):
            yield result
            if number % window == 0:
                self.release()
        self.release()


def _ahead(work: Callable[[Part], T], parts: Iterator[Part], workers: int) -> Iterator[T]:
    """The results in order, by workers that are never without a part to take."""
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(work, part) for part in islice(parts, 2 * workers))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(work, part) for part in islice(parts, 1))

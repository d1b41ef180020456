"""Worker processes, seen from the process that gives them work: who has what, who is late, who died of what.

A worker that dies takes nothing with it but the samples that it was given and has not answered. It says which sample
it begins, so that it is known which one it died of. That one is judged once more, by a worker of its own while all
others rest (who is killed for want of memory need not be the one who took it); if that dies too, the sample is given
up. All other samples are given out again.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any

from segloss_cli.scan._chunks import Chunk, Task
from segloss_cli.scan._order import Order
from segloss_cli.scan._worker import Answers, Examine, Mark, WorkersError, lost, serve

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

TARGET = 0.04
"""Seconds that a task should take: long against the time to hand it over, short enough for early results."""

MOST = 32
"""Samples in a task at most."""

_TICK = 1.0
_FAREWELL = 5.0
_BARREN = 3
# what a pipe takes at once on every system: a worker may be sent its next task while it is busy with one
_AHEAD_BYTES = 4096


@dataclass(slots=True)
class Worker:
    """A process, the pipe to it, its tasks in order, and how far it got.

    ``answered`` counts the tasks that it has finished, ``at`` is the last sample that it began, and ``since`` when that
    was noticed.
    """

    process: BaseProcess
    calls: Connection
    mark: Mark
    tasks: deque[Task] = field(default_factory=deque)
    answered: int = 0
    at: tuple[int, int] = (-1, 0)
    since: float = 0.0

    def look(self) -> None:
        """See which sample is begun."""
        at = self.mark.read()
        if at != self.at:
            self.at, self.since = at, monotonic()

    def position(self) -> int | None:
        """The sample of its first task that it is at; None where it has begun none of them."""
        return self.at[1] if self.at[0] == self.answered else None

    def end(self) -> str:
        """How a process ended that hung up, in words."""
        self.process.join(_TICK)
        code = self.process.exitcode
        if code is None:
            return "it hung up"
        if code >= 0:
            return f"exit code {code}"
        try:
            name = f", {signal.Signals(-code).name}"
        except ValueError:
            name = ""
        return f"signal {-code}{name}{', often for want of memory' if code == -9 else ''}"

    def close(self) -> None:
        """End the process, whatever it is at, and wait for it; one that hangs in the system is left to it."""
        self.process.kill()
        self.process.join(_FAREWELL)
        if self.process.exitcode is not None:
            self.process.close()
        self.calls.close()
        self.mark.close()


class Workers:
    """Processes that judge chunks; ``size`` is how many samples the next chunk should have."""

    def __init__(self, jobs: int, order: Order, examine: Examine, patience: float, method: str = "") -> None:
        self.size = 4
        self._jobs = jobs
        self._told = order, examine
        self._patience = patience
        self._method = method or start_method()
        self._queue: deque[Task] = deque()
        self._suspects: deque[Task] = deque()
        self._workers: list[Worker] = []
        self._barren = 0

    def add(self, chunk: Chunk) -> None:
        """Give a chunk to be judged; nothing happens until :meth:`step`."""
        self._queue.append(Task(chunk, chunk.missing()))

    @property
    def hungry(self) -> bool:
        """Whether more chunks should be given."""
        return len(self._queue) < self._jobs

    def step(self) -> None:
        """Hand out tasks, and wait for an answer, a death or a second to pass.

        Raises:
            WorkersError: workers cannot be started, or die before they begin.
        """
        from multiprocessing.connection import wait

        self._recruit()
        self._assign()
        ready = set(wait([worker.calls for worker in self._workers], timeout=_TICK))
        for worker in [*self._workers]:
            worker.look()
            if worker.calls in ready:
                self._hear(worker)
            elif worker.tasks and monotonic() - worker.since > self._patience:
                self._bury(worker, f"judging it took more than {self._patience:.0f} seconds, and was given up")

    def close(self) -> None:
        """End all processes."""
        while self._workers:
            self._workers.pop().close()

    def _recruit(self) -> None:
        """Start workers; where the system allows fewer than were asked for, those have to do."""
        try:
            while len(self._workers) < self._jobs:
                self._workers.append(started(self._method, *self._told, self._workers))
        except OSError as error:
            if not self._workers:
                raise WorkersError(f"worker processes cannot be started ({error}); leave --jobs out") from error
            self._jobs = len(self._workers)

    def _assign(self) -> None:
        """Hand out what waits: a suspect to one worker while all rest, else two tasks to each, one of them ahead."""
        if self._suspects:
            if not any(worker.tasks for worker in self._workers):
                self._give(self._workers[0], self._suspects.popleft())
            return
        if any(task.alone for worker in self._workers for task in worker.tasks):
            return
        for full in (1, 2):
            for worker in self._workers:
                if self._queue and len(worker.tasks) < full:
                    self._give(worker, self._queue.popleft())

    def _give(self, worker: Worker, task: Task) -> None:
        """Send a task, unless the worker is busy and the pipe might not take it: then both would wait for ever."""
        from multiprocessing.reduction import ForkingPickler

        message = ForkingPickler.dumps([task.chunk.samples[index] for index in task.indexes])
        if worker.tasks and len(message) > _AHEAD_BYTES:
            self._queue.appendleft(task)
            return
        if not worker.tasks:
            worker.since = monotonic()
        worker.tasks.append(task)
        with suppress(OSError):  # it died, which is noticed when it is listened to
            worker.calls.send_bytes(message)

    def _hear(self, worker: Worker) -> None:
        try:
            answers: Answers = worker.calls.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        seconds, outcomes = answers
        task = worker.tasks.popleft()
        worker.answered, worker.since, self._barren = worker.answered + 1, monotonic(), 0
        for index, outcome in zip(task.indexes, outcomes, strict=True):
            task.chunk.settle(index, outcome)
        fitting = TARGET * len(outcomes) / max(seconds, 1e-6)
        self.size = max(1, min(MOST, 2 * self.size, int(fitting)))

    def _bury(self, worker: Worker, late: str = "") -> None:
        """Take a worker out that died, or is late, and give out again what it has not answered."""
        self._workers.remove(worker)
        worker.look()
        died = "" if late else worker.end()
        worker.close()
        tasks, position = [*worker.tasks], worker.position()
        self._queue.extendleft(reversed(tasks[1:]))
        if position is not None:
            cause = (
                late or f"judging it ended the worker process, twice ({died}); look at it by itself, or leave it out"
            )
            self._blame(tasks[0], position, cause, proved=bool(late) or tasks[0].alone)
            return
        self._queue.extendleft(tasks[:1])
        self._barren += 1
        if self._barren > _BARREN + self._jobs:
            raise WorkersError(f"worker processes end before they begin ({died or late}); leave --jobs out")

    def _blame(self, task: Task, position: int, cause: str, *, proved: bool) -> None:
        chunk, index = task.chunk, task.indexes[position]
        rest = [other for other in task.indexes if other != index]
        if rest:
            self._queue.appendleft(Task(chunk, rest))
        if proved:
            chunk.settle(index, lost(chunk.samples[index], cause))
        else:
            self._suspects.append(Task(chunk, [index], alone=True))


def start_method() -> str:
    """How to start workers: a copy of this process where it has no other thread, which is ten times as fast.

    A copy of a process with threads may find locks taken that nobody will ever give back.
    """
    try:
        alone = sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1
    except OSError:
        alone = False
    return "fork" if alone else "spawn"


def started(method: str, order: Order, examine: Examine, others: Sequence[Worker]) -> Worker:
    """A new worker; ``others`` are those that there are already.

    Raises:
        OSError: the system starts no more processes.
    """
    from multiprocessing import get_context

    context: Any = get_context(method)
    shared = _shared(context, method)
    calls, theirs = context.Pipe()
    inherited = [calls, *(worker.calls for worker in others)] if method == "fork" else []
    process = context.Process(target=serve, args=(theirs, shared, order, examine, inherited), daemon=True)
    try:
        with _quietly():
            process.start()
    except OSError:
        calls.close()
        raise
    finally:
        theirs.close()
    return Worker(process, calls, Mark(shared), since=monotonic())


def _shared(context: Any, method: str) -> Any:
    """Memory that a process shares with those that it starts; a copy of it needs no file for that."""
    if method == "fork":
        from mmap import mmap

        return mmap(-1, Mark.SIZE)
    return context.RawArray("B", Mark.SIZE)


@contextmanager
def _quietly() -> Iterator[None]:
    """Start a process so that Ctrl-C meets it only once it knows to let it pass, and that runs no script of the user.

    Started afresh, a worker would import the main module, which it has no use for: without the usual guard in it, it
    would start workers too.
    """
    main = sys.modules["__main__"]
    masks = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

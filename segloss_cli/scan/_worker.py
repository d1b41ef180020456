"""What a worker process does: judge samples one after the other, and say which one it begins.

Whatever judging a sample raises becomes an outcome that says so, here and in the process that reads no worker.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from segloss_cli.errors import SeglossError
from segloss_cli.scan._order import Facts, Order, Outcome
from segloss_cli.types import Sample, Skipped

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
Examine = Callable[[Sample, Order], Outcome]
Answers = tuple[float, list[Outcome]]
"""How many seconds a task took, and what came of its samples."""

Known = tuple[Sample, Outcome | None]
"""A sample with what the cache knows of it."""

MANY = 400
"""So many samples are judged by a worker without NumPy."""

_KEEP_BYTES = 16 << 20


class Mark:
    """How far a worker is: the last task and sample that it began, in memory that two processes share.

    A message for each sample would take longer than to add up what comes of it.

    >>> mark = Mark(bytearray(Mark.SIZE))
    >>> mark.read()
    (-1, 0)
    >>> mark.set(2, 31)
    >>> mark.read()
    (2, 31)
    """

    SIZE = 8
    """Bytes to share: one number, so that whoever reads it never sees half of it."""

    def __init__(self, shared: Any) -> None:
        """``shared`` is a buffer of so many bytes, 0 at first."""
        self._cell = memoryview(shared).cast("B").cast("Q")

    def set(self, number: int, position: int) -> None:
        """A sample is begun: the number of its task, counted from 0, and the position in it."""
        self._cell[0] = (number + 1) << 32 | position

    def read(self) -> tuple[int, int]:
        """What was set last; of no task at first."""
        number, position = divmod(self._cell[0], 1 << 32)
        return number - 1, position

    def close(self) -> None:
        """Let go of the memory."""
        self._cell.release()


class WorkersError(SeglossError):
    """No worker can be started, or all end before they begin."""


def attempt(act: Callable[..., T], otherwise: Callable[..., T], *given: Any) -> T:
    """``act(*given)``; where that fails for any reason but Ctrl-C, ``otherwise(words, *given)`` with words for it."""
    try:
        return act(*given)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        return otherwise(_words_for(error), *given)


def _words_for(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory to judge it; run with fewer --jobs, or leave it out"
    text = " ".join(str(error).split())[:200]
    return (
        f"judging it failed: {type(error).__name__}{f': {text}' if text else ''}; "
        "this is a fault of segloss itself, please report it with the file"
    )


def judged(sample: Sample, order: Order, examine: Examine) -> Outcome:
    """What comes of a sample, whatever happens to ``examine``."""
    return attempt(examine, _given_up, sample, order)


def _given_up(words: str, sample: Sample, _: Order) -> Outcome:
    return lost(sample, words)


def lost(sample: Sample, reason: str) -> Outcome:
    """What is left of a sample that could not be judged."""
    facts = Facts(sample.split, sample.label, unread=1)
    return Outcome(facts, skipped=(Skipped(sample.path, reason),))


def serve(calls: Connection, shared: Any, order: Order, examine: Examine, others: Iterable[Connection] = ()) -> None:
    """Judge what is sent, until nobody sends any more.

    Args:
        calls: brings lists of samples, and takes back their answers.
        shared: memory for the :class:`Mark` of what is begun.
        order: how to judge them.
        examine: judges one of them.
        others: ends of pipes that a forked process inherits and has to close, or the other side's end is never seen.
    """
    for other in others:
        other.close()
    _settle()
    mark, number, done = Mark(shared), 0, 0
    with suppress(EOFError, OSError):
        while True:
            samples = calls.recv()
            calls.send(_answers(samples, number, mark, order, examine))
            number, done = number + 1, done + len(samples)
            if done >= MANY:
                # NumPy counts labels faster than Pillow does, and by now is worth the tenth of a second
                import_module("numpy")


def _answers(samples: Sequence[Sample], number: int, mark: Mark, order: Order, examine: Examine) -> Answers:
    start, made = monotonic(), []
    for position, sample in enumerate(samples):
        mark.set(number, position)
        made.append(judged(sample, order, examine))
    return monotonic() - start, made


def _settle() -> None:
    """Leave Ctrl-C to the process that gave the work, die in silence, and have freed memory kept for the next file."""
    import faulthandler

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    faulthandler.disable()
    # glibc gives memory back beyond twice the largest block that was ever mapped and freed, and fetches it again
    # page by page for each picture; nothing of this one is touched
    bytes(_KEEP_BYTES)

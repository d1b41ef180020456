"""Ways of judging a sample that go wrong, for workers that have to be able to import them."""

import os
import signal
import sys
import time
from pathlib import Path

from segloss_cli.scan._order import Facts, Outcome


def examine(sample, order):
    """Do what stands behind the colon of the label, and then say that it is judged."""
    action, _, more = sample.label.partition(":")[2].partition("=")
    _ACTIONS.get(action, fine)(more)
    return Outcome(Facts(sample.split, sample.label, pixels=7))


def die_at_once(*_):
    os._exit(4)


def fine(_):
    pass


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def crash(_):
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(_):
    os._exit(3)


def raises(_):
    raise RuntimeError("no\nsuch luck")


def memory(_):
    raise MemoryError


def exits(_):
    sys.exit(2)


def sleep(seconds):
    time.sleep(float(seconds))


def once(path):
    """Killed the first time only, as by a system that is out of memory."""
    if not os.path.exists(path):
        Path(path).touch()
        killed("")


def noted(path):
    with open(path, "ab") as file:
        file.write(b".")


def unpicklable(_):
    class Own(Exception):
        pass

    raise Own


_ACTIONS = {
    "killed": killed,
    "crash": crash,
    "leave": leave,
    "raises": raises,
    "memory": memory,
    "exits": exits,
    "sleep": sleep,
    "once": once,
    "noted": noted,
    "unpicklable": unpicklable,
}

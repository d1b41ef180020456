import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segloss_cli.scan import _workers, parallel
from segloss_cli.scan._order import Facts, Order, Outcome
from segloss_cli.scan._worker import WorkersError
from segloss_cli.scan.parallel import FEW, outcomes, processors
from segloss_cli.types import Contract, Sample

ORDER = Order(Contract(), frozenset({"SL201"}))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def judge(monkeypatch):
    """The stand-ins, where workers that are started afresh can import them too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import stand_ins

    return stand_ins


def samples(number, **actions):
    """So many samples; ``s7="killed"`` makes the seventh go wrong."""
    return [Sample(label=f"{i}:{actions.get(f's{i}', '')}", split="train") for i in range(number)]


def check_all(found, given, lost=()):
    """Each sample has its outcome, in order, and only those are lost that should be."""
    assert [outcome.facts.split for outcome in found] == ["train"] * len(given)
    assert [outcome.facts.path for outcome in found] == [sample.label for sample in given]
    skipped = [one.path for outcome in found for one in outcome.skipped]
    assert skipped == [given[i].label for i in lost]
    assert all(outcome.facts.pixels == 7 for outcome in found if not outcome.skipped)
    assert all(outcome.facts.unread == 1 for outcome in found if outcome.skipped)
    return [one.reason for outcome in found for one in outcome.skipped]


@pytest.mark.parametrize("jobs", [None, 1, 2, 3])
@pytest.mark.parametrize("number", [0, 1, FEW, FEW + 1, 300])
def test_every_sample_has_its_outcome_in_order(judge, jobs, number):
    given = samples(number)
    check_all([*outcomes(given, ORDER, jobs=jobs, examine=judge.examine)], given)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("jobs", [None, 1, 2])
def test_who_kills_its_worker_is_named_and_all_others_are_judged(judge, jobs):
    given = samples(200, s0="killed", s40="crash", s41="leave", s42="killed", s199="killed")
    reasons = check_all([*outcomes(given, ORDER, jobs=jobs, examine=judge.examine)], given, [0, 40, 41, 42, 199])
    assert "signal 9, SIGKILL, often for want of memory" in reasons[0]
    assert "signal 11, SIGSEGV" in reasons[1]
    assert "exit code 3" in reasons[2]
    assert all("\n" not in reason for reason in reasons)


def test_who_was_killed_once_was_innocent(judge, tmp_path):
    given = samples(100, s50=f"once={tmp_path / 'a'}", s51=f"once={tmp_path / 'b'}")
    check_all([*outcomes(given, ORDER, jobs=2, examine=judge.examine)], given)
    assert (tmp_path / "a").exists()
    assert (tmp_path / "b").exists()


@pytest.mark.parametrize("jobs", [None, 2])
def test_what_is_raised_is_told(judge, jobs):
    given = samples(10, s1="raises", s2="memory", s3="exits", s4="unpicklable")
    reasons = check_all([*outcomes(given, ORDER, jobs=jobs, examine=judge.examine)], given, [1, 2, 3, 4])
    assert "RuntimeError: no such luck; this is a fault of segloss itself" in reasons[0]
    assert "not enough memory" in reasons[1]
    assert "SystemExit: 2" in reasons[2]
    assert "Own;" in reasons[3]


def test_who_takes_too_long_is_given_up(judge):
    given = samples(60, s5="sleep=600", s6="sleep=600")
    found = [*outcomes(given, ORDER, jobs=2, examine=judge.examine, patience=1.5)]
    reasons = check_all(found, given, [5, 6])
    assert all("took more than" in reason for reason in reasons)


def test_results_come_early_and_no_more_is_done_than_is_asked_for(judge, tmp_path):
    notes = tmp_path / "notes"
    given = [Sample(label=f"{i}:noted={notes}", split="train") for i in range(20_000)]
    stream = outcomes(given, ORDER, jobs=2, examine=judge.examine)
    first = next(stream)
    seen = -1
    while seen != (seen := notes.stat().st_size):
        time.sleep(0.3)
    stream.close()
    assert first.facts.path == given[0].label
    assert 0 < seen < len(given) // 2
    assert multiprocessing.active_children() == []


def test_long_names_do_not_block_the_pipes(judge):
    given = [Sample(label=f"{i}:{'x' * 4000}", image="y" * 4000, split="train") for i in range(400)]
    check_all([*outcomes(given, ORDER, jobs=2, examine=judge.examine)], given)


def test_headers_are_read_here(judge, monkeypatch):
    monkeypatch.setattr(parallel, "_by_workers", lambda *_: pytest.fail("a worker was started"))
    given = samples(500)
    order = Order(Contract(), frozenset(), depth="container")
    check_all([*outcomes(given, order, examine=judge.examine)], given)


def refuse(*_):
    raise OSError(11, "Resource temporarily unavailable")


def test_where_no_worker_can_be_started_it_is_done_here_unless_workers_were_asked_for(judge, monkeypatch):
    monkeypatch.setattr(_workers, "started", refuse)
    given = samples(200)
    check_all([*outcomes(given, ORDER, examine=judge.examine)], given)
    with pytest.raises(WorkersError, match="cannot be started"):
        list(outcomes(given, ORDER, jobs=2, examine=judge.examine))


def test_where_one_worker_can_be_started_that_one_does_it_all(judge, monkeypatch):
    real, others = _workers.started, []

    def one(method, order, examine, known):
        others.append(len(known))
        return refuse() if known else real(method, order, examine, known)

    monkeypatch.setattr(_workers, "started", one)
    given = samples(200, s30="killed")
    check_all([*outcomes(given, ORDER, jobs=4, examine=judge.examine)], given, [30])
    assert set(others) <= {0, 1}


def test_workers_that_end_before_they_begin(judge, monkeypatch):
    monkeypatch.setattr(_workers, "serve", judge.die_at_once)
    given = samples(200)
    with pytest.raises(WorkersError, match=r"end before they begin \(exit code 4\)"):
        list(outcomes(given, ORDER, jobs=2, examine=judge.examine))
    check_all([*outcomes(given, ORDER, examine=judge.examine)], given)
    assert multiprocessing.active_children() == []


class Memory:
    """A cache in memory that knows every second sample."""

    def __init__(self):
        self.told = []

    def known(self, some):
        return [
            Outcome(Facts("train", s.label, pixels=7)) if int(s.label.partition(":")[0]) % 2 else None for s in some
        ]

    def put(self, sample, outcome):
        self.told.append(sample.label)


@pytest.mark.parametrize("jobs", [None, 1, 2])
def test_what_the_cache_knows_is_not_judged_and_what_is_lost_is_not_told(judge, jobs):
    cache = Memory()
    given = samples(1500, s7="killed", s8="raises")
    check_all([*outcomes(given, ORDER, jobs=jobs, cache=cache, examine=judge.examine)], given, [8])
    assert cache.told == [sample.label for i, sample in enumerate(given) if i % 2 == 0 and i != 8]


def test_a_few_changed_samples_need_no_worker(judge, monkeypatch):
    cache = Memory()
    cache.known = lambda some: [
        None if s.label == "9000:" else Outcome(Facts("train", s.label, pixels=7)) for s in some
    ]
    monkeypatch.setattr(parallel, "_by_workers", lambda *_: pytest.fail("a worker was started"))
    given = samples(20_000)
    check_all([*outcomes(given, ORDER, cache=cache, examine=judge.examine)], given)
    assert cache.told == ["9000:"]


SCRIPT = """
import sys, threading
from segloss_cli.scan._order import Order
from segloss_cli.scan.parallel import outcomes
from segloss_cli.types import Contract, Sample
print("main")
threading.Thread(target=threading.Event().wait, daemon=True).start()
samples = [Sample(label=path) for path in sys.argv[1:]]
found = [outcome.facts.pixels for outcome in outcomes(samples, Order(Contract(), frozenset({"SL201"})), jobs=2)]
print(found)
"""


def test_beside_threads_and_without_a_guard_in_the_main_module(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    paths = [str(tmp_path / f"{i}.png") for i in range(6)]
    for i, path in enumerate(paths):
        Image.fromarray(np.zeros((4, 4 + i), np.uint8)).save(path)
    command = [sys.executable, str(tmp_path / "script.py"), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment())
    assert done.stdout == f"main\n{[4 * (4 + i) for i in range(6)]}\n"
    assert done.stderr == ""


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}


INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from segloss_cli.scan._order import Order
from segloss_cli.scan.parallel import outcomes
from segloss_cli.types import Contract, Sample
from stand_ins import examine
samples = [Sample(label=f"{i}:{'sleep=60' if i > 30 else ''}") for i in range(200)]
done = 0
try:
    for _ in outcomes(samples, Order(Contract(), frozenset()), jobs=2, examine=examine):
        done += 1
        print("one\\n", end="", flush=True)  # in one piece, whenever the signal comes
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(os.name != "posix", reason="process groups")
def test_an_interruption_is_quiet_and_leaves_nobody_behind():
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    ) as process:
        assert process.stdout.readline() == "one\n"
        # the terminal sends it to all processes in front
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert out.splitlines()[-1] == "interrupted"
    assert err == ""
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.skipif(os.name != "posix", reason="process groups")
def test_workers_end_with_their_parent():
    command = [sys.executable, "-c", INTERRUPTED.replace("sleep=60", "sleep=1")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    ) as process:
        assert process.stdout.readline() == "one\n"
        process.kill()
        # both pipes are theirs too, and end with the last of them
        out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert out == "one\n" * out.count("one")


def test_processors(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(parallel, "_granted", lambda: 0)
    assert processors() == 4
    monkeypatch.setattr(parallel, "_granted", lambda: 3)
    assert processors() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processors() == 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 0),
        ({"cpu.max": "max 100000"}, 0),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": ""}, 0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "400000\n"}, 0),
    ],
)
def test_what_a_container_is_granted(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert parallel._granted(str(tmp_path)) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="fork is for Linux")
def test_a_process_is_copied_where_it_has_no_other_thread(monkeypatch):
    monkeypatch.setattr(os, "listdir", lambda _: ["1"])
    assert _workers.start_method() == "fork"
    monkeypatch.setattr(os, "listdir", lambda _: ["1", "2"])
    assert _workers.start_method() == "spawn"
    monkeypatch.setattr(os, "listdir", refuse)
    assert _workers.start_method() == "spawn"

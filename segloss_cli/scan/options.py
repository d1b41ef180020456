"""What ``compute`` may be asked for, as one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from segloss_cli._plugins import names
from segloss_cli._record import record
from segloss_cli.errors import UsageError
from segloss_cli.losses._knobs import Request, Setting, conventions, find, parameters, parse, resolve
from segloss_cli.losses._loss import Loss
from segloss_cli.rules import Entry
from segloss_cli.types import Kind, Task

LOSSES = "segloss_cli.losses"

LIBRARIES = (
    "torch",
    "torchvision",
    "smp",
    "smp-0.3.4",
    "monai",
    "kornia",
    "mmseg",
    "nnunet",
    "toolbelt",
    "bubbliiiing",
    "bisenet",
    "smooth1",
    "scaled",
)
"""The order of ``--like all``, after our own: the first that has a value is what the others are compared with."""


@record(frozen=True)
class Wanted:
    """How to compute.

    ``requests`` are the losses asked for (none: every one that fits the task, in the ``likes`` asked for); ``weights``
    are class weights or None; ``kind`` declares what the prediction's values are; ``device`` is "cpu" for the NumPy
    engine, or what torch calls it ("torch-cpu" for torch on the CPU); ``dtype`` is None for the prediction's own
    (at least float32); ``grad`` asks for gradients, ``find`` for the settings that give a number; ``said`` holds the
    words of the command that another one repeats ("files", "contract", "weights"); ``entries`` are the rules to ask,
    None for all.
    """

    requests: tuple[Request, ...] = ()
    likes: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    kind: Kind | None = None
    member: str | None = None
    resize: bool = False
    per_class: bool = False
    per_image: bool = False
    device: str = "cpu"
    dtype: str | None = None
    grad: bool = False
    find: str | None = None
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entries: tuple[Entry, ...] | None = field(default=None, repr=False)


def requests_of(losses: Sequence[str], likes: Sequence[str]) -> tuple[Request, ...]:
    """``--loss`` and ``--like`` as requests: each loss in each convention; every name is checked here.

    >>> [(r.loss, r.like) for r in requests_of(["dice:smooth=1"], ["smp", "monai"])]
    [('dice', 'smp'), ('dice', 'monai')]
    """
    for like in likes:
        if like != "all" and like not in conventions():
            raise UsageError(f"--like {like}: unknown; known: all, {', '.join(conventions())}")
    return tuple(request for text in losses for request in _each(text, likes))


def _each(text: str, likes: Sequence[str]) -> list[Request]:
    name, params = parse(text)
    loss = find(name)
    wanted: list[str | None] = []
    for like in likes:
        wanted += [None, *sorted(loss.conventions, key=_place)] if like == "all" else [like]
    chosen = [like for like in dict.fromkeys(wanted or [None]) if like in likes or _has(loss, like, params)]
    requests = [Request(name, like, params) for like in chosen or [None]]
    for request in requests:
        if request.like is None or request.like in loss.conventions:
            resolve(request, Setting("multiclass"))
    return requests


def _place(library: str) -> tuple[int, str]:
    return LIBRARIES.index(library) if library in LIBRARIES else len(LIBRARIES), library


def _has(loss: Loss, like: str | None, params: Mapping[str, Any]) -> bool:
    """Whether a library that was not named, but is one of all, has these parameters."""
    return like is None or params.keys() <= parameters(loss, like).keys()


def defaults(task: Task, likes: Sequence[str]) -> tuple[Request, ...]:
    """Every loss that fits the task unasked, in every convention asked for that it has."""
    found = []
    for name in names(LOSSES):
        loss = find(name)
        if task not in loss.default:
            continue
        found += [r for r in _each(name, likes) if r.like is None or r.like in loss.conventions]
    return tuple(found)


def left_out(task: Task) -> tuple[tuple[str, str], ...]:
    """The losses that are not computed unasked, each with the reason."""
    return tuple((name, _why(name, task)) for name in names(LOSSES) if task not in find(name).default)


def _why(name: str, task: Task) -> str:
    loss: Any = find(name)
    if task in loss.tasks and "planes" in loss.kinds:
        return "each takes as long as all the others together; ask with --loss NAME"
    if task in loss.tasks:
        return f"not the usual choice for a {task} task; ask with --loss NAME"
    return f"for {' and '.join(sorted(loss.tasks))} tasks, not {task}"

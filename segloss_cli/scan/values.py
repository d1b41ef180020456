"""Losses of one pair, in every target of its label, from one pass each."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from segloss_cli._record import record
from segloss_cli.errors import MissingExtraError, UsageError
from segloss_cli.losses._evaluate import Head, Passes, evaluate, heads_of, needs_for
from segloss_cli.losses._knobs import Request, Setting, find, passes_stray, resolve, why_not
from segloss_cli.losses._source import Resized, Source, from_scores
from segloss_cli.scan.compare import Bench, Comparison, compare, is_comparison, needs_of
from segloss_cli.scan.options import Wanted, defaults, left_out
from segloss_cli.scan.targets import Target, raised_at
from segloss_cli.types import LossValue, Scores, Status, Task

if TYPE_CHECKING:
    from segloss_cli.losses._loss import Needs, Values

_SOFT_ONLY = frozenset({"pixel", "sides", "ranked", "divergence"})


@record(frozen=True)
class Work:
    """What the losses of one pair are computed from; ``size`` is the label's (height, width)."""

    scores: Scores
    targets: tuple[Target, ...]
    task: Task
    classes: int
    size: tuple[int, int]
    teacher: Scores | None
    label: str


@record(frozen=True)
class Computed:
    """The values of one pair, and what they came from, to make a data set's of.

    ``parts`` holds what each target gave, in order: the label as given first, its repair (if any) last.
    """

    values: tuple[LossValue, ...]
    parts: tuple[Part, ...]
    requests: tuple[Request, ...]
    task: Task
    classes: int


@record(frozen=True)
class Part:
    """One target: its name, its statistics, what its losses are told, and its values in the order of the requests.

    ``blocked`` says of each request that it was not computed from the statistics, and why; ``needs`` is what these
    hold, and ``comparisons`` what the libraries disagree on, where several were asked for.
    """

    name: str
    passes: Passes
    setting: Setting
    values: tuple[LossValue, ...]
    blocked: tuple[str | None, ...]
    needs: Mapping[Head, Needs]
    comparisons: tuple[Comparison, ...] = ()


def compute(work: Work, wanted: Wanted) -> Computed:
    """Every loss that is wanted, on every target of the label."""
    requests = wanted.requests or defaults(work.task, wanted.likes)
    parts = tuple(_part(work, target, requests, wanted) for target in work.targets)
    values = [value for part in parts for value in part.values]
    values += [] if wanted.requests else _left_out(work)
    return Computed(tuple(values), parts, requests, work.task, work.classes)


def _part(work: Work, target: Target, requests: tuple[Request, ...], wanted: Wanted) -> Part:
    # a repair may ignore more than was declared, and some libraries divide otherwise once an id is ignored
    setting = Setting(work.task, bool(target.ignore), weights_for(wanted, work))
    blocked = [why_blocked(request, work, setting, target) for request in requests]
    free = [request for request, reason in zip(requests, blocked, strict=True) if reason is None]
    several = is_comparison(requests)
    needs = needs_of(free, setting) if several else needs_for(free, setting)
    made = passes_of(work, target, needs, wanted) if needs else Passes()
    context = (work, target, wanted)
    values = tuple(_value(r, no, made, setting, context) for r, no in zip(requests, blocked, strict=True))
    compared = compare(list(zip(requests, values, strict=True)), Bench(made, setting, needs)) if several else ()
    if wanted.grad:
        from segloss_cli.scan.gradients import with_gradients  # which needs torch

        values = with_gradients(values, work, target, requests, setting=setting, wanted=wanted)
    why = tuple(v.reason if v.status == "skipped" else no and no[1] for v, no in zip(values, blocked, strict=True))
    return Part(target.name, made.without_pixels(), setting, values, why, needs, compared)


def why_blocked(request: Request, work: Work, setting: Setting, target: Target) -> tuple[Status, str] | None:
    """Why a request has no value on this target, as (status, reason); or None."""
    loss = find(request.loss)
    reason = why_not(request, setting, ignored_pixels=target.ignores)
    soft = loss.of_logits or not _SOFT_ONLY.isdisjoint(loss.kinds)
    if reason is None and work.scores.kind == "ids" and soft:
        reason = "needs probabilities or logits; the prediction holds class ids"
    if reason is None and loss.of_logits and work.task == "multiclass" and work.scores.kind != "logits":
        reason = f"needs the logits themselves; {work.scores.kind} give them up to a constant only"
    if reason:
        return "skipped", reason
    if target.soft and "softmax" in heads_of(loss, work.task):
        return "undefined", "takes class ids, and this label holds fractions"
    if target.outside and _raises(request, work.task):
        return "undefined", raised_at(target, max(work.classes, 2))
    return None


def _raises(request: Request, task: Task) -> bool:
    """Whether an id that is no class stops a loss: an index or a one-hot of it raises."""
    if passes_stray(request):
        return False
    return "softmax" in heads_of(find(request.loss), task) or (request.like is not None and task == "multiclass")


def _value(
    request: Request,
    blocked: tuple[Status, str] | None,
    passes: Passes,
    setting: Setting,
    context: tuple[Work, Target, Wanted],
) -> LossValue:
    work, target, wanted = context
    low, high = _bounds(request, setting)
    base = LossValue(
        request.loss,
        None,
        "skipped",
        low,
        high,
        request.like,
        knobs=dict(request.params),
        target=target.name,
        pred=work.scores.container.path,
        label=work.label,
    )
    if blocked:
        return replace(base, status=blocked[0], reason=blocked[1])
    try:
        done = finish(base, request, passes, setting, wanted)
    except MissingExtraError as error:
        return replace(base, reason=str(error))
    return replace(done, reason=_join(done.reason, target.note)) if target.note else done


def finish(base: LossValue, request: Request, passes: Passes, setting: Setting, wanted: Wanted) -> LossValue:
    """Fill in a value from statistics: a whole one, by class and by image where that is wanted."""
    values = _evaluated(request, passes, setting)
    filled = replace(base, over=values.over, pixels=passes.pixels, **_amount(values))
    if wanted.per_class and values.per_class is not None:
        filled = replace(filled, per_class=tuple(_number(v) for v in values.per_class.tolist()))
    if wanted.per_image:
        each = (_evaluated(request, passes.image(i), setting) for i in range(passes.images))
        filled = replace(filled, per_image=tuple(None if v.undefined else _number(float(v.value)) for v in each))
    return filled


def _evaluated(request: Request, passes: Passes, setting: Setting) -> Values:
    """One loss; a value that is not finite is said to be so, and needs no warning of NumPy's beside it."""
    import numpy as np

    with np.errstate(all="ignore"):
        return evaluate(request, passes, setting)


def _amount(values: Values) -> dict[str, Any]:
    if values.undefined:
        return {"status": "undefined", "reason": values.undefined, "value": None}
    amount = float(values.value)
    if math.isfinite(amount):
        return {"status": "ok", "value": amount, "reason": values.note() or None}
    return {"status": "undefined", "value": None, "reason": f"the value is {amount}"}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _join(*parts: str | None) -> str:
    return "; ".join(part for part in parts if part)


def _bounds(request: Request, setting: Setting) -> tuple[float, float]:
    loss = find(request.loss)
    known = request.like is None or request.like in loss.conventions
    return loss.bounds(resolve(request, setting) if known else {})


def weights_for(wanted: Wanted, work: Work) -> Any:
    """The class weights as an array (classes,), or None; another number of them is a UsageError."""
    if not wanted.weights:
        return None
    import numpy as np

    fitting = {work.classes, 2} if work.task == "binary" else {work.classes}
    if len(wanted.weights) not in fitting:
        raise UsageError(
            f"--class-weights: {len(wanted.weights)} weights for {work.classes} classes; give one per class"
        )
    return np.asarray(wanted.weights, np.float64)


def source_of(work: Work, scores: Scores) -> Source:
    """The logits of a prediction, at the label's size."""
    sigmoid = work.task != "multiclass"
    source = from_scores(scores, sigmoid=sigmoid, classes=work.classes)
    if source.shape[2:] == work.size:
        return source
    return Resized(source, (*source.shape[:2], *work.size))


def _dtype(work: Work, wanted: Wanted) -> Any:
    import numpy as np

    if wanted.dtype:
        return np.dtype(wanted.dtype)
    return np.dtype(np.float64 if work.scores.array.dtype.itemsize >= 8 else np.float32)


def passes_of(
    work: Work, target: Target, needs: Mapping[Head, Needs], wanted: Wanted, *, every_core: bool = False
) -> Passes:
    """The statistics of one target, from the engine that is wanted; long ones on every core."""
    source = source_of(work, work.scores)
    teacher = None if work.teacher is None else source_of(work, work.teacher)
    dtype = _dtype(work, wanted)
    if wanted.device != "cpu":
        device = "cpu" if wanted.device == "torch-cpu" else wanted.device
        on_device = _torch_engine(wanted.device).from_sources
        done: Passes = on_device(
            source, target.labels, target.ignore, needs, dtype=dtype, teacher=teacher, device=device
        )
        return done
    from segloss_cli.losses._passes import from_sources

    threads = os.cpu_count() if every_core else None
    return from_sources(source, target.labels, target.ignore, needs, dtype=dtype, teacher=teacher, threads=threads)


def _torch_engine(device: str) -> ModuleType:
    try:
        return import_module("segloss_cli.losses._torch")
    except ImportError as error:
        raise missing_torch(f"--device {device}", error) from error


def missing_torch(what: str, error: ImportError) -> MissingExtraError:
    """The error that says what needs torch, and whether that is not there or cannot be loaded."""
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "torch":
        return MissingExtraError(
            f"{what} needs torch, which is not installed: pip install 'segloss-cli[torch]', or leave it out"
        )
    return MissingExtraError(
        f"{what} needs torch, which cannot be imported ({error}): install it again, or leave it out"
    )


def _left_out(work: Work) -> Iterable[LossValue]:
    pred = work.scores.container.path
    return (_skipped(Request(name), reason, pred, work.label) for name, reason in left_out(work.task))


def skipped_all(pred: str, label: str, task: Task, wanted: Wanted, reason: str) -> tuple[LossValue, ...]:
    """Every loss that was wanted, skipped for one reason."""
    requests = wanted.requests or defaults(task, wanted.likes)
    return tuple(_skipped(request, reason, pred, label) for request in requests)


def _skipped(request: Request, reason: str, pred: str, label: str) -> LossValue:
    return LossValue(
        request.loss,
        None,
        "skipped",
        -math.inf,
        math.inf,
        request.like,
        reason,
        dict(request.params),
        pred=pred,
        label=label,
    )

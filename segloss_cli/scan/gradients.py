"""Gradients of one target's losses, for ``compute --grad``."""

from __future__ import annotations

import math
from dataclasses import replace

from segloss_cli.errors import MissingExtraError
from segloss_cli.losses._knobs import Request, Setting
from segloss_cli.scan.options import Wanted
from segloss_cli.scan.targets import Target
from segloss_cli.scan.values import Work, _dtype, _torch_engine, missing_torch, source_of
from segloss_cli.types import Gradient, LossValue

HARD = "needs logits or probabilities"

_CERTAIN = 1000.0
"""A logit whose softmax or sigmoid is exactly 0 or 1: what a stored probability of 0 or 1 stands for."""


def with_gradients(
    values: tuple[LossValue, ...],
    work: Work,
    target: Target,
    requests: tuple[Request, ...],
    *,
    setting: Setting,
    wanted: Wanted,
) -> tuple[LossValue, ...]:
    """The values of one target, each with the gradient of its loss with respect to the logits.

    The logits are those that the training code would hold: the stored ones, or the ones that stored probabilities
    stand for (ln p for a softmax, ln p - ln(1 - p) for a sigmoid); of a prediction that was resized to its label, those
    after that. A value that is skipped or undefined gets no gradient; class ids and boxes have none, and ``reason``
    says so. The arithmetic is of ``wanted.dtype``, else of the prediction's own, at least float32, so that underflow
    and overflow show as in training; it runs on ``wanted.device``. See :mod:`segloss_cli.losses._grad` for the memory.

    Args:
        values: the losses of this target, in the order of the requests.
        work: the prediction and its label's size.
        target: the label as a loss sees it.
        requests: what the values are of.
        setting: what the knobs are resolved against.
        wanted: device and dtype.

    Raises:
        MissingExtraError: torch is not installed.
    """
    known = [i for i, value in enumerate(values) if value.status == "ok"]
    if not known:
        return values
    if work.scores.kind == "ids":
        found = [Gradient(reason=HARD)] * len(known)
    else:
        found = _gradients([requests[i] for i in known], work, target, setting, wanted)
    by_index = dict(zip(known, found, strict=True))
    return tuple(replace(value, grad=by_index.get(i)) for i, value in enumerate(values))


def _gradients(requests: list[Request], work: Work, target: Target, setting: Setting, wanted: Wanted) -> list[Gradient]:
    try:
        _torch_engine(wanted.device)
    except MissingExtraError as error:
        if isinstance(error.__cause__, ImportError):
            raise missing_torch("--grad", error.__cause__) from error
        raise
    from segloss_cli.losses._grad import Batch, gradients

    batch = Batch(
        source_of(work, work.scores),
        target.labels,
        target.ignore,
        work.task,
        _dtype(work, wanted),
        "cpu" if wanted.device == "torch-cpu" else wanted.device,
        None if work.teacher is None else source_of(work, work.teacher),
        math.inf if work.scores.kind == "logits" else _CERTAIN,
    )
    return gradients(requests, setting, batch)

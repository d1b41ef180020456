"""The passes of the CPU engine over sources of logits, for any task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli.losses._evaluate import Head, Passes, foreground
from segloss_cli.losses._job import Job
from segloss_cli.losses._numpy import softmax_stats
from segloss_cli.losses._sigmoid import sigmoid_stats
from segloss_cli.losses._source import Source, TwoClass, from_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._loss import Needs
    from segloss_cli.types import Task


def from_sources(
    source: Source,
    labels: NDArray[Any],
    ignore: frozenset[int],
    needs: Mapping[Head, Needs],
    *,
    dtype: Any = np.float32,
    teacher: Source | None = None,
    threads: int | None = None,
) -> Passes:
    """Run the passes that are needed.

    Args:
        source: logits (N, C, H, W).
        labels: (N, H * W), or (N, C, H * W) for multi-label.
        ignore: label values that count nowhere.
        needs: what each pass must sum.
        dtype: the dtype of the arithmetic per pixel; sums are float64.
        teacher: logits of a target distribution.
        threads: workers, by default as many as there are processors.
    """
    softmax = sigmoid = None
    if "softmax" in needs:
        one = source.shape[1] == 1
        scores: Source = TwoClass(source) if one else source
        target: Source | None = TwoClass(teacher) if one and teacher is not None else teacher
        job = Job(scores, labels, ignore, needs["softmax"], dtype, target, threads)
        softmax = softmax_stats(job)
        softmax = replace(softmax, boxes=foreground(softmax.boxes)) if one else softmax
    if "sigmoid" in needs:
        sigmoid = sigmoid_stats(Job(source, labels, ignore, needs["sigmoid"], dtype, None, threads))
    return Passes(softmax, sigmoid)


def from_arrays(
    logits: NDArray[Any],
    labels: NDArray[Any],
    ignore: frozenset[int],
    needs: Mapping[Head, Needs],
    *,
    task: Task,
    teacher: NDArray[Any] | None = None,
) -> Passes:
    """The passes over arrays in memory, in float64 for float64 logits and else in float32."""
    n, c = logits.shape[:2]
    flat = labels.reshape((n, c, -1) if task == "multilabel" else (n, -1))
    dtype = np.float64 if logits.dtype == np.float64 else np.float32
    other = None if teacher is None else from_array(teacher)
    return from_sources(from_array(logits), flat, ignore, needs, dtype=dtype, teacher=other)

"""What the tests of this folder compute on: every loss in every convention and task, and random batches for them.

A new loss file, or a new convention in one, is in ``WAYS`` without a line here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from segloss_cli import losses
from segloss_cli._plugins import names
from segloss_cli.losses._evaluate import evaluate, needs_for
from segloss_cli.losses._knobs import Request, Setting, find, resolve
from segloss_cli.losses._passes import from_arrays, from_sources
from segloss_cli.losses._source import from_array

TASKS = ("binary", "multiclass", "multilabel")
NAMES = names("segloss_cli.losses")
IGNORE = 255
LOOKS_AROUND = {"boundary", "cldice", "giou", "hausdorff", "nacl"}


@dataclass(frozen=True)
class Way:
    """One way to compute: a loss, a library's convention of it (None is ours), a task."""

    loss: str
    like: str | None
    task: str

    def __str__(self):
        return f"{self.loss}-{self.like or 'ours'}-{self.task}"

    @property
    def takes(self):
        return {"ignore", "weights"} if self.like is None else find(self.loss).conventions[self.like].takes

    @property
    def additive(self):
        """Whether the sums of two batches are those of both."""
        return all(needs.additive for needs in needs_for([self.request], self.setting()).values())

    @property
    def leaks(self):
        """Whether ignored pixels count by design."""
        knobs = self.knobs()
        return any(part.get("leak") for part in (knobs, *knobs.get("parts", {}).values()))

    @property
    def background_matters(self):
        """Whether class 0 is told from the others."""
        return self.loss in {"cldice", "hausdorff", "unified-focal"}

    @property
    def looks_around(self):
        """Whether it matters where a pixel lies."""
        return self.loss in LOOKS_AROUND

    @property
    def differentiable(self):
        return "boxes" not in find(self.loss).kinds

    @property
    def request(self):
        return Request(self.loss, self.like)

    def setting(self, ignore=(), weight=None):
        return Setting(self.task, bool(ignore), weight)

    def knobs(self, **setting):
        return resolve(self.request, self.setting(**setting))


def _ways():
    for name in NAMES:
        loss = find(name)
        yield from (Way(name, None, task) for task in TASKS if task in loss.tasks)
        for like, convention in loss.conventions.items():
            ways = (Way(name, like, task) for task in TASKS if task in convention.tasks)
            # it takes two channels, and the batches here have more: the oracles have those
            yield from (way for way in ways if str(way) != "unified-focal-monai-multiclass")


WAYS = tuple(_ways())


@dataclass(frozen=True)
class Batch:
    """Logits (N, C, H, W), labels (N, H, W), or (N, C, H, W) for multi-label; a teacher like the logits."""

    task: str
    logits: Any
    labels: Any
    teacher: Any = None
    ignore: tuple[int, ...] = ()

    def image(self, i):
        one = slice(i, i + 1)
        teacher = None if self.teacher is None else self.teacher[one]
        return replace(self, logits=self.logits[one], labels=self.labels[one], teacher=teacher)


def draw(seed, task, shape=(2, 3, 9, 7), ignored=0.0, scale=2.0, *, present=None):
    """A batch from a seed; each of the first ``present`` classes occurs in every image."""
    stream = np.random.default_rng(seed)
    n, c, h, w = shape if task != "binary" else (shape[0], 1, *shape[2:])
    logits = scale * stream.standard_normal((n, c, h, w))
    ids = 2 if task != "multiclass" else present or c
    labels = stream.integers(0, ids, (n, c, h, w) if task == "multilabel" else (n, h, w))
    flat = labels.reshape(*labels.shape[: labels.ndim - 2], -1)
    flat[..., :ids] = np.arange(ids)
    if ignored:
        flat[..., ids:][stream.random(flat[..., ids:].shape) < ignored] = IGNORE
    return Batch(task, logits, labels, None, (IGNORE,) if ignored else ())


def with_teacher(batch, seed):
    return replace(batch, teacher=np.random.default_rng(seed).standard_normal(batch.logits.shape))


def seeds():
    return st.integers(0, 2**32 - 1)


def call(way, batch, convert=np.asarray, /, **knobs):
    """The loss as a user calls it, as a float."""
    teacher = None if batch.teacher is None or way.loss != "kl" else convert(batch.teacher)
    criterion = getattr(losses, way.loss.replace("-", "_"))
    arguments = {"task": way.task, "like": way.like, "ignore_index": batch.ignore, "teacher": teacher}
    return float(criterion(convert(batch.logits), convert(batch.labels), **arguments, **knobs))


def passes_of(way, batch, weight=None, threads=None):
    """The statistics that this way needs, from the CPU engine in float64."""
    needs = needs_for([way.request], way.setting(batch.ignore, weight))
    if threads is None:
        return from_arrays(
            batch.logits, batch.labels, frozenset(batch.ignore), needs, task=way.task, teacher=batch.teacher
        )
    axes = 2 if way.task == "multilabel" else 1
    labels = batch.labels.reshape(*batch.labels.shape[:axes], -1)
    source = from_array(batch.logits)
    return from_sources(source, labels, frozenset(batch.ignore), needs, dtype=np.float64, threads=threads)


def value_of(way, passes, ignore=(), weight=None):
    return evaluate(way.request, passes, way.setting(ignore, weight))

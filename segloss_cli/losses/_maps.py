"""Maps of one image for the CPU engine: a class's logits, probabilities and target, made when asked for.

Of a softmax the pass has kept two numbers a pixel: the largest logit m and 1 / (sum of e^(x - m)). The probabilities of
a class are then one exponential per pixel, read from the prediction a second time. The logarithm of the sum alone would
take half the memory, but x minus a large number that was rounded is not exact: at 1000, in float32, it costs 3e-5 of p.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli.losses._by_class import classes_of
from segloss_cli.losses._sums import Canvas, Marks, Strips

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from segloss_cli.losses._job import Job

    Write = Callable[[int, int, int, NDArray[Any]], None]

_STRIP = 1 << 16


def canvas(job: Job, image: int, norm: NDArray[Any] | None) -> Canvas:
    """The maps of one image.

    Args:
        job: the pass that they come from.
        image: which one.
        norm: of a softmax (2, pixels), the largest logit of each pixel and 1 / (sum of the exponentials of the
            differences from it); None for sigmoids.
    """
    maps = _Maps(job, image, norm)
    workers = job.threads or os.cpu_count() or 1
    dtype = np.dtype(job.dtype)
    return Canvas(
        maps.shape,
        job.classes,
        lambda c: maps.whole(maps.logits, c),
        lambda c: maps.whole(maps.probability, c),
        maps.target,
        maps.valid,
        Strips(job.pixels, dtype, maps.logits, maps.probability, maps.marks, job.release, workers),
    )


class _Maps:
    """What a canvas's functions share."""

    def __init__(self, job: Job, image: int, norm: NDArray[Any] | None) -> None:
        self.job, self.image, self.norm = job, image, norm
        self.shape = job.source.shape[2:]
        self.labels = job.labels[image]
        self.exclusive = self.labels.ndim == 1 and job.classes > 1

    def logits(self, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        self.job.source.plane(self.image, c, a, b, out)

    def probability(self, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        self.logits(c, a, b, out)
        with np.errstate(all="ignore"):
            if self.norm is None:
                _sigmoid(out)
            else:
                _softmax(out, self.norm[:, a:b])

    def whole(self, write: Write, c: int) -> NDArray[Any]:
        out = np.empty(self.job.pixels, self.job.dtype)
        write(c, 0, self.job.pixels, out)
        return out.reshape(self.shape)

    def label(self, c: int) -> NDArray[Any]:
        row: NDArray[Any] = self.labels if self.labels.ndim == 1 else self.labels[c]
        return row

    def valid(self, c: int) -> NDArray[np.bool_]:
        ids = self.label(c)
        good = np.ones(ids.shape, bool)
        for value in self.job.ignore:
            good &= ids != value
        return good.reshape(self.shape)

    def target(self, c: int) -> NDArray[Any]:
        ids = self.label(c).reshape(self.shape)
        kept: NDArray[Any] = np.where(self.valid(c), ids == c if self.exclusive else ids, 0)
        return kept.astype(self.job.dtype, copy=False)

    @cached_property
    def ids(self) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
        return _ids(self.labels, self.job.classes, self.job.ignore)

    def marks(self, c: int) -> Marks:
        if not self.exclusive:
            return _channel(self.label(c), self.job.ignore)
        codes, count, void = self.ids
        return Marks(codes, c, int(count[c]), void)


def _sigmoid(z: NDArray[Any]) -> None:
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def _softmax(z: NDArray[Any], norm: NDArray[Any]) -> None:
    z -= norm[0]
    np.exp(z, out=z)
    z *= norm[1]


def _ids(
    labels: NDArray[Any], classes: int, ignore: frozenset[int]
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """The class of each pixel in as few bytes as hold it; how often each is; and the pixels that do not count.

    >>> codes, count, void = _ids(np.asarray([0, 2, 255, 7, 0]), 3, frozenset({255}))
    >>> codes.tolist(), codes.dtype.name, count.tolist(), void.tolist()  # no class has a code of its own
    ([0, 2, 3, 3, 0], 'uint8', [2, 0, 1], [2])
    """
    codes = np.empty(labels.shape, np.min_scalar_type(classes))
    count, void = np.zeros(classes + 1, np.intp), []
    scratch = np.empty(_STRIP, np.intp)
    for a in range(0, labels.size, _STRIP):
        part = labels[a : a + _STRIP]
        label = scratch[: part.size]
        bad, outside = classes_of(part, classes, ignore, out=label)
        label[bad] = classes
        codes[a : a + _STRIP] = label
        count += np.bincount(label, minlength=classes + 1)
        void.append((bad[np.isin(part[bad], [*ignore])] if outside else bad) + a)
    return codes, count[:-1], np.concatenate(void)


def _channel(labels: NDArray[Any], ignore: frozenset[int]) -> Marks:
    """The pixels of one sigmoid: 1 where its target is 1.

    >>> marks = _channel(np.asarray([0, 1, 255, 1]), frozenset({255}))
    >>> marks.codes.tolist(), marks.inside, marks.size, marks.void.tolist(), marks.soft
    ([0, 1, 0, 1], 1, 2, [2], False)
    """
    left_out = np.zeros(labels.shape, bool)
    for value in ignore:
        left_out |= labels == value
    inside = (labels == 1) & ~left_out
    soft = bool(((labels != 0) & ~inside & ~left_out).any())
    return Marks(inside.view(np.uint8), 1, int(np.count_nonzero(inside)), np.flatnonzero(left_out), soft)

"""A loss to call on arrays or tensors: ``losses.dice(logits, labels)``, in a notebook or a training step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, SupportsIndex

from segloss_cli._record import record
from segloss_cli.errors import ShapeError, UsageError
from segloss_cli.losses._evaluate import Passes, evaluate, heads_of, needs_for
from segloss_cli.losses._knobs import Request, Setting, find, passes_stray, why_not
from segloss_cli.losses._sums import Array
from segloss_cli.types import Task


@record(frozen=True)
class Criterion:
    """One loss of the catalogue, callable. Its page is ``losses.NAME.page``.

    Calling it takes logits of shape (N, C, ...), floating, before softmax or sigmoid, and labels: integers (N, ...)
    for exclusive classes, 0/1 of (N, 1, ...) or (N, ...) for one channel, or (N, C, ...) for multi-label. NumPy arrays
    give a float; torch tensors give a 0-d tensor on their device that ``backward()`` works on.
    """

    name: str
    page: str

    def __call__(
        self,
        logits: Array,
        labels: Array,
        *,
        ignore_index: int | Iterable[int] = (),
        class_weights: Any = None,
        task: Task | None = None,
        like: str | None = None,
        teacher: Array | None = None,
        **knobs: Any,
    ) -> Any:
        """The loss of this batch; NaN where it is undefined (every pixel ignored, no class present).

        Args:
            logits: floating (N, C, ...).
            labels: integers or 0/1, see the class.
            ignore_index: ids that count nowhere.
            class_weights: (C,).
            task: "binary", "multiclass" or "multilabel"; by default told from the shapes.
            like: the library whose convention to follow, such as "monai".
            teacher: logits of the target distribution, for ``kl``.
            **knobs: the loss's own knobs, or with ``like`` the library's own parameters.

        Raises:
            ShapeError: labels that do not fit the logits, ids outside [0, C) that are not ignored, or a volume
                (N, C, D, H, W) for a loss that looks at neighbours in a plane.
            UsageError: an unknown knob or a value that it cannot have, a negative class weight, or a convention that
                the library does not have.

        Example:
            >>> import numpy as np
            >>> from segloss_cli import losses
            >>> logits = np.log(np.asarray([[[0.7], [0.2], [0.1]]]))
            >>> round(losses.cross_entropy(logits, np.asarray([[0]])), 10)  # -ln 0.7
            0.3566749439
        """
        ignore = frozenset(map(int, [ignore_index] if isinstance(ignore_index, SupportsIndex) else ignore_index))
        kind = task or infer_task(logits, labels)
        check_shapes(logits, labels, kind)
        _check_plane(self.name, logits)
        if teacher is not None and tuple(teacher.shape) != tuple(logits.shape):
            raise ShapeError(f"teacher of shape {tuple(teacher.shape)} for logits {tuple(logits.shape)}")
        weight = _weights(class_weights, logits)
        setting = Setting(kind, bool(ignore), weight)
        request = Request(self.name, like, {k: tuple(v) if isinstance(v, list) else v for k, v in knobs.items()})
        ignored = like is not None and any(bool((labels == value).any()) for value in ignore)
        reason = why_not(request, setting, ignored_pixels=ignored)
        if reason:
            raise UsageError(reason)
        passes = run(logits, labels, request, setting, ignore=ignore, teacher=teacher)
        values = evaluate(request, passes, setting)
        # what is undefined may have a number all the same, such as Dice's smoothing over no foreground
        value = values.value * math.nan if values.undefined else values.value
        return value if _is_tensor(logits) else float(value)


def infer_task(logits: Array, labels: Array) -> Task:
    """The task that the shapes tell: one channel is binary, labels with a channel axis are multi-label."""
    if logits.ndim < 2:
        raise ShapeError(f"logits of shape {tuple(logits.shape)}: they need at least (N, C)")
    if logits.shape[1] == 1:
        return "binary"
    return "multilabel" if labels.ndim == logits.ndim else "multiclass"


def check_shapes(logits: Array, labels: Array, task: Task) -> None:
    """Labels that do not go with the logits raise a ShapeError that names both shapes."""
    n, c, *space = logits.shape
    if not math.prod(logits.shape):
        raise ShapeError(f"logits of shape {(n, c, *space)} hold no pixel")
    wanted = [(n, *space)]
    if task == "multilabel":
        wanted = [(n, c, *space)]
    elif c == 1:
        wanted.append((n, 1, *space))
    if tuple(labels.shape) not in wanted:
        shapes = " or ".join(str(shape) for shape in wanted)
        raise ShapeError(f"{task} labels of shape {tuple(labels.shape)} for logits {(n, c, *space)}: need {shapes}")
    if task == "binary" and c != 1:
        raise ShapeError(f"binary takes one channel, not {c}: logits {(n, c, *space)}; use task='multiclass'")


def _check_plane(name: str, logits: Array) -> None:
    if logits.ndim > 4 and find(name).planar:
        raise ShapeError(
            f"{name} looks at neighbours in a plane, and logits {tuple(logits.shape)} are volumes: give their slices, "
            "(N x D, C, H, W)"
        )


def run(
    logits: Array, labels: Array, request: Request, setting: Setting, *, ignore: frozenset[int], teacher: Array | None
) -> Passes:
    """Fill the statistics that one loss needs."""
    needs = needs_for([request], setting)
    _check_ids(logits, labels, ignore, request, setting)
    if _is_tensor(logits):
        from segloss_cli.losses import _torch

        return _torch.passes(logits, labels, ignore, needs, teacher)
    from segloss_cli.losses import _passes

    return _passes.from_arrays(logits, labels, ignore, needs, task=setting.task, teacher=teacher)


def _check_ids(logits: Array, labels: Array, ignore: frozenset[int], request: Request, setting: Setting) -> None:
    if "softmax" not in heads_of(find(request.loss), setting.task) or passes_stray(request):
        return
    if _is_floating(labels) and bool((labels != labels // 1).any()):
        raise ShapeError(f"labels of dtype {labels.dtype} hold fractions: {request.loss} takes class ids, 0..C-1")
    classes = max(2, int(logits.shape[1]))
    wrong = (labels < 0) | (labels >= classes)
    for value in ignore:
        wrong = wrong & (labels != value)
    if bool(wrong.any()):
        value = labels[wrong].reshape(-1)[0]
        raise ShapeError(
            f"label {value.item()} is outside 0..{classes - 1} and not ignored ({int(wrong.sum())} pixels): "
            "set ignore_index, or map the ids to 0..C-1"
        )


def _weights(class_weights: Any, logits: Array) -> Any:
    if class_weights is None:
        return None
    weight = _beside(class_weights, logits)
    classes = int(logits.shape[1])
    if tuple(weight.shape) not in {(classes,), (max(classes, 2),)}:
        raise ShapeError(f"class_weights of shape {tuple(weight.shape)} for {classes} classes")
    if not bool((weight >= 0).all()):
        raise UsageError(f"class_weights {weight.tolist()}: each is a number of 0 or more")
    return weight


def _beside(values: Any, logits: Array) -> Any:
    """Values as an array of the same kind as the logits."""
    if _is_tensor(logits):
        from segloss_cli.losses import _torch

        return _torch.weights(values, logits)
    import numpy as np

    return np.asarray(values, np.float64)


def _is_floating(array: Any) -> bool:
    return bool(array.dtype.is_floating_point if _is_tensor(array) else array.dtype.kind == "f")


def _is_tensor(array: Any) -> bool:
    return type(array).__module__.partition(".")[0] == "torch"

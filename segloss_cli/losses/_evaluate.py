"""From requests to the passes they need, and from the passes to values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from segloss_cli._record import record
from segloss_cli.losses._knobs import Request, Setting, blaming, find, resolve
from segloss_cli.losses._loss import Kind, Loss, Needs, Values, needs_of, used_kinds
from segloss_cli.losses._stats import Stats, join, view
from segloss_cli.losses._sums import Array, Boxes, namespace
from segloss_cli.types import Task

Head = Literal["softmax", "sigmoid"]
_NONE: Mapping[str, Any] = {}


def head_of(kind: Kind, task: Task, knobs: Mapping[str, Any] = _NONE) -> Head:
    """Which pass a kind of loss reads: one channel is two-class softmax for what ranks or sums -ln p of pixels.

    The knob ``head="sigmoid"`` takes regions or maps of exclusive classes from a sigmoid per class.
    """
    if task == "multilabel" or kind == "sides":
        return "sigmoid"
    if knobs.get("head") == "sigmoid" and kind in {"overlap", "planes"}:
        return "sigmoid"
    return "sigmoid" if task == "binary" and kind in {"overlap", "planes"} else "softmax"


@record(frozen=True)
class Passes:
    """The statistics of the one or two passes that a set of requests needs."""

    softmax: Stats | None = None
    sigmoid: Stats | None = None

    def stats(self, kind: Kind, task: Task, knobs: Mapping[str, Any] = _NONE) -> Stats:
        """The statistics that this kind of loss reads."""
        found = self.softmax if head_of(kind, task, knobs) == "softmax" else self.sigmoid
        if found is None:
            raise LookupError(f"no pass was made for {kind} losses of a {task} task")
        return found

    @property
    def images(self) -> int:
        """How many images."""
        some = self.softmax or self.sigmoid
        return some.images if some else 0

    @property
    def pixels(self) -> int:
        """How many pixels count."""
        some = self.softmax or self.sigmoid
        return int(some.valid.sum()) if some else 0

    def image(self, index: int) -> Passes:
        """One image alone."""
        return Passes(*(part and part.image(index) for part in (self.softmax, self.sigmoid)))

    def without_pixels(self) -> Passes:
        """The same without -ln p of every pixel and without maps, which are what takes memory."""
        bare = (part and replace(part, nll={}, planes=None, memo={}) for part in (self.softmax, self.sigmoid))
        return Passes(*bare)


def join_passes(parts: Sequence[Passes]) -> Passes:
    """Many batches as one."""
    softmax = [part.softmax for part in parts if part.softmax]
    sigmoid = [part.sigmoid for part in parts if part.sigmoid]
    return Passes(join(softmax) if softmax else None, join(sigmoid) if sigmoid else None)


def needs_for(requests: Iterable[Request], setting: Setting) -> Mapping[Head, Needs]:
    """What each pass must sum for all of the requests together."""
    needs: dict[Head, Needs] = {}
    for request in requests:
        with blaming(request):
            _join(needs, needs_of_all([(find(request.loss), knobs_of(request, setting))], setting.task))
    return needs


def needs_of_all(wanted: Iterable[tuple[Loss, Mapping[str, Any]]], task: Task) -> Mapping[Head, Needs]:
    """What each pass must sum for losses with these knobs."""
    needs: dict[Head, Needs] = {}
    for loss, knobs in wanted:
        for kind in used_kinds(loss, knobs):
            _join(needs, {head_of(kind, task, knobs): needs_of(loss, knobs, kind)})
    return needs


def _join(needs: dict[Head, Needs], more: Mapping[Head, Needs]) -> None:
    for head, need in more.items():
        needs[head] = needs.get(head, Needs()) | need


def evaluate(request: Request, passes: Passes, setting: Setting) -> Values:
    """One loss from the statistics."""
    with blaming(request):
        return evaluate_with(find(request.loss), knobs_of(request, setting), passes, setting.task)


def evaluate_with(loss: Loss, knobs: Mapping[str, Any], passes: Passes, task: Task) -> Values:
    """One loss with its own knobs, from the statistics."""
    used = used_kinds(loss, knobs)
    views = tuple(
        view(passes.stats(kind, task, knobs), loss, kind, knobs) if kind in used else None for kind in loss.kinds
    )
    return loss.function(views[0] if len(views) == 1 else views, **knobs)


def heads_of(loss: Loss, task: Task) -> frozenset[Head]:
    """Which passes a loss reads."""
    return frozenset(head_of(kind, task) for kind in loss.kinds)


def knobs_of(request: Request, setting: Setting) -> dict[str, Any]:
    """The loss's own knobs; weights of one channel as the loss's pass has classes."""
    if setting.task != "binary" or setting.weight is None:
        return resolve(request, setting)
    # one channel: weights of (background, foreground), or of the foreground alone
    pair = setting.weight.shape[0] == 2
    if heads_of(find(request.loss), setting.task) == {"sigmoid"}:
        weight = setting.weight[1:] if pair else setting.weight
    else:
        xp = namespace(setting.weight)
        weight = setting.weight if pair else xp.concat([xp.ones_like(setting.weight), setting.weight])
    return resolve(request, replace(setting, weight=weight))


def foreground(boxes: Boxes | None) -> Boxes | None:
    """Boxes of a two-class softmax without those of the background."""
    if boxes is None:
        return None

    def tail(array: Array) -> Array:
        return array[:, 1:]

    return Boxes(*map(tail, (boxes.both, boxes.predicted, boxes.labelled, boxes.predicted_box, boxes.labelled_box)))

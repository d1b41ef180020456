"""From requests to the passes they need, and from the passes to values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from segloss_cli._record import record
from segloss_cli.losses._knobs import Request, Setting, find, resolve
from segloss_cli.losses._loss import Array, Boxes, Kind, Needs, Values, namespace, needs_of
from segloss_cli.losses._stats import Stats, join, view
from segloss_cli.types import Task

Head = Literal["softmax", "sigmoid"]


def head_of(kind: Kind, task: Task) -> Head:
    """Which pass a kind of loss reads: one channel is two-class softmax for what ranks or sums -ln p of pixels."""
    if task == "multilabel" or kind == "sides":
        return "sigmoid"
    return "sigmoid" if task == "binary" and kind == "overlap" else "softmax"


@record(frozen=True)
class Passes:
    """The statistics of the one or two passes that a set of requests needs."""

    softmax: Stats | None = None
    sigmoid: Stats | None = None

    def stats(self, kind: Kind, task: Task) -> Stats:
        """The statistics that this kind of loss reads."""
        found = self.softmax if head_of(kind, task) == "softmax" else self.sigmoid
        if found is None:
            raise LookupError(f"no pass was made for {kind} losses of a {task} task")
        return found

    @property
    def images(self) -> int:
        """How many images."""
        some = self.softmax or self.sigmoid
        return some.images if some else 0

    def image(self, index: int) -> Passes:
        """One image alone."""
        return Passes(*(part and part.image(index) for part in (self.softmax, self.sigmoid)))

    def without_ranking(self) -> Passes:
        """The same without -ln p of every pixel, which is what takes memory."""
        return Passes(*(part and replace(part, nll=None) for part in (self.softmax, self.sigmoid)))


def join_passes(parts: Sequence[Passes]) -> Passes:
    """Many batches as one."""
    softmax = [part.softmax for part in parts if part.softmax]
    sigmoid = [part.sigmoid for part in parts if part.sigmoid]
    return Passes(join(softmax) if softmax else None, join(sigmoid) if sigmoid else None)


def needs_for(requests: Iterable[Request], setting: Setting) -> Mapping[Head, Needs]:
    """What each pass must sum for all of the requests together."""
    needs: dict[Head, Needs] = {}
    for request in requests:
        loss = find(request.loss)
        head = head_of(loss.kind, setting.task)
        needs[head] = needs.get(head, Needs()) | needs_of(loss, _knobs(request, setting))
    return needs


def evaluate(request: Request, passes: Passes, setting: Setting) -> Values:
    """One loss from the statistics."""
    loss = find(request.loss)
    knobs = _knobs(request, setting)
    return loss.function(view(passes.stats(loss.kind, setting.task), loss, knobs), **knobs)


def _knobs(request: Request, setting: Setting) -> dict[str, Any]:
    if setting.task != "binary" or setting.weight is None:
        return resolve(request, setting)
    # one channel: weights of (background, foreground), or of the foreground alone
    pair = setting.weight.shape[0] == 2
    if head_of(find(request.loss).kind, setting.task) == "sigmoid":
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

"""Gradients of losses with respect to the logits, in two walks over chunks of pixels.

A loss is a function of sums over pixels, so its derivative with respect to a logit is that with respect to the sums
times the sums' own. The first walk adds the sums up; autograd gives each loss's slope on them, a handful of numbers.
The second walk makes each chunk's sums again, with a graph, and sends every loss's slopes back through it to the
chunk's logits; what is kept of the gradient is a tally. Memory is one chunk's graph and, for losses that rank pixels, 4
bytes a pixel for each of them and for each ranking. Losses of whole maps (Lovasz, distance transforms, skeletons) are
computed from the whole batch at once, one after another: some ten times the size of its logits, fifty for skeletons.

The arithmetic per pixel is of the dtype asked for, float32 as a rule, so that underflow and overflow show as they
would in a training step; sums are float64. This is the derivative of *our* formula of a loss, which is written so that
certain pixels do not make it NaN: a library's own code may do worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from segloss_cli._record import record
from segloss_cli.losses._evaluate import Head, Passes, evaluate, join_passes, needs_for
from segloss_cli.losses._knobs import Request, Setting
from segloss_cli.losses._tally import Tally
from segloss_cli.losses._torch import _signed, tensor_of, weights
from segloss_cli.losses._torch import passes as passes_of
from segloss_cli.types import Gradient, Task

if TYPE_CHECKING:
    from segloss_cli.losses._loss import Needs
    from segloss_cli.losses._source import Source

Path = tuple[Any, ...]
Part = tuple[int, int, int]
Slopes = Mapping[Path, Tensor]

ARG_MAX = "not differentiable (arg max)"
NO_SLOPE = "not differentiable: the value is a constant of the logits"

_CPU_CHUNK, _DEVICE_CHUNK = 1 << 19, 1 << 24
_COUNTS = frozenset({"count", "valid", "total", "outside", "labelled"})


@record(frozen=True)
class Batch:
    """Logits, and what they are compared with.

    ``labels`` is (N, H * W), or (N, C, H * W) for multi-label; ``ignore`` are label values that count nowhere.
    ``teacher`` are logits of a target distribution. Logits beyond ``limit`` are moved to it: where probabilities were
    stored, 0 and 1 stand for logits that are far out, not infinite. ``chunk`` is in pixels; None chooses it.
    """

    source: Source
    labels: Any
    ignore: frozenset[int]
    task: Task
    dtype: Any
    device: str = "cpu"
    teacher: Source | None = None
    limit: float = math.inf
    chunk: int | None = None

    @property
    def pixels(self) -> int:
        """Pixels of one image."""
        return self.source.shape[2] * self.source.shape[3]

    def parts(self, n: int) -> Iterator[Part]:
        """The chunks of one image, as (image, first pixel, end pixel)."""
        size = _CPU_CHUNK if self.device == "cpu" else _DEVICE_CHUNK
        step = self.chunk or max(1024, size // self.source.shape[1])
        for a in range(0, self.pixels, step):
            yield n, a, min(a + step, self.pixels)

    def logits(self, part: Part) -> Tensor:
        """The logits of a chunk, (1, C, pixels)."""
        z = self._block(self.source, part)
        return z if math.isinf(self.limit) else z.clamp(-self.limit, self.limit)

    def target(self, part: Part) -> Tensor:
        """The labels of a chunk, (1, pixels) or (1, C, pixels)."""
        n, a, b = part
        return tensor_of(_signed(self.labels[n : n + 1, ..., a:b]), self.device)

    def passes(self, z: Tensor, part: Part, needs: Mapping[Head, Needs]) -> Passes:
        """The statistics of a chunk from its logits."""
        teacher = None if self.teacher is None else self._block(self.teacher, part)
        return passes_of(z, self.target(part), self.ignore, needs, teacher)

    def whole(self) -> tuple[Tensor, Tensor, Tensor | None]:
        """All logits (N, C, H, W), labels (N, H, W) or (N, C, H, W), and the teacher's logits."""
        images: list[Part] = [(n, 0, self.pixels) for n in range(self.source.shape[0])]

        def joined(blocks: Iterable[Tensor]) -> Tensor:
            every = torch.cat(list(blocks))
            return every.reshape(*every.shape[:-1], *self.source.shape[2:])

        teacher = None if self.teacher is None else joined(self._block(self.teacher, image) for image in images)
        return joined(map(self.logits, images)), joined(map(self.target, images)), teacher

    def valid(self, part: Part) -> Tensor:
        """Which pixels of a chunk count, (pixels,): in multi-label, those that count for any class."""
        y = self.target(part)[0]
        ignored = torch.isin(y, torch.tensor(sorted(self.ignore), dtype=y.dtype, device=y.device))
        if self.task == "multiclass":
            return ~ignored & (y >= 0) & (y < self.source.shape[1])
        return ~ignored if y.ndim == 1 else (~ignored).any(0)

    def _block(self, source: Source, part: Part) -> Tensor:
        import numpy as np

        n, a, b = part
        block = np.empty((source.shape[1], b - a), self.dtype)
        source.read(n, a, b, block)
        return tensor_of(block, self.device)[None]

    def release(self) -> None:
        """Give back memory that reading has touched."""
        self.source.release()
        if self.teacher is not None:
            self.teacher.release()


def gradients(requests: Sequence[Request], setting: Setting, batch: Batch) -> list[Gradient]:
    """The gradient of each loss with respect to the logits.

    Args:
        requests: losses that have a value on this batch.
        setting: what their knobs are resolved against; class weights may be a NumPy array.
        batch: logits and labels.

    Example: of the mean of -ln p over two pixels, (p - y) / 2; here p = (1/2, 1/2) in both.

        >>> import numpy as np
        >>> from segloss_cli.losses._source import from_array
        >>> labels = np.asarray([[0, 1]])
        >>> batch = Batch(from_array(np.zeros((1, 2, 1, 2))), labels, frozenset(), "multiclass", np.float64)
        >>> found, = gradients([Request("cross-entropy")], Setting("multiclass"), batch)
        >>> found.norm, found.per_class, found.zero  # four elements of 1/4
        (0.5, (0.5, 0.5), 0.0)
    """
    if setting.weight is not None:
        setting = replace(setting, weight=weights(setting.weight, batch.logits((0, 0, 1))))
    done: dict[int, Gradient] = {}
    sums: list[int] = []
    for i, request in enumerate(requests):
        needs = needs_for([request], setting).values()
        if any(need.boxes for need in needs):
            done[i] = Gradient(reason=ARG_MAX)
        elif any(need.planes for need in needs):
            done[i] = _from_maps(request, setting, batch)
        else:
            sums.append(i)
    done.update(zip(sums, _from_sums([requests[i] for i in sums], setting, batch), strict=True))
    return [done[i] for i in range(len(requests))]


def _from_sums(requests: Sequence[Request], setting: Setting, batch: Batch) -> list[Gradient]:
    if not requests:
        return []
    needs = needs_for(requests, setting)
    slopes = _slopes(requests, setting, _sums(batch, needs))
    tallies = [Tally.beside(batch.logits((0, 0, 1))) for _ in requests]
    for n in range(batch.source.shape[0]):
        for part in batch.parts(n):
            _send_back(batch, part, needs, list(zip(slopes, tallies, strict=True)))
        batch.release()
    return [t.gradient() if s else Gradient(reason=NO_SLOPE) for s, t in zip(slopes, tallies, strict=True)]


def _sums(batch: Batch, needs: Mapping[Head, Needs]) -> Passes:
    """The statistics of the whole batch, chunk by chunk."""
    images = []
    for n in range(batch.source.shape[0]):
        images.append(_sums_of_image(batch, n, needs))
        batch.release()
    return join_passes(images)


def _sums_of_image(batch: Batch, n: int, needs: Mapping[Head, Needs]) -> Passes:
    seen: dict[Path, list[Tensor]] = {}
    for part in batch.parts(n):
        with torch.no_grad():
            some = batch.passes(batch.logits(part), part, needs)
        for path, tensor in _tensors(some).items():
            seen.setdefault(path, []).append(tensor)
    whole: Passes = _changed(some, lambda path, _: _together(path, seen[path]))
    return whole


def _together(path: Path, chunks: list[Tensor]) -> Tensor:
    return torch.cat(chunks) if _by_pixel(path) else torch.stack(chunks).sum(0)


def _slopes(requests: Sequence[Request], setting: Setting, sums: Passes) -> list[Slopes]:
    """The derivative of each loss with respect to each sum, by where the sum is; nothing for a constant."""
    leaves: dict[Path, Tensor] = {}

    def leaf(path: Path, tensor: Tensor) -> Tensor:
        if path[-1] in _COUNTS:
            return tensor
        return leaves.setdefault(path, tensor.detach().requires_grad_())

    live = _changed(sums, leaf)
    found: list[Slopes] = []
    for request in requests:
        value = evaluate(request, live, setting).value
        if not value.requires_grad:
            found.append({})
            continue
        each = torch.autograd.grad(value, list(leaves.values()), allow_unused=True)
        found.append({path: slope for path, slope in zip(leaves, each, strict=True) if slope is not None})
    return found


def _send_back(batch: Batch, part: Part, needs: Mapping[Head, Needs], losses: Sequence[tuple[Slopes, Tally]]) -> None:
    """Send every loss's slopes back through one graph of a chunk's sums, into its tally."""
    z = batch.logits(part).requires_grad_()
    sums = {path: t for path, t in _tensors(batch.passes(z, part, needs)).items() if t.requires_grad}
    valid = batch.valid(part)
    for slopes, tally in losses:
        n, a, b = part
        ends, weight = [], []
        for path, tensor in sums.items():
            slope = slopes.get((*path[:-1], n) if _by_pixel(path) else path)
            if slope is not None:
                ends.append(tensor)
                weight.append((slope[a:b] if _by_pixel(path) else slope[n : n + 1]).to(tensor.dtype))
        if ends:
            (gradient,) = torch.autograd.grad(ends, [z], weight, retain_graph=True)
            tally.add(gradient[0], valid)


def _from_maps(request: Request, setting: Setting, batch: Batch) -> Gradient:
    """The gradient of a loss of whole maps, from the whole batch."""
    z, labels, teacher = batch.whole()
    z.requires_grad_()
    found = passes_of(z, labels, batch.ignore, needs_for([request], setting), teacher)
    value = evaluate(request, found, setting).value
    if not value.requires_grad:
        return Gradient(reason=NO_SLOPE)
    (gradient,) = torch.autograd.grad(value, [z])
    tally = Tally.beside(z)
    for n, image in enumerate(gradient):
        tally.add(image.reshape(image.shape[0], -1), batch.valid((n, 0, batch.pixels)))
    return tally.gradient()


def _by_pixel(path: Path) -> bool:
    """Whether the tensor there holds a number per pixel, not a sum: -ln p, to be ranked."""
    return "nll" in path


def _tensors(passes: Passes) -> dict[Path, Tensor]:
    """Every tensor of the statistics, by where it is."""
    found: dict[Path, Tensor] = {}
    _changed(passes, found.setdefault)
    return found


def _changed(value: Any, change: Callable[[Path, Tensor], Tensor], path: Path = ()) -> Any:
    """The same records with what ``change`` makes of every tensor."""
    if isinstance(value, Tensor):
        return change(path, value)
    if isinstance(value, tuple):
        return tuple(_changed(item, change, (*path, i)) for i, item in enumerate(value))
    if isinstance(value, dict):
        return {key: _changed(item, change, (*path, key)) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(*(_changed(getattr(value, f.name), change, (*path, f.name)) for f in fields(value)))
    return value

"""The torch engine: the same statistics from tensors, on any device, differentiable.

``losses.dice(logits, labels)`` on tensors goes through here, so each loss is usable as a criterion; the NumPy engine
is its oracle and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from segloss_cli.errors import UsageError
from segloss_cli.losses._evaluate import Head, Passes, foreground, join_passes
from segloss_cli.losses._loss import Needs
from segloss_cli.losses._sides import Against
from segloss_cli.losses._stats import Stats
from segloss_cli.losses._sums import Boxes, Canvas, Outcome, Regions, Side, Squares
from segloss_cli.losses._torch_maps import channel_maps, class_maps

if TYPE_CHECKING:
    from segloss_cli.losses._source import Source


def softmax_stats(
    logits: Tensor, labels: Tensor, ignore: frozenset[int], needs: Needs, teacher: Tensor | None = None
) -> Stats:
    """Statistics of exclusive classes.

    Args:
        logits: floating (N, C, ...), C >= 2.
        labels: integers (N, ...).
        ignore: ids that count nowhere.
        needs: what to sum.
        teacher: logits of the target distribution, like ``logits``.
    """
    n, c = logits.shape[:2]
    z, y = logits.reshape(n, c, -1), labels.reshape(n, -1).long()
    inside = (y >= 0) & (y < c)
    ignored = _is_one_of(y, ignore)
    good = inside & ~ignored
    label = torch.where(good, y, torch.zeros_like(y))
    log_p = torch.log_softmax(z, dim=1)
    nll = -log_p.gather(1, label[:, None])[:, 0]
    p = torch.exp(-nll)
    wide = _wide(z)

    def by_class(values: Tensor) -> Tensor:
        kept = torch.where(good, values, torch.zeros_like(values)).to(wide)
        return torch.zeros(n, c, dtype=wide, device=z.device).scatter_add(1, label, kept)

    count = by_class(torch.ones_like(nll))
    outcome = Outcome(p.reshape(-1), nll.reshape(-1), label.reshape(-1))
    regions = None
    if needs.overlap:
        regions = _softmax_regions(torch.exp(log_p), (by_class(p), by_class(p * p)), count, good)
    return Stats(
        count=count,
        valid=good.sum(1).to(wide),
        total=torch.full((n,), float(y.shape[1]), dtype=wide, device=z.device),
        outside=(~inside & ~ignored).sum(1).to(wide),
        terms={term: by_class(torch.as_tensor(term(outcome)).reshape(nll.shape)) for term in needs.terms},
        sides={},
        regions=regions,
        smoothed=_sum_over(-log_p, good, wide) if needs.smoothed else None,
        nll={weights: tuple(_rankable(nll, good, label, weights)) for weights in needs.ranked},
        boxes=_boxes(z, torch.where(good, y, -1), logits.shape[2:], by_class(p)) if needs.boxes else None,
        divergence=_divergence(log_p, teacher, good, wide) if needs.divergence and teacher is not None else None,
        planes=tuple(class_maps(logits[i], y[i], ~ignored[i]) for i in range(n)) if needs.planes else None,
    )


def _rankable(nll: Tensor, good: Tensor, label: Tensor, weights: tuple[float, ...]) -> Tensor:
    """-ln p times the class weights, -1 where the pixel does not count."""
    if weights:
        nll = nll * torch.tensor(weights, dtype=nll.dtype, device=nll.device)[label]
    return torch.where(good, nll, -torch.ones_like(nll))


def sigmoid_stats(logits: Tensor, targets: Tensor, ignore: frozenset[int], needs: Needs) -> Stats:
    """Statistics of sigmoid channels.

    Args:
        logits: floating (N, C, ...).
        targets: (N, ...): the target itself for one channel, class ids for several; or one per channel, (N, C, ...).
        ignore: values that count nowhere.
        needs: what to sum.
    """
    n, c = logits.shape[:2]
    z, wide = logits.reshape(n, c, -1), _wide(logits)
    y = targets.reshape(n, -1, z.shape[2])
    good = ~_is_one_of(y, ignore)
    if y.shape[1] == 1 and c > 1:
        y = y == torch.arange(c, device=y.device)[None, :, None]
    good, y = good.expand(n, c, -1), y.to(z.dtype)
    labelled = _sum_over(y, good, wide)
    weight = torch.where(good, y, torch.zeros_like(y))
    rest = torch.where(good, 1 - y, torch.zeros_like(y))
    return Stats(
        count=labelled,
        valid=good.sum(2).to(wide).mean(1),
        total=torch.full((n,), float(z.shape[2]), dtype=wide, device=z.device),
        outside=torch.zeros(n, dtype=wide, device=z.device),
        terms={},
        sides=_both_sides(needs.sides, z, weight, rest),
        regions=_sigmoid_regions(torch.sigmoid(z), y, labelled, good) if needs.overlap else None,
        planes=tuple(channel_maps(logits[i], y[i], good[i]) for i in range(n)) if needs.planes else None,
    )


def tensor_of(array: Any, device: str) -> Tensor:
    """A tensor on the named device; a device that is not there is a UsageError that says which are.

    Args:
        array: a NumPy array.
        device: "cpu", "cuda", "cuda:1", "mps".
    """
    try:
        return torch.from_numpy(array).to(device)
    except (RuntimeError, AssertionError) as error:
        there = ["cpu"] + [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        there += ["mps"] if torch.backends.mps.is_available() else []
        reason = str(error).partition("\n")[0]
        raise UsageError(f"device {device!r} cannot be used ({reason}); here there is: {', '.join(there)}") from error


def _wide(z: Tensor) -> torch.dtype:
    # Apple's devices have no float64
    return torch.float32 if z.device.type == "mps" else torch.float64


def _is_one_of(y: Tensor, values: frozenset[int]) -> Tensor:
    found = torch.zeros(y.shape, dtype=torch.bool, device=y.device)
    for value in values:
        found = found | (y == value)
    return found


def _sum_over(values: Tensor, good: Tensor, wide: torch.dtype) -> Tensor:
    mask = good if good.ndim == values.ndim else good[:, None]
    return torch.where(mask, values, torch.zeros_like(values)).sum(-1, dtype=wide)


def _both_sides(sides: Sequence[Side], z: Tensor, weight: Tensor, rest: Tensor) -> dict[Side, tuple[Tensor, Tensor]]:
    ours, others = Against(-z), Against(z)
    return {side: (_weighted(side(ours, True), weight), _weighted(side(others, False), rest)) for side in sides}


def _weighted(values: Tensor, weight: Tensor) -> Tensor:
    return torch.where(weight == 0, torch.zeros_like(values), values * weight).sum(-1, dtype=_wide(weight))


def _softmax_regions(p: Tensor, overlap: tuple[Tensor, Tensor], labelled: Tensor, good: Tensor) -> Regions:
    """Regions from probabilities (N, C, K) and their sums over the label's class, plain and squared."""
    wide, valid = _wide(p), good.sum(1, dtype=_wide(p))[:, None].expand(labelled.shape)
    square = p * p
    squares = Squares(overlap[1], _sum_over(square, good, wide), labelled, _sum_over(square, ~good, wide))
    return Regions(overlap[0], _sum_over(p, good, wide), labelled, _sum_over(p, ~good, wide), valid, squares)


def _sigmoid_regions(p: Tensor, y: Tensor, labelled: Tensor, good: Tensor) -> Regions:
    wide = _wide(p)

    def over(values: Tensor) -> Tensor:
        return _sum_over(values, good, wide)

    square = p * p
    squares = Squares(over(square * y), over(square), over(y * y), _sum_over(square, ~good, wide))
    return Regions(over(p * y), over(p), labelled, _sum_over(p, ~good, wide), good.sum(2, dtype=wide), squares)


def _divergence(log_p: Tensor, teacher: Tensor, good: Tensor, wide: torch.dtype) -> Tensor:
    log_q = torch.log_softmax(teacher.reshape(log_p.shape), dim=1)
    q = torch.exp(log_q)
    each = torch.where(q > 0, q * (log_q - log_p), torch.zeros_like(q)).sum(1)
    return _sum_over(each, good, wide)


def _boxes(z: Tensor, truth: Tensor, shape: torch.Size, overlap: Tensor) -> Boxes:
    n, c = z.shape[:2]
    height = shape[0] if len(shape) > 1 else 1
    grid = (n, height, truth.shape[1] // height)
    label = truth.reshape(grid)
    ids = torch.where(label < 0, -1, z.detach().argmax(1).reshape(grid))
    parts = [[ids == k for k in range(c)], [label == k for k in range(c)]]
    predicted, labelled = (torch.stack(part, dim=1) for part in parts)

    def pixels(regions: Tensor) -> Tensor:
        return regions.sum((2, 3)).to(_wide(z))

    # NaN in an image with a logit that is no number
    spoilt = 0 * overlap.detach().sum(1, keepdim=True)
    return Boxes(
        pixels(predicted & labelled) + spoilt,
        pixels(predicted),
        pixels(labelled),
        _box(predicted, z),
        _box(labelled, z),
    )


def _box(regions: Tensor, z: Tensor) -> Tensor:
    """Half-open boxes (N, C, 4) of boolean regions (N, C, H, W); zeros where there is none."""
    ends = []
    for axis in (2, 3):
        line = regions.any(axis).to(torch.int64)
        first = line.argmax(-1)
        last = line.shape[-1] - line.flip(-1).argmax(-1)
        some = line.any(-1)
        ends.append((torch.where(some, first, 0), torch.where(some, last, 0)))
    (x0, x1), (y0, y1) = ends
    return torch.stack([x0, y0, x1, y1], dim=-1).to(_wide(z))


def passes(
    logits: Tensor,
    labels: Tensor,
    ignore: frozenset[int],
    needs: Mapping[Head, Needs],
    teacher: Tensor | None = None,
) -> Passes:
    """Run the passes that are needed, on the tensors' device; see ``_passes.from_sources``."""
    softmax = sigmoid = None
    if "softmax" in needs:
        one = logits.shape[1] == 1
        z = _two_class(logits) if one else logits
        t = _two_class(teacher) if one and teacher is not None else teacher
        y = labels.reshape(z.shape[:1] + z.shape[2:])
        softmax = softmax_stats(z, y, ignore, needs["softmax"], t)
        softmax = replace(softmax, boxes=foreground(softmax.boxes)) if one else softmax
    if "sigmoid" in needs:
        sigmoid = sigmoid_stats(logits, labels, ignore, needs["sigmoid"])
    return Passes(softmax, sigmoid)


def _two_class(z: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(z), z], dim=1)


def weights(values: Any, like: Tensor) -> Tensor:
    """Class weights as a tensor beside ``like``."""
    return torch.as_tensor(values, dtype=_wide(like), device=like.device)


def from_sources(
    source: Source,
    labels: Any,
    ignore: frozenset[int],
    needs: Mapping[Head, Needs],
    *,
    dtype: Any,
    device: str,
    teacher: Source | None = None,
) -> Passes:
    """The passes over a prediction file on a device, image by image; see ``_passes.from_sources``."""
    _, c, h, w = source.shape
    done = []
    for n in range(source.shape[0]):
        with torch.no_grad():
            z = tensor_of(_image(source, n, dtype), device).reshape(1, c, h, w)
            t = None if teacher is None else tensor_of(_image(teacher, n, dtype), device).reshape(1, c, h, w)
            y = tensor_of(_signed(labels[n : n + 1]), device)
            done.append(passes(z, y.reshape(*y.shape[:-1], h, w), ignore, needs, t))
        source.release()
    return join_passes([_on_cpu(part) for part in done])


def _image(source: Source, n: int, dtype: Any) -> Any:
    import numpy as np

    _, c, h, w = source.shape
    block = np.empty((c, h * w), dtype)
    source.read(n, 0, h * w, block)
    return block


def _signed(labels: Any) -> Any:
    # torch has no uint16 arithmetic, and takes no foreign byte order
    return labels.astype("float64" if labels.dtype.kind == "f" else "int64")


def _on_cpu(part: Passes) -> Passes:
    def moved(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.cpu().to(torch.float64).numpy()
        if isinstance(value, Canvas):
            return value  # whole maps stay where they are
        if isinstance(value, tuple):
            return tuple(moved(item) for item in value)
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            return type(value)(*(moved(getattr(value, f.name)) for f in fields(value)))
        return value

    moved_part: Passes = moved(part)
    return moved_part

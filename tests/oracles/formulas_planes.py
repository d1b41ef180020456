"""What segloss computes without ``--like`` for losses that look at neighbours, one image and class at a time: scipy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from batch import Batch, Row
from formulas_pixels import BOTH, IGNORE, SOFTMAX, own_class, row
from formulas_regions import maps
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from torch import Tensor

Plane = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])


def mean(values: list[float]) -> Tensor:
    """Their mean.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("undefined: no valid pixel, or no region")
    return torch.tensor(np.mean(values), dtype=torch.float64)


def planes(b: Batch, *, background: bool) -> Iterator[tuple[Plane, Plane, Mask]]:
    """p, o and the valid pixels of each class of each image that has valid pixels; without ``background`` not class 0
    (one channel is the foreground). Ignored pixels are 0 in o."""
    p, o, _ = (t.numpy() for t in maps(b))
    valid = b.valid.numpy()
    for image in range(len(p)):
        for c in range(0 if background or b.binary else 1, p.shape[1]):
            if valid[image].any():
                yield p[image, c], o[image, c], valid[image]


def signed(mask: Mask) -> Plane:
    """The distance to the class outside, minus the distance to the others plus 1 inside; 0 if it has no border."""
    if not mask.any() or mask.all():
        return np.zeros(mask.shape)
    inside: Plane = ndimage.distance_transform_edt(mask)
    return np.where(mask, 1 - inside, ndimage.distance_transform_edt(~mask))


def unsigned(mask: Mask) -> Plane:
    """The distance to the other side; 0 if there is none."""
    if not mask.any() or mask.all():
        return np.zeros(mask.shape)
    both: Plane = ndimage.distance_transform_edt(mask) + ndimage.distance_transform_edt(~mask)
    return both


def boundary(b: Batch, *, include_background: bool = True) -> Tensor:
    """The mean over valid pixels of p phi, then over images and classes."""
    return mean([(p * signed(o > 0))[v].mean() for p, o, v in planes(b, background=include_background)])


def eroded(p: Plane, o: Plane, alpha: float, erosions: int) -> Plane:
    """sum_k (k + 1)^alpha e_k: e_k is max(0, mean of the cross over e_(k-1) - 0.5), stretched to [0, 1]; e_0 (p - o)^2."""
    total, bound = np.zeros(p.shape), (p - o) ** 2
    for k in range(erosions):
        bound = np.maximum(ndimage.convolve(bound, CROSS / 5, mode="constant") - 0.5, 0)
        span = bound.max() - bound.min()
        bound = (bound - bound.min()) / span if span else bound
        total += (k + 1) ** alpha * bound
    return total


def hausdorff(
    b: Batch,
    alpha: float = 2.0,
    method: str = "distance",
    erosions: int = 10,
    *,
    include_background: bool = False,
) -> Tensor:
    """The mean over valid pixels of (p - o)^2 (dt(p > .5)^alpha + dt(o)^alpha), or of its estimate by erosion."""
    found = []
    for p, o, valid in planes(b, background=include_background):
        seen = p * valid
        if method == "erosion":
            values = eroded(seen, o, alpha, erosions)
        else:
            values = (seen - o) ** 2 * (unsigned(seen > 0.5) ** alpha + unsigned(o > 0.5) ** alpha)
        found.append(values[valid].mean())
    return mean(found)


def skeleton(plane: Plane, iterations: int) -> Plane:
    """The soft skeleton: what erosion and dilation do not bring back, at each depth."""

    def erode(image: Plane) -> Plane:
        return ndimage.minimum_filter(image, footprint=CROSS, mode="constant", cval=np.inf)

    def leftover(image: Plane) -> Plane:
        return np.maximum(image - ndimage.maximum_filter(erode(image), size=3, mode="constant", cval=-np.inf), 0)

    whole = leftover(plane)
    for _ in range(iterations):
        plane = erode(plane)
        rest = leftover(plane)
        whole = whole + np.maximum(rest - whole * rest, 0)
    return whole


def cldice(b: Batch, iterations: int = 3, smooth: float = 1.0, *, include_background: bool = False) -> Tensor:
    """1 - 2 t s / (t + s); t = (sum skel(p) o + 1) / (sum skel(p) + 1), s = (sum skel(o) p + 1) / (sum skel(o) + 1)."""
    found = []
    for p, o, valid in planes(b, background=include_background):
        seen = p * valid
        thin, thin_o = skeleton(seen, iterations), skeleton(o, iterations)
        t = ((thin * o).sum() + smooth) / (thin.sum() + smooth)
        s = ((thin_o * seen).sum() + smooth) / (thin_o.sum() + smooth)
        found.append(1 - 2 * t * s / (t + s))
    return mean(found)


def nacl(b: Batch, alpha: float = 0.1, kernel: int = 3, distance: str = "l1") -> Tensor:
    """The mean of -ln p plus alpha times that of |box mean of o - x|, zeros beyond the border (l2: squared)."""
    nll, _ = own_class(b)
    o = maps(b)[1].numpy()
    boxed = ndimage.uniform_filter(o, (0, 0, kernel, kernel), mode="constant")
    far = np.abs(boxed - b.x.numpy()) ** {"l1": 1, "l2": 2}[distance]
    return nll.mean() + alpha * far.transpose(0, 2, 3, 1)[b.valid.numpy()].mean()


def found_in(b: Batch) -> Iterator[tuple[Mask, Mask]]:
    """The masks of arg max and label, for each class of each image (one channel: the foreground)."""
    hard = (b.x[:, 0] > 0).long() if b.binary else b.x.argmax(1)
    for image in range(len(hard)):
        for c in [1] if b.binary else range(b.x.shape[1]):
            yield tuple((t[image].eq(c) & b.valid[image]).numpy() for t in (hard, b.y))


Box = tuple[int, int, int, int]


def area(box: Box) -> int:
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def box_loss(a: Box, b: Box) -> float:
    """1 - GIoU of two boxes."""
    both = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    union, hull = area(a) + area(b) - both, area(around(a, b))
    return 1 - both / union + (hull - union) / hull


def boxes(mask: Mask) -> list[Box]:
    """Half-open boxes of the 8-connected components."""
    objects = ndimage.find_objects(ndimage.label(mask, np.ones((3, 3)))[0])
    return [(y.start, x.start, y.stop, x.stop) for y, x in objects]


def by_component(a: Mask, b: Mask) -> list[float]:
    """The losses of the matched components of least total loss, and 1 for each one left over."""
    one, other = boxes(a), boxes(b)
    table = np.array([[box_loss(i, j) for j in other] for i in one]).reshape(len(one), len(other))
    matched = table[linear_sum_assignment(table)].tolist()
    return matched + [1.0] * (max(table.shape) - len(matched))


def by_mask(a: Mask, b: Mask) -> list[float]:
    """1 - GIoU of two sets of pixels in the box around both; nothing if both are empty."""
    either = a | b
    if not either.any():
        return []
    rows, columns = np.nonzero(either)
    hull = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    return [1 - (a & b).sum() / either.sum() + (hull - either.sum()) / hull]


def giou(pair: Callable[[Mask, Mask], list[float]]) -> Callable[[Batch], Tensor]:
    return lambda b: mean([value for a, o in found_in(b) for value in pair(a, o)])


BACKGROUND = {"include_background": True}
GIOU: dict[str, Any] = {"required": True, "shapes": True}
ROWS: tuple[Row, ...] = (
    row("boundary", "mean of p phi", boundary, BOTH, IGNORE, ({"include_background": False},), shapes=True),
    row(
        "hausdorff",
        "by distance transforms, without the background",
        hausdorff,
        BOTH,
        IGNORE,
        ({"alpha": 1}, BACKGROUND, {"method": "erosion"}, {"method": "erosion", "alpha": 1, "erosions": 3}),
        shapes=True,
    ),
    row(
        "cldice",
        "by image and class, without the background",
        cldice,
        BOTH,
        IGNORE,
        ({"iterations": 1}, {"iterations": 10}, {"smooth": 1e-3}, BACKGROUND),
        shapes=True,
    ),
    row(
        "nacl",
        "cross-entropy + 0.1 mean |box mean of one-hot - x|",
        nacl,
        SOFTMAX,
        IGNORE,
        ({"distance": "l2"}, {"kernel": 5}, {"alpha": 1, "distance": "l2"}),
        shapes=True,
    ),
    row("giou", "pixel sets in the box around both", giou(by_mask), BOTH, IGNORE, ({"region": "mask"},), **GIOU),
    row(
        "giou",
        "boxes of components, matched by scipy's linear_sum_assignment",
        giou(by_component),
        BOTH,
        IGNORE,
        ({"region": "component"},),
        **GIOU,
    ),
)

"""The arithmetic of one pixel and of each class's region, step by step, as the tutorials write it out.

softmax -> log -> negative log of the label's class, for a softmax; sigmoid -> the two sides of binary cross-entropy,
for one channel; and tp, fp, fn of every class over the valid pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import Needs
from segloss_cli.losses._passes import from_sources

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.losses._evaluate import Head
    from segloss_cli.losses._source import Source
    from segloss_cli.losses._sums import Regions

Steps = dict[str, Any]


def trace_pixel(logits: NDArray[np.float64], label: float, *, ignored: bool) -> Steps:
    """The steps from one pixel's logits to its loss.

    Args:
        logits: (C,), float64.
        label: the label's value at the pixel.
        ignored: whether that value counts nowhere.

    Returns:
        ``logits``, ``probabilities`` and ``log_probabilities`` by class, ``label``, ``nll`` (nats): None where the
        label is ignored or no class.

    Example:
        >>> steps = trace_pixel(np.log(np.asarray([0.7, 0.2, 0.1])), 0, ignored=False)
        >>> round(steps["nll"], 10), [round(p, 10) for p in steps["probabilities"]]
        (0.3566749439, [0.7, 0.2, 0.1])
    """
    if logits.size == 1:
        return _sigmoid(float(logits[0]), label, ignored=ignored)
    with np.errstate(divide="ignore"):
        shifted = logits - logits.max()
        total = np.exp(shifted).sum()
        log_p = shifted - np.log(total)
    counted = not ignored and float(label).is_integer() and 0 <= label < logits.size
    return {
        "head": "softmax",
        "label": label,
        "logits": logits.tolist(),
        "shifted": shifted.tolist(),
        "exponentials": np.exp(shifted).tolist(),
        "sum": float(total),
        "probabilities": np.exp(log_p).tolist(),
        "log_probabilities": log_p.tolist(),
        "nll": -float(log_p[int(label)]) if counted else None,
    }


def _sigmoid(z: float, label: float, *, ignored: bool) -> Steps:
    # ln p = -ln(1 + e^-z) and ln(1 - p) = -ln(1 + e^z), neither of which overflows so
    log_p, log_rest = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    return {
        "head": "sigmoid",
        "label": label,
        "logits": [z],
        "probabilities": [float(np.exp(log_p))],
        "log_probabilities": [float(log_p)],
        "log_complements": [float(log_rest)],
        "nll": None if ignored else -float(label * log_p + (1 - label) * log_rest),
    }


def trace_regions(regions: Regions) -> Steps:
    """tp, fp, fn of every class over the whole batch, and the Dice score and IoU that they make.

    Example:
        >>> from segloss_cli.losses._sums import Regions
        >>> one = np.ones((1, 1))
        >>> steps = trace_regions(Regions(6 * one, 8 * one, 7 * one, 0 * one))
        >>> steps["fp"], steps["fn"], steps["dice_score"], round(steps["iou"][0], 6)
        ([2.0], [1.0], [0.8], 0.666667)
    """
    tp, predicted, labelled = (x.sum(axis=0) for x in (regions.overlap, regions.predicted, regions.labelled))
    fp, fn = predicted - tp, labelled - tp
    with np.errstate(invalid="ignore", divide="ignore"):
        score, iou = 2 * tp / (2 * tp + fp + fn), tp / (tp + fp + fn)
    names = ("tp", "fp", "fn", "dice_score", "iou")
    return {name: value.tolist() for name, value in zip(names, (tp, fp, fn, score, iou), strict=True)}


def logits_at(source: Source, n: int, y: int, x: int) -> NDArray[np.float64]:
    """The logits of one pixel, (C,), float64.

    Raises:
        UsageError: the pixel is not in the picture.
    """
    images, classes, height, width = source.shape
    if not (0 <= n < images and 0 <= y < height and 0 <= x < width):
        raise UsageError(f"no pixel y={y}, x={x} in image {n}: there are {images} images of {height} x {width}")
    block = np.empty((classes, 1))
    source.read(n, y * width + x, y * width + x + 1, block)
    pixel: NDArray[np.float64] = block[:, 0]
    return pixel


def trace_work(source: Source, labels: NDArray[Any], ignore: frozenset[int], at: tuple[int, int, int]) -> Steps:
    """Both traces of a pair.

    Args:
        source: logits (N, C, H, W).
        labels: (N, H * W), or (N, C, H * W) for multi-label.
        ignore: label values that count nowhere.
        at: image, row and column of the pixel.

    Returns:
        The steps of :func:`trace_pixel`, with ``pixel`` and, under ``regions``, those of :func:`trace_regions`.

    Raises:
        UsageError: the pixel is not in the picture, or the label has one value per class there (multi-label).
    """
    if labels.ndim != 2:
        raise UsageError("trace follows one label per pixel; a multi-label file has one per class: trace one plane")
    n, y, x = at
    logits = logits_at(source, n, y, x)
    label = labels[n, y * source.shape[3] + x].item()
    steps = trace_pixel(logits, label, ignored=label in ignore)
    head: Head = "sigmoid" if source.shape[1] == 1 else "softmax"
    passes = from_sources(source, labels, ignore, {head: Needs(overlap=True)}, dtype=np.float64)
    stats = passes.softmax or passes.sigmoid
    regions = trace_regions(stats.regions) if stats and stats.regions else {}
    return {"pixel": [n, y, x], **steps, "regions": regions}

"""The inputs of the oracle record, made from seeds: NumPy only, so the libraries and the ordinary tests build the same.

``build("E-ignored")`` gives one case as a dictionary:

=========  =====================================================================================================
key        value
=========  =====================================================================================================
case       the name it was built by
task       ``multiclass`` (C >= 2 channels, softmax) or ``binary`` (one channel, sigmoid)
classes    how many classes the labels have: C, or 2 for binary
logits     float64 (N, C, H, W); every value is a float32, so a float32 run sees the same input
labels     int64 (N, H, W), ids in [0, classes) and 255 where the pixel is ignored
weights    float64 (classes,), exact in float32 too; an entry of the record says whether they were handed over
ignore     255 where some pixel is ignored, else None
teacher    float64, shaped as the logits: the logits of another network, for KL
=========  =====================================================================================================

The streams are NumPy's legacy ones (``RandomState``), which are frozen for good; logits are rounded to 1/1024, so
that a different libm cannot move one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Pair = tuple[Floats, Ids]

IGNORE = 255

# The first 16 hex digits of the sha256 of example E's bytes: logits as float32, labels as int64.
DIGESTS = {
    "E logits": "0754b0e2383b55c8",
    "E labels": "4269dd586a3fe8d5",
    "E-ignored labels": "2a6ede02a27a779e",
    "E-absent labels": "b94a7f2af16632d9",
}


def digest(array: npt.NDArray[Any]) -> str:
    """The first 16 hex digits of the sha256 of an array's bytes."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def channels(labels: Ids, classes: int) -> Floats:
    """Labels (N, H, W) as 0 and 1 in (N, classes, H, W)."""
    hot: npt.NDArray[np.bool_] = labels[:, None] == np.arange(classes)[:, None, None]
    return hot.astype(np.float64)


def rounded(values: Floats) -> Floats:
    """To the nearest 1/1024: exact in float32 below 8192."""
    return np.asarray(np.round(values * 1024) / 1024, np.float64)


def example_e() -> tuple[Floats, Ids, npt.NDArray[np.bool_]]:
    """Example E, which the measured tables use: logits, labels and the pixels to ignore."""
    stream = np.random.RandomState(0)
    logits = stream.randn(2, 5, 32, 32)
    labels = stream.randint(0, 5, (2, 32, 32)).astype(np.int64)
    logits += 1.5 * channels(labels, 5)
    ignored = stream.rand(2, 32, 32) < 0.1
    return logits.astype(np.float32).astype(np.float64), labels, ignored


def e() -> Pair:
    logits, labels, _ = example_e()
    return logits, labels


def e_ignored() -> Pair:
    """E with 208 ignored pixels."""
    logits, labels, ignored = example_e()
    return logits, np.where(ignored, IGNORE, labels)


def e_absent() -> Pair:
    """E without class 4, and without class 3 in the second image."""
    logits, labels, _ = example_e()
    labels = np.where(labels == 4, 0, labels)
    labels[1] = np.where(labels[1] == 3, 0, labels[1])
    return logits, labels


def drawn(seed: int, shape: tuple[int, int, int, int], *, present: int | None = None, scale: float = 1.0) -> Pair:
    """Labels of the first ``present`` classes and logits that lean to them, times ``scale``."""
    images, classes, height, width = shape
    stream = np.random.RandomState(seed)
    labels = stream.randint(0, present or classes, (images, height, width)).astype(np.int64)
    logits = stream.randn(*shape) + 1.2 * channels(labels, classes)
    return rounded(scale * logits), labels


def with_ignored(pair: Pair, seed: int, share: float = 0.2) -> Pair:
    """The same with about ``share`` of the pixels ignored."""
    logits, labels = pair
    return logits, np.where(np.random.RandomState(seed).rand(*labels.shape) < share, IGNORE, labels)


def many_images() -> Pair:
    return drawn(11, (5, 3, 9, 7))


def one_image() -> Pair:
    return drawn(12, (1, 4, 17, 13))


def two_classes() -> Pair:
    return drawn(13, (2, 2, 16, 12))


def nineteen() -> Pair:
    """Nineteen classes, seven of them present."""
    return drawn(14, (2, 19, 24, 16), present=7)


def void_image() -> Pair:
    """Three images, the last one ignored altogether."""
    logits, labels = with_ignored(drawn(15, (3, 3, 12, 10)), 115)
    labels[2] = IGNORE
    return logits, labels


def one_class() -> Pair:
    """Every pixel is class 1 of 3."""
    logits, _ = drawn(16, (2, 3, 8, 8))
    return logits, np.ones((2, 8, 8), np.int64)


def confident() -> Pair:
    """Logits far apart, often wrong: exp overflows where it is taken as it stands."""
    return drawn(17, (2, 5, 16, 16), scale=400.0)


def perfect() -> Pair:
    """Probabilities of exactly 1 and 0, all right."""
    _, labels = drawn(18, (2, 4, 12, 12))
    return np.where(channels(labels, 4) == 1, 1000.0, -1000.0), labels


def perfect_absent() -> Pair:
    """All right, and class 3 is neither predicted nor labelled."""
    _, labels = drawn(19, (2, 4, 12, 12), present=3)
    return np.where(channels(labels, 4) == 1, 1000.0, -1000.0), labels


def drawn_binary(seed: int, shape: tuple[int, int, int], scale: float = 1.0) -> Pair:
    """One channel of logits that lean to their labels, about a third of them 1."""
    stream = np.random.RandomState(seed)
    labels = (stream.rand(*shape) < 0.35).astype(np.int64)
    logits = stream.randn(*shape) + 1.5 * (2 * labels - 1)
    return rounded(scale * logits)[:, None], labels


def binary() -> Pair:
    """Three images: mixed, empty, full."""
    logits, labels = drawn_binary(21, (3, 20, 14))
    labels[1], labels[2] = 0, 1
    return logits, labels


def binary_empty() -> Pair:
    """Nothing is labelled 1."""
    logits, labels = drawn_binary(23, (2, 8, 8))
    return logits, np.zeros_like(labels)


def binary_perfect() -> Pair:
    _, labels = drawn_binary(25, (2, 10, 10))
    return np.where(labels == 1, 1000.0, -1000.0)[:, None], labels


def placed(size: int, *spans: tuple[int, int, int, int]) -> Ids:
    """A square plane with rectangles (y0, x0, y1, x1), half open, of ids 1, 2, ..."""
    plane = np.zeros((size, size), np.int64)
    for name, (top, left, bottom, right) in enumerate(spans, start=1):
        plane[top:bottom, left:right] = name
    return plane


def boxes() -> Pair:
    """Rectangles of three classes and where they were predicted: every class is in every label and arg max."""
    labels = np.stack([placed(24, (2, 3, 9, 12), (14, 10, 22, 20)), placed(24, (1, 1, 5, 20), (10, 4, 20, 9))])
    found = np.stack([placed(24, (4, 1, 12, 10), (13, 12, 20, 23)), placed(24, (3, 2, 8, 15), (15, 14, 23, 22))])
    noise = np.random.RandomState(31).rand(2, 3, 24, 24)
    return rounded(6.0 * channels(found, 3) + noise), labels


def boxes_ignored() -> Pair:
    """The same with the right third ignored, which cuts boxes of both."""
    logits, labels = boxes()
    labels[:, :, 16:] = IGNORE
    return logits, labels


def of_sets(size: tuple[int, int], found: list[tuple[int, int]], labelled: list[tuple[int, int]]) -> Pair:
    """One binary image from the pixels (y, x) that are predicted and labelled 1."""
    logits, labels = np.full((1, 1, *size), -2.0), np.zeros((1, *size), np.int64)
    logits[0, 0][tuple(zip(*found, strict=True))] = 2.0
    labels[0][tuple(zip(*labelled, strict=True))] = 1
    return logits, labels


def boxes_squares() -> Pair:
    """Squares of 2 x 2 at (0, 0) and (1, 1)."""
    return of_sets((4, 4), [(0, 0), (0, 1), (1, 0), (1, 1)], [(1, 1), (1, 2), (2, 1), (2, 2)])


def boxes_angles() -> Pair:
    """Two L shapes with one box."""
    return of_sets((4, 4), [(0, 0), (1, 0), (1, 1)], [(0, 0), (0, 1), (1, 1)])


def boxes_outlier() -> Pair:
    """One pixel, found with an outlier far away."""
    return of_sets((8, 8), [(0, 0), (7, 7)], [(0, 0)])


def boxes_columns() -> Pair:
    """Two columns apart."""
    return of_sets((4, 8), [(y, 0) for y in range(4)], [(y, 7) for y in range(4)])


def disc(size: tuple[int, int], centre: tuple[int, int], radius: float) -> npt.NDArray[np.bool_]:
    """The pixels (height, width) no farther than ``radius`` from a pixel."""
    y, x = np.ogrid[: size[0], : size[1]]
    inside: npt.NDArray[np.bool_] = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius * radius
    return inside


def drawn_shapes() -> Ids:
    """Two images (24, 20): discs of class 1, thin lines of class 2, and class 3, which the second image lacks."""
    labels = np.zeros((2, 24, 20), np.int64)
    labels[0][disc((24, 20), (8, 7), 5.2)] = 1
    labels[0, 16:22, 2:9] = 3
    labels[0, :, 15] = 2
    labels[0, 18, 9:20] = 2
    labels[1][disc((24, 20), (5, 14), 3.7)] = 1
    labels[1][disc((24, 20), (18, 5), 4.2)] = 1
    steps = np.arange(20)
    labels[1, steps + 2, steps] = 2
    return labels


def guessed(seed: int, labels: Ids, classes: int, scale: float = 2.5) -> Floats:
    """Logits that lean to the labels moved down and right by one pixel, with some noise."""
    moved = np.roll(labels, (1, 1), (1, 2))
    return rounded(scale * channels(moved, classes) + np.random.RandomState(seed).randn(2, classes, 24, 20))


def shapes() -> Pair:
    labels = drawn_shapes()
    return guessed(41, labels, 4), labels


def hidden(pair: Pair, seed: int) -> Pair:
    """The same with some pixels and a corner ignored, which cuts shapes."""
    logits, labels = with_ignored(pair, seed, 0.1)
    labels[:, 14:, 12:] = IGNORE
    return logits, labels


def shapes_background() -> Pair:
    """Shapes are predicted and nothing but class 0 is labelled."""
    labels = drawn_shapes()
    return guessed(42, labels, 4), np.zeros_like(labels)


def binary_shapes() -> Pair:
    """Discs and lines as the foreground, and a third image that has none but of which some is predicted."""
    labels = (drawn_shapes() > 0).astype(np.int64)
    logits = guessed(43, labels, 2)[:, 1:] - 1.0
    return np.concatenate([logits, logits[:1] - 0.5]), np.concatenate([labels, np.zeros_like(labels[:1])])


MULTICLASS: dict[str, Callable[[], Pair]] = {
    "E": e,
    "E-ignored": e_ignored,
    "E-absent": e_absent,
    "many-images": many_images,
    "many-images-ignored": lambda: with_ignored(many_images(), 111),
    "one-image": one_image,
    "one-image-ignored": lambda: with_ignored(one_image(), 112),
    "two-classes": two_classes,
    "two-classes-ignored": lambda: with_ignored(two_classes(), 113),
    "nineteen": nineteen,
    "nineteen-ignored": lambda: with_ignored(nineteen(), 114),
    "void-image": void_image,
    "one-class": one_class,
    "confident": confident,
    "perfect": perfect,
    "perfect-absent": perfect_absent,
}
BINARY: dict[str, Callable[[], Pair]] = {
    "binary": binary,
    "binary-ignored": lambda: with_ignored(binary(), 121),
    "binary-one-image": lambda: drawn_binary(22, (1, 16, 16)),
    "binary-one-image-ignored": lambda: with_ignored(drawn_binary(22, (1, 16, 16)), 122),
    "binary-empty": binary_empty,
    "binary-confident": lambda: drawn_binary(24, (2, 10, 10), scale=400.0),
    "binary-perfect": binary_perfect,
}
BOXES: dict[str, Callable[[], Pair]] = {
    "boxes": boxes,
    "boxes-ignored": boxes_ignored,
    "boxes-squares": boxes_squares,
    "boxes-angles": boxes_angles,
    "boxes-outlier": boxes_outlier,
    "boxes-columns": boxes_columns,
}
# For what looks at neighbours: regions larger than noise. Only rows with ``shapes`` are asked about them.
SHAPES: dict[str, Callable[[], Pair]] = {
    "shapes": shapes,
    "shapes-ignored": lambda: hidden(shapes(), 141),
    "shapes-background": shapes_background,
    "binary-shapes": binary_shapes,
    "binary-shapes-ignored": lambda: hidden(binary_shapes(), 143),
}
# Every pixel is ignored: only our own defaults are asked, which have no value.
VOID: dict[str, Callable[[], Pair]] = {
    "void": lambda: with_ignored(two_classes(), 151, 2.0),
    "binary-void": lambda: with_ignored(drawn_binary(26, (2, 8, 8)), 152, 2.0),
}


def against_one(pair: Pair) -> Pair:
    """Class 0 as the foreground of one channel, its logits those of class 0 minus those of class 1."""
    logits, labels = pair
    return logits[:, :1] - logits[:, 1:2], np.where(labels == IGNORE, IGNORE, (labels == 0).astype(np.int64))


def e_two() -> Pair:
    """The first two channels of E, every class but 0 as the foreground."""
    logits, labels = e()
    return logits[:, :2], (labels > 0).astype(np.int64)


def e_tiled(times: int) -> Pair:
    """E beside itself: the same statistics, more pixels."""
    logits, labels = e()
    return np.tile(logits, (1, 1, times, times)), np.tile(labels, (1, times, times))


def e_seven() -> Pair:
    """E with one label that is no class."""
    logits, labels = e()
    labels[0, 0, 0] = 7
    return logits, labels


def e_log_p() -> Pair:
    """E with the logarithms of its probabilities in the place of logits."""
    logits, labels = e()
    log_sum = np.log(np.exp(logits).sum(1, keepdims=True))
    return (logits - log_sum).astype(np.float32).astype(np.float64), labels


def flat(size: int, logit: float, label: int) -> Pair:
    """One logit and one label everywhere, one image of one channel."""
    value = float(np.float32(logit))
    return np.full((1, 1, size, size), value), np.full((1, size, size), label, np.int64)


# Asked about by measured.json only, not in the record.
MEASURED: dict[str, Callable[[], Pair]] = {
    "E-class0": lambda: against_one(e()),
    "E-class0-ignored": lambda: against_one(e_ignored()),
    "E-class0-absent": lambda: against_one(e_absent()),
    "E-two": e_two,
    "E-tiled-4": lambda: e_tiled(4),
    "E-tiled-16": lambda: e_tiled(16),
    "E-seven": e_seven,
    "E-log-p": e_log_p,
    "empty-agreed": lambda: flat(4, -1000.0, 0),
    "full-agreed": lambda: flat(4, 1000.0, 1),
    "empty-tenth": lambda: flat(8, -2.1972246, 0),
    "empty-all": lambda: flat(8, 1000.0, 0),
}
CASES = {**MULTICLASS, **BINARY, **BOXES, **SHAPES, **VOID, **MEASURED}


def class_weights(case: str, classes: int) -> Floats:
    """1 to 5 for example E, else multiples of 1/8 in [0.25, 4), and 0 for the third of nineteen classes."""
    if case.startswith("E") and classes == 5:
        return np.arange(1.0, 6.0)
    weights = np.random.RandomState(1000 + classes).randint(2, 32, classes) / 8
    if classes == 19:
        weights[2] = 0.0
    return weights


def build(case: str) -> dict[str, Any]:
    """The case of that name: see the table at the top of this file.

    Raises:
        KeyError: there is no such case.
    """
    logits, labels = CASES[case]()
    binary_task = logits.shape[1] == 1
    classes = 2 if binary_task else logits.shape[1]
    teacher = np.random.RandomState(1).randn(*logits.shape).astype(np.float32).astype(np.float64)
    return {
        "case": case,
        "task": "binary" if binary_task else "multiclass",
        "classes": classes,
        "logits": logits,
        "labels": labels,
        "weights": class_weights(case, classes),
        "ignore": IGNORE if bool((labels == IGNORE).any()) else None,
        "teacher": teacher,
    }

"""What a loss is, and the statistics that each kind of loss is given.

A loss file holds its page (the module's docstring), one pure function with keyword-only knobs, and ``LOSS``, a
:class:`Loss` that says which statistics the function is given. The statistics are sums over pixels, one row per image
and one column per class, filled by an engine (``_numpy.py`` or ``_torch.py``) in one pass over the logits; whatever
is a choice of a library (weights, denominators, smoothing, means over classes) is applied after that pass.

==============  =====================================================================================
kind            the function's first argument
==============  =====================================================================================
``pixel``       :class:`Pixels`: sums, by the label's class, of values per pixel that the file defines
``sides``       :class:`Sides`: one-vs-rest; sums over the pixels of a class and over the others
``overlap``     :class:`Regions`: soft intersections and sizes
``ranked``      :class:`Ranked`: the largest values of -ln p over pixels
``boxes``       :class:`Boxes`: hard regions (arg max against label), their sizes and bounding boxes
``divergence``  :class:`Divergence`: from a teacher's distribution, or from the labels
==============  =====================================================================================

Everything is written against the Python array API, so one function serves NumPy and torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Literal

from segloss_cli._record import record
from segloss_cli.types import Task

Array = Any  # numpy.ndarray or torch.Tensor
Kind = Literal["pixel", "sides", "overlap", "ranked", "boxes", "divergence"]
Bounds = tuple[float, float]

INF = float("inf")
EVERY_TASK: frozenset[Task] = frozenset({"binary", "multiclass", "multilabel"})
EXCLUSIVE: frozenset[Task] = frozenset({"binary", "multiclass"})
MULTICLASS: frozenset[Task] = frozenset({"multiclass"})
BINARY: frozenset[Task] = frozenset({"binary"})
IGNORE = frozenset({"ignore"})
BOTH = frozenset({"ignore", "weights"})


def namespace(array: Array) -> Any:
    """The array API namespace of an array: numpy itself, or array-api-compat's torch."""
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    from array_api_compat import array_namespace

    return array_namespace(array)


@record(frozen=True)
class Term:
    """A number per pixel, ``function(p, nll, label, **knobs)``: what a pixel loss has the engine sum.

    ``p`` is the probability of the label's class, ``nll`` is -ln p (nats) and ``label`` the class, all of shape
    (pixels,). Terms are hashable: losses that want the same one share it.
    """

    function: Callable[..., Array]
    knobs: tuple[tuple[str, Any], ...] = ()

    def __call__(self, p: Array, nll: Array, label: Array) -> Array:
        """The values of these pixels."""
        return self.function(p, nll, label, **dict(self.knobs))


def negative_log(_p: Array, nll: Array, _label: Array) -> Array:
    """-ln p of the label's class, (pixels,), in nats."""
    return nll


NLL = Term(negative_log)
"""The term of cross-entropy, and of the divergence from labels, whose distribution is one-hot."""


@record(frozen=True)
class Side:
    """The one-vs-rest pair of functions of a logit: what a pixel of the class adds, and what any other adds.

    Both are ``function(z, **knobs)`` of logits of any shape; hashable, like a term.
    """

    positive: Callable[..., Array]
    negative: Callable[..., Array]
    knobs: tuple[tuple[str, Any], ...] = ()

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """What these logits add as pixels of the class, and as any others."""
        knobs = dict(self.knobs)
        return self.positive(z, **knobs), self.negative(z, **knobs)


@record(frozen=True)
class Pixels:
    """Sums over the valid pixels by the label's class. All arrays are (images, classes), but ``total`` (images,).

    ``sums`` holds one array per term of the loss, ``smoothed`` the sum of -ln p_c over all valid pixels (None unless
    asked for), ``count`` the valid pixels of each class, ``total`` the pixels of each image, ignored ones included.
    """

    sums: tuple[Array, ...]
    count: Array
    total: Array
    smoothed: Array | None = None


@record(frozen=True)
class Sides:
    """One-vs-rest sums, (images, classes): ``positive`` over pixels of the class, ``negative`` over the other valid.

    ``count`` is the (possibly soft) number of pixels of the class, ``valid`` and ``total`` (images,) count pixels
    without and with the ignored ones.
    """

    positive: Array
    negative: Array
    count: Array
    valid: Array
    total: Array


@record(frozen=True)
class Regions:
    """Soft regions, (images, classes) each.

    ``overlap`` is the sum of p_c y_c, ``predicted`` the sum of p_c and ``labelled`` the sum of y_c over valid pixels;
    ``leaked`` is the sum of p_c over ignored pixels, which some libraries leave in the denominator.
    """

    overlap: Array
    predicted: Array
    labelled: Array
    leaked: Array


@record(frozen=True)
class Ranked:
    """-ln p of every pixel, to take the largest of. ``valid`` and ``ignored`` count pixels of the batch.

    ``above(t)`` gives the sum and the number of the values greater than t, ``top(k)`` the sum of the k largest.
    """

    above: Callable[[float], tuple[Array, int]]
    top: Callable[[int], Array]
    valid: int
    ignored: int


@record(frozen=True)
class Boxes:
    """Hard regions, (images, classes) each, and their half-open boxes (images, classes, 4) as x0, y0, x1, y1.

    ``both`` counts pixels that prediction (arg max) and label agree on, ``predicted`` and ``labelled`` each alone;
    an empty region has a box of zeros. Ignored pixels belong to no region.
    """

    both: Array
    predicted: Array
    labelled: Array
    predicted_box: Array
    labelled_box: Array


@record(frozen=True)
class Divergence:
    """Sums of KL(q || p) in nats over the valid pixels, (images,), with ``classes`` the number of classes."""

    sums: Array
    valid: Array
    total: Array
    classes: int


@record(frozen=True)
class Values:
    """A loss on one set of statistics: its value (0-d array), the same by class, and what was averaged over.

    ``undefined`` is the reason why there is no value; ``note()`` a remark on it, such as a class being absent (a
    call, since a criterion in a training step has no time for it).
    """

    value: Array
    per_class: Array | None = None
    over: str = ""
    undefined: str | None = None
    note: Callable[[], str] = str


@record(frozen=True)
class Convention:
    """How one library computes the loss of this name.

    ``knobs`` maps the library's own parameters (its keyword-only arguments, with the library's defaults) to ours; an
    argument ``ignoring`` of it is no parameter but told whether an ignore id is handed over. ``takes`` says what the
    call supports beside the tasks: "ignore" and "weights". ``call`` is the call itself.
    """

    call: str
    tasks: frozenset[Task]
    takes: frozenset[str]
    knobs: Callable[..., Mapping[str, Any]]


def no_terms(_: Mapping[str, Any]) -> tuple[Term, ...]:
    """The terms of a loss that is not a pixel loss: none."""
    return ()


@record(frozen=True)
class Loss:
    """One loss: the function, the kind of statistics it is given, the tasks it fits and its theoretical range.

    ``default`` are the tasks for which it is computed unasked; ``terms`` gives, for a pixel loss, the terms that its
    knobs need; ``side`` gives the pair of a one-vs-rest loss.
    """

    function: Callable[..., Values]
    kind: Kind
    tasks: frozenset[Task]
    bounds: Callable[[Mapping[str, Any]], Bounds]
    default: frozenset[Task]
    terms: Callable[[Mapping[str, Any]], tuple[Term, ...]] = no_terms
    side: Callable[[Mapping[str, Any]], Side] | None = None
    conventions: Mapping[str, Convention] = field(default_factory=dict)


@record(frozen=True)
class Needs:
    """What an engine must sum in its pass; ``|`` joins the needs of several losses."""

    terms: tuple[Term, ...] = ()
    sides: tuple[Side, ...] = ()
    overlap: bool = False
    leaked: bool = False
    smoothed: bool = False
    ranked: bool = False
    boxes: bool = False
    divergence: bool = False

    def __or__(self, other: Needs) -> Needs:
        """Both together, each term once."""
        return Needs(
            terms=tuple(dict.fromkeys(self.terms + other.terms)),
            sides=tuple(dict.fromkeys(self.sides + other.sides)),
            overlap=self.overlap or other.overlap,
            leaked=self.leaked or other.leaked,
            smoothed=self.smoothed or other.smoothed,
            ranked=self.ranked or other.ranked,
            boxes=self.boxes or other.boxes,
            divergence=self.divergence or other.divergence,
        )


def needs_of(loss: Loss, knobs: Mapping[str, Any]) -> Needs:
    """What one loss with these knobs has the engine sum."""
    return Needs(
        terms=loss.terms(knobs),
        sides=(loss.side(knobs),) if loss.side else (),
        overlap=loss.kind == "overlap",
        leaked=bool(knobs.get("leak")),
        smoothed=bool(knobs.get("label_smoothing")),
        ranked=loss.kind == "ranked",
        boxes=loss.kind == "boxes",
        divergence=loss.kind == "divergence",
    )


def ratio(numerator: Array, denominator: Array) -> Array:
    """The quotient, NaN where the denominator is 0, without a warning.

    >>> import numpy as np
    >>> ratio(np.asarray([1.0, 3.0]), np.asarray([2.0, 0.0]))
    array([0.5, nan])
    """
    xp = namespace(numerator)
    empty = denominator == 0
    nan = xp.full_like(numerator, float("nan"))
    return xp.where(empty, nan, numerator / xp.where(empty, xp.ones_like(denominator), denominator))


def mean_where(values: Array, kept: Array, *, axis: int | None = None) -> Array:
    """The mean of the kept values; NaN where none is kept. A NaN among the kept ones stays one.

    >>> import numpy as np
    >>> mean_where(np.asarray([1.0, np.nan, 2.0]), np.asarray([True, False, True])).item()
    1.5
    """
    xp = namespace(values)
    chosen = xp.where(kept, values, xp.zeros_like(values))
    return ratio(xp.sum(chosen, axis=axis), xp.sum(xp.astype(kept, values.dtype), axis=axis))

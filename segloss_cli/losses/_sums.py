"""The statistics that a loss's function is given, and the arithmetic on them that losses share.

One row per image and one column per class, unless said otherwise; sums are float64.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from segloss_cli._record import record

Array = Any  # numpy.ndarray or torch.Tensor
T = TypeVar("T")


def namespace(array: Array) -> Any:
    """The array API namespace of an array: numpy itself, or array-api-compat's torch."""
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    from array_api_compat import array_namespace

    return array_namespace(array)


@record(frozen=True)
class Outcome:
    """What the label's class got at each pixel, (pixels,): ``p``, its probability; ``nll``, -ln p in nats; ``label``.

    ``rest`` is 1 - p, made once for all that want it, with its digits kept where p rounds to 1.

    >>> import numpy as np
    >>> nll = np.asarray([1e-9, 0.01, 2.0], np.float32)
    >>> bool(np.allclose(Outcome(np.exp(-nll), nll, nll).rest, -np.expm1(-nll), rtol=1e-6, atol=0))
    True
    """

    p: Array
    nll: Array
    label: Array

    @cached_property
    def rest(self) -> Array:
        """1 - p. In float32, below 0.02, the series of 1 - exp(-nll), as expm1 takes four times as long."""
        xp, nll = namespace(self.nll), self.nll
        if nll.dtype == xp.float64:
            return -xp.expm1(-nll)
        series = nll * (1 - nll * (0.5 - nll / 6))
        return xp.where(nll < 0.02, series, 1 - self.p)


@record(frozen=True)
class Term:
    """A number per pixel, ``function(outcome, **knobs)``, (pixels,): what a pixel loss has the engine sum.

    Terms are hashable: losses that want the same one share it.
    """

    function: Callable[..., Array]
    knobs: tuple[tuple[str, Any], ...] = ()

    def __call__(self, outcome: Outcome) -> Array:
        """The values of these pixels."""
        return self.function(outcome, **dict(self.knobs))


def negative_log(outcome: Outcome) -> Array:
    """-ln p of the label's class, (pixels,), in nats."""
    return outcome.nll


NLL = Term(negative_log)
"""The term of cross-entropy, and of the divergence from labels, whose distribution is one-hot."""


@record(frozen=True)
class Side:
    """What a pixel adds one-vs-rest: ``function(against, of_class, **knobs)``, of the shape of what it is given.

    ``against`` is what the prediction gives to the wrong answer, ``of_class`` whether these are pixels of the class or
    any others. Hashable, like a term.
    """

    function: Callable[..., Array]
    knobs: tuple[tuple[str, Any], ...] = ()

    def __call__(self, against: Array, of_class: bool) -> Array:
        """What these pixels add."""
        return self.function(against, of_class, **dict(self.knobs))


@record(frozen=True)
class Pixels:
    """Sums over the valid pixels by the label's class. All arrays are (images, classes), but ``total`` (images,).

    ``sums`` holds one array per term of the loss, ``smoothed`` the sum of -ln p_c over all valid pixels (None unless
    asked for), ``count`` the valid pixels of each class, ``total`` the pixels of each image, ignored ones included;
    ``planes`` are the maps, where asked for.
    """

    sums: tuple[Array, ...]
    count: Array
    total: Array
    smoothed: Array | None = None
    planes: Planes | None = None


@record(frozen=True)
class Sides:
    """One-vs-rest sums, (images, classes): ``positive`` over pixels of the class, ``negative`` over the other valid.

    ``count`` is the (possibly soft) number of pixels of the class, ``valid`` and ``total`` (images,) count pixels
    without and with the ignored ones. ``more`` holds the pairs of further sides of the loss.
    """

    positive: Array
    negative: Array
    count: Array
    valid: Array
    total: Array
    more: tuple[tuple[Array, Array], ...] = ()


@record(frozen=True)
class Squares:
    """As :class:`Regions` of squares: sums of p_c^2 y_c, of p_c^2, of y_c^2, and of p_c^2 over ignored pixels."""

    overlap: Array
    predicted: Array
    labelled: Array
    leaked: Array


@record(frozen=True)
class Regions:
    """Soft regions, (images, classes) each.

    ``overlap`` is the sum of p_c y_c, ``predicted`` the sum of p_c and ``labelled`` the sum of y_c over valid pixels;
    ``leaked`` is the sum of p_c over ignored pixels, which some libraries leave in the denominator; ``valid`` counts
    the valid pixels, and ``squares`` is there where it was asked for.
    """

    overlap: Array
    predicted: Array
    labelled: Array
    leaked: Array
    valid: Array | None = None
    squares: Squares | None = None


@record(frozen=True)
class Ranked:
    """-ln p of every pixel, to take the largest of. ``valid`` and ``ignored`` count pixels of the batch.

    ``above(t)`` gives the sum and the number of the values greater than t, ``top(k)`` the sum of the k largest. Class
    weights, where there are any, are in the values.
    """

    above: Callable[[float], tuple[Array, int]]
    top: Callable[[int], Array]
    valid: int
    ignored: int


@record(frozen=True)
class Boxes:
    """Hard regions, (images, classes) each, and their half-open boxes (images, classes, 4) as x0, y0, x1, y1.

    ``both`` counts pixels that prediction (arg max) and label agree on (NaN in an image with a logit that is no
    number), ``predicted`` and ``labelled`` each alone; an empty region has a box of zeros. Ignored pixels belong to no
    region. ``planes`` are the maps, where asked for.
    """

    both: Array
    predicted: Array
    labelled: Array
    predicted_box: Array
    labelled_box: Array
    planes: Planes | None = None


@record(frozen=True)
class Divergence:
    """Sums of KL(q || p) in nats over the valid pixels, (images,), with ``classes`` the number of classes."""

    sums: Array
    valid: Array
    total: Array
    classes: int


@record(frozen=True)
class Marks:
    """What a class's label says of every pixel of an image.

    ``codes`` (pixels,) are small integers, ``inside`` that of the class's pixels, which are ``size`` many; ``void``
    holds the numbers of the pixels that do not count, ascending. ``soft``: some target is neither 0 nor 1.
    """

    codes: Array
    inside: int
    size: int
    void: Array
    soft: bool = False

    @property
    def valid(self) -> int:
        """How many pixels count."""
        return int(self.codes.shape[0] - self.void.shape[0])


@record(frozen=True)
class Strips:
    """The maps of an image in stretches of pixels, written into the caller's buffers: for what walks them in the cache.

    ``logits(c, a, b, out)`` and ``probability(c, a, b, out)`` write those of pixels a to b, of the floating ``dtype``;
    ``marks(c)`` tells the class's pixels from the others. ``release()`` gives back what reading has touched, and
    ``workers`` threads may read at once.
    """

    pixels: int
    dtype: Any
    logits: Callable[[int, int, int, Array], None]
    probability: Callable[[int, int, int, Array], None]
    marks: Callable[[int], Marks]
    release: Callable[[], None]
    workers: int


@record(frozen=True)
class Canvas:
    """One image's maps, each (height, width) and made when it is asked for, by class.

    ``logits(c)`` and ``probability(c)`` are the prediction's; ``target(c)`` is what the label says, 0 where the pixel
    does not count; ``valid(c)`` says which count. A map is the caller's own. ``strips`` is there on the CPU engine.
    """

    shape: tuple[int, int]
    classes: int
    logits: Callable[[int], Array]
    probability: Callable[[int], Array]
    target: Callable[[int], Array]
    valid: Callable[[int], Array]
    strips: Strips | None = None


@record(frozen=True)
class Planes:
    """The maps of a batch. ``memo`` keeps what one loss has made of them for the next, see :meth:`once`."""

    images: tuple[Canvas, ...]
    memo: dict[Any, Any]

    @property
    def classes(self) -> int:
        """How many channels."""
        return self.images[0].classes

    def once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What ``make`` gave the first time that it was asked for by this key."""
        if key not in self.memo:
            self.memo[key] = make()
        found: T = self.memo[key]
        return found


def beside(array: Array, other: Array) -> Array:
    """An array as one of the other's kind: what was made of maps on a device joins sums that are back from it."""
    if type(array) is type(other) or not hasattr(array, "detach"):
        return array
    return namespace(other).asarray(array.detach().cpu())


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

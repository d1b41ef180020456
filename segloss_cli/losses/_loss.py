"""What a loss is: its function, which statistics that is given, and how the libraries compute it.

A loss file holds its page (the module's docstring), one pure function with keyword-only knobs, and ``LOSS``, a
:class:`Loss` that says which statistics the function is given. The statistics are sums over pixels, one row per image
and one column per class, filled by an engine (``_numpy.py`` or ``_torch.py``) in one pass over the logits; whatever
is a choice of a library (weights, denominators, smoothing, means over classes) is applied after that pass.

==============  =====================================================================================
kind            the function's first argument (see ``_sums.py``)
==============  =====================================================================================
``pixel``       ``Pixels``: sums, by the label's class, of values per pixel that the file defines
``sides``       ``Sides``: one-vs-rest; sums over the pixels of a class and over the others
``overlap``     ``Regions``: soft intersections and sizes
``ranked``      ``Ranked``: the largest values of -ln p over pixels
``boxes``       ``Boxes``: hard regions (arg max against label), their sizes and bounding boxes
``divergence``  ``Divergence``: from a teacher's distribution, or from the labels
``planes``      ``Planes``: whole maps of probabilities and labels, for what looks at neighbours or sorts
==============  =====================================================================================

A loss of several kinds is given a tuple of them. Everything is written against the Python array API, so one function
serves NumPy and torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Literal

from segloss_cli._record import record
from segloss_cli.losses._sums import Array, Side, Term
from segloss_cli.types import Task

Kind = Literal["pixel", "sides", "overlap", "ranked", "boxes", "divergence", "planes"]
Bounds = tuple[float, float]

INF = float("inf")
EVERY_TASK: frozenset[Task] = frozenset({"binary", "multiclass", "multilabel"})
EXCLUSIVE: frozenset[Task] = frozenset({"binary", "multiclass"})
MULTICLASS: frozenset[Task] = frozenset({"multiclass"})
BINARY: frozenset[Task] = frozenset({"binary"})
IGNORE = frozenset({"ignore"})
WEIGHTS = frozenset({"weights"})
BOTH = frozenset({"ignore", "weights"})


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
    call supports beside the tasks: "ignore" and "weights". ``call`` is the call itself. ``stray`` says that an id that
    is neither a class nor ignored goes through without a word, as a pixel of no class, where other calls raise.
    """

    call: str
    tasks: frozenset[Task]
    takes: frozenset[str]
    knobs: Callable[..., Mapping[str, Any]]
    stray: bool = False


@record(frozen=True)
class Needs:
    """What an engine must sum in its pass; ``|`` joins the needs of several losses.

    ``ranked`` holds the class weights by which -ln p is multiplied before it is ranked, () for none; ``squares`` asks
    for the sums of squared probabilities, ``planes`` for whole maps.
    """

    terms: tuple[Term, ...] = ()
    sides: tuple[Side, ...] = ()
    ranked: tuple[tuple[float, ...], ...] = ()
    overlap: bool = False
    squares: bool = False
    leaked: bool = False
    smoothed: bool = False
    boxes: bool = False
    divergence: bool = False
    planes: bool = False

    def __or__(self, other: Needs) -> Needs:
        """Both together, each term once."""
        return Needs(
            terms=tuple(dict.fromkeys(self.terms + other.terms)),
            sides=tuple(dict.fromkeys(self.sides + other.sides)),
            ranked=tuple(dict.fromkeys(self.ranked + other.ranked)),
            overlap=self.overlap or other.overlap,
            squares=self.squares or other.squares,
            leaked=self.leaked or other.leaked,
            smoothed=self.smoothed or other.smoothed,
            boxes=self.boxes or other.boxes,
            divergence=self.divergence or other.divergence,
            planes=self.planes or other.planes,
        )

    @property
    def additive(self) -> bool:
        """Whether the statistics of a data set are the sums of its batches': a ranking and maps are not."""
        return not (self.ranked or self.planes)


def no_terms(_: Mapping[str, Any]) -> tuple[Term, ...]:
    """The terms of a loss that has no part of the kind ``pixel``: none."""
    return ()


def no_sides(_: Mapping[str, Any]) -> tuple[Side, ...]:
    """The sides of a loss that has no part of the kind ``sides``: none."""
    return ()


def nothing_else(_: Mapping[str, Any]) -> Needs:
    """No need beside those of the loss's kinds."""
    return Needs()


@record(frozen=True)
class Loss:
    """One loss: the function, the kinds of statistics it is given, the tasks it fits and its theoretical range.

    ``default`` are the tasks for which it is computed unasked; ``terms`` gives, for the kind ``pixel``, the terms that
    its knobs need, ``sides`` the pairs for the kind ``sides``, and ``also`` what else the knobs need. ``extra`` names
    a package that it cannot do without. ``signed`` names the numbers, of ours or of a library, that may be below 0: no
    other may. ``planar``: it looks at neighbours in a plane, so that a volume has no value. ``of_logits``: it reads
    logits as they are, so that class ids have no value, nor do the probabilities of a softmax.
    """

    function: Callable[..., Values]
    kinds: tuple[Kind, ...]
    tasks: frozenset[Task]
    bounds: Callable[[Mapping[str, Any]], Bounds]
    default: frozenset[Task]
    terms: Callable[[Mapping[str, Any]], tuple[Term, ...]] = no_terms
    sides: Callable[[Mapping[str, Any]], tuple[Side, ...]] = no_sides
    also: Callable[[Mapping[str, Any]], Needs] = nothing_else
    extra: str | None = None
    signed: frozenset[str] = frozenset()
    planar: bool = False
    of_logits: bool = False
    conventions: Mapping[str, Convention] = field(default_factory=dict)


def used_kinds(loss: Loss, knobs: Mapping[str, Any]) -> tuple[Kind, ...]:
    """The kinds of statistics that a loss reads with these knobs: a sum of two losses may go without one."""
    idle = {kind for kind, some in (("pixel", loss.terms(knobs)), ("sides", loss.sides(knobs))) if not some}
    return tuple(kind for kind in loss.kinds if kind not in idle)


def needs_of(loss: Loss, knobs: Mapping[str, Any], kind: Kind) -> Needs:
    """What one kind of a loss with these knobs has the engine sum."""
    return loss.also(knobs) | Needs(
        terms=loss.terms(knobs) if kind in {"pixel", "divergence"} else (),
        sides=loss.sides(knobs) if kind == "sides" else (),
        ranked=(ranking(knobs),) if kind == "ranked" else (),
        overlap=kind == "overlap",
        leaked=bool(knobs.get("leak")) and kind == "overlap",
        smoothed=bool(knobs.get("label_smoothing")) and kind == "pixel",
        boxes=kind == "boxes",
        divergence=kind == "divergence",
        planes=kind == "planes",
    )


def ranking(knobs: Mapping[str, Any]) -> tuple[float, ...]:
    """The class weights by which -ln p is multiplied before it is ranked; () for none."""
    weight = knobs.get("weight")
    return () if weight is None else tuple(float(w) for w in weight)

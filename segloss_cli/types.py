"""The records that cross a boundary between two parts of segloss: frozen, typed, and importing nothing of ours.

``read`` makes :class:`Mask` and :class:`Scores`; ``profile`` turns them into :class:`Profile` and
:class:`ScoresProfile`; ``rules`` judge those against a :class:`Contract` and yield :class:`Finding`;
``losses`` yield :class:`LossValue`; all of it travels to ``render`` as one :class:`Report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from segloss_cli._container import Container
from segloss_cli._contract import SEVERITIES, Alpha, Certainty, Colour, Contract, Kind, Number, Severity, Task
from segloss_cli._counts import add_counts, add_shares
from segloss_cli._dataset import Dataset, Orphan, Role, Sample, Seen, Split, Terms
from segloss_cli._edges import Edges
from segloss_cli._loss_value import Gradient, LossValue, Match, Status
from segloss_cli._pair import Agreement, OneHot
from segloss_cli._record import record

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

__all__ = [
    "SEVERITIES",
    "Agreement",
    "Alpha",
    "Certainty",
    "Colour",
    "Container",
    "Contract",
    "Dataset",
    "Edges",
    "Finding",
    "Gradient",
    "Kind",
    "LossValue",
    "Mask",
    "Match",
    "Number",
    "OneHot",
    "Orphan",
    "Pair",
    "Picture",
    "Place",
    "Profile",
    "Report",
    "Role",
    "Sample",
    "Scene",
    "Scores",
    "ScoresProfile",
    "Seen",
    "Severity",
    "Skipped",
    "Split",
    "Status",
    "Task",
    "Terms",
]


def _no_ids() -> NDArray[Any]:
    raise LookupError("this Mask was made without pixels")


@record(frozen=True)
class Mask:
    """One label file, decoded. Exactly one of ``image`` (a loaded Pillow picture) and ``array`` is set.

    ``ids()`` gives the values as an array of shape (N, H, W) for one-channel labels, or (N, H, W, bands) for
    coloured ones, in the stored dtype (palette indices stay indices; bool stays bool); nothing is rescaled.
    """

    container: Container
    image: Image.Image | None = None
    array: NDArray[Any] | None = None
    ids: Callable[[], NDArray[Any]] = field(default=_no_ids, repr=False, compare=False)


@record(frozen=True)
class Scores:
    """One prediction file. ``array`` (perhaps memory-mapped) has the stored layout; ``axes`` says where things are.

    ``axes`` is the order of the stored axes, such as "NCHW", "CHW", "HW", "NHW", "HWC", "NHWC"; ``shape`` is always
    the reading (N, C, H, W). ``kind`` is what the values are and ``kind_reason`` how that was decided.
    """

    container: Container
    array: NDArray[Any]
    axes: str
    shape: tuple[int, int, int, int]
    kind: Kind
    kind_reason: str
    axes_reason: str = ""
    kind_declared: bool = False


@record(frozen=True)
class Place:
    """Where something is: image ``n`` of the file, first pixel (y, x), and the box (x0, y0, x1, y1), half-open."""

    y: int
    x: int
    bbox: tuple[int, int, int, int] | None = None
    n: int = 0


@record(frozen=True)
class Profile:
    """What is in one label file (or, added up with ``+``, in many).

    ``counts`` maps each value to its pixels, in ascending order; it is None where there are more than 1,024 distinct
    values, and for coloured labels whose bands differ. ``colours`` is the same for coloured labels, by (r, g, b);
    ``grey`` says that a coloured label has equal bands everywhere (then ``counts`` counts the grey levels).
    ``core`` gives, for values that often mean "void" (255, 254, 65535, -1, -100), the share of the value's pixels
    that survive an erosion: near 0 for a thin border, near 1 for solid areas. It is measured when a value is first
    asked for, as ``edges()`` is: how areas meet, or None where they meet as drawn ones do (a sample of rows and columns
    tells; ``edges(whole=True)`` looks at all). ``nonfinite`` counts NaN and infinity.
    For floating labels ``integral`` says whether all values are whole numbers, ``rescaled`` whether all are exactly
    float32(k) / 255 (what ``ToTensor`` leaves), and ``mean`` and ``std`` describe the values. ``one_hot`` is what the
    planes of an array of 0 and 1 hold together, where it seems to have one per class.
    """

    container: Container
    images: int
    height: int
    width: int
    pixels: int
    counts: Mapping[Number, int] | None
    distinct: int
    low: Number
    high: Number
    colours: Mapping[Colour, int] | None = None
    grey: bool = False
    core: Mapping[Number, float] = field(default_factory=dict)
    edges: Callable[..., Edges | None] | None = field(default=None, repr=False, compare=False)
    nonfinite: int = 0
    integral: bool = True
    rescaled: bool = False
    mean: float | None = None
    std: float | None = None
    one_hot: OneHot | None = None

    @property
    def path(self) -> str:
        """The file this is about."""
        return self.container.path

    @property
    def floating(self) -> bool:
        """Whether the stored values are floating point."""
        return self.container.dtype.startswith(("float", "bfloat"))

    def __add__(self, other: Profile) -> Profile:
        """The profile of both files together: counts add, ranges widen; size and container stay this one's."""
        counts, colours = add_counts(self.counts, other.counts), add_counts(self.colours, other.colours)
        return Profile(
            container=self.container,
            images=self.images + other.images,
            height=self.height,
            width=self.width,
            pixels=self.pixels + other.pixels,
            counts=counts,
            distinct=len(counts) if counts is not None else max(self.distinct, other.distinct),
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            colours=colours,
            grey=self.grey and other.grey,
            core=add_shares((self.core, self.counts), (other.core, other.counts)),
            nonfinite=self.nonfinite + other.nonfinite,
            integral=self.integral and other.integral,
            rescaled=self.rescaled and other.rescaled,
        )


@record(frozen=True)
class ScoresProfile:
    """What is in one prediction file.

    ``low`` and ``high`` are over finite values; ``nan`` and ``inf`` count the others and ``first_bad`` is the index
    (n, c, y, x) of the first. ``sum_low`` and ``sum_high`` bound the sums over the class axis of the stored values
    (None where they were not needed). ``heaviest`` is the largest sum over all pixels of one channel, taken of float16
    probabilities only. ``exact`` is False where the values were sampled, as is done for logits whose kind a sample
    proves: then ``nan`` and ``inf`` are lower bounds.
    """

    container: Container
    shape: tuple[int, int, int, int]
    axes: str
    axes_reason: str
    kind: Kind
    kind_reason: str
    kind_declared: bool
    low: float
    high: float
    nan: int = 0
    inf: int = 0
    first_bad: tuple[int, int, int, int] | None = None
    sum_low: float | None = None
    sum_high: float | None = None
    heaviest: float | None = None
    exact: bool = True

    @property
    def path(self) -> str:
        """The file this is about."""
        return self.container.path


@record(frozen=True)
class Pair:
    """A prediction and its label, as the pair rules see them.

    ``agreement()`` compares their pixels when it is first asked (None where they cannot be compared). ``asked`` are
    the losses that this very prediction is to be given to: NAME, or NAME:like=LIBRARY.
    """

    scores: ScoresProfile
    label: Profile
    agreement: Callable[[], Agreement | None] | None = field(default=None, repr=False, compare=False)
    asked: tuple[str, ...] = ()


@record(frozen=True)
class Picture:
    """The image that a label belongs to: its header's facts, and what pixels a rule has asked for.

    ``container.shape`` is as stored, EXIF not applied. ``thumbnail`` gives a small grey copy (sides at most 64 pixels),
    decoded when it is first asked for; ``grey`` the grey picture whole.
    """

    container: Container
    thumbnail: Callable[[], Image.Image] | None = field(default=None, repr=False, compare=False)
    grey: Callable[[], Image.Image] | None = field(default=None, repr=False, compare=False)

    @property
    def path(self) -> str:
        """The file this is about."""
        return self.container.path


@record(frozen=True)
class Scene:
    """An image and its label; ``mask`` gives the label's pixels to the few rules that compare them."""

    picture: Picture
    label: Profile
    mask: Mask | None = field(default=None, repr=False, compare=False)


@record(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing, with its evidence and what to do.

    ``values`` are the label values that the finding is about (the place is looked up from them); ``key`` is what
    tells this finding from others of the same code in the same file: a class id, a partner's path, never a count.
    """

    code: str
    name: str
    severity: Severity
    certainty: Certainty
    path: str
    message: str
    remedy: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[Number, ...] = ()
    place: Place | None = None
    key: str = ""


@record(frozen=True)
class Skipped:
    """A file that could not be judged, and why."""

    path: str
    reason: str


@record(frozen=True)
class Report:
    """All that a command found out, ready to be rendered."""

    command: str
    contract: Contract
    files: tuple[Profile | ScoresProfile, ...] = ()
    findings: tuple[Finding, ...] = ()
    losses: tuple[LossValue, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    matches: tuple[Match, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = True
    dataset: Dataset | None = None

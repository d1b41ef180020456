"""What a whole data set is and holds; part of :mod:`segloss_cli.types`.

A :class:`Dataset` adds up with ``+``, and neither the order nor the grouping of its parts matters: where an example
is kept, it is the one whose path sorts first. So one process, many workers and merged shards give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

from segloss_cli._contract import Colour, Number
from segloss_cli._record import record

K = TypeVar("K", int, str)
V = TypeVar("V")

Role = Literal["image", "label", "prediction"]

MAX_IDS = 4096
"""A split lists at most this many different ids; beyond it says only that there are ``many``."""


class Sample(NamedTuple):
    """Files that belong together: a label with its image and its prediction, or what there is of them.

    Paths are as they are shown in the report; empty where there is none. ``split`` is "train", "val", "test", ... or
    empty.
    """

    label: str = ""
    image: str = ""
    prediction: str = ""
    split: str = ""

    @property
    def path(self) -> str:
        """The file that findings are about: the label, else the prediction, else the image."""
        return self.label or self.prediction or self.image


@record(frozen=True)
class Orphan:
    """A file whose partner is missing or ambiguous: its path, what it is, and what is wrong in words.

    ``kind`` is "no-image", "no-label", "no-prediction", "duplicate", "ambiguous", "case" (the stems differ in case
    only) or "stray" (a file that belongs to no part of the layout); ``partner`` is the other file, if there is one.
    """

    path: str
    role: Role
    kind: str
    what: str
    partner: str = ""


@record(frozen=True)
class Seen:
    """How many files show something, and the first of them by path."""

    files: int
    first: str

    def __add__(self, other: Seen) -> Seen:
        """The files of both."""
        return Seen(self.files + other.files, min(self.first, other.first))


@record(frozen=True)
class Tint:
    """A colour that palettes give to an id: in how many files, and the first of them by path."""

    colour: Colour
    files: int
    first: str


@record(frozen=True)
class Tints:
    """The least and the greatest colour that palettes give to one id: two colours, where palettes disagree.

    The two extremes add up exactly, and stay small where every file has a palette of its own.
    """

    low: Tint
    high: Tint

    def __add__(self, other: Tints) -> Tints:
        """The extremes of both; files with the same colour are counted together."""
        return Tints(_outer(self.low, other.low, min), _outer(self.high, other.high, max))


@record(frozen=True)
class Split:
    """The labels of one split, added up.

    ``labels`` counts files that were read as labels and ``pixels`` theirs; ``counts`` gives the pixels of each id
    (after decoding colours; ids as stored otherwise) and ``holders`` the label files that hold it; ``empty`` counts
    the labels with nothing but background (0) and ignored ids, ``uncounted`` those whose ids are not known
    (coloured without a palette, fractions, or more than 1,024 values). Where there are more than 4,096 ids in all,
    ``many`` says so and both mappings are empty.
    """

    labels: int = 0
    pixels: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)
    holders: Mapping[int, Seen] = field(default_factory=dict)
    empty: int = 0
    uncounted: int = 0
    many: bool = False

    @property
    def files(self) -> dict[int, int]:
        """How many label files hold each id."""
        return {value: seen.files for value, seen in self.holders.items()}

    @property
    def counted(self) -> int:
        """How many labels have ids that are known."""
        return self.labels - self.uncounted

    def __add__(self, other: Split) -> Split:
        """The labels of both."""
        many = self.many or other.many or len({*self.counts, *other.counts}) > MAX_IDS
        return Split(
            labels=self.labels + other.labels,
            pixels=self.pixels + other.pixels,
            counts={} if many else _merged([self.counts, other.counts], _plus),
            holders={} if many else _merged([self.holders, other.holders], Seen.__add__),
            empty=self.empty + other.empty,
            uncounted=self.uncounted + other.uncounted,
            many=many,
        )


@record(frozen=True)
class Dataset:
    """All that was seen of a data set, as data-set rules judge it; ``Dataset()`` is nothing, and adds nothing.

    ``splits`` by name ("" where there are none). ``encodings`` counts how labels are stored ("PNG, mode L, 8-bit,
    uint8"), ``families`` what their values look like ("{0, 255}", "ids", "colours", "k/255", ...), ``suffixes`` the
    ends of names that tell one encoding of a picture from another ("_labelIds"). ``tints`` gives for each id in labels
    of mode P the colours that their palettes draw it in. ``tops`` counts labels whose ids are exactly 0..k (or 1..k)
    by k, which tells instance ids. ``twins`` gives for the digest of a label's content (labels of few different rows
    left out) the first path in each split; it is empty where there are no splits. ``modes`` counts the modes of
    images. ``orphans`` are the problems of pairing, sorted. ``files`` counts what was judged by role, ``unread`` what
    could not be read.
    """

    splits: Mapping[str, Split] = field(default_factory=dict)
    encodings: Mapping[str, Seen] = field(default_factory=dict)
    families: Mapping[str, Seen] = field(default_factory=dict)
    suffixes: Mapping[str, Seen] = field(default_factory=dict)
    tints: Mapping[int, Tints] = field(default_factory=dict)
    tops: Mapping[int, int] = field(default_factory=dict)
    twins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    modes: Mapping[str, Seen] = field(default_factory=dict)
    orphans: tuple[Orphan, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0

    @cached_property
    def whole(self) -> Split:
        """All splits as one; added up when it is first asked for."""
        total = Split()
        for split in self.splits.values():
            total += split
        return total

    @property
    def counts(self) -> Mapping[int, int]:
        """The pixels of each id in all labels; empty where there are too many ids."""
        return self.whole.counts

    @property
    def holders(self) -> Mapping[int, Seen]:
        """The label files that hold each id; empty where there are too many ids."""
        return self.whole.holders

    def __add__(self, other: Dataset) -> Dataset:
        """Both sets as one: counts add, examples are the first by path, and a problem told by both is one."""
        return Dataset(
            splits=_merged([self.splits, other.splits], Split.__add__),
            encodings=_merged([self.encodings, other.encodings], Seen.__add__),
            families=_merged([self.families, other.families], Seen.__add__),
            suffixes=_merged([self.suffixes, other.suffixes], Seen.__add__),
            tints=_merged([self.tints, other.tints], Tints.__add__),
            tops=_merged([self.tops, other.tops], _plus),
            twins=_merged([self.twins, other.twins], lambda a, b: _merged([a, b], min)),
            modes=_merged([self.modes, other.modes], Seen.__add__),
            orphans=sorted_orphans((*self.orphans, *other.orphans)),
            files=_merged([self.files, other.files], _plus),
            unread=self.unread + other.unread,
        )


@record(frozen=True)
class Terms:
    """What was declared, beside what the labels hold as a whole: for rules about the configuration itself.

    ``present`` are the ids in the labels (None where that is not known); without ``every`` there may be others, in
    labels whose ids are not known. ``dtypes`` are the types that they are stored in, ``unused`` the entries of a
    baseline, ``path``, that are larger than what was found: (path, code, recorded, found). ``asked`` are the losses
    that were to be computed: NAME, or NAME:like=LIBRARY.
    """

    present: frozenset[Number] | None = None
    dtypes: frozenset[str] = frozenset()
    path: str = ""
    unused: tuple[tuple[str, str, int, int], ...] = ()
    asked: tuple[str, ...] = ()
    every: bool = True


def sorted_orphans(orphans: Iterable[Orphan]) -> tuple[Orphan, ...]:
    """The problems of pairing, each once, by path."""
    return tuple(sorted({*orphans}, key=lambda one: (one.path, one.kind, one.partner, one.role, one.what)))


def _merged(parts: Iterable[Mapping[K, V]], add: Callable[[V, V], V]) -> dict[K, V]:
    total: dict[K, V] = {}
    for part in parts:
        for key, value in part.items():
            total[key] = add(total[key], value) if key in total else value
    return dict(sorted(total.items(), key=lambda item: item[0]))


def _plus(a: int, b: int) -> int:
    return a + b


def _outer(a: Tint, b: Tint, which: Callable[[Colour, Colour], Colour]) -> Tint:
    if a.colour == b.colour:
        return Tint(a.colour, a.files + b.files, min(a.first, b.first))
    return a if which(a.colour, b.colour) == a.colour else b

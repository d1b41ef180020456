"""What a whole data set is and holds; part of :mod:`segloss_cli.types`.

A :class:`Dataset` adds up with ``+``, and neither the order nor the grouping of its parts matters: where an example
is kept, it is the one whose path sorts first. So one process, many workers and merged shards give the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from segloss_cli._contract import Number
from segloss_cli._record import record

Role = Literal["image", "label", "prediction"]


@record(frozen=True)
class Sample:
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
class Split:
    """The labels of one split, added up.

    ``labels`` counts files that were read as labels and ``pixels`` theirs; ``counts`` gives the pixels of each id
    (after decoding colours; ids as stored otherwise) and ``files`` the label files that hold it; ``empty`` counts
    the labels with nothing but background (0) and ignored ids, ``uncounted`` those whose values are not listed
    (coloured, or more than 1,024 values).
    """

    labels: int = 0
    pixels: int = 0
    counts: Mapping[Number, int] = field(default_factory=dict)
    files: Mapping[Number, int] = field(default_factory=dict)
    empty: int = 0
    uncounted: int = 0


@record(frozen=True)
class Seen:
    """How many files show something, and the first of them by path."""

    files: int
    first: str


@record(frozen=True)
class Dataset:
    """All that was seen of a data set, as data-set rules judge it.

    ``splits`` by name ("" where there are none). ``encodings`` counts how labels are stored ("PNG, mode P, 8-bit,
    uint8"), ``families`` what their values look like ("{0, 255}", "ids", "colours", "k/255", ...), ``palettes`` the
    palettes of labels of mode P by a digest. ``holders`` gives for each id the files that hold it, with the first.
    ``tops`` counts labels whose ids are exactly 0..k (or 1..k) by k, which tells instance ids. ``twins`` gives for the
    digest of a label's content (labels of one value left out) the first path in each split; it is empty where there
    are no splits. ``modes`` counts the modes of images. ``orphans`` are the problems of pairing. ``files`` counts what
    was judged by role, ``unread`` what could not be read.
    """

    splits: Mapping[str, Split] = field(default_factory=dict)
    encodings: Mapping[str, Seen] = field(default_factory=dict)
    families: Mapping[str, Seen] = field(default_factory=dict)
    palettes: Mapping[str, Seen] = field(default_factory=dict)
    holders: Mapping[Number, Seen] = field(default_factory=dict)
    tops: Mapping[int, int] = field(default_factory=dict)
    twins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    modes: Mapping[str, Seen] = field(default_factory=dict)
    orphans: tuple[Orphan, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0


@record(frozen=True)
class Terms:
    """What was declared, beside what the labels hold as a whole: for rules about the configuration itself.

    ``present`` are the ids in the labels (None where that is not known), ``dtypes`` the types that they are stored in.
    """

    present: frozenset[Number] | None = None
    dtypes: frozenset[str] = frozenset()
    path: str = ""

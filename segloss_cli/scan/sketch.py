"""What a data set looks like before anything was declared: its ids, what may be void, its folders and splits."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from segloss_cli._record import record
from segloss_cli.errors import ReadError
from segloss_cli.rules._ids import THIN, VOID, coloured
from segloss_cli.types import Profile, Role, Sample

LOOKED = 1000
"""So many labels are looked at, spread over all."""

GAP = 200
"""255 is taken for void only where the other ids stay below this; as SL202 does."""


@record(frozen=True)
class Ids:
    """The ids in labels, and what they may mean.

    ``values`` gives for each id the labels that hold it; ``looked`` labels of ``labels`` were looked at, of which
    ``coloured`` are pictures of several bands, ``odd`` are stored with loss or hold fractions or more values than are
    listed, and ``unread`` cannot be read. ``void`` are the ids that look like void, ``thin`` those whose areas are
    thin as borders are.
    """

    labels: int = 0
    looked: int = 0
    values: Mapping[int, int] = field(default_factory=dict)
    void: tuple[int, ...] = ()
    thin: tuple[int, ...] = ()
    coloured: int = 0
    odd: int = 0
    unread: int = 0

    @property
    def complete(self) -> bool:
        """Whether every label was looked at and its ids are known."""
        return self.looked == self.labels and not (self.coloured or self.odd or self.unread)

    @property
    def gaps(self) -> bool:
        """Whether an id below the highest class was not seen: then higher ones may be missing too."""
        return self.classes is not None and any(value not in self.values for value in range(self.classes))

    @property
    def classes(self) -> int | None:
        """A guess at the number of classes: the highest id that is no void, plus one; None where ids do not tell.

        >>> Ids(values={0: 3, 20: 1, 255: 3}, void=(255,)).classes
        21
        """
        rest = [value for value in self.values if value not in self.void]
        if not rest or min(rest) < 0 or max(rest) > GAP or self.white is not None:
            return None
        return max(rest) + 1

    @property
    def white(self) -> int | None:
        """The v of labels that hold nothing but 0 and one v above 1: foreground that is stored as white, or void."""
        rest = [value for value in self.values if value != 0]
        return rest[0] if len(rest) == 1 and 0 in self.values and rest[0] > 1 else None


def ids_of(paths: Sequence[str], limit: int = LOOKED) -> tuple[Ids, tuple[Profile, ...]]:
    """The ids in some labels, and the profiles of those that were looked at."""
    chosen = spread(paths, limit)
    profiles = tuple(profile for path in chosen if (profile := _profile(path)) is not None)
    plain = [profile for profile in profiles if not coloured(profile)]
    known = [p for p in plain if p.integral and p.counts is not None and not p.container.lossy]
    values = Counter(int(value) for profile in known for value in profile.counts or ())
    void = _void(values)
    ids = Ids(
        labels=len(paths),
        looked=len(chosen),
        values=dict(sorted(values.items())),
        void=void,
        thin=tuple(value for value in void if _core(known, value) < THIN),
        coloured=len(profiles) - len(plain),
        odd=len(plain) - len(known),
        unread=len(chosen) - len(profiles),
    )
    return ids, profiles


def spread(paths: Sequence[str], limit: int) -> tuple[str, ...]:
    """At most ``limit`` of the paths, spread evenly.

    >>> spread("abcdefg", 3)
    ('a', 'c', 'e')
    """
    if len(paths) <= limit:
        return tuple(paths)
    return tuple(paths[i * len(paths) // limit] for i in range(limit))


def folders_of(samples: Iterable[Sample]) -> dict[Role, str]:
    """The folder that holds all files of each role; none where those of two roles lie in each other.

    >>> folders_of([Sample(label="d/masks/a.png", image="d/images/a.jpg"), Sample(label="d/masks/x/b.png")])
    {'image': 'd/images', 'label': 'd/masks'}
    """
    folders: dict[Role, set[str]] = {"image": set(), "label": set(), "prediction": set()}
    for sample in samples:
        folders["image"].add(os.path.dirname(sample.image) if sample.image else "")
        folders["label"].add(os.path.dirname(sample.label) if sample.label else "")
        folders["prediction"].add(os.path.dirname(sample.prediction) if sample.prediction else "")
    found = {role: os.path.commonpath(known) for role, some in folders.items() if (known := some - {""})}
    ends = [os.path.join(folder, "") for folder in found.values()]
    nested = any(a.startswith(b) for i, a in enumerate(ends) for j, b in enumerate(ends) if i != j)
    return {} if nested or len(found) < 2 or "" in found.values() else found


def _profile(path: str) -> Profile | None:
    from segloss_cli.profile import profile_label
    from segloss_cli.read import read_label

    try:
        return profile_label(read_label(path))
    except ReadError:
        return None


def _void(values: Iterable[int]) -> tuple[int, ...]:
    """The ids that usually mean void, where the others are those of classes."""
    found = sorted({*values})
    rest = [value for value in found if value not in VOID]
    if max(rest, default=0) >= GAP or min(rest, default=0) < 0 or len(rest) < 2:
        return ()
    return tuple(value for value in found if value in VOID)


def _core(profiles: Iterable[Profile], value: int) -> float:
    """The share of a value's pixels inside areas, over all labels; 1 where it is not known."""
    pixels = [(p.counts[value], p.core[value]) for p in profiles if p.counts and value in p.core and value in p.counts]
    total = sum(count for count, _ in pixels)
    return sum(count * core for count, core in pixels) / total if total else 1.0

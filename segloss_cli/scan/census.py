"""The census of a data set: what each label adds to it, and the sum.

Memory does not grow with the number of files, only with what differs among them (ids, encodings, splits); except
where digests are asked for, which there must be splits for: those take about 100 bytes a label and its path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from segloss_cli._dataset import MAX_IDS, Tint, Tints, sorted_orphans
from segloss_cli.scan._facts import decoded, digest_of, encoding_of, facts_of
from segloss_cli.scan._order import Facts
from segloss_cli.types import Dataset, Orphan, Seen, Split

__all__ = ["Census", "decoded", "digest_of", "encoding_of", "facts_of"]

_Count = list[Any]
"""[files, first path], and pixels where they are counted."""


class Census:
    """Adds up facts, in any order: the sum is the same.

    >>> census = Census()
    >>> census.add(Facts("train", "a.png", 4, {0: 3, 1: 1}, "PNG, mode L, 8-bit, uint8"))
    >>> census.add(Facts("val", "b.png", 4, {0: 4}, "PNG, mode L, 8-bit, uint8", empty=True))
    >>> dataset = census.dataset()
    >>> dataset.files, dict(dataset.counts), dataset.splits["val"].empty
    ({'label': 2}, {0: 7, 1: 1}, 1)
    """

    def __init__(self) -> None:
        self._splits: dict[str, _Tally] = {}
        self._encodings: dict[str, _Count] = {}
        self._families: dict[str, _Count] = {}
        self._suffixes: dict[str, _Count] = {}
        self._modes: dict[str, _Count] = {}
        self._lows: dict[int, _Count] = {}
        self._highs: dict[int, _Count] = {}
        self._tops: dict[int, int] = {}
        self._twins: dict[str, dict[str, str]] = {}
        self._files: dict[str, int] = {}
        self._unread = 0

    def add(self, facts: Facts) -> None:
        """Take in what one sample adds."""
        if facts.encoding:
            self._file("label")
            self._label(facts)
        if facts.image:
            self._file("image")
        if facts.mode:
            _see(self._modes, facts.mode, facts.image)
        if facts.prediction:
            self._file("prediction")
        self._unread += facts.unread

    def dataset(self, orphans: Iterable[Orphan] = ()) -> Dataset:
        """What was seen so far, with the problems of pairing."""
        return Dataset(
            splits={name: self._splits[name].split() for name in sorted(self._splits)},
            encodings=_seen(self._encodings),
            families=_seen(self._families),
            suffixes=_seen(self._suffixes),
            tints={v: Tints(Tint(*self._lows[v]), Tint(*self._highs[v])) for v in sorted(self._lows)},
            tops=dict(sorted(self._tops.items())),
            twins={digest: dict(sorted(first.items())) for digest, first in sorted(self._twins.items())},
            modes=_seen(self._modes),
            orphans=sorted_orphans(orphans),
            files=dict(sorted(self._files.items())),
            unread=self._unread,
        )

    def _file(self, role: str) -> None:
        self._files[role] = self._files.get(role, 0) + 1

    def _label(self, facts: Facts) -> None:
        path = facts.path
        tally = self._splits.get(facts.split)
        if tally is None:
            tally = self._splits[facts.split] = _Tally()
        tally.add(facts)
        _see(self._encodings, facts.encoding, path)
        if facts.family:
            _see(self._families, facts.family, path)
        if facts.suffix:
            _see(self._suffixes, facts.suffix, path)
        for value, colour in facts.tints:
            _shade(self._lows, value, colour, path, below=True)
            _shade(self._highs, value, colour, path, below=False)
        if facts.top:
            self._tops[facts.top] = self._tops.get(facts.top, 0) + 1
        if facts.digest:
            first = self._twins.setdefault(facts.digest, {})
            first[facts.split] = min(first.get(facts.split, path), path)


class _Tally:
    """A split as it grows."""

    __slots__ = ("empty", "ids", "labels", "many", "pixels", "uncounted")

    def __init__(self) -> None:
        self.labels = self.pixels = self.empty = self.uncounted = 0
        self.ids: dict[int, _Count] = {}
        self.many = False

    def add(self, facts: Facts) -> None:
        self.labels += 1
        self.pixels += facts.pixels
        self.empty += facts.empty
        if facts.counts is None:
            self.uncounted += 1
        elif not self.many:
            self._count(facts.counts, facts.path)

    def split(self) -> Split:
        return Split(
            labels=self.labels,
            pixels=self.pixels,
            counts={value: self.ids[value][2] for value in sorted(self.ids)},
            holders={value: Seen(*self.ids[value][:2]) for value in sorted(self.ids)},
            empty=self.empty,
            uncounted=self.uncounted,
            many=self.many,
        )

    def _count(self, counts: Mapping[int, int], path: str) -> None:
        ids = self.ids
        for value, pixels in counts.items():
            held = ids.get(value)
            if held is None:
                ids[value] = [1, path, pixels]
                continue
            held[0] += 1
            held[2] += pixels
            held[1] = min(held[1], path)
        if len(ids) > MAX_IDS:
            self.many = True
            ids.clear()


def _see(store: dict[str, _Count], what: str, path: str) -> None:
    seen = store.get(what)
    if seen is None:
        store[what] = [1, path]
        return
    seen[0] += 1
    seen[1] = min(seen[1], path)


def _seen(store: Mapping[str, _Count]) -> dict[str, Seen]:
    return {what: Seen(*store[what]) for what in sorted(store)}


def _shade(store: dict[int, _Count], value: int, colour: Any, path: str, *, below: bool) -> None:
    shade = store.get(value)
    if shade is not None and colour == shade[0]:
        shade[1] += 1
        shade[2] = min(shade[2], path)
    elif shade is None or (colour < shade[0]) == below:
        store[value] = [colour, 1, path]

"""Which image, or prediction, belongs to which label: by the names of files, within corresponding folders first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from segloss_cli.scan._file_names import bare, core, stem_of
from segloss_cli.scan._settle import Shelf
from segloss_cli.scan._sides import Group, Key

BY_STEM = "by stem"
BY_BARE = "by stem without the usual words after it"
BY_CORE = "by stem without the usual words before and after it"
BY_CHANNEL = "by stem, of several channels the first"
BY_AFFIX = "by stem without what all names share"
BY_NUMBER = "by number"
BY_CASE = "by stem but for its case"
BY_PATTERN = "by pattern"
ELSEWHERE = "by a stem that there is once"

Stemmer = Callable[[str], str]
Found = list[str]
"""The partner's path for each name of a group; empty where there is none."""


class Partners:
    """Pairs one role with another; ``counts`` says how many pairs were found in which way.

    Args:
        mains: the groups whose files look for partners.
        others: the groups that they are looked for in.
    """

    def __init__(self, mains: Iterable[Group], others: Iterable[Group]) -> None:
        self.mains, self.shelf = list(mains), Shelf(others)
        self.counts: dict[str, int] = {}
        self.cases: list[tuple[str, str]] = []
        """Paths that differ from their partner's in case only, and the partner's."""
        self.several: set[str] = set()
        """Paths that have several partners, in other folders, and so none."""
        self._found: dict[int, Found] = {}
        self._everywhere: dict[str, tuple[Group, str] | None] | None = None
        self._table: tuple[object, dict[str, str]] = (None, {})

    def find(self) -> None:
        """Pair what can be paired: in corresponding folders, then by stems that there are only once."""
        if not self.shelf:
            return
        for main in self.mains:
            self._within(main)
        for main in self.mains:
            if not all(self.of(main)):
                self._beyond(main)
        self._table, self._everywhere = (None, {}), None

    def find_by(self, keys: Callable[[Group], list[str]]) -> None:
        """Pair by what a pattern finds in the paths, instead of by folders and stems."""
        table: dict[str, str] = {}
        for group in self.shelf.groups:
            table.update(zip(keys(group), (group.prefix + name for name in group.names), strict=True))
        taken = set()
        for main in self.mains:
            found = [table.get(key, "") for key in keys(main)]
            self._found[id(main)] = found
            taken.update(found)
            self._count(BY_PATTERN, len(found) - found.count(""))
        for group in self.shelf.groups:
            group.used.update(name for name in group.names if group.prefix + name in taken)

    def of(self, main: Group) -> Found:
        """The partners of a group's names, in their order."""
        return self._found.get(id(main)) or [""] * len(main.names)

    def forget(self, main: Group) -> None:
        """Give the memory back."""
        self._found.pop(id(main), None)

    @property
    def homes(self) -> set[Key]:
        """The homes of the other role that something was found in."""
        return {group.home for group in self.shelf.groups if group.used}

    def near(self, main: Group) -> list[Group]:
        """The groups in the corresponding folders that a partner may be in."""
        return [group for group in self.shelf.near(main) if _same_split(main, group)]

    def spare(self) -> Iterator[tuple[Group, str, bool]]:
        """The files of the other role that are in no pair, and whether one of their stem is in its place."""
        shelf = Shelf(self.mains)
        for group in self.shelf.groups:
            if len(group.used) == len(group.names):
                continue
            stems = {bare_stem(name) for main in shelf.near(group) for name in main.names}
            for name in group.names:
                if name not in group.used:
                    yield group, name, bare_stem(name) in stems or _channel(stem_of(name))[0] in stems

    def _within(self, main: Group) -> None:
        found = [""] * len(main.names)
        self._found[id(main)] = found
        near = self.near(main)
        for how, stemmer in _STEMMERS.items():
            for group in near:
                if not all(found):
                    self._fill(main, found, group, how, stemmer)
        for group in near:
            if not all(found):
                self._fold(main, found, group)
                self._shared(main, found, group)

    def _fill(self, main: Group, found: Found, group: Group, how: str, stemmer: Stemmer) -> None:
        get, prefix, used, hits = self._names(group, how).get, group.prefix, group.used, 0
        for at, name in enumerate(main.names):
            if not found[at] and (partner := get(stemmer(name))) is not None:
                found[at] = prefix + partner
                used.add(partner)
                hits += 1
        self._count(how, hits)

    def _names(self, group: Group, how: str) -> dict[str, str]:
        """The names of a group by stem; the last table is kept, since several main groups may ask for it."""
        if self._table[0] != (id(group), how):
            self._table = ((id(group), how), _TABLES[how](group.names))
        return self._table[1]

    def _fold(self, main: Group, found: Found, group: Group) -> None:
        """Pair what differs in case or in the form of its Unicode only, and say so."""
        free = _by_once([name for name in group.names if name not in group.used], folded)
        hits = 0
        for at, name in enumerate(main.names):
            partner = None if found[at] else free.pop(folded(name), None)
            if partner is not None:
                found[at] = group.prefix + partner
                group.used.add(partner)
                self.cases.append((main.prefix + name, found[at]))
                hits += 1
        self._count(BY_CASE, hits)

    def _shared(self, main: Group, found: Found, group: Group) -> None:
        """Pair a whole folder that nothing of was paired: without what all names share, or by their numbers."""
        if any(found):
            return
        for how, keys_of in _SHARED.items():
            mine, theirs = keys_of(main.names), keys_of(group.names)
            if not mine or len(set(mine)) != len(mine) or len(set(theirs)) != len(theirs):
                continue
            table = dict(zip(theirs, group.names, strict=False))
            if all(key in table for key in mine):
                found[:] = [group.prefix + table[key] for key in mine]
                group.used.update(table[key] for key in mine)
                self._count(how, len(mine))
                return

    def _beyond(self, main: Group) -> None:
        if self._everywhere is None:
            self._everywhere = _once(self.shelf.groups)
        everywhere, found, hits = self._everywhere, self._found[id(main)], 0
        for at, name in enumerate(main.names):
            stem = "" if found[at] else bare_stem(name)
            if found[at] or stem not in everywhere:
                continue
            match = everywhere[stem]
            if match is None:
                self.several.add(main.prefix + name)
            elif _same_split(main, match[0]):
                found[at] = match[0].prefix + match[1]
                match[0].used.add(match[1])
                hits += 1
        self._count(ELSEWHERE, hits)

    def _count(self, how: str, hits: int) -> None:
        if hits:
            self.counts[how] = self.counts.get(how, 0) + hits


def bare_stem(name: str) -> str:
    """The stem of a file's name without the usual words around it."""
    return bare(stem_of(name))


def folded(name: str) -> str:
    r"""The bare stem without regard to case and to the form of its Unicode.

    >>> folded("A_mask.PNG"), folded("e\u0301.png") == folded("\u00e9.jpg")
    ('a', True)
    """
    stem = bare_stem(name).casefold()
    if stem.isascii():
        return stem
    from unicodedata import normalize

    return normalize("NFC", stem)


def begins(stem: str, names: list[str]) -> Iterator[str]:
    """The names, of a sorted list, that begin with a stem and a separator."""
    for at in range(bisect_left(names, stem), len(names)):
        if not names[at].startswith(stem):
            return
        if names[at][len(stem) :][:1] in {"_", "-", " "}:
            yield names[at]


def _same_split(main: Group, other: Group) -> bool:
    splits = {main.split, other.split}
    return len(splits) == 1 or "" in splits or splits in ({"train", "trainval"}, {"val", "trainval"})


def _by_stem(names: list[str]) -> dict[str, str]:
    # of a.jpg and a.png the first counts
    return {stem_of(name): name for name in reversed(names)}


def _core_stem(name: str) -> str:
    return core(stem_of(name))


def _by_once(names: list[str], stemmer: Stemmer) -> dict[str, str]:
    found: dict[str, str] = {}
    twice = set()
    for name in names:
        stem = stemmer(name)
        if found.setdefault(stem, name) is not name:
            twice.add(stem)
    return {stem: name for stem, name in found.items() if stem not in twice}


def _by_channel(names: list[str]) -> dict[str, str]:
    heads = ((_channel(stem_of(name)), name) for name in names)
    return {head: name for (head, channel), name in heads if channel == "0000"}


def _channel(stem: str) -> tuple[str, str]:
    head, _, channel = stem.rpartition("_")
    return (head, channel) if head and len(channel) == 4 and channel.isdigit() else (stem, "")


def _once(groups: list[Group]) -> dict[str, tuple[Group, str] | None]:
    """Files that were not paired in their own folders, by bare stem; None where there are several."""
    found: dict[str, tuple[Group, str] | None] = {}
    for group in groups:
        for name in group.names:
            if name not in group.used:
                stem = bare_stem(name)
                found[stem] = None if stem in found else (group, name)
    return found


def _unshared(names: list[str]) -> list[str]:
    """The stems without what all of them begin and end with, numbers left whole; none of a single name."""
    if len(names) < 2:
        return []
    stems = [stem_of(name) for name in names]
    start = _common(stems)
    tails = [stem[start:] for stem in stems]
    end = _common([tail[::-1] for tail in tails])
    return [tail[: len(tail) - end] for tail in tails]


def _common(texts: list[str]) -> int:
    """How many letters all texts begin with, up to the last that is no digit."""
    first, last = min(texts), max(texts)
    length = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return len(first[:length].rstrip(_DIGITS))


def _numbers(names: list[str]) -> list[str]:
    """The number that each stem ends in, without leading zeros; none where one has none."""
    found = []
    for name in names:
        stem = bare_stem(name)
        digits = stem[len(stem.rstrip(_DIGITS)) :]
        if not digits:
            return []
        found.append(digits.lstrip("0"))
    return found


_DIGITS = "0123456789"
_STEMMERS: dict[str, Stemmer] = {BY_STEM: stem_of, BY_BARE: bare_stem, BY_CORE: _core_stem, BY_CHANNEL: bare_stem}
_TABLES: dict[str, Callable[[list[str]], dict[str, str]]] = {
    BY_STEM: _by_stem,
    BY_BARE: lambda names: _by_once(names, bare_stem),
    BY_CORE: lambda names: _by_once(names, _core_stem),
    BY_CHANNEL: _by_channel,
}
_SHARED: dict[str, Callable[[list[str]], list[str]]] = {BY_AFFIX: _unshared, BY_NUMBER: _numbers}

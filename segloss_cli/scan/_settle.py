"""What the names of folders and files leave open: decided by which files go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segloss_cli.scan._file_names import JPEG, bare, stem_of
from segloss_cli.scan._folder_names import MEASURED, Part
from segloss_cli.scan._passed import UNREAD_IMAGES
from segloss_cli.scan._sides import BY_DEFAULT, BY_PARTNER, BY_ROOT, BY_WORD, Group, Key, Kind, Place, photos_of

_CHECKED = ("image", "label", "prediction")
_LOOK = 64
"""How many names of a folder are tried."""

STRAY = "in folders that belong to no part of the layout"
_MANY = 8
"""Of so many corresponding folders, stems have to tell which is meant."""


class Shelf:
    """Groups of one role, found by the folders that they are in.

    ``mirrors`` are those whose other folders are the same (images/train and labels/train) or, where there are none,
    the same but for one folder more or less.
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = list(groups)
        self._by_key: dict[Key, list[Group]] = {}
        self._by_rest: dict[tuple[Key, Key], list[Group]] = {}
        for group in self.groups:
            self._by_key.setdefault(group.key, []).append(group)
            self._by_rest.setdefault((group.key, group.rest), []).append(group)
        self._deeper: dict[Key, list[Group]] | None = None

    def __bool__(self) -> bool:
        return bool(self.groups)

    def near(self, group: Group) -> list[Group]:
        """The groups in the corresponding folders, images_a before images_b for masks_a; a few of them at most."""
        same = self._by_rest.get((group.key, group.rest), [])
        mirrors = self.mirrors(group.key)
        if len(mirrors) > _MANY:
            return same[:_MANY]
        return same + [other for other in mirrors if other not in same]

    def mirrors(self, key: Key) -> list[Group]:
        """The groups in the corresponding folders, in the order of their paths."""
        if key in self._by_key:
            return self._by_key[key]
        higher = [group for short in _shorter(key) for group in self._by_key.get(short, ())]
        return higher or self._below().get(key, [])

    def _below(self) -> dict[Key, list[Group]]:
        if self._deeper is None:
            self._deeper = {}
            for key, groups in self._by_key.items():
                for short in _shorter(key):
                    self._deeper.setdefault(short, []).extend(groups)
        return self._deeper


def settle(groups: list[Group], above: tuple[Part, str]) -> None:
    """Give every group a part, in place; a group that belongs to none of the others becomes "aside"."""
    part, split = above
    for group in groups:
        group.split = group.split or split
    unknown = [group for group in groups if not group.part]
    if all(map(_is_photographic, unknown)):
        _readmit(groups)
    if unknown:
        _guess(groups, unknown, part)
    _divide(groups)
    _readmit(groups)
    if not any(group.part in _CHECKED for group in groups):
        for group in groups:
            _name(group, "label", BY_DEFAULT)


def _guess(groups: list[Group], unknown: list[Group], above: Part) -> None:
    stems = _Stems()
    labels, images = (Shelf(group for group in groups if group.part == part) for part in ("label", "image"))
    if not labels:
        # pictures that are no photographs are labels; then photographs may turn out to be theirs
        others = [group for group in unknown if not _is_photographic(group)]
        for group in others:
            _name(group, above or "label", BY_ROOT if above else BY_DEFAULT)
        unknown = [group for group in unknown if not group.part]
        labels = Shelf(others if above in {"", "label"} else ())
    for group in unknown:
        if _belongs(group, labels, stems):
            _name(group, "aside" if _is_served(group, labels, images, stems) else "image", BY_PARTNER, STRAY)
        elif images and _belongs(group, images, stems):
            _name(group, "label", BY_PARTNER)
        elif labels and images:
            _name(group, "aside", BY_PARTNER, STRAY)
        else:
            _name(group, above or "label", BY_ROOT if above else BY_DEFAULT)


def _is_served(group: Group, labels: Shelf, images: Shelf, stems: _Stems) -> bool:
    """Whether the labels that this group goes with have images already."""
    near = labels.near(group) or labels.groups[:_MANY]
    return any(_overlap(label, image, stems) for label in near for image in images.near(label))


def _name(group: Group, part: Part, how: str, reason: str = "") -> None:
    group.part, group.how, group.reason = part, how, reason if part == "aside" else ""


def _belongs(group: Group, shelf: Shelf, stems: _Stems) -> bool:
    """Whether at least half of the names, of the side that has fewer, are on the other side too."""
    near = shelf.near(group)
    if near:
        return any(_overlap(group, other, stems) for other in near)
    return bool(shelf) and _most(_some(group.names), stems.everywhere(shelf))


def _overlap(group: Group, other: Group, stems: _Stems) -> bool:
    few, many = sorted((group, other), key=lambda one: len(one.names))
    return _most(_some(few.names), stems.of(many))


def _most(names: list[str], stems: set[str]) -> bool:
    return 2 * sum(bare(stem_of(name)) in stems for name in names) >= len(names)


def _some(names: list[str]) -> list[str]:
    return names[:: max(1, len(names) // _LOOK)]


class _Stems:
    """The bare stems in a group, and in all groups of a shelf; worked out once."""

    def __init__(self) -> None:
        self._kept: dict[int, set[str]] = {}

    def of(self, group: Group) -> set[str]:
        if id(group) not in self._kept:
            self._kept[id(group)] = {bare(stem_of(name)) for name in group.names}
        return self._kept[id(group)]

    def everywhere(self, shelf: Shelf) -> set[str]:
        if id(shelf) not in self._kept:
            self._kept[id(shelf)] = {bare(stem_of(name)) for group in shelf.groups for name in group.names}
        return self._kept[id(shelf)]


def _is_photographic(group: Group) -> bool:
    return all(name.lower().endswith(JPEG) for name in _some(group.names))


def _divide(groups: list[Group]) -> None:
    """Where there are images and no labels, or the reverse: the JPEGs of a folder that holds both are the images."""
    parts = {group.part for group in groups}
    if "label" in parts and "image" in parts:
        return
    alone = "label" if "label" in parts else "image"
    for group in [group for group in groups if group.part == alone and group.how != BY_WORD]:
        photos, others = photos_of(group.names)
        if photos:
            groups += _halves(group, photos, others)
            groups.remove(group)


def _halves(group: Group, photos: list[str], others: list[str]) -> Iterator[Group]:
    place = Place(group.part, "", group.key, group.rest, group.split, group.home)
    yield Group(group.prefix, place, Kind("image", BY_PARTNER), photos)
    yield Group(group.prefix, place, Kind("label", BY_PARTNER), others)


def _readmit(groups: list[Group]) -> None:
    """Without labels and predictions, what was put aside is checked, if it may be a label."""
    if any(group.part in {"label", "prediction"} for group in groups):
        return
    for group in groups:
        if group.part == "aside" and group.reason not in {MEASURED, UNREAD_IMAGES, STRAY}:
            _name(group, "label", BY_DEFAULT)


def _shorter(key: Key) -> Iterator[Key]:
    return (key[:at] + key[at + 1 :] for at in range(len(key)))

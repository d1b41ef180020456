"""Which files of a folder are images, labels and predictions, as far as names tell it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from stat import S_ISREG
from typing import NamedTuple

from segloss_cli.scan._file_names import ARRAYS, JPEG, bare, part_of_file, stem_of, weak_part_of
from segloss_cli.scan._folder_names import Part, meaning_of
from segloss_cli.scan._passed import UNREAD, UNREAD_IMAGES
from segloss_cli.scan._walk import Directory

BY_FOLDER = "by folder names"
BY_NAME = "by the ends of file names"
BY_PARTNER = "by the files that they go with"
BY_ROOT = "by the name of the folder that was given"
BY_DEFAULT = "since nothing says otherwise"
BY_TYPE = "by the type of the arrays"
BY_WORD = "as said"

_FLOATING = rb"'descr': '[<>|=]f"
_FLAT = rb"'shape': \(\d*,?\)"
_STRAYS = 4
"""So many arrays that nothing names are looked at for such as are no pictures: weights, means, lists of ids."""

FLAT = "arrays with one axis: weights, means"
Key = tuple[str, ...]


class Place(NamedTuple):
    """What the folders from the root to a file say: ``key`` are those that are no role, ``home`` how many are above."""

    part: Part
    reason: str
    key: Key
    rest: Key
    split: str
    home: Key


class Group:
    """Files of one role in one folder.

    ``part`` is "" while nothing is known of them; ``how`` says how it is known; ``used`` are the names that are in a
    sample; ``home`` is the folder that holds all of this kind; ``values`` are the placeholders of each name, where a
    pattern was given.
    """

    __slots__ = ("home", "how", "key", "names", "part", "prefix", "reason", "rest", "split", "used", "values")

    def __init__(self, prefix: str, place: Place, kind: Kind, names: list[str]) -> None:
        self.prefix, self.names = prefix, names
        self.part, self.how, self.reason = kind
        self.key, self.rest, self.split, self.home = place.key, place.rest, place.split, place.home
        self.used: set[str] = set()
        self.values: list[tuple[str, ...]] | None = None


class Kind(NamedTuple):
    """What files are, how that is known, and why they are put aside if they are."""

    part: Part
    how: str = ""
    reason: str = ""


Buckets = dict[Kind, list[str]]


@cache
def place_of(parts: Key) -> Place:
    """What the folders above a file say; the last role counts.

    >>> place_of(("leftImg8bit", "val", "frankfurt"))[:3], place_of(("val", "gtFine", "frankfurt")).key
    (('image', '', ('val', 'frankfurt')), ('val', 'frankfurt'))
    """
    part: Part = ""
    reason = split = ""
    key: list[str] = []
    rest: Key = ()
    home: Key = parts
    for depth, name in enumerate(parts, 1):
        meaning = meaning_of(name)
        split = meaning.split or split
        if meaning.part:
            part, reason, rest, home = meaning.part, meaning.reason, meaning.rest, parts[:depth]
        if meaning.split:
            key.append(meaning.split)
        elif not meaning.part:
            key.append(name)
    return Place(part, reason, tuple(key), rest, split, home)


def groups_of(directory: Directory) -> list[Group]:
    """The files of a folder by role."""
    place = place_of(directory.parts)
    if directory.said:
        names = sorted(directory.names + directory.unread)
        return [Group(directory.prefix, place, Kind(directory.said, BY_WORD), names)]
    if place.part == "aside":
        buckets: Buckets = {Kind("aside", BY_FOLDER, place.reason): directory.names}
    else:
        buckets = _within(directory, place.part) if place.part else _by_name(directory)
    if directory.unread:
        reason = UNREAD_IMAGES if place.part == "image" else UNREAD
        buckets[Kind("aside", BY_NAME, reason)] = directory.unread
    if directory.outright:
        buckets = _meant(buckets, directory.outright)
    return [Group(directory.prefix, place, kind, names) for kind, names in buckets.items() if names]


def _meant(buckets: Buckets, outright: set[str]) -> Buckets:
    """With the files that were named one by one as labels, where else they would be put aside."""
    kept: Buckets = {}
    for kind, names in buckets.items():
        for name in names:
            meant = kind.part == "aside" and name in outright
            kept.setdefault(Kind("label", BY_WORD) if meant else kind, []).append(name)
    return kept


def _within(directory: Directory, part: Part) -> Buckets:
    """Files of a folder whose name tells a role; the end of a file's name may tell another."""
    names = directory.names
    told: Buckets = {}
    same: list[str] = []
    for name in names:
        found, reason = part_of_file(name)
        if found in {"", part}:
            same.append(name)
        else:
            told.setdefault(Kind(found, BY_NAME, reason), []).append(name)
    if not told:
        return {Kind(part, BY_FOLDER): names}
    for kind, others in [*told.items()]:
        beneath = any(meaning_of(name).part == kind.part for name in directory.parts)
        if not (_overrules(kind.part, part, others, same) or (beneath and not same)):
            same += others
            del told[kind]
    return {Kind(part, BY_FOLDER): sorted(same), **told}


def _overrules(found: Part, part: Part, names: list[str], same: list[str]) -> bool:
    """Whether the ends of names are believed rather than the folder's name."""
    if found == "aside" or (found, part) == ("image", "label"):
        return True
    if part == "label":
        return False
    # images/X.jpg with images/X_mask.png, results/X_pred.png with results/X_gt.png
    stems = {bare(stem_of(name)) for name in same}
    return any(bare(stem_of(name)) in stems for name in names)


def _by_name(directory: Directory) -> Buckets:
    """Files of a folder whose name tells nothing."""
    told: Buckets = {}
    rest: list[str] = []
    for name in directory.names:
        part, reason = part_of_file(name)
        if part:
            told.setdefault(Kind(part, BY_NAME, reason), []).append(name)
        else:
            rest.append(name)
    rest = _weakly_named(rest, told)
    arrays = [name for name in rest if name.lower().endswith(ARRAYS)]
    pictures = [name for name in rest if not name.lower().endswith(ARRAYS)] if arrays else rest
    flat = [name for name in arrays if _shows(directory.prefix + name, _FLAT)] if len(arrays) <= _STRAYS else []
    arrays = [name for name in arrays if name not in flat]
    if arrays:
        told.setdefault(Kind(_array_part(directory.prefix + arrays[0], bool(pictures or told)), BY_TYPE), []).extend(
            arrays
        )
    return {**told, Kind("aside", BY_TYPE, FLAT): flat, **_pictures(pictures, told)}


def _weakly_named(names: list[str], told: Buckets) -> list[str]:
    """What is left after X_L.png where there is X.png: the names that tell nothing."""
    weak = {name: found for name in names if (found := weak_part_of(stem_of(name)))[0]}
    if not weak:
        return names
    stems = {stem_of(name) for name in names if name not in weak}
    stems |= {bare(stem_of(name)) for others in told.values() for name in others}
    taken = {name: part for name, (part, head) in weak.items() if head in stems}
    for name, part in taken.items():
        told.setdefault(Kind(part, BY_NAME), []).append(name)
    return [name for name in names if name not in taken]


def _array_part(path: str, beside: bool) -> Part:
    """Arrays that only their type tells: floating ones are predictions, until their content is looked at."""
    floating = beside if path.lower().endswith(".npz") else _shows(path, _FLOATING)
    return "prediction" if floating else "label"


def _pictures(names: list[str], told: Buckets) -> Buckets:
    """Pictures beside labels of the same stem are images; JPEGs beside other pictures of the same stem, too."""
    labels = told.get(Kind("label", BY_NAME), [])
    labelled = {bare(stem_of(name)) for name in labels}
    if any(bare(stem_of(name)) in labelled for name in names):
        kind = Kind("image", BY_NAME)
        return {kind: told.get(kind, []) + names}
    photos, others = photos_of(names)
    return {Kind("image", BY_PARTNER): photos, Kind("label" if photos else "", BY_PARTNER): others}


def photos_of(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """JPEGs, and the other pictures; no JPEGs unless most of them lie beside another picture of the same stem."""
    photos: list[str] = []
    others: list[str] = []
    for name in names:
        (photos if name.lower().endswith(JPEG) else others).append(name)
    if not photos or not others:
        return [], photos or others
    stems = {stem_of(name) for name in others}
    if 2 * sum(stem_of(name) in stems for name in photos) < len(photos):
        return [], sorted(photos + others)
    return photos, others


def _shows(path: str, what: bytes) -> bool:
    """Whether the header of an .npy file says so; what is no regular file is not opened."""
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            return re.search(what, file.read(128)) is not None
    except (OSError, ValueError):
        return False

"""Patterns that say where images, labels and predictions lie: ``images/{split}/{stem}.jpg``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from segloss_cli.errors import UsageError
from segloss_cli.scan._file_names import bare, stem_of
from segloss_cli.scan._folder_names import Part, meaning_of
from segloss_cli.scan._sides import BY_WORD, Group, Kind, place_of
from segloss_cli.scan._sources import parts_of
from segloss_cli.scan._walk import Directory

STEM, SPLIT = "stem", "split"
_PIECES = r"\{([^{}]*)\}|(\*\*/)|(\*)|(\?)|([^{*?]+|\{)"
_ROLES: dict[str, Part] = {"image": "image", "label": "label", "mask": "label", "prediction": "prediction"}


class Pattern:
    """A path with placeholders, each of which stands for a part of a name; ``fields`` are their names.

    >>> Pattern("masks/{split}/{stem}_mask.png").values("masks/val/a_mask.png")
    {'split': 'val', 'stem': 'a'}
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: tuple[str, ...] = ()
        pieces = re.findall(_PIECES, text.replace("\\", "/").removeprefix("./"))
        self._match = re.compile("".join(map(self._piece, pieces)) + r"\Z", re.DOTALL).match
        if STEM not in self.fields:
            raise UsageError(f"pattern {text!r} has no {{stem}}, the part of the name that partners share")

    def values(self, path: str) -> dict[str, str] | None:
        """What the placeholders stand for in a path with forward slashes; None where it does not fit."""
        match = self._match(path)
        return None if match is None else match.groupdict()

    def _piece(self, piece: tuple[str, ...]) -> str:
        name, folders, star, mark, text = piece
        if folders:
            return "(?:.*/)?"
        if star or mark:
            return "[^/]*" if star else "[^/]"
        if text:
            if "{" in text or "}" in text:
                raise UsageError(f"pattern {self.text!r}: a brace stands alone; placeholders are like {{stem}}")
            return re.escape(text)
        if not name.isidentifier():
            raise UsageError(f"pattern {self.text!r}: {{{name}}} is no name for a placeholder")
        if name in self.fields:
            return f"(?P={name})"
        self.fields += (name,)
        return f"(?P<{name}>[^/]+)"


def patterns_of(pairs: Mapping[str, str]) -> dict[Part, Pattern]:
    """The patterns by role.

    Raises:
        UsageError: a role that does not exist, a pattern without ``{stem}``, or one that is there twice.
    """
    found: dict[Part, Pattern] = {}
    for role, text in pairs.items():
        if role not in _ROLES:
            raise UsageError(f"pairs: {role!r} is no role; there are image, label and prediction")
        if _ROLES[role] in found:
            raise UsageError(f"pairs: two patterns for {_ROLES[role]}s; keep one")
        found[_ROLES[role]] = Pattern(text)
    if len({pattern.text for pattern in found.values()}) < len(pairs):
        raise UsageError("pairs: two roles have the same pattern")
    return found


def drawn(directory: Directory, patterns: Mapping[Part, Pattern], base: str) -> list[Group]:
    """The files of a folder that fit a pattern, as groups; they are taken out of the folder."""
    before = "".join(part + "/" for part in parts_of(directory.prefix, base))
    groups: dict[tuple[Part, str], tuple[Group, list[tuple[str, ...]]]] = {}
    rest = []
    for name in directory.names:
        part, values = _fitting(before + name, patterns)
        if not part:
            rest.append(name)
            continue
        split = _split(values.get(SPLIT, ""))
        if (part, split) not in groups:
            groups[part, split] = _group(directory, part, split), []
        group, rows = groups[part, split]
        group.names.append(name)
        rows.append(tuple(values[field] for field in patterns[part].fields))
        group.values = rows
    directory.names = rest
    return [group for group, _ in groups.values()]


def _fitting(path: str, patterns: Mapping[Part, Pattern]) -> tuple[Part, dict[str, str]]:
    for part, pattern in patterns.items():
        if (values := pattern.values(path)) is not None:
            return part, values
    return "", {}


def _group(directory: Directory, part: Part, split: str) -> Group:
    group = Group(directory.prefix, place_of(directory.parts), Kind(part, BY_WORD), [])
    group.split = split or group.split
    return group


def keys_by(patterns: Mapping[Part, Pattern], parts: Iterable[Part]) -> Callable[[Group], list[str]]:
    """How files of these roles are told to belong together: by the placeholders that their patterns share."""
    sides = [patterns[part].fields if part in patterns else (STEM, SPLIT) for part in parts]
    common = [field for field in sides[0] if all(field in side for side in sides)]

    def keys(group: Group) -> list[str]:
        if group.values is None:
            split = _split(group.split) if SPLIT in common else ""
            return ["\0".join(bare(stem_of(name)) if f == STEM else split for f in common) for name in group.names]
        fields = patterns[group.part].fields
        at = [(fields.index(field), field == SPLIT) for field in common]
        return ["\0".join(_split(row[i]) if split else row[i] for i, split in at) for row in group.values]

    return keys


def _split(text: str) -> str:
    return meaning_of(text).split or text

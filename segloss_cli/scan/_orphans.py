"""Files whose partner is missing or doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segloss_cli.scan._file_names import stem_of
from segloss_cli.scan._folder_names import Part
from segloss_cli.scan._partners import Partners, begins
from segloss_cli.scan._settle import STRAY
from segloss_cli.scan._sides import BY_WORD, Group, Key
from segloss_cli.types import Orphan, Role


def lost(partners: Partners, role: Role) -> Iterator[Orphan]:
    """The files that look for a partner of this role in vain.

    Labels in a folder where nothing is paired have no images: nothing is missing there, unless nothing is paired
    anywhere, or it was said what belongs to what.
    """
    paired = {main.home for main in partners.mains if any(partners.of(main))}
    for main in partners.mains:
        if not _expects(main, paired, partners):
            continue
        for name, partner in zip(main.names, partners.of(main), strict=True):
            if not partner:
                yield _lost(main, name, partners, role)


def without_label(path: str, group: Group) -> Orphan:
    """An image, or a prediction, that no label has the stem of."""
    return Orphan(path, _role(group), "no-label", "no label has its stem")


def duplicates(groups: Iterable[Group]) -> Iterator[Orphan]:
    """The second and further files of one stem in one folder."""
    folders: dict[tuple[str, Part], list[Group]] = {}
    for group in groups:
        folders.setdefault((group.prefix, group.part), []).append(group)
    for (prefix, part), found in folders.items():
        names = found[0].names if len(found) == 1 else sorted(name for group in found for name in group.names)
        suffix = names[0][len(stem_of(names[0])) :]
        if all(name.endswith(suffix) for name in names):
            continue
        first: dict[str, str] = {}
        for name in names:
            stem = stem_of(name)
            if first.setdefault(stem, name) is not name:
                what = f"two {part}s of one stem in one folder"
                yield Orphan(prefix + name, _role(found[0]), "duplicate", what, prefix + first[stem])


def cases(partners: Partners) -> Iterator[Orphan]:
    """Labels whose stem differs from their partner's in case only."""
    what = "its stem and its partner's differ in case, or in the form of their Unicode"
    return (Orphan(path, "label", "case", what, partner) for path, partner in partners.cases)


def strays(groups: Iterable[Group]) -> Iterator[Orphan]:
    """Pictures in folders that go with nothing."""
    for group in groups:
        if group.part == "aside" and group.reason == STRAY:
            for name in group.names:
                yield Orphan(group.prefix + name, "image", "stray", "it goes with no label and no image")


def _expects(main: Group, paired: set[Key], partners: Partners) -> bool:
    if main.home in paired or main.how == BY_WORD:
        return True
    return not paired and bool(partners.near(main))


def _lost(main: Group, name: str, partners: Partners, role: Role) -> Orphan:
    path, mine = main.prefix + name, _role(main)
    if path in partners.several:
        return Orphan(path, mine, "ambiguous", f"several {role}s in other folders have its stem")
    similar = [group.prefix + other for group in partners.near(main) for other in begins(stem_of(name), group.names)]
    if len(similar) > 1:
        return Orphan(path, mine, "ambiguous", f"no {role} has its stem, and several begin with it", similar[0])
    return Orphan(path, mine, f"no-{role}", f"no {role} has its stem", similar[0] if similar else "")


def _role(group: Group) -> Role:
    if group.part == "prediction":
        return "prediction"
    return "image" if group.part == "image" else "label"

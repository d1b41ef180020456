"""Which preset labels follow: told by the names that their files have and the ids that they hold, never by colours.

Names alone are not believed, and ids alone are not either: many data sets hold 0 to 18, or 0 and 255. Where several
presets are possible all of them are named and none is assumed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from segloss_cli._record import record
from segloss_cli.presets._catalogue import find
from segloss_cli.presets._glob import fits
from segloss_cli.presets._marks import MARKS
from segloss_cli.presets._preset import Preset
from segloss_cli.types import Profile

MOST = 0.75
"""This share of the labels must agree: one stray file is not to hide what the others are."""

LOOKED_AT = 20_000
"""So many paths are looked at for files that speak against a preset."""


@record(frozen=True)
class Detection:
    """What labels seem to be: ``names`` of presets that are possible, why, and whether the first is ``certain``.

    Where it is not, nothing is to be assumed: the reason says what to declare.
    """

    names: tuple[str, ...]
    reason: str
    certain: bool = False

    @property
    def name(self) -> str:
        """The preset where it is certain, else an empty text."""
        return self.names[0] if self.certain else ""


def detect(paths: Sequence[str], profiles: Sequence[Profile]) -> Detection | None:
    """Which preset the labels of a data set follow.

    Args:
        paths: the files of the data set, or some of them, with the folders that they lie in.
        profiles: some labels of it, from each of its folders, under paths of the same kind.

    Returns:
        What the labels seem to be; None where neither names nor ids say anything.

    Example:
        >>> from segloss_cli.types import Container
        >>> path = "annotations/val/ADE_val_00000001.png"
        >>> found = {0: 50, 1: 30, 150: 20}
        >>> label = Profile(Container(path, "PNG", (10, 10), "uint8", "L"), 1, 10, 10, 100, found, 3, 0, 150)
        >>> detect([path], [label]).name
        'ade20k'
    """
    if not profiles:
        return None
    return _by_sure_names(paths, profiles) or _by_likely_names(profiles) or _by_ids(profiles)


def holds(preset: Preset, profile: Profile) -> bool:
    """Whether a label holds nothing but what labels of this preset hold."""
    if profile.nonfinite or not profile.integral or profile.container.lossy:
        return False
    if profile.colours is not None and not profile.grey:
        return preset.coded and (not preset.palette or {*preset.palette}.issuperset(profile.colours))
    if profile.counts is None:
        return preset.instances and bool(preset.spans) and profile.container.mode not in {"RGB", "RGBA"}
    if preset.task == "binary" and not (profile.low == 0 and profile.distinct <= 2):
        return False
    return bool(preset.spans) and all(any(a <= v <= b for a, b in preset.spans) for v in profile.counts)


def _by_sure_names(paths: Sequence[str], profiles: Sequence[Profile]) -> Detection | None:
    labels = _labels(profiles)
    marked = {name: _share(labels, marks.sure) for name, marks in MARKS.items()}
    found = [name for name, share in marked.items() if share >= MOST]
    if not found:
        several = [name for name, share in marked.items() if share]
        mixed = len(several) > 1 and sum(marked.values()) >= MOST
        return Detection((*several,), _mixed(several)) if mixed else None
    fitting = _fitting(found, profiles)
    if not fitting:
        return Detection((*found,), f"named as labels of {_titles(found)}, but {_strays(found, profiles)}")
    if len(fitting) > 1:
        return Detection((*fitting,), f"named as labels of {_titles(fitting)}, and the ids fit each: {_ask(fitting)}")
    return _one(fitting[0], paths, profiles)


def _one(name: str, paths: Sequence[str], profiles: Sequence[Profile]) -> Detection:
    marks, title = MARKS[name], find(name).title
    if any(fits(path, pattern) for path in paths[:LOOKED_AT] for pattern in marks.against):
        reason = f"named as labels of {title}, beside files that say that the classes are your own: {_ask([name])}"
        return Detection((name,), reason)
    if marks.needs and not any(marks.needs & _ids_of(profile) for profile in profiles):
        reason = f"named as labels of {title}, but none of {_spans(marks.needs)} was seen in them: {_ask([name])}"
        return Detection((name,), reason)
    some = f"{len(profiles)} label{'s' if len(profiles) != 1 else ''}"
    return Detection((name,), f"{title}: the names and ids of {some} are as in it (inferred)", certain=True)


def _by_likely_names(profiles: Sequence[Profile]) -> Detection | None:
    labels = _labels(profiles)
    found = [name for name, marks in MARKS.items() if _share(labels, (*marks.sure, *marks.likely)) >= MOST]
    fitting = _fitting(found, profiles)
    if not fitting:
        return None
    return Detection(
        (*fitting,), f"perhaps {_titles(fitting)}, by folders and ids, which prove nothing: {_ask(fitting)}"
    )


def _by_ids(profiles: Sequence[Profile]) -> Detection | None:
    seen = _union(profiles)
    found = [name for name, marks in MARKS.items() if seen in marks.telling]
    if not found:
        return None
    reason = f"the ids are exactly {_spans(seen)}, as in {_titles(found)}; other sets have them too: {_ask(found)}"
    return Detection((*found,), reason)


def _labels(profiles: Sequence[Profile]) -> list[str]:
    """The labels' paths with all their folders, also where the user stands in one of them."""
    return [os.path.abspath(profile.path) for profile in profiles]


def _share(labels: Sequence[str], patterns: Sequence[str]) -> float:
    return _part(labels, lambda path: any(fits(path, pattern) for pattern in patterns))


def _fitting(names: Sequence[str], profiles: Sequence[Profile]) -> list[str]:
    presets = {name: find(name) for name in names}
    return [n for n, preset in presets.items() if _part(profiles, lambda p, preset=preset: holds(preset, p)) >= MOST]


def _part(things: Sequence[object], judge: Callable[..., bool]) -> float:
    return sum(1 for thing in things if judge(thing)) / len(things)


def _union(profiles: Sequence[Profile]) -> frozenset[int]:
    """All ids of all labels; none where those of a label are not listed, or are colours."""
    if any(p.counts is None or not p.integral or p.container.lossy for p in profiles):
        return frozenset()
    return frozenset().union(*map(_ids_of, profiles))


def _ids_of(profile: Profile) -> frozenset[int]:
    return frozenset(int(value) for value in profile.counts or ()) if profile.integral else frozenset()


def _strays(names: Sequence[str], profiles: Sequence[Profile]) -> str:
    """What is in the labels that none of the presets has."""
    spans = [span for name in names for span in find(name).spans]
    seen = sorted(value for value in _union(profiles) if not any(a <= value <= b for a, b in spans))
    return f"they hold {_spans(frozenset(seen))}" if seen else "they are not stored as those are"


def _mixed(names: Sequence[str]) -> str:
    kinds = _words([find(name).title for name in names], "and")
    which = _words([f"--preset {name}" for name in names], "or")
    return f"labels of several kinds lie side by side, {kinds}; nothing is assumed: choose with --labels, and {which}"


def _titles(names: Sequence[str]) -> str:
    return _words([find(name).title for name in names], "or")


def _ask(names: Sequence[str]) -> str:
    return f"nothing is assumed, say {_words([f'--preset {name}' for name in names], 'or')}"


def _words(words: Sequence[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _spans(values: frozenset[int], most: int = 6) -> str:
    """Ids in a sentence, runs drawn together: ``0..10 and 255``."""
    spans: list[tuple[int, int]] = []
    for value in sorted(values):
        if spans and value == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], value)
        else:
            spans.append((value, value))
    shown = [str(first) if first == last else f"{first}..{last}" for first, last in spans[:most]]
    rest = [f"{len(spans) - most} more"] if len(spans) > most else []
    return _words([*shown, *rest], "and")

"""What is to be checked: the labels under some paths with the images and predictions that belong to them.

Names tell it, and no file is opened but lists of splits, and the header of an ``.npy`` file where nothing else tells a
label from a prediction. The order of the samples is that of their paths, part by part, and the same on every machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Literal

from segloss_cli._record import record
from segloss_cli.errors import UsageError
from segloss_cli.scan._file_names import stem_of
from segloss_cli.scan._folder_names import Part
from segloss_cli.scan._matching import Matching
from segloss_cli.scan._notes import notes_on
from segloss_cli.scan._patterns import Pattern, drawn, patterns_of
from segloss_cli.scan._settle import settle
from segloss_cli.scan._sides import Group, groups_of
from segloss_cli.scan._sources import listed, root_of, sources_of, standing
from segloss_cli.scan._splits import splitter
from segloss_cli.scan._walk import Only, Walk
from segloss_cli.scan.policy import Glob
from segloss_cli.types import Orphan, Sample, Skipped

_NO_PATTERN = "that fit none of the patterns"
_NONE: Mapping[str, str] = {}


@record(frozen=True)
class Survey:
    """What is to be checked.

    ``samples`` are sorted by path, one for each label; an image or a prediction is a sample of its own where there
    are no labels, and a prediction where its label has another one. ``orphans`` are the problems of pairing, ``notes``
    say how all this is known, a line each. ``passed`` counts the files passed over, by reason; ``refused`` are folders
    that could not be listed. ``root`` is the folder that all paths have in common.
    """

    samples: tuple[Sample, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    notes: tuple[str, ...] = ()
    passed: Mapping[str, int] = field(default_factory=dict)
    root: str = os.curdir
    refused: tuple[Skipped, ...] = ()


def survey(
    paths: Sequence[str],
    *,
    images: Sequence[str] = (),
    labels: Sequence[str] = (),
    predictions: Sequence[str] = (),
    file_list: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    pairs: Mapping[str, str] = _NONE,
    splits: Mapping[str, str | Sequence[str]] = _NONE,
    scope: Literal["file", "dataset"] = "dataset",
    base: str = "",
    ends: Sequence[str] = (),
    allow_empty: bool = False,
) -> Survey:
    """Find out what there is to check.

    Args:
        paths: folders, which are searched with all in them, globs and files.
        images: folders, globs and files that are images, whatever their names say.
        labels: the same for labels.
        predictions: the same for predictions.
        file_list: a file with one path a line (or each ended by NUL), "-" for the standard input.
        include: globs of the files to take; all, where none is given. What was said to be an image or a prediction,
            by an option or a pattern, is taken all the same.
        exclude: globs of files and folders to leave out.
        pairs: patterns with ``{stem}`` by role ("image", "label", "prediction"), which then say what belongs together.
        splits: globs (or ``.txt`` lists of stems) of each split; without them, folder names tell.
        scope: "file" for some files of a data set, such as those of a commit: each is judged, and nothing is missing.
        base: the folder that globs and patterns are relative to; the common folder of all paths if empty.
        ends: what names of labels end in before the suffix, where files of such names would be put aside.
        allow_empty: whether nothing to check is an answer.

    Raises:
        UsageError: a path does not exist, a glob matches nothing, a pattern is none, or there is nothing to check.
    """
    sources = [*sources_of(labels, "label"), *sources_of(images, "image"), *sources_of(predictions, "prediction")]
    sources += [*sources_of(paths), *(listed(file_list) if file_list is not None else ())]
    root = root_of(sources)
    base, patterns = base or root, patterns_of(pairs)
    walk = Walk(root, _included(include, patterns), _any_of(exclude), base)
    walk.add(sources)
    groups = _groups(walk, patterns, base, tuple(ends))
    settle(groups, standing(root))
    _pass_over(groups, walk.passed)
    matching = Matching(groups, patterns)
    matching.sort_out(every=scope == "file")
    orphans = sorted(matching.orphans(), key=_place) if scope == "dataset" else []
    split_of = splitter(splits, base) if splits else matching.voc_splits()
    walk.passed.update(matching.passed)
    samples = matching.samples(split_of)
    if not samples and not walk.refused and not allow_empty:
        raise UsageError(_nothing([*paths, *labels, *images, *predictions], file_list, walk.passed))
    return Survey(samples, tuple(orphans), notes_on(matching, samples, root), walk.passed, root, tuple(walk.refused))


def _place(orphan: Orphan) -> tuple[str, str]:
    return orphan.path.replace(os.sep, "\0"), orphan.kind


def _groups(walk: Walk, patterns: Mapping[Part, Pattern], base: str, ends: tuple[str, ...]) -> list[Group]:
    found: list[Group] = []
    for directory in walk.directories():
        if ends:
            directory.outright |= {name for name in directory.names if stem_of(name).endswith(ends)}
        if patterns:
            found += drawn(directory, patterns, base)
        for group in groups_of(directory):
            if _fits_none(group, patterns):
                walk.passed[_NO_PATTERN] = walk.passed.get(_NO_PATTERN, 0) + len(group.names)
            else:
                found.append(group)
    return found


def _fits_none(group: Group, patterns: Mapping[Part, Pattern]) -> bool:
    """Whether these files were meant to fit a pattern: those of its role, and of no role where labels have one."""
    return group.part in patterns or ("label" in patterns and group.part in {"", "aside"})


def _pass_over(groups: Iterable[Group], passed: dict[str, int]) -> None:
    for group in groups:
        if group.part == "aside":
            passed[group.reason] = passed.get(group.reason, 0) + len(group.names)


def _any_of(globs: Sequence[str]) -> Only | None:
    tests = [Glob(glob).fits for glob in globs]
    return (lambda path: any(fits(path) for fits in tests)) if tests else None


def _included(globs: Sequence[str], patterns: Mapping[Part, Pattern]) -> Only | None:
    named = _any_of(globs)
    others = [pattern.values for part, pattern in patterns.items() if part != "label"]
    if named is None or not others:
        return named
    return lambda path: named(path) or any(values(path) is not None for values in others)


def _nothing(paths: Sequence[str], file_list: str | None, passed: Mapping[str, int]) -> str:
    where = ", ".join([*paths, *([f"--file-list {file_list}"] if file_list is not None else [])]) or "no path"
    total = sum(passed.values())
    if not total:
        return f"nothing to check in {where}: no label, image or prediction"
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(passed.items()))
    files = "1 file was" if total == 1 else f"{total:,} files were"
    return f"nothing to check in {where}: no label, image or prediction; {files} passed over ({reasons})"

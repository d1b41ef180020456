"""The configuration that ``segloss init`` writes: what was seen is set, what is doubtful stands in comments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from segloss_cli._record import record
from segloss_cli.config import toml_text
from segloss_cli.render._escape import visible
from segloss_cli.rules._words import listing
from segloss_cli.scan.sketch import Ids
from segloss_cli.types import Role

_MOST = 100

_OPTIONS = (
    ("Rules: all by default; codes, prefixes of codes, or names (segloss rules lists them)", "select", ["SL"]),
    ("", "ignore", ["SL9"]),
    ("Rules that do not apply to some files, by globs relative to this file", "per-path-ignores", {"old/**": ["SL6"]}),
    ("How bad a finding is: error, warning, info or off", "severity", {"SL214": "info"}),
    ("Exit with 1 at: error, warning or never; and at more warnings than", "fail-on", "error"),
    ("", "max-warnings", 0),
    ("Known findings: written by segloss check --write-baseline", "baseline", "segloss-baseline.json"),
    ("Files to look at and to pass over", "include", ["**/*.png"]),
    ("", "exclude", ["old"]),
    ("How files belong together, where their names do not tell", "pairs", {"image": "images/{stem}.jpg"}),
    ("The losses that are trained with, for the rules about them", "losses", ["cross-entropy"]),
    ("Processes, and where results are kept", "jobs", "auto"),
    ("", "cache", True),
    ("Reports besides the one on the terminal", "output", ["sarif=segloss.sarif"]),
)


@record(frozen=True)
class Seen:
    """What is written down: the data set's path, its ids, folders (relative to the file), splits, and what is known.

    ``contract`` is a file that says what the labels are, ``preset`` a data set whose labels these are, and ``about``
    what is to be said of these two; ``notes`` say how files were told apart.
    """

    path: str
    ids: Ids
    folders: Mapping[Role, str]
    splits: tuple[str, ...] = ()
    contract: str = ""
    preset: str = ""
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def template(seen: Seen) -> str:
    """The whole file."""
    parts = [_head(seen), _contract(seen), _layout(seen), _options()]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(seen: Seen) -> Iterator[str]:
    yield _said(f"The configuration of segloss, written by segloss init from {seen.path}.")
    yield "# What is a guess says so: check it. Keys that are commented out are not set."
    yield from (_said(note) for note in seen.notes)


def _contract(seen: Seen) -> Iterator[str]:
    yield "# What the labels are meant to be"
    if seen.contract:
        yield _said(f"{seen.contract} says what the labels are; segloss check reads it, and what is set here wins")
    yield from (_said(line) for line in seen.about)
    yield from (_said(line) for line in _ids_in_words(seen.ids))
    if seen.preset:
        yield _set("preset", seen.preset)
    if seen.preset or seen.contract:
        yield "# num-classes, ignore-index and names follow from that; where they are set here, that counts"
    else:
        yield from _classes(seen.ids)
        yield from _void(seen.ids)


def _classes(ids: Ids) -> Iterator[str]:
    if ids.white is not None:
        yield f"# two classes; {ids.white} is probably the foreground, to be stored as 1, but may be void: say which"
        yield f"# {_set('num-classes', 2)}"
    elif ids.classes is None:
        yield "# the ids do not tell how many classes there are"
        yield f"# {_set('num-classes', 21)}"
    elif ids.gaps or not ids.complete:
        why = (
            "ids below it were not seen, so that higher ones may be missing too" if ids.gaps else "of some labels only"
        )
        yield f"# a guess: the highest id that is no void, and one; {why}"
        yield f"# {_set('num-classes', max(ids.classes, 2))}"
    else:
        yield "# a guess: the highest id that is no void, and one; is none of them void?"
        yield _set("num-classes", max(ids.classes, 2))


def _void(ids: Ids) -> Iterator[str]:
    if not ids.void:
        yield f"# {_set('ignore-index', 255)}"
        return
    shape = "thin, as borders are" if ids.thin == ids.void else "by its value; it covers areas"
    yield f"# a guess: {listing(ids.void)} is void ({shape})"
    yield _set("ignore-index", list(ids.void) if len(ids.void) > 1 else ids.void[0])


def _ids_in_words(ids: Ids) -> Iterator[str]:
    if ids.values:
        yield f"ids seen: {listing(ids.values, _MOST)}, in {ids.looked:,} of {ids.labels:,} labels"
    elif ids.labels:
        yield f"no ids seen in {ids.looked:,} of {ids.labels:,} labels"
    for count, what in (
        (ids.coloured, "are coloured: their colours stand for ids by a palette, or a preset"),
        (ids.odd, "are stored with loss, or hold fractions or very many values"),
        (ids.unread, "cannot be read: segloss check says why"),
    ):
        if count:
            yield f"{count:,} of them {what}"


def _layout(seen: Seen) -> Iterator[str]:
    yield "# Where the files are, relative to this file"
    for role in ("image", "label", "prediction"):
        folder = seen.folders.get(role)
        if folder and _sayable(folder):
            yield _set(f"{role}s", _posix(folder))
        else:
            yield f"# {_set(f'{role}s', f'{role}s')}"
    globs = {name: f"**/{name}/**" for name in seen.splits or ("train", "val")}
    yield f"# {_set('splits', globs)}"


def _options() -> Iterator[str]:
    yield "# What else may be set"
    for says, key, value in _OPTIONS:
        if says:
            yield f"# -- {says}"
        yield f"# {_set(key, value)}"
    yield "# -- Options of a rule, by its code: in a table [rules.SLnnn] at the end of the file"


def _set(key: str, value: object) -> str:
    return f"{key} = {toml_text(value)}"


def _said(text: str) -> str:
    """Text from outside as a comment; nothing in it ends the line."""
    return f"# {visible(text)}"


def _sayable(path: str) -> bool:
    """Whether TOML can hold the path: bytes that are no text cannot be written."""
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in path)


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")

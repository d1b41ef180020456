"""The configuration: defaults < the nearest file < environment < flags -> one frozen :class:`Settings`.

The file is ``segloss.toml``, or ``pyproject.toml`` with a table ``[tool.segloss]``; the nearest one counts and files
are not merged. Which rules, losses, presets and formats there are is not known here: the command line checks those
names. The keys are described in ``config.schema.json``.

>>> settings(environ={"SEGLOSS_JOBS": "3"}, folders=()).jobs
3
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from segloss_cli.config._fields import FIELDS
from segloss_cli.config._settings import DEFAULT, Level, Settings, Weight, key_of
from segloss_cli.config._toml import OWN, File, named, nearest
from segloss_cli.config._values import UnfitError
from segloss_cli.config._write import as_table, toml_text
from segloss_cli.errors import UsageError

__all__ = [
    "DEFAULT",
    "FIELDS",
    "OWN",
    "PREFIX",
    "Level",
    "Settings",
    "Weight",
    "as_table",
    "closest",
    "key_of",
    "settings",
    "toml_text",
]

PREFIX = "SEGLOSS_"

_SHORT = 60


def settings(
    *,
    folders: Iterable[str] = (os.curdir,),
    config: str | None = None,
    no_config: bool = False,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """All that was configured, merged.

    Args:
        folders: where the file is looked for, each in turn and upwards.
        config: the file to read instead.
        no_config: read no file.
        environ: the environment; None for the process's own.
        flags: values by the names of the fields; None is a flag that was not given.

    Raises:
        UsageError: a file that is no TOML, a key that does not exist, a value of the wrong kind.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    file = _file(folders, config, no_config)
    if file:
        _from_file(file, values, sources)
    _from_environment(os.environ if environ is None else environ, values, sources)
    _from_flags(flags or {}, values, sources)
    return Settings(**values, file=file.path if file else "", sources=sources)


def closest(word: str, known: Iterable[str]) -> str:
    """The rest of a complaint about a name that does not exist: the closest known one, or all of them.

    >>> closest("num-clases", ["num-classes", "names"])
    "the closest is 'num-classes'"
    """
    from difflib import get_close_matches

    options = list(known)
    found = get_close_matches(word.lower(), {option.lower() for option in options}, 1)
    if found:
        return f"the closest is {next(option for option in options if option.lower() == found[0])!r}"
    return f"known: {', '.join(options)}"


def _file(folders: Iterable[str], config: str | None, no_config: bool) -> File | None:
    if config is not None and no_config:
        raise UsageError("--config and --no-config exclude each other; give one of them")
    if no_config:
        return None
    return named(config) if config is not None else nearest(folders)


def _from_file(file: File, values: dict[str, Any], sources: dict[str, str]) -> None:
    names = {key_of(name): name for name in FIELDS}
    for key, value in file.table.items():
        place = file.place(key)
        if key not in names:
            raise UsageError(f"{place}: there is no key {key!r}; {_misplaced(key) or closest(key, names)}")
        field = FIELDS[names[key]]
        found = _read(names[key], value, f"{place}: {key}")
        values[names[key]] = field.within(os.path.dirname(file.path), found) if field.within else found
        sources[names[key]] = place


def _misplaced(key: str) -> str:
    return "this file is segloss's own: write the keys without the heading [tool.segloss]" if key == "tool" else ""


def _from_environment(environ: Mapping[str, str], values: dict[str, Any], sources: dict[str, str]) -> None:
    for name, field in FIELDS.items():
        variable = f"{PREFIX}{name.upper()}"
        text = environ.get(variable, "")
        if not text:
            continue
        if field.spell is None:
            raise UsageError(f"{variable}: a variable cannot hold a table; set {key_of(name)} in {OWN}")
        values[name] = _read(name, field.spell(text), f"environment variable {variable}")
        sources[name] = f"environment {variable}"


def _from_flags(flags: Mapping[str, Any], values: dict[str, Any], sources: dict[str, str]) -> None:
    for name, value in flags.items():
        if value is not None:
            sources[name] = _flag(name, value)
            values[name] = _read(name, value, sources[name])


def _flag(name: str, value: Any) -> str:
    if name == "cache":
        return "--cache-dir" if value else "--no-cache"
    return "--loss" if name == "losses" else f"--{key_of(name)}"


def _read(name: str, value: Any, place: str) -> Any:
    try:
        return FIELDS[name].read(value)
    except UnfitError as error:
        where = ".".join((place, *error.at))
        raise UsageError(f"{where} is {_kind(error.found)}; expected: {error.expected}") from error


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value[:_SHORT]!r}"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return f"{type(value).__name__} {str(value)[:_SHORT]}"

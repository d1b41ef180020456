"""The keys of the configuration: how each is read, from a file and from the environment, and what of it is a path."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from segloss_cli._record import record
from segloss_cli.config import _values as v
from segloss_cli.config._settings import LEVELS, TASKS, WEIGHTS

_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@record(frozen=True)
class Field:
    """One key. ``read`` turns what TOML gives into what Settings holds, or raises UnfitError.

    ``spell`` turns the text of an environment variable into what TOML would have given; None where a variable cannot
    hold the value. ``within`` gives the value with its paths taken from a folder.
    """

    read: Callable[[Any], Any]
    spell: Callable[[str], Any] | None = None
    within: Callable[[str, Any], Any] | None = None


def _bool(text: str) -> Any:
    word = text.strip().lower()
    return word in _YES if word in (*_YES, *_NO) else text


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text


def _list(text: str) -> Any:
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(text: str) -> Any:
    return [_number(part) for part in _list(text)]


def _same(text: str) -> Any:
    return text


def _joined(folder: str, path: str) -> str:
    return os.path.normpath(os.path.join(folder, path)) if path else path


def _path(folder: str, value: Any) -> Any:
    return _joined(folder, value) if isinstance(value, str) else value


def _list_or_file(folder: str, value: Any) -> Any:
    """A text with commas is a list as on the command line, unless there is a file of that name."""
    path = _path(folder, value)
    return value if isinstance(value, str) and "," in value and not os.path.exists(path) else path


def _paths(folder: str, value: Any) -> Any:
    return tuple(_joined(folder, path) for path in value)


def _files(folder: str, value: Any) -> Any:
    return tuple((form, _joined(folder, path)) for form, path in value)


FIELDS: Mapping[str, Field] = {
    "num_classes": Field(v.whole(1), _number),
    "ignore_index": Field(v.many(v.whole()), _numbers),
    "names": Field(v.names, _same, _list_or_file),
    "task": Field(v.choice(TASKS), _same),
    "reduce_zero_label": Field(v.switch, _bool),
    "preset": Field(v.text, _same),
    "losses": Field(v.many(v.text), _list),
    "class_weights": Field(v.weights, _same, _list_or_file),
    "palette": Field(v.palette, _list),
    "images": Field(v.many(v.text), _list, _paths),
    "labels": Field(v.many(v.text), _list, _paths),
    "predictions": Field(v.many(v.text), _list, _paths),
    "include": Field(v.many(v.text), _list),
    "exclude": Field(v.many(v.text), _list),
    "pairs": Field(v.table(v.pattern, v.ROLES)),
    "splits": Field(v.table(v.many(v.text))),
    "select": Field(v.codes, _list),
    "ignore": Field(v.codes, _list),
    "per_path_ignores": Field(v.table(v.codes)),
    "severity": Field(v.table(v.choice(WEIGHTS))),
    "rules": Field(v.table(v.table(v.number))),
    "fail_on": Field(v.choice(LEVELS), _same),
    "max_warnings": Field(v.whole(0), _number),
    "exit_zero": Field(v.switch, _bool),
    "baseline": Field(v.path, _same, _path),
    "cache": Field(v.cache, _bool, _path),
    "jobs": Field(v.jobs, _number),
    "max_findings": Field(v.whole(0), _number),
    "format": Field(v.text, _same),
    "output": Field(v.many(v.output), _list, _files),
}
"""By the names of the fields of Settings, in their order."""

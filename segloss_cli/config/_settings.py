"""The record that all the configuration ends in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from segloss_cli._contract import Colour, Severity, Task
from segloss_cli._record import record

Level = Literal["error", "warning", "never"]
Weight = Literal["error", "warning", "info", "off"]

LEVELS: tuple[Level, ...] = ("error", "warning", "never")
TASKS: tuple[Task, ...] = ("binary", "multiclass", "multilabel")
WEIGHTS: tuple[Severity | Literal["off"], ...] = ("error", "warning", "info", "off")

DEFAULT = "default"


@record(frozen=True)
class Settings:
    """What a run of ``segloss check`` is to do; each field is a key of the configuration, in kebab-case there.

    The contract: ``num_classes`` to ``palette``. ``names`` and ``class_weights`` are the values themselves, or the
    text of ``--names`` and ``--class-weights``, which may name a file. The layout: ``images`` to ``splits``; ``pairs``
    gives a pattern with ``{stem}`` for "image", "label" and "prediction", ``splits`` the globs of each split.

    ``severity`` goes by code, prefix or name; ``rules`` holds each rule's options by code. ``max_warnings`` None is no
    limit, ``max_findings`` 0 keeps all (it is counted per rule), ``jobs`` None is as many as there are processors.
    ``cache`` is a folder, None for the usual place, empty for no cache. ``output`` are pairs of a format and a file;
    an empty format is that of ``format``.

    ``file`` is the configuration file that was read, empty where there is none. ``sources`` says where a field that is
    no default comes from; ask :meth:`source`.
    """

    num_classes: int | None = None
    ignore_index: tuple[int, ...] = ()
    names: tuple[str, ...] | str = ()
    task: Task | None = None
    reduce_zero_label: bool = False
    preset: str = ""
    losses: tuple[str, ...] = ()
    class_weights: tuple[float, ...] | str = ()
    palette: tuple[Colour, ...] = ()

    images: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, Weight] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    fail_on: Level = "error"
    max_warnings: int | None = None
    exit_zero: bool = False
    baseline: str = ""
    cache: str | None = None
    jobs: int | None = None
    max_findings: int = 1000
    format: str = "table"
    output: tuple[tuple[str, str], ...] = ()

    file: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The folder of the configuration file, which its globs are relative to; the current one without a file."""
        return os.path.dirname(self.file) or os.curdir

    @property
    def options(self) -> dict[str, float]:
        """The options of rules as a contract carries them.

        >>> Settings(rules={"SL608": {"share": 0.01}}).options
        {'SL608.share': 0.01}
        """
        return {f"{code}.{name}": value for code, options in self.rules.items() for name, value in options.items()}

    def source(self, name: str) -> str:
        """Where a field comes from: "default", "segloss.toml:3", "environment SEGLOSS_JOBS", "--jobs"."""
        return self.sources.get(name, DEFAULT)


def key_of(name: str) -> str:
    """The key of a field in the configuration file.

    >>> key_of("num_classes")
    'num-classes'
    """
    return name.replace("_", "-")

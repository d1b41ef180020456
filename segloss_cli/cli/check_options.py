"""The flags of ``segloss check``, each once; most are keys of the configuration too, so that none has a default here.

A flag that is not given is None (or False): :func:`settings_of` then asks the environment and the configuration file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from segloss_cli._plugins import names as items
from segloss_cli.cli.options import Level
from segloss_cli.errors import UsageError

if TYPE_CHECKING:
    from segloss_cli.config import Settings

Config = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="Read this configuration instead of the nearest segloss.toml."),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Read no configuration file.")]
ShowSettings = Annotated[
    bool, typer.Option("--show-settings", help="Show every setting and where it comes from, and check nothing.")
]

Images = Annotated[
    list[str] | None,
    typer.Option("--images", metavar="PATH", help="Where the images are: a folder or glob; repeatable."),
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--labels", metavar="PATH", help="Where the labels are: a folder or glob; repeatable."),
]
Predictions = Annotated[
    list[str] | None,
    typer.Option("--predictions", metavar="PATH", help="Where the predictions are: a folder or glob; repeatable."),
]
FileList = Annotated[
    str | None,
    typer.Option("--file-list", metavar="FILE|-", help="Read the paths from this file, one a line; - is stdin."),
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", metavar="NAME", help="What the labels are meant to be: voc, cityscapes, ade20k, ..."),
]
LossFor = Annotated[
    list[str] | None,
    typer.Option("--loss", metavar="NAME", help="A loss that is trained with, for the rules about it; repeatable."),
]

FailOn = Annotated[
    Level | None,
    typer.Option("--fail-on", help="Exit with 1 at a finding that is at least this bad; error if not set."),
]
MaxWarnings = Annotated[
    int | None, typer.Option("--max-warnings", min=0, metavar="N", help="Exit with 1 at more than N warnings.")
]
MaxFindings = Annotated[
    int | None,
    typer.Option(
        "--max-findings", min=0, metavar="N", help="Show N findings of each rule, 0 for all; 1000 if not set."
    ),
]
AllowEmpty = Annotated[bool, typer.Option("--allow-empty", help="Nothing to check is a pass.")]
Scope = Annotated[
    Literal["file", "dataset"] | None,
    typer.Option("--scope", help="Judge each file by itself only, or the data set as a whole too."),
]

Baseline = Annotated[
    str | None, typer.Option("--baseline", metavar="FILE", help="Leave out the findings that this file records.")
]
WriteBaseline = Annotated[
    bool, typer.Option("--write-baseline", help="Record all findings in the baseline, and exit with 0.")
]
PruneBaseline = Annotated[
    bool, typer.Option("--prune-baseline", help="Remove from the baseline what is no longer found.")
]

Jobs = Annotated[
    str | None, typer.Option("--jobs", "-j", metavar="N|auto", help="How many processes; auto if not set.")
]
Shard = Annotated[
    str | None, typer.Option("--shard", metavar="I/N", help="Only part I of N; segloss merge puts them together.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the cache.")]
CacheDir = Annotated[str | None, typer.Option("--cache-dir", metavar="FOLDER", help="Where the cache is kept.")]

Form = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="|".join(items("segloss_cli.render")), help="Form of the report; table if not set."
    ),
]
OutputFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="[FORMAT=]FILE",
        help="Write the report to this file, in this format; repeatable. Without FORMAT= nothing goes to stdout.",
    ),
]


def shard_of(text: str | None) -> tuple[int, int] | None:
    """The part and the number of parts that ``--shard`` says, counted from 1.

    Raises:
        UsageError: it is no part of that many.

    >>> shard_of("2/8")
    (2, 8)
    """
    if text is None:
        return None
    part, slash, parts = text.partition("/")
    if not (slash and _plain(part) and _plain(parts) and 1 <= int(part) <= int(parts)):
        raise UsageError(f"--shard {text}: write I/N with 1 <= I <= N, such as 2/8 for the second of eight")
    return int(part), int(parts)


def settings_of(flags: Mapping[str, Any], roots: Iterable[str] = ()) -> Settings:
    """All that was configured: defaults, the nearest file, the environment, and the flags.

    Args:
        flags: the values of the flags by the names of their parameters, among them ``config`` and ``no_config``; None
            and False are flags that were not given.
        roots: the paths to check; the file is looked for from the folder that holds all of them upwards, then from
            the current one.

    Raises:
        UsageError: what is configured does not exist, or is of the wrong kind.
    """
    from segloss_cli.cli._settings import gathered

    return gathered(flags, roots)


def _plain(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 10

"""``segloss init [PATH]``: write a configuration from what a data set looks like."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from segloss_cli.errors import UsageError

if TYPE_CHECKING:
    from segloss_cli.cli._template import Seen

_STDOUT = "-"


def init(
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="The data set.")] = ".",
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; - is stdout.")
    ] = "segloss.toml",
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> int:
    """Write a configuration from what a data set looks like."""
    from segloss_cli.cli._finish import put
    from segloss_cli.cli._template import template
    from segloss_cli.render._escape import visible

    _check_target(output, force)
    seen = _look(path, os.curdir if output == _STDOUT else os.path.dirname(output) or os.curdir)
    text = template(seen)
    if output == _STDOUT:
        put(text)
        return 0
    _write(output, text)
    sys.stderr.write(f"segloss: wrote {visible(output)}; check the guesses in it, then run: segloss check\n")
    return 0


def _check_target(output: str, force: bool) -> None:
    """Before the work: what may not be written is a UsageError."""
    if output == _STDOUT:
        return
    name = os.path.basename(output)
    if name == "pyproject.toml":
        raise UsageError(f"--output {output}: is the project's own; print it with --output - for [tool.segloss]")
    if not name.endswith(".toml"):
        raise UsageError(f"--output {output}: a configuration ends in .toml; or - for stdout")
    if os.path.isdir(output) or (os.path.lexists(output) and not force):
        raise UsageError(f"--output {output}: is there already; --force writes over a file, --output - prints")


def _write(output: str, text: str) -> None:
    from segloss_cli.scan._whole import write_whole

    try:
        write_whole(output, text)
    except OSError as error:
        raise UsageError(f"--output {output}: cannot be written ({error.strerror})") from error


def _look(path: str, folder: str) -> Seen:
    """What there is, with folders as they are seen from the folder of the configuration."""
    from segloss_cli.cli._template import Seen
    from segloss_cli.presets import detect, existing
    from segloss_cli.scan.listing import survey
    from segloss_cli.scan.sketch import folders_of, ids_of
    from segloss_cli.types import Contract

    found = survey([path])
    labels = [sample.label for sample in found.samples if sample.label]
    if not labels:
        raise UsageError(f"{path}: no label found in it; name the folder that holds labels, images and all")
    ids, profiles = ids_of(labels)
    contract = existing(found.root)
    known = contract is not None and contract.contract != Contract()
    preset = None if known else detect([profile.path for profile in profiles], profiles)
    return Seen(
        path=path,
        ids=ids,
        folders={role: os.path.relpath(where, folder) for role, where in folders_of(found.samples).items()},
        splits=tuple(sorted({sample.split for sample in found.samples} - {""})),
        contract=contract.path if contract and known else "",
        preset=preset.name if preset else "",
        about=(*(contract.notes if contract else ()), *((preset.reason,) if preset else ())),
        notes=tuple(found.notes),
    )

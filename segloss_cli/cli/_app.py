"""The app that reads the command line: Typer's, with the commands that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from segloss_cli import __version__

_CONTEXT = {"help_option_names": ["-h", "--help"]}


def app(commands: Mapping[str, Callable[..., int]]) -> typer.Typer:
    """``segloss`` with these commands, in their order."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_CONTEXT)
    made.callback()(_segloss)
    for verb, command in commands.items():
        made.command(verb, context_settings=_CONTEXT)(command)
    return made


def aborted(error: Exception) -> bool:
    """Whether an error is what Typer makes of Ctrl-C."""
    return isinstance(error, typer.Abort)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"segloss {__version__}")
        raise typer.Exit


def _segloss(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Find out why a semantic-segmentation loss is wrong."""

"""argv -> one call -> a renderer: the app, and the only place that turns errors into text and exit codes.

Exit codes: 0 everything was judged and nothing is at or above ``--fail-on``; 1 findings at or above it; 2 could not
run; 3 incomplete, some inputs could not be judged; 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from segloss_cli import __version__
from segloss_cli._plugins import load
from segloss_cli.errors import SeglossError

VERBS = ("check", "merge", "inspect", "compute", "trace", "init", "losses", "rules", "presets")
"""The commands in the order of ``--help``. Each is the function of its name in the module of its name here."""

_CONTEXT = {"help_option_names": ["-h", "--help"]}


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    # OpenBLAS starts its threads with NumPy and they spin, 60 ms for nothing: no matrix is multiplied here
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # a short run makes no garbage in cycles: looking for it while modules load and at exit is a tenth of the time
    gc.set_threshold(50_000)
    code = run(sys.argv[1:] if argv is None else argv)
    gc.freeze()
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run one command and give its exit code; every error becomes text here."""
    if not argv:
        run(["--help"])
        return 2
    try:
        return _app(argv)(list(argv), prog_name="segloss", standalone_mode=False) or 0
    except SeglossError as error:
        return _complain(str(error))
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:
        # the errors of usage that Typer raises have this method, and no documented base class
        usage = getattr(error, "format_message", None)
        if usage is None:
            return _crash()
        return _complain(f"{usage()} (see segloss {' '.join(argv[:1])} --help)")


def _app(argv: Sequence[str]) -> typer.Typer:
    """The app with the one command that is asked for, so that others stay unimported; with all where none is."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_CONTEXT)
    app.callback()(_segloss)
    for verb in (argv[0],) if argv and argv[0] in VERBS else VERBS:
        app.command(verb, context_settings=_CONTEXT)(getattr(load(__name__, verb), verb))
    return app


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


def _complain(message: str) -> int:
    from segloss_cli.render._escape import visible

    sys.stderr.write(f"segloss: error: {visible(message)}\n")
    return 2


def _crash() -> int:
    import traceback

    traceback.print_exc()
    return _complain("this is a fault of segloss itself; please report it with the lines above")

"""argv -> one call -> a renderer: the app, and the only place that turns errors into text and exit codes.

Exit codes: 0 everything was judged and nothing is at or above ``--fail-on``; 1 findings at or above it; 2 could not
run; 3 incomplete, some inputs could not be judged; 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from segloss_cli._plugins import load
from segloss_cli.errors import SeglossError

VERBS = ("check", "merge", "inspect", "compute", "trace", "init", "losses", "rules", "presets")
"""The commands in the order of ``--help``. Each is the function of its name in the module of its name here."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    # OpenBLAS starts its threads with NumPy and they spin, 60 ms for nothing: no matrix is multiplied here
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # a short run makes no garbage in cycles: looking for it while modules load and at exit is a tenth of the time,
    # of which Typer's modules are a third, so that they are imported after this
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
        return _reader(argv)(list(argv), prog_name="segloss", standalone_mode=False) or 0
    except SeglossError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return _unexpected(error, argv)


def _reader(argv: Sequence[str]) -> Any:
    """The app with the one command that is asked for, so that others stay unimported; with all where none is."""
    from segloss_cli.cli._app import app

    verbs = (argv[0],) if argv and argv[0] in VERBS else VERBS
    return app({verb: getattr(load(__name__, verb), verb) for verb in verbs})


def _unexpected(error: Exception, argv: Sequence[str]) -> int:
    """What Typer raises, or a fault of ours."""
    from segloss_cli.cli._app import aborted

    if aborted(error):
        return 130
    # the errors of usage that Typer raises have this method, and no documented base class
    usage = getattr(error, "format_message", None)
    return _crash() if usage is None else _complain(f"{usage()} (see segloss {' '.join(argv[:1])} --help)")


def _complain(message: str) -> int:
    from segloss_cli.render._escape import visible

    sys.stderr.write(f"segloss: error: {visible(message)}\n")
    return 2


def _crash() -> int:
    import traceback

    traceback.print_exc()
    return _complain("this is a fault of segloss itself; please report it with the lines above")

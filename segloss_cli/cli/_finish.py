"""The end of every command that reports: check where the report goes, write it, and say how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Literal, TypeVar

from segloss_cli._plugins import load, names
from segloss_cli.cli.options import Level
from segloss_cli.errors import UsageError
from segloss_cli.types import Report

T = TypeVar("T")
Detail = Literal["full", "summary", "findings"]

_FAILING = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_MANY = 4


def prepare(form: str, output: str | None, inputs: Iterable[str]) -> None:
    """Before the work: a form or a place of the report that cannot be is a UsageError.

    ``output`` is not created yet, and is never one of the inputs, under whatever name or link.
    """
    if form not in names("segloss_cli.render"):
        raise UsageError(f"--format {form}: unknown; known: {', '.join(names('segloss_cli.render'))}")
    if output is None:
        return
    if os.path.isdir(output):
        raise UsageError(f"--output {output}: is a folder; name a file")
    folder = os.path.dirname(output) or "."
    if not os.path.isdir(folder):
        raise UsageError(f"--output {output}: there is no folder {folder}")
    for path in inputs:
        if os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
            raise UsageError(f"--output {output}: is the input {path}, and inputs are never written; name another file")


def finish(
    report: Report,
    *,
    form: str = "table",
    output: str | None = None,
    detail: Detail = "full",
    fail_on: Level = "error",
    exit_zero: bool = False,
) -> int:
    """Render the report, write it to ``output`` or stdout, and give the exit code."""
    width, colour = (None, False) if output else terminal()
    text = load("segloss_cli.render", form).render(report, width=width, colour=colour, detail=detail, root=os.getcwd())
    if output:
        _write_file(output, text)
    else:
        put(text)
    return exit_code(report, fail_on, exit_zero)


def exit_code(report: Report, fail_on: Level = "error", exit_zero: bool = False) -> int:
    """0 judged and nothing failing; 1 failing findings; 3 some inputs not judged; 130 interrupted.

    A file that was skipped with its finding (SL107) is judged: it is unreadable. One skipped without was not.
    """
    if not report.complete:
        return 130
    if any(finding.severity in _FAILING[fail_on] for finding in report.findings):
        return 0 if exit_zero else 1
    judged = {finding.path for finding in report.findings if finding.code == "SL107"}
    return 3 if any(skipped.path not in judged for skipped in report.skipped) else 0


def put(text: str) -> None:
    """Write text to stdout; a reader who has gone away (``| head``) is no error, and lone surrogates are escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # what Python would write at exit must go nowhere, or it complains once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def ticking(paths: tuple[T, ...], quiet: bool) -> Iterable[T]:
    """The paths, with a progress bar on stderr while they are gone through, where a person is watching."""
    if quiet or len(paths) < _MANY or not sys.stderr.isatty():
        return paths
    return _with_bar(paths)


def _with_bar(paths: tuple[T, ...]) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track

    yield from track(paths, description="segloss", console=Console(stderr=True), transient=True)


def terminal() -> tuple[int | None, bool]:
    """The width to fill and whether colours are wanted; no width where stdout is not a terminal: nothing is cut."""
    if not sys.stdout.isatty():
        return None, False
    import shutil

    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return max(shutil.get_terminal_size().columns, 20), not plain


def _write_file(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be written ({error.strerror})") from error

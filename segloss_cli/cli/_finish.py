"""The end of every command that reports: check where the report goes, write it, and say how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeVar

from segloss_cli._plugins import load, names
from segloss_cli._record import copied
from segloss_cli.cli.options import Level
from segloss_cli.errors import UsageError
from segloss_cli.render._groups import amounts, unjudged
from segloss_cli.types import Report, Severity

T = TypeVar("T")
Detail = Literal["full", "summary", "findings"]
Outputs = tuple[tuple[str, str | None], ...]
"""What is to be made: formats, each with its file; None is stdout."""

_FAILING: Mapping[str, tuple[Severity, ...]] = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_MANY = 4

_DRAWN = 0.1
"""Seconds between two pictures of a progress bar."""

_SUMMARY = 1 << 20
"""GitHub shows nothing of a summary that has more bytes."""


def prepare(form: str, output: str | Sequence[str] | None, inputs: Iterable[str]) -> Outputs:
    """Before the work: which reports are to be made, and a UsageError for a form or a place that cannot be.

    Args:
        form: ``--format``, for stdout.
        output: each ``--output``: ``FORMAT=FILE`` is one more report, and a plain file takes the one of ``form``
            instead of stdout. What stands before ``=`` and is no format belongs to the file's name.
        inputs: the files to be read. None of them is ever written, under whatever name or link.

    Returns:
        The reports as (format, file or None for stdout). Nothing is created yet.
    """
    known = names("segloss_cli.render")
    if form not in known:
        raise UsageError(f"--format {form}: unknown; known: {', '.join(known)}")
    given = [output] if isinstance(output, str) else list(output or ())
    files = [_split(one, form, known) for one in given]
    for one, (_, path) in zip(given, files, strict=True):
        _check_place(one, path)
    _check_apart(files)
    _check_inputs([path for _, path in files if os.path.exists(path)], inputs)
    plain = any(one == path for one, (_, path) in zip(given, files, strict=True))
    outputs: Outputs = (*(() if plain else ((form, None),)), *files)
    for name, _ in outputs:
        getattr(load("segloss_cli.render", name), "require", int)()
    return outputs


def finish(
    report: Report,
    outputs: Outputs = (("table", None),),
    *,
    detail: Detail = "full",
    fail_on: Level = "error",
    exit_zero: bool = False,
    max_warnings: int | None = None,
) -> int:
    """Render the report in each form, write it to its file or to stdout, and give the exit code.

    A file that cannot be written does not keep the others from being written; it is a UsageError at the end.
    """
    code = exit_code(report, fail_on, exit_zero, max_warnings)
    report = copied(report, facts={**report.facts, "exit_code": code})
    failed = [error for form, path in outputs if (error := _attempt(report, form, path, detail))]
    if failed:
        raise failed[0]
    return code


def exit_code(
    report: Report, fail_on: Level = "error", exit_zero: bool = False, max_warnings: int | None = None
) -> int:
    """0 judged and nothing failing; 1 failing findings; 3 some inputs not judged; 130 interrupted.

    More than ``max_warnings`` warnings fail too; None is any number of them. A file that was skipped with its finding
    (SL107) is judged: it is unreadable. One skipped without was not.
    """
    if not report.complete:
        return 130
    found = amounts(report)
    many = max_warnings is not None and found["warning"] > max_warnings
    if many or any(found[severity] for severity in _FAILING[fail_on]):
        return 0 if exit_zero else 1
    return 3 if report.facts.get("unjudged", unjudged(report)) else 0


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
    return with_bar(paths, len(paths))


def with_bar(items: Iterable[T], total: int) -> Iterator[T]:
    """The items, so many in all, with a progress bar on stderr while they are gone through."""
    from time import monotonic

    from rich.console import Console
    from rich.progress import Progress

    # a bar that draws itself does so from a thread, beside which no worker can be forked
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task, drawn = bar.add_task("segloss", total=total), 0.0
        for number, item in enumerate(items, 1):
            yield item
            if monotonic() - drawn > _DRAWN:
                bar.update(task, completed=number, refresh=True)
                drawn = monotonic()


def terminal() -> tuple[int | None, bool]:
    """The width to fill and whether colours are wanted; no width where stdout is not a terminal: nothing is cut."""
    if not sys.stdout.isatty():
        return None, False
    import shutil

    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return max(shutil.get_terminal_size().columns, 20), not plain


def _split(output: str, form: str, known: Sequence[str]) -> tuple[str, str]:
    """The format and the file of an ``--output``."""
    name, equals, path = output.partition("=")
    return (name, path) if equals and name in known else (form, output)


def _check_place(output: str, path: str) -> None:
    if not path:
        raise UsageError(f"--output {output}: no file is named; write --output FORMAT=FILE or --output FILE")
    if os.path.isdir(path):
        raise UsageError(f"--output {output}: is a folder; name a file")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise UsageError(f"--output {output}: there is no folder {folder}")


def _check_apart(files: Sequence[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for form, path in files:
        place = os.path.realpath(path)
        if place in seen and (os.path.isfile(path) or not os.path.exists(path)):
            raise UsageError(f"--output: {seen[place]} and {form} would both be written to {path}; name two files")
        seen[place] = form


def _check_inputs(existing: Sequence[str], inputs: Iterable[str]) -> None:
    if not existing:
        return
    marks = {(stat.st_dev, stat.st_ino): path for path in existing for stat in [os.stat(path)]}
    for path in inputs:
        output = marks.get(_mark(path)) if os.path.exists(path) else None
        if output is not None:
            raise UsageError(f"--output {output}: is the input {path}, and inputs are never written; name another file")


def _mark(path: str) -> tuple[int, int]:
    stat = os.stat(path)
    return stat.st_dev, stat.st_ino


def _attempt(report: Report, form: str, path: str | None, detail: Detail) -> UsageError | None:
    try:
        _write(report, form, path, detail)
    except UsageError as error:
        return error
    return None


def _write(report: Report, form: str, path: str | None, detail: Detail) -> None:
    width, colour = (None, False) if path else terminal()
    text = load("segloss_cli.render", form).render(report, width=width, colour=colour, detail=detail, root=os.getcwd())
    if path:
        _write_file(path, text)
        return
    put(text)
    if form == "github":
        _summarise(report)


def _summarise(report: Report) -> None:
    """Append the report as Markdown to what GitHub shows of the step, where there is such a file."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from segloss_cli.render.markdown import render

    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            room = _SUMMARY - file.tell()
            file.write(_fitting(render(report, root=os.getcwd()), room))
    except OSError as error:
        sys.stderr.write(f"segloss: $GITHUB_STEP_SUMMARY {path}: cannot be written ({error.strerror})\n")


def _fitting(text: str, room: int) -> str:
    """As many whole lines of the text as there is room for, in bytes, and a line that says so where it was cut."""
    said = "\n(cut: a summary has at most 1 MiB)\n"
    raw = text.encode("utf-8", "backslashreplace")
    if len(raw) <= room:
        return text
    head = raw[: max(room - len(said), 0)].rpartition(b"\n")[0].decode("utf-8", "ignore")
    return head + said if head else ""


def _write_file(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be written ({error.strerror})") from error

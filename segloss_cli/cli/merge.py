"""``segloss merge PART...``: the reports of the parts of a data set as one."""

from __future__ import annotations

from typing import Annotated

import typer

from segloss_cli.cli import options as o

Parts = Annotated[
    list[str],
    typer.Argument(metavar="PART...", help="Files that check --shard I/N --output jsonl=FILE wrote."),
]
MaxWarnings = Annotated[
    int | None, typer.Option("--max-warnings", min=0, metavar="N", help="Exit with 1 at more than N warnings.")
]


def merge(
    parts: Parts,
    *,
    fail_on: o.FailOn = "error",
    max_warnings: MaxWarnings = None,
    form: o.Format = "table",
    output: o.Output = None,
    summary: o.Summary = False,
    quiet: o.Quiet = False,
    exit_zero: o.ExitZero = False,
) -> int:
    """Put the reports of check --shard together."""
    from segloss_cli.cli._finish import finish, prepare
    from segloss_cli.errors import ReadError, UsageError
    from segloss_cli.render.jsonl import read
    from segloss_cli.scan.merge import merge as merged

    outputs = prepare(form, output, parts)
    try:
        report = merged((path, read(path)) for path in parts)
    except ReadError as error:
        # a report that cannot be read is no faulty file of the data set
        raise UsageError(str(error)) from error
    return finish(
        report,
        outputs,
        detail="findings" if quiet else "summary" if summary else "full",
        fail_on=fail_on,
        exit_zero=exit_zero,
        max_warnings=max_warnings,
    )

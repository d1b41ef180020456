"""``segloss trace PRED LABEL --at Y,X``: the arithmetic of one pixel, and tp, fp, fn of every class."""

from __future__ import annotations

from typing import Annotated

import typer

from segloss_cli.cli import options as o
from segloss_cli.errors import UsageError

Pred = Annotated[str, typer.Argument(metavar="PRED", help="Prediction file.", show_default=False)]
Label = Annotated[str, typer.Argument(metavar="LABEL", help="Label file.", show_default=False)]
At = Annotated[str, typer.Option("--at", metavar="Y,X", help="The pixel: row and column, from 0.", show_default=False)]
ImageNumber = Annotated[int, typer.Option("--image", metavar="N", min=0, help="Which image of the file, from 0.")]


def trace(
    pred: Pred,
    label: Label,
    at: At,
    *,
    image: ImageNumber = 0,
    num_classes: o.NumClasses = None,
    ignore_index: o.IgnoreIndex = None,
    names: o.Names = None,
    task: o.TaskName = None,
    reduce_zero_label: o.ReduceZeroLabel = False,
    input_: o.Input = "auto",
    member: o.Member = None,
    resize: o.Resize = False,
    fail_on: o.FailOn = "error",
    form: o.Format = "table",
    output: o.Output = None,
    exit_zero: o.ExitZero = False,
) -> int:
    """Show the arithmetic of one pixel, step by step."""
    from segloss_cli.cli._finish import finish, prepare
    from segloss_cli.scan.options import Wanted
    from segloss_cli.scan.pair import findings_of, load, work_of
    from segloss_cli.scan.values import source_of
    from segloss_cli.trace import trace_work
    from segloss_cli.types import Report

    contract = o.contract_of(
        num_classes=num_classes,
        ignore_index=ignore_index,
        names=names,
        task=task,
        reduce_zero_label=reduce_zero_label,
    )
    outputs = prepare(form, output, [pred, label])
    wanted = Wanted(kind=o.kind_of(input_), member=member, resize=resize)
    loaded = load(pred, label, contract, wanted)
    work = work_of(loaded, wanted)
    steps = trace_work(
        source_of(work, work.scores), work.targets[0].labels, work.targets[0].ignore, (image, *_pixel(at))
    )
    report = Report(
        "trace",
        loaded.contract,
        (loaded.looked, loaded.profile),
        findings_of(loaded, wanted, ()),
        facts={"trace": steps},
    )
    return finish(report, outputs, fail_on=fail_on, exit_zero=exit_zero)


def _pixel(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise UsageError(f"--at {text}: write row and column, such as --at 12,40")
    return int(parts[0]), int(parts[1])

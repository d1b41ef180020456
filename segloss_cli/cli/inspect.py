"""``segloss inspect PATH...``: what is in these files, and what is wrong with them."""

# without annotations from __future__, which are texts: Typer evaluates those of every flag twice

from segloss_cli.cli import options as o


def inspect(
    paths: o.Paths,
    *,
    num_classes: o.NumClasses = None,
    ignore_index: o.IgnoreIndex = None,
    names: o.Names = None,
    task: o.TaskName = None,
    reduce_zero_label: o.ReduceZeroLabel = False,
    as_: o.As = None,
    input_: o.Input = "auto",
    member: o.Member = None,
    select: o.Select = None,
    ignore: o.Ignore = None,
    fail_on: o.FailOn = "error",
    form: o.Format = "table",
    output: o.Output = None,
    summary: o.Summary = False,
    quiet: o.Quiet = False,
    exit_zero: o.ExitZero = False,
) -> int:
    """Show what is in files, and what is wrong with them."""
    from segloss_cli.cli._finish import finish, prepare, ticking
    from segloss_cli.scan.files import expand
    from segloss_cli.scan.files import inspect as look

    contract = o.contract_of(
        num_classes=num_classes,
        ignore_index=ignore_index,
        names=names,
        task=task,
        reduce_zero_label=reduce_zero_label,
    )
    files = expand(paths)
    outputs = prepare(form, output, files)
    report = look(
        ticking(files, quiet),
        contract,
        entries=o.entries_of(select, ignore),
        as_=as_,
        member=member,
        kind=o.kind_of(input_),
    )
    return finish(
        report,
        outputs,
        detail="findings" if quiet else "summary" if summary else "full",
        fail_on=fail_on,
        exit_zero=exit_zero,
    )

"""``segloss compute PRED LABEL``: what is wrong with the pair, then every loss of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segloss_cli.cli import options as o

if TYPE_CHECKING:
    from segloss_cli.render import Detail
    from segloss_cli.types import Report

Pred = Annotated[str, typer.Argument(metavar="PRED", help="Prediction: a file, folder or glob.", show_default=False)]
Label = Annotated[str, typer.Argument(metavar="LABEL", help="Label: a file, folder or glob.", show_default=False)]


def compute(
    pred: Pred,
    label: Label,
    *,
    loss: o.LossList = None,
    like: o.Like = None,
    num_classes: o.NumClasses = None,
    ignore_index: o.IgnoreIndex = None,
    names: o.Names = None,
    task: o.TaskName = None,
    reduce_zero_label: o.ReduceZeroLabel = False,
    input_: o.Input = "auto",
    member: o.Member = None,
    class_weights: o.ClassWeights = None,
    teacher: o.Teacher = None,
    resize: o.Resize = False,
    per_class: o.PerClass = False,
    per_image: o.PerImage = False,
    grad: o.Grad = False,
    find: o.Find = None,
    device: o.Device = "auto",
    dtype: o.Dtype = None,
    select: o.Select = None,
    ignore: o.Ignore = None,
    fail_on: o.FailOn = "error",
    form: o.Format = "table",
    output: o.Output = None,
    quiet: o.Quiet = False,
    exit_zero: o.ExitZero = False,
) -> int:
    """Check a pair of files, then compute its losses."""
    from segloss_cli.cli._finish import finish, prepare, ticking
    from segloss_cli.errors import UsageError
    from segloss_cli.scan.dataset import compute as run
    from segloss_cli.scan.options import Wanted, requests_of
    from segloss_cli.scan.pairing import pair_up
    from segloss_cli.scan.weights import weights_of

    if find is not None and grad:
        raise UsageError("--find NUMBER looks for a value, and shows no gradients: leave --grad out")
    said: Any = {"num_classes": num_classes, "names": names, "task": task, "reduce_zero_label": reduce_zero_label}
    read = o.words_of(input=input_, member=member, teacher=teacher, resize=resize, device=device, dtype=dtype)
    weighted = o.words_of(class_weights=class_weights)
    contract = o.contract_of(ignore_index=ignore_index, **said)
    wanted = Wanted(
        requests=requests_of(loss or (), like or ()),
        likes=tuple(like or ()),
        weights=weights_of(class_weights) if class_weights else (),
        kind=o.kind_of(input_),
        member=member,
        resize=resize,
        per_class=per_class,
        per_image=per_image,
        device=o.device_of(device),
        dtype=dtype,
        grad=grad,
        find=find,
        said={"files": (pred, label), "contract": o.words_of(**said) + read, "weights": weighted},
        entries=o.entries_of(select, ignore),
    )
    pairs = pair_up(pred, label, teacher)
    outputs = prepare(form, output, [path for pair in pairs.paths for path in pair if path])
    report = run(ticking(pairs.paths, quiet), contract, wanted, pairs.alone)
    # who looks for a number asks whether it was found, not whether the files are sound
    level = fail_on if find is None else "never"
    view: Detail = "findings" if quiet else "full"
    code = finish(report, outputs, detail=view, fail_on=level, exit_zero=exit_zero)
    return code if find is None or exit_zero else _found(report, code)


def _found(report: Report, code: int) -> int:
    """The exit code of a search that ended with another: 1 where nothing agrees, as ``grep`` has it."""
    return 1 if code == 0 and not any(match.agrees for match in report.matches) else code

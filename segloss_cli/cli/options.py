"""Every flag once, as an Annotated type; and what the flags mean together: a contract, a choice of rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from segloss_cli._plugins import names as items
from segloss_cli.errors import UsageError
from segloss_cli.types import Contract, Kind, Task

if TYPE_CHECKING:
    from segloss_cli.rules import Entry

Level = Literal["error", "warning", "never"]
InputKind = Literal["auto", "logits", "probs", "log-probs", "ids"]
FileRole = Literal["label", "prediction"]

NumClasses = Annotated[int | None, typer.Option("--num-classes", min=1, metavar="N", help="Class ids are 0 to N-1.")]
IgnoreIndex = Annotated[
    list[int] | None, typer.Option("--ignore-index", metavar="K", help="An id that no loss counts; repeatable.")
]
Names = Annotated[
    str | None,
    typer.Option("--names", metavar="LIST|FILE", help="Class names by id: a,b,c or a file, one a line or a JSON list."),
]
TaskName = Annotated[Task | None, typer.Option("--task", help="How many classes a pixel can have.")]
ReduceZeroLabel = Annotated[
    bool, typer.Option("--reduce-zero-label", help="Id 0 is ignored and every id moves down by one, as mmseg does.")
]
Select = Annotated[
    list[str] | None,
    typer.Option("--select", metavar="CODES", help="Only these rules: SL201,SL3 or a name; repeatable."),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="CODES", help="Not these rules: SL201,SL3 or a name; repeatable."),
]
FailOn = Annotated[Level, typer.Option("--fail-on", help="Exit with 1 at a finding that is at least this bad.")]
Format = Annotated[
    str, typer.Option("--format", metavar="|".join(items("segloss_cli.render")), help="Form of the report.")
]
Output = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="[FORMAT=]FILE",
        help="Write the report to this file; with FORMAT= one more report, repeatable.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show findings only, and no progress.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 where it would be 1.")]
Summary = Annotated[bool, typer.Option("--summary", help="Show one line per file.")]
Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders or globs.", show_default=False)]
As = Annotated[FileRole | None, typer.Option("--as", help="Read the files as this instead of deciding by content.")]
Input = Annotated[InputKind, typer.Option("--input", help="What the values of a prediction are.")]
Member = Annotated[str | None, typer.Option("--member", metavar="NAME", help="The array to read from an .npz.")]

LossList = Annotated[
    list[str] | None,
    typer.Option("--loss", metavar="NAME[:knob=value,...]", help="Compute only this loss; repeatable."),
]
Like = Annotated[
    list[str] | None,
    typer.Option("--like", metavar="LIBRARY", help="Follow this library's convention; repeatable; all for every one."),
]
ClassWeights = Annotated[
    str | None,
    typer.Option("--class-weights", metavar="LIST|FILE", help="A weight per class: a,b,c or .npy, JSON, one a line."),
]
Teacher = Annotated[
    str | None, typer.Option("--teacher", metavar="PRED", help="A second prediction: the target of kl.")
]
Resize = Annotated[
    bool, typer.Option("--resize", help="Interpolate the logits to the label's size (bilinear, corners aligned).")
]
PerClass = Annotated[bool, typer.Option("--per-class", help="Show each loss by class.")]
PerImage = Annotated[bool, typer.Option("--per-image", help="Show each loss by image.")]
Grad = Annotated[
    bool, typer.Option("--grad", help="Show each loss's gradient with respect to the logits; needs torch.")
]
Find = Annotated[
    str | None,
    typer.Option(
        "--find", metavar="NUMBER", help="Find the loss, library and knobs that give this number; exit 1 if none does."
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device", metavar="auto|cpu|torch-cpu|cuda[:n]|mps", help="Where to compute; all but cpu use torch."
    ),
]
Dtype = Annotated[
    Literal["float32", "float64"] | None,
    typer.Option("--dtype", help="Arithmetic per pixel; sums are float64 anyway. By default as the prediction."),
]

_KINDS: dict[InputKind, Kind | None] = {
    "auto": None,
    "logits": "logits",
    "probs": "probabilities",
    "log-probs": "log-probabilities",
    "ids": "ids",
}


def kind_of(value: InputKind) -> Kind | None:
    """What ``--input`` declares; None where it is to be decided from the values."""
    return _KINDS[value]


def device_of(value: str) -> str:
    """The device to compute on; "auto" is the CPU, without torch: looking for another would cost seconds.

    Raises:
        UsageError: no device is called so.
    """
    if value in {"auto", "cpu"}:
        return "cpu"
    kind, _, number = value.partition(":")
    if kind not in {"cuda", "mps", "torch-cpu"} or (number and not (kind == "cuda" and number.isdigit())):
        raise UsageError(f"--device {value}: unknown; write auto, cpu, torch-cpu, cuda, cuda:1 or mps")
    return value


def contract_of(
    *,
    num_classes: int | None = None,
    ignore_index: Sequence[int] | None = None,
    names: str | Sequence[str] | None = None,
    task: Task | None = None,
    reduce_zero_label: bool = False,
) -> Contract:
    """The contract that the flags declare; the number of classes follows from names where only those are given.

    ``names`` is the text of ``--names``, or the names themselves.

    >>> contract_of(names="sky,road", ignore_index=[255]).num_classes
    2
    """
    ignore = frozenset(ignore_index or ())
    listed = _names(names) if isinstance(names, str) else tuple(names or ())
    _agree(num_classes, listed, ignore)
    given = {
        "num_classes": num_classes is not None,
        "ignore": bool(ignore),
        "names": bool(listed),
        "task": task is not None,
        "reduce_zero_label": reduce_zero_label,
    }
    return Contract(
        num_classes=num_classes if num_classes is not None else _count(listed, ignore),
        ignore=ignore,
        names=listed,
        task=task,
        reduce_zero_label=reduce_zero_label,
        declared=frozenset(name for name, said in given.items() if said),
    )


def words_of(**flags: object) -> tuple[str, ...]:
    """Flags as words of a command line, without those that were not given, or leave it to segloss.

    >>> words_of(num_classes=3, names=None, resize=True, device="auto")
    ('--num-classes', '3', '--resize')
    """
    words: list[str] = []
    for name, value in flags.items():
        if value is not False and value not in {None, "auto"}:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return tuple(words)


def entries_of(select: Iterable[str] | None, ignore: Iterable[str] | None) -> tuple[Entry, ...]:
    """The rules that ``--select`` and ``--ignore`` leave; a code that fits no rule is a UsageError."""
    from segloss_cli.rules import catalogue, selected

    wanted, unwanted = _codes(select), _codes(ignore)
    for code in (*wanted, *unwanted):
        if not selected([code], ()):
            known = ", ".join(entry.code for entry in catalogue())
            raise UsageError(f"no rule has the code, prefix or name {code!r}; known: {known}")
    return selected(wanted, unwanted)


def _codes(values: Iterable[str] | None) -> tuple[str, ...]:
    parts = (part.strip() for value in values or () for part in value.split(","))
    return tuple(part for part in parts if part)


def _names(value: str) -> tuple[str, ...]:
    path = Path(value)
    listed = _names_in(path) if "," not in value or path.is_file() else [part.strip() for part in value.split(",")]
    if not listed:
        raise UsageError(f"--names {value}: no class name in it; give a,b,c or a file with one name a line")
    return tuple(listed)


def _names_in(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"--names {path}: neither a,b,c nor a text file that can be read ({error})") from error
    if text.lstrip().startswith("["):
        return _names_of_json(path, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _names_of_json(path: Path, text: str) -> list[str]:
    import json

    try:
        listed = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--names {path}: not a JSON list ({error})") from error
    if not all(isinstance(name, str) for name in listed):
        raise UsageError(f"--names {path}: a JSON list of strings is needed, one per class")
    return [str(name) for name in listed]


def _count(names: tuple[str, ...], ignore: frozenset[int]) -> int | None:
    """As many classes as there are names; a name at the end that belongs to an ignored id is none."""
    count = len(names)
    while count and count - 1 in ignore:
        count -= 1
    return count or None


def _agree(num_classes: int | None, names: tuple[str, ...], ignore: frozenset[int]) -> None:
    if num_classes is None:
        return
    extra = [i for i in range(num_classes, len(names)) if i not in ignore]
    if extra:
        raise UsageError(
            f"--names gives {len(names)} names for --num-classes {num_classes}: "
            f"{names[extra[0]]!r} would be id {extra[0]}; raise --num-classes, or add --ignore-index {extra[0]}"
        )

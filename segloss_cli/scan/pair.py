"""A prediction and its label: what is wrong with the pair, and every loss of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segloss_cli._record import record
from segloss_cli._void import VOID
from segloss_cli.errors import ShapeError, UsageError
from segloss_cli.profile import profile_label, profile_scores
from segloss_cli.read import read_label, read_scores
from segloss_cli.scan._inferred import infer
from segloss_cli.scan._verdict import concluded, findings_of
from segloss_cli.scan.one_hot import with_one_hot
from segloss_cli.scan.options import Wanted, requests_of
from segloss_cli.scan.targets import targets_of
from segloss_cli.types import (
    Contract,
    LossValue,
    Mask,
    Profile,
    Report,
    Scores,
    ScoresProfile,
    Skipped,
)

if TYPE_CHECKING:
    from segloss_cli.scan.compare import Comparison
    from segloss_cli.scan.values import Computed, Work

StrPath = str | os.PathLike[str]
__all__ = [
    "Judged",
    "Loaded",
    "check_pair",
    "comparisons_of",
    "count_classes",
    "findings_of",
    "joined",
    "judge_pair",
    "load",
    "report_of",
    "same_size",
    "work_of",
]

_SCAN_BYTES = 64 << 20
"""Predictions up to this size are looked at whole; of larger logits a sample, and the losses tell if one is NaN."""

_NOTHING = Contract()
_EVERYTHING = Wanted()


@record(frozen=True)
class Judged:
    """One pair: its report, and the statistics from which a data set's value is made."""

    report: Report
    computed: Computed | None


def check_pair(
    pred: StrPath,
    label: StrPath,
    contract: Contract = _NOTHING,
    *,
    losses: Sequence[str] = (),
    like: Sequence[str] = (),
    wanted: Wanted = _EVERYTHING,
    teacher: StrPath | None = None,
) -> Report:
    """Check a prediction file against its label file, and compute losses.

    Args:
        pred: logits, probabilities or class ids: (C, H, W), (N, C, H, W), (H, W) or (N, H, W).
        label: class ids (H, W) or (N, H, W); 0/1 planes (C, H, W) for multi-label.
        contract: what the label is meant to be; the task and the number of classes are told from the prediction.
        losses: ``NAME`` or ``NAME:knob=value,...``; none for every loss that fits the task.
        like: libraries whose conventions to follow.
        wanted: everything else, see :class:`~segloss_cli.scan.options.Wanted`.
        teacher: a second prediction, the target of ``kl``.

    Returns:
        A report with the profiles of both files, the findings (worst first) and the losses.

    Raises:
        ReadError: a file cannot be read.
        UsageError: an unknown loss, knob or library.

    Example:
        >>> import numpy, pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> numpy.save(folder / "pred.npy", numpy.asarray([[[2.0, -2.0]], [[-1.0, 1.0]]]))
        >>> numpy.save(folder / "gt.npy", numpy.asarray([[0, 1]]))
        >>> report = check_pair(folder / "pred.npy", folder / "gt.npy", losses=["cross-entropy"])
        >>> round(report.losses[0].value, 6)  # ln(1 + e^-3), twice
        0.048587
    """
    asked = replace(wanted, requests=requests_of(losses, like) or wanted.requests, likes=tuple(like) or wanted.likes)
    other = None if teacher is None else os.fspath(teacher)
    return concluded(judge_pair(os.fspath(pred), os.fspath(label), contract, asked, other).report, asked)


def judge_pair(pred: str, label: str, contract: Contract, wanted: Wanted, teacher: str | None = None) -> Judged:
    """One pair of files, with the statistics kept."""
    from segloss_cli.scan.reduction import reduction_of_images
    from segloss_cli.scan.values import compute

    kept: list[Computed] = []

    def values_of(work: Work) -> tuple[LossValue, ...]:
        kept.append(compute(work, wanted))
        return kept[0].values

    report = report_of(load(pred, label, contract, wanted, teacher), wanted, values_of)
    facts = comparisons_of(part.comparisons for computed in kept for part in computed.parts)
    more = reduction_of_images(kept[0], report.contract, wanted) if kept else ()
    return Judged(replace(report, facts=facts, findings=report.findings + more), kept[0] if kept else None)


def report_of(loaded: Loaded, wanted: Wanted, values_of: Callable[[Work], tuple[LossValue, ...]]) -> Report:
    """What is wrong with a pair, and the values of it; skipped where the two files do not go together."""
    from segloss_cli.scan.values import skipped_all

    skipped: tuple[Skipped, ...] = ()
    files = (loaded.looked, loaded.profile)
    pred, label = (file.path for file in files)
    try:
        values = values_of(work_of(loaded, wanted))
    except ShapeError as error:
        task = loaded.contract.task or "multiclass"
        values = () if wanted.find else skipped_all(pred, label, task, wanted, str(error))
        skipped = (Skipped(pred, str(error)),)
    findings = findings_of(loaded, wanted, values)
    if any(finding.severity == "error" for finding in findings):
        skipped = ()  # it was judged, and found wrong
    return Report("compute", loaded.contract, files, findings, values, skipped)


def comparisons_of(groups: Iterable[Iterable[Comparison]]) -> dict[str, tuple[Comparison, ...]]:
    """What the libraries disagree on as a fact of the run; no fact where nothing was compared."""
    found = tuple(comparison for group in groups for comparison in group)
    return {"comparison": found} if found else {}


@record(frozen=True)
class Loaded:
    """Both files of a pair as read, what is in them, and the contract with what they add to it."""

    scores: Scores
    looked: ScoresProfile
    mask: Mask
    profile: Profile
    contract: Contract
    teacher: Scores | None


def load(pred: str, label: str, contract: Contract, wanted: Wanted, teacher: str | None = None) -> Loaded:
    """Read and profile both files of a pair.

    Raises:
        ReadError: one of them cannot be read.
    """
    mask = read_label(label, task=contract.task)
    profile = with_one_hot(mask, profile_label(mask), contract)
    return joined(pred, mask, profile, contract, wanted, teacher=teacher)


def joined(
    pred: str, mask: Mask, profile: Profile, contract: Contract, wanted: Wanted, *, teacher: str | None = None
) -> Loaded:
    """A label that was read already, with its prediction.

    Raises:
        ReadError: the prediction (or the label as planes) cannot be read.
    """

    def read(path: str) -> Scores:
        return read_scores(
            path,
            member=wanted.member,
            kind=wanted.kind,
            task=contract.task,
            num_classes=contract.num_classes if contract.says("num_classes") else None,
            label_shape=(profile.height, profile.width),
        )

    scores = read(pred)
    looked = profile_scores(scores, full=scores.array.nbytes <= _SCAN_BYTES)
    known = infer(contract, scores, profile)
    if known.task == "multilabel" and contract.task is None:
        mask = read_label(profile.path, task="multilabel")
    return Loaded(scores, looked, mask, profile, known, read(teacher) if teacher else None)


def work_of(loaded: Loaded, wanted: Wanted) -> Work:
    """What the losses of a pair are computed from.

    Raises:
        ShapeError: the two do not go together.
    """
    from segloss_cli.scan.values import Work

    scores, profile, teacher = loaded.scores, loaded.profile, loaded.teacher
    ids = loaded.mask.ids()
    classes = count_classes(scores, profile, loaded.contract)
    same_size(scores, profile, ids.shape[0], wanted)
    if teacher is not None and teacher.shape != scores.shape:
        raise UsageError(
            f"--teacher {teacher.container.path}: has the shape {teacher.shape}, the prediction {scores.shape}"
        )
    task = loaded.contract.task or "multiclass"
    targets = targets_of(ids, profile, loaded.contract, task, classes)
    size = (profile.height, profile.width)
    return Work(scores, targets, task, classes, size, teacher, profile.path)


def count_classes(scores: Scores, label: Profile, contract: Contract) -> int:
    """How many classes the losses have: the prediction's channels; for class ids the declared or the largest + 1.

    Raises:
        ShapeError: the declared number is not the prediction's, or a predicted id is no class.
    """
    declared = contract.num_classes if contract.says("num_classes") else None
    if contract.task == "binary":
        return 1
    if scores.kind == "ids":
        return _classes_of_ids(scores, label, contract, declared)
    channels = scores.shape[1]
    if declared is not None and declared != channels:
        raise ShapeError(f"the prediction has {channels} channels and --num-classes says {declared}")
    return channels


def _classes_of_ids(scores: Scores, label: Profile, contract: Contract, declared: int | None) -> int:
    from segloss_cli.scan.targets import distinct

    ids = [int(value) for value in distinct(scores.array)]
    known = (value for value in ids if value not in contract.ignore.union(VOID))
    classes = declared or max(_largest_class(label, contract), *known, 1) + 1
    stray = [value for value in ids if not 0 <= value < classes]
    if stray:
        raise ShapeError(f"the prediction holds id {stray[0]}, which is none of 0..{classes - 1}: map it to a class")
    return classes


def _largest_class(label: Profile, contract: Contract) -> int:
    return int(max((value for value in label.counts or {label.high: 1} if value not in contract.ignore), default=0))


def same_size(scores: Scores, label: Profile, images: int, wanted: Wanted) -> None:
    """Sizes that differ stop the losses, unless ``--resize`` was given and only height and width do."""
    n, _, h, w = scores.shape
    if images != n:
        raise ShapeError(f"the prediction holds {n} images and the label {images}")
    if (label.height, label.width) != (h, w) and not wanted.resize:
        raise ShapeError(
            f"the prediction is {h} x {w} and the label {label.height} x {label.width} (height x width): "
            "--resize interpolates the logits"
        )
    if (label.height, label.width) != (h, w) and scores.kind == "ids":
        raise ShapeError(f"the prediction is {h} x {w}, the label {label.height} x {label.width}: ids have no between")

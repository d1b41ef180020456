"""The parts of a report as JSON documents and lines have them; :func:`segloss_cli.render._json.plain` comes after."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from segloss_cli.render._fingerprint import fingerprints
from segloss_cli.render._groups import amounts
from segloss_cli.render._paths import posix
from segloss_cli.types import (
    Colour,
    Contract,
    Dataset,
    Finding,
    Gradient,
    LossValue,
    Match,
    Profile,
    Report,
    ScoresProfile,
    Seen,
    Split,
)

SCHEMA = "segloss/1"

_CONTRACT = ("num_classes", "ignore", "names", "palette", "task", "reduce_zero_label")
_ELSEWHERE = {"readers", "comparison", "totals", "exit_code"}


def of_contract(contract: Contract) -> dict[str, Any]:
    """What labels are meant to be, and what of it nobody declared."""
    known = {name: getattr(contract, name) for name in _CONTRACT}
    return {
        **known,
        "palette": [hexed(colour) for colour in contract.palette],
        "preset": contract.preset,
        "inferred": [name for name, value in known.items() if value and not contract.says(name)],
    }


def of_file(file: Profile | ScoresProfile, readers: Mapping[str, Any]) -> dict[str, Any]:
    """One file: its container, and what is in it."""
    box = file.container
    facts = {
        "path": posix(file.path),
        "kind": "label" if isinstance(file, Profile) else "prediction",
        "shape": box.shape,
        "dtype": box.dtype,
        "mode": box.mode,
        "format": box.format,
        "bit_depth": box.bit_depth,
        "frames": box.frames,
        "lossy": box.lossy,
        "alpha": box.alpha,
        "orientation": box.orientation,
        "bad_chunks": box.bad_chunks,
    }
    return {**facts, **(_label(file, readers) if isinstance(file, Profile) else _prediction(file))}


def of_dataset(dataset: Dataset) -> dict[str, Any]:
    """What there is in a data set: no file by name but the first that shows something."""
    return {
        "files": dict(sorted(dataset.files.items())),
        "unread": dataset.unread,
        "splits": {name: _split(split) for name, split in sorted(dataset.splits.items())},
        "encodings": _seen(dataset.encodings),
        "families": _seen(dataset.families),
        "modes": _seen(dataset.modes),
        "unpaired": dict(sorted(Counter(orphan.kind for orphan in dataset.orphans).items())),
    }


def of_classes(report: Report) -> list[dict[str, Any]]:
    """Each class of a data set that was checked: its pixels, its share, the files with it, and the same by split.

    There are none where no label's ids are known, or where there are more of them than a data set lists.
    """
    if report.dataset is None or not any(split.counts for split in report.dataset.splits.values()):
        return []
    if any(split.many for split in report.dataset.splits.values()):
        return []
    from segloss_cli.render._census import classes

    return classes(report.dataset, report.contract)


def of_findings(report: Report, root: str) -> list[dict[str, Any]]:
    """The findings, each with its fingerprint."""
    marks = fingerprints(report.findings, root)
    return [{**of_finding(f), "fingerprint": mark} for f, mark in zip(report.findings, marks, strict=True)]


def of_finding(finding: Finding) -> dict[str, Any]:
    """A finding without its fingerprint."""
    place = finding.place
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "path": posix(finding.path),
        "message": finding.message,
        "values": finding.values,
        "first": {"image": place.n, "y": place.y, "x": place.x} if place else None,
        "bbox": place.bbox if place else None,
        "evidence": finding.evidence,
        "remedy": finding.remedy,
    }


def of_loss(value: LossValue) -> dict[str, Any]:
    """A value; one that is not finite is undefined, with the reason."""
    finite = value.value is not None and math.isfinite(value.value)
    broken = value.status == "ok" and not finite
    return {
        "loss": value.loss,
        "like": value.like,
        "value": value.value,
        "status": "undefined" if broken else value.status,
        "reason": f"the value is {value.value}" if broken else value.reason,
        "range": [value.low, value.high],
        "knobs": value.knobs,
        "target": value.target,
        "over": value.over,
        "per_class": value.per_class,
        "per_image": value.per_image,
        "pixels": value.pixels,
        "pred": posix(value.pred),
        "label": posix(value.label),
        "grad": None if value.grad is None else _gradient(value.grad),
    }


def of_comparisons(report: Report) -> list[dict[str, Any]]:
    """What several libraries make of one loss."""
    return [
        {**one, **{name: posix(one[name]) for name in ("pred", "label")}} for one in report.facts.get("comparison", ())
    ]


def of_matches(report: Report) -> list[dict[str, Any]]:
    """What a search came upon, each with the command that shows it."""
    commands = report.facts.get("find", {}).get("commands", ())
    return [_match(match, command) for match, command in zip(report.matches, commands, strict=True)]


def of_skipped(report: Report) -> list[dict[str, Any]]:
    """The files that were not judged."""
    return [{"path": posix(skipped.path), "reason": skipped.reason} for skipped in report.skipped]


def of_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that have no place of their own in the document."""
    own = {name: fact for name, fact in facts.items() if name not in _ELSEWHERE}
    if "find" in own:
        own["find"] = {name: fact for name, fact in own["find"].items() if name != "commands"}
    return own


def of_summary(report: Report) -> dict[str, int | None]:
    """How many files were looked at, and how many findings there are, those that were not kept included."""
    found = amounts(report)
    return {
        "files": files_of(report),
        "errors": found["error"],
        "warnings": found["warning"],
        "infos": found["info"],
        "skipped": len(report.skipped),
        "exit_code": report.facts.get("exit_code"),
    }


def files_of(report: Report) -> int:
    """How many files were looked at."""
    if report.dataset is not None:
        return sum(report.dataset.files.values()) + report.dataset.unread
    return len(report.files) + len(report.skipped)


def hexed(colour: Colour) -> str:
    """A colour as ``#rrggbb``; where a band has more than 8 bits, with four digits for each, or with six.

    >>> hexed((128, 0, 255)), hexed((257, 0, 65535))
    ('#8000ff', '#01010000ffff')
    """
    digits = next((digits for digits in (2, 4) if max(colour) < 16**digits), 6)
    return "#" + "".join(f"{band:0{digits}x}" for band in colour)


def _label(file: Profile, readers: Mapping[str, Any]) -> dict[str, Any]:
    palette, counts = file.container.palette, file.counts
    shown = [value for value in counts or {} if 0 <= value < len(palette)]
    return {
        "images": file.images,
        "pixels": file.pixels,
        "values": counts,
        "distinct": file.distinct,
        "min": file.low,
        "max": file.high,
        "nonfinite": file.nonfinite,
        "colours": {hexed(key): n for key, n in file.colours.items()} if file.colours is not None else None,
        "palette": {value: hexed(palette[int(value)]) for value in shown} if palette else None,
        "readers": readers,
    }


def _prediction(file: ScoresProfile) -> dict[str, Any]:
    return {
        "reading": file.shape,
        "axes": file.axes,
        "axes_reason": file.axes_reason,
        "scores": file.kind,
        "scores_reason": file.kind_reason,
        "scores_declared": file.kind_declared,
        "min": file.low,
        "max": file.high,
        "nan": file.nan,
        "inf": file.inf,
        "first_bad": file.first_bad,
        "sums": None if file.sum_low is None else [file.sum_low, file.sum_high],
        "exact": file.exact,
    }


def _split(split: Split) -> dict[str, Any]:
    names = ("labels", "pixels", "empty", "uncounted", "many")
    return {name: getattr(split, name) for name in names}


def _seen(seen: Mapping[str, Seen]) -> dict[str, Any]:
    return {what: {"files": one.files, "first": posix(one.first)} for what, one in sorted(seen.items())}


def _match(match: Match, command: str) -> dict[str, Any]:
    return {
        "value": of_loss(match.value),
        "found": match.found,
        "what": match.what,
        "difference": match.difference,
        "agrees": match.agrees,
        "command": command,
    }


def _gradient(grad: Gradient) -> dict[str, Any]:
    return {
        "finite": grad.finite,
        "norm": grad.norm,
        "per_class": grad.per_class,
        "zero": grad.zero,
        "bad": grad.bad,
        "reason": grad.reason,
    }

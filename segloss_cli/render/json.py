r"""One JSON document per run, of the shape in ``report.schema.json``.

Pure ASCII, so that no file name can act on a terminal; numbers that are not finite are null; bytes of file names that
are not UTF-8 are written as ``\xNN``.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any

from segloss_cli import __version__
from segloss_cli.render import Detail
from segloss_cli.types import Colour, Contract, Finding, Gradient, LossValue, Profile, Report, ScoresProfile

SCHEMA = "segloss/1"

_CONTRACT = ("num_classes", "ignore", "names", "palette", "task", "reduce_zero_label")


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The document as text with a final newline; ``width``, ``colour`` and ``detail`` change nothing in it."""
    return json.dumps(plain(document(report, root)), indent=2, allow_nan=False) + "\n"


def document(report: Report, root: str = "") -> dict[str, Any]:
    """The document before :func:`plain`: paths are as they were given, fingerprints relative to ``root``."""
    readers = report.facts.get("readers", {})
    return {
        "schema": SCHEMA,
        "version": __version__,
        "command": report.command,
        "complete": report.complete,
        "contract": _contract(report.contract),
        "files": [_file(file, readers.get(file.path, {})) for file in report.files],
        "findings": _findings(report.findings, root),
        "losses": [_loss(value) for value in report.losses],
        "comparison": [{**one, **_paths(one)} for one in report.facts.get("comparison", ())],
        "matches": _matches(report),
        "skipped": [{"path": _posix(skipped.path), "reason": skipped.reason} for skipped in report.skipped],
        "facts": _facts(report.facts),
        "summary": _summary(report),
    }


def plain(value: Any) -> Any:
    """The value as JSON can hold it: numbers that are not finite become None, keys strings, lone surrogates escapes.

    >>> plain({1: (2.5, float("nan"))})
    {'1': [2.5, None]}
    """
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set | list | tuple):
        return [plain(item) for item in (sorted(value) if isinstance(value, frozenset | set) else value)]
    if isinstance(value, str):
        return value if value.isascii() else _without_surrogates(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int):
        return value
    # NumPy's and torch's scalars and arrays know their Python value; whatever else there is shows as text
    return plain(value.tolist() if hasattr(value, "tolist") else str(value))


def _contract(contract: Contract) -> dict[str, Any]:
    known = {name: getattr(contract, name) for name in _CONTRACT}
    return {
        **known,
        "palette": [_hex(colour) for colour in contract.palette],
        "inferred": [name for name, value in known.items() if value and not contract.says(name)],
    }


def _file(file: Profile | ScoresProfile, readers: Mapping[str, Any]) -> dict[str, Any]:
    box = file.container
    facts = {
        "path": _posix(file.path),
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
        "colours": {_hex(key): n for key, n in file.colours.items()} if file.colours is not None else None,
        "palette": {value: _hex(palette[int(value)]) for value in shown} if palette else None,
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


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that have no place of their own in the document."""
    own = {name: fact for name, fact in facts.items() if name not in {"readers", "comparison"}}
    if "find" in own:
        own["find"] = {name: fact for name, fact in own["find"].items() if name != "commands"}
    return own


def _paths(record: Mapping[str, Any]) -> dict[str, str]:
    return {name: _posix(record[name]) for name in ("pred", "label")}


def _matches(report: Report) -> list[dict[str, Any]]:
    commands = report.facts.get("find", {}).get("commands", ())
    return [
        {
            "value": _loss(match.value),
            "found": match.found,
            "what": match.what,
            "difference": match.difference,
            "agrees": match.agrees,
            "command": command,
        }
        for match, command in zip(report.matches, commands, strict=True)
    ]


def _findings(findings: tuple[Finding, ...], root: str) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    return [{**_finding(finding), "fingerprint": _fingerprint(finding, root, seen)} for finding in findings]


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "path": _posix(finding.path),
        "message": finding.message,
        "values": finding.values,
        "first": {"image": place.n, "y": place.y, "x": place.x} if place else None,
        "bbox": place.bbox if place else None,
        "evidence": finding.evidence,
        "remedy": finding.remedy,
    }


def _fingerprint(finding: Finding, root: str, seen: dict[str, int]) -> str:
    """Stable over runs and small edits of the file; a second finding with the same words gets its number in."""
    from hashlib import sha256

    words = "\0".join((finding.code, _relative(finding.path, root), finding.key))
    seen[words] = seen.get(words, 0) + 1
    numbered = words if seen[words] == 1 else f"{words}\0{seen[words]}"
    return sha256(numbered.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _loss(value: LossValue) -> dict[str, Any]:
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
        "pred": _posix(value.pred),
        "label": _posix(value.label),
        "grad": None if value.grad is None else _gradient(value.grad),
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


def _summary(report: Report) -> dict[str, int]:
    severities = [finding.severity for finding in report.findings]
    return {
        "files": len(report.files) + len(report.skipped),
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
        "infos": severities.count("info"),
        "skipped": len(report.skipped),
    }


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


def _relative(path: str, root: str) -> str:
    absolute = os.path.normpath(os.path.join(root, path))
    inside = root and absolute.startswith(os.path.join(root, ""))
    return _posix(os.path.relpath(absolute, root) if inside else os.path.normpath(path))


def _without_surrogates(text: str) -> str:
    return (
        "".join(f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in text)
        .encode("utf-8", "backslashreplace")
        .decode()
    )

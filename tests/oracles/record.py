"""Asks the libraries and writes what they answer as JSON; started by ``tests/oracles/run``, which has the libraries.

``record.py FILE`` writes the record, ``record.py --check FILE`` compares a fresh one with it, and checks measured.json.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cases
import formulas
import formulas_pixels
import formulas_planes
import formulas_regions
import formulas_sums
import libraries
import measured
import numpy as np
import rows_kornia
import rows_mmseg
import rows_monai
import rows_nnunet
import rows_smp
import rows_toolbelt
import rows_tutorials
import torch
from batch import Batch, Row

LIBRARIES = (
    "torch",
    "torchvision",
    "segmentation-models-pytorch",
    "monai",
    "kornia",
    "mmsegmentation",
    "nnunetv2",
    "pytorch-toolbelt",
    "numpy",
    "scipy",
)
PARTS = (
    libraries,
    formulas,
    formulas_pixels,
    formulas_regions,
    formulas_planes,
    formulas_sums,
    rows_mmseg,
    rows_nnunet,
    rows_toolbelt,
    rows_monai,
    rows_smp,
    rows_kornia,
    rows_tutorials,
)
ROWS: tuple[Row, ...] = tuple(row for part in PARTS for row in part.ROWS)

# The cases that parameters beside the defaults are recorded on (with ignored pixels where the call knows them), those
# with class weights and those with a teacher.
SHORT = frozenset({"E", "E-ignored", "nineteen", "nineteen-ignored", "binary", "binary-ignored"})
SHAPED = frozenset({"shapes", "shapes-ignored", "binary-shapes", "binary-shapes-ignored"})
WEIGHED = SHORT | {"E-absent", "one-image-ignored", "two-classes", "void-image", "perfect-absent"}
TAUGHT = SHORT | {"one-image", "two-classes"}
# The only ones that rare conventions are asked about.
FEW = SHORT | SHAPED | {"E-absent", "one-image-ignored", "two-classes", "two-classes-ignored", "perfect"}
# An ignore id is handed over here although no pixel has it: some libraries then divide by something else.
NEEDLESS = ("E", "two-classes", "binary")

# Two records are equal when their values are this close, relatively or (for values that cancel to 0) absolutely.
RELATIVE, ABSOLUTE = 1e-12, 1e-14

Entry = dict[str, Any]


def asks(row: Row) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What to ask of a row: each case with the entry's fields so far."""
    names = cases.BOXES if row.loss == "giou" else {**cases.MULTICLASS, **cases.BINARY}
    names = {**names, **(cases.SHAPES if row.shapes else {}), **({} if row.like else cases.VOID)}
    for case in map(cases.build, names):
        name = case["case"]
        if not fits(row, case):
            continue
        plain = row.knobs[0] if row.required else {}
        others = (knobs for knobs in row.knobs if knobs is not plain)
        for knobs in (plain, *(others if name in varied(row) else ())):
            if knobs.get("n_min", 0) < case["labels"].size:
                for handed in handings(row, case, plain=knobs is plain):
                    yield case, {"knobs": dict(knobs), **handed}


def fits(row: Row, case: dict[str, Any]) -> bool:
    """Whether to ask a row about a case: of the two forms of most cases the ignored one, where the call knows that."""
    ignoring, name = "ignore" in row.takes, case["case"]
    if case["task"] not in row.tasks or (case["ignore"] is not None and not ignoring):
        return False
    if (row.rare and name not in FEW) or (row.channels and case["logits"].shape[1] not in {1, row.channels}):
        return False
    return not (ignoring and f"{name}-ignored" in cases.CASES) or name in {*NEEDLESS, *cases.BOXES}


def varied(row: Row) -> frozenset[str]:
    """The cases on which a row's other parameters are recorded."""
    return frozenset(n for n in SHORT | SHAPED if n.endswith("-ignored") == ("ignore" in row.takes)) | {"E"}


def handings(row: Row, case: dict[str, Any], *, plain: bool) -> Iterator[dict[str, Any]]:
    """What is handed over beside logits and labels: all that the call takes, but only with ``plain`` parameters."""
    nothing = {"ignore": case["ignore"], "weights": False, "teacher": False}
    yield nothing
    weights = "weights" if case["task"] == "multiclass" else "two weights"
    if weights in row.takes and plain and case["case"] in WEIGHED:
        yield nothing | {"weights": True}
    if "teacher" in row.takes and plain and case["case"] in TAUGHT:
        yield nothing | {"teacher": True}
    if "ignore" in row.takes and plain and case["case"] in NEEDLESS:
        yield nothing | {"ignore": cases.IGNORE}


def batch(case: dict[str, Any], handed: dict[str, Any]) -> Batch:
    """The case as tensors."""
    return Batch(
        torch.from_numpy(case["logits"]),
        torch.from_numpy(case["labels"]),
        handed["ignore"],
        torch.from_numpy(case["weights"]) if handed["weights"] else None,
        torch.from_numpy(case["teacher"]) if handed["teacher"] else None,
    )


def identity(row: Row, case: dict[str, Any], handed: dict[str, Any]) -> str:
    """A readable id: loss/convention/case and what is not the default."""
    parts = [row.loss, row.like or "default", case["case"]]
    parts += [f"{name}={value}" for name, value in handed["knobs"].items()]
    parts += ["ignore"] if handed["ignore"] is not None and case["ignore"] is None else []
    return "/".join(parts + [name for name in ("weights", "teacher") if handed[name]])


def answer(row: Row, case: dict[str, Any], handed: dict[str, Any]) -> dict[str, Any]:
    """The library's value, or what it raised."""
    knobs = {} if row.loss == "giou" else handed["knobs"]
    try:
        result = row.function(batch(case, handed), **knobs)
    except (ValueError, TypeError, RuntimeError, IndexError) as error:
        return {"value": None, "dtype": "float64", "error": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
    found: Entry = {"value": float(result.nanmean()), "dtype": str(result.dtype).removeprefix("torch.")}
    if not math.isfinite(found["value"]):
        what = "no error, but" if row.like else "undefined:"
        found |= {"value": None, "error": f"{what} the value is {found['value']}"}
    if result.ndim:
        found["per_class"] = [[None if math.isnan(v) else v for v in image] for image in result.tolist()]
    return found


def entries() -> list[Entry]:
    """Every row asked of every case it takes."""
    found = []
    for row in ROWS:
        for case, handed in asks(row):
            head = {"id": identity(row, case, handed), "case": case["case"], "loss": row.loss, "like": row.like}
            shown = {name: value for name, value in handed.items() if name != "teacher" or value}
            found.append(head | {"task": case["task"]} | shown | {"call": row.call} | answer(row, case, handed))
    return found


def example_is_the_measured_one() -> None:
    """Example E must be the one that the measured tables use.

    Raises:
        ValueError: NumPy's frozen stream gave something else.
    """
    arrays = {
        "E logits": cases.build("E")["logits"].astype(np.float32),
        **{f"{name} labels": cases.build(name)["labels"] for name in ("E", "E-ignored", "E-absent")},
    }
    wrong = [name for name, array in arrays.items() if cases.digest(array) != cases.DIGESTS[name]]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} of cases.py changed: its sha256 is not the recorded one")


def record() -> dict[str, Any]:
    """The whole record, in a fixed order."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    example_is_the_measured_one()
    found = entries()
    if len({entry["id"] for entry in found}) != len(found):
        raise ValueError("two entries have the same id: identity() leaves something out")
    return {"versions": {name: version(name) for name in LIBRARIES}, "entries": found}


def text(whole: dict[str, Any]) -> str:
    """JSON with one entry a line, so that a difference is a line."""
    lines = ",\n".join(json.dumps(entry, allow_nan=False, separators=(",", ":")) for entry in whole["entries"])
    return f'{{"versions": {json.dumps(whole["versions"])},\n"entries": [\n{lines}\n]}}\n'


def same(field: str, old: Any, new: Any) -> bool:
    """Whether two fields agree: numbers of ``value`` and ``per_class`` nearly, the rest exactly."""
    if field == "per_class" and isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(same(field, a, b) for a, b in zip(old, new, strict=True))
    if field in {"value", "per_class"} and isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(old == new)


def differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """A line for each difference between two records."""
    for name in sorted(old["versions"].keys() | new["versions"].keys()):
        pair = old["versions"].get(name), new["versions"].get(name)
        if pair[0] != pair[1]:
            yield f"version of {name}: the record has {pair[0]}, here it is {pair[1]}"
    before, after = ({entry["id"]: entry for entry in whole["entries"]} for whole in (old, new))
    yield from (f"{name}: in the record only" for name in before.keys() - after.keys())
    yield from (f"{name}: missing in the record" for name in after.keys() - before.keys())
    for name in [name for name in before if name in after]:
        for field in sorted(before[name].keys() | after[name].keys()):
            pair = before[name].get(field), after[name].get(field)
            if not same(field, *pair):
                yield f"{name}: {field}: the record has {pair[0]!r}, here it is {pair[1]!r}"


def check(path: Path) -> int:
    """1 and the differences if a fresh record is not the one in ``path``, or measured.json has another number."""
    old, new = json.loads(path.read_text(encoding="utf-8")), record()
    found = list(differences(old, new))
    wrong = list(measured.faults(Path(__file__).with_name("measured.json"), ROWS))
    for line in found + wrong:
        print(line)
    print(f"oracles: {len(new['entries'])} entries, {len(found)} differences from {path}", file=sys.stderr)
    print(f"oracles: {len(wrong)} numbers of measured.json do not come out", file=sys.stderr)
    return 1 if found or wrong else 0


def write(path: Path) -> int:
    """The record into ``path``, whole or not at all."""
    whole = record()
    part = path.with_name(f".{path.name}.part")
    part.write_text(text(whole), encoding="utf-8")
    os.replace(part, path)
    errors = sum("error" in entry for entry in whole["entries"])
    print(f"oracles: {len(whole['entries'])} entries ({errors} without a value) in {path}", file=sys.stderr)
    return 0


def main(arguments: list[str]) -> int:
    """Write or check."""
    ours = Path(__file__).with_name("record.json")
    if arguments[:1] == ["--check"]:
        return check(Path(arguments[1]) if arguments[1:] else ours)
    return write(Path(arguments[0]) if arguments else ours)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

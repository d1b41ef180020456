"""Checks measured.json: every number in it must come out of the rows that the record is made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cases
import torch
from batch import Batch, Row

Entry = dict[str, Any]
case = cache(cases.build)


def batch(entry: Entry) -> Batch:
    """What an entry hands over; ``weights`` are the case's, or its own numbers."""
    data, weights = case(entry["case"]), entry["weights"]
    own = data["weights"] if weights is True else weights
    return Batch(
        torch.from_numpy(data["logits"]),
        torch.from_numpy(data["labels"]),
        entry["ignore"],
        torch.as_tensor(own, dtype=torch.float64) if weights else None,
        torch.from_numpy(data["teacher"]) if entry.get("teacher") else None,
    )


def computed(entry: Entry, rows: tuple[Row, ...]) -> float:
    """The value of the first row of that loss and library that has all the knobs.

    Raises:
        LookupError: there is none.
    """
    for row in rows:
        if (row.loss, row.like) == (entry["loss"], entry["like"]):
            try:
                return float(row.function(batch(entry), **entry["knobs"]))
            except TypeError:
                continue
    raise LookupError(f"no row of {entry['loss']} {entry['like']} has the knobs {', '.join(entry['knobs'])}")


def faults(path: Path, rows: tuple[Row, ...]) -> Iterator[str]:
    """A line for each number that does not come out to one unit of its last digit (some were printed from float32)."""
    for entry in json.loads(path.read_text(encoding="utf-8"))["entries"]:
        found = entry["scale"] * computed(entry, rows) + entry["offset"]
        if abs(found - entry["value"]) > 10.0 ** -entry["digits"]:
            yield f"{path.name}: {entry['section']} {entry['row']}, {entry['case']}: {entry['value']}, here {found!r}"

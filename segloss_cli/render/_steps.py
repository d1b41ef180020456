"""What the report for people says of a trace: a pixel's steps, a row per class, and the classes' regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segloss_cli.render._blocks import Block, Column, Grid, cell, line
from segloss_cli.types import Contract

_COLUMNS = {
    "logits": "logit z",
    "shifted": "z - max",
    "exponentials": "exp",
    "probabilities": "p",
    "log_probabilities": "ln p",
    "log_complements": "ln (1 - p)",
}


def of_trace(steps: Mapping[str, Any], contract: Contract) -> list[Block]:
    """The pixel, then the regions."""
    n, y, x = steps["pixel"]
    head = line(f"pixel y={y}, x={x} of image {n}: label {steps['label']:g}, {steps['head']}", "head")
    closing = (
        "ignored, or no class: no loss" if steps["nll"] is None else f"loss of this pixel: {steps['nll']:.10g} nats"
    )
    known = {name: title for name, title in _COLUMNS.items() if name in steps}
    blocks: list[Block] = [head, _grid(known, steps, contract, marked=int(steps["label"])), line(closing)]
    regions = steps["regions"]
    titles = {name: name.replace("_", " ") for name in regions}
    return [*blocks, line(""), line("all valid pixels", "head"), _grid(titles, regions, contract)]


def _grid(titles: Mapping[str, str], values: Mapping[str, Any], contract: Contract, marked: int | None = None) -> Grid:
    columns = (Column("class", wrap=True), *(Column(title, right=True) for title in titles.values()))
    listed: Sequence[Sequence[float]] = [values[name] for name in titles]
    rows = []
    for index in range(len(listed[0])):
        named = f"{index} {contract.names[index]}" if index < len(contract.names) else str(index)
        named = "foreground" if len(listed[0]) == 1 else named
        style = "head" if index == marked and len(listed[0]) > 1 else ""
        rows.append([cell(named, style), *(cell(f"{column[index]:.10g}", style) for column in listed)])
    return Grid(columns, rows)

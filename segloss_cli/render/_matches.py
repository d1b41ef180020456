"""What the report for people says of a number that was looked for: what gives it, and how to see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segloss_cli.render._blocks import Block, Cell, Column, Either, Grid, cell, line
from segloss_cli.render._files import count
from segloss_cli.render._values import digits, label_of
from segloss_cli.types import Match

_SHOWN = 12
"""At most so many settings that agree are shown."""

_OTHERS = 3
"""And so many others, beside them."""


def of_matches(matches: Sequence[Match], facts: Mapping[str, Any]) -> Iterator[Block]:
    """What agrees, or the nearest where nothing does; how much of it is chance, and what was not tried."""
    rows = list(zip(matches, facts["commands"], strict=True))
    agreeing = [row for row in rows if row[0].agrees]
    yield line(_verdict(facts), "good" if agreeing else "warning")
    if facts["tried"]:
        yield line(_chance(facts), "dim")
    if agreeing:
        yield _table(agreeing[:_SHOWN])
        more = facts["agreeing"] - len(agreeing[:_SHOWN])
        if more:
            yield line(f"and {more:,} more, which set as much or more (--format json lists some)", "dim")
        yield line("")
    others = [row for row in rows if not row[0].agrees]
    if others:
        yield line("the nearest others" if agreeing else "the nearest", "head")
        yield _table(others[:_OTHERS] if agreeing else others)
    yield from (line(f"not tried: {reason}", "warning") for reason in facts.get("missing", ()))
    if facts["not_tried"]:
        names = ", ".join(facts["not_tried"])
        yield line(f"not tried, since they take long: {names}; name one with --loss", "dim")


def _verdict(facts: Mapping[str, Any]) -> str:
    if not facts["tried"]:
        return f"nothing was tried for {facts['wanted']}: {facts['nothing']}"
    tried = count(facts["tried"], "setting")
    if not facts["agreeing"]:
        return f"nothing gives {facts['wanted']}: {tried} tried"
    what = "1 setting gives" if facts["agreeing"] == 1 else f"{facts['agreeing']:,} settings give"
    return f"{what} {facts['wanted']}, of {facts['tried']:,} tried"


def _chance(facts: Mapping[str, Any]) -> str:
    every, plain = facts["by_chance"], facts["by_chance_plain"]
    text = f"by chance about {every:.2g} of them would agree to these digits; of the plain defaults, {plain:.2g}"
    return f"{text}: more digits tell them apart" if every >= 1 else text


def _table(rows: Sequence[tuple[Match, str]]) -> Either:
    wide: list[list[Cell]] = []
    narrow: list[list[Cell]] = []
    for match, command in rows:
        number, what = cell(digits(match.found), "good" if match.agrees else ""), cell(_what(match))
        wide.append([number, what, cell(command)])
        narrow += [[number, what], [cell(""), cell(command, "dim")]]
    columns = (Column("number", right=True), Column("is"), Column("command"))
    return Either(
        Grid(columns, wide, indent=0),
        Grid((Column("number", right=True), Column("is", wrap=True)), narrow, indent=0),
    )


def _what(match: Match) -> str:
    target = "" if match.value.target == "given" else match.value.target
    return ", ".join(filter(None, (label_of(match.value), match.what, target)))

"""``segloss rules [CODE]``: the list of rules, or the page of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from segloss_cli.errors import UsageError

if TYPE_CHECKING:
    from segloss_cli.render._blocks import Block
    from segloss_cli.rules import Entry


def rules(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="A code or name, for its page: SL201, id-out-of-range.")
    ] = None,
) -> int:
    """List the rules, or show the page of one."""
    from segloss_cli.cli._finish import put, terminal
    from segloss_cli.render.table import lay_out
    from segloss_cli.rules import catalogue

    width, colour = terminal()
    blocks = _list(catalogue()) if code is None else _page(_found(code, catalogue()))
    put(lay_out(blocks, width=width, colour=colour))
    return 0


def summary_of(entry: Entry) -> str:
    """The first line of a rule's page, without its full stop."""
    return entry.page.strip().partition("\n")[0].rstrip(".")


def _found(code: str, entries: tuple[Entry, ...]) -> Entry:
    for entry in entries:
        if code.upper() == entry.code or code.lower() == entry.name:
            return entry
    raise UsageError(f"no rule {code!r}; known: {', '.join(entry.code for entry in entries)}")


def _list(entries: tuple[Entry, ...]) -> list[Block]:
    from segloss_cli.render._blocks import Column, Grid, cell

    columns = (Column("code"), Column("name"), Column("about"), Column("severity"), Column("says", wrap=True))
    rows = [
        [
            cell(entry.code),
            cell(entry.name, "head"),
            cell(entry.rule.about),
            cell(entry.rule.severity, entry.rule.severity),
            cell(summary_of(entry)),
        ]
        for entry in entries
    ]
    return [Grid(columns, rows, indent=0)]


def _page(entry: Entry) -> list[Block]:
    from segloss_cli.render._blocks import Line, Span, line

    head = Line((Span(entry.code, entry.rule.severity), Span(f" {entry.name}", "head")))
    facts = line(f"{entry.rule.severity}, {entry.rule.certainty}, about a {entry.rule.about}", "dim")
    page = [line(text.strip(), indent=len(text) - len(text.lstrip())) for text in entry.page.strip().splitlines()]
    bad = [line(example.note, indent=2) for example in entry.rule.bad]
    good = [line(example.note, indent=2) for example in entry.rule.good]
    return [
        head,
        facts,
        line(""),
        *page,
        line(""),
        line("speaks up", "head"),
        *bad,
        line("stays silent", "head"),
        *good,
    ]

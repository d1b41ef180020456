"""``segloss presets [NAME]``: the list of presets, or the page of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from segloss_cli.presets import Entry, Preset
    from segloss_cli.render._blocks import Block


def presets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A preset, for its page: voc, ade20k.")] = None,
) -> int:
    """List the presets for well-known data sets, or show the page of one."""
    from segloss_cli.cli._finish import put, terminal
    from segloss_cli.presets import catalogue, entry
    from segloss_cli.render.table import lay_out

    width, colour = terminal()
    blocks = _list(catalogue()) if name is None else _page(entry(name))
    put(lay_out(blocks, width=width, colour=colour))
    return 0


def _list(entries: tuple[Entry, ...]) -> list[Block]:
    from segloss_cli.presets import summary
    from segloss_cli.render._blocks import Column, Grid, cell

    columns = (
        Column("name"),
        Column("classes", right=True),
        Column("ignored"),
        Column("stored as"),
        Column("says", wrap=True),
    )
    rows = [
        [
            cell(entry.preset.name, "head"),
            cell(str(entry.preset.num_classes or "")),
            cell(ignored_by(entry.preset)),
            cell(stored_as(entry.preset)),
            cell(summary(entry)),
        ]
        for entry in entries
    ]
    return [Grid(columns, rows, indent=0)]


def _page(entry: Entry) -> list[Block]:
    from segloss_cli.render._blocks import Line, Span, line

    preset = entry.preset
    head = Line((Span(preset.name, "head"), Span(f"  {preset.title}")))
    facts = f"{preset.num_classes or 'no'} classes, ignored: {ignored_by(preset) or 'nothing'}, {stored_as(preset)}"
    page = [line(text.strip(), indent=len(text) - len(text.lstrip())) for text in entry.page.strip().splitlines()]
    return [head, line(facts, "dim"), line(""), *page, *_layout(preset), *_classes(preset)]


def _layout(preset: Preset) -> list[Block]:
    from segloss_cli.render._blocks import line

    patterns = [*preset.layout.images, *preset.layout.labels]
    if not patterns:
        return []
    return [line(""), line("files", "head"), *(line(pattern, indent=2) for pattern in patterns)]


def _classes(preset: Preset) -> list[Block]:
    """The classes by their id as stored, with the colour that they are drawn in."""
    from segloss_cli.render._blocks import Column, Grid, cell, line

    if not preset.names:
        return []
    shift = int(preset.reduce_zero_label)
    rows = [
        [cell(str(number + shift)), cell(name), cell(_hexadecimal(preset, number), "dim")]
        for number, name in enumerate(preset.names)
    ]
    columns = (Column("stored id", right=True), Column("class"), Column("colour"))
    return [line(""), line("classes", "head"), Grid(columns, rows, indent=2)]


def ignored_by(preset: Preset) -> str:
    """The stored ids that are ignored, in a few words.

    >>> from segloss_cli.presets import find
    >>> ignored_by(find("voc")), ignored_by(find("ade20k")), ignored_by(find("kitti"))
    ('255', '0', '16 ids')
    """
    if preset.reduce_zero_label:
        return "0"
    ids = sorted(preset.ignore)
    return ", ".join(map(str, ids)) if len(ids) <= 2 else f"{len(ids)} ids"


def stored_as(preset: Preset) -> str:
    """How labels are stored, in a few words.

    >>> from segloss_cli.presets import find
    >>> stored_as(find("voc")), stored_as(find("ade20k")), stored_as(find("potsdam"))
    ('ids from 0', 'ids from 1', 'colours')
    """
    if preset.coded:
        return "colours" if preset.palette else "ids in RGB"
    if preset.instances:
        return "ids of objects"
    return f"ids from {int(preset.reduce_zero_label)}"


def _hexadecimal(preset: Preset, number: int) -> str:
    if number >= len(preset.palette):
        return ""
    red, green, blue = preset.palette[number]
    return f"#{red:02x}{green:02x}{blue:02x}"

"""What the report for people says about one file: its container, its values, what wrong readers would see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli.render._blocks import Block, Cell, Column, Grid, Line, Span, cell, line
from segloss_cli.render._document import hexed
from segloss_cli.types import Colour, Contract, Number, Profile, ScoresProfile

_READERS = {"np.asarray": "np.asarray", "ToTensor": "ToTensor", "convert_L": 'convert("L")'}


def of_label(file: Profile, contract: Contract, readers: Mapping[str, Any]) -> list[Block]:
    """Container, then a row for every id or colour, then how OpenCV would open a palette."""
    blocks: list[Block] = [line(container(file), indent=2), *_oddities(file)]
    if file.counts is not None:
        blocks.append(_ids(file, contract, readers))
    elif file.colours is not None:
        blocks.append(_colours(file, contract))
    else:
        blocks.append(line(distinct(file), indent=2))
    if "cv2_imread" in readers:
        height, width = file.container.shape[:2]
        blocks.append(
            line(f"cv2.imread gives colours ({height}, {width}, 3) in the order B, G, R; the ids are lost", indent=2)
        )
    return blocks


def of_prediction(file: ScoresProfile) -> list[Block]:
    """Container, the reading of the shape, what the values are, their range, what is not finite, and class sums."""
    images, classes, height, width = file.shape
    reading = f"{file.axes}: {count(images, 'image')}, {count(classes, 'channel')}, {height} x {width}"
    facts = [
        ("reading", _because(reading, file.axes_reason)),
        ("values", _because(file.kind, "declared" if file.kind_declared else file.kind_reason)),
        ("range", f"{number(file.low)} to {number(file.high)}"),
        ("not finite", _nonfinite(file)),
    ]
    if file.sum_low is not None and file.sum_high is not None:
        facts.append(("class sums", f"{number(file.sum_low)} to {number(file.sum_high)}"))
    rows = [Line((Span(f"{name:<12}", "dim"), Span(text)), indent=2) for name, text in facts]
    return [line(container(file), indent=2), *rows]


def container(file: Profile | ScoresProfile) -> str:
    """The container in a line: format, mode, bit depth, size, dtype."""
    box = file.container
    if not box.mode:
        return f"{box.format}, {box.dtype}, shape {box.shape}"
    mode = f"mode {box.mode} (palette)" if box.mode == "P" else f"mode {box.mode}"
    depth = f"{box.bit_depth}-bit" if box.bit_depth else ""
    size = "{} x {} (height x width)".format(*box.shape)
    return ", ".join(fact for fact in [box.format, mode, depth, size, box.dtype] if fact)


def distinct(file: Profile) -> str:
    """How many values or colours there are, and their range."""
    noun = "colour" if file.container.mode in {"RGB", "RGBA"} and not file.grey else "value"
    return f"{count(file.distinct, noun)}, {number(file.low)} to {number(file.high)}"


def number(value: Number | None) -> str:
    """A number as short as it can be told apart.

    >>> number(0.003921568859368563), number(40), number(1e-9)
    ('0.00392157', '40', '1e-09')
    """
    return "none" if value is None else str(value) if isinstance(value, int) else f"{value:.6g}"


def count(amount: int, noun: str) -> str:
    """An amount with its noun.

    >>> count(2, "file"), count(1, "class")
    ('2 files', '1 class')
    """
    many = noun + ("es" if noun.endswith("s") else "s")
    return f"{amount:,} {noun if amount == 1 else many}"


def _oddities(file: Profile) -> list[Block]:
    box = file.container
    facts = {
        count(file.images, "image"): file.images != 1,
        f"{box.frames} frames": box.frames > 1,
        "lossy compression": box.lossy,
        f"alpha {box.alpha}": box.alpha != "none",
        f"EXIF orientation {box.orientation}": box.orientation != 1,
        f"bad checksum in {', '.join(box.bad_chunks)}": bool(box.bad_chunks),
        f"{file.nonfinite:,} values not finite": bool(file.nonfinite),
    }
    odd = [fact for fact, holds in facts.items() if holds]
    return [line(", ".join(odd), indent=2)] if odd else []


def _ids(file: Profile, contract: Contract, readers: Mapping[str, Any]) -> Grid:
    palette = file.container.palette
    seen = {title: readers[name] for name, title in _READERS.items() if name in readers}
    columns = [Column("id", right=True), Column("pixels", right=True), Column("share", right=True)]
    columns += [Column("class", wrap=True)] if contract.names or contract.ignore else []
    columns += [Column("colour")] if palette else []
    columns += [Column(title, right=True) for title in seen]
    rows = []
    for value, pixels in (file.counts or {}).items():
        row = [cell(number(value)), cell(f"{pixels:,}"), cell(_share(pixels, file.pixels))]
        row += [cell(_class(value, contract))] if contract.names or contract.ignore else []
        row += [_swatch(_colour_of(palette, value))] if palette else []
        row += [cell(_seen(view[value])) for view in seen.values()]
        rows.append(row)
    return Grid(tuple(columns), rows)


def _colours(file: Profile, contract: Contract) -> Grid:
    known = {colour: i for i, colour in enumerate(contract.palette)}
    rows = [
        [
            _swatch(colour),
            cell(colour),
            cell(f"{pixels:,}"),
            cell(_share(pixels, file.pixels)),
            *([cell(_class(known[colour], contract) if colour in known else "")] if known else []),
        ]
        for colour, pixels in (file.colours or {}).items()
    ]
    columns = (Column("colour"), Column("(r, g, b)"), Column("pixels", right=True), Column("share", right=True))
    return Grid(columns + ((Column("class", wrap=True),) if known else ()), rows)


def _class(value: Number, contract: Contract) -> str:
    name = contract.names[int(value)] if value == int(value) and 0 <= value < len(contract.names) else ""
    return f"{name} (ignored)".lstrip() if value in contract.ignore else name


def _colour_of(palette: tuple[Colour, ...], value: Number) -> Colour | None:
    return palette[int(value)] if 0 <= value < len(palette) else None


def _swatch(colour: Colour | None) -> Cell:
    if colour is None:
        return cell("not in palette", "warning")
    code = hexed(colour)
    return (Span("██ ", code), Span(code)) if max(colour) < 256 else (Span(code),)


def _seen(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _share(pixels: int, total: int) -> str:
    """A share in percent that shows 0 and 100 only where they are exact."""
    percent = 100 * pixels / max(total, 1)
    if 0 < percent < 0.01:
        return "<0.01 %"
    return f"{min(percent, 99.99) if pixels < total else percent:.2f} %"


def _nonfinite(file: ScoresProfile) -> str:
    amounts = f"{file.nan:,} NaN, {file.inf:,} infinite"
    first = ""
    if file.first_bad is not None:
        image, channel, y, x = file.first_bad
        first = f"; the first at image {image}, channel {channel}, y={y}, x={x}"
    return amounts + first + ("" if file.exact else "; from a sample of the values")


def _because(fact: str, reason: str) -> str:
    return f"{fact} ({reason})" if reason else fact

"""Tables of classes: colours by name (``class_dict.csv``, CVAT, CamVid), ids by name (Roboflow's ``_classes.csv``)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from segloss_cli.errors import ReadError
from segloss_cli.presets._preset import Layout
from segloss_cli.presets._source import Existing, checked, full, stamped, void_of
from segloss_cli.types import Colour, Contract

Row = tuple[str, Colour]

_CVAT = re.compile(r"([^:]{1,200}):\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*:[^:]*:[^:]*")
_CAMVID = re.compile(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+(\S.{0,199})")


def read(path: str, text: str) -> Existing | None:
    """The contract of a table; None where it is none of the known kinds.

    Raises:
        ReadError: a row of it makes no sense.
    """
    name = path.replace("\\", "/").rpartition("/")[2]
    if name == "_classes.csv":
        return _of_roboflow(path, text)
    reader = {"class_dict.csv": _class_dict, "labelmap.txt": _cvat, "label_colors.txt": _camvid}[name]
    rows = [*reader(path, text)]
    return _coded(path, rows) if rows else None


def _coded(path: str, rows: list[Row]) -> Existing:
    """Labels drawn in the table's colours; the row is the id."""
    names = checked(path, {number: name for number, (name, _) in enumerate(rows)})
    palette = tuple(colour for _, colour in rows)
    contract = Contract(
        num_classes=len(names), names=full(names), palette=palette, coded=True, ignore=void_of(names), task="multiclass"
    )
    doubled = len(palette) - len({*palette})
    note = f"{path}: {doubled} of the {len(palette)} colours are there twice: those classes cannot be told apart"
    terms = ("num_classes", "names", "palette", "coded")
    return Existing(stamped(path, contract, terms), path, (note,) if doubled else ())


def _class_dict(path: str, text: str) -> Iterator[Row]:
    for number, row in enumerate(_csv(path, text)):
        if number == 0 and not any(cell.isdecimal() for cell in row[1:4]):
            continue
        if len(row) < 4:
            raise ReadError(path, f"has {len(row)} columns in row {number + 1}; name, r, g, b are needed")
        yield row[0], _colour(path, row[1:4])


def _cvat(path: str, text: str) -> Iterator[Row]:
    lines = [line.strip() for line in text.splitlines()]
    told = [line for line in lines if line and not line.startswith("#")]
    rows = [match for match in map(_CVAT.fullmatch, told) if match is not None]
    if len(rows) == len(told):
        yield from ((match[1].strip(), _colour(path, [match[2], match[3], match[4]])) for match in rows)


def _camvid(path: str, text: str) -> Iterator[Row]:
    lines = [line.strip() for line in text.splitlines()]
    for line in lines:
        match = _CAMVID.fullmatch(line)
        if match is not None:
            yield match[4].strip(), _colour(path, [match[1], match[2], match[3]])
        elif line and not line.startswith("#"):
            raise ReadError(path, f"has the line {line[:40]!r}, where r g b name is needed")


def _of_roboflow(path: str, text: str) -> Existing | None:
    rows = [row for row in _csv(path, text) if row[0].strip().isdecimal()]
    if not rows:
        return None
    if any(len(row) < 2 or len(row[0]) > 5 for row in rows):
        raise ReadError(path, "has a row that is no pixel value and class")
    names = checked(path, {int(row[0]): row[1] for row in rows})
    contract = Contract(num_classes=max(names) + 1, names=full(names), ignore=void_of(names), task="multiclass")
    layout = Layout(images=("{split}/{stem}.jpg",), labels=("{split}/{stem}_mask.png",), suffixes=("_mask",))
    return Existing(stamped(path, contract, ("num_classes", "names")), path, (), layout)


def _csv(path: str, text: str) -> list[list[str]]:
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines())]
    except csv.Error as error:
        raise ReadError(path, f"is no CSV ({error})") from error
    return [row for row in rows if any(row)]


def _colour(path: str, cells: list[str]) -> Colour:
    if not all(cell.isdecimal() and len(cell) <= 3 and int(cell) <= 255 for cell in cells):
        raise ReadError(path, f"has the colour {', '.join(cells)[:40]!r}; three numbers from 0 to 255 are needed")
    red, green, blue = map(int, cells)
    return red, green, blue

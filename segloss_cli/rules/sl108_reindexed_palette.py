"""The indices of a palette picture were numbered anew: they are no longer the ids that were stored.

## What it is
A palette picture holds indices, and a tool that saves or converts one may renumber them: the colours stay, the ids do
not. Three traces of that are looked for. The colours are those of a known palette (the declared one, or PASCAL VOC's),
but stand at other indices than there. The palette is the "web" palette that ``convert("P")`` makes: a cube of 6 x 6 x 6
colours from index 10 on. Or the file is a GIF of more than two colours, with indices 0, 1, 2, ... without a gap.

## Why it hurts
``Image.save`` of a GIF drops unused indices and counts from 0: the ids 0, 9, 18, 27, 36 come back as 0, 1, 2, 3, 4, and
200 as 1 (measured), in each file by itself, so that 1 is a car here and a cat there. ``quantize`` and
``convert("P", palette=ADAPTIVE)`` number the colours in an order of their own. With ``convert("P")`` ids become 30, 36,
61 and so on. All of these are ids of something, so that nothing fails until someone looks at a prediction.

## How to fix it
Go back to the labels before that step. If the colours are right, map them back with the table of their classes:

```python
table = np.array([ids_by_colour.get(tuple(c), 255) for c in palette], np.uint8)
ids = table[np.array(Image.open(path))]
```

Keep labels in PNG, made with ``Image.fromarray(ids)`` and ``putpalette``, which leave the indices alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from segloss_cli.rules._examples import Counts, declared, label
from segloss_cli.rules._later import builder
from segloss_cli.rules._palettes import voc_colour
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import FACT, LIKELY, NOTE, Weight
from segloss_cli.rules._words import listing
from segloss_cli.types import Colour, Contract, Number, Profile

LEAST = 3
"""Indices that stand elsewhere than in a known palette; one or two may be chance."""

BLACK: Colour = (0, 0, 0)
WEB = range(10, 226)
"""Where Pillow's web palette has its cube of colours."""


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A palette picture whose indices and colours do not belong together, or whose format numbers them anew."""
    container = profile.container
    if container.mode not in {"P", "PA"} or not profile.counts:
        return
    used = [int(value) for value in profile.counts]
    drawn = {value: container.palette[value] for value in used if 0 <= value < len(container.palette)}
    for name, places in (("declared", _places(contract.palette)), ("VOC", _voc())):
        moved = _moved(drawn, places)
        if moved:
            yield _elsewhere(name, moved, FACT if name == "declared" and contract.says("palette") else LIKELY)
            return
    if _is_web(container.palette) and _are_colours(drawn):
        yield _hit(
            f"drawn in the web palette of convert('P'): {listing(used)} are numbers of colours, no ids",
            "go back to the label before the conversion; Image.fromarray(ids) with putpalette keeps indices",
            used,
            FACT,
        )
    elif container.format == "GIF" and used == [*range(len(used))]:
        yield _hit(
            f"GIF, with the indices {listing(used)}: most writers number them anew in each file",
            "store labels as PNG; compare the colours of two files before you trust the indices of a GIF",
            used,
            LIKELY if len(used) >= LEAST else NOTE,
        )


def _are_colours(drawn: Mapping[int, Colour]) -> bool:
    """Whether all indices are of the web palette's colours; black is there twice, and 0 may be the one that is used."""
    rest = [index for index, colour in drawn.items() if colour != BLACK]
    return bool(rest) and all(index in WEB for index in rest)


def _moved(drawn: Mapping[int, Colour], places: Mapping[Colour, int]) -> dict[int, int]:
    """The place in a palette of each index that stands elsewhere there; empty where not all colours are in it."""
    coloured = {index: colour for index, colour in drawn.items() if colour != BLACK}
    moved = {index: places[colour] for index, colour in coloured.items() if places.get(colour, index) != index}
    known = all(colour in places for colour in coloured.values())
    return moved if known and len(moved) >= LEAST else {}


def _elsewhere(name: str, moved: Mapping[int, int], weight: Weight) -> Hit:
    shown = ", ".join(f"{index} in that of {place}" for index, place in [*moved.items()][:LEAST])
    return _hit(
        f"the colours are those of the {name} palette at other indices: {shown}; the ids were numbered anew",
        "map them back by their colours, or go back to the label before it was quantised or saved as GIF",
        [*moved],
        weight,
    )


def _hit(message: str, remedy: str, values: Sequence[Number], weight: Weight) -> Hit:
    return Hit(message, remedy, {"values": [*values]}, values=tuple(values), **weight)


@cache
def _places(palette: tuple[Colour, ...]) -> dict[Colour, int]:
    """The first index of each colour."""
    return {colour: index for index, colour in reversed([*enumerate(palette)])}


@cache
def _voc() -> dict[Colour, int]:
    return {voc_colour(index): index for index in range(256)}


def _is_web(palette: Sequence[Colour]) -> bool:
    return tuple(palette[WEB.start : WEB.stop]) == _CUBE


_CUBE = tuple((51 * (k % 6), 51 * (k // 6 % 6), 51 * (k // 36)) for k in range(216))
_VOC = builder(lambda: tuple(_voc()))()
_WEB = ((0, 0, 0),) * 10 + _CUBE
_QUANTISED = tuple(map(voc_colour, (15, 0, 9, 18, 2)))
_OWN = ((0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9))
_AGAIN = ((0, 0, 255), (9, 9, 9), (255, 0, 0), (0, 255, 0))
_FIVE: Counts = {0: 20, 1: 20, 2: 20, 3: 20, 4: 20}

RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("VOC", label({0: 70, 15: 25, 255: 5}, mode="P", palette=_VOC)),
        Example("other ids in VOC's palette", label({0: 70, 33: 25, 40: 5}, mode="P", palette=_VOC)),
        Example("a palette of its own", label(_FIVE, mode="P", palette=_OWN)),
        Example("with the declared palette", label(_FIVE, mode="P", palette=_OWN), declared(palette=_OWN)),
        Example("two classes in VOC's colours", label({0: 50, 1: 50}, mode="P", palette=_QUANTISED)),
        Example("no palette stored", label(_FIVE, mode="P")),
        Example("a grey GIF", label(_FIVE, format="GIF", mode="L")),
        Example("a GIF with gaps", label({0: 50, 9: 20, 18: 30}, format="GIF", mode="P", palette=_VOC)),
        Example("ids below the web cube", label({0: 50, 3: 50}, mode="P", palette=_WEB)),
    ),
    bad=(
        Example("VOC colours, quantised", label(_FIVE, mode="P", palette=_QUANTISED), says="0 in that of 15"),
        Example(
            "the declared colours, quantised",
            label({0: 50, 1: 20, 2: 20, 3: 10}, mode="P", palette=_AGAIN),
            declared(palette=_OWN),
            says="declared palette at other indices",
        ),
        Example("the web palette", label({30: 50, 36: 30, 61: 20}, mode="P", palette=_WEB), says="30, 36 and 61"),
        Example("the same with black first", label({0: 50, 36: 50}, mode="P", palette=_WEB), says="0 and 36"),
        Example("a GIF", label(_FIVE, format="GIF", mode="P", palette=_OWN), says="indices 0..4"),
        Example("a GIF of two colours", label({0: 50, 1: 50}, format="GIF", mode="P"), says="0 and 1"),
    ),
)

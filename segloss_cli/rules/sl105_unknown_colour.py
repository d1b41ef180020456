"""The label holds colours that the declared palette does not have.

## What it is
A palette was declared and the label is coloured, but some of its colours stand for no class. Three causes: edges that
were anti-aliased or resized (many rare colours between the right ones), a class that is missing from the table (few
colours, large areas), or red and blue exchanged (OpenCV writes BGR).

## Why it hurts
A loader with a table either stops (``AssertionError: rounding errors or missing classes in camvid_colors``) or, more
often, leaves those pixels at 0, so that they are learned as background without a word. With red and blue exchanged,
VOC's aeroplane (128, 0, 0) turns into its boat (0, 0, 128). Threads about this: 7 of 420.

## How to fix it
Exchanged: ``rgb = rgb[..., ::-1]``. A missing class: add its colour to the table. Edges: export without anti-aliasing
and resize with NEAREST; if that cannot be done, send rare colours to the ignored id rather than to the nearest class:

```python
ids = np.full(rgb.shape[:2], 255, np.uint8)
for id_, colour in enumerate(palette):
    ids[(rgb == colour).all(-1)] = id_
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segloss_cli.rules._examples import colours, declared
from segloss_cli.rules._ids import bands, ignored
from segloss_cli.rules._palettes import VOC_VOID, voc_colour
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import LIKELY, proved
from segloss_cli.rules._words import amount, commonest
from segloss_cli.types import Colour, Contract, Profile

BLACK: Colour = (0, 0, 0)
RARE = 0.005
"""Colours that are all rarer than this are more likely edges than classes."""


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """Colours outside the contract's palette."""
    if not contract.palette or bands(profile) < 3 or profile.container.lossy or _grey_ids(profile, contract):
        return
    if profile.colours is None:
        yield from _too_many(profile, contract)
        return
    known = _known(contract)
    strays = {colour: count for colour, count in profile.colours.items() if colour not in known}
    if not strays:
        return
    part = sum(strays.values())
    evidence = {
        "unknown": len(strays),
        "pixels": part,
        "share": round(part / max(profile.pixels, 1), 6),
        "commonest": commonest(strays),
        "palette": len(contract.palette),
    }
    shown = ", ".join(str(tuple(row[:3])) for row in commonest(strays, 3))
    cause, remedy, certain = _cause(strays, profile, contract)
    weight = proved(by_contract=contract.says("palette")) if certain else LIKELY
    of = f"{len(strays):,} of {profile.distinct:,} colours ({amount(part, profile.pixels)})"
    message = f"not in the palette: {of}, such as {shown}; {cause}"
    yield Hit(message, remedy, evidence, **weight)


def _cause(strays: Mapping[Colour, int], profile: Profile, contract: Contract) -> tuple[str, str, bool]:
    """The likely cause, its remedy, and whether the fault itself is beyond doubt."""
    if {*strays} == {BLACK}:
        remedy = "if black is void, send it to the ignored id; otherwise add it to the palette"
        return "black is perhaps void (a guess)", remedy, not ignored(contract)
    if all(colour[::-1] in _known(contract) for colour in profile.colours or ()):
        return "with red and blue exchanged all are known", "exchange the bands: rgb = rgb[..., ::-1]", True
    if len(strays) > 3 and max(strays.values()) < RARE * profile.pixels:
        remedy = "export without anti-aliasing, resize with NEAREST, and send colours off the table to the ignored id"
        return "all rare, so probably smoothed edges", remedy, True
    return "perhaps a class that the palette lacks", "add the missing classes' colours to the palette", True


def _too_many(profile: Profile, contract: Contract) -> Iterator[Hit]:
    if profile.distinct <= len(_known(contract)):
        return
    yield Hit(
        f"{profile.distinct:,} distinct colours, and {len(contract.palette)} in the palette: smoothed, or a photograph",
        "export the labels without anti-aliasing, resize with NEAREST, and check that this file is a label at all",
        {"distinct": profile.distinct, "palette": len(contract.palette)},
        **proved(by_contract=contract.says("palette")),
    )


def _known(contract: Contract) -> frozenset[Colour]:
    """The palette, and VOC's colour of void where the palette is VOC's and 255 is ignored."""
    palette = frozenset(contract.palette)
    voc = voc_colour(1) in palette and voc_colour(15) in palette and 255 in ignored(contract)
    return palette | {VOC_VOID} if voc else palette


def _grey_ids(profile: Profile, contract: Contract) -> bool:
    """Whether this is plain ids in three equal bands (SL103) rather than colours of the palette."""
    return profile.grey and any(len({*colour}) > 1 for colour in contract.palette)


_VOC = declared(palette=tuple(map(voc_colour, range(21))), ignore={255})
_EDGES = {(128, g, 0): 1 for g in range(1, 40)}

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("all known", colours({BLACK: 50, voc_colour(15): 50}), _VOC),
        Example("void in VOC's colour", colours({BLACK: 50, voc_colour(15): 45, VOC_VOID: 5}), _VOC),
        Example("no palette declared", colours({(1, 2, 3): 50, (4, 5, 6): 50})),
        Example("fewer colours than the palette has", colours({BLACK: 9, (1, 2, 3): 9}, colours=None), _VOC),
        Example("ids in three equal bands", colours({BLACK: 50, (15, 15, 15): 50}), _VOC),
    ),
    bad=(
        Example(
            "a class that the palette lacks",
            colours({BLACK: 50, (128, 0, 0): 30, (250, 250, 7): 20}),
            _VOC,
            says="a class that the palette lacks",
        ),
        Example(
            "red and blue exchanged",
            colours({BLACK: 50, (128, 128, 192): 50}),
            _VOC,
            says="red and blue exchanged",
        ),
        Example(
            "smoothed edges",
            colours({BLACK: 5000, (128, 0, 0): 5000, **_EDGES}),
            _VOC,
            says="probably smoothed edges",
        ),
        Example(
            "black beside Cityscapes colours",
            colours({BLACK: 50, (128, 64, 128): 50}),
            declared(palette=((128, 64, 128), (244, 35, 232)), ignore={255}),
            says="black is perhaps void",
        ),
        Example(
            "a photograph",
            colours({BLACK: 50, (128, 0, 0): 50}, colours=None, distinct=40_000),
            _VOC,
            says="40,000 distinct colours",
        ),
        Example(
            "a palette that was inferred",
            colours({BLACK: 50, (128, 0, 0): 30, (250, 250, 7): 20}),
            Contract(palette=(BLACK, (128, 0, 0))),
            says="not in the palette: 1 of 3",
        ),
    ),
)

"""Labels whose areas do not end at a border but run into each other: resized, blurred, or once a JPEG.

One reading for all, so that for one fault one rule speaks: SL212 of slopes, SL213 of noise around the borders. The
numbers were found on 46 real labels of eight data sets, as they are and resized: see the page of SL212.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from segloss_cli._record import record
from segloss_cli.rules._ids import VOID, class_range, ignored
from segloss_cli.rules._weights import GUESS, LIKELY, Weight
from segloss_cli.rules._words import total
from segloss_cli.types import Contract, Edges, Number, Profile

RATIO = 0.12
"""Slivers to jumps: real labels have up to 0.06 (rotated with NEAREST), interpolated ones 0.13, once JPEGs 0.18."""

LEAST = 20
"""Fewer slivers than this may be chance."""

STEEP, STEEP_SHARE = 3, 0.2
"""A share of the slivers whose sides are so far apart: on slopes of ordered classes (contour lines) there are none."""

ONE_VALUE = 0.8
"""Where one value makes up more than this of the slivers, it is a class drawn as a line: kerbs, wires."""

FLAT = 0.3
"""Labels are areas: at least this share of the pixels equal all their neighbours, which in photographs few do."""

LONG = 0.25
"""More slivers than this within long ramps: distances, depth, heat maps, wide brushes."""

PEAKS = 0.5
"""Interpolation makes slopes; where more pixels than slivers stick out instead, it is the noise of a JPEG."""

BRACKETED = 0.6
"""Of the pixels of values that are no class and nowhere an area, the share that are slivers."""

PLAIN = 0.9
"""A mask of two levels with smooth edges is black or white on this share of the pixels; mattes often on less."""

BRUSHED = 0.8
"""Wide slopes are spoken of where two values make up this share of the pixels: not of depth and distances."""

Kind = Literal["interpolated", "noisy", "wide"]


@record(frozen=True)
class Smear:
    """What was found: the kind, the slivers and jumps, the values between areas, and those that are no class."""

    kind: Kind
    slivers: int
    jumps: int
    rare: tuple[Number, ...]
    outside: tuple[Number, ...]
    example: tuple[Number, Number, Number]


def smear_of(profile: Profile, contract: Contract) -> Smear | None:
    """How the areas of a label run into each other, or None where they do not, or may."""
    counts = profile.counts
    if counts is None or profile.edges is None or contract.says("soft") or profile.container.lossy:
        return None
    gone = ignored(contract) | VOID
    plain = [value for value in counts if value not in gone]
    if sum(1 for value in plain if profile.low < value < profile.high) < 2:
        return None
    classes = class_range(contract)
    strays = [value for value in plain if value not in classes] if classes is not None and classes.declared else []
    edges = profile.edges(whole=len(strays) > 1)
    if edges is None:
        return None
    triples = {triple: count for triple, count in edges.triples.items() if triple[1] not in gone}
    kind = _kind(edges, triples) or _of_strays(profile, edges, strays)
    if kind is None or (kind == "wide" and _top(profile) < BRUSHED * profile.pixels):
        return None
    return Smear(
        kind=kind,
        slivers=sum(triples.values()),
        jumps=edges.jumps,
        rare=tuple(value for value in plain if value not in edges.solid),
        outside=tuple(strays),
        example=max(triples, key=lambda triple: (triples[triple], triple)),
    )


def evidence_of(smear: Smear) -> dict[str, Any]:
    """The numbers behind a smear; of the rare values the first few."""
    return {
        "slivers": smear.slivers,
        "jumps": smear.jumps,
        "ratio": round(smear.slivers / max(smear.jumps, 1), 4),
        "example": [*smear.example],
        "rare": len(smear.rare),
        "values": [*(smear.outside or smear.rare)[:16]],
    }


def two_levels(profile: Profile) -> bool:
    """Whether the label is black and white but for its borders."""
    counts = profile.counts or {}
    return {*sorted(counts, key=lambda value: counts[value])[-2:]} == {0, 255}


def weight_of(profile: Profile, contract: Contract, smear: Smear) -> Weight:
    """A likely fault; a guess where much of the picture is grey, and nothing says that it holds class ids."""
    if class_range(contract) is not None or (smear.kind != "wide" and not two_levels(profile)):
        return LIKELY
    plain = _top(profile) >= PLAIN * profile.pixels
    return LIKELY if plain and smear.kind != "wide" else GUESS


def _top(profile: Profile) -> int:
    """The pixels of the two commonest values."""
    return sum(sorted((profile.counts or {}).values())[-2:])


def _kind(edges: Edges, triples: Mapping[tuple[Number, Number, Number], int]) -> Kind | None:
    """By the slivers alone, whatever the classes are."""
    slivers = sum(triples.values())
    if slivers < LEAST or slivers < RATIO * edges.jumps or edges.flat < FLAT * edges.pixels:
        return None
    steep = sum(count for (low, _, high), count in triples.items() if high - low >= STEEP)
    pairs = {(low, high) for low, _, high in triples}
    if steep < STEEP_SHARE * slivers or len(pairs) < 2 or _commonest(triples) > ONE_VALUE * slivers:
        return None
    if edges.long > LONG * slivers:
        return "wide"
    return "noisy" if edges.peaks > PEAKS * (edges.peaks + edges.slivers) else "interpolated"


def _commonest(triples: Mapping[tuple[Number, Number, Number], int]) -> int:
    by_value: dict[Number, int] = {}
    for (_, value, _), count in triples.items():
        by_value[value] = by_value.get(value, 0) + count
    return max(by_value.values())


def _of_strays(profile: Profile, edges: Edges, strays: Iterable[Number]) -> Kind | None:
    """By the values that are no class and nowhere an area: whether they lie between others."""
    lost = [value for value in strays if value not in edges.solid]
    if len(lost) < 2:
        return None
    slivers = sum(edges.between.get(value, 0) for value in lost)
    return "interpolated" if slivers >= BRACKETED * total(profile, lost) else None

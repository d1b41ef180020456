"""Builders for the examples in rule files: a record in one line, with everything not named at a healthy default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli._edges import when_asked
from segloss_cli.rules._later import builder
from segloss_cli.types import (
    Colour,
    Container,
    Contract,
    Edges,
    Kind,
    LossValue,
    Number,
    Pair,
    Profile,
    ScoresProfile,
)

Counts = dict[Number, int]
Triples = dict[tuple[Number, Number, Number], int]

_CONTAINER = frozenset(Container.__match_args__)
_EDGES = frozenset(Edges.__match_args__) - {"pixels"}


@builder
def declared(**terms: Any) -> Contract:
    """A contract in which the user said all that is given, and no more; ``soft=True`` says that labels are soft."""
    said = frozenset(terms)
    terms.pop("soft", None)
    if "ignore" in terms:
        terms["ignore"] = frozenset(terms["ignore"])
    return Contract(**terms, declared=said)


@builder
def label(counts: Mapping[Number, int] | None = None, /, **facts: Any) -> Profile:
    """A label's profile from its value counts, a PNG one pixel high unless told otherwise.

    Facts of the container (``format="JPEG"``, ``mode="P"``, ``dtype="float32"``, ...) and of the profile (``core``,
    ``integral``, ``colours``, ...) are given by name.
    """
    values = dict(sorted((counts if counts is not None else {0: 60, 1: 40}).items()))
    pixels = sum(values.values())
    inside = {key: facts.pop(key) for key in [*facts] if key in _CONTAINER}
    stored = {"path": "gt.png", "format": "PNG", "mode": "L", "dtype": "uint8", "shape": (1, pixels)}
    found = {
        "images": 1,
        "height": 1,
        "width": pixels,
        "pixels": pixels,
        "counts": values,
        "distinct": len(values),
        "low": min(values, default=0),
        "high": max(values, default=0),
    }
    return Profile(container=Container(**{**stored, **inside}), **{**found, **facts})


@builder
def smeared(
    counts: Mapping[Number, int], triples: Mapping[tuple[Number, Number, Number], int], /, **facts: Any
) -> Profile:
    """A label whose borders are as they are given: its slivers by (lower side, value, higher side).

    Facts of the edges (``jumps``, ``peaks``, ``long``, ``flat``, ``solid``) are given by name. Otherwise ``jumps`` is
    twice the slivers, nine pixels in ten are flat, and values of more than a tenth of the pixels are solid. With
    ``sampled=False`` a sample of the pixels shows nothing.
    """
    pixels, slivers = sum(counts.values()), sum(triples.values())
    between: dict[Number, int] = {}
    for (_, value, _), count in triples.items():
        between[value] = between.get(value, 0) + count
    inside = {key: facts.pop(key) for key in [*facts] if key in _EDGES}
    known = {
        "pixels": pixels,
        "flat": pixels * 9 // 10,
        "jumps": 2 * slivers,
        "peaks": 0,
        "long": 0,
        "triples": triples,
        "between": between,
        "solid": frozenset(value for value, count in counts.items() if count > pixels // 10),
    }
    edges = Edges(**{**known, **inside})
    sampled = facts.pop("sampled", True)
    return label(counts, edges=when_asked(lambda: sampled, lambda: edges), **facts)


@builder
def array(counts: Mapping[Number, int] | None = None, /, dtype: str = "int64", **facts: Any) -> Profile:
    """A label's profile from an .npy file."""
    return label(counts, **{"path": "gt.npy", "format": "NPY", "mode": "", "dtype": dtype, **facts})


@builder
def floats(counts: Mapping[Number, int], /, **facts: Any) -> Profile:
    """A floating label's profile, float32 in an .npy file; what is whole and what is k / 255 is worked out."""
    whole = all(float(value).is_integer() for value in counts)
    rescaled = all(0 <= value <= 1 and abs(value * 255 - round(value * 255)) < 1e-4 for value in counts)
    return array(counts, **{"dtype": "float32", "integral": whole, "rescaled": rescaled, **facts})


@builder
def colours(counts: Mapping[Colour, int], /, **facts: Any) -> Profile:
    """A coloured label's profile from its colour counts; grey ones count their grey levels too."""
    pixels = sum(counts.values())
    grey = all(r == g == b for r, g, b in counts)
    levels: dict[Number, int] | None = {r: count for (r, _, _), count in sorted(counts.items())} if grey else None
    known = {"mode": "RGB", "shape": (1, pixels, 3), "colours": dict(sorted(counts.items())), "grey": grey}
    return label(levels or {0: pixels}, **{**known, "distinct": len(counts), "counts": levels, **facts})


@builder
def header(profile: Profile) -> Profile:
    """The same label when only its header was read: no pixel is known of."""
    inside = profile.container
    return Profile(inside, profile.images, profile.height, profile.width, profile.pixels, None, 0, 0, 0)


@builder
def scores(shape: tuple[int, int, int, int] = (1, 3, 4, 4), kind: Kind = "logits", **facts: Any) -> ScoresProfile:
    """A prediction's profile: NCHW logits in [-5, 5] unless told otherwise."""
    inside = {key: facts.pop(key) for key in [*facts] if key in _CONTAINER and key != "shape"}
    stored = {"path": "pred.npy", "format": "NPY", "dtype": "float32", "shape": shape, **inside}
    known = {
        "axes": "NCHW",
        "axes_reason": "4 axes",
        "kind_reason": "given",
        "kind_declared": False,
        "low": -5.0,
        "high": 5.0,
    }
    return ScoresProfile(container=Container(**stored), shape=shape, kind=kind, **{**known, **facts})


@builder
def pair(prediction: ScoresProfile, truth: Profile) -> Pair:
    """A prediction and its label."""
    return Pair(prediction, truth)


@builder
def sized(height: int, width: int, images: int = 1) -> Profile:
    """A healthy label of a given size, for the rules about pairs."""
    half = images * height * width // 2
    counts: dict[Number, int] = {0: images * height * width - half, 1: half}
    shape = (height, width) if images == 1 else (images, height, width)
    return label(counts, shape=shape, height=height, width=width, images=images)


@builder
def value(loss: str, amount: float | None, low: float, high: float, **facts: Any) -> LossValue:
    """A computed loss."""
    return LossValue(**{"loss": loss, "value": amount, "status": "ok", "low": low, "high": high, **facts})

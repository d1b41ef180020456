"""Builders for the examples in rule files: a record in one line, with everything not named at a healthy default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from segloss_cli.types import Colour, Container, Kind, LossValue, Number, Pair, Profile, ScoresProfile

_CONTAINER = {"path", "format", "shape", "dtype", "mode", "bit_depth", "palette", "frames", "lossy", "alpha"}
_CONTAINER |= {"orientation", "bad_chunks"}


def label(counts: Mapping[Number, int] | None = None, **facts: Any) -> Profile:
    """A label's profile from its value counts, a square-ish PNG unless told otherwise.

    Facts of the container (``format="JPEG"``, ``mode="P"``, ``dtype="float32"``, ...) and of the profile (``core``,
    ``integral``, ``colours``, ...) are given by name.
    """
    values = dict(sorted((counts if counts is not None else {0: 60, 1: 40}).items()))
    pixels = sum(values.values())
    inside = {key: facts.pop(key) for key in [*facts] if key in _CONTAINER}
    shape = inside.pop("shape", (1, pixels))
    container = Container(
        **{"path": "gt.png", "format": "PNG", "mode": "L", "dtype": "uint8", **inside, "shape": shape}
    )
    profile = Profile(
        container=container,
        images=1,
        height=shape[0],
        width=shape[1] if len(shape) > 1 else 1,
        pixels=pixels,
        counts=values,
        distinct=len(values),
        low=min(values, default=0),
        high=max(values, default=0),
    )
    return replace(profile, **facts)


def colours(counts: Mapping[Colour, int], **facts: Any) -> Profile:
    """A coloured label's profile from its colour counts."""
    pixels = sum(counts.values())
    known = {"mode": "RGB", "shape": (1, pixels, 3), "colours": dict(sorted(counts.items())), "counts": None}
    profile = label({0: pixels}, **{k: v for k, v in {**known, **facts}.items() if k != "counts"})
    return replace(profile, counts=facts.get("counts"), distinct=len(counts), pixels=pixels)


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


def pair(prediction: ScoresProfile, truth: Profile) -> Pair:
    """A prediction and its label."""
    return Pair(prediction, truth)


def value(loss: str, amount: float | None, low: float, high: float, **facts: Any) -> LossValue:
    """A computed loss."""
    return LossValue(**{"loss": loss, "value": amount, "status": "ok", "low": low, "high": high, **facts})

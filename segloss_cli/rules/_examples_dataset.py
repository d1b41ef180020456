"""Builders for the examples of rules about a whole data set: one line each, with healthy defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segloss_cli._dataset import Tint, Tints
from segloss_cli.rules._later import builder
from segloss_cli.types import Colour, Dataset, Seen, Split

MEGAPIXEL = 1_000_000
_SEEN = ("encodings", "families", "suffixes", "modes")


@builder
def split(counts: Mapping[int, int], files: Mapping[int, int] | None = None, labels: int = 100, **facts: Any) -> Split:
    """A split from the pixels of each id, and the files that hold it (all of them, where that is not said)."""
    held = files or {}
    known = {
        "labels": labels,
        "pixels": sum(counts.values()),
        "counts": dict(sorted(counts.items())),
        "holders": {value: Seen(held.get(value, labels), f"gt/{value:04}.png") for value in sorted(counts)},
    }
    return Split(**{**known, **facts})


@builder
def of_splits(splits: Mapping[str, Split], **facts: Any) -> Dataset:
    """A data set from its splits; ``encodings``, ``families``, ``suffixes`` and ``modes`` are numbers of files."""
    for name in _SEEN:
        numbers = facts.get(name, {})
        facts[name] = {key: Seen(n, f"gt/{place}.png") for place, (key, n) in enumerate(numbers.items())}
    files = {"label": sum(one.labels for one in splits.values())}
    return Dataset(splits=splits, files=files, **facts)


@builder
def dataset(
    counts: Mapping[int, int], files: Mapping[int, int] | None = None, labels: int = 100, **facts: Any
) -> Dataset:
    """A data set without splits; facts of the split (``empty``, ``uncounted``, ``many``) and of the set by name."""
    inside = {key: facts.pop(key) for key in [*facts] if key in {"empty", "uncounted", "many", "pixels"}}
    return of_splits({"": split(counts, files, labels, **inside)}, **facts)


@builder
def tints(low: Colour, high: Colour, files: tuple[int, int] = (50, 50)) -> Tints:
    """Two colours that palettes give to one id."""
    return Tints(Tint(low, files[0], "gt/a.png"), Tint(high, files[1], "gt/b.png"))

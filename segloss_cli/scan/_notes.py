"""How roles, pairs and splits were known, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segloss_cli.rules._words import printable
from segloss_cli.scan._matching import Matching
from segloss_cli.scan._sides import Group
from segloss_cli.types import Sample

_FEW = 3


def notes_on(matching: Matching, samples: Iterable[Sample], root: str) -> tuple[str, ...]:
    """One line each: what holds what, how many pairs were found in which way, the splits."""
    return (*_roles(matching.groups, root), *_pairs(matching), *_splits(samples))


def _roles(groups: Iterable[Group], root: str) -> Iterator[str]:
    """A line for each way of knowing: "by folder names: labels in SegmentationClass, images in JPEGImages"."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for group in groups:
        if group.part != "aside":
            home = "/".join(group.home) or root
            found.setdefault(group.how, {}).setdefault(group.part, {})[printable(home) or "?"] = None
    for how, parts in found.items():
        order = [part for part in ("label", "image", "prediction") if part in parts]
        yield f"{how}: {', '.join(f'{part}s in {_some([*parts[part]])}' for part in order)}"


def _some(names: list[str]) -> str:
    shown = names if len(names) <= _FEW else [*names[:_FEW], f"{len(names) - _FEW:,} more folders"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _pairs(matching: Matching) -> Iterator[str]:
    for role, partners in (("an image", matching.images), ("a prediction", matching.predictions)):
        for how, count in partners.counts.items():
            mains = partners.mains[0].part if count == 1 else f"{partners.mains[0].part}s"
            yield f"{how}: {count:,} {mains} with {role}"


def _splits(samples: Iterable[Sample]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for sample in samples:
        counts[sample.split] = counts.get(sample.split, 0) + 1
    if any(counts):
        said = [f"{printable(split) or 'none'} {count:,}" for split, count in sorted(counts.items())]
        yield f"splits: {', '.join(said)}"

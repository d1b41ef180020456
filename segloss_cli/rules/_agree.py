"""What a confusion of label and prediction tells: how well they agree, and whether they would after a remapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segloss_cli._record import record
from segloss_cli.types import Agreement

Confusion = Mapping[tuple[int, int], int]

MAJOR = 0.02
"""A class of at least this share of the pixels counts; where fewer than two have it, the two largest do."""

SIMPLER = 0.05
"""A simpler remapping is believed where a better one is better by no more than this."""


@record(frozen=True)
class Remap:
    """A remapping of the prediction in words, and the mean IoU after it."""

    what: str
    remedy: str
    iou: float


def mean_iou(confusion: Confusion) -> float:
    """The mean IoU of the label's larger classes.

    >>> round(mean_iou({(0, 0): 60, (0, 1): 20, (1, 1): 20}), 6)  # (60/80 + 20/40) / 2
    0.625
    """
    truth, found = _sums(confusion, 0), _sums(confusion, 1)
    classes = _larger(truth)
    if not classes:
        return 0.0
    hits = {c: confusion.get((c, c), 0) for c in classes}
    return sum(hits[c] / (truth[c] + found.get(c, 0) - hits[c]) for c in classes) / len(classes)


def best_remap(seen: Agreement) -> Remap:
    """The remapping after which prediction and label agree best; of nearly equal ones the simplest."""
    found = [*_remaps(seen)]
    best = max(remap.iou for remap in found)
    return next(remap for remap in found if remap.iou >= best - SIMPLER)


def classes_in(confusion: Confusion) -> tuple[int, int]:
    """How many classes the label has, and the prediction, where the label counts."""
    return len(_sums(confusion, 0)), len(_sums(confusion, 1))


def _remaps(seen: Agreement) -> Iterator[Remap]:
    """From simple to involved."""
    plain = seen.confusion
    labels = {t for t, _ in plain}
    if labels | {p for _, p in plain} == {0, 1}:
        yield Remap("foreground and background are exchanged", _INVERT, _after(plain, {0: 1, 1: 0}))
    else:
        for by in (1, -1):
            moved = {p: p + by for _, p in plain}
            yield Remap(
                f"1 is {'added to' if by > 0 else 'taken from'} every predicted id", _SHIFT, _after(plain, moved)
            )
    for name, confusion in seen.moved.items():
        yield Remap(f"the prediction is {name}", _MOVE, mean_iou(confusion))
    if len(labels) > 2:
        yield from _permuted(plain)


def _permuted(plain: Confusion) -> Iterator[Remap]:
    """The one-to-one renaming of predicted ids that pairs, largest first, what coincides most."""
    mapping: dict[int, int] = {}
    for (truth, found), _ in sorted(plain.items(), key=lambda item: (-item[1], item[0])):
        if found not in mapping and truth not in mapping.values():
            mapping[found] = truth
    for found in sorted({p for _, p in plain} - mapping.keys()):
        mapping[found] = -1 - found
    changed = [f"{p} -> {t}" for p, t in sorted(mapping.items()) if p != t >= 0]
    if changed:
        shown = ", ".join(changed[:_SHOWN]) + (", ..." if len(changed) > _SHOWN else "")
        yield Remap(f"the predicted ids are renamed, {shown}", _RENAME, _after(plain, mapping))


_SHOWN = 8
_INVERT = "one side has foreground as 0: label = 1 - label there, or take the other channel"
_SHIFT = "the two count ids from different numbers: shift one of them by 1 (void kept), or give both the same classes"
_MOVE = "the label, or the prediction, was turned or flipped by itself: do it to both, or to neither"
_RENAME = "the two use different lists of classes: map one to the other with a table, label = table[label]"


def _after(confusion: Confusion, mapping: Mapping[int, int]) -> float:
    renamed: dict[tuple[int, int], int] = {}
    for (truth, found), count in confusion.items():
        key = truth, mapping[found]
        renamed[key] = renamed.get(key, 0) + count
    return mean_iou(renamed)


def _sums(confusion: Confusion, side: int) -> dict[int, int]:
    total: dict[int, int] = {}
    for pair, count in confusion.items():
        total[pair[side]] = total.get(pair[side], 0) + count
    return total


def _larger(truth: Mapping[int, int]) -> list[int]:
    pixels = sum(truth.values())
    order = sorted(truth, key=lambda c: (-truth[c], c))
    larger = [c for c in order if truth[c] >= MAJOR * pixels]
    return larger if len(larger) > 1 else order[:2]

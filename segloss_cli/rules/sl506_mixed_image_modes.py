"""The images of one data set become tensors of different numbers of channels.

## What it is
Most images are RGB, say, and a few are grey, have an alpha band or a palette. Each of them is fine by itself (or told
by SL504); together they do not stack, unless the loader converts all to one mode.

## Why it hurts
``stack expects each tensor to be equal size, but got [3, 480, 640] at entry 0 and [1, 480, 640] at entry 5``, at
random, with whatever batch the odd picture falls into: days into a training, if there are 5 of them among 100,000. And
the mean of three channels broadcasts over one without a word: ``Normalize`` makes of a grey picture three channels that
differ. Public sets do have grey photos among those in colour.

## How to fix it
Convert in the loader, whatever the file says, or store the few as the many are:

```python
image = Image.open(path).convert("RGB")
```

If your loader does this already, leave the rule out: ``--ignore SL506``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples_dataset import dataset
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import listing
from segloss_cli.types import Contract, Dataset, Seen

FEW = 5
"""Fewer images than this are some files rather than a data set."""

_CHANNELS = {"LA": 2, "La": 2, "PA": 2, "RGB": 3, "YCbCr": 3, "LAB": 3, "HSV": 3, "RGBA": 4, "RGBa": 4, "CMYK": 4}


def judge(dataset: Dataset, _: Contract) -> Iterator[Hit]:
    """Modes of images that differ in their number of channels."""
    modes = dataset.modes
    channels = {_CHANNELS.get(mode, 1) for mode in modes}
    if len(channels) < 2 or sum(seen.files for seen in modes.values()) < FEW:
        return
    order = sorted(modes.items(), key=lambda item: (-item[1].files, item[0]))
    yield Hit(
        f"images come with {listing(channels)} channels: {', '.join(map(_shown, order))}",
        "load all with Image.open(path).convert('RGB'), or store the few as the many are",
        {"files": {mode: seen.files for mode, seen in order}, "first": {mode: seen.first for mode, seen in order}},
        path=order[-1][1].first,
    )


def _shown(item: tuple[str, Seen]) -> str:
    mode, seen = item
    return f"{mode} ({seen.files:,} file{'' if seen.files == 1 else 's'})"


RULE = Rule(
    about="dataset",
    severity="warning",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("all RGB", dataset({0: 9}, modes={"RGB": 100})),
        Example("no images", dataset({0: 9})),
        Example("grey ones of two kinds", dataset({0: 9}, modes={"L": 50, "1": 50})),
        Example("three files", dataset({0: 9}, labels=3, modes={"RGB": 2, "L": 1})),
    ),
    bad=(
        Example(
            "some are grey",
            dataset({0: 9}, modes={"RGB": 995, "L": 5}),
            says="1 and 3 channels: RGB (995 files), L (5 files)",
        ),
        Example("one has alpha", dataset({0: 9}, modes={"RGB": 99, "RGBA": 1}), says="RGBA (1 file)"),
        Example("palettes", dataset({0: 9}, modes={"RGB": 9, "P": 9}), says="1 and 3 channels"),
    ),
)

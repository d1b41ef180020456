"""The label is stored in a lossy format: JPEG, lossy WebP, lossy JPEG 2000.

## What it is
The file's bytes (not its name) are of a format that keeps how a picture looks and gives up what its numbers are.
Class ids are numbers: after one save, an edge between 0 and 255 holds dozens of values that nobody drew, and an edge
between the ids 3 and 7 holds pixels of the classes 4, 5 and 6.

## Why it hurts
A mask of 0 and 255 saved as JPEG comes back with 57 values at quality 75, 15 at quality 95 and 4 at quality 100. Read
as ids they crash cross-entropy (``Target 192 is out of bounds``) or, with a binary loss, are soft targets that no one
meant. Of a two-level mask 99.4 % (quality 75) to 100 % (quality 95) of the values stay within 16 of 0 or 255, so
that a threshold repairs it; ids of several classes cannot be recovered in general. The suffix proves nothing: labels
named ``.png`` that are JPEG inside are found in published data sets.

## How to fix it
Export the labels again, as PNG. If only the JPEG is left and the mask has two levels, apply a threshold once, store
the result as PNG, and look at it:

```python
mask = np.asarray(Image.open("mask.jpg").convert("L")) >= 128
Image.fromarray(mask.astype("uint8")).save("mask.png")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, colours, header, label
from segloss_cli.rules._ids import bands
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import share
from segloss_cli.types import Contract, Profile

NEAR = 8
"""JPEG at usual qualities moves a flat black or white area by less than this."""


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A label whose container is lossy."""
    if not profile.container.lossy:
        return
    between = _between(profile)
    evidence: dict[str, str | int | float] = {"format": profile.container.format}
    evidence |= {"distinct": profile.distinct} if profile.distinct else {}
    if between is not None:
        evidence |= {"between": between, "between_share": round(between / max(profile.pixels, 1), 6), "near": NEAR}
    yield Hit(
        f"stored as {profile.container.format}, which is lossy: {_state(profile, between)}", _remedy(between), evidence
    )


def _between(profile: Profile) -> int | None:
    """How many pixels are neither nearly black nor nearly white; None where the grey levels are not known."""
    if profile.counts is None:
        return None
    return sum(count for value, count in profile.counts.items() if NEAR < value < 255 - NEAR)


def _state(profile: Profile, between: int | None) -> str:
    if not profile.distinct:
        return "ids do not come back as they were stored"
    if between is None:
        return f"{profile.distinct:,} {'colours' if bands(profile) > 1 else 'values'} where a label has a few"
    levels = f"{profile.distinct:,} grey levels where a label has a few"
    if between == 0:
        return f"{levels}, all within {NEAR} of 0 or 255, so a threshold recovers a two-level mask"
    return f"{levels}, and {share(between, profile.pixels)} of the pixels are neither near 0 nor near 255"


def _remedy(between: int | None) -> str:
    if between == 0:
        return "threshold once and store as PNG: Image.fromarray((np.asarray(im.convert('L')) >= 128).astype('uint8'))"
    return "export the labels again as PNG; a threshold at 128 is right only for two-level masks, so look at the result"


RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("a PNG with many values is another rule's business", label(dict.fromkeys(range(57), 9))),
        Example("lossless WebP", label({0: 5, 1: 5}, format="WEBP")),
        Example("an array", array({0: 5, 1: 5})),
    ),
    bad=(
        Example(
            "a JPEG that a threshold recovers",
            label({0: 50, 1: 3, 254: 4, 255: 43}, format="JPEG", lossy=True),
            says="a threshold recovers",
        ),
        Example(
            "a JPEG with real greys",
            label({0: 50, 96: 4, 128: 4, 255: 42}, format="JPEG", lossy=True),
            says="neither near 0 nor near 255",
        ),
        Example(
            "a header alone",
            header(label(format="JPEG", lossy=True)),
            says="ids do not come back",
        ),
        Example(
            "a colour-coded JPEG",
            colours({(0, 0, 0): 4, (128, 0, 1): 5}, format="JPEG", lossy=True),
            says="2 colours",
        ),
    ),
)

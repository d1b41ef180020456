"""The baseline excuses findings that are no longer there.

## What it is
The baseline file records how many findings of each rule each file had when it was written. Now there are fewer: the
label was mended, moved or deleted, or the rule no longer speaks up about it.

## Why it hurts
What is left over is an open door: a baseline with 3 findings of SL201 for a label that has none any more lets the
next 3 broken regions of that label through without a word, and the run still exits with 0. Of 500 entries for a
folder that was exported anew, 500 are such doors.

## How to fix it
Write the baseline down to what is still found, and commit it:

```sh
segloss check DATA --prune-baseline
```

| entry | after pruning |
| --- | --- |
| 3 recorded, 3 found | kept |
| 3 recorded, 1 found | 1 recorded |
| 3 recorded, none found, or no such file | removed |
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import printable
from segloss_cli.types import Contract, Terms

_REMEDY = "prune the baseline: segloss check ... --prune-baseline, and commit it"


def judge(terms: Terms, _: Contract) -> Iterator[Hit]:
    """Entries of the baseline that were not used up."""
    for path, code, recorded, found in terms.unused:
        now = f"{found:,}" if found else "none"
        yield Hit(
            f"{recorded:,} of {code} recorded for {printable(path) or 'the data set'}, {now} found",
            _REMEDY,
            {"path": path, "code": code, "recorded": recorded, "found": found},
            key=f"{code} {_escaped(path)}".strip(),
        )


def _escaped(path: str) -> str:
    import json

    return json.dumps(path)[1:-1]


RULE = Rule(
    about="terms",
    severity="warning",
    certainty="proof",
    judge=judge,
    good=(
        Example("every entry is used up", Terms(path="segloss-baseline.json")),
        Example("no baseline", Terms(frozenset({0, 1}))),
    ),
    bad=(
        Example(
            "fewer than recorded",
            Terms(path="segloss-baseline.json", unused=(("masks/a.png", "SL201", 3, 1),)),
            says="3 of SL201 recorded for masks/a.png, 1 found",
        ),
        Example(
            "none any more",
            Terms(path="segloss-baseline.json", unused=(("masks/a.png", "SL105", 1, 0),)),
            says="none found",
        ),
        Example(
            "of the whole set",
            Terms(path="segloss-baseline.json", unused=(("", "SL602", 1, 0),)),
            says="for the data set",
        ),
    ),
    depth="container",
)

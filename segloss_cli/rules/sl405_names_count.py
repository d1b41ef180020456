"""The number of names, or of colours, is not the number of classes.

## What it is
``num_classes`` says N, and the list of names (or the palette that colours stand for) has another length. A name or a
colour past the classes whose id is ignored, such as "void" at the end, is fine.

## Why it hurts
"11, 12 or 32 classes?" Six threads: one list counts void and one does not, so that every name from there on stands
beside the wrong number, the table of IoU is shifted, and the mean is over one class too many: 0.60 over 11 classes is
0.55 over 12 when the last is never there. A class without a colour cannot be decoded from a coloured label.

## How to fix it
Declare classes, names and the ignored id once, together:

```toml
[tool.segloss]
num-classes = 11
names = ["sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist"]
ignore-index = [11]
```

| names | num_classes | ignored | fits |
| --- | --- | --- | --- |
| 11 | 11 | 11 | yes |
| 12, void last | 11 | 11 | yes |
| 12, void last | 11 | none | no |
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_pairs import terms
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import proved
from segloss_cli.rules._words import listing, printable
from segloss_cli.types import Contract, Terms


def judge(_: Terms, contract: Contract) -> Iterator[Hit]:
    """Names and coded colours, counted against the classes."""
    classes = contract.num_classes
    if classes is None:
        return
    yield from _counted(contract, classes, "names", len(contract.names))
    if contract.coded:
        yield from _counted(contract, classes, "palette", len(contract.palette))


def _counted(contract: Contract, classes: int, what: str, count: int) -> Iterator[Hit]:
    """One hit where ids have no name or colour, or names and colours no id."""
    if count == 0 or (contract.task == "binary" and count in {1, 2}):
        return
    extra = [i for i in range(classes, count) if i not in contract.ignore]
    lacking = [i for i in range(count, classes) if i not in contract.ignore]
    if not extra and not lacking:
        return
    noun = what if what == "names" else "colours"
    if extra:
        name = f" ({printable(contract.names[extra[0]])!r})" if what == "names" else ""
        rest = f"that of id {extra[0]}{name} belongs to no class, and is not ignored"
    else:
        rest = f"id {listing(lacking)} {'has' if len(lacking) == 1 else 'have'} none"
    yield Hit(
        f"{count} {noun} for {classes} classes: {rest}",
        "declare as many as there are classes; what is void at the end needs --ignore-index",
        {"what": what, "count": count, "num_classes": classes, "ids": extra or lacking},
        key=what,
        **proved(by_contract=contract.says("num_classes") and contract.says(what)),
    )


_THREE = ("sky", "road", "car")
_RGB = ((0, 0, 0), (128, 0, 0), (0, 128, 0))

RULE = Rule(
    about="terms",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("as many", terms(), declared(num_classes=3, names=_THREE)),
        Example("void at the end", terms(), declared(num_classes=2, names=_THREE, ignore={2})),
        Example("an ignored id without a name", terms(), declared(num_classes=4, names=_THREE, ignore={3})),
        Example("one channel, two names", terms(), declared(num_classes=1, task="binary", names=_THREE[:2])),
        Example("no names", terms(), declared(num_classes=3)),
        Example("names alone", terms(), declared(names=_THREE)),
        Example("a palette that only draws", terms(), Contract(num_classes=2, palette=_RGB)),
        Example("a colour for void", terms(), declared(num_classes=2, palette=_RGB, coded=True, ignore={2})),
    ),
    bad=(
        Example("void was counted", terms(), declared(num_classes=2, names=_THREE), says="id 2 ('car') belongs"),
        Example("names are missing", terms(), declared(num_classes=5, names=_THREE), says="id 3 and 4 have none"),
        Example("a colour is missing", terms(), declared(num_classes=4, palette=_RGB, coded=True), says="3 colours"),
        Example("too many colours", terms(), declared(num_classes=2, palette=_RGB, coded=True), says="id 2 belongs"),
        Example("as inferred", terms(), Contract(num_classes=4, names=_THREE), says="id 3 has none"),
    ),
    depth="container",
)

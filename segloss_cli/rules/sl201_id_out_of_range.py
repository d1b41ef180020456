"""A label holds ids that are no class: num_classes or more, or negative.

## What it is
With C classes the ids are 0..C-1. A pixel with another value, which is not ignored either, belongs to no output of the
network. (Values that usually mean void, such as 255 and -1, are told by ``unignored-void``, SL202.)

## Why it hurts
The commonest fault of all. On a GPU the training dies, often far from the cause: ``nll_loss2d_forward_kernel: Assertion
't >= 0 && t < n_classes' failed``, then ``CUDA error: device-side assert triggered``. On the CPU one value is named:
``Target 192 is out of bounds.`` Dice stops with ``Class values must be smaller than num_classes.`` And some losses say
nothing: smp's focal gives 0.350 and its Lovász 0.702 with an id of 255 among 3 classes, CUDA kernels with
``reduction='none'`` do not check, and tutorial 001's Dice turns an unknown id into "ignored".

## How to fix it
Find out what the ids are (grey levels? another id list? a palette read as grey?), then map them with a table. Never
clip: that hides the fault in the last class.

```python
table = np.full(256, 255, np.uint8)                     # 255 stays ignored
table[[0, 128, 255]] = [0, 1, 2]                        # old ids -> 0..C-1
label = table[label]
```

If the ids are right and the number is not, set ``num_classes`` to the largest id + 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, label
from segloss_cli.rules._ids import class_range, one_channel, outside
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import proved
from segloss_cli.rules._words import amount, listing, number, tally, total
from segloss_cli.types import Contract, Number, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """Values that are neither a class, nor ignored, nor what usually means void."""
    classes = class_range(contract)
    strays = outside(profile, contract).others
    if classes is None or not strays or one_channel(contract):
        return
    guess = "" if classes.declared else " (that number was inferred, not declared)"
    count = classes.last - classes.first + 1
    yield Hit(
        f"{_found(profile, strays)} no class, the {count} classes are {classes}{guess}",
        _remedy(strays, contract),
        tally(profile, strays) | {"first": classes.first, "last": classes.last},
        values=strays,
        **proved(by_contract=classes.declared),
    )


def _found(profile: Profile, strays: tuple[Number, ...]) -> str:
    if profile.counts is None:
        return (
            f"{profile.distinct:,} ids, {number(profile.low)} to {number(profile.high)}: at least {_at_least(strays)}"
        )
    size = amount(total(profile, strays), profile.pixels)
    return f"id {listing(strays)} ({size}) is" if len(strays) == 1 else f"ids {listing(strays)} ({size}) are"


def _at_least(strays: tuple[Number, ...]) -> str:
    return f"{listing(strays)} {'is' if len(strays) == 1 else 'are'}"


def _remedy(strays: tuple[Number, ...], contract: Contract) -> str:
    if contract.num_classes is not None and strays == (contract.num_classes,):
        return f"ids from 1? subtract 1 (void to 255 first); or set num_classes to {contract.num_classes + 1}"
    return "map the ids to 0..C-1 with a table, label = table[label], or declare the right number; never clip"


_C3 = declared(num_classes=3)

RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("all ids are classes", label({0: 50, 1: 30, 2: 20}), _C3),
        Example("ignored values do not count", label({0: 50, 2: 30, 7: 20}), declared(num_classes=3, ignore={7})),
        Example("nothing is known of the classes", label({0: 50, 192: 50})),
        Example("void is SL202's", label({0: 50, 1: 30, 255: 20}), _C3),
        Example("{0, 255} of two classes is SL208's", label({0: 50, 255: 50}), declared(num_classes=2)),
        Example(
            "C of 256 takes every byte",
            label({0: 50, 254: 25, 255: 25}),
            declared(num_classes=256),
        ),
        Example(
            "stored 1..150 with reduce_zero_label",
            label({0: 50, 1: 30, 150: 20}),
            declared(num_classes=150, reduce_zero_label=True),
        ),
    ),
    bad=(
        Example(
            "grey levels", label({0: 50, 63: 30, 192: 20}), _C3, says="ids 63 and 192 (50 pixels, 50.0 %) are no class"
        ),
        Example("ids from 1", label({1: 50, 2: 30, 3: 20}), _C3, says="id 3 (20 pixels, 20.0 %) is no class"),
        Example("as many classes as names", label({0: 50, 5: 50}), declared(names=("sky", "road", "car")), says="id 5"),
        Example("a negative id", array({-7: 50, 0: 50}), _C3, says="-7"),
        Example(
            "two classes, grey levels of a smoothed mask",
            label(dict.fromkeys(range(256), 4)),
            declared(num_classes=2),
            says="2..255",
        ),
        Example(
            "more values than are listed",
            array({0: 50}, counts=None, distinct=41_000, low=0, high=65_000),
            _C3,
            says="41,000",
        ),
        Example("the number of classes was inferred", label({0: 50, 7: 50}), Contract(num_classes=3), says="inferred"),
    ),
)

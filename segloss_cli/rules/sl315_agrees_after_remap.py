"""The prediction hardly agrees with the label, and does so after a simple change.

## What it is
The mean IoU of the larger classes (2 % of the pixels and more) is low, and leaps up when the prediction's foreground
and background are exchanged, 1 is added to every id or taken away, the ids are renamed one to one, or the prediction
is flipped, turned or transposed. The finding names the change.

## Why it hurts
The network is fine, and the number says it is useless; or the training had the fault, and the network has learned it.
MSeg's prediction of a CamVid picture agrees with the label of CamVid in 7.5 % of the pixels, and in 94.1 % once the
ids are renamed. A good prediction of a CamVid picture (0.65) falls to 0.16 when it is flipped, to 0.01 when its ids
are shifted by one, and to 0.00 when they are permuted. "Detects everything but the object" is an inverted mask. In a
sound pair no such change gains more than 0.04, and noise gains nothing.

## How to fix it
Do the same to image, label and prediction, with one table of classes:

```python
table = np.array([1, 5, 0, 9, 6, 3, 8, 7, 2, 4, 10])        # predicted id -> the label's id
prediction = table[prediction]
```

The comparison is a sample on a grid, and the change a guess; a network that was trained on a symmetric task, or that
was never trained at all, may fall for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._agree import Confusion, best_remap, classes_in, mean_iou
from segloss_cli.rules._examples import declared, pair, scores, sized
from segloss_cli.rules._examples_pairs import apart, compared
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Pair

FEWEST = 1024
"""With fewer pixels than this anything may fit by chance."""

SHORTEST = 16
LEAP = 0.25
ENOUGH = 0.45


def judge(couple: Pair, _: Contract) -> Iterator[Hit]:
    """A mean IoU that is at least 0.25 higher, and 0.45 or more, after one change."""
    seen = couple.agreement() if couple.agreement is not None and _large(couple) else None
    if seen is None or seen.pixels < FEWEST or min(classes_in(seen.confusion)) < 2:
        return
    now, best = mean_iou(seen.confusion), best_remap(seen)
    if best.iou < ENOUGH or best.iou - now < LEAP:
        return
    yield Hit(
        f"prediction and label hardly agree, mean IoU {now:.2f}; it is {best.iou:.2f} where {best.what} (a guess)",
        best.remedy,
        {"iou": round(now, 4), "iou_after": round(best.iou, 4), "change": best.what, "pixels": seen.pixels},
        key=couple.scores.path,
    )


def _large(couple: Pair) -> bool:
    return min(couple.label.height, couple.label.width) >= SHORTEST


_GOOD: Confusion = {(0, 0): 2000, (0, 1): 100, (1, 1): 1500, (1, 0): 120, (2, 2): 300, (2, 0): 76}
_UPSIDE_DOWN = "flipped upside down"


def _renamed(table: dict[int, int]) -> Confusion:
    return {(truth, table[found]): count for (truth, found), count in _GOOD.items()}


_NOISE: Confusion = {(truth, found): 450 for truth in range(3) for found in range(3)}
_TWO: Confusion = {(0, 1): 3500, (0, 0): 60, (1, 0): 500, (1, 1): 36}

RULE = Rule(
    about="pair",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("a good prediction", compared(_GOOD), declared(num_classes=3)),
        Example("noise", compared(_NOISE, {_UPSIDE_DOWN: _NOISE})),
        Example("one class is predicted", compared({(0, 2): 3000, (1, 2): 1000, (2, 2): 96})),
        Example("nearly one class, and the wrong one", compared({(0, 2): 2400, (1, 2): 1600, (0, 1): 50, (1, 1): 46})),
        Example("one class in the label", compared({(0, 0): 100, (0, 1): 3996})),
        Example("too few pixels", compared({key: count // 8 for key, count in _TWO.items()})),
        Example("a symmetric picture", compared(_GOOD, {_UPSIDE_DOWN: _GOOD})),
        Example("not to be compared", apart()),
        Example("pixels that nobody has", pair(scores((1, 3, 8, 8)), sized(8, 8))),
    ),
    bad=(
        Example("inverted", compared(_TWO), says="foreground and background are exchanged"),
        Example("ids from 1", compared(_renamed({0: 1, 1: 2, 2: 3})), says="1 is taken from every predicted id"),
        Example(
            "background is missing", compared({(t + 1, p): n for (t, p), n in _GOOD.items()}), says="1 is added to"
        ),
        Example("another list of classes", compared(_renamed({0: 2, 1: 0, 2: 1})), says="renamed, 0 -> 1, 1 -> 2"),
        Example("flipped", compared(_NOISE, {_UPSIDE_DOWN: _GOOD}), says="0.85 where the prediction is flipped"),
    ),
)

"""The prediction is the label.

## What it is
In every pixel that counts, and along every border, the predicted class is the label's. No network does that on a
picture that holds more than a simple shape: the file is probably a copy of the label, or was made from it.

## Why it hurts
Every loss and metric of it is perfect, and measures nothing. In one published sample set of 3 pictures, 3 of 3
predictions are byte for byte the labels: an IoU of 1.0. The usual causes are two equal folders on the command line, a
script that saves the target instead of the output, and a test that overwrites its input.

## How to fix it
Save what the network returned, and look at one pixel of it:

```python
np.save(path, model(image)[0].cpu().numpy())            # not target, not label
```

| it is meant to be so | say |
| --- | --- |
| labels against labels, to see the best score | ``--ignore SL319`` |
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._agree import classes_in
from segloss_cli.rules._examples import pair, scores, sized
from segloss_cli.rules._examples_pairs import apart, compared
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Pair

FEWEST = 1024
BORDERS = 100
"""With fewer changes along the rows of the sample the label is a shape that can be hit exactly."""


def judge(couple: Pair, _: Contract) -> Iterator[Hit]:
    """A prediction without one wrong pixel, of a label that is not trivial."""
    seen = couple.agreement() if couple.agreement is not None else None
    if seen is None or not seen.identical or seen.pixels < FEWEST or seen.borders < BORDERS:
        return
    classes = classes_in(seen.confusion)[0]
    if classes < 2:
        return
    how = "its class ids are" if couple.scores.kind == "ids" else "its arg max is"
    yield Hit(
        f"the prediction has no wrong pixel: {how} the label, {classes} classes and every border of them (a guess: a "
        "copy)",
        "save what the network returned, and check the paths of both",
        {"classes": classes, "kind": couple.scores.kind, "borders": seen.borders},
        key=couple.scores.path,
    )


_SAME = {(0, 0): 3000, (1, 1): 1096}

RULE = Rule(
    about="pair",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("one wrong pixel", compared({**_SAME, (0, 1): 1})),
        Example("one class", compared({(0, 0): 4096}, identical=True)),
        Example("a label of two halves", compared(_SAME, identical=True, borders=64)),
        Example("a few pixels", compared({(0, 0): 300, (1, 1): 300}, identical=True)),
        Example("not to be compared", apart()),
        Example("pixels that nobody has", pair(scores((1, 3, 8, 8)), sized(8, 8))),
    ),
    bad=(Example("every border", compared(_SAME, identical=True), says="its arg max is the label, 2 classes"),),
)

"""A coloured label has as many bands as the prediction has classes, and would pass for class probabilities.

## What it is
Prediction (N, 3, H, W), label (H, W, 3). As a float array (N, 3, H, W) the label has the shape of class probabilities,
but its bands do not sum to 1: it is a colour picture.

## Why it hurts
torch's cross-entropy takes a floating target of the prediction's shape for probabilities and does not look at the sums.
A colour mask with three classes gives 535.5 on random logits, without an error, and the network is trained towards red,
green and blue.

## How to fix it
Map colours to ids (see ``label-multichannel``, SL102), and let the types say it: ids are int64 of shape (N, H, W).

```python
assert label.dtype == torch.int64 and label.shape == (n, h, w)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, colours, declared, floats, pair, scores
from segloss_cli.rules._ids import bands, coloured
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import proved
from segloss_cli.rules._words import commonest
from segloss_cli.types import Contract, Pair, Profile


def judge(couple: Pair, contract: Contract) -> Iterator[Hit]:
    """A pair whose label has a band per class, though its bands are no distribution."""
    count, channels = bands(couple.label), couple.scores.shape[1]
    if count < 2 or count != channels or contract.palette or _distribution(couple.label):
        return
    yield Hit(
        f"label has {count} bands and the prediction {channels} channels: as floats cross-entropy would take it for "
        "probabilities, but its bands do not sum to 1",
        "map the colours to class ids: an int64 label of shape (N, H, W), not floats of (N, C, H, W)",
        {"bands": count, "channels": channels, "commonest": commonest(couple.label.colours or {}, 3)},
        key=couple.scores.path,
        **proved(by_contract=contract.says("num_classes")),
    )


def _distribution(label: Profile) -> bool:
    """Whether the bands of every pixel sum to 1, as far as is known."""
    if label.colours is not None:
        return all(sum(colour) == 1 for colour in label.colours)
    return coloured(label) and label.floating and label.low >= 0 and label.high <= 1


_RGB = colours({(0, 0, 0): 8, (128, 0, 0): 8})
_THREE = scores((1, 3, 4, 4))

RULE = Rule(
    about="pair",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("one band", pair(_THREE, array({0: 8, 2: 8}))),
        Example("21 channels", pair(scores((1, 21, 4, 4)), _RGB), declared(num_classes=21)),
        Example("one-hot", pair(_THREE, colours({(1, 0, 0): 8, (0, 0, 1): 8}))),
        Example(
            "floats whose sums are not known",
            pair(scores((1, 2, 4, 4)), floats({0.0: 8, 1.0: 8}, counts=None, shape=(4, 4, 2), height=4, width=4)),
        ),
        Example("the palette is declared", pair(_THREE, _RGB), declared(palette=((0, 0, 0), (128, 0, 0)))),
    ),
    bad=(
        Example("colours for three classes", pair(_THREE, _RGB), declared(num_classes=3), says="do not sum to 1"),
        Example("nothing declared", pair(_THREE, _RGB), says="3 bands"),
        Example("three equal bands", pair(_THREE, colours({(0, 0, 0): 8, (1, 1, 1): 8})), says="3 channels"),
    ),
)

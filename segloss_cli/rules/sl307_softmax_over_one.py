"""One output channel, and a loss that takes a softmax over the channels.

## What it is
The prediction has one channel, and the declared loss (cross-entropy, or OHEM, top-k, poly-1, NACL, which are made of
it) is a softmax over all channels. Over one channel that is always 1. Or the prediction is 1 in every pixel, which is
what such a softmax leaves.

## Why it hurts
Eight threads of 420: cross-entropy is exactly 0.0 from the first step, its gradient too, and nothing is learned. DiceCE
turns out to be Dice alone. A label with a foreground stops it with ``Target 1 is out of bounds.``, so that it shows
silently only where every label is background, or void.

## How to fix it
Two channels with cross-entropy, or one with a sigmoid:

```python
head = nn.Conv2d(64, 2, 1); loss = nn.CrossEntropyLoss()         # softmax over background and foreground
head = nn.Conv2d(64, 1, 1); loss = nn.BCEWithLogitsLoss()        # sigmoid of the foreground
```

segloss reads one channel x as the two logits (0, x); if that is what your loss does as well, say ``--task binary``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, pair, scores, sized
from segloss_cli.rules._examples_pairs import asked
from segloss_cli.rules._libraries import OVER_CHANNELS, Named, declared_losses, named, words
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, FACT, LIKELY
from segloss_cli.types import Contract, Pair

_REMEDY = "two output channels, or a sigmoid: --loss bce, --task binary"


def judge(couple: Pair, contract: Contract) -> Iterator[Hit]:
    """A softmax over one channel: declared, asked for, or seen."""
    scores = couple.scores
    if scores.shape[1] != 1 or scores.kind == "ids":
        return
    losses = _losses(couple, contract)
    if losses and scores.kind == "logits":
        message = f"one output channel, and {words(losses)} is a softmax over the channels: 1 everywhere, the loss 0.0"
        fed = "; computed here as binary, from the logits (0, x)" if couple.asked else ""
        evidence = {"channels": 1, "losses": [str(loss) for loss in losses]}
        yield Hit(message + fed, _REMEDY, evidence, key=scores.path, **(FACT if couple.asked else ERROR))
    elif scores.kind == "probabilities" and scores.exact and scores.low == scores.high == 1:
        yield Hit(
            "the one channel is 1 in every pixel, which is what softmax over one channel leaves (a guess)",
            "two output channels for softmax, or sigmoid for one",
            {"channels": 1, "low": scores.low, "high": scores.high},
            key=scores.path,
            **LIKELY,
        )


def _losses(couple: Pair, contract: Contract) -> tuple[Named, ...]:
    """The losses over channels, unless the user said that the task is binary."""
    if not contract.says("losses") or (contract.says("task") and contract.task == "binary"):
        return ()
    said = tuple(map(named, couple.asked)) or declared_losses(contract)
    return tuple(loss for loss in dict.fromkeys(said) if loss.loss in OVER_CHANNELS)


_ONE = pair(scores((2, 1, 8, 8)), sized(8, 8, 2))
_CE = declared(losses=("cross-entropy",))

RULE = Rule(
    about="pair",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("two channels", pair(scores((2, 2, 8, 8)), sized(8, 8, 2)), _CE),
        Example("one channel and a sigmoid", _ONE, declared(losses=("bce", "dice"))),
        Example("binary cross-entropy of (0, x)", _ONE, declared(losses=("cross-entropy",), task="binary")),
        Example("no loss was declared", _ONE, Contract(losses=("cross-entropy",), task="binary")),
        Example("class ids have one channel", pair(scores((2, 1, 8, 8), "ids"), sized(8, 8, 2)), _CE),
        Example(
            "the foreground's plane of a softmax",
            pair(scores((2, 1, 8, 8), "probabilities", low=0.01, high=0.99), sized(8, 8, 2)),
            _CE,
        ),
    ),
    bad=(
        Example("declared", _ONE, _CE, says="one output channel, and cross-entropy is a softmax"),
        Example("declared with a library", _ONE, declared(losses=("ohem:like=mmseg", "dice")), says="ohem of mmseg is"),
        Example("asked for", asked(_ONE, "cross-entropy", "dice"), _CE, says="computed here as binary"),
        Example(
            "seen",
            pair(scores((2, 1, 8, 8), "probabilities", low=1.0, high=1.0), sized(8, 8, 2)),
            says="1 in every pixel",
        ),
    ),
)

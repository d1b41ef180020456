"""The prediction holds probabilities: softmax or sigmoid was already applied.

## What it is
All values lie in [0, 1]. If they also sum to 1 over the classes, a softmax was applied, otherwise a sigmoid. For
segloss that is fine, it computes from either. For your training code it depends on which loss gets them.

## Why it hurts
Losses that apply the activation themselves (``CrossEntropyLoss``, ``BCEWithLogitsLoss``, smp's ``from_logits=True``)
apply it again. Nothing is raised; the loss is squeezed and "gets stuck around 1.0". Cross-entropy of a perfect one-hot
probability is ln(1 + (C - 1) / e), not 0: 0.313 for 2 classes, 0.551 for 3, 2.03 for 19, 4.02 for 150. Tutorial 002's
numbers give 0.808034 instead of 1.006570. (log_softmax applied twice is harmless: the second changes nothing.)

## How to fix it
Return logits from the network and let the loss apply the activation, or use a loss for probabilities:

```python
loss = F.nll_loss(torch.log(p.clamp_min(1e-12)), label)         # p = softmax(logits)
loss = F.binary_cross_entropy(p, target)                        # p = sigmoid(logits)
```

If the values are logits after all, say so: ``--input logits``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from segloss_cli.rules._activation import (
    in_unit_range,
    looks_double_sigmoid,
    looks_double_softmax,
    sums_to_one,
    values,
)
from segloss_cli.rules._examples import scores
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import LIKELY, PROBABLY
from segloss_cli.rules._words import number
from segloss_cli.types import Contract, ScoresProfile

FEWEST = 16
"""Fewer logits than this may all fall in [0, 1] by chance."""


def judge(profile: ScoresProfile, _: Contract) -> Iterator[Hit]:
    """Values in [0, 1]: a note, or a warning where they were declared to be logits."""
    if profile.kind not in {"logits", "probabilities"} or not in_unit_range(profile):
        return
    if looks_double_softmax(profile) or looks_double_sigmoid(profile):
        return
    mistaken = profile.kind == "logits"
    if mistaken and values(profile) < FEWEST:
        return
    softmax = sums_to_one(profile)
    channels = profile.shape[1]
    name = "softmax" if softmax else ("sigmoid or softmax" if profile.sum_low is None and channels > 1 else "sigmoid")
    span = f"[{number(profile.low)}, {number(profile.high)}]"
    said = f"{'declared' if profile.kind_declared else 'taken for'} logits, but " if mistaken else ""
    yield Hit(
        f"{said}all values lie in {span}{', with class sums of 1' if softmax else ''}: probabilities after {name}; "
        f"{_effect(channels, softmax=softmax)}",
        "return logits from the network; or feed a loss for probabilities (nll_loss of the log, binary_cross_entropy)",
        {"low": profile.low, "high": profile.high, "channels": channels, "activation": name},
        **(LIKELY if mistaken and profile.kind_declared else PROBABLY),
    )


def _effect(channels: int, *, softmax: bool) -> str:
    """What a loss that applies the activation once more would do."""
    if not softmax:
        return "a with-logits loss would apply it once more"
    floor = math.log(1 + (channels - 1) / math.e)
    return f"CrossEntropyLoss would apply it once more and never fall below {floor:.3f}"


_SUMS: dict[str, Any] = {"sum_low": 1.0, "sum_high": 1.0}

RULE = Rule(
    about="prediction",
    severity="info",
    certainty="likely",
    judge=judge,
    good=(
        Example("logits", scores()),
        Example("log-probabilities", scores(kind="log-probabilities", low=-9.0, high=0.0)),
        Example("class ids", scores((1, 1, 4, 4), "ids", low=0, high=1)),
        Example("nothing but zeros", scores(low=0.0, high=0.0, kind_declared=True)),
        Example("a few logits may be small", scores((1, 2, 2, 2), low=0.1, high=0.9, kind_declared=True)),
    ),
    bad=(
        Example("softmax", scores(kind="probabilities", low=0.0, high=1.0, **_SUMS), says="fall below 0.551"),
        Example("sigmoid", scores((1, 1, 4, 4), "probabilities", low=0.01, high=0.99), says="after sigmoid"),
        Example(
            "declared logits",
            scores(low=0.01, high=0.99, kind_declared=True, sum_low=0.4, sum_high=1.9),
            says="declared logits, but",
        ),
        Example("taken for logits", scores(low=0.01, high=0.99), says="taken for logits, but"),
        Example("declared logits, sums not taken", scores(low=0.01, high=0.99, kind_declared=True), says="or softmax"),
    ),
)

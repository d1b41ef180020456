"""The probabilities look as if softmax had been applied twice.

## What it is
Softmax of numbers in [0, 1] cannot leave a narrow band: no value can exceed e / (e + C - 1), however sure the network
is. All values of this prediction lie in that band: up to 0.731 for 2 classes, 0.131 for 19, 0.120 for 21.

## Why it hurts
A model that ends in softmax, and code that applies it again before saving, or ``CrossEntropyLoss``, which applies its
own. The network cannot become confident, its gradient fades, and the loss has a floor of ln(1 + (C - 1) / e): 0.313
for 2 classes, 0.551 for 3, 2.03 for 19, 4.02 for 150. Nothing is raised; "the loss quickly gets stuck".

## How to fix it
Take one softmax away:

```python
return logits                                           # in forward(); CrossEntropyLoss applies log_softmax itself
```

An untrained network is near 1 / C everywhere and fits the band too: then this is only a hint.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from segloss_cli.rules._activation import looks_double_softmax, softmax_ceiling, values
from segloss_cli.rules._examples import scores
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import GUESS, LIKELY
from segloss_cli.types import Contract, ScoresProfile

FEWEST = 256
NEAR_CEILING = 0.5
"""Above this part of the way from 1 / C to the ceiling the network is not merely untrained."""


def judge(profile: ScoresProfile, _: Contract) -> Iterator[Hit]:
    """Probabilities that sum to 1 and stay within what a second softmax leaves."""
    classes = profile.shape[1]
    if profile.kind not in {"logits", "probabilities"} or classes < 2 or not looks_double_softmax(profile):
        return
    ceiling = softmax_ceiling(classes)
    confident = profile.high - 1 / classes >= NEAR_CEILING * (ceiling - 1 / classes)
    doubt = "" if confident else ", though an untrained network looks like this too"
    yield Hit(
        f"no probability exceeds {profile.high:.4f}; softmax twice over {classes} classes ends at {ceiling:.4f}{doubt}",
        "apply softmax once: return logits from the network, CrossEntropyLoss applies its own",
        {
            "high": profile.high,
            "low": profile.low,
            "ceiling": round(ceiling, 6),
            "loss_floor": round(math.log(1 + (classes - 1) / math.e), 6),
        },
        **(LIKELY if confident and values(profile) >= FEWEST else GUESS),
    )


_SUMS: dict[str, Any] = {"sum_low": 1.0, "sum_high": 1.0}

RULE = Rule(
    about="prediction",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("one softmax", scores(kind="probabilities", low=0.0, high=0.98, **_SUMS)),
        Example(
            "sampled values prove nothing", scores(kind="probabilities", low=0.22, high=0.57, exact=False, **_SUMS)
        ),
        Example("sigmoid", scores((1, 2, 4, 4), "probabilities", low=0.27, high=0.73, sum_low=0.5, sum_high=1.4)),
        Example("every value the same", scores((1, 2, 4, 4), "probabilities", low=0.5, high=0.5, **_SUMS)),
        Example("logits", scores()),
    ),
    bad=(
        Example(
            "3 classes",
            scores((1, 3, 64, 64), "probabilities", low=0.2120, high=0.5761, **_SUMS),
            says="no probability exceeds 0.5761",
        ),
        Example(
            "19 classes",
            scores((1, 19, 64, 64), "probabilities", low=0.0200, high=0.1250, **_SUMS),
            says="ends at 0.1312",
        ),
        Example(
            "hardly away from 1 / C",
            scores((1, 19, 64, 64), "probabilities", low=0.0500, high=0.0560, **_SUMS),
            says="an untrained network",
        ),
    ),
)

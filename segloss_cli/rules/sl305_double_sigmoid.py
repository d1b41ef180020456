"""The probabilities look as if sigmoid had been applied twice: all between 0.5 and 0.7311.

## What it is
Sigmoid of a number in [0, 1] lies in [0.5, 0.7311]. All values of this prediction do.

## Why it hurts
A model that ends in sigmoid with ``BCEWithLogitsLoss`` or a Dice with ``from_logits=True``, which apply their own.
Background can never be predicted: p >= 0.5 keeps binary cross-entropy of a background pixel above ln 2 = 0.693, and
thresholding at 0.5 gives foreground everywhere. Dice and BCE reach a plateau, and no message says why.

## How to fix it
Take one sigmoid away:

```python
loss = F.binary_cross_entropy_with_logits(logits, target)       # forward() returns logits
```

A focal loss that computes its own sigmoid for the modulating factor is right; two threads took that for this fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segloss_cli.rules._activation import SIGMOID_OF_ONE, looks_double_sigmoid, values
from segloss_cli.rules._examples import scores
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, ScoresProfile

NEAR_PROOF = 10_000


def judge(profile: ScoresProfile, _: Contract) -> Iterator[Hit]:
    """Values that all lie within what a second sigmoid leaves."""
    count = values(profile)
    if profile.kind not in {"logits", "probabilities"} or not looks_double_sigmoid(profile):
        return
    yield Hit(
        f"all {count:,} values lie in [{profile.low:.4f}, {profile.high:.4f}]; "
        f"sigmoid twice gives [0.5, {SIGMOID_OF_ONE:.4f}]",
        "apply sigmoid once: return logits from the network, BCEWithLogitsLoss applies its own",
        {"low": profile.low, "high": profile.high, "values": count},
        certainty="likely" if count >= NEAR_PROOF else "hint",
    )


_BAND: dict[str, Any] = {"low": 0.5002, "high": 0.7308}

RULE = Rule(
    about="prediction",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("one sigmoid", scores((1, 1, 64, 64), "probabilities", low=0.01, high=0.73)),
        Example("a few values", scores((1, 1, 4, 4), "probabilities", **_BAND)),
        Example("sampled values prove nothing", scores((1, 1, 64, 64), "probabilities", exact=False, **_BAND)),
        Example("every value the same", scores((1, 1, 64, 64), "probabilities", low=0.5, high=0.5)),
        Example("class ids", scores((1, 1, 64, 64), "ids", low=0, high=1)),
    ),
    bad=(
        Example("many values", scores((1, 1, 512, 512), "probabilities", **_BAND), says="all 262,144 values"),
        Example("fewer values", scores((1, 1, 32, 32), "probabilities", **_BAND), says="[0.5002, 0.7308]"),
        Example(
            "four sigmoids",
            scores((1, 4, 64, 64), "probabilities", sum_low=2.0, sum_high=2.9, **_BAND),
            says="sigmoid twice",
        ),
    ),
)

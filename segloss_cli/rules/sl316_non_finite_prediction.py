"""The prediction holds NaN or infinity.

## What it is
Numbers that are none: NaN (0/0, inf - inf, log of a negative number) or infinity (a float16 overflow beyond 65,504, a
division by zero, log 0).

## Why it hurts
One NaN logit makes every mean NaN, and one backward pass makes the network NaN. Masking does not help where it is done
by multiplying: 0 * NaN is NaN, so that a NaN under an ignored pixel counts all the same. And one implementation hides
it: mmseg's OHEM sorts NaN out and reports 1.09. An infinite logit gives inf or NaN in everything.

## How to fix it
Find the first step that makes it; segloss names the first index (n, c, y, x).

```python
torch.autograd.set_detect_anomaly(True)                 # names the operation
p = torch.log_softmax(logits, 1)                        # instead of softmax and log: [0, 200] gives inf there
```

Compute losses in float32 under autocast, and mask with ``torch.where(valid, loss, 0)`` instead of multiplying.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import scores
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, NOTE
from segloss_cli.types import Contract, ScoresProfile


def judge(profile: ScoresProfile, _: Contract) -> Iterator[Hit]:
    """NaN or infinity; infinity alone in log-probabilities is the log of 0, and no more than a note."""
    if not profile.nan and not profile.inf:
        return
    parts = [f"{count:,} {name}" for count, name in ((profile.nan, "NaN"), (profile.inf, "infinite")) if count]
    least = "" if profile.exact else "at least "
    first = f", the first at (n, c, y, x) = {profile.first_bad}" if profile.first_bad is not None else ""
    evidence: dict[str, int | list[int]] = {"nan": profile.nan, "inf": profile.inf, "exact": profile.exact}
    if profile.first_bad is not None:
        evidence |= {"first": [*profile.first_bad]}
    zero = profile.kind == "log-probabilities" and not profile.nan
    yield Hit(
        f"{least}{' and '.join(parts)} values{first}{'; -inf is the log of probability 0' if zero else ''}",
        "a loss on a pixel of that class is infinite: clamp probabilities before the log"
        if zero
        else "find the step that makes them: torch.autograd.set_detect_anomaly(True); float16 overflows at 65504",
        evidence,
        **(NOTE if zero else ERROR),
    )


RULE = Rule(
    about="prediction",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(Example("finite", scores()), Example("large but finite", scores(low=-1e38, high=1e38))),
    bad=(
        Example("one NaN", scores(nan=1, first_bad=(0, 2, 3, 1)), says="(n, c, y, x) = (0, 2, 3, 1)"),
        Example("infinity", scores(inf=12), says="12 infinite values"),
        Example("both, sampled", scores(nan=3, inf=2, exact=False), says="at least 3 NaN and 2 infinite"),
        Example("log 0", scores(kind="log-probabilities", low=-40.0, high=0.0, inf=7), says="the log of probability 0"),
    ),
)

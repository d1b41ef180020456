"""The declared loss takes another kind of values than the prediction holds.

## What it is
Logits, probabilities and their logarithms are three things, and most losses take one of them. Here the declared loss
says by its name what it takes (``nll``: log-probabilities; ``bce-on-probabilities``; ``bce-with-logits``), or it is a
library's call that applies no activation (``mcc:like=smp``), and the prediction holds something else. segloss's own
losses take all three, so nothing is said of ``cross-entropy``, ``bce`` or ``dice``; nor of log-probabilities for a
loss that applies log_softmax, since the second one changes nothing.

## Why it hurts
``NLLLoss`` of probabilities is negative: -0.9 for a confident, right prediction, where -log p is 0.1. ``BCELoss`` of
logits stops with ``all elements of input should be between 0 and 1``. Others say nothing: smp's MCC of logits is NaN,
MONAI's unified focal loss gives 1.240 in the place of 0.383, ``KLDivLoss`` of probabilities -1.508 in the place of
0.857. And sigmoid applied twice leaves values between 0.5 and 0.731 only.

## How to fix it
| the network returns | losses that take it |
| --- | --- |
| logits | ``CrossEntropyLoss``, ``BCEWithLogitsLoss``, smp with ``from_logits=True`` |
| ``log_softmax(logits, 1)`` | ``NLLLoss``, ``KLDivLoss`` |
| ``softmax(logits, 1)``, ``sigmoid(logits)`` | ``BCELoss``, MCC of smp, unified focal of MONAI |
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from segloss_cli.rules._activation import SUM_TOLERANCE, in_unit_range, sums_to_one
from segloss_cli.rules._examples import declared, scores
from segloss_cli.rules._libraries import CALLS, INPUTS, Named, declared_losses
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, LIKELY, PROBABLY, Weight
from segloss_cli.rules._words import number
from segloss_cli.types import Contract, Kind, ScoresProfile

_APPLY: dict[Kind, str] = {
    "logits": "give it the logits: the loss applies softmax or sigmoid itself",
    "probabilities": "apply softmax or sigmoid first, or take the loss with logits (BCEWithLogitsLoss)",
    "log-probabilities": "apply log_softmax(logits, 1) first, or take CrossEntropyLoss on the logits",
}


def judge(profile: ScoresProfile, contract: Contract) -> Iterator[Hit]:
    """Declared losses that take something else than what the values prove, or are taken for."""
    for loss in declared_losses(contract):
        wanted, known = _takes(loss)
        if wanted is None or profile.kind == "ids":
            continue
        weight = _weight(profile, wanted, by_name=loss.loss in INPUTS)
        if weight is None:
            continue
        span = f"[{number(profile.low)}, {number(profile.high)}]"
        yield Hit(
            f"{loss} takes {wanted}, and these are {profile.kind} in {span}{known}",
            _APPLY[wanted],
            {"loss": str(loss), "takes": wanted, "kind": profile.kind, "low": profile.low, "high": profile.high},
            key=str(loss),
            **weight,
        )


def _takes(loss: Named) -> tuple[Kind | None, str]:
    """What a loss takes, and what is known of the wrong input."""
    if loss in CALLS:
        kind, effect = CALLS[loss]
        return kind, f"; without an error {effect}"
    return INPUTS.get(loss.loss), ""


def _weight(profile: ScoresProfile, wanted: Kind, *, by_name: bool) -> Weight | None:
    """How sure it is that the values are none of what is wanted; None where they may be."""
    if math.isnan(profile.low) or _may_be(profile, wanted):
        return None
    if wanted == "logits":
        # numbers in [0, 1] can be logits: it takes the sums, or a network that never leaves that range, to tell
        return LIKELY if profile.kind == "probabilities" else None
    return ERROR if by_name else PROBABLY


def _may_be(profile: ScoresProfile, wanted: Kind) -> bool:
    """Whether the values can be what is wanted, by their range and sums alone."""
    if wanted == "logits":
        return not in_unit_range(profile)
    if wanted == "probabilities":
        return profile.low >= 0 and profile.high <= 1
    return profile.high <= SUM_TOLERANCE and not sums_to_one(profile)


_PROBABILITIES = scores((1, 3, 8, 8), "probabilities", low=0.01, high=0.98, sum_low=1.0, sum_high=1.0)
_LOGS = scores((1, 3, 8, 8), "log-probabilities", low=-9.0, high=-0.01)
_LOGITS = scores((1, 3, 8, 8))

RULE = Rule(
    about="prediction",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("log-probabilities for nll", _LOGS, declared(losses=("nll",))),
        Example("logits for a loss with logits", _LOGITS, declared(losses=("bce-with-logits",))),
        Example("log_softmax twice is harmless", _LOGS, declared(losses=("cross-entropy-with-logits",))),
        Example("probabilities for BCELoss", _PROBABILITIES, declared(losses=("bce-on-probabilities",))),
        Example("losses of segloss take any", _PROBABILITIES, declared(losses=("cross-entropy", "bce", "dice"))),
        Example("probabilities for a call that wants them", _PROBABILITIES, declared(losses=("mcc:like=smp",))),
        Example("no loss was declared", _PROBABILITIES, Contract(losses=("nll",))),
        Example("class ids are SL308's", scores((1, 1, 8, 8), "ids", low=0, high=2), declared(losses=("nll",))),
        Example("nothing finite", scores((1, 3, 8, 8), low=math.nan, high=math.nan), declared(losses=("nll",))),
    ),
    bad=(
        Example("probabilities for nll", _PROBABILITIES, declared(losses=("nll",)), says="nll takes log-probabilities"),
        Example("logits for nll", _LOGITS, declared(losses=("nll",)), says="these are logits in [-5, 5]"),
        Example("logits for BCELoss", _LOGITS, declared(losses=("bce-on-probabilities",)), says="takes probabilities"),
        Example(
            "probabilities for a loss with logits",
            _PROBABILITIES,
            declared(losses=("cross-entropy-with-logits",)),
            says="takes logits",
        ),
        Example("a library's call", _LOGITS, declared(losses=("mcc:like=smp",)), says="mcc of smp takes probabilities"),
    ),
)

"""What the values of a floating prediction are: logits, probabilities or log-probabilities, and the proof.

A sample of rows from the whole file settles it for logits: a value above 1, or values on both sides of 0, can be
nothing else. Only where the sample leaves it open is every value looked at, in chunks of a few megabytes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from segloss_cli._planes import blocks, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segloss_cli.types import Kind

TOLERANCE = 1e-5
SUM_TOLERANCE = 1e-3


class Span:
    """The range of what was added, NaN and infinity left out; ``low > high`` where that was nothing."""

    def __init__(self) -> None:
        self.low = math.inf
        self.high = -math.inf

    def add(self, values: NDArray[Any]) -> None:
        """Widen the range."""
        import numpy as np

        low, high = float(values.min()), float(values.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            values = values[np.isfinite(values)]
            if not values.size:
                return
            low, high = float(values.min()), float(values.max())
        self.low, self.high = min(self.low, low), max(self.high, high)

    @property
    def is_one(self) -> bool:
        """Whether all is 1, as sums of probabilities are."""
        return abs(self.low - 1) <= SUM_TOLERANCE and abs(self.high - 1) <= SUM_TOLERANCE


class Seen(Span):
    """The range of the values, of their sums over the class axis, and of the sums of their exponentials."""

    def __init__(self) -> None:
        super().__init__()
        self.sums = Span()
        self.exps = Span()
        self.whole = True

    @property
    def logits(self) -> bool:
        """Whether the range alone proves that these are no probabilities and no logarithms of such."""
        return self.high > 1 + TOLERANCE or (self.low < -TOLERANCE and self.high > TOLERANCE)

    def look(self, block: NDArray[Any]) -> None:
        """Take in a (C, rows, W) block; sums are taken only where they can still decide something."""
        import numpy as np

        values = block.astype(np.result_type(block.dtype, np.float32), copy=False)
        self.add(values)
        self.whole = self.whole and self.low >= 0 and bool((values == np.rint(values)).all())
        if len(values) == 1 or self.logits:
            return
        if self.low >= -TOLERANCE:
            self.sums.add(values.sum(axis=0))
        if self.high <= TOLERANCE:
            self.exps.add(np.exp(values).sum(axis=0))


def decide(view: NDArray[Any]) -> tuple[Kind, str]:
    """The kind of an (N, C, H, W) view of floating values, and the reason.

    NaN and infinity are passed over (minus infinity is a log-probability of 0).
    """
    import numpy as np

    with np.errstate(all="ignore"):
        return _decide(view)


def _decide(view: NDArray[Any]) -> tuple[Kind, str]:
    seen = Seen()
    for _, _, block in sample(view):
        seen.look(block)
    if seen.logits and not (view.shape[1] == 1 and seen.whole):
        return "logits", f"values from {seen.low:.4g} to {seen.high:.4g} in a sample are no probabilities"
    seen = Seen()
    for _, _, block in blocks(view):
        seen.look(block)
        if seen.logits and not seen.whole:
            break
    return _verdict(seen, view.shape[1])


def _verdict(seen: Seen, channels: int) -> tuple[Kind, str]:
    if seen.low > seen.high:
        return "logits", "no value is finite, so nothing can be told"
    span = f"values from {seen.low:.4g} to {seen.high:.4g}"
    if seen.high <= TOLERANCE and channels > 1 and seen.exps.is_one:
        return "log-probabilities", f"{span}, and their exponentials sum to 1 over the {channels} channels"
    if seen.low == seen.high == 0:
        return "logits", "every value is 0, which no probabilities are"
    if seen.low >= -TOLERANCE and seen.high <= 1 + TOLERANCE:
        return "probabilities", f"{span}, {_sums(seen, channels)}"
    if channels == 1 and seen.whole:
        return "ids", f"{span}, all whole numbers in one channel"
    return "logits", f"{span} are no probabilities"


def _sums(seen: Seen, channels: int) -> str:
    if channels == 1:
        return "in one channel (sigmoid)"
    if seen.sums.is_one:
        return f"which sum to 1 over the {channels} channels (softmax)"
    low, high = seen.sums.low, seen.sums.high
    return f"whose sums over the {channels} channels run from {low:.4g} to {high:.4g} (sigmoid)"

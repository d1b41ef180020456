"""The label array's type is one that a loss rejects.

## What it is
The values are right, but stored as float, bool, or an integer type other than int64 and uint8.

## Why it hurts
torch's cross-entropy wants int64: float gives ``expected scalar type Long but found Float`` (2.14: ``expected target
dtype to be Long or Byte, but got Float``); int32, int16, uint16 and bool are rejected too. ``F.one_hot`` (``one_hot is
only applicable to index tensor of type LongTensor``) is as strict. Binary losses want the opposite: ``Found dtype Long
but expected Float``. These stop at once and are quickly mended; but a float label is often the trace of ``ToTensor`` or
of interpolation, so look at its values first.

## How to fix it
```python
label = torch.from_numpy(array.astype(np.int64))        # cross-entropy, and Dice of several classes
label = torch.from_numpy(array.astype(np.float32))      # binary losses
```

The cast from uint16 goes through NumPy, since many torch functions do not know that type.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, floats, label
from segloss_cli.rules._floats import reading
from segloss_cli.rules._ids import coloured, is_array, loss_names, one_channel
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import FACT, NOTE
from segloss_cli.types import Contract, Profile

ACCEPTED = frozenset({"int64", "uint8"})


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """An array of whole numbers whose type cross-entropy rejects; a warning for floats where ids are declared."""
    dtype = profile.container.dtype
    if not is_array(profile) or coloured(profile) or dtype in ACCEPTED or profile.nonfinite:
        return
    if profile.floating and (reading(profile, contract) != "whole" or one_channel(contract) or contract.says("soft")):
        return
    loud = profile.floating and "cross-entropy" in loss_names(contract)
    yield Hit(
        f"stored as {dtype}: whole numbers, but torch's cross-entropy takes int64 only",
        "label = label.astype(np.int64), once, where it is loaded",
        {"dtype": dtype},
        **(FACT if loud else NOTE),
    )


RULE = Rule(
    about="label",
    severity="info",
    certainty="proof",
    judge=judge,
    good=(
        Example("int64", array()),
        Example("uint8", array(dtype="uint8")),
        Example("a picture", label({0: 50, 300: 50}, mode="I;16", dtype="uint16")),
        Example("float targets of a binary loss", floats({0.0: 50, 1.0: 50}), declared(task="binary")),
        Example("fractions are SL215's", floats({0.0: 50, 0.5: 50}), declared(num_classes=3)),
    ),
    bad=(
        Example("int32", array(dtype="int32"), says="stored as int32"),
        Example("bool", array(dtype="bool"), says="stored as bool"),
        Example("whole floats", floats({0.0: 50, 7.0: 50}), says="stored as float32"),
        Example(
            "floats for cross-entropy",
            floats({0.0: 50, 7.0: 50}),
            declared(losses=("cross-entropy",), num_classes=8),
            says="int64 only",
        ),
    ),
)

"""The label array has an axis too many: (N, 1, H, W), (H, W, 1) or (1, H, W).

## What it is
An axis of length 1 was kept, as ``ToTensor``, albumentations or ``unsqueeze`` leave it. segloss reads such files all
the same; most losses do not.

## Why it hurts
Cross-entropy stops: ``only batches of spatial targets supported (3D tensors) but got targets of size: : [8, 1, 224,
224]`` (``of dimension: 4`` on the CPU). smp answers with a bare ``AssertionError``. Worse, arithmetic broadcasts:
(N, 1, H, W) times (N, H, W) is (N, N, H, W), each label against each image of the batch, and the loss is a number.

## How to fix it
```python
label = label.squeeze(1)                                # (N, 1, H, W) -> (N, H, W)
label = label[..., 0]                                   # (H, W, 1) -> (H, W)
```

Binary losses with one output channel want the axis, since there the label has the prediction's shape (N, 1, H, W), and
so does MONAI with ``to_onehot_y=True``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, declared, label
from segloss_cli.rules._ids import is_array, loss_names, one_channel
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._weights import ERROR, LIKELY, PROBABLY, Weight
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """An array label with an axis of length 1 beside its height and width."""
    shape = profile.container.shape
    if not is_array(profile) or one_channel(contract):
        return
    size = (profile.height, profile.width)
    if len(shape) == 4 and shape[1] == 1 and shape[2:] == size:
        yield _hit(shape, "(N, 1, H, W)", "label = label.squeeze(1)", _weight(contract))
    elif len(shape) in {3, 4} and shape[-1] == 1 and shape[-3:-1] == size:
        yield _hit(shape, "(H, W, 1)", "label = label[..., 0]", _weight(contract))
    elif len(shape) == 3 and shape[0] == 1 and shape[1:] == size:
        yield _hit(shape, "(1, H, W)", "label = label[0], before batches are made of it", PROBABLY)


def _weight(contract: Contract) -> Weight:
    """An error where the label is declared to be for cross-entropy, since others (MONAI) want the axis."""
    return ERROR if "cross-entropy" in loss_names(contract) else LIKELY


def _hit(shape: tuple[int, ...], reading: str, remedy: str, weight: Weight) -> Hit:
    stored = " x ".join(map(str, shape))
    return Hit(
        f"array of shape {stored}, read as {reading}: cross-entropy wants (N, H, W)",
        remedy,
        {"shape": [*shape], "reading": reading},
        **weight,
    )


RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    good=(
        Example("height and width", array(shape=(10, 10), height=10, width=10), declared(num_classes=2)),
        Example("a batch", array(shape=(4, 5, 5), images=4, height=5, width=5), declared(num_classes=2)),
        Example(
            "a binary loss wants it", array(shape=(4, 1, 5, 5), images=4, height=5, width=5), declared(task="binary")
        ),
        Example("a picture one pixel wide", label({0: 50, 1: 50}, shape=(100, 1))),
    ),
    bad=(
        Example("(N, 1, H, W)", array(shape=(4, 1, 5, 5), images=4, height=5, width=5), says="4 x 1 x 5 x 5"),
        Example(
            "(N, 1, H, W) of several classes",
            array(shape=(4, 1, 5, 5), images=4, height=5, width=5),
            declared(num_classes=21, losses=("cross-entropy",)),
            says="(N, 1, H, W)",
        ),
        Example("(H, W, 1)", array(shape=(10, 10, 1), height=10, width=10), says="(H, W, 1)"),
        Example("(1, H, W)", array(shape=(1, 10, 10), height=10, width=10), says="(1, H, W)"),
    ),
)

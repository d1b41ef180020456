"""What the label is to a loss: as the training code would see it ("given"), and after the repair of what is wrong.

Only faults that change the numbers make a second target; a healthy label has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from segloss_cli._record import record
from segloss_cli.errors import ShapeError
from segloss_cli.types import Contract, Profile, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZERO_LABEL = 255

_HALF = 128


@record(frozen=True)
class Target:
    """One reading of a label: its name, the values (N, H * W) or (N, C, H * W), and what counts nowhere.

    ``outside`` are values that are neither a class nor ignored: what most losses raise at. ``note`` says what the
    training code did to the stored values on the way, if it did something. ``soft`` targets hold fractions, which only
    sigmoid losses take. ``ignores`` says that some pixel is ignored.
    """

    name: str
    labels: NDArray[Any]
    ignore: frozenset[int]
    outside: tuple[int, ...] = ()
    note: str = ""
    soft: bool = False
    ignores: bool = False


def targets_of(ids: NDArray[Any], profile: Profile, contract: Contract, task: Task, classes: int) -> tuple[Target, ...]:
    """The label as given and, where that breaks the contract, as repaired.

    Args:
        ids: the stored values, (N, H, W), or (N, C, H, W) for multi-label.
        profile: what is in the file.
        contract: what counts nowhere, and whether 0 does.
        task: what the losses take the label for.
        classes: channels of the prediction.

    Raises:
        ShapeError: the label is coloured or holds NaN, so that its values are no ids; or a plane per class is missing.
    """
    ids = _one_band(ids, profile)
    if profile.nonfinite:
        raise ShapeError(f"the label holds NaN or infinity ({profile.nonfinite} pixels), which are no ids")
    values = distinct(ids) if profile.counts is None else list(profile.counts)
    if contract.reduce_zero_label:
        ids, values, contract = _reduced(ids, values, contract)
    whole = Whole(ids.reshape(*ids.shape[: 2 if task == "multilabel" else 1], -1), values)
    if task == "multilabel":
        return tuple(_planes(whole, ids.shape, contract, classes))
    if task == "binary":
        return tuple(_binary(whole, profile, contract))
    return tuple(_exclusive(whole, profile, contract, classes))


@record(frozen=True)
class Whole:
    """All values of a label, and the distinct ones, so that no question about them needs another look at the pixels."""

    labels: NDArray[Any]
    values: list[Any]

    def outside(self, ignore: frozenset[int], classes: int) -> tuple[int, ...]:
        """The values that are neither a class nor ignored."""
        return tuple(sorted({int(v) for v in self.values if not 0 <= v < classes and v not in ignore}))

    def not_binary(self, ignore: frozenset[int]) -> tuple[int, ...]:
        """Values other than 1 that lie outside [0, 1): what lies between is a soft target."""
        return tuple(sorted({int(v) for v in self.values if v != 1 and not 0 <= v < 1 and v not in ignore}))

    def times_255(self) -> Whole:
        """What was divided by 255, as it was."""
        import numpy as np

        whole: NDArray[Any] = np.rint(self.labels * 255).astype(np.int64)
        return Whole(whole, [round(v * 255) for v in self.values])

    def as_ids(self) -> Whole:
        """What ``.long()`` makes of it: fractions are cut off."""
        import numpy as np

        return Whole(self.labels.astype(np.int64), [int(v) for v in self.values])

    def foreground(self, ignore: frozenset[int], *, lossy: bool = False) -> tuple[Whole, str]:
        """Every value but 0 as 1, as a binary mask is meant, ignored values staying what they are; and in words.

        Of what was stored with loss the upper half of 0..255: a little above 0 is background that was blurred.
        """
        import numpy as np

        if lossy and max(self.values) >= _HALF and not ignore:
            return Whole((self.labels >= _HALF).astype(np.int64), [0, 1]), f"label >= {_HALF}"
        marked = (self.labels != 0).astype(np.int64)
        for value in ignore:
            marked = np.where(self.labels == value, value, marked)
        others = [v for v in self.values if v != 0 and v not in ignore]
        kept = [v for v in self.values if v == 0 or v in ignore]
        return Whole(marked, [*kept, 1]), f"{others[0]:g} -> 1" if len(others) == 1 else "label != 0"

    def target(self, name: str, ignore: frozenset[int], **facts: Any) -> Target:
        """This as a target."""
        return Target(name, self.labels, ignore, ignores=any(v in ignore for v in self.values), **facts)


def _one_band(ids: NDArray[Any], profile: Profile) -> NDArray[Any]:
    if profile.colours is None and not profile.grey:
        return ids
    if profile.grey:
        return ids[..., 0] if ids.ndim == 4 else ids
    raise ShapeError("the label is a coloured picture: map its colours to class ids first")


def _reduced(ids: NDArray[Any], values: list[Any], contract: Contract) -> tuple[NDArray[Any], list[Any], Contract]:
    """Zero becomes ignored and every other id moves down by one; 255 stays 255."""
    import numpy as np

    wide = ids.astype(np.int64)
    moved = np.where((wide == 0) | (wide == _ZERO_LABEL), _ZERO_LABEL, wide - 1)
    after = [_ZERO_LABEL if int(v) in {0, _ZERO_LABEL} else int(v) - 1 for v in values]
    return moved, after, replace(contract, ignore=contract.ignore | {_ZERO_LABEL})


def _exclusive(whole: Whole, profile: Profile, contract: Contract, classes: int) -> Iterator[Target]:
    given, note = whole, ""
    steps: list[str] = []
    if profile.floating:
        given, note = whole.as_ids(), "" if profile.integral else "as .long() cuts it"
        scaled = profile.rescaled and not profile.integral  # 0.0 and 1.0 are ids as they are
        whole, steps = (whole.times_255(), ["x255"]) if scaled else (given, [])
    yield given.target("given", contract.ignore, outside=given.outside(contract.ignore, classes), note=note)
    wrong = whole.outside(contract.ignore, classes)
    if wrong:
        steps.append(f"{', '.join(map(str, wrong[:3]))}{', ...' if len(wrong) > 3 else ''} ignored")
    if steps:
        yield whole.target(f"repaired: {', '.join(steps)}", contract.ignore | frozenset(wrong))


def _binary(whole: Whole, profile: Profile, contract: Contract) -> Iterator[Target]:
    steps: list[str] = []
    outside = whole.not_binary(contract.ignore)
    yield whole.target("given", contract.ignore, outside=outside, soft=not profile.integral)
    if profile.rescaled and not profile.integral:
        whole, steps = whole.times_255(), ["x255"]
        outside = whole.not_binary(contract.ignore)
    if outside:
        whole, step = whole.foreground(contract.ignore, lossy=profile.container.lossy)
        steps.append(step)
    if steps:
        yield whole.target(f"repaired: {', '.join(steps)}", contract.ignore)


def _planes(whole: Whole, shape: tuple[int, ...], contract: Contract, classes: int) -> Iterator[Target]:
    if len(shape) != 4 or shape[1] != classes:
        raise ShapeError(
            f"a multi-label label needs one plane per class, ({classes}, H, W) or (N, {classes}, H, W); "
            f"this is {tuple(shape)}"
        )
    yield whole.target("given", contract.ignore)
    if any(v not in {0, 1} and v not in contract.ignore for v in whole.values):
        repaired, step = whole.foreground(contract.ignore)
        yield repaired.target(f"repaired: {step}", contract.ignore)


def distinct(labels: NDArray[Any]) -> list[Any]:
    """The distinct values, ascending; runs of equal pixels are taken once, since labels are blobs."""
    import numpy as np

    flat = labels.reshape(-1)
    starts = flat[np.concatenate([np.ones(1, bool), flat[1:] != flat[:-1]])] if flat.size else flat
    return list(np.unique(starts).tolist())


def raised_at(target: Target, classes: int) -> str:
    """What losses of exclusive classes raise at values outside the classes, in words.

    >>> import numpy as np
    >>> raised_at(Target("given", np.asarray([[7]]), frozenset(), (7,)), 3)
    'id 7 is none of 0..2: raises an index error (torch: "Target 7 is out of bounds")'
    """
    value = target.outside[0]
    return f'id {value} is none of 0..{classes - 1}: raises an index error (torch: "Target {value} is out of bounds")'

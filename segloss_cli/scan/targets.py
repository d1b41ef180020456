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


@record(frozen=True)
class Target:
    """One reading of a label: its name, the values (N, H * W) or (N, C, H * W), and what counts nowhere.

    ``outside`` are values that are neither a class nor ignored: what most losses raise at. ``note`` says what the
    training code did to the stored values on the way, if it did something. ``soft`` targets hold fractions, which only
    sigmoid losses take.
    """

    name: str
    labels: NDArray[Any]
    ignore: frozenset[int]
    outside: tuple[int, ...] = ()
    note: str = ""
    soft: bool = False


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
    if contract.reduce_zero_label:
        ids, contract = _reduced(ids, contract)
        profile = replace(profile, counts=None)
    if task == "multilabel":
        return tuple(_planes(ids, contract, classes))
    if task == "binary":
        return tuple(_binary(ids, profile, contract))
    return tuple(_exclusive(ids, profile, contract, classes))


def _one_band(ids: NDArray[Any], profile: Profile) -> NDArray[Any]:
    if profile.colours is None and not profile.grey:
        return ids
    if profile.grey:
        return ids[..., 0] if ids.ndim == 4 else ids
    raise ShapeError("the label is a coloured picture: map its colours to class ids first")


def _reduced(ids: NDArray[Any], contract: Contract) -> tuple[NDArray[Any], Contract]:
    """Zero becomes ignored and every other id moves down by one; 255 stays 255."""
    import numpy as np

    wide = ids.astype(np.int64)
    moved = np.where((wide == 0) | (wide == _ZERO_LABEL), _ZERO_LABEL, wide - 1)
    return moved, replace(contract, ignore=contract.ignore | {_ZERO_LABEL})


def _flat(ids: NDArray[Any], axes: int = 1) -> NDArray[Any]:
    return ids.reshape(*ids.shape[:axes], -1)


def _exclusive(ids: NDArray[Any], profile: Profile, contract: Contract, classes: int) -> Iterator[Target]:
    import numpy as np

    labels, note, steps = _flat(ids), "", []
    given = labels
    if profile.floating:
        given, note = labels.astype(np.int64), "" if profile.integral else "as .long() cuts it"
        scaled = profile.rescaled and not profile.integral  # 0.0 and 1.0 are ids as they are
        labels = _times_255(labels) if scaled else given
        steps = ["x255"] if scaled else []
    outside = _outside(given, contract.ignore, classes)
    yield Target("given", given, contract.ignore, outside, note)
    wrong = _outside(labels, contract.ignore, classes)
    if wrong:
        steps.append(f"{', '.join(map(str, wrong[:3]))}{', ...' if len(wrong) > 3 else ''} ignored")
    if steps:
        yield Target(f"repaired: {', '.join(steps)}", labels, contract.ignore | frozenset(wrong))


def _binary(ids: NDArray[Any], profile: Profile, contract: Contract) -> Iterator[Target]:
    labels, steps = _flat(ids), []
    outside = _not_binary(labels, contract.ignore)
    yield Target("given", labels, contract.ignore, outside, soft=not profile.integral)
    if profile.rescaled and not profile.integral:
        labels, steps = _times_255(labels), ["x255"]
        outside = _not_binary(labels, contract.ignore)
    if outside:
        labels, step = _foreground(labels, contract.ignore)
        steps.append(step)
    if steps:
        yield Target(f"repaired: {', '.join(steps)}", labels, contract.ignore)


def _not_binary(labels: NDArray[Any], ignore: frozenset[int]) -> tuple[int, ...]:
    """Whole values other than 0 and 1, and fractions beyond them: [0, 1] is a soft target."""
    return tuple(int(v) for v in distinct(labels) if v != 1 and not 0 <= v < 1 and v not in ignore)


def _planes(ids: NDArray[Any], contract: Contract, classes: int) -> Iterator[Target]:
    if ids.ndim != 4 or ids.shape[1] != classes:
        raise ShapeError(
            f"a multi-label label needs one plane per class, ({classes}, H, W) or (N, {classes}, H, W); "
            f"this is {tuple(ids.shape)}"
        )
    labels, ignore = _flat(ids, 2), contract.ignore
    yield Target("given", labels, ignore)
    if any(v not in (0, 1) and v not in ignore for v in distinct(labels)):
        repaired, step = _foreground(labels, ignore)
        yield Target(f"repaired: {step}", repaired, ignore)


def _foreground(labels: NDArray[Any], ignore: frozenset[int]) -> tuple[NDArray[Any], str]:
    """Every value but 0 as 1, as a binary mask is meant; ignored values stay what they are."""
    import numpy as np

    foreground = (labels != 0).astype(np.int64)
    for value in ignore:
        foreground = np.where(labels == value, value, foreground)
    others = [v for v in distinct(labels) if v != 0 and v not in ignore]
    return foreground, f"{others[0]:g} -> 1" if len(others) == 1 else "label != 0"


def _times_255(labels: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    whole: NDArray[Any] = np.rint(labels * 255).astype(np.int64)
    return whole


def distinct(labels: NDArray[Any]) -> list[Any]:
    """The distinct values, ascending; runs of equal pixels are taken once, since labels are blobs."""
    import numpy as np

    flat = labels.reshape(-1)
    starts = flat[np.concatenate([np.ones(1, bool), flat[1:] != flat[:-1]])] if flat.size else flat
    return list(np.unique(starts).tolist())


def _outside(labels: NDArray[Any], ignore: frozenset[int], classes: int) -> tuple[int, ...]:
    return tuple(int(v) for v in distinct(labels) if not 0 <= v < classes and v not in ignore)


def raised_at(target: Target, classes: int) -> str:
    """What losses of exclusive classes raise at values outside the classes, in words.

    >>> import numpy as np
    >>> raised_at(Target("given", np.asarray([[7]]), frozenset(), (7,)), 3)
    'id 7 is none of 0..2: raises "Target 7 is out of bounds"'
    """
    value = target.outside[0]
    return f'id {value} is none of 0..{classes - 1}: raises "Target {value} is out of bounds"'

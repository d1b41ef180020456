"""Whether an array is a label or a prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from segloss_cli._planes import release
from segloss_cli.read._source import Decoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

Role = tuple[Literal["label", "prediction"], str]

_STEP = 1 << 20


def role_of(decoded: Decoded) -> Role:
    """Judge by dtype, and for floating arrays by their values."""
    array, shape = decoded.array, decoded.container.shape
    if array is None or array.dtype.kind != "f":
        return "label", f"an array of {decoded.container.dtype}"
    if len(shape) < 2:
        return "label", f"an array of shape {shape}"
    if _whole_numbers(array):
        return "label", "floating values that are all whole numbers"
    if _rescaled(array):
        return "label", "floating values that are all k/255, what ToTensor leaves of a label"
    return "prediction", "floating values that are no class ids"


def _whole_numbers(array: NDArray[Any]) -> bool:
    import numpy as np

    return _all(array, lambda values: (values == np.rint(values)).all())


def _rescaled(array: NDArray[Any]) -> bool:
    import numpy as np

    def is_rescaled(values: NDArray[Any]) -> bool:
        if values.min() < 0 or values.max() > 1:
            return False
        scaled = values.astype(np.float64) * 255
        slack = 0.1 if values.dtype == np.float16 else 1e-4
        return bool((np.abs(scaled - np.rint(scaled)) <= slack).all())

    return _all(array, is_rescaled)


def _all(array: NDArray[Any], test: Any) -> bool:
    """Whether a test holds for all finite values, of which there is at least one."""
    import numpy as np

    flat = np.asarray(array).reshape(-1, order="A")
    found = False
    for at in range(0, flat.size, _STEP):
        values = flat[at : at + _STEP]
        values = values[np.isfinite(values)]
        if values.size and not test(values):
            return False
        found = found or bool(values.size)
        release(array)
    return found

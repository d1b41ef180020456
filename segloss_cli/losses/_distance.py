"""Euclidean distances between the pixels of a mask and the others, by SciPy, imported only when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from segloss_cli.errors import MissingExtraError
from segloss_cli.losses._by_plane import dtype_of_sums
from segloss_cli.losses._sums import Array, Planes, namespace

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEEP_BYTES = 32 << 20
"""Distances are kept for the next loss where those of the whole batch are no more than this."""


def scipy_part(name: str, what: str) -> ModuleType:
    """A part of SciPy, such as "ndimage".

    Args:
        name: the part.
        what: what needs it, for the message.

    Raises:
        MissingExtraError: SciPy is not installed, or cannot be imported.
    """
    from importlib import import_module

    try:
        return import_module(f"scipy.{name}")
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "scipy"
        state = "is not installed" if missing else f"cannot be imported ({error})"
        message = f"{what} needs scipy, which {state}: pip install 'segloss-cli[planes]'"
        raise MissingExtraError(message) from error


def on_host(array: Array) -> NDArray[Any]:
    """A NumPy view or copy of an array of any kind, without its gradient."""
    import numpy as np

    return np.asarray(array.detach().cpu() if hasattr(array, "detach") else array)


def beside(values: NDArray[Any], array: Array) -> Array:
    """NumPy values as an array of the same kind and on the same device as another, in the dtype of sums."""
    return namespace(array).asarray(values, dtype=dtype_of_sums(array), device=array.device)


def inside(mask: NDArray[Any], what: str) -> NDArray[Any]:
    """Each pixel's distance to the nearest pixel outside of the mask, 0 there; float64, in pixels.

    A mask of all pixels has no outside: SciPy then measures to a point beyond the upper left corner.
    """
    import numpy as np

    found = np.zeros(mask.shape)
    box = _around(mask)
    found[box] = scipy_part("ndimage", what).distance_transform_edt(mask[box])
    return found


def signed(mask: NDArray[Any], what: str) -> NDArray[Any]:
    """Each pixel's distance to the nearest one on the other side: positive outside of the mask, negative inside.

    It is 0 everywhere where a side has no pixel. Float64, in pixels.

    Args:
        mask: boolean, (height, width).
        what: what needs SciPy, for the message where it is missing.

    Example:
        >>> import numpy as np
        >>> signed(np.asarray([[False, True, True, True, False, False]]), "this").tolist()
        [[1.0, -1.0, -2.0, -1.0, 1.0, 2.0]]
    """
    import numpy as np

    if not mask.any() or mask.all():
        return np.zeros(mask.shape)
    found: NDArray[Any] = scipy_part("ndimage", what).distance_transform_edt(~mask)
    found -= inside(mask, what)
    return found


def kept(planes: Planes, key: tuple[Any, ...], make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """A map of distances, kept for the next loss where the whole batch's are small."""
    height, width = planes.images[0].shape
    whole = len(planes.images) * planes.classes * height * width * 8
    return planes.once(key, make) if whole <= _KEEP_BYTES else make()


def _around(mask: NDArray[Any]) -> tuple[slice, slice]:
    """The box of the mask with a pixel of margin: what is nearest to a pixel of it is in that box, or no nearer."""
    import numpy as np

    def span(line: NDArray[Any]) -> slice:
        ends = np.flatnonzero(line)
        return slice(max(int(ends[0]) - 1, 0), int(ends[-1]) + 2) if ends.size else slice(0)

    return span(np.any(mask, axis=1)), span(np.any(mask, axis=0))

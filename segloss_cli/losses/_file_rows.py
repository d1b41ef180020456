"""Logits read from a file into the engine's scratch, so that what is resident does not grow with what is read.

Pages of a memory map count as this process's, whole runs of them where the system's cache holds the file; what is read
into scratch does not, and a file that was cut off meanwhile is an error instead of a signal.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import finalize

import numpy as np

from segloss_cli._record import record
from segloss_cli.errors import ReadError

if TYPE_CHECKING:
    from numpy.typing import NDArray


_BEGINNING = 4096


class Descriptor:
    """A file that is open for reading until the last reference to it goes."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.number = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        finalize(self, os.close, self.number)

    def read(self, offset: int, out: NDArray[Any]) -> None:
        """Fill a contiguous array with the bytes from an offset on; threads may do so at once.

        Raises:
            ReadError: the file has become shorter.
        """
        rest = out.data.cast("B")
        while rest:
            try:
                count = os.preadv(self.number, [rest], offset)
            except OSError as error:
                raise ReadError(self.path, f"cannot be read: {error.strerror}") from error
            if not count:
                raise ReadError(self.path, "became shorter while it was read; run again when nothing writes to it")
            rest, offset = rest[count:], offset + count


@record(frozen=True)
class FileRows:
    """Logits (images, classes, pixels), or (images, pixels, classes) if ``last``, of a dtype, from an offset of a file.

    ``convert`` turns a block of stored values into logits in place.
    """

    file: Descriptor
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, int, int, int]
    last: bool
    convert: Callable[[NDArray[Any]], None] | None = None

    def read(self, n: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Read the block, row by row."""
        if self.last:
            np.copyto(out, self._pixels(n, a, b).T, casting="unsafe")
        else:
            for c, row in enumerate(out):
                self._row(n, c, a, row)
        if self.convert:
            self.convert(out)

    def view(self, n: int, a: int, b: int, scratch: NDArray[Any]) -> NDArray[Any]:
        """Always read: the block stands nowhere."""
        self.read(n, a, b, scratch)
        return scratch

    def plane(self, n: int, c: int, a: int, b: int, out: NDArray[Any]) -> None:
        """Read one class's row."""
        if self.last:
            np.copyto(out, self._pixels(n, a, b)[:, c], casting="unsafe")
        else:
            self._row(n, c, a, out)
        if self.convert:
            self.convert(out)

    def release(self) -> None:
        """Nothing is held."""

    def _row(self, n: int, c: int, a: int, out: NDArray[Any]) -> None:
        _, classes, height, width = self.shape
        place = ((n * classes + c) * height * width + a) * self.dtype.itemsize
        stored = out if out.dtype == self.dtype and out.flags.c_contiguous else np.empty(out.shape, self.dtype)
        self.file.read(self.offset + place, stored)
        if stored is not out:
            np.copyto(out, stored, casting="unsafe")

    def _pixels(self, n: int, a: int, b: int) -> NDArray[Any]:
        _, classes, height, width = self.shape
        block = np.empty((b - a, classes), self.dtype)
        self.file.read(self.offset + (n * height * width + a) * classes * self.dtype.itemsize, block)
        return block


def where_stored(array: NDArray[Any]) -> tuple[Descriptor, int] | None:
    """The file and the offset in it that a read-only array in C order is a memory map of; None if there is none.

    >>> where_stored(np.zeros(3)) is None
    True
    """
    owner: Any = array
    while isinstance(owner, np.ndarray) and isinstance(owner.base, np.memmap):
        owner = owner.base
    if not (isinstance(owner, np.memmap) and owner.filename and hasattr(os, "preadv")):
        return None
    if array.flags.writeable or not (array.flags.c_contiguous and array.size):
        return None
    try:
        file = Descriptor(os.fspath(owner.filename))
    except OSError:
        return None
    place = int(owner.offset + array.ctypes.data - owner.ctypes.data)
    return (file, place) if _is_same(file, place, array) else None


def _is_same(file: Descriptor, place: int, array: NDArray[Any]) -> bool:
    """Whether the file is the one that was mapped, by its beginning: another may have been moved into its place."""
    if os.fstat(file.number).st_size < place + array.nbytes:
        return True  # the map's pages are gone as well: reading says so, touching them would end the process
    mapped = array.reshape(-1)[: max(1, _BEGINNING // array.itemsize)]
    found = np.empty(mapped.shape, mapped.dtype)
    file.read(place, found)
    return bool(found.tobytes() == mapped.tobytes())

""".npy: one NumPy array, memory-mapped, its header checked before anything else; pickles are never loaded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from segloss_cli.errors import ReadError
from segloss_cli.read._header import MAGIC, Header, read_header
from segloss_cli.read._source import Decoded, reason_of
from segloss_cli.types import Container

if TYPE_CHECKING:
    import numpy as np

FORMAT = "NPY"


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of an .npy."""
    return head.startswith(MAGIC)


def decode(path: str, _member: str | None = None) -> Decoded:
    """Map an .npy into memory, read-only; pages are read when somebody looks at them."""
    try:
        with open(path, "rb") as file:
            header = read_header(path, file)
            length = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise ReadError(path, f"cannot be read: {error.strerror or reason_of(error)}") from error
    if length < header.offset + header.size:
        found = length - header.offset
        reason = f"is cut off: its header promises {header.size:,} bytes of values, {found:,} are there; save it again"
        raise ReadError(path, reason)
    array = _map(path, header)
    return Decoded(Container(path=path, format=FORMAT, shape=header.shape, dtype=array.dtype.name), array=array)


def _map(path: str, header: Header) -> np.memmap[tuple[int, ...], np.dtype[np.generic]]:
    import numpy as np

    try:
        return np.memmap(
            path,
            np.dtype(header.descr),
            "r",
            offset=header.offset,
            shape=header.shape,
            order="F" if header.fortran else "C",
        )
    except (OSError, ValueError, TypeError, OverflowError, MemoryError) as error:
        raise ReadError(path, f"cannot be mapped into memory: {reason_of(error)}") from error

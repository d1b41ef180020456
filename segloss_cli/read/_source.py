"""A file before anybody decodes it: is it one, may it be read, what are its first bytes; and what decoding gives."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any, NamedTuple

from segloss_cli.errors import ReadError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from segloss_cli.types import Container

HEAD = 4096
MAX_FILE = 400_000_000
"""Pictures in larger files (bytes) are refused: they are read whole, and none that is decoded needs as many."""

_IRREGULAR = (
    (stat.S_ISDIR, "is a directory; name the files in it"),
    (stat.S_ISFIFO, "is a named pipe (FIFO), which could block for ever; save its content to a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)


class Decoded(NamedTuple):
    """A decoded file: its facts, and either a loaded picture or an array, as stored."""

    container: Container
    image: Image.Image | None = None
    array: NDArray[Any] | None = None


def read_head(path: str, size: int = HEAD) -> bytes:
    """The first bytes of a regular file, up to ``size`` of them.

    The file is looked at before it is opened: opening a FIFO without a writer would block for ever.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        raise ReadError(path, _missing(path)) from error
    except (OSError, ValueError) as error:
        raise ReadError(path, _refused(error)) from error
    for test, what in _IRREGULAR:
        if test(status.st_mode):
            raise ReadError(path, what)
    if status.st_size == 0:
        raise ReadError(path, "is empty (0 bytes); write or download it again")
    return read_bytes(path, min(size, status.st_size))


def read_bytes(path: str, size: int = -1) -> bytes:
    """The file's bytes, or the first ``size`` of them.

    ``open`` would take four times as long, which tells where thousands of small files are read.
    """
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            wanted = size if size >= 0 else os.fstat(file).st_size
            if size < 0 and wanted > MAX_FILE:
                raise ReadError(path, f"holds {wanted:,} bytes; pictures above {MAX_FILE:,} bytes are not read")
            return _read(file, wanted)
        finally:
            os.close(file)
    except OSError as error:
        raise ReadError(path, _refused(error)) from error


def _read(file: int, wanted: int) -> bytes:
    data = os.read(file, wanted)
    while len(data) < wanted and (more := os.read(file, wanted - len(data))):
        data += more
    return data


def reason_of(error: BaseException) -> str:
    """An exception's message as one printable line of bounded length."""
    text = " ".join(str(error).split()) or type(error).__name__
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= 160 else line[:157] + "..."


def _missing(path: str) -> str:
    if os.path.islink(path):
        return "is a link to a file that does not exist; restore the file or remove the link"
    return "does not exist"


def _refused(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "may not be read (permission denied); check its owner and mode"
    return f"cannot be opened: {getattr(error, 'strerror', None) or reason_of(error)}"

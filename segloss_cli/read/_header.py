"""The header of an .npy array, checked before a byte of the array is read or allocated.

numpy's own reader allocates what a header promises (36 TiB if it says so) and raises half a dozen exceptions.
"""

from __future__ import annotations

import ast
import math
import re
import sys
from dataclasses import dataclass
from typing import IO, Any

from segloss_cli.errors import ReadError

MAGIC = b"\x93NUMPY"
MAX_HEADER = 10_000
MAX_AXES = 8

_NUMBER = re.compile(r"[<>|=]?(b1|[iu][1248]|f(?:2|4|8|12|16))")
_OTHER = {
    "O": "Python objects, which are pickles that could run code and are never loaded; save numbers",
    "c": "complex numbers; save real ones",
    "M": "dates; save numbers",
    "m": "time spans; save numbers",
    "U": "text; save numbers",
    "S": "bytes; save numbers",
    "a": "bytes; save numbers",
    "V": "raw bytes or a type NumPy does not know, such as bfloat16; save as float32",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What an .npy file promises: ``offset`` is where its values begin, ``size`` how many bytes they take."""

    descr: str
    shape: tuple[int, ...]
    fortran: bool
    offset: int
    size: int


def read_header(path: str, file: IO[bytes], where: str = "") -> Header:
    """Read and check a header.

    Args:
        path: the file, for the error.
        file: a binary stream at the start of the array.
        where: words for the error that name the array, such as the member of an ``.npz``.

    Raises:
        ReadError: it is damaged, dishonest, or of a kind of array that holds no labels or scores.
    """
    text, offset = _text(path, file, where)
    fields = _fields(path, text, where)
    descr, shape = fields["descr"], fields["shape"]
    _check_dtype(path, descr, where)
    _check_shape(path, shape, where)
    if not isinstance(fields["fortran_order"], bool):
        raise _damaged(path, where, f"fortran_order is {fields['fortran_order']!r:.40}")
    width = 1 if descr.endswith("b1") else int(descr.lstrip("<>|=")[1:])
    size = math.prod(shape) * width
    if size > sys.maxsize:
        raise _damaged(path, where, f"it promises {size:,} bytes")
    return Header(descr, shape, fields["fortran_order"], offset, size)


def _text(path: str, file: IO[bytes], where: str) -> tuple[str, int]:
    start = file.read(8)
    if len(start) < 8 or not start.startswith(MAGIC):
        raise _damaged(path, where, "it is cut off" if MAGIC.startswith(start[:6]) else "it is no NumPy array")
    major, minor = start[6], start[7]
    if (major, minor) not in {(1, 0), (2, 0), (3, 0)}:
        raise _damaged(path, where, f"its format version is {major}.{minor}; 1.0 to 3.0 exist")
    width = 2 if major == 1 else 4
    field = file.read(width)
    length = int.from_bytes(field, "little")
    if length > MAX_HEADER:
        raise _damaged(path, where, f"it is {length:,} bytes long, above {MAX_HEADER:,}")
    raw = file.read(length)
    if len(field) < width or len(raw) < length:
        raise _damaged(path, where, "it is cut off")
    try:
        return raw.decode("utf-8" if major == 3 else "latin-1"), 8 + width + length
    except UnicodeDecodeError as error:
        raise _damaged(path, where, "it is no text") from error


def _fields(path: str, text: str, where: str) -> dict[str, Any]:
    try:
        fields = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, OverflowError) as error:
        raise _damaged(path, where, "it is no plain description of an array") from error
    if not isinstance(fields, dict) or set(fields) != {"descr", "fortran_order", "shape"}:
        raise _damaged(path, where, "it does not name descr, fortran_order and shape")
    return fields


def _check_dtype(path: str, descr: object, where: str) -> None:
    if not isinstance(descr, str):
        raise ReadError(path, f"{_subject(where)} structured records; save one plain number per pixel")
    if _NUMBER.fullmatch(descr):
        return
    kind = descr.lstrip("<>|=")[:1]
    raise ReadError(
        path, f"{_subject(where)} {_OTHER.get(kind, f'values of an unknown type {descr!r:.40}; save numbers')}"
    )


def _check_shape(path: str, shape: object, where: str) -> None:
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise _damaged(path, where, f"its shape is {shape!r:.60}")
    if len(shape) > MAX_AXES:
        raise ReadError(path, f"has {len(shape)} axes; a label or prediction has 2 to 4")
    if 0 in shape:
        raise ReadError(path, f"{_subject(where)} no values: its shape is {shape}; save it again")


def _subject(where: str) -> str:
    return f"{where} holds" if where else "holds"


def _damaged(path: str, where: str, what: str) -> ReadError:
    name = f"{where} is" if where else "is"
    return ReadError(path, f"{name} a damaged NumPy array: of its header, {what}; save it again with numpy.save")

""".npz: NumPy arrays in a zip, one of them by name; sizes are checked before anything is unpacked."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Any

from segloss_cli.errors import ReadError
from segloss_cli.read._header import Header, read_header
from segloss_cli.read._source import Decoded, reason_of
from segloss_cli.types import Container

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = "NPZ"

MAX_ARRAY = 2 << 30
BOMB_SIZE, BOMB_RATIO = 256 << 20, 500
"""An array that unpacks to more bytes than the first, by more than the second, is taken for a zip bomb."""

_STEP = 1 << 20


def matches(head: bytes) -> bool:
    """Whether these are the first bytes of a zip archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def decode(path: str, member: str | None = None) -> Decoded:
    """Read one array of an .npz: the named one, or the only one."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = _member(path, archive, member)
            array = _array(path, archive, info)
    except ReadError:
        raise
    except Exception as error:
        # zipfile raises BadZipFile, RuntimeError (encrypted), NotImplementedError, zlib.error, EOFError, ...
        raise ReadError(path, f"is a damaged .npz: {reason_of(error)}; save it again with numpy.savez") from error
    return Decoded(Container(path=path, format=FORMAT, shape=array.shape, dtype=array.dtype.name), array=array)


def _member(path: str, archive: zipfile.ZipFile, member: str | None) -> zipfile.ZipInfo:
    arrays = {info.filename.removesuffix(".npy"): info for info in archive.infolist() if info.filename.endswith(".npy")}
    if not arrays:
        raise ReadError(path, _no_arrays(archive))
    if member is None:
        if len(arrays) > 1:
            raise ReadError(path, f"holds {len(arrays)} arrays, {_listed(arrays)}; say which with --member NAME")
        return next(iter(arrays.values()))
    info = arrays.get(member) or arrays.get(member.removesuffix(".npy"))
    if info is None:
        raise ReadError(path, f"holds no array {member!a}; it holds {_listed(arrays)}")
    return info


def _listed(arrays: dict[str, zipfile.ZipInfo]) -> str:
    shown = ", ".join(ascii(name)[:60] for name in [*arrays][:10])
    return shown if len(arrays) <= 10 else f"{shown}, ..."


def _no_arrays(archive: zipfile.ZipFile) -> str:
    if any(name.endswith("data.pkl") for name in archive.namelist()):
        return "is a PyTorch file, a pickle that is never loaded; save with numpy.save(path, tensor.cpu().numpy())"
    return "is a zip archive without .npy arrays; unpack it, or save with numpy.savez"


def _array(path: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    where = f"array {ascii(info.filename)[:60]}"
    if info.file_size > MAX_ARRAY:
        reason = f"{where} unpacks to {info.file_size:,} bytes, above {MAX_ARRAY:,}; save it as .npy, which is mapped"
        raise ReadError(path, reason)
    if info.file_size > BOMB_SIZE and info.file_size > BOMB_RATIO * info.compress_size:
        found = f"{info.compress_size:,} bytes that unpack to {info.file_size:,}"
        raise ReadError(path, f"{where} looks like a zip bomb: {found}; save it as .npy")
    with archive.open(info) as file:
        header = read_header(path, file, where)
        if header.offset + header.size > info.file_size:
            raise ReadError(path, f"{where} is cut off: its header promises {header.size:,} bytes; save it again")
        return _values(path, file, header, where)


def _values(path: str, file: IO[bytes], header: Header, where: str) -> NDArray[Any]:
    import numpy as np

    buffer = np.empty(header.size, np.uint8)
    at = 0
    while at < header.size:
        piece = file.read(min(_STEP, header.size - at))
        if not piece:
            raise ReadError(path, f"{where} is cut off after {at:,} of {header.size:,} bytes; save it again")
        buffer[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
        at += len(piece)
    # the checksum is compared at the end of the member only
    file.read(1)
    return buffer.view(header.descr).reshape(header.shape, order="F" if header.fortran else "C")

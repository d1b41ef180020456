"""What kinds of hostile files are made of: pictures and arrays byte by byte, so that damage lies where it is wanted."""

import io
import runpy
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

_FILES = runpy.run_path(str(Path(__file__).parents[1] / "read" / "conftest.py"))
build_npy, build_png, chunk = _FILES["build_npy"], _FILES["build_png"], _FILES["chunk"]
SIGNATURE = _FILES["SIGNATURE"]
HEADER, PALETTE, PIXELS, END = b"IHDR", b"PLTE", b"IDAT", b"IEND"


class Kind(NamedTuple):
    """A kind of file: how it is made, the codes of findings that it must have, and words of one of its findings."""

    make: Callable[[], bytes]
    codes: str = ""
    says: str = ""


@cache
def ids():
    """A label of 48 x 64 with areas of the ids 0 to 4 and a void border; its pixels do not compress away."""
    random = np.random.default_rng(3)
    label = random.integers(0, 5, (12, 16)).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    noise = random.random(label.shape) < 0.2
    label[noise] = random.integers(0, 5, label.shape)[noise]
    label[:2], label[:, :2] = 255, 255
    return label


def healthy():
    """A healthy PNG."""
    return build_png(ids())


def saved(values, form, mode=None, **options):
    """A picture that Pillow writes."""
    file = io.BytesIO()
    picture = values if isinstance(values, Image.Image) else Image.fromarray(values)
    (picture.convert(mode) if mode else picture).save(file, form, **options)
    return file.getvalue()


def array(values, **options):
    """An .npy."""
    file = io.BytesIO()
    np.save(file, np.asarray(values), **options)
    return file.getvalue()


def arrays(compressed=False, **values):
    """An .npz."""
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **values)
    return file.getvalue()


def zipped(**members):
    """A zip of any members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return file.getvalue()


def part(data, share):
    """The first part of the bytes."""
    return data[: int(len(data) * share)]


def chunks(data):
    """The chunks of a PNG as [type, data]."""
    found, at = [], len(SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append([data[at + 4 : at + 8], data[at + 8 : at + 8 + length]])
        at += 12 + length
    return found


def joined(parts, end=b""):
    """A PNG of chunks as [type, data]; checksums are right."""
    return SIGNATURE + b"".join(chunk(kind, data) for kind, data in parts) + end


def with_chunk(kind, data, *, before=PIXELS, of=None):
    """A healthy PNG with one more chunk."""
    parts = chunks(of or healthy())
    at = next(i for i, one in enumerate(parts) if one[0] == before)
    return joined([*parts[:at], [kind, data], *parts[at:]])


def without(kind, of=None):
    """A healthy PNG without the chunks of one type."""
    return joined([one for one in chunks(of or healthy()) if one[0] != kind])


def with_data(kind, change, of=None):
    """A healthy PNG with other data in the chunks of one type, and their right checksum."""
    return joined([[name, change(data) if name == kind else data] for name, data in chunks(of or healthy())])


def with_header(width=64, height=48, *, depth=8, colour=0, compression=0, filtering=0, interlace=0, of=None):
    """A healthy PNG with another header."""
    said = struct.pack(">IIBBBBB", width, height, depth, colour, compression, filtering, interlace)
    return with_data(HEADER, lambda _: said, of)


def with_pixels(change, of=None):
    """A healthy PNG with other scanlines."""
    return with_data(PIXELS, lambda data: zlib.compress(change(zlib.decompress(data))), of)


def flipped(data, place, bit=0):
    """The bytes with one bit turned over."""
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    return bytes(changed)


def bad_checksum(kind, of=None):
    """A PNG with a wrong checksum in the first chunk of a type."""
    data = of or healthy()
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at], "big")
    return flipped(data, at + 4 + length)


@cache
def blank_png(width, height, depth=8, colour=0):
    """A valid PNG of zeros, however large, without ever holding it."""
    pack = zlib.compressobj(1)
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(1 + (width * depth * samples + 7) // 8)
    data = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    said = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = [[PALETTE, bytes([0, 0, 0, 128, 0, 0])]] if colour == 3 else []
    return joined([[HEADER, said], *palette, [PIXELS, data], [END, b""]])


def ifd(tags, *, following=0, order="<", offset=8):
    """One directory of a TIFF: tag -> (type, count, value of 4 bytes)."""
    body = struct.pack(order + "H", len(tags))
    for tag, (kind, count, value) in sorted(tags.items()):
        raw = (
            value
            if isinstance(value, bytes)
            else struct.pack(order + ("HH" if kind == 3 else "I"), *([value, 0] if kind == 3 else [value]))
        )
        body += struct.pack(order + "HHI", tag, kind, count) + raw
    return body + struct.pack(order + "I", following)


def tiff(values, *, order="<", following=0, **changes):
    """A plain TIFF of one strip, its tags changed by number (``t256=(3, 1, 0)``; None leaves it out)."""
    values = np.asarray(values)
    bits, data = values.dtype.itemsize * 8, values.astype(values.dtype.newbyteorder(order)).tobytes()
    form = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    tags = {
        256: (3, 1, values.shape[1]), 257: (3, 1, values.shape[0]), 258: (3, 1, bits), 259: (3, 1, 1),
        262: (3, 1, 1), 273: (4, 1, 0), 277: (3, 1, 1), 278: (3, 1, values.shape[0]), 279: (4, 1, len(data)), 339: (3, 1, form),
    }  # fmt: skip
    tags |= {int(name[1:]): value for name, value in changes.items()}
    tags = {tag: value for tag, value in tags.items() if value is not None}
    if 273 in tags and tags[273] == (4, 1, 0):
        tags[273] = (4, 1, 8 + 2 + 12 * len(tags) + 4)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", 8) + ifd(tags, order=order, following=following) + data

"""Make sample_data/: one small file per fault that README shows, the same bytes on every machine.

    python tests/make_sample_data.py [FOLDER]

PNG files are written without compression and scores are rounded to 1/64, so that neither zlib nor the processor has
a say in the bytes; only the JPEG is Pillow's.
"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

H, W, C = 32, 48, 5
VOID = 255
NAMES = ("background", "road", "car", "person", "sky")
PALETTE = ((0, 0, 0), (128, 64, 128), (0, 0, 142), (220, 20, 60), (70, 130, 180))

Array = np.ndarray[Any, Any]


class Case(NamedTuple):
    """A command that shows something: ``codes`` are the findings it must give."""

    command: str
    shows: str
    codes: tuple[str, ...] = ()


CASES = (
    Case(
        "inspect gt.png --num-classes 5 --ignore-index 255",
        "a healthy palette label, 255 round the objects",
        ("SL104",),
    ),
    Case("inspect pred.npy", "its prediction: logits (5, 32, 48)"),
    Case("compute pred.npy gt.png --ignore-index 255", "a healthy pair: every loss in its range"),
    Case("inspect out_of_range.png --num-classes 5", "ids 7 and 40 where classes end at 4", ("SL201",)),
    Case("inspect gt.png --num-classes 5", "255 is in the label and nothing says to ignore it", ("SL202",)),
    Case("inspect mask_0_255.png --task binary", "foreground is 255, not 1", ("SL208",)),
    Case("inspect mask_0_255.png --ignore-index 255", "ignoring 255 swallows the whole foreground", ("SL203",)),
    Case("inspect totensor.npy", "a label that went through ToTensor: ids k became k/255", ("SL211",)),
    Case("inspect jpeg_inside.png", "a JPEG named .png: grey levels that nobody drew", ("SL101",)),
    Case("inspect colours.png", "a colour-coded label: three numbers per pixel", ("SL102",)),
    Case("inspect pointer.png", "a Git LFS pointer instead of the picture", ("SL107",)),
    Case("inspect flipped_bit.png", "one flipped bit: a checksum fails, an id has changed", ("SL110",)),
    Case("inspect probabilities.npy", "softmax outputs, not logits", ("SL303",)),
    Case("inspect double_softmax.npy", "softmax of softmax: nothing is above 0.41", ("SL304",)),
    Case("inspect nan.npy", "NaN and infinity in the logits", ("SL316",)),
    Case(
        "compute binary.npy ids_0_40.png --task binary",
        "Dice and BCE below 0: a binary label that holds 0, 1, 5 and 40",
        ("SL401",),
    ),
    Case("compute small.npy gt.png --ignore-index 255", "a prediction of half the label's size", ("SL309",)),
    Case("compute pairs/preds pairs/labels", "three pairs, by name, and all of them together"),
    Case(
        "check scenes",
        "a data set with four faults: a stray id, a size that differs, a copy in another split, a file cut off",
        ("SL201", "SL501", "SL607", "SL107"),
    ),
)


def label() -> Array:
    """Class ids (H, W): sky above, road below, a car and a person on it, and a border of void round both."""
    y, x = np.mgrid[:H, :W]
    ids = np.where(y < 10, 4, np.where(y > 20, 1, 0))
    for number, here in ((2, ellipse(y, x, (20, 14), (7, 9))), (3, ellipse(y, x, (18, 37), (9, 3)))):
        ids[here] = number
    for inner, outer in (
        (ellipse(y, x, (20, 14), (7, 9)), ellipse(y, x, (20, 14), (8, 10))),
        (ellipse(y, x, (18, 37), (9, 3)), ellipse(y, x, (18, 37), (10, 4))),
    ):
        ids[outer & ~inner] = VOID
    return ids.astype(np.uint8)


def lesion() -> Array:
    """Where the foreground of a binary mask is, (H, W)."""
    y, x = np.mgrid[:H, :W]
    return ellipse(y, x, (16, 24), (14, 19))


def ellipse(y: Array, x: Array, centre: tuple[int, int], radii: tuple[int, int]) -> Array:
    """Where an ellipse is, in whole numbers."""
    (cy, cx), (ry, rx) = centre, radii
    return (y - cy) ** 2 * rx**2 + (x - cx) ** 2 * ry**2 <= (ry * rx) ** 2


def logits(ids: Array, channels: int, seed: int, strength: int = 3) -> Array:
    """Logits (channels, H, W) as from a trained network: right at most pixels, float32, multiples of 1/64."""
    random = np.random.RandomState(seed)
    noise = random.randint(-64, 65, (4, channels, *ids.shape)).sum(0) / 64
    right = np.stack([ids == c for c in range(channels)]) * strength
    return np.asarray(right + noise - 1, np.float32)


def softmax(scores: Array) -> Array:
    """Softmax over the first axis, in double precision, rounded to float32."""
    exact = np.exp(scores.astype(np.float64))
    return np.asarray(exact / exact.sum(0), np.float32)


def files() -> dict[str, bytes]:
    """The files by name."""
    ids = label()
    scores = logits(ids, C, 1)
    car = ids == 2
    broken = scores[:, ::2, ::2].copy()
    broken[2, 5, 7], broken[0, 9, 1] = np.nan, np.inf
    out_of_range = np.where(ids == VOID, 0, ids)
    out_of_range[4:6, 30:33], out_of_range[28, 3] = 7, 40
    objects = np.where(car, 40, 0) + np.where(ids == 3, 5, 0) + np.where(ids == 4, 1, 0)
    made = {
        "gt.png": png(ids, palette=palette()),
        "pred.npy": npy(scores),
        "out_of_range.png": png(out_of_range),
        "mask_0_255.png": png(np.where(lesion(), 255, 0)),
        "ids_0_40.png": png(objects),
        "binary.npy": npy(logits(1 - (objects > 0), 1, 2, strength=8) - 3),
        "totensor.npy": npy(np.asarray(objects, np.float32) / np.float32(255)),
        "jpeg_inside.png": jpeg(np.where(lesion(), 255, 0)),
        "colours.png": png(np.asarray(PALETTE, np.uint8)[np.where(ids == VOID, 0, ids)]),
        "pointer.png": POINTER,
        "flipped_bit.png": flipped(np.where(car, 1, 0)),
        "probabilities.npy": npy(softmax(scores[:, ::2, ::2])),
        "double_softmax.npy": npy(softmax(softmax(scores[:, ::2, ::2]))),
        "nan.npy": npy(broken),
        "small.npy": npy(scores[:, ::2, ::2]),
    }
    for number, name in enumerate(("a", "b", "c")):
        part = np.roll(np.where(ids == VOID, 0, ids), 9 * number, 1)[6:30, :32] % 3
        made[f"pairs/labels/{name}.png"] = png(part)
        made[f"pairs/preds/{name}.npy"] = npy(logits(part, 3, 10 + number))
    made |= scenes(ids)
    made["README.md"] = readme(made).encode()
    return made


def scenes(ids: Array) -> dict[str, bytes]:
    """A small data set: twelve scenes in two splits, with a configuration, and with faults in four of them."""
    random = np.random.RandomState(5)
    made = {"scenes/segloss.toml": CONFIGURATION}
    for number in range(12):
        scene = np.roll(ids, 7 * number, 1)[9:31, :30]
        place = f"{'train' if number < 8 else 'val'}/{number:02}.png"
        drawn = np.asarray(PALETTE, np.uint8)[np.where(scene == VOID, 0, scene)]
        made[f"scenes/images/{place}"] = png(drawn // 2 + random.randint(0, 64, drawn.shape))
        if number == 3:
            scene[2, 20:23] = 7
        made[f"scenes/labels/{place}"] = png(scene[:-1] if number == 5 else scene, palette=palette())
    for kind in ("images", "labels"):
        made[f"scenes/{kind}/val/09.png"] = made[f"scenes/{kind}/train/01.png"]
    made["scenes/labels/val/10.png"] = made["scenes/labels/val/10.png"][:1200]
    return made


CONFIGURATION = b"""\
names = ["background", "road", "car", "person", "sky"]
ignore-index = 255
"""

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 12345\n"
)


def palette() -> bytes:
    """The colours of the classes, and of void."""
    colours = np.zeros((256, 3), np.uint8)
    colours[: len(PALETTE)] = PALETTE
    colours[VOID] = (224, 224, 192)
    return colours.tobytes()


def png(values: Array, palette: bytes = b"") -> bytes:
    """An 8-bit PNG, grey, colour or with a palette, not compressed."""
    rows = np.asarray(values, np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    kind = 2 if rows.ndim == 3 else 3 if palette else 0
    head = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, kind, 0, 0, 0)
    colours = chunk(b"PLTE", palette) if palette else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + colours + chunk(b"IDAT", stored(raw)) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def stored(raw: bytes) -> bytes:
    """A zlib stream of one block that is stored as it is (at most 65,535 bytes)."""
    return (
        b"\x78\x01\x01" + struct.pack("<HH", len(raw), len(raw) ^ 0xFFFF) + raw + struct.pack(">I", zlib.adler32(raw))
    )


def flipped(values: Array) -> bytes:
    """A PNG whose chunk does not match its checksum: one bit of a pixel flipped before the file was made whole again.

    The sum inside the compressed stream is right, as after a copy through bad memory, so that decoders say nothing.
    """
    before = png(values)
    values[3, 11] ^= 4
    after = png(values)
    crc = before[-16:-12]
    return after[:-16] + crc + after[-12:]


def jpeg(values: Array) -> bytes:
    """A JPEG of quality 75."""
    out = io.BytesIO()
    Image.fromarray(np.asarray(values, np.uint8)).save(out, "JPEG", quality=75)
    return out.getvalue()


def npy(values: Array) -> bytes:
    """A .npy file."""
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(values))
    return out.getvalue()


def readme(made: Mapping[str, bytes]) -> str:
    """The table of what each command shows."""
    size = sum(map(len, made.values())) // 1000
    rows = [f"| `segloss {case.command}` | {case.shows} | {', '.join(case.codes) or '-'} |" for case in CASES]
    return "\n".join(
        [
            "# Sample data",
            "",
            f"Made by `tests/make_sample_data.py` ({size} kB). Run the commands in this folder.",
            "",
            f"Classes: {', '.join(f'{i} {name}' for i, name in enumerate(NAMES))}; 255 is void.",
            "",
            "| command | what it shows | rules |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def write(folder: Path) -> None:
    """Write all files below a folder."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "sample_data")

"""What data sets are made of: areas with smooth borders, objects on background, photos of them, and files of both."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (84, 112)
"""Height and width."""


@dataclass(frozen=True)
class HealthySet:
    """A data set that is as it should be.

    ``make`` writes it into an empty folder; ``right`` are the contracts that are right for it, each as arguments of
    ``segloss check``; ``path`` is what is checked. ``warned`` are the warnings that may come with such a contract, by
    code, with the reason why each is deserved; ``unsaid`` those that may come where nothing is declared.
    """

    make: Callable[[Path, np.random.Generator], None]
    right: tuple[tuple[str, ...], ...]
    path: str = "."
    warned: Mapping[str, str] = field(default_factory=dict)
    unsaid: Mapping[str, str] = field(default_factory=dict)


def generator(name):
    """Random numbers that are the same for one name at all times."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def smooth(rng, size=SIZE, grain=5):
    """A field of hills and valleys around 0."""
    height, width = size
    coarse = rng.standard_normal((grain, grain * width // height + 1)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def regions(rng, ids, size=SIZE, grain=5):
    """A picture that is full of areas, one and more of each id."""
    fields = np.stack([smooth(rng, size, grain) for _ in ids])
    return np.asarray(ids)[fields.argmax(0)]


def street(rng, below, above, size=SIZE):
    """A scene of a street: a horizon, with areas of some ids below it and of others above."""
    horizon = size[0] * (0.45 + 0.05 * smooth(rng, (1, size[1]), 3)[0])
    ground = np.arange(size[0])[:, None] > horizon
    return np.where(ground, regions(rng, below, size, 4), regions(rng, above, size, 4))


def blob(rng, size=SIZE, radius=0.25):
    """Where one object is: a round thing with an uneven outline, wholly within the picture."""
    height, width = size
    y, x = np.ogrid[:height, :width]
    at = rng.uniform(0.35, 0.65, 2) * size
    far = np.hypot((y - at[0]) / height, (x - at[1]) / width) / radius
    inside = (1 - far + 0.15 * smooth(rng, size)) > 0
    inside[[0, -1]] = inside[:, [0, -1]] = False
    return inside


def objects(rng, ids, size=SIZE, background=0, radius=0.25):
    """One object for each id, drawn over each other."""
    found = np.full(size, background)
    for value in ids:
        found[blob(rng, size, radius)] = value
    return found


def borders(ids):
    """Where a pixel differs from a neighbour."""
    edge = np.zeros(ids.shape, bool)
    down, along = ids[1:] != ids[:-1], ids[:, 1:] != ids[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= along
    edge[:, :-1] |= along
    return edge


def ringed(ids, void=255):
    """With void along every border, as PASCAL VOC has it."""
    return np.where(borders(ids), void, ids)


def photo(rng, ids):
    """What a camera would have seen: a colour for each id, light that changes, texture and noise."""
    table = np.random.default_rng(5).integers(30, 220, (1 << 16, 3))
    light = 12 * smooth(rng, ids.shape)[..., None]
    texture = rng.normal(0, 9, (*ids.shape, 3))
    return np.clip(table[np.asarray(ids, np.int64) & 0xFFFF] + light + texture, 0, 255).astype(np.uint8)


def save(path, pixels, palette=None, **options):
    """Write a picture in the format that its name says; with a palette in mode P."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if palette is not None:
        image.putpalette(np.asarray(palette, np.uint8).ravel().tolist())
    if path.suffix == ".jpg":
        options = {"quality": 90, **options}
    image.save(path, **options)


def save_ids(path, ids, palette=None, **options):
    """Write ids as 8 bits, or as 16 where they need it."""
    ids = np.asarray(ids)
    save(path, ids.astype(np.uint8 if ids.max() < 256 else np.uint16), palette, **options)


def save_array(path, array):
    """Write an array."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


def voc_palette(count=256):
    """The colours of PASCAL VOC: the bits of an id, spread over red, green and blue from the top."""
    ids = np.arange(count)
    colours = np.zeros((count, 3), np.uint8)
    for bit in range(8):
        for band in range(3):
            colours[:, band] |= ((ids >> (3 * bit + band) & 1) << (7 - bit)).astype(np.uint8)
    return colours


def some(rng, values, least, most):
    """A few of the values, in their order."""
    values = list(values)
    count = rng.integers(least, most + 1)
    return sorted(rng.choice(values, count, replace=False).tolist())

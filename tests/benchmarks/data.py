"""The data of the benchmarks: ``data.py FOLDER NAME N C H W`` writes a pair and prints the two paths."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def labels(shape: tuple[int, ...], seed: int):
    """Blobs of classes with a border of 255, as real labels have."""
    n, c, h, w = shape
    rng = np.random.default_rng(seed)
    small = rng.integers(0, min(c, 24), (n, h // 32, w // 32))
    blobs = small.repeat(32, 1).repeat(32, 2).astype(np.uint8)
    blobs[:, ::32], blobs[:, :, ::32] = 255, 255
    return blobs


def write(folder: Path, name: str, shape: tuple[int, ...]) -> tuple[Path, Path]:
    """A prediction that is right for about 87 % of the pixels, and its label."""
    n, c, h, w = shape
    rng = np.random.default_rng(0)
    ids = labels(shape, 1)
    pred, label = folder / f"{name}.npy", folder / (f"{name}.png" if n == 1 else f"{name}_label.npy")
    array = np.lib.format.open_memmap(pred, "w+", np.float32, shape)
    for i in range(n):
        guess = np.where(rng.random((h, w)) < 0.13, rng.integers(0, c, (h, w)), ids[i])
        for k in range(c):
            array[i, k] = rng.standard_normal((h, w), np.float32) + 6 * (guess == k)
    del array
    if n == 1:
        image = Image.fromarray(ids[0])
        image.putpalette([(i * 37) % 256 for i in range(768)])
        image.save(label)
    else:
        np.save(label, ids)
    return pred, label


if __name__ == "__main__":
    print(*write(Path(sys.argv[1]), sys.argv[2], tuple(map(int, sys.argv[3:]))))

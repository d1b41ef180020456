"""One fault in the pixels of a file: each plant is given the folder and random numbers, and returns the path."""

import numpy as np
from PIL import Image
from segloss_test_healthy_drawn import save


def nth(pattern, at=3):
    """A label by its place among those that fit a pattern."""

    def find(root):
        return sorted(root.glob(pattern))[at]

    return find


def changed(pattern, change, at=3, **options):
    """A picture whose pixels are changed, and written again with its palette."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            palette = image.getpalette() if image.mode == "P" else None
            pixels = np.array(image)
        save(path, change(pixels, rng), palette, **options)
        return path

    return plant


def rewritten(pattern, change, at=3, **options):
    """The same, without the palette: the kind of file may be another."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            pixels = np.array(image)
        save(path, change(pixels, rng), **options)
        return path

    return plant


def array(pattern, change, at=3):
    """An array whose numbers are changed."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        np.save(path, change(np.load(path), rng))
        return path

    return plant


def everywhere(pattern, change, file=changed):
    """The same change in all files of a pattern; nothing is said of a single one."""

    def plant(root, rng):
        for at in range(len(sorted(root.glob(pattern)))):
            file(pattern, change, at)(root, rng)

    return plant


def stray(value):
    """A block of an id that is none, eleven pixels wide."""

    def change(pixels, rng):
        found = pixels.astype(np.int64 if value < 0 else pixels.dtype)
        found[..., 20:31, 30:41] = value
        return found

    return change


def to(old, new):
    """One id in the place of another."""
    return lambda pixels, rng: np.where(pixels == old, new, pixels).astype(pixels.dtype)


def interpolated(pixels, rng):
    """Made small, and large again with BILINEAR."""
    image = Image.fromarray(pixels)
    small = image.resize((image.width * 2 // 3, image.height * 2 // 3), Image.Resampling.BILINEAR)
    return np.array(small.resize(image.size, Image.Resampling.BILINEAR))


def once_a_jpeg(quality=75):
    """Stored as JPEG, and read again."""

    def change(pixels, rng):
        from io import BytesIO

        file = BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        return np.array(Image.open(file))

    return change


def narrower(pixels, rng):
    return pixels[:, :-7]


def smaller(pixels, rng):
    return pixels[::2, ::2]


def swapped(pixels, rng):
    """Red and blue exchanged, as OpenCV does."""
    return np.ascontiguousarray(pixels[..., ::-1])


def smoothed_colours(pixels, rng):
    image = Image.fromarray(pixels)
    half = image.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR)
    return np.array(half.resize(image.size, Image.Resampling.BILINEAR))


def nothing(root, rng):
    """The fault is in the contract."""


def dot(value):
    """A stroke of three pixels."""

    def change(pixels, rng):
        found = pixels.copy()
        found[40, 50:53] = value
        return found

    return change


def with_overlap(planes, rng):
    """A block that belongs to a second class too."""
    found = planes.copy()
    found[0, 20:30, 20:30] = found[1, 20:30, 20:30] = 1
    return found


def with_soft_alpha(pixels, rng):
    """White with the mask in alpha, its borders smooth."""
    alpha = interpolated(pixels * np.uint8(255), rng)
    return np.stack([np.full_like(alpha, 255)] * 3 + [alpha], -1)


def softmax(scores, rng=None):
    powers = np.exp(scores - scores.max(-3, keepdims=True))
    return powers / powers.sum(-3, keepdims=True)


def sigmoid(scores, rng):
    return 1 / (1 + np.exp(-scores))

"""One fault, put into a healthy set: each is given the folder and random numbers, and returns the path that it is at."""

import struct
import zlib

import numpy as np
from PIL import Image
from segloss_test_healthy_drawn import photo, save

TURNED = 6
"""EXIF: to be turned by 90 degrees."""


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


def truncated(pattern, at=3):
    """A file that ends halfway."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return path

    return plant


def emptied(pattern, at=3):
    """A file without content."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        path.write_bytes(b"")
        return path

    return plant


def removed(pattern, label, at=3):
    """A file is gone; what is told is told at its partner, ``label``."""

    def plant(root, rng):
        nth(pattern, at)(root).unlink()
        return nth(label, at)(root)

    return plant


def as_jpeg(pattern, at=3):
    """JPEG, under the name that it had."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            image.convert("L" if image.mode in {"L", "P", "1"} else "RGB").save(path, "JPEG", quality=90)
        return path

    return plant


def as_png(pattern, at=3):
    """PNG, under the name that it had."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            image.save(path, "PNG")
        return path

    return plant


def answered(label, prediction, at=3):
    """Logits made of the label itself."""

    def plant(root, rng):
        path = nth(prediction, at)(root)
        with Image.open(nth(label, at)(root)) as picture:
            ids = np.array(picture)
        classes = np.load(path).shape[0]
        np.save(path, np.moveaxis(9 * np.eye(classes, dtype=np.float32)[ids], -1, 0))
        return path

    return plant


def copied(source, target, at=3, back=3):
    """One file's bytes under the name of another."""

    def plant(root, rng):
        path = nth(target, back)(root)
        path.write_bytes(nth(source, at)(root).read_bytes())
        return path

    return plant


def photographed(image, label, at=3):
    """The photo in grey, in the label's place."""

    def plant(root, rng):
        path = nth(label, at)(root)
        with Image.open(nth(image, at)(root)) as picture:
            picture.convert("L").save(path)
        return path

    return plant


def turned(image, label, at=3):
    """A photo that was stored on its side with an EXIF orientation, beside a label that was drawn upright."""

    def plant(root, rng):
        path = nth(image, at)(root)
        with Image.open(path) as picture:
            pixels = np.array(picture)
        exif = Image.Exif()
        exif[0x0112] = TURNED
        save(path, np.rot90(pixels), exif=exif)
        return nth(label, at)(root)

    return plant


def with_alpha(image, label, at=3):
    """A photo with an alpha band; what is told is told at its label."""

    def plant(root, rng):
        path = nth(image, at)(root)
        with Image.open(path) as picture:
            picture.convert("RGBA").save(path)
        return nth(label, at)(root)

    return plant


def flipped_bit(pattern, at=3):
    """A PNG of which a bit of the pixels' checksum is wrong."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        content = bytearray(path.read_bytes())
        start = content.index(b"IDAT")
        (length,) = struct.unpack(">I", content[start - 4 : start])
        content[start + 4 + length] ^= 1
        assert (
            zlib.crc32(content[start : start + 4 + length]) != struct.unpack_from(">I", content, start + 4 + length)[0]
        )
        path.write_bytes(content)
        return path

    return plant


def animated(pattern, at=3):
    """A PNG of two frames."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            first = image.copy()
        first.save(path, save_all=True, append_images=[first.point(lambda value: value // 2)])
        return path

    return plant


def other_palette(pattern, at=3):
    """The same ids in other colours."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            pixels, palette = np.array(image), image.getpalette()
        save(path, pixels, palette[::-1])
        return path

    return plant


def drawn_in_the_web_palette(pattern, at=3):
    """Through RGB to mode P again, whose palette is another one."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            image.convert("RGB").convert("P").save(path)
        return path

    return plant


def in_grey(pattern, at=3):
    """Through convert("L")."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            image.convert("L").save(path)
        return path

    return plant


def in_colours(pattern, at=3):
    """Through convert("RGB")."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            image.convert("RGB").save(path)
        return path

    return plant


def in_three_bands(pattern, at=3):
    return rewritten(pattern, lambda pixels, rng: np.stack([pixels] * 3, -1), at)


def padded(image, label, at=3):
    """Photo and label with black bands at both sides, as augmentation fills them in."""

    def plant(root, rng):
        path = nth(label, at)(root)
        with Image.open(path) as picture:
            ids = np.array(picture)
        ids[:, :22] = ids[:, -22:] = 0
        ids[:, 22:-22] += ids[:, 22:-22] == 0
        picture = photo(rng, ids)
        picture[:, :22] = picture[:, -22:] = 0
        save(path, ids)
        save(nth(image, at)(root), picture)
        return path

    return plant


def nothing(root, rng):
    """The fault is in the contract."""


def softmax(scores):
    powers = np.exp(scores - scores.max(-3, keepdims=True))
    return powers / powers.sum(-3, keepdims=True)


def sigmoid(scores):
    return 1 / (1 + np.exp(-scores))

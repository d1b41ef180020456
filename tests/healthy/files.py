"""One fault in how a file is stored, or in what lies beside it."""

import struct

import numpy as np
from PIL import Image
from segloss_test_healthy_drawn import photo, save
from segloss_test_healthy_plants import nth

TURNED = 6
"""EXIF: to be turned by 90 degrees."""


def bytes_of(pattern, change, at=3):
    """A file whose bytes are others."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        path.write_bytes(change(path.read_bytes()))
        return path

    return plant


def truncated(pattern):
    """A file that ends halfway."""
    return bytes_of(pattern, lambda content: content[: len(content) // 2])


def emptied(pattern):
    """A file without content."""
    return bytes_of(pattern, lambda content: b"")


def flipped_bit(pattern):
    """A PNG of which a bit of the pixels' checksum is wrong."""

    def change(content):
        start = content.index(b"IDAT")
        (length,) = struct.unpack_from(">I", content, start - 4)
        wrong = bytearray(content)
        wrong[start + 4 + length] ^= 1
        return bytes(wrong)

    return bytes_of(pattern, change)


def written(pattern, write, at=3):
    """A picture that is written in another way."""

    def plant(root, rng):
        path = nth(pattern, at)(root)
        with Image.open(path) as image:
            image.load()
            write(image, path)
        return path

    return plant


def as_jpeg(pattern):
    """JPEG, under the name that it had."""

    def write(image, path):
        plain = image.convert("L" if image.mode in {"L", "P", "1"} else "RGB")
        plain.save(path, "JPEG", quality=90)

    return written(pattern, write)


def as_png(pattern):
    """PNG, under the name that it had."""
    return written(pattern, lambda image, path: image.save(path, "PNG"))


def converted(pattern, *modes):
    """Through other modes: RGB, L, P."""

    def write(image, path):
        for mode in modes:
            image = image.convert(mode)
        image.save(path)

    return written(pattern, write)


def animated(pattern):
    """Two frames."""
    return written(
        pattern,
        lambda image, path: image.save(path, save_all=True, append_images=[image.point(lambda value: value // 2)]),
    )


def other_palette(pattern):
    """The same ids in other colours."""
    return written(pattern, lambda image, path: save(path, np.array(image), image.getpalette()[::-1]))


def removed(pattern, label, at=3):
    """A file is gone; what is told is told at its partner, ``label``."""

    def plant(root, rng):
        nth(pattern, at)(root).unlink()
        return nth(label, at)(root)

    return plant


def copied(source, target, at=3):
    """One file's bytes under the name of another."""

    def plant(root, rng):
        path = nth(target, at)(root)
        path.write_bytes(nth(source, at)(root).read_bytes())
        return path

    return plant


def of_partner(partner, label, write, at=3):
    """A change that takes both of a pair, the partner's picture and the label's path; told at the label."""

    def plant(root, rng):
        path = nth(label, at)(root)
        with Image.open(nth(partner, at)(root)) as image:
            image.load()
        write(image, nth(partner, at)(root), path, rng)
        return path

    return plant


def photographed(image, label):
    """The photo in grey, in the label's place."""
    return of_partner(image, label, lambda picture, source, path, rng: picture.convert("L").save(path))


def with_alpha(image, label):
    """A photo with an alpha band."""
    return of_partner(image, label, lambda picture, source, path, rng: picture.convert("RGBA").save(source))


def turned(image, label):
    """A photo that was stored on its side with an EXIF orientation, beside a label that was drawn upright."""

    def write(picture, source, path, rng):
        exif = Image.Exif()
        exif[0x0112] = TURNED
        save(source, np.rot90(np.array(picture)), exif=exif)

    return of_partner(image, label, write)


def padded(image, label):
    """Photo and label with black bands at both sides, as augmentation fills them in."""

    def write(picture, source, path, rng):
        with Image.open(path) as truth:
            ids = np.array(truth)
        ids[:, :22] = ids[:, -22:] = 0
        ids[:, 22:-22] += ids[:, 22:-22] == 0
        pixels = photo(rng, ids)
        pixels[:, :22] = pixels[:, -22:] = 0
        save(path, ids)
        save(source, pixels)

    return of_partner(image, label, write)


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

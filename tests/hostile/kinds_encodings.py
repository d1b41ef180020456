"""Healthy files of every encoding, and encodings that a label should not have."""

import struct

import numpy as np
from PIL import Image, ImageFilter
from segloss_test_hostile_built import (
    Kind,
    build_png,
    healthy,
    ids,
    saved,
    tiff,
    with_chunk,
)
from segloss_test_hostile_kinds_images import COLOURED, COLOURS, SMALL, apng, frames, gif, indexed, webp

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(2, 0).repeat(2, 1)


def photo():
    """Smooth colours with noise: what an image is, and no label."""
    y, x = np.mgrid[0:48, 0:64]
    noise = np.random.default_rng(5).normal(0, 6, (48, 64, 3))
    planes = np.stack([y * 4, x * 3, 255 - y * 2], -1) + noise
    return planes.clip(0, 255).astype(np.uint8)


def resized(method):
    return saved(Image.fromarray(ids()).resize((96, 72), method), "PNG")


def rotated():
    exif = Image.Exif()
    exif[274] = 6
    return saved(ids(), "PNG", exif=exif)


def deep(colour, values=None):
    """A PNG of 16 bits a band."""
    bands = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    grid = (SMALL.astype(np.uint16) * 257)[..., None].repeat(bands, -1)
    return build_png(grid if values is None else values, depth=16, colour=colour)


def floating(values):
    return saved(Image.fromarray(np.asarray(values, np.float32), "F"), "TIFF")


def many_values():
    """41,000 values in 16 bits."""
    return build_png(np.arange(205 * 200).reshape(205, 200) % 41_000, depth=16)


def transparent(values, colour):
    return build_png(values, colour=colour)


def with_alpha(values, alpha):
    return np.concatenate([values, alpha[..., None]], -1)


HALF = (np.arange(48 * 64).reshape(48, 64) % 256).astype(np.uint8)
SOLID = np.full((48, 64), 255, np.uint8)
MINUS = np.where(SMALL == 4, -1, SMALL.astype(np.int64))
NAN = np.where(SMALL == 4, np.nan, SMALL)

ENCODINGS = {
    "grey_8.png": Kind(healthy),
    "grey_interlaced.png": Kind(lambda: build_png(ids(), interlaced=True)),
    "grey_1.png": Kind(lambda: build_png(SMALL % 2, depth=1), "SL109"),
    "grey_2.png": Kind(lambda: build_png(SMALL % 4, depth=2)),
    "grey_4.png": Kind(lambda: build_png(SMALL, depth=4)),
    "grey_4_interlaced.png": Kind(lambda: build_png(SMALL, depth=4, interlaced=True)),
    "grey_16.png": Kind(lambda: build_png(SMALL, depth=16), "SL106"),
    "grey_16_x257.png": Kind(lambda: deep(0), "SL106"),
    "grey_16_of_41000.png": Kind(many_values, "SL201"),
    "indexed_8.png": Kind(indexed, "SL104"),
    "indexed_interlaced.png": Kind(lambda: build_png(SMALL, colour=3, palette=COLOURS, interlaced=True), "SL104"),
    "indexed_1.png": Kind(lambda: build_png(SMALL % 2, depth=1, colour=3, palette=COLOURS[:2]), "SL104"),
    "indexed_2.png": Kind(lambda: build_png(SMALL % 4, depth=2, colour=3, palette=COLOURS[:4]), "SL104"),
    "indexed_4.png": Kind(lambda: build_png(SMALL, depth=4, colour=3, palette=COLOURS), "SL104"),
    "indexed_transparent.png": Kind(lambda: with_chunk(b"tRNS", bytes([0, 255, 128]), of=indexed()), "SL104"),
    "same_colours.png": Kind(lambda: indexed([(0, 0, 0)] * 5), "SL104"),
    "rgb_of_colours.png": Kind(lambda: build_png(COLOURED, colour=2), "SL102"),
    "rgb_of_greys.png": Kind(lambda: build_png(SMALL[..., None].repeat(3, -1), colour=2), "SL103"),
    "rgb_16.png": Kind(lambda: deep(2)),
    "grey_alpha.png": Kind(lambda: build_png(np.stack([SMALL, HALF], -1), colour=4), "SL114"),
    "grey_alpha_16.png": Kind(lambda: deep(4)),
    "rgba.png": Kind(lambda: build_png(with_alpha(COLOURED, SOLID), colour=6), "SL102"),
    "rgba_half.png": Kind(lambda: build_png(with_alpha(COLOURED, HALF), colour=6), "SL114"),
    "rgba_16.png": Kind(lambda: deep(6)),
    "gamma.png": Kind(lambda: with_chunk(b"gAMA", struct.pack(">I", 45455))),
    "profile.png": Kind(lambda: saved(ids(), "PNG", icc_profile=b"\0" * 300)),
    "transparent_grey.png": Kind(lambda: with_chunk(b"tRNS", b"\0\1")),
    "rotated.png": Kind(rotated),
    "animated.png": Kind(lambda: frames("PNG"), "SL113", "3 frames"),
    "animated_by_hand.png": Kind(apng, "SL113", "2 frames"),
    "all_256.png": Kind(lambda: build_png(RAMP), "SL201"),
    "one_pixel.png": Kind(lambda: build_png(np.ones((1, 1), np.uint8))),
    "one_row_of_65535.png": Kind(lambda: build_png(np.arange(65535)[None] % 5)),
    "one_column_of_65535.png": Kind(lambda: build_png(np.arange(65535)[:, None] % 5)),
    "all_ignored.png": Kind(lambda: build_png(SOLID), "SL209"),
    "all_background.png": Kind(lambda: build_png(np.zeros((48, 64), np.uint8))),
    "photo.png": Kind(lambda: saved(photo(), "PNG"), "SL102"),
    "bilinear.png": Kind(lambda: resized(Image.Resampling.BILINEAR), "SL201"),
    "lanczos.png": Kind(lambda: resized(Image.Resampling.LANCZOS), "SL201"),
    "blurred.png": Kind(lambda: saved(Image.fromarray(ids()).filter(ImageFilter.BoxBlur(1)), "PNG"), "SL201"),
    "jpg_q95.jpg": Kind(lambda: saved(ids(), "JPEG", quality=95), "SL101"),
    "jpg_q75.jpg": Kind(lambda: saved(ids(), "JPEG", quality=75), "SL101"),
    "jpg_progressive.jpg": Kind(lambda: saved(ids(), "JPEG", progressive=True), "SL101"),
    "jpg_photo.jpg": Kind(lambda: saved(photo(), "JPEG"), "SL101"),
    "jpg_cmyk.jpg": Kind(lambda: saved(Image.fromarray(photo()).convert("CMYK"), "JPEG"), "SL101"),
    "gif_grey.gif": Kind(gif),
    "gif_animated.gif": Kind(lambda: frames("GIF"), "SL113"),
    "bmp_grey.bmp": Kind(lambda: saved(SMALL, "BMP")),
    "bmp_rgb.bmp": Kind(lambda: saved(COLOURED, "BMP"), "SL102"),
    "bmp_one_bit.bmp": Kind(lambda: saved(Image.fromarray(SMALL % 2 * 255).convert("1"), "BMP")),
    "pgm_grey.pgm": Kind(lambda: saved(SMALL, "PPM")),
    "pgm_deep.pgm": Kind(lambda: b"P5 64 48 65535\n" + SMALL.astype(">u2").tobytes()),
    "pgm_plain.pgm": Kind(lambda: b"P2 # words\n3 2 4\n0 1 2\n3 4 0\n"),
    "ppm_coloured.ppm": Kind(lambda: saved(COLOURED, "PPM"), "SL102"),
    "webp_lossless.webp": Kind(webp, "SL102"),
    "webp_lossy.webp": Kind(lambda: saved(photo(), "WEBP", quality=60), "SL101"),
    "tif_grey.tif": Kind(lambda: tiff(SMALL)),
    "tif_big_endian_16.tif": Kind(lambda: tiff(SMALL.astype(np.uint16), order=">"), "SL106"),
    "tif_little_endian_16.tif": Kind(lambda: tiff(SMALL.astype(np.uint16)), "SL106"),
    "tif_uint32.tif": Kind(lambda: tiff(SMALL.astype(np.uint32))),
    "tif_int32_minus_1.tif": Kind(lambda: tiff(MINUS.astype(np.int32)), "SL202"),
    "tif_int8.tif": Kind(lambda: tiff(SMALL.astype(np.int8))),
    "tif_int16_minus_1.tif": Kind(lambda: tiff(MINUS.astype(np.int16)), "SL202"),
    "tif_float.tif": Kind(lambda: floating(SMALL)),
    "tif_float_0_1.tif": Kind(lambda: floating(SMALL / 4), "SL215"),
    "tif_float_nan.tif": Kind(lambda: floating(NAN), "SL107", "NaN"),
    "tif_float_fraction.tif": Kind(lambda: floating(SMALL + 0.5), "SL215"),
    "tif_pages.tif": Kind(lambda: frames("TIFF"), "SL113", "3 frames"),
    "tif_lzw.tif": Kind(lambda: saved(SMALL, "TIFF", compression="tiff_lzw")),
    "tif_jpeg_inside.tif": Kind(lambda: saved(photo(), "TIFF", compression="jpeg"), "SL101"),
    "tif_cmyk.tif": Kind(lambda: saved(Image.fromarray(photo()).convert("CMYK"), "TIFF"), "SL102"),
    "tif_lab.tif": Kind(lambda: saved(Image.fromarray(COLOURED).convert("LAB"), "TIFF"), "SL102"),
}
"""All of them are read; the codes are those that tell what is wrong with the encoding."""

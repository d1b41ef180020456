"""Pictures that are damaged, dishonest, or no pictures."""

import io
import struct
import zlib
from functools import partial

import numpy as np
from PIL import Image
from segloss_test_hostile_built import (
    END,
    HEADER,
    PALETTE,
    PIXELS,
    SIGNATURE,
    Kind,
    array,
    arrays,
    bad_checksum,
    build_png,
    chunks,
    flipped,
    healthy,
    ids,
    joined,
    part,
    saved,
    tiff,
    with_chunk,
    with_data,
    with_header,
    with_pixels,
    without,
)

COLOURS = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128)]
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>nginx</body></html>\n"
SMALL = np.minimum(ids(), 4)
COLOURED = np.array(COLOURS, np.uint8)[SMALL]


def _cut(per_cent):
    return part(healthy(), per_cent / 100)


def indexed(palette=None, values=SMALL):
    return build_png(values, colour=3, palette=palette or COLOURS)


def jpeg():
    return saved(ids(), "JPEG", quality=90)


def gif(**options):
    return saved(SMALL, "GIF", **options)


def frames(form, count=3, **options):
    pages = [Image.fromarray(np.roll(SMALL, shift)) for shift in range(count)]
    file = io.BytesIO()
    pages[0].save(file, form, save_all=True, append_images=pages[1:], **options)
    return file.getvalue()


def bomb(size=64 << 20):
    """Text that inflates to a thousand times its size."""
    return zlib.compress(bytes(size), 9)


def idats(size):
    """A healthy PNG with its pixel data in many small chunks."""
    parts = chunks(healthy())
    data = next(content for kind, content in parts if kind == PIXELS)
    split = [[PIXELS, data[at : at + size]] for at in range(0, len(data), size)]
    return joined([parts[0], *split, parts[-1]])


def moved(kind, before):
    """An indexed PNG with its chunks of one type in another place."""
    parts = chunks(indexed())
    taken = [one for one in parts if one[0] == kind]
    rest = [one for one in parts if one[0] != kind]
    at = next(i for i, one in enumerate(rest) if one[0] == before)
    return joined([*rest[:at], *taken, *rest[at:]])


def long_chunk(length):
    """A chunk that claims more bytes than there are."""
    data = healthy()
    at = data.index(PIXELS) - 4
    return data[:at] + struct.pack(">I", length) + data[at + 4 :]


def apng(count=2, *, control=True, data=True):
    """An animated PNG whose further frames may lack their data or their control."""
    parts = chunks(healthy())
    pixels = next(content for kind, content in parts if kind == PIXELS)
    frame = struct.pack(">IIIIHHBB", 64, 48, 0, 0, 1, 10, 0, 0)
    more = []
    for number in range(1, min(count, 4)):
        more += [[b"fcTL", struct.pack(">I", 2 * number - 1) + frame]] if control else []
        more += [[b"fdAT", struct.pack(">I", 2 * number) + pixels]] if data else []
    head = [[b"acTL", struct.pack(">II", count, 0)], [b"fcTL", struct.pack(">I", 0) + frame]]
    return joined([parts[0], *head, [PIXELS, pixels], *more, parts[-1]])


def with_field(data, at, form, value):
    """The bytes with a number written over them."""
    raw = struct.pack(form, value)
    return data[:at] + raw + data[at + len(raw) :]


def jpeg_sized(width, height):
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    return with_field(with_field(data, at, ">H", height), at + 2, ">H", width)


def jpeg_2000():
    return saved(COLOURED, "JPEG2000", irreversible=False)


def webp():
    return saved(COLOURED, "WEBP", lossless=True)


def bmp_sized(width, height):
    return with_field(with_field(saved(SMALL, "BMP"), 18, "<i", width), 22, "<i", height)


def looped_tiff():
    """A TIFF whose directory says that it is followed by itself."""
    return tiff(SMALL, following=8)


def many_bands():
    """A hyperspectral TIFF, of which Pillow logs that it cannot decode so many samples."""
    return tiff(np.zeros((8, 8), np.uint8), t277=(3, 1, 239), t258=(3, 1, 8))


DAMAGED = {
    "empty.png": Kind(lambda: b"", says="0 bytes"),
    "one_byte.png": Kind(lambda: b"\x89"),
    "eight_bytes.png": Kind(lambda: SIGNATURE, says="IHDR"),
    "zeros.png": Kind(lambda: bytes(4096)),
    **{f"cut_to_{per_cent}.png": Kind(partial(_cut, per_cent)) for per_cent in (1, 10, 25, 50, 75, 90)},
    "lfs.png": Kind(lambda: LFS, says="git lfs pull"),
    "annex.png": Kind(lambda: b"/annex/objects/SHA256E-s9--0.png\n", says="git annex get"),
    "404.png": Kind(lambda: PAGE, says="web page"),
    "error.json.png": Kind(lambda: b'{"message": "Not Found"}', says="JSON"),
    "denied.xml.png": Kind(lambda: b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", says="XML"),
    "link.txt.png": Kind(lambda: b"../elsewhere/a.png\n", says="text file"),
    "wrong_newlines.png": Kind(lambda: healthy().replace(b"\r\n", b"\n")),
    "bit_in_signature.png": Kind(lambda: flipped(healthy(), 1)),
    # checksums
    "crc_header.png": Kind(lambda: bad_checksum(HEADER), says="checksum fails in IHDR"),
    "crc_palette.png": Kind(lambda: bad_checksum(PALETTE, indexed()), says="checksum fails in PLTE"),
    "crc_text.png": Kind(lambda: bad_checksum(b"tEXt", with_chunk(b"tEXt", b"a\0b")), says="checksum fails in tEXt"),
    "crc_transparency.png": Kind(
        lambda: bad_checksum(b"tRNS", with_chunk(b"tRNS", b"\0\1")), says="checksum fails in tRNS"
    ),
    # headers
    "width_0.png": Kind(lambda: with_header(width=0), says="0 x 48"),
    "height_0.png": Kind(lambda: with_header(height=0), says="64 x 0"),
    "size_60000.png": Kind(lambda: with_header(60000, 60000), says="60000 x 60000"),
    "size_2_31.png": Kind(lambda: with_header(0xFFFFFFFF, 0xFFFFFFFF), says="4294967295"),
    "taller.png": Kind(lambda: with_header(height=49), says="damaged PNG"),
    "wider.png": Kind(lambda: with_header(width=65), says="damaged PNG"),
    "deeper.png": Kind(lambda: with_header(depth=16), says="damaged PNG"),
    "depth_3.png": Kind(lambda: with_header(depth=3)),
    "depth_0.png": Kind(lambda: with_header(depth=0)),
    "colour_1.png": Kind(lambda: with_header(colour=1)),
    "colour_5.png": Kind(lambda: with_header(colour=5)),
    "colour_7.png": Kind(lambda: with_header(colour=7)),
    "filtering_1.png": Kind(lambda: with_header(filtering=1)),
    "interlace_9.png": Kind(lambda: with_header(interlace=9)),
    "short_header.png": Kind(lambda: with_data(HEADER, lambda data: data[:12]), says="IHDR"),
    "long_header.png": Kind(lambda: with_data(HEADER, lambda data: data + b"\0"), says="IHDR"),
    "no_header.png": Kind(lambda: without(HEADER), says="IHDR"),
    "late_header.png": Kind(lambda: moved(HEADER, END)),
    "palette_16.png": Kind(lambda: with_header(depth=16, colour=3)),
    "palette_of_300.png": Kind(lambda: indexed(COLOURS * 60), says="palette"),
    # pixel data
    "no_pixels.png": Kind(lambda: without(PIXELS)),
    "empty_pixels.png": Kind(lambda: with_data(PIXELS, lambda _: b"")),
    "no_zlib.png": Kind(lambda: with_data(PIXELS, lambda data: b"\0\0" + data[2:])),
    "broken_zlib.png": Kind(lambda: with_data(PIXELS, lambda data: data[:2] + b"\x07" + data[3:])),
    "few_rows.png": Kind(lambda: with_pixels(lambda rows: rows[:-650]), says="pixel data ends"),
    "one_row_short.png": Kind(lambda: with_pixels(lambda rows: rows[:-1]), says="damaged PNG"),
    "filter_5.png": Kind(lambda: with_pixels(lambda rows: b"\5" + rows[1:])),
    "cut_stream.png": Kind(lambda: with_data(PIXELS, lambda data: data[: len(data) // 2]), says="damaged PNG"),
    "few_rows_interlaced.png": Kind(lambda: build_png(ids(), interlaced=True, cut=200), says="damaged PNG"),
    "idat_apart.png": Kind(
        lambda: joined(
            [one for x in chunks(idats(300)) for one in ([x, [b"tEXt", b"a\0b"]] if x[0] == PIXELS else [x])]
        )
    ),
    # chunks beside
    "ztxt_bomb.png": Kind(lambda: with_chunk(b"zTXt", b"Comment\0\0" + bomb())),
    "itxt_bomb.png": Kind(lambda: with_chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb())),
    "short_gamma.png": Kind(lambda: with_chunk(b"gAMA", b"\0"), says="damaged PNG"),
    "short_chromaticity.png": Kind(lambda: with_chunk(b"cHRM", b"\0\0"), says="damaged PNG"),
    "iccp_bomb.png": Kind(lambda: with_chunk(b"iCCP", b"profile\0\0" + bomb())),
    "two_headers.png": Kind(lambda: with_chunk(HEADER, struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))),
    "bad_adler.png": Kind(lambda: with_data(PIXELS, lambda data: data[:-1] + bytes([data[-1] ^ 1]))),
    "apng_without_control.png": Kind(lambda: apng(control=False)),
    # other formats
    "jpg_cut.jpg": Kind(lambda: part(jpeg(), 0.5)),
    "jpg_cut_10.jpg": Kind(lambda: part(jpeg(), 0.1)),
    "three_bytes.jpg": Kind(lambda: b"\xff\xd8\xff"),
    "size_65535.jpg": Kind(lambda: jpeg_sized(65535, 65535), says="65535 x 65535"),
    "jpg_size_0.jpg": Kind(lambda: jpeg_sized(0, 8)),
    "cut_app14.jpg": Kind(lambda: b"\xff\xd8\xff\xee\x00\x0eAdobe\x00"),
    "gif_cut.gif": Kind(lambda: part(gif(), 0.5)),
    "only_header.gif": Kind(lambda: b"GIF89a\x10\0\x10\0\0\0\0"),
    "huge.gif": Kind(
        lambda: (
            b"GIF89a"
            + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0)
            + bytes(6)
            + b","
            + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0)
            + b"\2\2\x84\x51\0;"
        )
    ),
    "bmp_cut.bmp": Kind(lambda: part(saved(SMALL, "BMP"), 0.7)),
    "cut_in_header.bmp": Kind(lambda: part(saved(SMALL, "BMP"), 0.005)),
    "bmp_size_60000.bmp": Kind(lambda: bmp_sized(60000, 60000)),
    "tif_cut.tif": Kind(lambda: part(tiff(SMALL), 0.5)),
    "cut_deflate.tif": Kind(lambda: part(saved(ids(), "TIFF", compression="tiff_adobe_deflate"), 0.6)),
    "tif_eight_bytes.tif": Kind(lambda: tiff(SMALL)[:8]),
    "directory_beyond.tif": Kind(lambda: b"II*\0" + struct.pack("<I", 1 << 30) + bytes(64)),
    "strip_beyond.tif": Kind(lambda: tiff(SMALL, t273=(4, 1, 1 << 30))),
    "no_width.tif": Kind(lambda: tiff(SMALL, t256=None)),
    "tif_size_0.tif": Kind(lambda: tiff(SMALL, t256=(3, 1, 0))),
    "tif_size_60000.tif": Kind(lambda: tiff(SMALL, t256=(3, 1, 60000), t257=(3, 1, 60000)), says="60000 x 60000"),
    "compression_unknown.tif": Kind(lambda: tiff(SMALL, t259=(3, 1, 60001))),
    "next_directory_inside.tif": Kind(lambda: tiff(SMALL, following=9)),
    "bits_0.tif": Kind(lambda: tiff(SMALL, t258=(3, 1, 0))),
    "bits_7.tif": Kind(lambda: tiff(SMALL, t258=(3, 1, 7))),
    "bands_239.tif": Kind(many_bands),
    "webp_cut.webp": Kind(lambda: part(webp(), 0.5)),
    "riff.webp": Kind(lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8L"),
    "jp2_cut.jp2": Kind(lambda: part(jpeg_2000(), 0.2)),
    "avif_cut.avif": Kind(lambda: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(20)),
    "pgm_cut.pgm": Kind(lambda: b"P5 64 48 255\n" + bytes(100)),
    "size_99999.pgm": Kind(lambda: b"P5 99999 99999 255\n" + bytes(100)),
    "size_minus_1.pgm": Kind(lambda: b"P5 -1 48 255\n" + bytes(100)),
    "top_0.pgm": Kind(lambda: b"P5 8 8 0\n" + bytes(64)),
    "top_65536.pgm": Kind(lambda: b"P5 8 8 65536\n" + bytes(128)),
    "no_numbers.pgm": Kind(lambda: b"P2 2 2 255\n1 2 x 4\n"),
    "long_token.pgm": Kind(lambda: b"P5 " + b"9" * 100_000 + b" 8 255\n"),
    # under a wrong name and damaged
    "cut.npy.png": Kind(lambda: array(SMALL)[:200], says="cut off"),
    "cut.zip.png": Kind(lambda: part(arrays(gt=SMALL), 0.5)),
    "document.png": Kind(lambda: b"%PDF-1.7\n%\xe2\xe3", says="PDF"),
    "gzip.png": Kind(lambda: b"\x1f\x8b\x08" + bytes(20), says="gzip"),
    "pickle.png": Kind(lambda: b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x02os\x94.", says="pickle"),
    "hdf.png": Kind(lambda: b"\x89HDF\r\n\x1a\n" + bytes(64), says="HDF5"),
}
"""None of them can be read: of each there is one finding, and one entry among those skipped."""

UNTRUE = {
    # checksums
    "cut_99.png": Kind(lambda: healthy()[:-14], "SL110", "IEND"),
    "cut_99_of_the_checksum.png": Kind(lambda: healthy()[:-2], "SL110", "IEND"),
    "without_end.png": Kind(lambda: without(END), "SL110", "IEND"),
    "crc_pixels.png": Kind(lambda: bad_checksum(PIXELS), "SL110", "IDAT"),
    "crc_end.png": Kind(lambda: bad_checksum(END), "SL110", "IEND"),
    "chunk_beyond.png": Kind(lambda: long_chunk(100_000), "SL110", "IDAT"),
    "chunk_of_4_gib.png": Kind(lambda: long_chunk(0xFFFFFFFF), "SL110", "IDAT"),
    # chunks
    "index_beyond_palette.png": Kind(lambda: indexed(COLOURS[:2])),
    "palette_of_7_bytes.png": Kind(lambda: with_data(PALETTE, lambda data: data[:7], indexed())),
    "two_palettes.png": Kind(lambda: with_chunk(PALETTE, bytes(15), of=indexed())),
    "compression_1.png": Kind(lambda: with_header(compression=1)),
    "unknown_critical.png": Kind(lambda: with_chunk(b"ABCD", b"x")),
    "no_palette.png": Kind(lambda: without(PALETTE, indexed()), "SL104"),
    "empty_palette.png": Kind(lambda: with_data(PALETTE, lambda _: b"", indexed()), "SL104"),
    "late_palette.png": Kind(lambda: moved(PALETTE, END), "SL104"),
    "idat_of_1_byte.png": Kind(lambda: idats(1)),
    "more_rows.png": Kind(lambda: with_pixels(lambda rows: rows + bytes(65 * 4))),
    "shorter.png": Kind(lambda: with_header(height=47)),
    "after_the_end.png": Kind(lambda: healthy() + b"#!/bin/sh\ntouch pwned\n" * 100),
    "zip_after_the_end.png": Kind(lambda: healthy() + arrays(gt=SMALL)),
    "bad_iccp.png": Kind(lambda: with_chunk(b"iCCP", b"profile\0\0" + b"no zlib")),
    "bad_exif.png": Kind(lambda: with_chunk(b"eXIf", b"MM\0*" + b"\xff" * 40)),
    "unknown_ancillary.png": Kind(lambda: with_chunk(b"abCd", b"x" * 1000)),
    "text_of_control_codes.png": Kind(lambda: with_chunk(b"tEXt", b"Comment\0\x1b[31m\x07\n[bold]")),
    "apng_without_data.png": Kind(lambda: apng(data=False), "SL113"),
    "apng_of_2_31.png": Kind(lambda: apng(0x7FFFFFFF), "SL113"),
    "apng_of_0.png": Kind(lambda: apng(0)),
    "loop.tif": Kind(looped_tiff),
    "count_beyond.tif": Kind(lambda: tiff(SMALL, t258=(3, 0x7FFFFFFF, 8))),
    # names that say something else
    "array.png": Kind(lambda: array(SMALL), "SL112"),
    "arrays.png": Kind(lambda: arrays(gt=SMALL), "SL112"),
    "png_as_npy.npy": Kind(healthy, "SL112"),
    "png_as_npz.npz": Kind(healthy, "SL112"),
    "png_as_tif.tif": Kind(healthy, "SL112"),
    "png_as_jpg.jpg": Kind(healthy, "SL112", "makes it lossy"),
    "png_as_bmp.bmp": Kind(healthy, "SL112"),
    "tiff.png": Kind(lambda: tiff(SMALL), "SL112"),
    "tiff_as_npy.npy": Kind(lambda: tiff(SMALL), "SL112"),
    "bmp.png": Kind(lambda: saved(SMALL, "BMP"), "SL112"),
    "gif.png": Kind(gif, "SL112"),
    "webp.png": Kind(webp, "SL112"),
    "jpeg.png": Kind(jpeg, "SL101"),
    "jpeg_as_npy.npy": Kind(jpeg, "SL101"),
    "jpeg_as_tif.tif": Kind(jpeg, "SL101"),
    "NOEXT": Kind(healthy),
    "UPPER.PNG": Kind(healthy),
    "issue#430.png": Kind(healthy),
    "two.dots.png.png": Kind(healthy),
}
"""Readable all the same; what is untrue about them is found, and where nothing depends on it, nothing is."""

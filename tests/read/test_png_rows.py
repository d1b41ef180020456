"""An ordinary PNG is read in the quickest of several ways: whichever it is, the same comes out as of all others."""

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli import _level_arrays
from segloss_cli.errors import ReadError
from segloss_cli.profile import profile_label
from segloss_cli.read import _png_chunks, _png_rows, _registry, png, read_label


def filtered(rows, kinds):
    """Rows of a byte a pixel (H, W) as PNG's filters 0, 1 and 2 store them."""
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    left = np.hstack([np.zeros_like(rows[:, :1]), rows[:, :-1]])
    stored = [rows, rows - left, rows - above]
    return b"".join(bytes([kind]) + stored[kind][y].tobytes() for y, kind in enumerate(kinds))


@st.composite
def files(draw, png_chunk):
    """A palette or grey PNG, its pixel data in one chunk or more, whole, cut, too long or damaged."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 200))
    rows = np.random.default_rng(draw(st.integers(0, 99))).integers(0, draw(st.integers(1, 256)), (height, width))
    kind = st.just(0) if draw(st.booleans()) else st.integers(0, 2)
    raw = filtered(rows.astype(np.uint8), [draw(kind) for _ in range(height)])
    raw = raw[: len(raw) - draw(st.sampled_from([0, 0, 0, 1, width + 1]))] + bytes(draw(st.sampled_from([0, 0, 9])))
    stream = bytearray(zlib.compress(raw, draw(st.integers(0, 9))))
    if draw(st.integers(0, 3)) == 0:
        stream[draw(st.integers(0, len(stream) - 1))] ^= 1 << draw(st.integers(0, 7))
    stream = bytes(stream[: len(stream) - draw(st.sampled_from([0, 0, 0, 1, 5]))])
    step = draw(st.sampled_from([len(stream), 3]))
    colour = draw(st.sampled_from([0, 3]))
    parts = [png_chunk(b"IHDR", bytes([0, 0, 0, width, 0, 0, 0, height, 8, colour, 0, 0, 0]))]
    parts += [png_chunk(b"PLTE", bytes(range(draw(st.integers(1, 85)) * 3)))] if colour == 3 else []
    parts += [png_chunk(b"tEXt", b"a\0b")] if draw(st.booleans()) else []
    parts += [png_chunk(b"IDAT", stream[at : at + step]) for at in range(0, len(stream), step)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + png_chunk(b"IEND", b"") + draw(st.sampled_from([b"", b"more"]))


def read(path):
    """All that is known of a label, or why it cannot be read."""
    try:
        mask = read_label(path)
    except ReadError as error:
        return error.reason
    profile = profile_label(mask)
    picture = mask.image.mode, mask.image.size, mask.image.tobytes(), mask.image.getpalette()
    return mask.container, mask.ids().tobytes(), picture, dict(profile.counts), dict(profile.core)


WAYS = {
    "by NumPy": {},
    "without NumPy": {(_level_arrays, "loaded"): lambda: False},
    "row by row": {(_level_arrays, "loaded"): lambda: False, (_png_rows, "unfiltered"): lambda *_: None},
    "row by row, in place": {(_png_rows, "unfiltered"): lambda *_: None},
    "as any other": {(png, "_quick"): lambda *_: None, (_png_chunks, "_of_one"): lambda _: None},
}


@given(data=st.data())
def test_every_way_gives_the_same(data, png_chunk, scratch):
    path = scratch(data.draw(files(png_chunk)), "x.png")
    found = {}
    for way, changes in WAYS.items():
        with pytest.MonkeyPatch.context() as patch:
            for (module, name), other in changes.items():
                patch.setattr(module, name, other)
            found[way] = read(path)
    assert {way: one == found["as any other"] for way, one in found.items()} == dict.fromkeys(WAYS, True)


@given(data=st.data())
def test_one_look_at_the_chunks_finds_what_a_walk_over_them_does(data, png_chunk):
    content = bytearray(data.draw(files(png_chunk)))
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.sampled_from([*b"\0IDAT\xff"]))
    found = _png_chunks._of_one(bytes(content))
    assert found is None or found == _png_chunks._of_all("x", bytes(content))


def test_ordinary_files_take_the_quick_ways(png, png_chunk, monkeypatch, tmp_path):
    content = png([[1, 2], [3, 4]], 8, 3)
    assert _png_chunks._of_one(content) == _png_chunks._of_all("x", content)
    assert _png_chunks._of_one(content) is not None
    assert _png_chunks._of_one(content[:-13] + b"\0" + content[-12:]) is None  # a wrong checksum
    assert _png_chunks._of_one(content.replace(b"PLTE", b"PLTX")) is None
    assert _png_chunks._of_one(content + b"\0") is None
    assert _png_chunks._of_one(png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")) is None
    monkeypatch.setattr(Image.Image, "frombytes", lambda *_: pytest.fail("Pillow decoded it"))
    (tmp_path / "a.png").write_bytes(content)
    assert read_label(str(tmp_path / "a.png")).ids().tolist() == [[[1, 2], [3, 4]]]


def test_a_bomb_is_not_inflated(monkeypatch):
    monkeypatch.setattr(_png_rows, "_LARGEST", 1000)
    monkeypatch.setattr(zlib, "decompress", lambda *_, **__: pytest.fail("it was inflated"))
    assert _png_rows.unfiltered((2, 2), zlib.compress(bytes(6))) is None
    monkeypatch.undo()
    monkeypatch.setattr(_png_rows, "MOST", 3)
    assert _png_rows.unfiltered((2, 2), zlib.compress(bytes(6))) is None


def test_a_picture_that_is_decoded_in_place_knows_its_pixels(tmp_path):
    values = np.add.outer(np.arange(60), np.arange(70)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    (tmp_path / "a.png").write_bytes(file.getvalue())
    image = read_label(str(tmp_path / "a.png")).image
    assert (_level_arrays.plane_of(image) == values).all()
    assert image.tobytes() == values.tobytes()
    assert _level_arrays.plane_of(image.copy()) is not _level_arrays.plane_of(image)
    image.paste(9, (0, 0, 5, 5))  # whoever changes it after all has a copy
    assert (_level_arrays.plane_of(image) == values).all()


@pytest.mark.parametrize("size", [_registry.SMALL - 1, _registry.SMALL, _registry.SMALL + 1])
def test_files_of_about_the_size_that_is_read_at_once(png, png_chunk, scratch, size):
    content = png([[5, 6]], 8)
    filler = png_chunk(b"tEXt", b"a\0" + bytes(size - len(content) - 14))
    content = png([[5, 6]], 8, before=[filler])
    assert len(content) == size
    assert read_label(scratch(content)).ids().tolist() == [[[5, 6]]]

"""What is refused by its size, before anything of it is decoded, and what is not."""

import io
import os

import numpy as np
import pytest
from PIL import Image, features
from segloss_test_hostile_built import array, tiff
from segloss_test_hostile_kinds_arrays import said
from segloss_test_hostile_kinds_images import SMALL, with_field

from segloss_cli.cli import run
from segloss_cli.errors import ReadError
from segloss_cli.read import read_label, read_scores
from segloss_cli.read._layout import MAX_ROW


def pillow(form, mode, side, **options):
    file = io.BytesIO()
    Image.new(mode, (side, side)).save(file, form, **options)
    return file.getvalue()


def jpeg(mode, side, *, progressive):
    """A JPEG that claims a size."""
    data = pillow("JPEG", mode, 16, progressive=progressive)
    at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0") + 5
    return with_field(with_field(data, at, ">H", side), at + 2, ">H", side)


def sized_tiff(dtype, side):
    return tiff(np.zeros((2, 2), dtype), t256=(4, 1, side), t257=(4, 1, side))


REFUSED = {
    "deep.pgm": (b"P5 7100 7100 65535\n" + bytes(10), "50 million"),
    "progressive.jpg": (jpeg("RGB", 6400, progressive=True), "40 million"),
    "progressive_grey.jpg": (jpeg("L", 11600, progressive=True), "133 million"),
    "int32.tif": (sized_tiff(np.int32, 7100), "50 million"),
    "float.tif": (sized_tiff(np.float32, 7100), "50 million"),
    "tile.tif": (tiff(SMALL, t322=(4, 1, 7100), t323=(4, 1, 7100)), "TIFF tile of 7100 x 7100"),
    "wide_tile.tif": (tiff(SMALL, t322=(4, 1, 1 << 31), t323=(4, 1, 16)), "TIFF tile of 2147483648 x 16"),
}
NEARLY = {
    "deep.pgm": b"P5 7000 7000 65535\n" + bytes(10),
    "progressive.jpg": jpeg("RGB", 6300, progressive=True)[:300],
    "baseline.jpg": jpeg("RGB", 9900, progressive=False)[:300],
    "float.tif": sized_tiff(np.float32, 7000),
    "uint16.tif": sized_tiff(np.uint16, 9900),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_cost_too_much_is_refused(tmp_path, name):
    data, says = REFUSED[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ReadError, match=f"{says}.*none is decoded"):
        read_label(str(tmp_path / name))


@pytest.mark.parametrize("name", NEARLY)
def test_what_would_not_is_decoded_as_far_as_it_goes(tmp_path, name):
    """These are cut off; that is what is said of them then."""
    (tmp_path / name).write_bytes(NEARLY[name])
    with pytest.raises(ReadError, match="is a damaged"):
        read_label(str(tmp_path / name))


@pytest.mark.parametrize(
    ("form", "side", "options"),
    [
        ("WEBP", 5001, {"lossless": True, "quality": 0, "method": 0}),
        ("AVIF", 5001, {"speed": 10}),
        ("JPEG2000", 4800, {}),
    ],
)
def test_decoders_that_hold_several_copies(tmp_path, form, side, options):
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    if form == "JPEG2000":
        small = pillow(form, "RGB", 16)
        at = small.index(b"ihdr") + 4
        data = with_field(with_field(small, at, ">I", side), at + 4, ">I", side)
    else:
        data = pillow(form, "RGB", side, **options)
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ReadError, match=f"{form} of {side} x {side} pixels"):
        read_label(str(tmp_path / "a.png"))
    (tmp_path / "small.png").write_bytes(pillow(form, "RGB", 32, **options))
    assert read_label(str(tmp_path / "small.png")).ids().shape == (1, 32, 32, 3)


def hollow(path, shape, descr="'|u1'", item=1):
    """An array of zeros in a file with a hole."""
    path.write_bytes(said(str(shape), descr, body=b""))
    os.truncate(path, path.stat().st_size + int(np.prod(shape)) * item)
    return str(path)


@pytest.mark.parametrize("shape", [(1, MAX_ROW + 1), (2, 1, MAX_ROW + 1), (5, MAX_ROW // 3 + 1, 3)])
def test_rows_that_are_no_pictures(tmp_path, shape):
    with pytest.raises(ReadError, match="values in a row"):
        read_label(hollow(tmp_path / "a.npy", shape))


def test_rows_of_all_planes(tmp_path):
    path = hollow(tmp_path / "a.npy", (16, 1, MAX_ROW // 16 + 1))
    assert read_label(path).ids().shape == (16, 1, MAX_ROW // 16 + 1)
    with pytest.raises(ReadError, match="values in a row"):
        read_label(path, task="multilabel")


def test_rows_of_all_channels(tmp_path):
    path = hollow(tmp_path / "a.npy", (16, 1, MAX_ROW // 16 + 1), "'<f4'", 4)
    with pytest.raises(ReadError, match="values in a row"):
        read_scores(path)


def test_a_row_may_be_long(tmp_path):
    assert read_label(hollow(tmp_path / "a.npy", (1, MAX_ROW))).ids().shape == (1, 1, MAX_ROW)


def test_planes_of_0_and_1_stay_in_their_file(tmp_path):
    planes = (np.arange(4)[:, None, None] == np.minimum(SMALL, 3)).astype(np.uint8)
    (tmp_path / "a.npy").write_bytes(array(planes))
    scores = read_scores(str(tmp_path / "a.npy"))
    assert (scores.kind, scores.array.dtype) == ("probabilities", np.dtype(bool))
    assert isinstance(scores.array, np.memmap)
    assert (np.asarray(scores.array) == planes).all()


def test_wider_planes_of_0_and_1_are_copied(tmp_path):
    planes = (np.arange(4)[:, None, None] == np.minimum(SMALL, 3)).astype(np.int32)
    (tmp_path / "a.npy").write_bytes(array(planes))
    scores = read_scores(str(tmp_path / "a.npy"))
    assert scores.array.dtype == bool
    assert (np.asarray(scores.array) == planes).all()


def test_a_fault_of_ours_stops_no_inspection(tmp_path, monkeypatch, capsys):
    """As in ``check``: the file is named and skipped, the others are shown, and the report is incomplete."""
    for name in ("a.npy", "b.npy", "c.npy"):
        (tmp_path / name).write_bytes(array(SMALL))

    def broken(path, **options):
        if path.endswith("b.npy"):
            raise ZeroDivisionError("boom")
        return read_label(path, **options)

    monkeypatch.setattr("segloss_cli.scan.files.read_label", broken)
    assert run(["inspect", str(tmp_path), "--format", "concise", "--num-classes", "5"]) == 3
    out, err = capsys.readouterr()
    assert "b.npy" in out
    assert "ZeroDivisionError: boom" in out
    assert "a.npy" not in err

import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.errors import ReadError
from segloss_cli.read import npz, read_label, read_scores, role, sniff


def saved(compressed=False, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_only_array_is_taken(scratch, compressed, order):
    values = np.asarray(np.arange(12).reshape(3, 4), order=order)
    path = scratch(saved(compressed, gt=values))
    assert sniff(path) == "NPZ"
    mask = read_label(path)
    assert (mask.ids()[0] == values).all()
    assert mask.container.format == "NPZ"


def test_of_several_one_is_named(scratch):
    path = scratch(saved(a=np.zeros((2, 2), int), b=np.ones((2, 2), int)))
    with pytest.raises(ReadError, match=r"holds 2 arrays, 'a', 'b'; say which with --member"):
        read_label(path)
    assert read_label(path, member="b").ids().all()
    assert read_label(path, member="b.npy").ids().all()
    with pytest.raises(ReadError, match=r"no array 'c'; it holds 'a', 'b'"):
        read_label(path, member="c")


def test_the_role_of_a_named_array(scratch):
    path = scratch(saved(a=np.zeros((2, 2), int), b=np.full((2, 2), 0.3)))
    assert [role(path, member=name)[0] for name in "ab"] == ["label", "prediction"]


def test_many_names_are_cut_short(scratch):
    path = scratch(saved(**{f"x{i}": np.zeros(1) for i in range(30)}))
    with pytest.raises(ReadError, match=r"holds 30 arrays, .*'x9', \.\.\.;"):
        read_label(path)


def test_names_are_escaped(scratch):
    path = scratch(saved(**{"a\x1b[31m": np.zeros((2, 2)), "b\n": np.zeros((2, 2))}))
    with pytest.raises(ReadError) as caught:
        read_label(path)
    assert caught.value.reason.isprintable()


def test_no_array_inside(scratch):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ReadError, match=r"without \.npy arrays"):
        read_label(scratch(file.getvalue()))


def test_an_empty_archive(scratch):
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    with pytest.raises(ReadError, match=r"without \.npy arrays"):
        read_label(scratch(file.getvalue()))


def test_a_torch_file(scratch):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
    with pytest.raises(ReadError, match="PyTorch file, a pickle that is never loaded"):
        read_scores(scratch(file.getvalue()))


def test_objects_inside(scratch):
    with pytest.raises(ReadError, match=r"array 'a\.npy' holds Python objects"):
        read_label(scratch(saved(a=np.array([[None]], object))))


def test_a_bomb_is_not_unpacked(scratch, monkeypatch):
    monkeypatch.setattr(npz, "BOMB_SIZE", 1 << 20)
    path = scratch(saved(compressed=True, a=np.zeros((2048, 2048), "u1")))
    with pytest.raises(ReadError, match="looks like a zip bomb"):
        read_label(path)


def test_an_array_above_the_limit(scratch, monkeypatch):
    monkeypatch.setattr(npz, "MAX_ARRAY", 1000)
    with pytest.raises(ReadError, match=r"unpacks to [\d,]+ bytes, above 1,000"):
        read_label(scratch(saved(a=np.zeros((40, 40), "u1"))))


def test_a_header_that_promises_more_than_the_member_has(npy, scratch):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (50000, 50000)}", b"\0" * 8))
    with pytest.raises(ReadError, match="is cut off: its header promises 20,000,000,000 bytes"):
        read_label(scratch(file.getvalue()))


def test_a_directory_that_lies_about_the_size(npy, scratch):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1000, 1000)}", b"\0" * 8))
    content = bytearray(file.getvalue())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1 << 21)
    with pytest.raises(ReadError, match=r"cut off|damaged"):
        read_label(scratch(bytes(content)))


def test_the_checksum_of_the_array_is_checked(scratch):
    content = bytearray(saved(a=np.zeros((20, 20), "u1")))
    content[content.index(b"\n", 60) + 40] ^= 1
    with pytest.raises(ReadError, match=r"damaged \.npz: Bad CRC-32"):
        read_label(scratch(bytes(content)))


def test_an_encrypted_member(scratch):
    content = bytearray(saved(a=np.zeros((2, 2))))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ReadError, match=r"damaged \.npz: .*encrypted"):
        read_label(scratch(bytes(content)))


@given(data=st.data())
def test_any_damage_is_one_error(data, scratch):
    content = bytearray(saved(compressed=data.draw(st.booleans()), a=np.arange(64).reshape(8, 8)))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        ids = read_label(scratch(bytes(content))).ids()
    except ReadError as error:
        assert error.reason.isprintable()
    else:
        assert ids.size

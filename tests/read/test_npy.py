import io
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.errors import ReadError
from segloss_cli.read import read_label, read_scores, role, sniff

DTYPES = [
    "?",
    *(
        f"{order}{code}"
        for order in "<>"
        for code in (["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "f16"])
    ),
]


def saved(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), version=version, allow_pickle=True)
    return file.getvalue()


@given(
    dtype=st.sampled_from(DTYPES),
    fortran=st.booleans(),
    shape=st.lists(st.integers(2, 6), min_size=2, max_size=3),
    version=st.sampled_from([None, (1, 0), (2, 0), (3, 0)]),
    seed=st.integers(0, 999),
)
def test_every_width_order_and_byte_order(dtype, fortran, shape, *, version, seed, scratch):
    values = np.random.default_rng(seed).integers(0, 100, shape).astype(dtype)
    values = np.asfortranarray(values) if fortran else values
    mask = read_label(scratch(saved(values, version)))
    assert mask.container.shape == values.shape
    assert mask.container.dtype == values.dtype.name
    assert mask.container.format == "NPY"
    ids = mask.ids()
    assert ids.dtype == values.dtype
    assert (ids.reshape(values.shape) == values).all()


def test_extreme_values_survive(scratch):
    for dtype, values in {"<i8": [-(2**63), 2**40, -1], "<u8": [0, 2**64 - 1, 2**63], "<f4": [np.nan, 0, 1]}.items():
        array = np.array([values], dtype)
        ids = read_label(scratch(saved(array))).ids()[0]
        assert np.array_equal(ids, array, equal_nan=dtype == "<f4")


def test_it_is_mapped_and_not_loaded(scratch):
    array = read_label(scratch(saved(np.zeros((4, 6), "u1")))).array
    assert isinstance(array, np.memmap)
    assert not array.flags.writeable


HEADERS = {
    "36 TiB": "{'descr': '<f8', 'fortran_order': False, 'shape': (5000000, 1000000)}",
    "overflow": "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807)}",
    "negative": "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 5)}",
    "bool": "{'descr': '<f8', 'fortran_order': False, 'shape': (True, 5)}",
    "text": "{'descr': '<f8', 'fortran_order': False, 'shape': ('5', 5)}",
    "a list": "{'descr': '<f8', 'fortran_order': False, 'shape': [5, 5]}",
    "float": "{'descr': '<f8', 'fortran_order': False, 'shape': (5.0, 5)}",
    "no shape": "{'descr': '<f8', 'fortran_order': False}",
    "one more": "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), 'x': 1}",
    "order": "{'descr': '<f8', 'fortran_order': 'no', 'shape': (1, 1)}",
    "deep": "(" * 5000 + ")" * 5000,
    "deep signs": "-" * 9000 + "1",
    "long": "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)}" + " " * 60_000,
    "code": "__import__('os').system('touch pwned')",
    "not a dict": "[1, 2]",
    "no text": "\x00\xff",
    "empty": "",
}


@pytest.mark.parametrize("name", HEADERS)
def test_damaged_headers(npy, scratch, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = scratch(npy(HEADERS[name], b"\0" * 64))
    for read in (read_label, read_scores, role):
        with pytest.raises(ReadError) as caught:
            read(path)
        assert "\n" not in caught.value.reason
        assert len(caught.value.reason) < 300
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("version", [(9, 0), (1, 1), (0, 0), (4, 0)])
def test_versions_that_do_not_exist(npy, scratch, version):
    with pytest.raises(ReadError, match="version"):
        read_label(scratch(npy(HEADERS["negative"], version=version)))


def test_a_header_that_is_no_utf8(npy, scratch):
    with pytest.raises(ReadError, match="no text"):
        read_label(scratch(npy(b"\xff\xfe", version=(3, 0))))


def test_a_header_longer_than_four_gigabytes_claims(scratch):
    with pytest.raises(ReadError, match=r"4,294,967,295 bytes long"):
        read_label(scratch(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"))


@given(end=st.integers(6, 10**6))
def test_truncation(end, scratch):
    whole = saved(np.arange(60, dtype="<i4").reshape(6, 10))
    with pytest.raises(ReadError, match=r"cut off|no plain description|damaged"):
        read_label(scratch(whole[: end % (len(whole) - 6) + 6]))


def test_a_cut_body_says_how_much_is_there(scratch):
    whole = saved(np.zeros((8, 8), "<f4"))
    with pytest.raises(ReadError, match="promises 256 bytes of values, 206 are there"):
        read_label(scratch(whole[:-50]))


def test_bytes_behind_the_array_do_no_harm(scratch):
    assert read_label(scratch(saved(np.ones((2, 2), "u1")) * 2)).ids().sum() == 4


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array([[{}, None]], object), "Python objects"),
        (np.zeros((2, 2), "c8"), "complex"),
        (np.zeros((2, 2), "M8[s]"), "dates"),
        (np.zeros((2, 2), "m8[s]"), "time spans"),
        (np.zeros((2, 2), "U3"), "text"),
        (np.zeros((2, 2), "S3"), "bytes"),
        (np.zeros((2, 2), "V2"), "bfloat16"),
        (np.zeros((2, 2), [("a", "i4"), ("b", "f4")]), "structured"),
    ],
)
def test_arrays_that_hold_no_numbers(scratch, array, says):
    with pytest.raises(ReadError, match=says):
        read_label(scratch(saved(array)))


def test_a_type_that_does_not_exist(npy, scratch):
    with pytest.raises(ReadError, match="unknown type"):
        read_label(scratch(npy("{'descr': '<q9', 'fortran_order': False, 'shape': (1, 1)}", b"\0" * 64)))


class Exploit:
    def __reduce__(self):
        return os.mkdir, ("pwned",)


def test_no_pickle_ever_runs(scratch, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    array = np.empty((1, 1), object)
    array[0, 0] = Exploit()
    for content in (saved(array), pickle.dumps(Exploit()), pickle.dumps(np.zeros((2, 2)))):
        path = scratch(content)
        for read in (sniff, read_label, read_scores, role):
            if read is sniff and content.startswith(b"\x93NUMPY"):
                continue
            with pytest.raises(ReadError, match=r"never loaded"):
                read(path)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("shape", [(), (5,), (0,), (0, 4), (4, 0), (1,) * 32])
def test_shapes_that_are_no_pictures(scratch, shape):
    path = scratch(saved(np.zeros(shape, "f4")))
    for read in (read_label, read_scores):
        with pytest.raises(ReadError):
            read(path)


def test_a_file_that_vanishes_or_cannot_be_mapped(scratch, monkeypatch):
    path = scratch(saved(np.zeros((2, 2))))

    def refuse(*_args, **_kwargs):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(np, "memmap", refuse)
    with pytest.raises(ReadError, match="cannot be mapped into memory"):
        read_label(path)

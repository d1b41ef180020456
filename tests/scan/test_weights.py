"""Class weights from the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from segloss_cli.errors import UsageError
from segloss_cli.scan.weights import weights_of

WANTED = (1.0, 2.5, 0.0)


@pytest.mark.parametrize("text", ["1,2.5,0", " 1 , 2.5 , 0 ", "1e0,25e-1,0.0"])
def test_numbers(text):
    assert weights_of(text) == WANTED


@pytest.mark.parametrize(
    "content",
    ["1\n2.5\n0\n", "1\r\n2.5\r\n\r\n0", "1,2.5,0", "1, 2.5\n0", "[1, 2.5, 0]", json.dumps(WANTED, indent=2)],
)
@pytest.mark.parametrize("name", ["weights.txt", "weights.json", "weights", "weights.npy"])
def test_a_file_is_told_by_its_content(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert weights_of(str(path)) == WANTED


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "f2"])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 3)])
def test_an_array(tmp_path, dtype, shape):
    np.save(tmp_path / "w.npy", np.asarray(WANTED, dtype).reshape(shape))
    assert weights_of(str(tmp_path / "w.npy")) == WANTED
    np.save(tmp_path / "i.npy", np.asarray([1, 2, 3], "u1"))
    assert weights_of(str(tmp_path / "i.npy")) == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,two,3", "could not convert string to float: 'two'"),
        ("1,,3", "give numbers a,b,c"),
        ("nothing.txt", "could not convert"),
        ("1,nan", "holds nan"),
        ("inf,1", "holds inf"),
        ("1,-2", "holds -2.0"),
        ("1e999,1", "holds inf"),
    ],
)
def test_what_are_no_weights(text, says):
    with pytest.raises(UsageError, match=says) as caught:
        weights_of(text)
    assert str(caught.value).startswith(f"--class-weights {text}: ")
    assert "\n" not in str(caught.value)


def test_infinity_passes_where_a_rule_judges_it():
    assert weights_of("inf,1", infinite=True) == (float("inf"), 1.0)
    for text in ("nan,1", "-inf,1"):
        with pytest.raises(UsageError, match="holds"):
            weights_of(text, infinite=True)


def _npy(array):
    import io

    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no number"),
        (b"\n\n", "holds no number"),
        (b"[]", "holds no number"),
        (b"[1, 2", "not a JSON list"),
        (b"[1, [2]]", "give numbers"),
        (b'[1, "x"]', "could not convert"),
        (b"[null]", "give numbers"),
        (b"1\nnan\n", "holds nan"),
        (b"a: 1\nb: 2", "could not convert"),
        (b"\xff\xfe\x00", "could not convert"),
        (b"\x93NUMPY\x01\x00", "no readable .npy"),
        (b"\x93NUMPY", "no readable .npy"),
        (_npy(np.asarray([1.0, 2.0]))[:-3], "no readable .npy"),
        (_npy(np.asarray([{}], object)), "no readable .npy"),
        (_npy(np.asarray(["a", "b"])), "could not convert"),
        (_npy(np.asarray([1 + 2j])), "give numbers"),
        (_npy(np.asarray([])), "holds no number"),
    ],
)
def test_files_that_hold_none(tmp_path, content, says):
    path = tmp_path / "w"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says) as caught:
        weights_of(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_or_a_huge_file_is_not_read(tmp_path):
    with pytest.raises(UsageError, match="no file of numbers"):
        weights_of(str(tmp_path))
    (tmp_path / "w").write_bytes(b"1\n" * (1 << 20))
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        weights_of(str(tmp_path / "w"))

"""Which prediction belongs to which label."""

from __future__ import annotations

import os

import pytest

from segloss_cli.errors import UsageError
from segloss_cli.scan.pairing import SUFFIXES, pair_up, stem_of


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Empty files of these names, in a folder that is the current one."""
    monkeypatch.chdir(tmp_path)

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")

    return make


def names(pairs):
    return [tuple(path and path.replace(os.sep, "/") for path in triple) for triple in pairs.paths]


def test_two_files_are_a_pair_whatever_their_names(make):
    make("pred.npy", "other.png", "teacher.npy")
    assert names(pair_up("pred.npy", "other.png")) == [("pred.npy", "other.png", None)]
    assert names(pair_up("pred.npy", "other.png", "teacher.npy")) == [("pred.npy", "other.png", "teacher.npy")]


def test_folders_by_stem_in_sorted_order(make):
    make("p/b.npy", "p/a.npy", "l/a.png", "l/b.png", "l/README.md", "p/.hidden.npy")
    pairs = pair_up("p", "l")
    assert names(pairs) == [("p/a.npy", "l/a.png", None), ("p/b.npy", "l/b.png", None)]
    assert pairs.alone == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_usual_suffixes(make, suffix):
    make("p/img_01.npy", f"l/img_01{suffix}.png", f"l/other{suffix.upper()}.png", "p/other.npy")
    assert names(pair_up("p", "l")) == [
        ("p/img_01.npy", f"l/img_01{suffix}.png", None),
        ("p/other.npy", f"l/other{suffix.upper()}.png", None),
    ]


def test_suffixes_on_both_sides(make):
    make("p/aachen_000001_leftImg8bit.npy", "l/aachen_000001_gtFine_labelIds.png")
    assert len(pair_up("p", "l").paths) == 1


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a_mask.png", "a"),
        ("_mask.png", "_mask"),
        ("a.b.png", "a.b"),
        ("mask.png", "mask"),
        ("x/y_pred.npy", "y"),
        ("a", "a"),
    ],
)
def test_stems(name, stem):
    assert stem_of(name) == stem


def test_nested_folders(make):
    make("p/one/a.npy", "p/two/deep/b.npy", "l/b_mask.png", "l/three/a_mask.png")
    assert names(pair_up("p", "l")) == [
        ("p/one/a.npy", "l/three/a_mask.png", None),
        ("p/two/deep/b.npy", "l/b_mask.png", None),
    ]


@pytest.mark.parametrize("inner", [("data", "data/labels"), ("data/preds", "data")])
def test_a_folder_within_the_other(make, inner):
    make("data/a.npy", "data/labels/a.png") if inner[0] == "data" else make("data/preds/a.npy", "data/a.png")
    ((pred, label, _),) = names(pair_up(*inner))
    assert (pred.endswith(".npy"), label.endswith(".png")) == (True, True)


def test_globs(make):
    make("run/a.npy", "run/b.npy", "run/a.png", "run/b.png", "run/c.txt")
    assert names(pair_up("run/*.npy", "run/*.png")) == [
        ("run/a.npy", "run/a.png", None),
        ("run/b.npy", "run/b.png", None),
    ]
    assert names(pair_up("run/a.npy", "run/*.png")) == [("run/a.npy", "run/a.png", None)]


def test_what_has_no_partner_is_said(make):
    make("p/a.npy", "p/b.npy", "l/b.png", "l/c.png")
    pairs = pair_up("p", "l")
    assert names(pairs) == [("p/b.npy", "l/b.png", None)]
    assert [(skipped.path.replace(os.sep, "/"), skipped.reason) for skipped in pairs.alone] == [
        ("p/a.npy", "no label in l has its stem"),
        ("l/c.png", "no prediction in p has its stem"),
    ]


def test_a_teacher_for_each(make):
    make("p/a.npy", "p/b.npy", "l/a.png", "l/b.png", "t/a_logits.npy", "t/b.npy")
    assert names(pair_up("p", "l", "t")) == [
        ("p/a.npy", "l/a.png", "t/a_logits.npy"),
        ("p/b.npy", "l/b.png", "t/b.npy"),
    ]
    os.remove("t/b.npy")
    with pytest.raises(UsageError, match="--teacher t: nothing with the stem b"):
        pair_up("p", "l", "t")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (("p/a.npy", "l/b.png"), "no prediction has the stem of a label: p has a, l has b"),
        (("p/a.npy", "p/x/a_pred.npy", "l/a.png"), "two predictions have the stem 'a'"),
        (("p/a.npy", "l/a.png", "l/a_mask.png"), "two labels have the stem 'a'"),
        (("p/a.npy",), "l: no such file or folder"),
        (("p/README.md", "l/a.png"), "nothing to look at in p"),
    ],
)
def test_what_cannot_be_paired(make, files, says):
    make(*files)
    with pytest.raises(UsageError, match=says):
        pair_up("p", "l")

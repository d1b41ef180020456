"""A data set travels as JSON without loss; and its classes as rows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli._dataset import Tint, Tints
from segloss_cli.render._census import classes, pack, unpack
from segloss_cli.rules._examples import declared
from segloss_cli.types import Contract, Dataset, Orphan, Seen, Split

names = st.text(st.characters(exclude_categories=()), max_size=6)
numbers = st.integers(0, 2**40)
ids = st.integers(-(2**63), 2**63)
seen = st.builds(Seen, numbers, names)
shades = st.builds(Tint, st.tuples(*[st.integers(0, 255)] * 3), numbers, names)
by_name = st.dictionaries(names, seen, max_size=3)
splits = st.builds(
    Split,
    labels=numbers,
    pixels=numbers,
    counts=st.dictionaries(ids, numbers, max_size=4),
    holders=st.dictionaries(ids, seen, max_size=4),
    empty=numbers,
    uncounted=numbers,
    many=st.booleans(),
)
orphans = st.builds(Orphan, names, st.sampled_from(["image", "label", "prediction"]), names, names, names)
datasets = st.builds(
    Dataset,
    splits=st.dictionaries(names, splits, max_size=3),
    encodings=by_name,
    families=by_name,
    suffixes=by_name,
    tints=st.dictionaries(ids, st.builds(Tints, shades, shades), max_size=3),
    tops=st.dictionaries(ids, numbers, max_size=3),
    twins=st.dictionaries(names, st.dictionaries(names, names, max_size=2), max_size=3),
    modes=by_name,
    orphans=st.lists(orphans, max_size=3).map(tuple),
    files=st.dictionaries(names, numbers, max_size=3),
    unread=numbers,
)


@given(datasets)
def test_packing_loses_nothing(dataset):
    assert unpack(json.loads(json.dumps(pack(dataset)))) == dataset


@given(datasets, datasets)
def test_what_was_packed_adds_up_as_before(a, b):
    assert unpack(pack(a)) + unpack(pack(b)) == a + b


@pytest.mark.parametrize(
    "change",
    [
        {"splits": []},
        {"encodings": {"PNG": [1]}},
        {"tints": {"0": [[[0, 0], 1, "a"], [[0, 0, 0], 1, "a"]]}},
        {"tops": {"x": 1}},
        {"orphans": [["a"]]},
        {"unread": "many"},
    ],
)
def test_what_is_no_packed_data_set_is_refused(change):
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        unpack({**pack(Dataset(files={"label": 2})), **change})


def test_a_missing_part_is_refused():
    packed = pack(Dataset())
    for name in packed:
        with pytest.raises(KeyError):
            unpack({key: value for key, value in packed.items() if key != name})


TRAIN = Split(8, 100, {0: 60, 1: 30, 255: 10}, {0: Seen(8, "a"), 1: Seen(3, "a"), 255: Seen(8, "a")})
VAL = Split(2, 100, {0: 100}, {0: Seen(2, "v")})


def test_the_rows_of_classes():
    contract = declared(names=("sky", "road", "kerb"), ignore={255})
    rows = classes(Dataset({"val": VAL, "train": TRAIN}), contract)
    assert [row["id"] for row in rows] == [0, 1, 2, 255]
    assert rows[0] == {
        "id": 0,
        "name": "sky",
        "pixels": 160,
        "share": round(160 / 190, 9),
        "files": 10,
        "splits": {
            "train": {"pixels": 60, "share": round(60 / 90, 9), "files": 8},
            "val": {"pixels": 100, "share": 1.0, "files": 2},
        },
        "ignored": False,
    }
    assert rows[2]["name"] == "kerb"
    assert (rows[2]["pixels"], rows[2]["share"], rows[2]["files"]) == (0, 0.0, 0)
    assert (rows[3]["pixels"], rows[3]["share"], rows[3]["ignored"], rows[3]["name"]) == (10, None, True, "")
    assert [*rows[0]["splits"]] == ["train", "val"]
    json.dumps(rows, allow_nan=False)


def test_with_reduce_zero_label_names_move_up_by_one():
    rows = classes(Dataset({"": TRAIN}), declared(names=("road", "kerb"), reduce_zero_label=True))
    assert [(row["id"], row["name"], row["ignored"]) for row in rows] == [
        (0, "", True),
        (1, "road", False),
        (2, "kerb", False),
        (255, "", True),
    ]
    assert rows[1]["share"] == 1.0


def test_classes_that_nobody_declared_are_those_that_were_seen():
    assert [row["id"] for row in classes(Dataset({"": TRAIN}), Contract())] == [0, 1, 255]
    assert classes(Dataset(), Contract()) == []


def test_very_many_declared_classes_are_not_listed():
    rows = classes(Dataset({"": TRAIN}), declared(num_classes=5000, names=("sky",)))
    assert [(row["id"], row["name"]) for row in rows] == [(0, "sky"), (1, ""), (255, "")]


def test_only_ignored_pixels():
    rows = classes(Dataset({"": Split(1, 9, {255: 9}, {255: Seen(1, "a")})}), declared(num_classes=2, ignore={255}))
    assert [(row["id"], row["share"]) for row in rows] == [(0, 0.0), (1, 0.0), (255, None)]

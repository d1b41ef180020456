"""Which classes of a data set have rows of their own, and which are named in a line."""

import pytest

from segloss_cli.render._class_table import FEW, in_none


def classes(present, absent, **facts):
    """So many classes that some label holds, then so many that none does."""
    return [
        {"id": i, "name": f"c{i}", "pixels": 9 * (i < present), "ignored": False, "splits": {}, **facts}
        for i in range(present + absent)
    ]


@pytest.mark.parametrize(("present", "absent"), [(0, 0), (3, 0), (3, FEW), (0, 1), (0, FEW + 9)])
def test_all_have_rows_where_few_are_absent_or_all_are(present, absent):
    known = classes(present, absent)
    assert in_none(known) == (known, "")


def test_many_that_are_absent_are_in_a_line():
    known = classes(2, FEW + 1)
    assert in_none(known) == (known[:2], "in no label: 2 c2, 3 c3, 4 c4, 5 c5")


def test_those_without_a_name_are_told_by_their_id():
    assert in_none(classes(1, FEW + 1, name=""))[1] == "in no label: 1, 2, 3, 4"
    assert in_none(classes(1, FEW + 1, ignored=True))[1].startswith("in no label: 1 c1 (ignored), 2")


@pytest.mark.parametrize(
    ("absent", "end"), [(40, "40 c40"), (41, "40 c40 and 1 more"), (1240, "40 c40 and 1,200 more")]
)
def test_no_more_than_so_many_are_named(absent, end):
    shown, words = in_none(classes(1, absent))
    assert [one["id"] for one in shown] == [0]
    assert words.endswith(end)
    assert words.count(",") - words.count(",200") == 39


def test_absent_classes_between_the_others():
    known = [{**one, "pixels": 5 * (one["id"] % 2)} for one in classes(0, 10)]
    shown, words = in_none(known)
    assert [one["id"] for one in shown] == [1, 3, 5, 7, 9]
    assert words == "in no label: 0 c0, 2 c2, 4 c4, 6 c6, 8 c8"

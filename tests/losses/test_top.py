"""The sum of the largest, against a sort."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli.losses import _top
from segloss_cli.losses._top import top_sum

levels = st.one_of(st.floats(0, 100, width=32), st.sampled_from([0.0, -0.0, 1.5, -1.0, np.inf]))
images = st.lists(st.lists(levels, min_size=1, max_size=30), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(values=images, dtype=st.sampled_from([np.float32, np.float64]), piece=st.integers(1, 40), data=st.data())
def test_as_a_sort(values, dtype, piece, data):
    arrays = [np.asarray(each, dtype) for each in values]
    together = np.sort(np.concatenate(arrays))[::-1].astype(np.float64)
    k = data.draw(st.integers(0, int((together >= 0).sum())))
    with mock.patch.object(_top, "_PIECE", piece):
        assert top_sum(arrays, k) == pytest.approx(together[:k].sum(), rel=1e-12, abs=0)


@pytest.mark.parametrize("nan", [np.nan, -np.nan])
def test_what_is_no_number_is_the_largest_and_marks_are_none(nan):
    array = np.asarray([1.0, nan, 2.0, -1.0], np.float32)
    assert np.isnan(top_sum([array], 1))
    assert np.isnan(top_sum([np.asarray([np.inf, nan])], 1))
    assert top_sum([np.asarray([1.0, -1.0, -1.0, 2.0])], 3) == 3


def test_the_values_stay_as_they_are():
    array = np.asarray([3.0, -1.0, 1.0])
    top_sum([array], 2)
    assert array.tolist() == [3.0, -1.0, 1.0]

"""The buffers of a pass: of their own dtypes and sizes, and none within another, few or in large pages."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli.losses._job import buffers

wanted = st.lists(
    st.tuples(st.one_of(st.integers(0, 50), st.integers(1 << 17, 1 << 20)), st.sampled_from(["u1", "f4", "f8", "i8"])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(wanted)
def test_buffers_lie_apart(wanted):
    made = buffers(*wanted)
    assert [(one.size, one.dtype) for one in made] == [(count, np.dtype(dtype)) for count, dtype in wanted]
    for number, one in enumerate(made):
        one[:] = number
    assert all((one == number).all() for number, one in enumerate(made))
    assert all(one.flags.aligned and one.flags.c_contiguous for one in made)

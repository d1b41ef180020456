"""The arg max by equality, against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segloss_cli.losses._hard import arg_max

levels = st.sampled_from([-np.inf, -1.5, 0.0, 0.25, 3.0, np.inf, np.nan])
shapes = hnp.array_shapes(min_dims=2, max_dims=3, max_side=7)


@given(hnp.arrays(np.float32, shapes, elements=levels))
def test_of_floats(block):
    np.testing.assert_array_equal(arg_max(block), block.argmax(axis=0))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, ">i2", np.float16])
@pytest.mark.parametrize("classes", [2, 255, 300])
def test_of_every_dtype_and_many_classes(dtype, classes):
    block = np.random.default_rng(classes).integers(0, 2 if dtype is bool else 100, (classes, 5, 4)).astype(dtype)
    np.testing.assert_array_equal(arg_max(block), block.argmax(axis=0))

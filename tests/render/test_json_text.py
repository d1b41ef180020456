"""JSON with indent is written here, and is what the standard library writes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.render._json import plain, text_of

leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
trees = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(trees, st.sampled_from([None, 1, 2, 4]))
def test_as_the_standard_library_writes(value, indent):
    assert text_of(value, indent=indent) == json.dumps(plain(value), indent=indent)

"""Paths as configuration and baselines name them: relative to a folder, with forward slashes."""

from __future__ import annotations

import os
from functools import lru_cache


@lru_cache(maxsize=256)
def relative(path: str, root: str) -> str:
    """A path as it is seen from ``root``; what is about no file stays empty.

    >>> relative("data/masks/a.png", "data"), relative("b.png", "data"), relative("", "data")
    ('masks/a.png', '../b.png', '')
    """
    if not path:
        return ""
    prefix = "" if root == os.curdir else os.path.join(root, "")
    rest = path[len(prefix) :].replace(os.sep, "/")
    if path.startswith(prefix) and not os.path.isabs(rest) and "/." not in f"/{rest}" and "//" not in rest:
        return rest  # relpath takes ten times as long, and this is asked for every finding
    try:
        return os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # another drive of Windows
        return path.replace(os.sep, "/")

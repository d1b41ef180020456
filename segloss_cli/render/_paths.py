"""Paths as reports that travel have them: with slashes, and relative to the root where they are below it."""

from __future__ import annotations

import os


def posix(path: str) -> str:
    """The path with slashes."""
    return path.replace(os.sep, "/")


def relative(path: str, root: str) -> str:
    """The path relative to ``root``, normalised, with slashes; one that is not below the root stays where it is.

    >>> relative("masks/./a.png", ""), relative("/data/masks/a.png", "/data")
    ('masks/a.png', 'masks/a.png')
    """
    absolute = os.path.normpath(os.path.join(root, path))
    inside = root and absolute.startswith(os.path.join(root, ""))
    return posix(os.path.relpath(absolute, root) if inside else os.path.normpath(path))

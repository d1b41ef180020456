"""A folder as a registry: every module of a package whose name has no leading underscore is an item.

The file's name is the item's name, with ``-`` for ``_``. Nothing is registered anywhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from types import ModuleType

from segloss_cli.errors import UsageError


@cache
def names(package: str) -> tuple[str, ...]:
    """The items of a package, sorted, without importing them.

    >>> "json" in names("segloss_cli.render")
    True
    """
    found = {name for folder in import_module(package).__path__ for name in _modules(folder)}
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


def load(package: str, name: str) -> ModuleType:
    """Import one item by its name; an unknown name is a UsageError that lists the known ones."""
    known = names(package)
    if name not in known:
        kind = package.rpartition(".")[2]
        raise UsageError(f"unknown name {name!r} in {kind}; known: {', '.join(known)}")
    return import_module(f"{package}.{name.replace('-', '_')}")


def _modules(folder: str) -> Iterable[str]:
    try:
        files = map(os.path.splitext, os.listdir(folder))
        return [name for name, suffix in files if suffix in {".py", ".pyc"}]
    except OSError:  # within a zip, or wherever else modules are imported from
        from pkgutil import iter_modules

        return [module.name for module in iter_modules([folder])]

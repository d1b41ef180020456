"""A folder as a registry: every module of a package whose name has no leading underscore is an item.

The file's name is the item's name, with ``-`` for ``_``. Nothing is registered anywhere else.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from segloss_cli.errors import UsageError


@cache
def names(package: str) -> tuple[str, ...]:
    """The items of a package, sorted, without importing them.

    >>> "json" in names("segloss_cli.render")
    True
    """
    path = import_module(package).__path__
    return tuple(sorted(m.name.replace("_", "-") for m in iter_modules(path) if not m.name.startswith("_")))


def load(package: str, name: str) -> ModuleType:
    """Import one item by its name; an unknown name is a UsageError that lists the known ones."""
    known = names(package)
    if name not in known:
        kind = package.rpartition(".")[2]
        raise UsageError(f"unknown name {name!r} in {kind}; known: {', '.join(known)}")
    return import_module(f"{package}.{name.replace('-', '_')}")

"""Records of examples that are built when somebody looks at them: loading the catalogue needs none of a thousand.

The builders in ``_examples.py`` and its neighbours are marked :func:`builder`. While :func:`loading` lasts, each gives
a stand-in for what it would build; at any other time it builds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_loading: list[bool] = []


@contextmanager
def loading() -> Iterator[None]:
    """While this lasts, builders put off what they do."""
    _loading.append(True)
    try:
        yield
    finally:
        _loading.pop()


def builder(build: Callable[P, T]) -> Callable[P, T]:
    """Mark a function that makes a record for an example, and is called with such records perhaps."""
    later: Any = Later

    @wraps(build)
    def built_or_later(*given: P.args, **named: P.kwargs) -> T:
        made: T = later(build, given, named) if _loading else build(*given, **named)
        return made

    return built_or_later


class Later:
    """Stands for what a builder would make: its class, its attributes and ``dataclasses.replace`` have it made."""

    __slots__ = ("_made", "_work")

    def __init__(self, build: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """What is to be called, and what with."""
        self._work: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]] | None = build, given, named
        self._made: Any = None

    def __call__(self) -> Any:
        """What it stands for, made once."""
        if self._work is not None:
            build, given, named = self._work
            self._made, self._work = built(build(*built(given), **built(named))), None
        return self._made

    def __getattr__(self, name: str) -> Any:
        """What the record has."""
        return getattr(self(), name)

    @property
    def __class__(self) -> Any:
        """The record's class."""
        return type(self())

    @__class__.setter
    def __class__(self, _: Any) -> None:
        raise TypeError("a record keeps its class")

    @property
    def __dataclass_fields__(self) -> Any:
        """The record's fields, which ``dataclasses.replace`` asks for."""
        return self().__dataclass_fields__


def built(thing: Any) -> Any:
    """The thing itself, with all made that was put off, also inside a record, a dict or a sequence."""
    kind = type(thing)
    if kind is Later:
        return thing()
    if kind is dict:
        return {key: built(value) for key, value in thing.items()}
    if kind in {list, tuple}:
        return kind(map(built, thing))
    if hasattr(kind, "__dataclass_fields__"):
        late = {name: value() for name, value in vars(thing).items() if type(value) is Later}
        return replace(thing, **late) if late else thing
    return thing

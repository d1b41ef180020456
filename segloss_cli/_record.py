"""Frozen dataclasses that are cheap to define.

The standard decorator compiles six methods for every frozen class, a millisecond each time the program starts; the
forty records of segloss would take longer than reading a label. ``record`` has it compile ``__init__`` alone and shares
the rest. To type checkers it is ``dataclass``, and ``dataclasses.replace`` and ``fields`` work as usual.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

T = TypeVar("T")
__all__ = ["record"]


def _frozen(self: Any, name: str, value: Any) -> None:
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    self.__dict__[name] = value


def _kept(_: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(self.__dict__[f.name] for f in self.__dataclass_fields__.values() if f.compare)


def _equal(self: Any, other: object) -> Any:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _show(self: Any) -> str:
    shown = (f"{f.name}={self.__dict__[f.name]!r}" for f in self.__dataclass_fields__.values() if f.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


_SHARED = {"__setattr__": _frozen, "__delattr__": _kept, "__eq__": _equal, "__hash__": _hash, "__repr__": _show}


def _record(**_: Literal[True]) -> Callable[[type[T]], type[T]]:
    def make(cls: type[T]) -> type[T]:
        made = dataclass(repr=False, eq=False)(cls)
        for name, method in _SHARED.items():
            setattr(made, name, method)
        return made

    return make


if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    record = _record

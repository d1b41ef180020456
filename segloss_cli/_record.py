"""Frozen dataclasses that are cheap to define.

The standard decorator compiles six methods for every frozen class, a millisecond each time the program starts; the
hundred records of segloss would take longer than reading a label. ``record`` compiles none: all records share theirs.
To type checkers it is ``dataclass``, and ``dataclasses.replace`` and ``fields`` work as usual.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from inspect import Signature

T = TypeVar("T")
__all__ = ["copied", "record"]


def copied(original: T, **changes: object) -> T:
    """The record with other values for some fields; ``dataclasses.replace`` does the same in seven times the time.

    The names of the fields are not checked.
    """
    made = object.__new__(type(original))
    made.__dict__.update(original.__dict__, **changes)
    return made


def _frozen(_: Any, name: str, __: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


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


class _Call:
    """How a record's class is called, for ``help()`` and for errors: worked out when it is asked for."""

    def __get__(self, _: object, cls: Any) -> Signature:
        from inspect import Parameter, Signature

        def parameter(field: Any) -> Parameter:
            default = Parameter.empty if field.default is MISSING else field.default
            if field.default_factory is not MISSING:
                default = field.default_factory
            return Parameter(field.name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=field.type)

        return Signature([parameter(field) for field in cls.__dataclass_fields__.values()])


def _filling(cls: Any) -> Callable[..., None]:
    """The ``__init__`` of a class: straight into its ``__dict__``, which nothing else may fill."""
    fields = cls.__dataclass_fields__
    names, known, size = tuple(fields), frozenset(fields), len(fields)
    defaults = {name: field.default for name, field in fields.items() if field.default is not MISSING}
    fresh = [(name, field.default_factory) for name, field in fields.items() if field.default_factory is not MISSING]

    def fill(self: Any, /, *given: Any, **named: Any) -> None:
        values = self.__dict__
        values.update(defaults)
        values.update(named)
        if given:
            values.update(zip(names, given, strict=False))
            if len(given) > size or (named and not named.keys().isdisjoint(names[: len(given)])):
                cls.__signature__.bind(*given, **named)
        for name, make in fresh:
            if name not in values:
                values[name] = make()
        if len(values) != size or not known.issuperset(named):
            cls.__signature__.bind(*given, **named)

    return fill


_SHARED = {"__setattr__": _frozen, "__delattr__": _kept, "__eq__": _equal, "__hash__": _hash, "__repr__": _show}


def _record(**_: Literal[True]) -> Callable[[type[T]], type[T]]:
    def make(cls: type[T]) -> type[T]:
        made = dataclass(init=False, repr=False, eq=False)(cls)
        for name, method in {**_SHARED, "__init__": _filling(made), "__signature__": _Call()}.items():
            setattr(made, name, method)
        return made

    return make


if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    record = _record

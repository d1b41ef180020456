"""Frozen dataclasses that are cheap to define.

The standard decorator compiles six methods for every frozen class, a millisecond each time the program starts; the
hundred records of segloss would take longer than reading a label. ``record`` compiles none: all records share theirs.
Even what it finds out of the fields takes half as long as reading a label, so that is left until somebody asks.
To type checkers it is ``dataclass``, and ``dataclasses.replace`` and ``fields`` work as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass
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
    values = made.__dict__
    values.update(original.__dict__)
    values.update(changes)
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


class _Fields:
    """A record's ``__dataclass_fields__``, found out when they are asked for: most records are only filled and read.

    ``given`` is what the class says of its fields, and those that it comes from of theirs, in the order of
    ``dataclass``: a default, a ``field(...)``, or MISSING. ``types`` are their annotations.
    """

    def __init__(self, cls: Any) -> None:
        above = (base.__dict__.get("__dataclass_fields__") for base in reversed(cls.__mro__))
        self.given: dict[str, Any] = {}
        self.types: dict[str, Any] = {}
        for fields in above:
            if fields is not None:
                self.given.update(fields.given)
                self.types.update(fields.types)
        self.given.update((name, getattr(cls, name, MISSING)) for name in cls.__annotations__)
        self.types.update(cls.__annotations__)
        self._cls: Any = cls
        self._found: Any = None

    def __get__(self, _: object, __: object) -> Any:
        # from a class that is like this one: dataclass changes what it looks at, and several threads may ask
        if self._found is None:
            said = {name: value for name, value in self.given.items() if value is not MISSING}
            like = {"__module__": self._cls.__module__, "__doc__": self._cls.__doc__, "__annotations__": self.types}
            twin: Any = type(self._cls.__name__, (), {**like, **said})
            self._found = dataclass(init=False, repr=False, eq=False)(twin).__dataclass_fields__
        return self._found


def _settle(cls: Any, given: Mapping[str, Any]) -> None:
    """Leave on the class what ``dataclass`` leaves there of a ``field(...)``: its default."""
    for name, value in given.items():
        if isinstance(value, Field) and value.default is not MISSING:
            setattr(cls, name, value.default)
        elif isinstance(value, Field) and name in cls.__dict__:
            delattr(cls, name)


def _filling(cls: Any, given: Mapping[str, Any]) -> Callable[..., None]:
    """The ``__init__`` of a class: straight into its ``__dict__``, which nothing else may fill."""
    names, known, size = tuple(given), frozenset(given), len(given)
    defaults = {name: getattr(cls, name) for name in names if hasattr(cls, name)}
    fields = [(name, value) for name, value in given.items() if isinstance(value, Field)]
    fresh = [(name, field.default_factory) for name, field in fields if field.default_factory is not MISSING]

    def fill(self: Any, /, *placed: Any, **named: Any) -> None:
        values = self.__dict__
        values.update(defaults)
        values.update(named)
        if placed:
            values.update(zip(names, placed, strict=False))
            if len(placed) > size or (named and not named.keys().isdisjoint(names[: len(placed)])):
                cls.__signature__.bind(*placed, **named)
        for name, make in fresh:
            if name not in values:
                values[name] = make()
        if len(values) != size or not known.issuperset(named):
            cls.__signature__.bind(*placed, **named)

    return fill


_SHARED = {"__setattr__": _frozen, "__delattr__": _kept, "__eq__": _equal, "__hash__": _hash, "__repr__": _show}


def _record(**_: Literal[True]) -> Callable[[type[T]], type[T]]:
    def make(cls: Any) -> Any:
        cls.__dataclass_fields__ = fields = _Fields(cls)
        given = fields.given
        _settle(cls, given)
        made = {"__match_args__": tuple(given), "__init__": _filling(cls, given), "__signature__": _Call()}
        for name, value in {**_SHARED, **made}.items():
            setattr(cls, name, value)
        return cls

    return make


if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    record = _record

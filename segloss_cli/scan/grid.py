"""The settings of a loss that people use: what its knobs are tried at when a number is searched for.

Knobs of a few words (``Literal``, true or false) name their own values; numbers have a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, product
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

MOST = 3
"""At most so many knobs are set at once: with more, every number can be had."""

ENOUGH = 600
"""No more settings than this of one function; fewer knobs at once are set where there would be more."""

_SHARES = (0.25, 0.75, 0.5, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)
_SMOOTH = (0.0, 1.0, 1e-5, 1e-6, 1e-3)
_MIXTURES = ((0.5, 0.5), (1.0, 0.5), (0.5, 1.0), (0.3, 0.7), (0.7, 0.3), (0.2, 0.8), (0.8, 0.2), (2.0, 1.0), (1.0, 2.0))

NUMBERS: Mapping[str, tuple[float, ...]] = {
    "alpha": _SHARES,
    "beta": (1.0, 2.0, 0.5),
    "delta": (0.5, 0.6, 0.7, 0.8),
    "eps": (1e-8, 1e-7, 1e-6, 1e-5, 1e-3, 1.0),
    "gamma": (2.0, 1.0, 3.0, 0.5, 5.0, 4.0, 1.5, 0.75, 0.0),
    "gamma_cross": (0.3, 0.5, 1.0, 2.0),
    "gamma_dice": (0.3, 0.5, 1.0, 2.0),
    "gamma_neg": (4.0, 2.0, 0.0),
    "gamma_pos": (1.0, 0.0),
    "k": (10, 5, 15, 20, 25, 30, 50, 70),
    "label_smoothing": (0.1, 0.05, 0.2, 0.01),
    "n_min": (1_000, 10_000, 50_000, 100_000),
    "poly1.eps": (1.0, 2.0, -1.0, 0.5),
    "pos_weight": (2.0, 5.0, 10.0),
    "r": (0.05, 0.1, 0.5),
    "reduced": (0.5, 0.25),
    "reduced_threshold": (0.5, 0.25),
    "smooth": _SMOOTH,
    "smooth_dr": _SMOOTH,
    "smooth_nr": _SMOOTH,
    "thresh": (0.7, 0.5, 0.6, 0.8, 0.9),
    "weight": (0.5, 0.3, 0.7),
    "weight_tversky": (0.5, 0.3, 0.7),
}
"""The usual values of knobs that are numbers, the commonest first; a knob that is not here stays at its default.

FUNCTION.KNOB is for one function alone.
"""

TOGETHER: Mapping[tuple[str, ...], tuple[tuple[float, ...], ...]] = {
    ("alpha", "beta"): (
        (0.3, 0.7),
        (0.7, 0.3),
        (0.5, 0.5),
        (0.4, 0.6),
        (0.6, 0.4),
        (0.2, 0.8),
        (0.8, 0.2),
        (0.1, 0.9),
        (0.9, 0.1),
        (1.0, 1.0),
    ),
    ("lambda_dice", "lambda_ce"): _MIXTURES,
    ("lambda_dice", "lambda_focal"): _MIXTURES,
    ("weight_dice", "weight_ce"): _MIXTURES,
    ("weight_dice", "weight_cross"): _MIXTURES,
}
"""Knobs that are chosen together, as one choice."""

FIXED = frozenset({"minus", "prose", "strict"})
"""Knobs that are not tried: they are forms of a value, or faults of one tutorial that its convention has."""

Setting = Mapping[str, Any]


def settings(
    function: Callable[..., Any], defaults: Mapping[str, Any], fixed: Setting, *, most: int = MOST
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every setting of a function's knobs to be tried, as how many knobs it sets and these; the fewest first.

    Args:
        function: whose annotations say what the knobs may be.
        defaults: the knobs with their defaults.
        fixed: knobs that the user has set, which stay so.
        most: at most so many knobs are set.

    Example:
        >>> def loss(*, smooth: float = 1.0, pool: bool = False) -> None: ...
        >>> [knobs for _, knobs in settings(loss, loss.__kwdefaults__, {})][:4]
        [{}, {'smooth': 0.0}, {'smooth': 1e-05}, {'smooth': 1e-06}]
    """
    choices = _choices(function, {name: value for name, value in defaults.items() if name not in fixed})
    sizes = [1]
    for alternatives in choices:
        # how many settings set 0, 1, 2... knobs
        sizes = [a + b * len(alternatives) for a, b in zip([*sizes, 0], [0, *sizes], strict=True)]
    depth = next((d for d in range(min(most, len(choices)), 0, -1) if sum(sizes[: d + 1]) <= ENOUGH), min(most, 1))
    for some in range(min(depth, len(choices)) + 1):
        for chosen in combinations(choices, some):
            for values in product(*chosen):
                yield some, {**fixed, **{name: value for knobs in values for name, value in knobs.items()}}


def _choices(function: Callable[..., Any], defaults: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """For each knob, or knobs chosen together, what it may be set to other than the defaults."""
    hints = _hints(function)
    found: list[list[dict[str, Any]]] = []
    done: set[str] = set()
    for names, rows in TOGETHER.items():
        if done.isdisjoint(names) and all(name in defaults for name in names):
            done.update(names)
            found.append([dict(zip(names, row, strict=True)) for row in rows if row != _row(defaults, names)])
    for name, default in defaults.items():
        if name not in done and name not in FIXED:
            numbers = NUMBERS.get(f"{function.__name__}.{name}", NUMBERS.get(name, ()))
            values = [value for value in _values(numbers, hints[name]) if value != default]
            found.append([{name: value} for value in values])
    return [alternatives for alternatives in found if alternatives]


def _row(defaults: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(defaults[name] for name in names)


def _values(usual: tuple[float, ...], hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    kinds = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    if bool in kinds:
        return (False, True)
    numbers = usual if {int, float}.intersection(kinds) else ()
    return numbers + ((None,) if numbers and NoneType in kinds else ())


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(function)

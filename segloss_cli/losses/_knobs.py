"""From what a user asks for, ``NAME:knob=value`` and ``--like``, to the knobs of a loss."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from segloss_cli._plugins import load, names
from segloss_cli._record import record
from segloss_cli.errors import UsageError
from segloss_cli.losses._loss import Convention, Loss
from segloss_cli.types import Task

PACKAGE = "segloss_cli.losses"
_GIVEN = frozenset({"weight", "like", "parts"})


@record(frozen=True)
class Request:
    """One loss that is wanted: its name, the library whose convention it follows, and the parameters that were set."""

    loss: str
    like: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@record(frozen=True)
class Setting:
    """What the parameters are resolved against: the task, whether an id is ignored, and class weights (classes,)."""

    task: Task
    ignoring: bool = False
    weight: Any = None


def find(name: str) -> Loss:
    """The loss of this name; an unknown one is a UsageError that lists the known ones."""
    loss: Loss = load(PACKAGE, name).LOSS
    return loss


def conventions() -> tuple[str, ...]:
    """Every library's name that some loss has a convention for, sorted."""
    return tuple(sorted({like for name in names(PACKAGE) for like in find(name).conventions}))


def parameters(loss: Loss, like: str | None) -> dict[str, Any]:
    """The parameters that may be set, with their defaults: the library's own where one is named."""
    if like:
        return {name: value for name, value in _keywords(loss.conventions[like].knobs).items() if name != "ignoring"}
    return {name: value for name, value in _keywords(loss.function).items() if name not in _GIVEN}


@cache
def _keywords(function: Callable[..., Any]) -> dict[str, Any]:
    """Keyword-only arguments and their defaults; read from the function's own record, as ``inspect`` takes long."""
    return dict(function.__kwdefaults__ or {})


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """``NAME`` or ``NAME:knob=value,...`` as a name and parameters.

    >>> parse("tversky:alpha=0.3,beta=0.7")
    ('tversky', {'alpha': 0.3, 'beta': 0.7})
    >>> parse("focal:alpha=0.25/0.75,alpha_rule=uniform")
    ('focal', {'alpha': (0.25, 0.75), 'alpha_rule': 'uniform'})
    """
    name, _, rest = text.partition(":")
    params = {}
    for item in filter(None, rest.split(",")):
        knob, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"--loss {text!r}: {item!r} is no knob=value; write NAME:knob=value,knob=value")
        params[knob.strip().replace("-", "_")] = _value(value.strip())
    return name.strip(), params


def _value(text: str) -> Any:
    words: dict[str, Any] = {"none": None, "true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    if "/" in text:
        return tuple(_value(part) for part in text.split("/"))
    for kind, form in ((int, r"[+-]?\d+"), (float, r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?")):
        if re.fullmatch(form, text, re.IGNORECASE):
            return kind(text)
    return text


def why_not(request: Request, setting: Setting, *, ignored_pixels: bool) -> str | None:
    """Why this pair of loss and library has no value here, or None: such a pair is skipped, not refused."""
    loss = find(request.loss)
    if request.like is None:
        return _does_not_fit(request, loss, setting)
    convention = loss.conventions.get(request.like)
    if convention is None:
        known = ", ".join(loss.conventions) or "none"
        return f"no {request.loss} of {request.like} (known: {known})"
    return _not_taken(request, convention, setting, ignored_pixels=ignored_pixels)


def passes_stray(request: Request) -> bool:
    """Whether the library takes ids that are neither a class nor ignored for pixels of no class."""
    return request.like is not None and find(request.loss).conventions[request.like].stray


def _does_not_fit(request: Request, loss: Loss, setting: Setting) -> str | None:
    if setting.task not in loss.tasks:
        return f"{request.loss} is for {_words(loss.tasks)}, not {setting.task}"
    if setting.weight is None:
        return None
    if "weight" not in _keywords(loss.function):
        return f"{request.loss} takes no class weights"
    if setting.task == "binary" and "pixel" in loss.kinds and len(loss.kinds) > 1:
        return f"{request.loss} takes no class weights where there is one channel: its parts have one and two classes"
    return None


def _not_taken(request: Request, convention: Convention, setting: Setting, *, ignored_pixels: bool) -> str | None:
    if setting.task not in convention.tasks:
        return f"{request.like}'s {request.loss} takes {_words(convention.tasks)}, not {setting.task}"
    if ignored_pixels and "ignore" not in convention.takes:
        return f"{request.like}'s {request.loss} has no ignore_index, and the label has ignored pixels"
    if setting.weight is not None and "weights" not in convention.takes:
        return f"{request.like}'s {request.loss} takes no class weights"
    if (
        setting.weight is not None
        and setting.task == "binary"
        and not {"overlap", "sides", "planes"}.isdisjoint(find(request.loss).kinds)
    ):
        # SMP refuses them, MONAI passes over them
        return f"{request.like}'s {request.loss} takes no class weights where there is one channel"
    return None


def _words(items: frozenset[Any]) -> str:
    return " and ".join(sorted(items))


def resolve(request: Request, setting: Setting) -> dict[str, Any]:
    """The loss's own knobs; an unknown parameter or a value of the wrong kind is a UsageError.

    >>> resolve(Request("dice", "smp", {"smooth": 1.0}), Setting("multiclass"))["smooth"]
    2.0
    """
    loss = find(request.loss)
    known = parameters(loss, request.like)
    for knob, value in request.params.items():
        _check(request, known, knob, value)
    if request.like is None:
        knobs = dict(request.params)
    else:
        convention = loss.conventions[request.like]
        told = {"ignoring": setting.ignoring} if "ignoring" in _keywords(convention.knobs) else {}
        knobs = dict(convention.knobs(**request.params, **told))
    accepted = _keywords(loss.function)
    if "like" in accepted:
        knobs["like"] = request.like
    if setting.weight is not None and "weight" in accepted:
        knobs["weight"] = setting.weight
    return knobs


def named(request: Request) -> str:
    """How a message names what was asked for."""
    return f"{request.loss} --like {request.like}" if request.like else request.loss


@contextmanager
def blaming(request: Request) -> Iterator[None]:
    """A UsageError about our knobs, or those of a part, also names the parameters as they were given."""
    try:
        yield
    except UsageError as error:
        if not request.params or str(error).startswith(f"{named(request)}:"):
            raise
        given = ", ".join(f"{knob}={value!r}" for knob, value in request.params.items())
        raise UsageError(f"{named(request)}: {given}; {error}") from error


def _check(request: Request, known: Mapping[str, Any], knob: str, value: Any) -> None:
    where = named(request)
    if knob not in known:
        raise UsageError(f"{where} has no knob {knob!r}; it has: {', '.join(known) or 'none'}")
    kinds = _kinds(request, knob)
    if not any(_fits(value, kind) for kind in kinds):
        raise UsageError(f"{where}: {knob}={value!r}; it takes {_either(kinds)}")
    if knob not in find(request.loss).signed and _negative(value):
        raise UsageError(f"{where}: {knob}={value!r}; it is 0 or more")


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of the kind that a knob's annotation names."""
    if kind is NoneType or isinstance(kind, str):
        return bool(value == (None if kind is NoneType else kind))
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(item, float) for item in value)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, int if kind is int else (int, float)) and math.isfinite(value)


def _negative(value: Any) -> bool:
    """Whether a number, or one of several, is below 0."""
    if isinstance(value, tuple):
        return any(map(_negative, value))
    return isinstance(value, (int, float)) and value < 0


def _either(kinds: tuple[Any, ...]) -> str:
    words = {bool: "true or false", int: "a whole number", float: "a number", NoneType: "none"}
    return " or ".join("numbers a/b/c" if get_origin(k) is tuple else words.get(k, str(k)) for k in kinds)


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(function)


def _kinds(request: Request, knob: str) -> tuple[Any, ...]:
    """What a knob may be: the words of its Literal annotation, or the types that its annotation joins."""
    loss = find(request.loss)
    hint = _hints(loss.conventions[request.like].knobs if request.like else loss.function)[knob]
    return get_args(hint) if get_origin(hint) in {Literal, Union, UnionType} else (hint,)

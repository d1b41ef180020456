"""Why two conventions of one loss give two numbers: proved by changing one knob at a time, and put into words.

Both conventions are knobs of the same function. A knob that differs is a reason where it moves the value alone, or,
where it acts only together with others, where the other value changes without it.

>>> from segloss_cli.losses._knobs import find
>>> loss, ours, theirs = find("dice"), {"smooth": 1e-5}, {"smooth": 0.0, "classes": "present-zero", "floor": 2e-7}
>>> value = lambda knobs: 0.5 if knobs.get("classes") == "present-zero" else 0.75
>>> reasons(loss, ours, theirs, value)
(Reason(knob='classes', value='present-zero', words='an absent class counts as a loss of 0', alone=0.5),)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from segloss_cli._record import record
from segloss_cli.losses._loss import Loss

Knobs = Mapping[str, Any]
Path = tuple[str, ...]

RELATIVE = 1e-6
"""Values that are closer than this, relative to the larger, are the same."""

UNSET = object()

_GIVEN = frozenset({"like", "weight"})

WORDS: Mapping[tuple[str, Any], str] = {
    ("alpha_rule", "background"): "alpha weighs the classes against class 0 (which has 1 - alpha)",
    ("alpha_rule", "uniform"): "alpha multiplies every pixel",
    ("balance", False): "rare classes weigh no more",
    ("below", True): "hard pixels are strictly below a threshold",
    ("classes", "all"): "absent classes count as any other",
    ("classes", "present"): "only the present classes are in the mean",
    ("classes", "present-zero"): "an absent class counts as a loss of 0",
    ("divide", "all"): "divides by all pixels (ignored ones included)",
    ("divide", "all-weights"): "divides by all pixels (ignored ones included)",
    ("divide", "elements"): "divides by pixels times classes (ignored ones included)",
    ("divide", "images"): "each image's mean by itself and these added up",
    ("divide", "pixels"): "divides by the valid pixels (not by the classes too)",
    ("divide", "valid"): "divides by the valid pixels",
    ("divide", "weights"): "divides by the weights of the valid pixels",
    ("factors", "mean"): "the focal factors are averaged over pixels and channels",
    ("factors", "pool"): "the focal factors of all channels are one sum",
    ("head", "sigmoid"): "a sigmoid per class (no softmax)",
    ("include_background", False): "class 0 is left out",
    ("include_background", True): "class 0 counts",
    ("leak", False): "ignored pixels are left out",
    ("leak", True): "ignored pixels are not left out of the prediction",
    ("method", "erosion"): "errors weigh by the erosions that they outlast",
    ("method", "ids"): "the probability is compared with the id itself",
    ("minus", True): "minus the score (not one minus it)",
    ("one_vs_rest", True): "the sigmoid cross-entropy of every class in the place of -ln p",
    ("pad_ignored", False): "ignored pixels are not ranked",
    ("pad_ignored", True): "ignored pixels are ranked as zeros",
    ("perfect", True): "a class without any error has a loss of 0",
    ("pool", False): "a ratio per class (not one over all)",
    ("pool", True): "one ratio over all classes together",
    ("power", "class"): "the power of each class's loss",
    ("power", "mean"): "the power of the mean over classes",
    ("prose", True): "alpha is inside the bracket: (1 - alpha p)^gamma",
    ("rest", "complement"): "the background has 1 - alpha",
    ("rest", "one"): "the background keeps the factor 1 where the foreground has alpha",
    ("scope", "batch"): "the batch as one",
    ("scope", "class"): "each class by itself",
    ("scope", "image"): "each image by itself",
    ("squared", "denominator"): "sizes are sums of squares",
    ("squared", "elements"): "tp and fp and fn are squared pixel by pixel",
    ("squared", "no"): "sizes are sums of p",
    ("strict", True): "no value where the library's code raises",
    ("terms", "mean"): "the focal terms of the classes are averaged",
    ("twice", True): "both weights are raised to gamma again",
    ("weigh", "normalised"): "the mean is divided by the class weights",
    ("weigh", "raw"): "class weights multiply and are not divided by",
    ("weight", None): "no class weights",
    ("weight_in_p", False): "the class weight multiplies from outside",
    ("weight_in_p", True): "the class weight is inside p (which becomes p^w)",
}
"""What a knob at a value means, where ``knob=value`` does not say it."""

WEIGHTED: Mapping[tuple[str, Any], str] = {
    ("divide", "all"): "divides by all pixels (not by weights; ignored ones included)",
    ("divide", "all-weights"): "divides by the weights of all pixels (an ignored one's being 1)",
    ("divide", "elements"): "divides by pixels times classes (not by weights; ignored ones included)",
    ("divide", "valid"): "divides by the valid pixels (not by their weights)",
}
"""What some of them mean where there are class weights."""

PARTS = {"ce": "cross-entropy", "dice": "dice", "focal": "focal", "sigmoid": "sigmoid focal"}
"""What the parts of a sum of losses are called."""


@record(frozen=True)
class Reason:
    """One knob by which two conventions differ: the other's value of it, in words, and what it alone makes of ours.

    A knob of a part of a sum of losses is called PART.KNOB. ``alone`` is None where the knob does nothing by itself.
    """

    knob: str
    value: Any
    words: str
    alone: float | None


def reasons(loss: Loss, ours: Knobs, theirs: Knobs, value: Callable[[Knobs], float | None]) -> tuple[Reason, ...]:
    """The fewest knobs that make the difference, the one that moves our value furthest first.

    Args:
        loss: the loss.
        ours: the knobs that are compared with.
        theirs: the knobs that are compared.
        value: the loss with some knobs; None where it has no value, LookupError where that is not known.

    Returns:
        The reasons; all knobs that differ where they act only together, none where one of both has no value.
    """
    start, end = value(ours), value(theirs)
    if start is None or end is None:
        return ()
    ours, theirs = filled(loss, ours), filled(loss, theirs)
    paths = differing(loss, ours, theirs)
    alone = {path: value(changed(ours, [path], theirs)) for path in paths}
    # a knob of a part is changed where the parts already are the other's
    before = {path: alone.get((path[0], ""), start) if len(path) > 2 else start for path in paths}
    moving = [path for path in paths if differ(alone[path], before[path])]
    if differ(value(changed(ours, moving, theirs)), end):
        moving += [path for path in paths if path not in moving and differ(value(changed(theirs, [path], ours)), end)]
    moving.sort(key=lambda path: -_distance(alone[path], before[path]))
    moving = _enough(moving, lambda some: not differ(value(changed(ours, some, theirs)), end))
    found = ((path, alone[path] if differ(alone[path], before[path]) else None) for path in moving or paths)
    weighted = ours.get("weight") is not None
    return tuple(_reason(path, _at(ours, path), _at(theirs, path), v, weighted=weighted) for path, v in found)


def _enough(paths: list[Path], reaches: Callable[[list[Path]], bool]) -> list[Path]:
    """Those without which the other's value is not reached: one if it does alone, else no more than are needed."""
    swapped = {path[0] for path in paths if path[-1] == ""}

    def known(some: list[Path]) -> bool:
        # a knob of a part that only the other has brings that part along
        if any(len(path) > 2 and path[0] in swapped and (path[0], "") not in some for path in some):
            return False
        try:
            return reaches(some)
        except LookupError:
            return False

    for path in paths:
        if known([path]):
            return [path]
    kept = paths
    for path in reversed(paths):
        fewer = [one for one in kept if one != path]
        kept = fewer if known(fewer) else kept
    return kept


def _reason(path: Path, mine: Any, other: Any, alone: float | None, *, weighted: bool) -> Reason:
    if path[-1] == "":
        parts = " and ".join(PARTS.get(part, part) for part in other)
        return Reason(path[0], other, f"its parts are {parts or 'ours'}", alone)
    said = words(path[-1], other, mine, weighted=weighted)
    said = f"{said} in its {PARTS.get(path[1], path[1])}" if len(path) > 1 else said
    return Reason(".".join(path[-2:]), None if other is UNSET else other, said, alone)


def variants(loss: Loss, ours: Knobs, theirs: Knobs) -> Iterator[Knobs]:
    """Every set of knobs that :func:`reasons` may ask the value of, so that one pass sums for all of them."""
    yield ours
    yield theirs
    ours, theirs = filled(loss, ours), filled(loss, theirs)
    for path in differing(loss, ours, theirs):
        yield changed(ours, [path], theirs)
        yield changed(theirs, [path], ours)


def differing(loss: Loss, ours: Knobs, theirs: Knobs) -> tuple[Path, ...]:
    """The knobs that do not have the same value; class weights for the whole and the library's name are none.

    >>> from segloss_cli.losses._knobs import find
    >>> differing(find("dice"), {}, {"smooth": 1e-5, "scope": "image"})
    (('scope',),)
    """
    ours, theirs = filled(loss, ours), filled(loss, theirs)
    paths = dict.fromkeys(path for some in (ours, theirs) for path in _paths(some, ours, theirs))
    return tuple(path for path in paths if path[-1] != "like" and _at(ours, path) != _at(theirs, path))


def _paths(knobs: Knobs, ours: Knobs, theirs: Knobs) -> Iterator[Path]:
    """The ways to knobs: (knob,), and for the parts of a sum (parts, part, knob); (parts, "") is which parts."""
    for name, value in knobs.items():
        if isinstance(value, Mapping):
            yield name, ""
            yield from ((name, part, knob) for part, told in value.items() for knob in told)
        elif name not in _GIVEN and not any(isinstance(some.get(name), Mapping) for some in (ours, theirs)):
            yield (name,)


def _at(knobs: Knobs, path: Path) -> Any:
    """The value of a knob; UNSET for one that a part is not told."""
    value: Any = knobs
    if path[-1] == "":
        return tuple(knobs[path[0]] or ())
    for name in path:
        value = (value or {}).get(name, UNSET)
        if value is UNSET:
            return UNSET
    return value


def changed(knobs: Knobs, paths: Iterable[Path], source: Knobs) -> dict[str, Any]:
    """The knobs with some of them as the source has them.

    >>> changed({"a": 1, "parts": None}, [("a",)], {"a": 2})
    {'a': 2, 'parts': None}
    >>> changed({"a": 1, "parts": None}, [("parts", "dice", "smooth")], {"parts": {"dice": {"smooth": 0}, "ce": {}}})
    {'a': 1, 'parts': {'dice': {'smooth': 0}, 'ce': {}}}
    """
    new = dict(knobs)
    for path in paths:
        name = path[0]
        if len(path) == 1:
            new[name] = _at(source, path)
            continue
        own, other = new[name] or {}, source[name]
        parts = {part: dict(own.get(part, ())) for part in other or own}
        if len(path) > 2:
            value = _at(source, path)
            parts[path[1]].pop(path[2], None)
            parts[path[1]].update({} if value is UNSET else {path[2]: value})
        new[name] = parts if len(path) > 2 or other else None
    return new


def filled(loss: Loss, knobs: Knobs) -> dict[str, Any]:
    """The knobs with the function's own defaults for those that are not set."""
    return {**(loss.function.__kwdefaults__ or {}), **knobs}


def words(knob: str, value: Any, other: Any = None, *, weighted: bool = False) -> str:
    """What a knob at this value means, told from another value of it; ``weighted``: where there are class weights.

    >>> words("scope", "image"), words("smooth", 1.0, 1e-5)
    ('each image by itself', 'smooth=1 instead of 1e-05')
    """
    known = {**WORDS, **WEIGHTED} if weighted else WORDS
    if (value is None or isinstance(value, str | bool)) and (knob, value) in known:
        return known[knob, value]
    if value is UNSET:
        return f"{knob} at its default instead of {_word(other)}"
    return f"{knob}={_word(value)}" + ("" if other is UNSET else f" instead of {_word(other)}")


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return "/".join(map(_word, value))
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def differ(one: float | None, two: float | None) -> bool:
    """Whether two values are not the same; no value is only the same as no value.

    >>> differ(1.0, 1.0000001), differ(1.0, 1.001), differ(None, 0.0)
    (False, True, True)
    """
    if one is None or two is None:
        return one is not two
    return not math.isclose(one, two, rel_tol=RELATIVE, abs_tol=1e-12)


def _distance(one: float | None, two: float | None) -> float:
    return math.inf if one is None or two is None else abs(one - two)

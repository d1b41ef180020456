"""What was tried, evaluated and ranked: the settings that give a number, the simplest first."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from segloss_cli._record import record
from segloss_cli.errors import MissingExtraError, SeglossError
from segloss_cli.losses._evaluate import Passes, evaluate_with
from segloss_cli.scan.forms import Evaluated, Form, Number, Numbers, forms_of, numbers_of
from segloss_cli.scan.options import Wanted
from segloss_cli.scan.scenes import Scene
from segloss_cli.scan.trials import Trial, loss_of
from segloss_cli.scan.values import Work, finish
from segloss_cli.types import LossValue, Match

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BY_IMAGE = 2_000
"""At most so many evaluations for the forms of single images: those of the plainest settings."""

_NEAR = 1
"""Of what does not agree, only settings that are at most so many steps from the plain command are of interest."""

_PIXELWISE = frozenset({"pixel", "sides", "divergence"})


@record(frozen=True)
class Batch:
    """One reading of the labels of one pair or of several together: what is tried on it, and the statistics."""

    scene: Scene
    trials: Sequence[Trial]
    passes: Passes
    work: Work
    pairs: int = 1


@record(frozen=True)
class Tried:
    """A batch with everything evaluated: a row for each different value, with the trials that have it.

    ``missing`` says which losses could not be evaluated for want of a package.
    """

    batch: Batch
    rows: Sequence[Sequence[Trial]]
    forms: Sequence[Form]
    numbers: Numbers
    missing: Sequence[str] = ()

    def plain(self) -> NDArray[np.float64]:
        """The numbers of the defaults, ours and the libraries', in no other form."""
        return self.numbers.take(self.numbers.steps == 0).numbers


@record(frozen=True)
class Hit:
    """One number: the trial that gives it, in which form, and how far that is from the plain command."""

    batch: Batch
    trial: Trial
    form: str
    found: float
    steps: int

    def match(self, wanted: Number, how: Wanted) -> Match:
        """The match, with the loss's value as it is."""
        work, request = self.batch.work, self.trial.request
        low, high = loss_of(request.loss).bounds(self.trial.knobs)
        one = self.batch.pairs == 1
        base = LossValue(
            request.loss,
            None,
            "undefined",
            low,
            high,
            request.like,
            knobs=dict(request.params),
            target=self.batch.scene.target.name,
            pred=work.scores.container.path if one else "",
            label=work.label if one else "",
        )
        value = finish(
            base, request, self.batch.passes, self.trial.setting, replace(how, per_class=False, per_image=False)
        )
        difference = self.found - wanted.value
        what = ", ".join(filter(None, (self.form, *self.trial.remarks)))
        return Match(value, self.found, what, difference, abs(difference) <= wanted.tolerance)

    def command(self, how: Wanted) -> str:
        """The command that shows the number."""
        request = self.trial.request
        params = ",".join(f"{name}={_written(value)}" for name, value in request.params.items())
        words = [*how.said.get("files", (self.batch.work.scores.container.path, self.batch.work.label))]
        words += ["--loss", f"{request.loss}:{params}" if params else request.loss]
        words += ["--like", request.like] if request.like else []
        words += how.said.get("contract", ())
        words += [word for ignored in self.trial.ignore for word in ("--ignore-index", str(ignored))]
        if self.trial.weighted:
            words += how.said.get("weights", ("--class-weights", ",".join(map(_written, how.weights))))
        parts = {"class": "--per-class", "image": "--per-image", "mean": "--per-image"}
        words += [flag for word, flag in parts.items() if word in self.form.split() and "value x" not in self.form]
        return shlex.join(["segloss", "compute", *words])


def _written(value: Any) -> str:
    """A knob's value as the command line takes it.

    >>> _written(1e-06), _written((0.25, 0.75)), _written(None), _written(True), _written(2.0)
    ('1e-06', '0.25/0.75', 'none', 'true', '2')
    """
    if isinstance(value, tuple):
        return "/".join(map(_written, value))
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def try_all(batch: Batch) -> Tried:
    """Evaluate everything that is tried on a batch, in all forms."""
    rows: dict[Any, list[Trial]] = {}
    for trial in batch.trials:
        rows.setdefault(trial.key, []).append(trial)
    listed = list(rows.values())
    missing: dict[str, None] = {}
    forms = list(forms_of(_evaluated([some[0] for some in listed], batch, missing)))
    numbers = numbers_of(forms, np.asarray([some[0].steps for some in listed]))
    return Tried(batch, listed, forms, numbers, tuple(missing))


def _evaluated(trials: Sequence[Trial], batch: Batch, missing: dict[str, None]) -> Evaluated:
    whole = [_value(trial, batch.passes, batch.work, missing) for trial in trials]
    width = max((len(classes) for _, classes in whole), default=0)
    kinds = [set(loss_of(trial.request.loss).kinds) for trial in trials]
    bounds = [loss_of(trial.request.loss).bounds(trial.knobs) for trial in trials]
    simple = np.asarray([trial.steps <= _NEAR for trial in trials])
    classes = np.asarray([[*some, *[math.nan] * (width - len(some))] for _, some in whole])
    classes = classes.reshape(len(trials), width)
    classes[~simple] = math.nan
    return Evaluated(
        values=np.asarray([value for value, _ in whole]),
        classes=classes,
        images=_by_image(trials, batch),
        scores=np.asarray([low >= 0 and high <= 1 for low, high in bounds]),
        means=np.asarray([some <= _PIXELWISE for some in kinds]),
        pixels=batch.passes.pixels,
    )


def _by_image(trials: Sequence[Trial], batch: Batch) -> NDArray[np.float64]:
    images = batch.passes.images
    table = np.full((len(trials), images), math.nan)
    if images > 1:
        ours = sorted(range(len(trials)), key=lambda row: trials[row].steps)
        rows = [row for row in ours[: _BY_IMAGE // images] if trials[row].steps <= _NEAR]
        for image in range(images):
            alone = batch.passes.image(image)
            table[rows, image] = [_value(trials[row], alone, batch.work)[0] for row in rows]
    return table


def _value(
    trial: Trial, passes: Passes, work: Work, missing: dict[str, None] | None = None
) -> tuple[float, list[float]]:
    """The value and the values by class; NaN where there is none. What a missing package stops is put into a dict."""
    try:
        with np.errstate(all="ignore"):
            values = evaluate_with(loss_of(trial.request.loss), trial.knobs, passes, work.task)
    except MissingExtraError as error:
        if missing is not None:
            missing[str(error)] = None
        return math.nan, []
    except SeglossError:  # knobs that do not go together
        return math.nan, []
    if values.undefined:
        return math.nan, []
    return float(values.value), [] if values.per_class is None else values.per_class.tolist()


def ranked(tried: Iterable[Tried], wanted: Number) -> tuple[list[Hit], list[Hit]]:
    """What agrees with the number, the simplest first; and what does not, of the simple settings the nearest first."""
    agreeing: list[Hit] = []
    others: list[Hit] = []
    for one in tried:
        away = np.abs(one.numbers.numbers - wanted.value)
        agrees = away <= wanted.tolerance
        near = np.flatnonzero(~agrees & (one.numbers.steps <= _NEAR))
        nearest = near[np.argsort(away[near], kind="stable")[:50]]
        agreeing += _hits(one, np.flatnonzero(agrees))
        others += _hits(one, nearest)
    agreeing.sort(key=lambda hit: hit.steps)  # and as the catalogue has them: how near is no matter
    others.sort(key=lambda hit: (abs(hit.found - wanted.value), hit.steps))
    return _simplest(_different(agreeing)), _different(others)


def _hits(tried: Tried, where: NDArray[np.intp]) -> Iterator[Hit]:
    some = tried.numbers.take(where)
    for number, row, form, part, steps in zip(
        some.numbers.tolist(),
        some.rows.tolist(),
        some.forms.tolist(),
        some.parts.tolist(),
        some.steps.tolist(),
        strict=True,
    ):
        first = tried.rows[row][0]
        for trial in tried.rows[row]:
            yield Hit(tried.batch, trial, tried.forms[form].called(part), number, steps + trial.steps - first.steps)


def _simplest(hits: Sequence[Hit]) -> list[Hit]:
    """Without those that only set more knobs than another that agrees as well; the fewest come first."""
    kept: dict[Any, list[Hit]] = {}
    for hit in hits:
        request = hit.trial.request
        alike = kept.setdefault((request.loss, request.like, hit.form, hit.trial.remarks, hit.batch.scene.role), [])
        if not any(one.trial.request.params.items() <= request.params.items() for one in alike):
            alike.append(hit)
    some = {id(hit) for alike in kept.values() for hit in alike}
    return [hit for hit in hits if id(hit) in some]


def _different(hits: Sequence[Hit]) -> list[Hit]:
    """Of settings that give the same number, the simplest; several where they are equally simple."""
    least: dict[str, int] = {}
    for hit in hits:
        key = f"{hit.found:.9g}"
        least[key] = min(least.get(key, hit.steps), hit.steps)
    return [hit for hit in hits if hit.steps == least[f"{hit.found:.9g}"]]

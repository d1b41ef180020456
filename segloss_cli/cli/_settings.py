"""From flags to Settings, from Settings to a contract, and what ``--show-settings`` shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from segloss_cli._plugins import names as items
from segloss_cli._record import copied, record
from segloss_cli.config import FIELDS, Settings, as_table, closest, key_of, settings, toml_text
from segloss_cli.errors import UsageError
from segloss_cli.types import Contract

_RENAMED = {"form": "format", "loss": "losses", "cache_dir": "cache"}
_WIDTH = 44


def gathered(flags: Mapping[str, Any], roots: Iterable[str] = ()) -> Settings:
    """All that was configured; see :func:`segloss_cli.cli.check_options.settings_of`."""
    given = {_RENAMED.get(name, name): _given(value) for name, value in flags.items()}
    config, no_config = given.pop("config", None), bool(given.pop("no_config", None))
    if given.pop("no_cache", None):
        given["cache"] = ""
    if "jobs" in given:
        given["jobs"] = _count(given["jobs"])
    folders = _folders(roots)
    made = settings(folders=folders, config=config, no_config=no_config, flags=given)
    _check(made)
    if config is None:
        _check_inside(made)
    return made


def contract_of(made: Settings) -> Contract:
    """The contract that is configured; what it does not say is left for a preset, or to be inferred.

    Raises:
        UsageError: names or weights are in a file that cannot be read, or do not go with the number of classes.
    """
    from segloss_cli.cli import options

    said = options.contract_of(
        num_classes=made.num_classes,
        ignore_index=made.ignore_index,
        names=made.names or None,
        task=made.task,
        reduce_zero_label=made.reduce_zero_label,
    )
    weights = _weights(made)
    coded = bool(made.palette)
    more: dict[str, Any] = {"palette": made.palette, "coded": coded, "losses": made.losses, "weights": weights}
    declared = said.declared | {name for name, value in more.items() if value}
    return copied(said, **more, options=made.options, declared=declared)


@record(frozen=True)
class Sources:
    """What is to be looked at: paths whose role is to be found out, and those whose role is known."""

    paths: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()


def sources_of(made: Settings, paths: Sequence[str]) -> Sources:
    """What is to be looked at, from the paths of the call and the configured folders.

    Flags add to the paths. Folders from a configuration file or the environment are what is looked at where no path is
    given; where some are, they only say what the files under those paths are, so that the files of one commit, or one
    folder, are not joined by the whole data set.

    >>> made = Settings(labels=("data/masks",), images=("data/images",))
    >>> sources_of(made, ["data/masks/a.png"])
    Sources(paths=(), images=(), labels=('data/masks/a.png',), predictions=())
    >>> sources_of(made, ["data"]).labels
    ('data/masks',)
    """
    found = {name: _standing(made, name, paths) for name in ("images", "labels", "predictions")}
    known = {path for some in found.values() for path in some}
    return Sources(paths=tuple(path for path in paths if path not in known), **found)


def outputs_of(made: Settings) -> tuple[tuple[str, str | None], ...]:
    """The reports to write: pairs of a format and a file, None for stdout.

    >>> outputs_of(Settings(output=(("sarif", "a.sarif"),)))
    (('table', None), ('sarif', 'a.sarif'))
    >>> outputs_of(Settings(format="json", output=(("", "a.json"),)))
    (('json', 'a.json'),)
    """
    files = tuple((form or made.format, path) for form, path in made.output)
    plain = any(not form for form, _ in made.output)
    return files if plain else ((made.format, None), *files)


def shown(made: Settings, form: str = "table") -> str:
    """Every setting with where it comes from: TOML that may be used as a configuration, or JSON."""
    if form == "json":
        return _json(made)
    from segloss_cli.render._escape import visible

    lines = [f"# configuration file: {visible(made.file) or 'none'}"]
    for name, value in zip(FIELDS, as_table(made).values(), strict=True):
        text = f"# {key_of(name)} is not set" if value is None else f"{key_of(name)} = {toml_text(value)}"
        lines.append(f"{text:<{_WIDTH}} # {visible(made.source(name))}")
    return "\n".join(lines) + "\n"


def _json(made: Settings) -> str:
    import json

    table = zip(FIELDS, as_table(made).values(), strict=True)
    rows = {key_of(name): {"value": value, "source": made.source(name)} for name, value in table}
    return json.dumps({"file": made.file or None, "settings": rows}, indent=2) + "\n"


def _given(value: Any) -> Any:
    """None for a flag that was not given."""
    return None if value is False or value == [] else value


def _count(text: Any) -> Any:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else text


def _folders(roots: Iterable[str]) -> tuple[str, ...]:
    """Where the configuration is looked for: the folder that holds all the paths, then the current one."""
    paths = [os.path.abspath(_before_wildcards(path)) for path in roots]
    try:
        return (_folder(os.path.commonpath(paths)), os.curdir)
    except ValueError:  # no path, or several drives of Windows
        return (os.curdir,)


def _before_wildcards(path: str) -> str:
    if os.path.lexists(path):
        return path
    parts = path.replace("\\", "/").split("/") if os.sep == "\\" else path.split("/")
    wild = next((i for i, part in enumerate(parts) if any(c in part for c in "*?[")), len(parts))
    return "/".join(parts[:wild]) or ("/" if path.startswith("/") else os.curdir)


def _folder(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path)


def _standing(made: Settings, name: str, paths: Sequence[str]) -> tuple[str, ...]:
    folders: tuple[str, ...] = getattr(made, name)
    if not paths or made.source(name).startswith("--"):
        return folders
    places = [place for folder in folders for place in _matches(folder)]
    below = [place for place in places if any(_inside(place, path) for path in paths)]
    return (*below, *(path for path in paths if path not in below and any(_inside(path, place) for place in places)))


def _matches(folder: str) -> list[str]:
    from glob import glob, has_magic

    if os.path.lexists(folder) or not has_magic(folder):
        return [folder]
    return sorted(glob(folder, recursive=True)) or [folder]


def _inside(path: str, folder: str) -> bool:
    inner, outer = os.path.abspath(path), os.path.abspath(folder)
    return inner == outer or inner.startswith(os.path.join(outer, ""))


def _weights(made: Settings) -> tuple[float, ...]:
    if not isinstance(made.class_weights, str):
        return made.class_weights
    from segloss_cli.scan.weights import weights_of

    return weights_of(made.class_weights, infinite=True)


def _check(made: Settings) -> None:
    """Names of rules, their options, losses and formats exist.

    Raises:
        UsageError: one does not; with where it was said, and the closest that does.
    """
    _check_rules(made)
    _check_losses(made)
    if made.preset:
        from segloss_cli.presets import names as presets

        _known(made, "preset", made.preset, presets(), "preset")
    forms = items("segloss_cli.render")
    _known(made, "format", made.format, forms, "format")
    for form, _ in made.output:
        _known(made, "output", form or made.format, forms, "format")
    _check_files(made)


def _check_inside(made: Settings) -> None:
    """A file that only lies in the data does not say to write elsewhere: it may have come with the data.

    Raises:
        UsageError: a report, the baseline or the cache would be written outside of the file's folder.
    """
    if not made.file:
        return
    places: dict[str, list[str | None]] = {
        "output": [path for _, path in made.output],
        "cache": [made.cache],
        "baseline": [made.baseline],
    }
    within = os.path.join(os.path.realpath(made.folder), "")
    for name, paths in places.items():
        for path in paths:
            if path and made.source(name).startswith(f"{made.file}:") and not os.path.realpath(path).startswith(within):
                raise UsageError(
                    f"{made.source(name)}: {key_of(name)}: {path} is outside of the file's folder; "
                    f"say it on the command line, or name the file: --config {made.file}"
                )


def _check_losses(made: Settings) -> None:
    """Losses of the catalogue, perhaps with their library (``dice:like=monai``), or names that say what they take."""
    if not made.losses:
        return
    from segloss_cli.rules._libraries import INPUTS

    for name in made.losses:
        _known(made, "losses", name.partition(":")[0], (*items("segloss_cli.losses"), *INPUTS), "loss")


def _check_files(made: Settings) -> None:
    files = [os.path.realpath(path) for _, path in made.output]
    for i, file in enumerate(files):
        if file in files[:i]:
            raise UsageError(f"{made.source('output')}: two reports for {made.output[i][1]}; name a file for each")


def _check_rules(made: Settings) -> None:
    said = tuple(_rules_said(made))
    if not (said or made.rules):
        return
    from segloss_cli.rules import catalogue
    from segloss_cli.scan.policy import fits

    entries = catalogue()
    for name, code in said:
        if not any(fits(code, entry.code, entry.name) for entry in entries):
            known = [word for entry in entries for word in (entry.code, entry.name)]
            raise UsageError(
                f"{made.source(name)}: {key_of(name)}: no rule has the code, prefix or name {code!r}; "
                f"{closest(code, known)} (segloss rules lists all)"
            )
    known_options = {entry.code: entry.rule.options for entry in entries}
    for code, values in made.rules.items():
        _known(made, "rules", code, known_options, "rule")
        for option in values:
            _check_option(made, code, option, known_options[code])


def _rules_said(made: Settings) -> Iterator[tuple[str, str]]:
    yield from (("select", code) for code in made.select)
    yield from (("ignore", code) for code in made.ignore)
    yield from (("per_path_ignores", code) for codes in made.per_path_ignores.values() for code in codes)
    yield from (("severity", code) for code in made.severity)


def _check_option(made: Settings, code: str, option: str, options: Mapping[str, float]) -> None:
    if option not in options:
        rest = closest(option, options) if options else "it has no options"
        raise UsageError(f"{made.source('rules')}: rules.{code}: there is no option {option!r}; {rest}")


def _known(made: Settings, name: str, word: str, known: Iterable[str], what: str) -> None:
    options = tuple(known)
    if word not in options:
        raise UsageError(f"{made.source(name)}: {key_of(name)}: there is no {what} {word!r}; {closest(word, options)}")

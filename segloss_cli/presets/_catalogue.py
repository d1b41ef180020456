"""The presets by name: one file each, found by the folder."""

from __future__ import annotations

from functools import cache

from segloss_cli import _plugins
from segloss_cli._record import record
from segloss_cli.errors import UsageError
from segloss_cli.presets._preset import Preset

PACKAGE = "segloss_cli.presets"


@record(frozen=True)
class Entry:
    """A preset with its page."""

    preset: Preset
    page: str


def names() -> tuple[str, ...]:
    """The names of all presets, sorted, without importing them."""
    return _plugins.names(PACKAGE)


def find(name: str) -> Preset:
    """The preset of a name, in any case and with ``_`` or ``-``.

    Raises:
        UsageError: there is none; the message has the names that come close.
    """
    return entry(name).preset


def entry(name: str) -> Entry:
    """A preset with its page; errors as :func:`find`."""
    known = name.strip().lower().replace("_", "-")
    if known not in names():
        raise UsageError(_unknown(name))
    module = _plugins.load(PACKAGE, known)
    return Entry(module.PRESET, module.__doc__ or "")


@cache
def catalogue() -> tuple[Entry, ...]:
    """All presets, by name."""
    return tuple(entry(name) for name in names())


def summary(found: Entry) -> str:
    """One line on a preset: the first of its page, without the full stop.

    >>> summary(entry("voc"))
    'PASCAL VOC 2007 and 2012: 20 kinds of objects and background'
    """
    return found.page.strip().partition("\n")[0].rstrip(".")


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    wanted = name.strip().lower().replace("_", "-")
    close = get_close_matches(wanted, names(), 3, 0.6) or [known for known in names() if wanted and wanted in known]
    meant = f"did you mean {' or '.join(close)}? " if close else ""
    return f"no preset {name!r}; {meant}known: {', '.join(names())}"

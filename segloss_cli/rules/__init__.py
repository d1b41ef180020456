"""The rules: one file each. ``judge(record, contract)`` runs all that are about that kind of record.

>>> codes()[:2]
('SL101', 'SL102')
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from segloss_cli._plugins import load, names
from segloss_cli._record import record
from segloss_cli.rules._later import loading
from segloss_cli.rules._rule import About, Hit, Rule
from segloss_cli.types import Contract, Dataset, Finding, LossValue, Pair, Profile, Scene, ScoresProfile, Terms

Record = Profile | ScoresProfile | Pair | LossValue | Scene | Dataset | Terms

_ABOUT: Mapping[type, About] = {
    Profile: "label",
    ScoresProfile: "prediction",
    Pair: "pair",
    LossValue: "value",
    Scene: "scene",
    Dataset: "dataset",
    Terms: "terms",
}


@record(frozen=True)
class Entry:
    """A rule with what its file's name says: ``code`` SL201, ``name`` id-out-of-range, and its page."""

    code: str
    name: str
    rule: Rule
    page: str


@cache
def catalogue() -> tuple[Entry, ...]:
    """All rules, by code."""
    with loading():
        return tuple(_entry(name) for name in names(__name__))


def codes() -> tuple[str, ...]:
    """The codes of all rules, sorted."""
    return tuple(entry.code for entry in catalogue())


def judge(record: Record, contract: Contract, entries: Iterable[Entry] | None = None) -> Iterator[Finding]:
    """Every finding of the rules that are about this kind of record, in the order of their codes."""
    about = _ABOUT[type(record)]
    for entry in catalogue() if entries is None else entries:
        rule = entry.rule
        if rule.about == about:
            for hit in rule.judge(record, contract):
                yield _finding(entry, hit, _path(record))


def selected(select: Iterable[str], ignore: Iterable[str]) -> tuple[Entry, ...]:
    """The rules whose code or name starts with a selected prefix (all, where none is given) and no ignored one."""
    wanted, unwanted = tuple(select), tuple(ignore)
    return tuple(e for e in catalogue() if (not wanted or _matches(e, wanted)) and not _matches(e, unwanted))


def _matches(entry: Entry, prefixes: tuple[str, ...]) -> bool:
    return any(entry.code.startswith(prefix.upper()) or entry.name == prefix.lower() for prefix in prefixes)


def _entry(name: str) -> Entry:
    module = load(__name__, name)
    code, _, fault = name.partition("-")
    return Entry(code.upper(), fault, module.RULE, module.__doc__ or "")


def _finding(entry: Entry, hit: Hit, path: str) -> Finding:
    return Finding(
        code=entry.code,
        name=entry.name,
        severity=hit.severity or entry.rule.severity,
        certainty=hit.certainty or entry.rule.certainty,
        path=hit.path or path,
        message=hit.message,
        remedy=hit.remedy,
        evidence=hit.evidence,
        values=hit.values,
        key=hit.key,
    )


def _path(record: Record) -> str:
    if isinstance(record, Pair | Scene):
        return record.label.path
    if isinstance(record, Dataset):
        return ""
    return record.label if isinstance(record, LossValue) else record.path

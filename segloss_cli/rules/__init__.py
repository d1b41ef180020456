"""The rules: one file each. ``judge(record, contract)`` runs all that are about that kind of record.

>>> codes()[:2]
('SL101', 'SL102')
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from types import ModuleType

from segloss_cli._plugins import load, names
from segloss_cli.rules._later import loading
from segloss_cli.rules._rule import About, Depth, Hit, Rule
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
_KINDS: Mapping[str, About] = {about: about for about in _ABOUT.values()}
_DEPTHS: Mapping[str, Depth] = {"container": "container", "values": "values", "pixels": "pixels"}


class Entry:
    """A rule with what its file's name says: ``code`` SL201, ``name`` id-out-of-range.

    The file is run when its ``rule`` or its ``page`` is asked for: to run all of them takes as long as to judge ten
    labels. What the rule is ``about``, and its ``depth``, are read in its text, to run only those that are to judge.
    """

    def __init__(self, code: str, name: str, rule: Rule | None = None, page: str = "") -> None:
        """Without a rule it is the one in the file of that code and name."""
        self.code, self.name = code, name
        if rule is not None:
            self.rule, self.page = rule, page

    @cached_property
    def rule(self) -> Rule:
        """The rule itself."""
        rule: Rule = self._module.RULE
        return rule

    @cached_property
    def page(self) -> str:
        """Its page of the manual."""
        return self._module.__doc__ or ""

    @cached_property
    def about(self) -> About:
        """The kind of record that it is about."""
        return _KINDS.get(self._stated[0]) or self.rule.about

    @cached_property
    def depth(self) -> Depth:
        """How deep it looks."""
        about, depth = self._stated
        return _DEPTHS.get(depth, Rule.depth) if about in _KINDS else self.rule.depth

    def __repr__(self) -> str:
        return f"Entry({self.code!r}, {self.name!r})"

    @cached_property
    def _stated(self) -> tuple[str, str]:
        return ("", "") if "rule" in self.__dict__ else _stated(self._file)

    @property
    def _module(self) -> ModuleType:
        with loading():
            return load(__name__, self._file)

    @property
    def _file(self) -> str:
        return f"{self.code.lower()}-{self.name}"


@cache
def catalogue() -> tuple[Entry, ...]:
    """All rules, by code."""
    return tuple(Entry(code.upper(), fault) for code, _, fault in (name.partition("-") for name in names(__name__)))


def codes() -> tuple[str, ...]:
    """The codes of all rules, sorted."""
    return tuple(entry.code for entry in catalogue())


def judge(record: Record, contract: Contract, entries: Iterable[Entry] | None = None) -> Iterator[Finding]:
    """Every finding of the rules that are about this kind of record, in the order of their codes."""
    about = _ABOUT[type(record)]
    for entry in catalogue() if entries is None else entries:
        if entry.about == about:
            for hit in entry.rule.judge(record, contract):
                yield _finding(entry, hit, _path(record))


def selected(select: Iterable[str], ignore: Iterable[str]) -> tuple[Entry, ...]:
    """The rules whose code or name starts with a selected prefix (all, where none is given) and no ignored one."""
    wanted, unwanted = tuple(select), tuple(ignore)
    return tuple(e for e in catalogue() if (not wanted or _matches(e, wanted)) and not _matches(e, unwanted))


def _matches(entry: Entry, prefixes: tuple[str, ...]) -> bool:
    return any(entry.code.startswith(prefix.upper()) or entry.name == prefix.lower() for prefix in prefixes)


def _stated(name: str) -> tuple[str, str]:
    """What the text of a rule's file gives as ``about`` and ``depth``; nothing where there is no text, as in a zip."""
    try:
        with open(os.path.join(__path__[0], f"{name.replace('-', '_')}.py"), "rb", buffering=0) as file:
            text = file.read()
    except OSError:
        return "", ""
    about, depth = (text.partition(b'\n    %b="' % key)[2].partition(b'"')[0] for key in (b"about", b"depth"))
    return about.decode("ascii", "replace"), depth.decode("ascii", "replace")


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

"""The last words of a report: how much was looked at, how much is wrong, and what to do first."""

from __future__ import annotations

from segloss_cli.render._document import files_of
from segloss_cli.render._files import count
from segloss_cli.render._groups import Group, amounts, groups_of
from segloss_cli.types import SEVERITIES, Report

_NOUNS = {"error": "error", "warning": "warning", "info": "note"}
_ROLES = ("image", "label", "prediction")


def closing(report: Report) -> str:
    """What was looked at and what was found, in a line.

    >>> from segloss_cli.types import Contract
    >>> closing(Report("check", Contract(), facts={"suppressed": 3}))
    '0 files: nothing wrong found; 3 in the baseline'
    """
    found = amounts(report)
    said = [count(found[severity], _NOUNS[severity]) for severity in SEVERITIES if found[severity]]
    facts = report.facts
    more = {
        f"{facts.get('suppressed', 0):,} in the baseline": facts.get("suppressed"),
        f"{facts.get('unjudged', len(report.skipped)):,} {_lost(report)}": facts.get("unjudged", report.skipped),
        "shard {} of {}".format(*facts.get("shard") or (0, 0)): facts.get("shard"),
    }
    return "; ".join([f"{_looked_at(report)}: {', '.join(said) or 'nothing wrong found'}", *filter(more.get, more)])


def first_of(report: Report) -> Group | None:
    """What is to be mended first: the worst group that is more than a note."""
    return next((group for group in groups_of(report) if group.severity != "info"), None)


def _looked_at(report: Report) -> str:
    roles = {} if report.dataset is None else report.dataset.files
    parts = [count(roles[role], role) for role in _ROLES if roles.get(role)]
    files = count(files_of(report), "file")
    return f"{files} ({', '.join(parts)})" if len(parts) > 1 else files


def _lost(report: Report) -> str:
    return "not judged" if "unjudged" in report.facts else "skipped"

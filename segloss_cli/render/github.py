"""GitHub's workflow commands: annotations on a pull request.

``::error file=masks/a.png,line=1,title=segloss SL201 id-out-of-range::message``; warnings are ``warning``, notes
``notice``. GitHub shows ten annotations of each type for a step, so the nine worst of each are written and a tenth
says how many more there are. Paths are relative to the folder that the command ran in. In ``%``, line breaks, ``:``
and ``,`` a file name cannot end a command. Where ``$GITHUB_STEP_SUMMARY`` names a file, the command line appends the
whole report to it as Markdown. Values of losses are not in it::

    segloss check DATA --format github
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.render import Detail
from segloss_cli.render._closing import closing
from segloss_cli.render._escape import visible
from segloss_cli.render._groups import amounts, by_severity, unjudged
from segloss_cli.render._paths import relative
from segloss_cli.types import SEVERITIES, Finding, Report, Severity

WORST = 9
"""GitHub shows ten annotations of a type for a step: so many of ours, and one that counts the others."""

_TYPES = {"error": "error", "warning": "warning", "info": "notice"}
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_ESCAPES, ":": "%3A", ",": "%2C"}


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The commands, and a last line that says how it went; with ``detail`` "findings" without that line."""
    lines = [line for severity in SEVERITIES for line in _of(severity, report, root)]
    if detail != "findings":
        lines.append(visible(closing(report)))
    return "".join(f"{line}\n" for line in lines)


def _of(severity: Severity, report: Report, root: str) -> Iterator[str]:
    """The commands of one type; files that nobody judged are warnings, and come first of those."""
    kind, found = _TYPES[severity], amounts(report)[severity]
    kept = by_severity(finding for finding in report.findings if finding.severity == severity)
    commands = [_finding(kind, finding, root) for finding in kept[:WORST]]
    if severity == "warning":
        lost = unjudged(report)
        found += max(report.facts.get("unjudged", 0), len(lost))
        commands = [_command(kind, s.reason, "segloss: not judged", s.path, root) for s in lost[:WORST]] + commands
    yield from commands[:WORST]
    if found > WORST or found > len(commands):
        yield _command(kind, f"and {found - len(commands[:WORST]):,} more", "segloss")


def _finding(kind: str, finding: Finding, root: str) -> str:
    title = f"segloss {finding.code} {finding.name}"
    return _command(kind, f"{finding.message}\n{finding.remedy}", title, finding.path, root)


def _command(kind: str, message: str, title: str, path: str = "", root: str = "") -> str:
    said = [f"file={_escaped(relative(path, root), _IN_PROPERTIES)}", "line=1"] if path else []
    said.append(f"title={_escaped(title, _IN_PROPERTIES)}")
    return f"::{kind} {','.join(said)}::{_escaped(message, _ESCAPES)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    """The text without what would end a command or a property, or act on the terminal that shows the log."""
    return visible("".join(escapes.get(char, char) for char in text))

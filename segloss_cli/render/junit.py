"""JUnit's XML, which every CI server shows as a list of tests.

A finding is a test that failed: ``classname`` is ``segloss.CODE``, ``name`` the path with what tells it from other
findings there, and the two together are unique (GitLab keeps one of equal ones). A note is a test that passed, with
output; a file that cannot be read or judged is an error. Where nothing was found one test passed, so that the file is
never empty. What is wrong is in the body of the failure too, since not all servers show the attribute. Values of losses
are not in it::

    segloss check DATA --output junit=segloss.xml
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from segloss_cli.render import Detail
from segloss_cli.render._escape import visible
from segloss_cli.render._groups import unjudged
from segloss_cli.render._paths import relative
from segloss_cli.types import Finding, Report, Skipped


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The document; ``width``, ``colour`` and ``detail`` change nothing in it."""
    cases = [*_cases(report, root)]
    if not cases:
        cases = [("passed", _open("segloss", "nothing wrong found", "") + "/>")]
    kinds = [kind for kind, _ in cases]
    counts = f'tests="{len(kinds)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}"'
    body = "".join(f"    {text}\n" for _, text in cases)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="segloss" {counts}>\n'
        f'  <testsuite name="segloss {_attribute(report.command)}" {counts} skipped="0">\n'
        f"{body}"
        "  </testsuite>\n"
        "</testsuites>\n"
    )
    # pure ASCII, which is right whatever the encoding of where it goes
    return text.encode("ascii", "xmlcharrefreplace").decode()


def _cases(report: Report, root: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for finding in report.findings:
        path = relative(finding.path, root) if finding.path else "whole set"
        name = _unique(f"{path} {finding.key}".rstrip(), finding.code, seen)
        yield _case(finding, _open(f"segloss.{finding.code}", name, path if finding.path else ""))
    for skipped in unjudged(report):
        path = relative(skipped.path, root)
        yield "error", _error(skipped, _open("segloss.not-judged", _unique(path, "", seen), path))


def _unique(name: str, code: str, seen: dict[str, int]) -> str:
    """The name as it is shown; equal ones of one rule are numbered, also where only the escaping makes them equal."""
    shown = visible(name)
    while (number := seen.get(f"{code} {shown}", 0)) > 0:
        seen[f"{code} {shown}"] = number + 1
        shown = f"{shown} #{number + 1}"
    seen[f"{code} {shown}"] = 1
    return shown


def _case(finding: Finding, start: str) -> tuple[str, str]:
    kind = "error" if finding.code == "SL107" else "passed" if finding.severity == "info" else "failure"
    words = [f"{finding.severity} {finding.code} {finding.name} ({finding.certainty})", finding.message]
    if finding.place is not None:
        words.append(f"first at y={finding.place.y}, x={finding.place.x}")
    body = "\n".join(escape(visible(text)) for text in [*words, f"fix: {finding.remedy}"])
    if kind == "passed":
        return kind, f"{start}><system-out>{body}</system-out></testcase>"
    said = f'message="{_attribute(finding.message)}" type="{finding.severity}"'
    return kind, f"{start}><{kind} {said}>{body}</{kind}></testcase>"


def _error(skipped: Skipped, start: str) -> str:
    said = f'message="{_attribute(skipped.reason)}" type="not judged"'
    return f"{start}><error {said}>{escape(visible(skipped.reason))}</error></testcase>"


def _open(classname: str, name: str, path: str) -> str:
    file = f' file="{_attribute(path)}"' if path else ""
    return f'<testcase classname="{_attribute(classname)}" name="{_attribute(name)}"{file}'


def _attribute(text: str) -> str:
    return escape(visible(text))

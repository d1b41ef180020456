"""A line for each finding, as compilers have them: for ``grep``, editors and logs.

``path: CODE severity name: message``, and ``path:y:x:`` where the first pixel is known (rows and columns count from
0). A finding about a whole data set has ``whole set`` for its path. Of ``segloss compute`` each value has a line after
those: ``pred label: loss library target = value``. Control characters in names are written as escapes, so that a line
stays one. Nothing found is no line.
"""

from __future__ import annotations

from segloss_cli.render import Detail
from segloss_cli.render._escape import visible
from segloss_cli.render._groups import unjudged
from segloss_cli.types import Finding, LossValue, Report


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The lines; ``detail`` "findings" leaves the values of losses out, ``width`` and ``colour`` change nothing."""
    lines = [_finding(finding) for finding in report.findings]
    lines += [f"{skipped.path}: not judged: {skipped.reason}" for skipped in unjudged(report)]
    if detail != "findings":
        lines += [_value(value) for value in report.losses]
    return "".join(f"{visible(line)}\n" for line in lines)


def _finding(finding: Finding) -> str:
    where = f":{finding.place.y}:{finding.place.x}" if finding.place is not None else ""
    what = f"{finding.code} {finding.severity} {finding.name}"
    return f"{finding.path or 'whole set'}{where}: {what}: {finding.message}"


def _value(value: LossValue) -> str:
    knobs = ",".join(f"{name}={knob}" for name, knob in value.knobs.items())
    target = "" if value.target == "given" else f"({value.target})"
    name = " ".join(filter(None, (value.loss + (f":{knobs}" if knobs else ""), value.like, target)))
    amount = f"{value.value:.6f}" if value.value is not None else f"{value.status} ({value.reason})"
    return f"{value.pred or 'the data set'} {value.label}".rstrip() + f": {name} = {amount}"

"""GitLab's code quality report."""

import json
from dataclasses import replace

import jsonschema

from segloss_cli.render.gitlab import render
from segloss_cli.types import Skipped

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1},
                    "lines": {"type": "object", "properties": {"begin": {"type": "integer"}}, "required": ["begin"]},
                },
            },
        },
    },
}


def issues(report, **view):
    text = render(report, **view)
    assert text.isascii()
    found = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    marks = [issue["fingerprint"] for issue in found]
    assert len(set(marks)) == len(marks)
    return found


def test_reports_have_the_shape(report):
    issues(report)


def test_checks_have_the_shape(reports):
    assert len(issues(reports.checked())) == 12
    assert len(issues(reports.checked_hostile())) == 12
    assert issues(reports.clean()) == []


def test_an_issue(reports):
    error, note, warning, lost = issues(reports.full())
    assert error["description"] == "SL201 id-out-of-range: 3 pixels hold 40; map 40 to 255"
    assert error["location"] == {"path": "gt.png", "lines": {"begin": 1}}
    assert [one["severity"] for one in (error, warning, note, lost)] == ["critical", "major", "info", "major"]
    assert lost["description"] == "not judged: a Git LFS pointer, not the file"


def test_fingerprints_are_unique_where_findings_and_skipped_files_are_alike(reports):
    same = (reports.finding(), reports.finding(), reports.finding())
    lost = (Skipped("b.png", "gone"), Skipped("b.png", "gone"), Skipped("b.png", "broken"))
    assert len(issues(replace(reports.empty(), findings=same, skipped=lost))) == 5


def test_paths_are_relative_to_the_root(reports):
    report = replace(reports.empty(), findings=(reports.finding("/data/a.png"), reports.finding("")))
    assert [issue["location"]["path"] for issue in issues(report, root="/data")] == ["a.png", "."]


def test_a_description_acts_on_nothing(reports):
    (issue,) = issues(replace(reports.empty(), findings=(reports.finding(message="\u202e\x1b[31m"),)))
    assert "\\u202e\\x1b[31m" in issue["description"]

"""SARIF: against the schema, against what GitHub wants besides, and what may not get through.

sarif-schema-2.1.0.json is the schema of the OASIS committee, edition 2.1.0-rtm.5, unchanged (as Microsoft's SARIF
packages ship it).
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli.render import sarif
from segloss_cli.types import Contract, Finding, Report, Skipped

SCHEMA = json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def parsed(report, **view):
    text = sarif.render(report, **view)
    assert text.isascii()
    return json.loads(text)


def run_of(report, **view):
    (run,) = parsed(report, **view)["runs"]
    return run


def test_the_schema_is_the_whole_one():
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    assert len(SCHEMA["definitions"]) > 50
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"version": "2.1.0", "runs": [{"results": []}]})


def test_reports_fit_the_schema(report):
    VALIDATOR.validate(parsed(report))


def test_what_github_requires(reports):
    document = parsed(reports.checked())
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "segloss"
    for rule in driver["rules"]:
        assert rule["id"] and rule["shortDescription"]["text"] and rule["help"]["text"] and rule["help"]["markdown"]
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["properties"]["precision"] in {"very-high", "high", "medium", "low"}
        assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}
    assert len(run["results"]) == len(reports.checked().findings)
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["primaryLocationLineHash"])
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert place["region"] == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}


def test_fingerprints_are_those_of_the_json_report(reports):
    from segloss_cli.render import json as as_json

    marks = {
        result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(reports.checked())["results"]
    }
    assert marks == {f["fingerprint"] for f in json.loads(as_json.render(reports.checked()))["findings"]}


def test_the_worst_come_first(reports):
    levels = [result["level"] for result in run_of(reports.checked())["results"]]
    assert levels == ["error"] * 9 + ["warning", "note"]


def test_no_more_than_github_takes(reports):
    notes = [reports.finding(f"{i}.png", severity="info", code="SL104") for i in range(4000)]
    errors = [reports.finding(f"{i}.png") for i in range(2000)]
    run = run_of(replace(reports.empty(), findings=(*notes, *errors)))
    assert len(run["results"]) == sarif.MOST == 5000
    assert [result["level"] for result in run["results"][:2001]] == ["error"] * 2000 + ["note"]
    assert (run["properties"]["truncated"], run["properties"]["total"]) == (True, 6000)


def test_the_count_is_of_what_was_found_not_of_what_was_kept(reports):
    run = run_of(reports.checked())
    assert run["properties"] == {"total": 1210, "truncated": True, "suppressed": 3}
    assert run_of(reports.full())["properties"] == {"total": 3, "truncated": False, "suppressed": 0}


def test_what_nobody_judged_is_a_notification(reports):
    (invocation,) = run_of(reports.checked())["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "not judged: gone"
    (sound,) = run_of(reports.clean())["invocations"]
    assert sound == {"executionSuccessful": True, "toolExecutionNotifications": []}
    assert run_of(replace(reports.clean(), complete=False))["invocations"][0]["executionSuccessful"] is False


def test_the_exit_code(reports):
    report = replace(reports.clean(), facts={**reports.clean().facts, "exit_code": 0})
    assert run_of(report)["invocations"][0]["exitCode"] == 0


def test_the_box_and_the_evidence(reports):
    result = next(r for r in run_of(reports.full())["results"] if r["ruleId"] == "SL201")
    assert result["properties"]["bbox"] == [4, 1, 7, 2]
    assert result["properties"]["first"] == {"image": 0, "y": 1, "x": 4}
    assert result["properties"]["evidence"]["ratio"] is None


def test_the_page_of_a_rule_is_its_help(reports):
    rule = next(rule for rule in run_of(reports.full())["tool"]["driver"]["rules"] if rule["id"] == "SL201")
    assert "## Why it hurts" in rule["help"]["markdown"]
    assert "```python" in rule["help"]["markdown"]
    assert "`" not in rule["help"]["text"]
    assert rule["defaultConfiguration"]["level"] == "error"


def test_a_rule_without_a_page_is_told_by_its_remedy(reports):
    report = replace(reports.empty(), findings=(reports.finding(code="SL999", name="unheard-of"),))
    (rule,) = run_of(report)["tool"]["driver"]["rules"]
    assert rule["help"]["text"] == "map 40 to 255"
    assert rule["shortDescription"]["text"] == "unheard-of."


def location(path, root=""):
    report = Report("check", Contract(), findings=(Finding("SL201", "x", "error", "proof", path, "m", "r"),))
    (result,) = run_of(report, root=root)["results"]
    return result["locations"][0]["physicalLocation"]["artifactLocation"]


@pytest.mark.parametrize(
    ("path", "root", "uri"),
    [
        ("masks/a.png", "/data", "masks/a.png"),
        ("/data/masks/a b.png", "/data", "masks/a%20b.png"),
        ("/other/ü.png", "/data", "file:///other/%C3%BC.png"),
        ("a#?%:.png", "", "a%23%3F%25%3A.png"),
        ("\udcff.png", "", "%FF.png"),
        ("\ud800.png", "", "%ED%A0%80.png"),
        ("", "/data", "."),
    ],
)
def test_uris(path, root, uri):
    artifact = location(path, root)
    assert artifact["uri"] == uri
    assert ("uriBaseId" in artifact) is not uri.startswith("file:")


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="/\0"), min_size=1).filter(lambda path: path not in {".", ".."}))
def test_a_uri_holds_nothing_that_is_not_allowed_and_leads_back(path):
    uri = location(path)["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", uri)
    assert unquote_to_bytes(uri).decode("utf-8", "surrogatepass") == path


def test_a_name_is_no_link_and_acts_on_nothing():
    finding = Finding("SL201", "x", "error", "proof", "a.png", "see [this](https://evil) \x1b[31m\u202e", "r")
    report = Report("check", Contract(), findings=(finding,), skipped=(Skipped("b", "[x](y)"),))
    run = run_of(report)
    assert run["results"][0]["message"]["text"] == "see [this]\\(https://evil) \\x1b[31m\\u202e; r"
    notification = run["invocations"][0]["toolExecutionNotifications"][0]
    assert notification["message"]["text"] == "not judged: [x]\\(y)"

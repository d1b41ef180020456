"""Names of files in every form of report: each stays one line, acts on nothing, and is still the name."""

import html
import json
import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from segloss_test_hostile_kinds_names import CANARY, NAMES, RAW, path_of
from segloss_test_hostile_runs import (
    CONTRACT,
    PLAIN,
    ROOT,
    assert_clean,
    called,
    faulty,
    on_terminal,
    spawned,
    verdict_of,
)

from segloss_cli._plugins import names as items
from segloss_cli.render import jsonl
from segloss_cli.render._escape import visible

FORMS = items("segloss_cli.render")
PATHS = {kind: f"labels/{path_of(name)}" for kind, name in NAMES.items()}
MARKUP = {kind: path for kind, path in PATHS.items() if kind.startswith("markup")}
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of labels with an id out of range, under odd names."""
    folder = tmp_path_factory.mktemp("names")
    for path in PATHS.values():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(faulty())
    return folder


def said_in_json(path):
    """The name as a document has it: bytes that are no text are written out, since JSON is text."""
    return "".join(f"\\x{ord(char) - 0xDC00:02x}" if "\udc80" <= char <= "\udcff" else char for char in path)


IN_JSON = sorted(map(said_in_json, PATHS.values()))


@pytest.fixture(scope="module")
def said(folder, tmp_path_factory):
    """What ``check`` writes in a form; all are written by one run."""
    reports = tmp_path_factory.mktemp("reports")
    outputs = [flag for form in FORMS for flag in ("--output", f"{form}={reports / form}")]
    done = called("check", "labels", *PLAIN, *CONTRACT, "--select", "SL201", *outputs, cwd=folder)
    assert (done.code, done.err) == (1, "")
    return lambda form: done._replace(out=(reports / form).read_text("utf-8"))


def test_every_name_is_there(folder):
    assert {os.fsencode(path.relative_to(folder)) for path in folder.rglob("*.png")} == {
        *map(os.fsencode, PATHS.values())
    }
    assert len({*PATHS.values()}) == len(NAMES) > 50


@pytest.mark.parametrize("form", FORMS)
def test_no_form_carries_a_control_code(said, form):
    assert_clean(said(form).out)


def test_standard_output_carries_none(folder):
    done = called("check", "labels", *PLAIN, *CONTRACT, cwd=folder)
    assert (done.code, done.err) == (1, "")
    assert_clean(done.out)


@pytest.mark.parametrize("form", FORMS)
def test_no_form_carries_a_line_that_a_name_made(said, form):
    """No line begins as if GitHub's commands had been meant, but those that segloss writes."""
    lines = said(form).out.splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert not [line for line in lines if line.lstrip().startswith("::error file=a")]
    assert form == "github" or commands == []
    assert all(re.match(r"::(error|warning|notice) (file=|title=)", line) for line in commands)


def test_json_has_the_names_themselves(said):
    document = verdict_of(said("json")).document
    assert sorted(one["path"] for one in document["findings"]) == IN_JSON
    assert len({one["fingerprint"] for one in document["findings"]}) == len(NAMES)


def test_lines_of_json_give_the_names_back(said, tmp_path):
    lines = tmp_path / "lines.jsonl"
    lines.write_text(said("jsonl").out, "utf-8")
    assert sorted(one.path for one in jsonl.read(str(lines)).findings) == sorted(PATHS.values())


def test_concise_has_a_line_for_each(said):
    lines = said("concise").out.splitlines()
    for path in PATHS.values():
        assert [line for line in lines if line.startswith(f"{visible(path)}:")], path
    assert sum(" SL201 error " in line for line in lines) == len(NAMES)


@pytest.fixture(scope="module")
def marked_up(tmp_path_factory):
    """A folder with markup in its names and no more files than the table names."""
    folder = tmp_path_factory.mktemp("markup")
    for path in MARKUP.values():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(faulty())
    return folder


@pytest.mark.parametrize("form", ["table", "concise"])
def test_markup_is_text(marked_up, form):
    argv = ("check", "--labels", "labels", *PLAIN, *CONTRACT, "--format", form)
    plain = called(*argv, cwd=marked_up).out
    sent = SGR.sub("", on_terminal(*argv, cwd=marked_up, columns=400).out)
    for path in MARKUP.values():
        assert path in plain
        assert path in sent


def test_github_names_each_file_in_its_own_command(folder):
    """Nine at a time, as many as are shown."""
    paths = [*PATHS.values()]
    for start in range(0, len(paths), 9):
        some = paths[start : start + 9]
        done = called("check", *PLAIN, *CONTRACT, "--select", "SL201", "--format", "github", "--", *some, cwd=folder)
        files = [match[1] for line in done.out.splitlines() if (match := re.match(r"::error file=([^:,]*),", line))]
        wanted = [
            path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D").replace(":", "%3A").replace(",", "%2C")
            for path in some
        ]
        assert sorted(files) == sorted(map(visible, wanted))


def test_sarif_fits_its_schema_and_names_each_file(said):
    schema = json.loads((ROOT / "tests" / "render" / "sarif-schema-2.1.0.json").read_text("utf-8"))
    document = json.loads(said("sarif").out)
    jsonschema.Draft4Validator(schema).validate(document)
    places = [
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in document["runs"][0]["results"]
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9\-._~/%:@!$&'()*+,;=]+", place) for place in places)
    assert sorted(map(unquote_to_bytes, places)) == sorted(os.fsencode(path) for path in PATHS.values())


def test_junit_is_xml_and_names_each_file(said):
    parser = ET.XMLPullParser()
    parser.feed(said("junit").out)
    parser.close()
    *_, (_, top) = parser.read_events()
    files = [case.get("file") for case in top.iter("testcase")]
    assert sorted(files) == sorted(visible(path) for path in PATHS.values())


def test_gitlab_names_each_file(said):
    found = json.loads(said("gitlab").out)
    assert len({one["fingerprint"] for one in found}) == len(found) == len(NAMES)
    assert sorted(one["location"]["path"] for one in found) == IN_JSON


def test_pages_hold_no_element_that_a_name_made(said):
    for form in ("html", "markdown"):
        text = said(form).out
        assert "<img src=x" not in text
        assert "--><script>" not in text
    assert html.escape("<img src=x onerror=alert(1)>.png") in said("html").out


def test_markdown_keeps_its_table(said):
    rows = [line for line in said("markdown").out.splitlines() if line.startswith("|")]
    counts = {re.sub(r"\\\|", "", row).count("|") for row in rows if "SL201" in row}
    assert len(counts) == 1


@pytest.mark.parametrize("columns", [40, 400])
def test_a_terminal_is_sent_nothing_that_a_name_holds(folder, columns):
    """More than fifty files, so that a progress bar is drawn too; colours are segloss's own."""
    done = on_terminal("check", "labels", *PLAIN, *CONTRACT, cwd=folder, columns=columns)
    assert done.code == 1
    assert not [code for code in RAW if code in done.out]
    report = done.out[done.out.rindex("\x1b[?25h") + 6 :] if "\x1b[?25h" in done.out else done.out
    assert_clean(SGR.sub("", report).replace("\r", "").replace("\x1b[1A\x1b[2K", ""))


def test_without_colour_a_terminal_is_sent_no_sequence_at_all(folder):
    done = on_terminal("check", "labels", *PLAIN, *CONTRACT, "--quiet", cwd=folder, NO_COLOR="1")
    assert_clean(done.out)


@pytest.mark.parametrize("form", ["table", "json"])
def test_inspect_shows_them_too(folder, form):
    done = called("inspect", "labels", *CONTRACT, "--format", form, cwd=folder)
    assert (done.code, done.err) == (1, "")
    assert_clean(done.out)
    if form == "json":
        assert sorted(one["path"] for one in json.loads(done.out)["files"]) == IN_JSON


def test_a_list_of_files_can_name_them_all(folder):
    """Ended by NUL, since a name can hold a newline; relative to where segloss runs, options look like any other."""
    (folder / "list").write_bytes(b"\0".join(os.fsencode(path) for path in PATHS.values()))
    done = called(
        "check", "--file-list", "list", *PLAIN, *CONTRACT, "--select", "SL201", "--format", "json", cwd=folder
    )
    assert sorted(one["path"] for one in verdict_of(done).document["findings"]) == IN_JSON


@pytest.mark.parametrize("name", [path_of(name) for name in NAMES.values()])
def test_each_can_be_named_by_itself(folder, name):
    """From within the folder, where a name may look like an option or a glob."""
    done = called(
        "check", *PLAIN, *CONTRACT, "--select", "SL201", "--format", "json", "--", name, cwd=folder / "labels"
    )
    (finding,) = verdict_of(done).document["findings"]
    assert finding["path"] == said_in_json(name)


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("command", ["check", "inspect"])
def test_errors_about_names_are_one_clean_line(tmp_path, command, form):
    for name in NAMES.values():
        done = called(command, "--format", form, "--", f"no such {path_of(name)}", cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert_clean(done.err, lines=1)


def test_reports_can_be_written_under_odd_names(folder, tmp_path):
    report = tmp_path / "[bold]\x1b[31m\n.json"
    done = called("check", folder / "labels", *PLAIN, *CONTRACT, "--output", f"json={report}", cwd=tmp_path)
    assert done.code == 1
    assert_clean(done.out)
    assert len(json.loads(report.read_text())["findings"]) >= len(NAMES)


def test_no_shell_saw_a_name(folder):
    spawned("check", "labels", *PLAIN, *CONTRACT, cwd=folder)
    assert not Path(CANARY).exists()
    assert not (folder / CANARY).exists()

"""JUnit's XML, read back."""

from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli.render._escape import visible
from segloss_cli.render.junit import render
from segloss_cli.types import Contract, Finding, Report, Skipped


def suite(report, **view):
    text = render(report, **view)
    assert text.isascii()
    parser = ET.XMLPullParser()
    parser.feed(text)
    parser.close()
    *_, (_, top) = parser.read_events()
    (inner,) = top
    assert (top.tag, inner.tag) == ("testsuites", "testsuite")
    cases = list(inner)
    keys = [(case.get("classname"), case.get("name")) for case in cases]
    assert cases and len(set(keys)) == len(keys) and all(all(key) for key in keys)
    for element in (top, inner):
        assert int(element.get("tests")) == len(cases)
        assert int(element.get("failures")) == len(inner.findall("testcase/failure"))
        assert int(element.get("errors")) == len(inner.findall("testcase/error"))
    return cases


def test_every_report_is_sound(report):
    suite(report)


def test_every_check_is_sound(reports):
    assert len(suite(reports.checked())) == 12
    assert len(suite(reports.checked_hostile())) == 12


def test_where_nothing_is_wrong_a_test_passed(reports):
    (case,) = suite(reports.clean())
    assert (case.get("name"), len(case)) == ("nothing wrong found", 0)


def test_a_finding_is_a_failure_with_all_in_its_body(reports):
    case = suite(reports.full())[0]
    assert case.attrib == {"classname": "segloss.SL201", "name": "gt.png 40", "file": "gt.png"}
    (failure,) = case
    assert failure.attrib == {"message": "3 pixels hold 40", "type": "error"}
    assert failure.text.splitlines() == [
        "error SL201 id-out-of-range (proof)",
        "3 pixels hold 40",
        "first at y=1, x=4",
        "fix: map 40 to 255",
    ]


def test_a_note_passed_and_what_cannot_be_read_is_an_error(reports):
    tags = {case.get("classname"): [child.tag for child in case] for case in suite(reports.checked())}
    assert tags == {
        "segloss.SL603": ["failure"],
        "segloss.SL201": ["failure"],
        "segloss.SL104": ["system-out"],
        "segloss.SL107": ["error"],
        "segloss.not-judged": ["error"],
    }


def test_what_is_about_the_whole_set_has_no_file(reports):
    case = suite(reports.checked())[0]
    assert (case.get("name"), case.get("file")) == ("whole set", None)


def test_equal_names_are_numbered(reports):
    same = [reports.finding(path) for path in ("a", "a", "a #2", "a", "\x1b", "\\x1b")]
    names = [case.get("name") for case in suite(replace(reports.empty(), findings=tuple(same)))]
    assert names[:2] == ["a", "a #2"]
    assert len(set(names)) == 6


TEXT = st.text(st.characters(exclude_categories=())) | st.text("<>&\"']]>\x00\x0b\ufffe\n\r\t")


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=3), TEXT)
def test_whatever_stands_in_names_it_is_xml_and_says_them(texts, reason):
    findings = tuple(Finding("SL201", "x", "error", "proof", "d" + p, m, "r", key=k) for p, m, k in texts)
    cases = suite(Report("check", Contract(), findings=findings, skipped=(Skipped("s", reason),)))
    for case, finding in zip(cases, findings, strict=False):
        assert case[0].get("message") == visible(finding.message)
        assert visible(finding.message) in case[0].text
    assert cases[-1][0].text == (visible(reason) or None)

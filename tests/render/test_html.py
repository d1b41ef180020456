"""The page, read back by a parser of HTML."""

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segloss_cli.errors import MissingExtraError
from segloss_cli.render import html
from segloss_cli.render._escape import visible
from segloss_cli.types import Contract, Finding, Report, Skipped

VOID = {"meta", "input"}


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text outside of style and script."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, tuple(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.texts.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def page(report):
    text = html.render(report)
    assert text.isascii() and text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
    return Page(text)


def hostile(name):
    """A report with a name everywhere."""
    finding = Finding("SL201", "id-out-of-range", "error", "proof", name, name, name, evidence={name: name}, key=name)
    facts = {"notes": [name], "totals": {}}
    return Report("check", Contract(names=(name,)), findings=(finding,), skipped=(Skipped(name, name),), facts=facts)


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</pre></td></table><b>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; &#60;",
    "<!-- x",
    "]]>",
    "a\u202e\x1b[31m\udcff\n",
]


@pytest.mark.parametrize("name", NASTY)
def test_no_name_is_markup(name):
    plain, shown = page(hostile("plain")), page(hostile(name))
    assert shown.elements == plain.elements
    assert shown.texts.count(visible(name)) == plain.texts.count("plain") >= 3


@given(st.text(st.characters(exclude_categories=()), min_size=1) | st.text("<>&\"'/!-={}% ab", min_size=1))
@settings(max_examples=50, deadline=None)
def test_whatever_the_name_the_elements_are_the_same(name):
    assert page(hostile(name)).elements == page(hostile("plain")).elements


@pytest.mark.parametrize("kind", ["checked", "checked_hostile", "clean", "full", "hostile", "compared", "searched"])
def test_nothing_comes_from_elsewhere(reports, kind):
    found = page(getattr(reports, kind)()).elements
    assert not {tag for tag, _ in found} & {"link", "img", "iframe", "object", "embed", "a", "base", "form"}
    assert not {name for _, attributes in found for name, _ in attributes} & {"src", "href", "onclick", "onload"}
    text = html.render(getattr(reports, kind)())
    assert not re.search(r"url\(|@import|https?:", text)
    assert "default-src 'none'" in text


def test_a_check(reports):
    texts = page(reports.checked()).texts
    for text in ("train/labels/a.png", "3 pixels hold 40", "y 1, x 4", "road", "12.49 %", "and 1,199 more", "gone"):
        assert text in texts
    assert any("Why it hurts" in text for text in texts)
    bars = [
        dict(attributes)["style"]
        for tag, attributes in page(reports.checked()).elements
        if tag == "div" and any(name == "style" for name, _ in attributes)
    ]
    assert bars[:3] == ["width: 100.0%", "width: 9.08%", "width: 0.0%"]


def test_a_clean_check_has_nothing_to_filter(reports):
    shown = page(reports.clean())
    assert "input" not in {tag for tag, _ in shown.elements}
    assert "2 files: nothing wrong found; shard 1 of 4" in shown.texts


def test_an_interrupted_run(reports):
    assert "Interrupted: this report is incomplete." in page(replace(reports.clean(), complete=False)).texts


def test_other_commands_show_their_tables_as_text(reports):
    assert any("why they differ" in text for text in page(reports.compared()).texts)


def test_a_long_plain_report_is_cut(reports):
    text = html.render(replace(reports.empty(), files=reports.full().files * 2000))
    assert "(cut)" in text and len(text) < 1_000_000


def test_it_stays_below_a_megabyte_whatever_the_names(reports):
    many = [
        Finding(f"SL{code}", "x", "error", "proof", "<" * 5000, "\U0001f600" * 5000, "&" * 5000, key=str(i))
        for code in range(100, 170)
        for i in range(100)
    ]
    short = [reports.finding(f"labels/{i:06}.png") for i in range(30_000)]
    names = tuple("<" * 1000 for _ in range(1000))
    big = replace(reports.checked(), contract=Contract(num_classes=1000, names=names))
    for findings in (many, short):
        text = html.render(replace(big, findings=tuple(findings)))
        assert len(text) < 1_000_000
        assert "and 500 more classes" in text
    assert text.count('<td class="path">labels/') > 1000


def test_without_jinja2_it_says_what_to_install(reports, monkeypatch):
    monkeypatch.setattr(html, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'segloss-cli\[html\]'"):
        html.render(reports.clean())
    with pytest.raises(MissingExtraError):
        html.require()


def test_jinja2_is_loaded_only_to_make_a_page():
    import subprocess

    probe = "import segloss_cli.render.html, sys; print('jinja2' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"

"""Markdown, read back by a parser of it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from segloss_cli.render._escape import visible
from segloss_cli.render.markdown import escaped, named, render
from segloss_cli.types import Contract, Dataset, Finding, Report, Split

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = re.compile(r"</?(code|span|details|summary)>")


def inlines(text):
    """The inline tokens of a text, each list that of a paragraph, an item or a cell."""
    return [token.children for token in PARSER.parse(text) if token.type == "inline"]


def words(children):
    """What a reader sees of inline tokens, which must be text and tags of ours alone."""
    seen = []
    for token in children:
        if token.type == "html_inline":
            assert OURS.fullmatch(token.content), token.content
        else:
            assert token.type in {"text", "text_special"}, token.type
            seen.append(token.content)
    return "".join(seen)


TEXT = st.text(st.characters(exclude_categories=()), max_size=60) | st.text(
    "\\`*_{}[]()<>#+-.!|~&@:/$ w;1\n", max_size=30
)


@settings(deadline=None)
@given(TEXT)
@pytest.mark.parametrize("how", [escaped, named])
def test_a_name_is_shown_as_it_is_in_a_table_a_list_and_a_paragraph(how, text):
    shown = " ".join(visible("x" + text + "x").split(" "))
    table = f"| a | b |\n| --- | --- |\n| {how('x' + text + 'x')} | end |\n"
    *_, cell, end = inlines(table)
    assert words(end) == "end"
    assert words(cell) == shown
    (item,) = inlines(f"- {how('x' + text + 'x')}\n")
    assert words(item) == shown
    (paragraph,) = inlines(f"{how('x' + text + 'x')}.\n")
    assert words(paragraph) == shown + "."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a&#124;b"),
        ("`x`", "&#96;x&#96;"),
        ("<img src=x>", "&#60;img src=x&#62;"),
        ("@someone #12", "<span>@</span>someone <span>#</span>12"),
        ("https://evil.example www.evil.example", "https:<span></span>//evil.example www&#46;evil.example"),
        ("two\nlines", "two&#92;nlines"),
        ("plain, (5 pixels, 5.0 %)", "plain, (5 pixels, 5.0 %)"),
    ],
)
def test_known_cases(text, shown):
    assert escaped(text) == shown


def test_long_texts_are_cut_a_path_at_its_beginning():
    assert escaped("ab" * 200) == "ab" * 150 + "…"
    assert named("ab" * 200 + ".png") == f"<code>…{('ab' * 200 + '.png')[-300:]}</code>"
    assert named("") == "whole set"


@pytest.mark.parametrize("name", ["checked", "checked_hostile"])
def test_the_same_structure_whatever_the_names(reports, name):
    def shape(text):
        return [token.type for token in PARSER.parse(text)]

    text = render(getattr(reports, name)())
    assert shape(text) == shape(render(reports.checked()))
    for children in inlines(text):
        if not any(token.type in {"strong_open", "softbreak"} for token in children):
            words(children)


def test_a_check(reports):
    text = render(reports.checked())
    assert text.startswith("### segloss check\n\n2,401 files")
    assert "**Fix first:** SL201 id-out-of-range: map 40 to 255\n" in text
    assert "| error | SL201 id-out-of-range | 8 | 8 | 3 pixels hold 40 | map 40 to 255 |\n" in text
    assert "| warning | SL603 class-missing-in-a-split | 1 | whole set |" in text
    assert "- and 1,199 more\n" in text
    assert "| 1 | road | 9,992 | 8.33 % | 300 | 12.49 % | none |\n" in text
    assert "4 of 1,200 labels not counted" in text
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_how_much_of_it(reports):
    brief = render(reports.checked(), detail="summary")
    assert "<details>" not in brief and "| error |" in brief and "### segloss" in brief
    findings = render(reports.checked(), detail="findings")
    assert "###" not in findings and "<details>" in findings and "road | 9,992" not in findings
    assert render(reports.clean(), detail="findings") == ""


def test_an_interrupted_run(reports):
    assert "**Interrupted: this report is incomplete.**" in render(replace(reports.clean(), complete=False))


def test_files_that_nobody_judged(reports):
    assert "**Not judged:**\n\n- <code>train/labels/a.png.npz</code>: gone\n- and 6 more\n" in render(reports.checked())
    assert "Not judged" not in render(reports.clean())


def test_what_other_commands_show_is_plain_text_that_no_name_can_leave(reports):
    text = render(reports.compared("x\n````\n<b>.png"))
    (fence,) = [token for token in PARSER.parse(text) if token.type == "fence"]
    assert "why they differ" in fence.content
    many = replace(reports.empty(), files=reports.full("````" * 3).files * 2)
    (fence,) = [token for token in PARSER.parse(render(many)) if token.type == "fence"]
    assert fence.markup == "`" * 13


def test_a_long_plain_report_is_cut(reports):
    text = render(replace(reports.empty(), files=reports.full().files * 400))
    assert len(text) < 70_000
    assert text.endswith("\n(cut)\n```\n")


def test_it_stays_small_enough_for_github():
    findings = tuple(
        Finding(f"SL{code}", "x", "error", "proof", "|" * 4000, "<" * 5000, "`" * 5000, key=str(i))
        for code in range(100, 170)
        for i in range(3)
    )
    assert len(render(Report("check", Contract(), findings=findings)).encode()) < 1 << 20


def test_too_many_ids(reports):
    text = render(replace(reports.clean(), dataset=Dataset({"": Split(2, 9, many=True)})))
    assert text.endswith("no table of classes: the labels hold too many different ids\n")

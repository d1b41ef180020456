"""Names made safe to show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.render._escape import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.png", "plain name.png"),
        ("日本語 ü é.png", "日本語 ü é.png"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("a\u200bb\ufeffc", "a\\u200bb\\ufeffc"),
        ("a\u2028b", "a\\u2028b"),
        ("\udcff\udc80", "\\xff\\x80"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_known_cases(text, shown):
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_what_is_shown_is_on_one_line_and_encodable(text):
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)
    assert len(shown.splitlines()) <= 1


@given(st.text(st.characters(categories=["L", "N", "Po", "Zs"])))
def test_letters_of_any_script_stay(text):
    assert visible(text) == text

"""``segloss losses``: what the list says of every loss, at any width."""

from __future__ import annotations

import pytest

from segloss_cli._plugins import names
from segloss_cli.cli import _finish, run
from segloss_cli.cli.losses import formula_of, page_of
from segloss_cli.losses import catalogue

LOSSES = names("segloss_cli.losses")


@pytest.mark.parametrize("name", LOSSES)
def test_every_page_has_a_formula(name):
    formula = formula_of(page_of(name))
    assert "=" in formula
    assert "\n" not in formula
    assert "  " not in formula


def test_a_page_without_one():
    assert formula_of("A loss.\n\nKnobs: none.") == ""


def test_a_line_that_goes_on_is_one():
    assert (
        formula_of("x\n\nFormula::\n\n    a = b\n      = c      with b = 2\n    L = a\n")
        == "a = b = c; with b = 2; L = a"
    )


def test_the_columns_of_a_pipe(capsys):
    assert run(["losses"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    for title in ("loss", "what it is", "formula", "range", "tasks (* unasked)", "knobs", "--like", "needs"):
        assert title in head
    known = catalogue()
    for row in rows:
        loss = known[row.split()[0]]
        tasks = row[head.index("tasks") : head.index("knobs")].split(", ")
        assert {task.strip().rstrip("*") for task in tasks} == loss.tasks
        assert {task.strip()[:-1] for task in tasks if task.strip().endswith("*")} == loss.default
        assert (row[head.index("needs") :].strip() or None) == loss.extra
        assert row[head.index("--like") : head.index("needs")].split(", ")[0].strip() in [*loss.conventions, ""]


@pytest.mark.parametrize("width", [80, 200])
def test_a_terminal(monkeypatch, capsys, width):
    monkeypatch.setattr(_finish, "terminal", lambda: (width, False))
    assert run(["losses"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines if line[:1].strip()] == ["loss", *LOSSES]


def test_a_page_says_the_tasks_and_what_it_needs(capsys):
    assert run(["losses", "boundary"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("boundary  in (-inf, inf)\n")
    assert "tasks (* unasked): binary, multiclass, multilabel\n" in text
    assert "needs: scipy\n" in text
    assert run(["losses", "dice"]) == 0
    assert "needs:" not in capsys.readouterr().out

"""The page of a rule, for the formats that carry it along: the docstring of the rule's file."""

from __future__ import annotations

import re
from inspect import cleandoc

from segloss_cli._plugins import load, names
from segloss_cli._record import record

_RULES = "segloss_cli.rules"
_LITERAL = re.compile("(?<!`)``(?!`)")
_WHAT = re.compile(r"^## What it is\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


@record(frozen=True)
class Page:
    """A rule's page: its first line, what it is, and all of it as Markdown; ``severity`` is the rule's own."""

    summary: str
    what: str
    markdown: str
    severity: str


def page_of(code: str, name: str) -> Page | None:
    """The page of a rule, or None where this version has no such rule.

    >>> page_of("SL202", "unignored-void").summary
    'A value that usually means "void" is in the label, but nothing says to ignore it.'
    """
    item = f"{code.lower()}-{name}"
    if item not in names(_RULES):
        return None
    module = load(_RULES, item)
    text = _LITERAL.sub("`", cleandoc(module.__doc__ or name))
    what = _WHAT.search(text)
    summary = text.partition("\n\n")[0].replace("\n", " ")
    return Page(summary, " ".join(what[1].split()) if what else summary, text, module.RULE.severity)

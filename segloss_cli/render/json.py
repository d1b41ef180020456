r"""One JSON document per run, of the shape in ``report.schema.json``.

Pure ASCII, so that no file name can act on a terminal; numbers that are not finite are null; bytes of file names that
are not UTF-8 are written as ``\xNN``. Of a data set that was checked there is no list of files, which may be millions:
``dataset`` says what there is, ``classes`` how much of each class, ``totals`` how much every rule found, also where
not all findings were kept. One object a line, for streams and for ``segloss merge``, is ``jsonl``.
"""

from __future__ import annotations

from typing import Any

from segloss_cli import __version__
from segloss_cli.render import Detail
from segloss_cli.render import _document as parts
from segloss_cli.render._json import text_of
from segloss_cli.types import Report


def render(
    report: Report, *, width: int | None = None, colour: bool = False, detail: Detail = "full", root: str = ""
) -> str:
    """The document as text with a final newline; ``width``, ``colour`` and ``detail`` change nothing in it."""
    return text_of(document(report, root), indent=2) + "\n"


def document(report: Report, root: str = "") -> dict[str, Any]:
    """The document before it is made plain: paths are as they were given, fingerprints relative to ``root``."""
    readers = report.facts.get("readers", {})
    return {
        "schema": parts.SCHEMA,
        "version": __version__,
        "command": report.command,
        "complete": report.complete,
        "contract": parts.of_contract(report.contract),
        "files": [parts.of_file(file, readers.get(file.path, {})) for file in report.files],
        "dataset": None if report.dataset is None else parts.of_dataset(report.dataset),
        "classes": parts.of_classes(report),
        "findings": parts.of_findings(report, root),
        "totals": report.facts.get("totals", {}),
        "losses": [parts.of_loss(value) for value in report.losses],
        "comparison": parts.of_comparisons(report),
        "matches": parts.of_matches(report),
        "skipped": parts.of_skipped(report),
        "facts": parts.of_facts(report.facts),
        "summary": parts.of_summary(report),
    }

"""Renew what is generated in README.md: outputs of commands, the tables of rules and losses.

    python tests/make_readme.py           write README.md
    python tests/make_readme.py --check   exit with 1 where it is not fresh

A generated part stands between ``<!-- begin: WHAT -->`` and ``<!-- end -->``; WHAT is ``rules``, ``losses``,
``libraries``, ``presets``, or ``$ segloss ...``, a command that runs in sample_data/.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RECORD = json.loads((ROOT / "tests/oracles/record.json").read_text("utf-8"))
LIBRARIES = {
    "torch": "torch",
    "torchvision": "torchvision",
    "smp": "segmentation-models-pytorch",
    "monai": "monai",
    "kornia": "kornia",
    "mmseg": "mmsegmentation",
    "nnunet": "nnunetv2",
    "toolbelt": "pytorch-toolbelt",
}
TUTORIALS = {
    "smooth1": "tutorial 000: Dice with smooth 1, per image",
    "bubbliiiing": "tutorial 001: bubbliiiing's deeplabv3-plus",
    "scaled": "tutorial 003: Dice with scaled sums",
    "bisenet": "tutorial 004: CoinCheung's BiSeNet",
}
PART = re.compile(r"(<!-- begin: (?P<what>[^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def fresh(text: str) -> str:
    """The text with every generated part renewed."""
    return PART.sub(lambda found: found[1] + part(found["what"]) + found[3], text)


def part(what: str) -> str:
    """One generated part."""
    if what.startswith("$ "):
        return f"```text\n{what}\n{output(what.split()[2:])}```\n"
    return {"rules": rules, "losses": losses, "libraries": libraries, "presets": presets}[what]()


def output(argv: list[str]) -> str:
    """What a command prints in sample_data/, as it does in a pipe."""
    from segloss_cli.cli import run

    before, printed = Path.cwd(), io.StringIO()
    os.chdir(ROOT / "sample_data")
    # what is remembered of another run is none of README's business
    argv = [*argv, "--no-cache"] if argv[0] == "check" else argv
    try:
        with contextlib.redirect_stdout(printed):
            code = run(argv)
    finally:
        os.chdir(before)
    if code not in (0, 1):
        raise SystemExit(f"segloss {' '.join(argv)}: exit {code}")
    return printed.getvalue()


def rules() -> str:
    """The table of all rules."""
    from segloss_cli.cli.rules import summary_of
    from segloss_cli.rules import catalogue

    rows = [[e.code, e.name, e.rule.about, e.rule.severity, summary_of(e)] for e in catalogue()]
    return table(["code", "name", "about", "usually", "what it says"], rows)


def presets() -> str:
    """The table of all presets."""
    from segloss_cli.presets import catalogue, summary

    rows = [[f"`{e.preset.name}`", summary(e), _count(e.preset.num_classes), _ids(e)] for e in catalogue()]
    return table(["`--preset`", "its labels", "classes", "ignored"], rows)


def _count(classes: int | None) -> str:
    return "-" if classes is None else str(classes)


def _ids(entry: Any) -> str:
    ignored = sorted(entry.preset.ignore | ({0} if entry.preset.reduce_zero_label else set()))
    return ", ".join(map(str, ignored)) if len(ignored) < 4 else f"{len(ignored)} ids"


def losses() -> str:
    """The table of all losses, and how each convention was checked."""
    from segloss_cli.cli.losses import page_of
    from segloss_cli.losses import catalogue

    checked = Counter((entry["loss"], entry["like"]) for entry in RECORD["entries"])
    rows = [
        [
            f"`{name}`",
            page_of(name).partition("\n")[0].rstrip("."),
            ", ".join(task for task in ("binary", "multiclass", "multilabel") if task in loss.tasks),
            f"{checked[name, None]}",
            ", ".join(f"{like} {_check(checked[name, like])}" for like in loss.conventions) or "-",
        ]
        for name, loss in catalogue().items()
    ]
    return table(["loss", "what it is", "tasks", "ours", "`--like`"], rows)


def _check(count: int) -> str:
    return f"({count})" if count else "(formula)"


def libraries() -> str:
    """What the names after ``--like`` stand for, and how their numbers were checked."""
    versions = RECORD["versions"]
    run = "run, its answers recorded"
    rows = [[f"`{like}`", f"{package} {versions[package]}", run] for like, package in LIBRARIES.items()]
    rows += [[f"`{like}`", what, "its code run as plain torch"] for like, what in TUTORIALS.items()]
    rows.append(["`smp-0.3.4`", "segmentation-models-pytorch 0.3.4, where it differs", "its formula"])
    return table(["`--like`", "stands for", "checked by"], rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |\n" for row in lines)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    old = README.read_text("utf-8")
    new = fresh(old)
    if "--check" in sys.argv:
        sys.exit(0 if old == new else "README.md is not fresh: python tests/make_readme.py")
    README.write_text(new, "utf-8")

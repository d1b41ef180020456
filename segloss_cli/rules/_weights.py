"""How much a hit weighs: only what bytes and a declared contract prove is an error."""

from __future__ import annotations

from typing import TypedDict

from segloss_cli.types import Certainty, Severity


class Weight(TypedDict):
    """The two keywords of a hit that say how sure and how bad."""

    severity: Severity
    certainty: Certainty


ERROR: Weight = {"severity": "error", "certainty": "proof"}
FACT: Weight = {"severity": "warning", "certainty": "proof"}
LIKELY: Weight = {"severity": "warning", "certainty": "likely"}
NOTE: Weight = {"severity": "info", "certainty": "proof"}
GUESS: Weight = {"severity": "info", "certainty": "hint"}
PROBABLY: Weight = {"severity": "info", "certainty": "likely"}


def proved(*, by_contract: bool) -> Weight:
    """An error where the user declared what it contradicts, a likely fault where that was inferred."""
    return ERROR if by_contract else LIKELY

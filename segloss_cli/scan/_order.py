"""What a worker is told and what it answers: plain records that travel between processes and into the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from segloss_cli._record import record
from segloss_cli.rules._rule import Depth
from segloss_cli.types import Contract, Finding, Number, Skipped


@record(frozen=True)
class Order:
    """How every sample is to be judged.

    ``codes`` are the rules to ask; ``depth`` is the deepest that any of them looks ("container": no pixel is decoded);
    ``member`` names the array of an ``.npz``.
    """

    contract: Contract
    codes: frozenset[str]
    depth: Depth = "pixels"
    member: str | None = None


class Facts(NamedTuple):
    """What one label (or image, or prediction) adds to the data set; made by ``census.facts_of``.

    ``counts`` are the pixels of each id, None where they are not listed; ``digest`` stands for the content of the
    label ("" where it is not wanted or the label has one value only); ``mode`` is the image's.
    """

    split: str
    path: str
    pixels: int = 0
    counts: Mapping[Number, int] | None = None
    encoding: str = ""
    family: str = ""
    palette: str = ""
    digest: str = ""
    image: str = ""
    mode: str = ""
    prediction: str = ""
    unread: int = 0


@record(frozen=True)
class Outcome:
    """What came of one sample."""

    facts: Facts
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()

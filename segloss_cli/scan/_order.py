"""What a worker is told and what it answers: plain records that travel between processes and into the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from segloss_cli._record import record
from segloss_cli.rules._rule import Depth
from segloss_cli.types import Colour, Contract, Finding, Skipped


@record(frozen=True)
class Order:
    """How every sample is to be judged.

    ``codes`` are the rules to ask; ``depth`` is the deepest that any of them looks ("container": no pixel is decoded);
    ``member`` names the array of an ``.npz``; ``digests`` asks for digests of the labels' content, which cost time.
    """

    contract: Contract
    codes: frozenset[str]
    depth: Depth = "pixels"
    member: str | None = None
    digests: bool = False


class Facts(NamedTuple):
    """What one sample adds to the data set; made by ``census.facts_of`` and added up by ``census.Census``.

    ``path`` is the label's ("" where there is none), and ``encoding`` how it is stored: empty where it could not be
    read, so a label counts as judged where ``encoding`` is set, an image where ``image`` is, and a prediction where
    ``prediction`` is; ``mode`` is the image's in Pillow. ``unread`` counts the files that could not be
    read.

    ``counts`` are the pixels of each id, None where they are not known. ``family`` is what the values look like ("" if
    one value says nothing), ``suffix`` the end of the name that tells encodings apart, ``tints`` the palette's colour
    of each id. ``empty`` says that there is nothing but background, ``top`` that the ids are exactly 0..top or 1..top
    (0: they are not). ``digest`` stands for the content of the label ("" where it is not wanted or tells nothing).
    """

    split: str
    path: str
    pixels: int = 0
    counts: Mapping[int, int] | None = None
    encoding: str = ""
    family: str = ""
    suffix: str = ""
    tints: tuple[tuple[int, Colour], ...] = ()
    empty: bool = False
    top: int = 0
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

"""Report -> text, one file per format.

Every format is a module with ``render(report, *, width, colour, detail, root) -> str``: ``width`` is a terminal's, or
None where nothing may be cut or wrapped; ``colour`` says whether escapes are wanted; ``detail`` is how much of each
file is shown (``full``, ``summary``: a line per file, ``findings``); ``root`` is the folder that paths are made
relative to where they have to be stable.
"""

from __future__ import annotations

from typing import Literal

Detail = Literal["full", "summary", "findings"]

"""What can stop segloss, as a tree to catch from.

* SeglossError             anything below; the command line prints it as one line and exits with 2
  x UsageError             the call cannot be carried out: a flag, a knob, a name, a path that does not exist
  x ReadError              one file cannot be read or understood; a scan records it and goes on
  x ShapeError             a prediction and a label that cannot be compared, or an array of no usable shape
  x MissingExtraError      an optional dependency is needed and absent; the message says what to install

Every message says what was found, where, and what to do.
"""

from __future__ import annotations


class SeglossError(Exception):
    """Base of all errors that segloss raises on purpose."""


class UsageError(SeglossError):
    """The call itself cannot be carried out."""


class ReadError(SeglossError):
    """One file cannot be read. ``path`` is the file, ``reason`` one clear line without it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class ShapeError(SeglossError):
    """Arrays whose shapes do not go together."""


class MissingExtraError(SeglossError):
    """A part of segloss that needs an extra which is not installed."""

"""Samples in a row, and what of them a worker is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from segloss_cli.scan._order import Outcome
from segloss_cli.scan._worker import Known
from segloss_cli.types import Sample


class Chunk:
    """Samples in a row with what came of them, None where nothing did yet; ``open`` counts those."""

    def __init__(self, pairs: Sequence[Known]) -> None:
        self.samples = [sample for sample, _ in pairs]
        self.outcomes = [outcome for _, outcome in pairs]
        self.fresh = [outcome is None for outcome in self.outcomes]
        self.open = sum(self.fresh)

    def missing(self) -> list[int]:
        """Where nothing came yet."""
        return [index for index, outcome in enumerate(self.outcomes) if outcome is None]

    def settle(self, index: int, outcome: Outcome) -> None:
        """Put in what came of a sample."""
        self.outcomes[index] = outcome
        self.open -= 1

    def pairs(self) -> Iterator[Known]:
        """What is known by now, in order."""
        return zip(self.samples, self.outcomes, strict=True)

    def done(self) -> Iterator[tuple[Sample, bool, Outcome]]:
        """Each sample, whether it was judged here, and what came of it."""
        for sample, fresh, outcome in zip(self.samples, self.fresh, self.outcomes, strict=True):
            if outcome is not None:
                yield sample, fresh, outcome


class Task(NamedTuple):
    """Samples of a chunk to be judged; ``alone`` where one is suspected to kill its worker."""

    chunk: Chunk
    indexes: list[int]
    alone: bool = False

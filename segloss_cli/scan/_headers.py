"""Judge one sample by the headers of its files alone: no pixel is decoded.

Most files of a data set have the same header but for their names, so what the rules say of one is worked out once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from segloss_cli._record import copied
from segloss_cli.read import read_container
from segloss_cli.read._png_header import shared_header
from segloss_cli.rules import Entry, judge
from segloss_cli.scan._facts import encoding_of
from segloss_cli.scan._order import Facts, Outcome
from segloss_cli.types import Container, Contract, Finding, Picture, Profile, Sample, Scene

_MOST = 4096
"""Headers that are remembered."""


class Verdict(NamedTuple):
    """A header without the file's name, how the file is stored, in words, and what the rules say of it."""

    container: Container
    encoding: str
    findings: tuple[Finding, ...]
    shared: Container | None = None


class Headers:
    """What the rules about headers say, remembered by the header."""

    def __init__(self, contract: Contract, label: tuple[Entry, ...], scene: tuple[Entry, ...]) -> None:
        self._contract = contract
        self._label = label
        self._scene = scene
        self._known: dict[Container, Verdict] = {}
        self._shared: dict[tuple[int, str], Verdict] = {}

    def of_label(self, path: str) -> Verdict:
        """A label's header with how it is stored, in words, and the findings of one that is named ``*`` and its suffix.

        Raises:
            ReadError: the header cannot be read.
        """
        # of the name the rules see the suffix alone
        dot = path.rfind(".")
        suffix = path[dot:] if dot > 0 else ""
        shared = shared_header(path)
        if shared is None:
            return self._judged(replace(read_container(path), path=f"*{suffix.lower()}"))
        # the verdict holds the header, so that its number is no other's
        return self._shared.get((id(shared), suffix)) or self._judge_shared(shared, suffix)

    def outcome_of(self, sample: Sample) -> tuple[Outcome, Verdict]:
        """What comes of a sample's label, and its header.

        Raises:
            ReadError: the header cannot be read.
        """
        path = sample.label
        verdict = self.of_label(path)
        facts = Facts(sample.split, path, 0, None, verdict.encoding)
        findings = tuple([copied(one, path=path) for one in verdict.findings]) if verdict.findings else ()
        outcome = object.__new__(Outcome)
        values = outcome.__dict__  # its constructor takes as long as all else here
        values["facts"], values["findings"], values["skipped"] = facts, findings, ()
        return outcome, verdict

    def _judge_shared(self, shared: Container, suffix: str) -> Verdict:
        verdict = self._judged(replace(shared, path=f"*{suffix.lower()}"))._replace(shared=shared)
        if len(self._shared) < _MOST:
            self._shared[id(shared), suffix] = verdict
        return verdict

    def _judged(self, container: Container) -> Verdict:
        verdict = self._known.get(container)
        if verdict is None:
            findings = tuple(judge(profile_of(container), self._contract, self._label)) if self._label else ()
            verdict = Verdict(container, encoding_of(container), findings)
            if len(self._known) < _MOST:
                self._known[container] = verdict
        return verdict

    def of_scene(self, picture: Container, container: Container) -> tuple[Finding, ...]:
        """The findings of an image's header beside its label's."""
        scene = Scene(Picture(picture), profile_of(container))
        return tuple(judge(scene, self._contract, self._scene)) if self._scene else ()


def profile_of(container: Container) -> Profile:
    """A profile that knows the header only."""
    height, width = container.shape[:2] if len(container.shape) > 1 else (1, *container.shape, 1)[:2]
    return Profile(container, 1, height, width, height * width, None, 0, 0, 0)

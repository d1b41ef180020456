"""What the rules say: of both files of a pair, of the pair, of its values, and of what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segloss_cli.losses._knobs import Request
from segloss_cli.profile import locate
from segloss_cli.rules import Record, catalogue, judge
from segloss_cli.scan.agreement import agreement_of
from segloss_cli.scan.options import Wanted, defaults
from segloss_cli.types import SEVERITIES, Contract, Finding, LossValue, Pair, Profile, Report, Terms

if TYPE_CHECKING:
    from segloss_cli.scan.pair import Loaded

_NAMED = 4
"""Values that a finding's message names; its evidence has them all."""

_ONCE = ("SL402", "SL901")
"""Rules about values that are shown as one finding: there is one reason, however many losses show it."""

_MEANT = frozenset({"SL202", "SL208"})
"""Rules about what void and white mean, which a prediction does not tell."""

_SHOWN = frozenset({"SL407"})
"""Rules that say what a loss would give: where losses are computed, their values say so."""


def findings_of(loaded: Loaded, wanted: Wanted, values: Iterable[LossValue]) -> tuple[Finding, ...]:
    """What the rules say of both files, of the pair and of its values, placed and sorted, the worst first."""
    looked, profile, values = loaded.looked, loaded.profile, tuple(values)
    said = _with_losses(loaded.contract, wanted, values)
    # the channels of a prediction are bytes, not a guess: an id beyond them, or in one channel, is proved wrong
    several = looked.kind != "ids" and looked.shape[1] > 1
    one = looked.kind != "ids" and not several
    counted = _declaring(said, "num_classes") if several else said
    couple = Pair(
        looked,
        profile,
        agreement_of(loaded.scores, looked, loaded.mask, profile, loaded.contract),
        asked=texts_of(wanted.requests),
    )
    records: list[tuple[Record, Contract]] = [
        (looked, counted),
        (profile, _declaring(said, "task") if one else counted),
        (couple, counted),
        *((replace(value, per_image=()), counted) for value in values),
    ]
    found = _one_for_all([f for record, contract in records for f in judge(record, contract, wanted.entries)])
    if not (values or wanted.find):
        found = _as_said(found, profile, said, wanted)
    kept = (finding for finding in found if not (values and finding.code in _SHOWN))
    return in_order(replace(f, place=locate(loaded.mask, f.values)) if f.values else f for f in kept)


def _as_said(found: list[Finding], profile: Profile, said: Contract, wanted: Wanted) -> list[Finding]:
    """Where no loss is computed: what void and white mean is judged by what was said alone.

    A loader may ignore 255 or make it 1, and nobody said that this one does not; a value is computed of what is there.
    """
    entries = catalogue() if wanted.entries is None else wanted.entries
    meant = [entry for entry in entries if entry.code in _MEANT]
    return [finding for finding in found if finding.code not in _MEANT] + [*judge(profile, said, meant)]


def concluded(report: Report, wanted: Wanted) -> Report:
    """A report with what the rules say of the terms: the weights, the names, the losses that were asked for."""
    labels = [file for file in report.files if isinstance(file, Profile)]
    if not labels:
        return report
    listed = all(label.counts is not None for label in labels)
    terms = Terms(
        present=frozenset(value for label in labels for value in label.counts or ()) if listed else None,
        dtypes=frozenset(label.container.dtype for label in labels),
        path=labels[0].path if len(labels) == 1 else "",
        asked=_asked(report.contract, wanted),
    )
    contract = report.contract
    if wanted.weights:
        contract = _declaring(replace(contract, weights=wanted.weights), "weights")
    findings = (*report.findings, *judge(terms, contract, wanted.entries))
    return replace(report, findings=in_order(findings) if len(labels) == 1 else findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of one pair, the worst first."""
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.code)))


def texts_of(requests: Iterable[Request]) -> tuple[str, ...]:
    """Requests as rules know losses: NAME, or NAME:like=LIBRARY.

    >>> texts_of([Request("dice", "smp", {"smooth": 1.0}), Request("bce")])
    ('dice:like=smp', 'bce')
    """
    return tuple(f"{request.loss}:like={request.like}" if request.like else request.loss for request in requests)


def _asked(contract: Contract, wanted: Wanted) -> tuple[str, ...]:
    """The losses that were asked for, one by one or by a library's name."""
    if wanted.requests or not wanted.likes:
        return texts_of(wanted.requests)
    return texts_of(defaults(contract.task or "multiclass", wanted.likes))


def _declaring(contract: Contract, name: str) -> Contract:
    return replace(contract, declared=contract.declared | {name})


def _with_losses(contract: Contract, wanted: Wanted, values: Sequence[LossValue]) -> Contract:
    """The contract with the losses that were computed; they count as declared where they were asked for by name."""
    names = tuple(dict.fromkeys(value.loss for value in values if value.status != "skipped"))
    if wanted.requests:
        return _declaring(replace(contract, losses=names or contract.losses), "losses")
    return contract if contract.says("losses") else replace(contract, losses=names or contract.losses)


def _one_for_all(findings: list[Finding]) -> list[Finding]:
    """Of the rules about values one finding each, that names some of the losses."""
    for code in _ONCE:
        some = [finding for finding in findings if finding.code == code]
        if len(some) > 1:
            findings = [*(finding for finding in findings if finding.code != code), _together(some)]
    return findings


def _together(some: Sequence[Finding]) -> Finding:
    values = {str(finding.evidence.get("loss", finding.key)): finding.evidence.get("value") for finding in some}
    message = "; ".join(finding.message for finding in some[:_NAMED])
    message += f"; and {len(some) - _NAMED} more" if len(some) > _NAMED else ""
    return replace(some[0], message=message, evidence=values, key="")

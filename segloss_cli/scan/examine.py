"""Judge one sample of a data set: its label, the image and the prediction that belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from segloss_cli._record import copied
from segloss_cli.errors import ReadError, ShapeError
from segloss_cli.profile import locate, profile_label, profile_scores
from segloss_cli.read import read_container, read_label, read_picture, read_scores, role
from segloss_cli.rules import Entry, Record, catalogue, judge
from segloss_cli.rules._rule import About
from segloss_cli.scan._order import Facts, Order, Outcome
from segloss_cli.scan.census import decoded, digest_of, facts_of
from segloss_cli.scan.one_hot import with_one_hot
from segloss_cli.types import Finding, Mask, Profile, Sample, Scene, Scores, Skipped

if TYPE_CHECKING:
    from segloss_cli.scan._headers import Headers, Verdict


def examine(sample: Sample, order: Order) -> Outcome:
    """What one sample adds to the data set, and what is wrong with it.

    No file of it stops the others: one that cannot be read is skipped, with a finding where the file is at fault
    rather than the system that refuses it.
    """
    if order.depth == "container":
        return _by_headers(sample, order)
    if not sample.label:
        return _without_label(sample, order)
    try:
        mask = read_label(sample.label, member=order.member, task=order.contract.task)
    except ReadError as error:
        unread = _unread(sample, error, order)
        others = _joined(unread, _of_prediction(sample, order)) if sample.prediction else unread
        return _with_image(sample, order, others, None, None)
    profile = with_one_hot(mask, decoded(profile_label(mask), order.contract), order.contract)
    digest = digest_of(mask, profile) if order.digests else ""
    outcome = Outcome(facts_of(sample, profile, order.contract, digest))
    if sample.prediction:
        outcome = _joined(outcome, _of_pair(sample, mask, profile, order))
    else:
        outcome = copied(outcome, findings=tuple(_label_findings(mask, profile, order)))
    return _with_image(sample, order, outcome, mask, profile)


@cache
def entries_for(codes: frozenset[str], about: About) -> tuple[Entry, ...]:
    """The rules with these codes that are about such records, by code."""
    return tuple(entry for entry in catalogue() if entry.code in codes and entry.about == about)


def _by_headers(sample: Sample, order: Order) -> Outcome:
    """What the headers of the files tell; no pixel is decoded."""
    if not sample.label:
        return _headers_beside(sample, order, Outcome(Facts(sample.split, "")), None)
    try:
        outcome, label = _headers_for(order).outcome_of(sample)
    except ReadError as error:
        return _headers_beside(sample, order, _unread(sample, error, order), None)
    return _headers_beside(sample, order, outcome, label) if sample.image or sample.prediction else outcome


def _headers_beside(sample: Sample, order: Order, outcome: Outcome, label: Verdict | None) -> Outcome:
    """The outcome with what the headers of the image and of the prediction tell."""
    if sample.prediction:
        try:
            read_container(sample.prediction, member=order.member)
            outcome = copied(outcome, facts=outcome.facts._replace(prediction=sample.prediction))
        except ReadError as error:
            outcome = _joined(outcome, _unread(sample, error, order))
    if not sample.image:
        return outcome
    try:
        picture = read_picture(sample.image).container
    except ReadError as error:
        return _joined(outcome, _unread(sample, error, order))
    facts = outcome.facts._replace(image=sample.image, mode=picture.mode)
    found = () if label is None else _headers_for(order).of_scene(picture, copied(label.container, path=sample.label))
    return copied(outcome, facts=facts, findings=outcome.findings + found)


def _headers_for(order: Order) -> Headers:
    """One memory of headers for all samples of an order; an order is one object throughout a run."""
    if order is not _HEADERS.get("order"):
        from segloss_cli.scan._headers import Headers

        rules = entries_for(order.codes, "label"), entries_for(order.codes, "scene")
        _HEADERS.update(order=order, headers=Headers(order.contract, *rules))
    headers: Headers = _HEADERS["headers"]
    return headers


_HEADERS: dict[str, Any] = {}


def _label_findings(mask: Mask, profile: Profile, order: Order) -> Iterator[Finding]:
    for finding in _judged(profile, "label", order):
        yield copied(finding, place=locate(mask, finding.values)) if finding.values else finding


def _judged(record: Record, about: About, order: Order) -> Iterator[Finding]:
    return judge(record, order.contract, entries_for(order.codes, about))


def _of_pair(sample: Sample, mask: Mask, profile: Profile, order: Order) -> Outcome:
    """The label, the prediction and both together; of a prediction that cannot be read, the label alone."""
    from segloss_cli.scan.options import Wanted
    from segloss_cli.scan.pair import findings_of, joined, work_of

    wanted = Wanted(member=order.member, entries=tuple(e for e in catalogue() if e.code in order.codes))
    facts = Facts(sample.split, sample.label)
    try:
        loaded = joined(sample.prediction, mask, profile, order.contract, wanted)
    except ReadError as error:
        alone = Outcome(facts, tuple(_label_findings(mask, profile, order)))
        return _joined(alone, _unread(sample, error, order))
    skipped: tuple[Skipped, ...] = ()
    findings = findings_of(loaded, wanted, ())
    try:
        work_of(loaded, wanted)
    except ShapeError as error:
        told = any(finding.severity == "error" for finding in findings) or loaded.scores.kind == "ids"
        skipped = () if told else (Skipped(sample.prediction, str(error)),)
    return Outcome(facts._replace(prediction=sample.prediction), findings, skipped)


def _without_label(sample: Sample, order: Order) -> Outcome:
    """A prediction, or an image, that stands alone, or the two of them."""
    outcome = _of_prediction(sample, order) if sample.prediction else Outcome(Facts(sample.split, ""))
    return _with_image(sample, order, outcome, None, None)


def _of_prediction(sample: Sample, order: Order) -> Outcome:
    path = sample.prediction
    try:
        # class ids without a label are a label's kind of file: what is wrong with their values is found the same way
        if role(path, member=order.member)[0] == "label":
            mask = read_label(path, member=order.member, task=order.contract.task)
            findings = tuple(_label_findings(mask, profile_label(mask), order))
        else:
            findings = tuple(_judged(profile_scores(_scores(path, order)), "prediction", order))
    except ReadError as error:
        return _unread(sample, error, order)
    return Outcome(Facts(sample.split, "", prediction=path), findings)


def _scores(path: str, order: Order) -> Scores:
    contract = order.contract
    classes = contract.num_classes if contract.says("num_classes") else None
    return read_scores(path, member=order.member, task=contract.task, num_classes=classes, label_shape=None)


def _with_image(sample: Sample, order: Order, outcome: Outcome, mask: Mask | None, profile: Profile | None) -> Outcome:
    """The outcome with what is wrong with the image, and with the image and its label together."""
    if not sample.image:
        return outcome
    try:
        picture = read_picture(sample.image)
    except ReadError as error:
        return _joined(outcome, _unread(sample, error, order))
    facts = outcome.facts._replace(image=sample.image, mode=picture.container.mode)
    if profile is None:
        return copied(outcome, facts=facts)
    found = tuple(_judged(Scene(picture, profile, mask), "scene", order))
    return copied(outcome, facts=facts, findings=outcome.findings + found)


def _unread(sample: Sample, error: ReadError, order: Order) -> Outcome:
    from segloss_cli.scan.files import unreadable

    report = unreadable(error, order.contract, entries_for(order.codes, "label"))
    return Outcome(Facts(sample.split, sample.label, unread=1), report.findings, report.skipped)


def _joined(outcome: Outcome, other: Outcome) -> Outcome:
    """Both outcomes of one sample; the facts of the first, with what the other could not read."""
    facts = outcome.facts._replace(
        prediction=outcome.facts.prediction or other.facts.prediction,
        unread=outcome.facts.unread + other.facts.unread,
    )
    return Outcome(facts, outcome.findings + other.findings, outcome.skipped + other.skipped)

"""The whole report of a data set that has not changed since, kept in the cache beside what is known of each sample."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from segloss_cli.scan._codec import StrangeError, finding_from, pack, packed_finding, unpack
from segloss_cli.types import Report, Sample, Skipped

if TYPE_CHECKING:
    from segloss_cli.scan.check import Plan
    from segloss_cli.scan.listing import Survey


def recalled(survey: Survey, samples: Sequence[Sample], plan: Plan) -> Report | None:
    """The report of the last run, if that was of these very files and settings; None where it has to be made."""
    if plan.cache is None or plan.baseline is not None or plan.recording is not None:
        return None
    text = plan.cache.recall(samples, json.dumps(_settings(survey, plan)))
    if text is None:
        return None
    from segloss_cli.render._census import unpack as dataset_of

    try:
        facts, findings, skipped, dataset = json.loads(text)
        return Report(
            command="check",
            contract=plan.order.contract,
            findings=tuple([finding_from(one) for one in findings]),
            skipped=tuple([Skipped(path, reason) for path, reason in skipped]),
            facts=unpack(facts),
            dataset=dataset_of(dataset),
        )
    except (ValueError, TypeError, LookupError):
        return None


def remember(report: Report, plan: Plan) -> None:
    """Keep a report on everything; what was interrupted, or could not be judged, may come out otherwise next time."""
    if plan.cache is None or not report.complete or report.facts["unjudged"] or report.dataset is None:
        return
    from segloss_cli.render._census import pack as packed_dataset

    skipped = [[one.path, one.reason] for one in report.skipped]
    try:
        findings = [packed_finding(one) for one in report.findings]
        parts = [pack(dict(report.facts)), findings, skipped, packed_dataset(report.dataset)]
    except StrangeError:
        return
    plan.cache.keep(json.dumps(parts, separators=(",", ":")))


def _settings(survey: Survey, plan: Plan) -> Any:
    """All that a report depends on besides the files of the samples and the order."""
    orphans = [[one.path, one.role, one.kind, one.what, one.partner] for one in survey.orphans]
    refused = [[one.path, one.reason] for one in survey.refused]
    passed = sorted(survey.passed.items())
    asked = pack(dict(plan.asked))
    return [survey.root, survey.notes, plan.notes, orphans, refused, passed, asked, plan.limit, plan.shard, plan.alone]

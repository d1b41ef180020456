"""Judge a whole data set: every sample by itself, then all of them together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from segloss_cli import __version__
from segloss_cli._record import copied, record
from segloss_cli.rules import Entry, catalogue, judge
from segloss_cli.rules._rule import Depth
from segloss_cli.rules._sets import holds_void
from segloss_cli.scan._order import Order, Outcome
from segloss_cli.scan.baseline import Baseline, note
from segloss_cli.scan.census import Census
from segloss_cli.scan.gathering import Gathering
from segloss_cli.scan.listing import Survey
from segloss_cli.scan.policy import Policy
from segloss_cli.types import Contract, Dataset, Finding, Report, Sample, Terms

if TYPE_CHECKING:
    from segloss_cli.scan.cache import Cache

T = TypeVar("T")
Ticks = Callable[[Iterator[Outcome], int], Iterable[Outcome]]

_SET = ("dataset", "terms")
_DEPTHS: tuple[Depth, ...] = ("container", "values", "pixels")


@record(frozen=True)
class Plan:
    """How a data set is to be checked.

    ``jobs`` is None for as many workers as pay off; ``limit`` findings of each rule are kept (0: all); ``shard`` is
    (i, n), counted from 1: only the samples of that part are looked at, and what concerns the whole is left to
    ``segloss merge``; ``alone`` says that the paths are some files rather than a data set. In ``recording`` all
    findings are counted for a new baseline. ``asked`` is what a part says of the settings that decide what becomes of
    its findings, so that :mod:`segloss_cli.scan.merge` does the same.
    """

    order: Order
    policy: Policy
    baseline: Baseline | None = None
    cache: Cache | None = None
    jobs: int | None = None
    limit: int = 1000
    shard: tuple[int, int] | None = None
    alone: bool = False
    recording: dict[str, dict[str, int]] | None = None
    root: str = os.curdir
    notes: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)


_NOTHING = Contract()


def check_dataset(
    paths: Sequence[str | os.PathLike[str]],
    contract: Contract = _NOTHING,
    *,
    preset: str = "",
    entries: Iterable[Entry] | None = None,
    jobs: int | None = None,
    limit: int = 1000,
) -> Report:
    """Judge a data set: its labels, with the images and predictions that belong to them, then all together.

    Args:
        paths: folders, globs and files.
        contract: what the labels are meant to be; what it does not say, a preset, a file that lies in the data set,
            or what is recognised says.
        preset: the name of a preset.
        entries: the rules to ask; None for all.
        jobs: worker processes; None for as many as pay off.
        limit: findings of each rule that are kept, the first by path; 0 for all. All are counted.

    Returns:
        A report with the findings by path; ``dataset`` counts every class and split.

    Raises:
        UsageError: a path does not exist, or there is nothing to check.

    Example:
        >>> import pathlib, tempfile, numpy
        >>> folder = pathlib.Path(tempfile.mkdtemp(), "masks")
        >>> folder.mkdir()
        >>> numpy.save(folder / "a.npy", numpy.asarray([[0, 0, 7, 1]]))
        >>> report = check_dataset([folder], Contract(num_classes=2, declared=frozenset({"num_classes"})))
        >>> [finding.code for finding in report.findings], dict(report.dataset.counts)
        (['SL201'], {0: 2, 1: 1, 7: 1})
    """
    from segloss_cli.scan._encodings import ends_of, of_preset
    from segloss_cli.scan.listing import survey
    from segloss_cli.scan.meaning import meaning, without

    found = of_preset(survey([os.fspath(path) for path in paths], ends=ends_of(preset)), preset)
    chosen = frozenset(entry.code for entry in (catalogue() if entries is None else entries))
    order = order_for(contract, chosen - without(preset), digests=several_splits(found))
    known, notes = meaning(found, contract, preset, look=order.depth != "container")
    return check(found, Plan(copied(order, contract=known), Policy(), jobs=jobs, limit=limit, notes=notes))


def several_splits(survey: Survey) -> bool:
    """Whether the labels are in more than one split, so that the same content may be in two of them."""
    return len({sample.split for sample in survey.samples if sample.label}) > 1


def order_for(contract: Contract, codes: Iterable[str], *, digests: bool = False, member: str | None = None) -> Order:
    """The order for the workers: as deep as the deepest of the rules looks, and no deeper."""
    wanted = frozenset(codes)
    depths = [_depth(entry) for entry in catalogue() if entry.code in wanted]
    depth = max(map(_DEPTHS.index, depths), default=0)
    twins = digests and "SL607" in wanted
    return Order(contract, wanted, depth=_DEPTHS[depth], member=member, digests=twins)


def check(survey: Survey, plan: Plan, ticks: Ticks | None = None) -> Report:
    """Judge every sample of a survey, then the set as a whole.

    Nothing stops the run: what cannot be read is recorded, and after Ctrl-C the report says that it is incomplete.

    Args:
        survey: what there is to check.
        plan: how to check it.
        ticks: is given the outcomes and how many there will be, and yields them again: a progress bar.

    Returns:
        A report whose findings are sorted by path; ``dataset`` is what was seen, ``facts`` how it was known.
    """
    samples = _part(survey.samples, survey, plan)
    known = _recalled(survey, samples, plan)
    if known is not None:
        return known
    census, found = Census(), Gathering(plan.limit, _filter(plan))
    found.add((), _part(survey.refused, survey, plan))
    complete = True
    try:
        # nobody else holds the stream, so that its workers end with the loop
        for outcome in _stream(samples, plan, ticks):
            census.add(outcome.facts)
            found.add(outcome.findings, outcome.skipped)
    except KeyboardInterrupt:
        complete = False
    orphans = () if plan.alone else _part(survey.orphans, survey, plan)
    report = conclude(census.dataset(orphans), found, plan, facts_of(survey, samples, plan), complete=complete)
    _remember(report, plan)
    return report


def _recalled(survey: Survey, samples: Sequence[Sample], plan: Plan) -> Report | None:
    """The report of the last run, where nothing has changed since."""
    if plan.cache is None:
        return None
    from segloss_cli.scan._recall import recalled

    known = recalled(survey, samples, plan)
    if known is not None:
        plan.cache.close(tidy=False)
    return known


def _remember(report: Report, plan: Plan) -> None:
    if plan.cache is None:
        return
    from segloss_cli.scan._recall import remember

    remember(report, plan)
    plan.cache.close()


def _stream(samples: Sequence[Sample], plan: Plan, ticks: Ticks | None) -> Iterable[Outcome]:
    from segloss_cli.scan.parallel import outcomes

    stream = outcomes(samples, plan.order, jobs=plan.jobs, cache=plan.cache)
    return stream if ticks is None else ticks(stream, len(samples))


def conclude(dataset: Dataset, found: Gathering, plan: Plan, facts: dict[str, Any], *, complete: bool = True) -> Report:
    """The report, after the set as a whole was judged; of a part or an interrupted run it is not."""
    whole = complete and plan.shard is None
    if whole:
        found.add(_of_the_set(dataset, plan))
        found.add(_unused(found, plan))
        _doubt(dataset, found, plan)
    used = {} if plan.baseline is None else plan.baseline.used()
    known = {
        **facts,
        "totals": found.totals(),
        "limit": plan.limit,
        "unjudged": found.unjudged,
        "suppressed": 0 if plan.baseline is None else plan.baseline.suppressed,
        "judged_whole": whole and not plan.alone,
        **({"baseline_used": used} if used and plan.shard is not None else {}),
    }
    return Report(
        command="check",
        contract=plan.order.contract,
        findings=found.findings(),
        skipped=found.skipped(),
        facts=known,
        complete=complete,
        dataset=dataset,
    )


def _unused(found: Gathering, plan: Plan) -> Iterable[Finding]:
    """What the baseline records for nothing, if everything was judged that it is about."""
    if plan.baseline is None or plan.alone or found.unjudged:
        return ()
    return plan.baseline.unused()


def facts_of(survey: Survey, samples: Iterable[Sample], plan: Plan) -> dict[str, Any]:
    """What a report says of the run: how things were known, how many samples, what was passed over."""
    return {
        "notes": [
            *survey.notes,
            *plan.notes,
            *([plan.cache.note] if plan.cache is not None and plan.cache.note else []),
        ],
        "samples": sum(1 for _ in samples),
        "passed": dict(sorted(survey.passed.items())),
        "shard": list(plan.shard) if plan.shard is not None else None,
        "root": survey.root,
        **({} if plan.shard is None else {"part": _part_facts(survey, plan)}),
    }


def _part_facts(survey: Survey, plan: Plan) -> dict[str, Any]:
    """What tells the parts of one run from those of another, and what the merge has to know."""
    from segloss_cli.scan.shards import mark_of

    files = mark_of(survey.samples, survey.root)
    return {**plan.asked, "codes": sorted(plan.order.codes), "files": files, "version": __version__}


def _of_the_set(dataset: Dataset, plan: Plan) -> Iterator[Finding]:
    contract, codes = plan.order.contract, plan.order.codes
    entries = [entry for entry in catalogue() if entry.code in codes and entry.about in _SET]
    if not plan.alone:
        yield from judge(dataset, contract, entries)
    dtypes = frozenset(encoding.rpartition(", ")[2] for encoding in dataset.encodings)
    yield from judge(Terms(_present(dataset, plan), dtypes, every=not dataset.whole.uncounted), contract, entries)


def _present(dataset: Dataset, plan: Plan) -> frozenset[int] | None:
    """The ids in the labels; None for some files, which are not all there is, and where no label's are known."""
    whole = dataset.whole
    return None if plan.alone or whole.many or not whole.counted else frozenset(whole.holders)


def _doubt(dataset: Dataset, found: Gathering, plan: Plan) -> None:
    """What a label by itself proves may be doubtful where the whole set is seen: SL203, where 255 is void elsewhere."""
    if plan.alone or not holds_void(dataset, plan.order.contract):
        return

    def weaker(finding: Finding) -> Finding | None:
        if finding.severity != "error":
            return finding
        message = f"{finding.message} (a guess: other labels of the set hold it beside two classes)"
        return plan.policy.apply(copied(finding, severity="warning", certainty="likely", message=message))

    found.revise("SL203", weaker)


def _filter(plan: Plan) -> Callable[[Finding], Finding | None]:
    """What a finding becomes: another severity, or nothing where its path or the baseline excuses it."""

    def let(finding: Finding) -> Finding | None:
        kept = plan.policy.apply(finding)
        if kept is None or (plan.baseline is not None and plan.baseline.take(kept)):
            return None
        if plan.recording is not None:
            note(plan.recording, kept, plan.root)
        return kept

    return let


def _part(items: tuple[T, ...], survey: Survey, plan: Plan) -> tuple[T, ...]:
    """What of a survey belongs to the shard."""
    if plan.shard is None:
        return items
    from segloss_cli.scan.shards import part_of

    return part_of(items, survey.root, plan.shard)


def _depth(entry: Entry) -> Depth:
    """How deep a rule makes every sample be looked at."""
    return entry.depth if entry.about in {"label", "scene", "dataset", "terms"} else "values"

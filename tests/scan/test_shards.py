import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli.cli import run
from segloss_cli.errors import UsageError
from segloss_cli.render import jsonl
from segloss_cli.rules import codes
from segloss_cli.scan import baseline as baselines
from segloss_cli.scan import merge as merging
from segloss_cli.scan._recall import recalled
from segloss_cli.scan.cache import Cache
from segloss_cli.scan.check import Plan, check, order_for
from segloss_cli.scan.listing import survey
from segloss_cli.scan.merge import merge
from segloss_cli.scan.policy import Policy
from segloss_cli.scan.shards import mark_of, part_of, shard_of
from segloss_cli.types import Contract, Orphan, Sample

CONTRACT = Contract(num_classes=4, ignore=frozenset({255}), declared=frozenset({"num_classes", "ignore"}))
ASKED = {"severity": {}, "per_path_ignores": {}, "folder": ".", "baseline": "", "within": None}


@given(st.text(st.characters(exclude_characters="\0", codec=None), min_size=1), st.integers(1, 64))
def test_every_path_is_in_one_shard(path, count):
    assert 1 <= shard_of(path, "data", count) <= count


def test_the_place_of_the_data_set_does_not_matter():
    for name in ("a.png", "x/b.png", "\udcff.png", "ü.png"):
        found = {
            shard_of(os.path.join(root, *name.split("/")), root, 97)
            for root in ("data", "/mnt/x", os.path.join(os.sep, "a", "b"), os.path.join("data", ""))
        }
        assert len(found) == 1
    assert shard_of("other/a.png", "data", 97) == shard_of(os.path.join("data", "..", "other", "a.png"), "data", 97)


def test_known_shards():
    # shards that were written by one version are merged with those of another machine: this may not change
    assert [shard_of(f"d/{i}.png", "d", 4) for i in range(8)] == [3, 3, 1, 2, 2, 3, 4, 3]


def test_shards_are_of_about_the_same_size():
    samples = [Sample(label=f"d/train/{i:06d}.png") for i in range(8000)]
    sizes = [len(part_of(samples, "d", (i, 8))) for i in range(1, 9)]
    assert sum(sizes) == 8000
    assert min(sizes) > 900


def test_parts_keep_the_order_and_orphans_have_one_too():
    items = [Orphan(f"d/{i}.png", "label", "no-image", "") for i in range(50)]
    parts = [part_of(items, "d", (i, 3)) for i in (1, 2, 3)]
    assert sorted((one for part in parts for one in part), key=items.index) == items
    assert all([*part] == sorted(part, key=items.index) for part in parts)


def test_marks_tell_lists_of_files_apart():
    one = [Sample("d/a.png"), Sample("d/b.png")]
    assert mark_of(one, "d") == mark_of([Sample("/x/a.png"), Sample("/x/b.png")], "/x")
    assert len({mark_of(some, "d") for some in (one, one[:1], [Sample("d/ab.png")], one[::-1])}) == 4


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two splits of labels and images, with everything wrong that shards see only together."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for split, number in (("train", 14), ("val", 7)):
        for kind in ("labels", "images"):
            os.makedirs(f"data/{kind}/{split}")
        for i in range(number):
            ids = rng.integers(0, 4, (24, 24)).astype(np.uint8)
            if i == 3:
                ids[:4] = 9  # no class
            if i == 5:
                ids = np.random.default_rng(5).integers(0, 3, (24, 24)).astype(np.uint8)  # the same in both splits
            Image.fromarray(ids).save(f"data/labels/{split}/{i}.png")
            if i != 6:  # one without an image
                Image.fromarray(rng.integers(0, 255, (24, 24, 3)).astype(np.uint8)).save(f"data/images/{split}/{i}.png")
    with open("data/labels/train/2.png", "r+b") as file:
        file.truncate(60)
    return "data"


def plan_for(found, **facts):
    order = order_for(CONTRACT, codes(), digests=True)
    return Plan(**{"order": order, "policy": Policy(), "asked": ASKED, **facts})


def parts(folder, count, tmp_path, **facts):
    """The reports of all parts, once through a file."""
    found = survey([folder])
    reports = []
    for number in range(1, count + 1):
        report = check(found, plan_for(found, shard=(number, count), **facts))
        path = tmp_path / f"{number}.jsonl"
        path.write_text(jsonl.render(report))
        reports.append((str(path), jsonl.read(str(path))))
    return reports


def plain(report):
    """A report as it is shown, which does not tell tuples from lists."""
    return jsonl.render(report)


@pytest.mark.parametrize("count", [1, 2, 5, 40])
@pytest.mark.parametrize("limit", [0, 1, 1000])
def test_the_parts_together_are_the_whole(folder, tmp_path, count, limit):
    found = survey([folder])
    whole = check(found, plan_for(found, limit=limit, jobs=2 if count == 2 else None))
    merged = merge(parts(folder, count, tmp_path, limit=limit)[::-1])
    assert plain(merged) == plain(whole)
    assert {"SL107", "SL201", "SL607", "SL604"} <= set(whole.facts["totals"])


def test_policy_and_baseline_hold_for_what_only_the_whole_shows(folder, tmp_path):
    found = survey([folder])
    everything = check(found, plan_for(found))
    baselines.write("base.json", {"": {"SL607": 9}, **baselines.counts_of(everything.findings[:3])})
    asked = {**ASKED, "severity": {"SL604": "error"}, "per_path_ignores": {"val": ["SL2"]}, "baseline": "base.json"}
    policy = Policy(asked["severity"], asked["per_path_ignores"], ".")

    def facts():
        return {"asked": asked, "policy": policy, "baseline": baselines.load("base.json", ".", codes=codes())}

    whole = check(found, plan_for(found, **facts()))
    reports = []
    for number in (1, 2, 3):
        reports += parts_of_one(found, number, facts(), tmp_path)
    merged = merge(reports)
    assert plain(merged) == plain(whole)
    assert merged.facts["suppressed"] == whole.facts["suppressed"] == 3
    assert "SL408" in whole.facts["totals"]


def parts_of_one(found, number, facts, tmp_path):
    report = check(found, plan_for(found, shard=(number, 3), **facts))
    path = tmp_path / f"part{number}.jsonl"
    path.write_text(jsonl.render(report))
    return [(str(path), jsonl.read(str(path)))]


def test_a_missing_part_makes_it_incomplete(folder, tmp_path):
    reports = parts(folder, 3, tmp_path)
    merged = merge([reports[0], reports[2]])
    assert merged.complete
    assert merged.facts["unjudged"] == 1
    assert ("part 2/3", "its report is missing") in [(one.path, one.reason) for one in merged.skipped]
    assert "SL607" not in merged.facts["totals"]
    assert merged.facts["judged_whole"] is False


def test_a_part_that_was_interrupted_makes_it_incomplete(folder, tmp_path):
    reports = parts(folder, 2, tmp_path)
    cut = (reports[1][0], replace(reports[1][1], complete=False))
    merged = merge([reports[0], cut])
    assert ("part 2/2", "was interrupted") in [(one.path, one.reason) for one in merged.skipped]
    assert merged.facts["unjudged"] == 1


def test_nothing_to_merge():
    with pytest.raises(UsageError, match="nothing to merge"):
        merge([])


def test_the_same_part_twice(folder, tmp_path):
    reports = parts(folder, 2, tmp_path)
    with pytest.raises(UsageError, match="both are part 1/2"):
        merge([reports[0], reports[1], ("again", reports[0][1])])


def test_parts_of_another_number(folder, tmp_path):
    first, other = parts(folder, 2, tmp_path)[0], parts(folder, 3, tmp_path)[1]
    with pytest.raises(UsageError, match=r"is part 1/2, .* part 2/3: not of one run"):
        merge([first, other])


def test_no_part_at_all(folder):
    found = survey([folder])
    with pytest.raises(UsageError, match="is no report of a part"):
        merge([("x.jsonl", check(found, plan_for(found)))])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda r: replace(r, contract=Contract(num_classes=5)), "another contract"),
        (lambda r: replace(r, facts={**r.facts, "part": {**r.facts["part"], "files": "1-00"}}), "other files"),
        (lambda r: replace(r, facts={**r.facts, "part": {**r.facts["part"], "codes": []}}), "other files or settings"),
        (lambda r: replace(r, facts={**r.facts, "limit": 5}), "other limit"),
        (lambda r: replace(r, facts={**r.facts, "notes": ["x"]}), "other notes"),
    ],
)
def test_parts_of_different_runs(folder, tmp_path, change, what):
    reports = parts(folder, 2, tmp_path)
    with pytest.raises(UsageError, match=f"has {what}"):
        merge([reports[0], (reports[1][0], change(reports[1][1]))])


def test_parts_of_another_version(folder, tmp_path, monkeypatch):
    reports = parts(folder, 2, tmp_path)
    monkeypatch.setattr(merging, "__version__", "99")
    with pytest.raises(UsageError, match=r"was written by segloss .*, this is 99"):
        merge(reports)


def test_the_command(folder, capsys):
    flags = ["--num-classes", "4", "--ignore-index", "255", "--no-cache"]
    codes_ = [run(["check", folder, *flags, "--shard", f"{i}/2", "--output", f"jsonl={i}.jsonl"]) for i in (1, 2)]
    assert 1 in codes_
    capsys.readouterr()
    assert run(["check", folder, *flags, "--format", "json"]) == 1
    whole = capsys.readouterr().out
    assert run(["merge", "2.jsonl", "1.jsonl", "--format", "json"]) == 1
    assert capsys.readouterr().out == whole
    assert run(["merge", "1.jsonl", "2.jsonl", "--fail-on", "never"]) == 0
    assert run(["merge", "1.jsonl", "2.jsonl", "--fail-on", "never", "--max-warnings", "0"]) == 1
    assert run(["merge", "1.jsonl", "2.jsonl", "--exit-zero"]) == 0
    assert run(["merge", "1.jsonl", "--fail-on", "never"]) == 3
    capsys.readouterr()
    for wrong in (["no.jsonl"], ["data/labels/train/0.png"], ["1.jsonl", "1.jsonl"]):
        assert run(["merge", *wrong]) == 2
        assert capsys.readouterr().err.startswith("segloss: error: ")


def age(folder):
    for here, _, names in os.walk(folder):
        for name in names:
            os.utime(os.path.join(here, name), (1_700_000_000, 1_700_000_000))


def with_cache(found, tmp_path, **facts):
    plan = plan_for(found, **facts)
    return replace(plan, cache=Cache.of(found.root, plan.order, str(tmp_path / "cache")))


@pytest.mark.parametrize("shard", [None, (1, 2)])
def test_a_second_run_gives_the_very_same_report(folder, tmp_path, shard, monkeypatch):
    age(folder)
    os.remove("data/labels/train/2.png")
    found = survey([folder])
    first = check(found, with_cache(found, tmp_path, shard=shard))
    monkeypatch.setattr("segloss_cli.scan.parallel.outcomes", lambda *_, **__: pytest.fail("it was judged again"))
    second = check(found, with_cache(found, tmp_path, shard=shard))
    assert second == first
    assert second.dataset == first.dataset


def test_what_is_not_the_same_run_is_judged_from_the_samples(folder, tmp_path):
    age(folder)
    found = survey([folder])
    check(found, with_cache(found, tmp_path))
    samples = found.samples
    assert recalled(found, samples, with_cache(found, tmp_path)) is not None
    assert recalled(found, samples, with_cache(found, tmp_path, limit=3)) is None
    assert recalled(found, samples, with_cache(found, tmp_path, shard=(1, 2))) is None
    assert recalled(found, samples, with_cache(found, tmp_path, asked={**ASKED, "severity": {"SL2": "off"}})) is None
    assert recalled(found, samples, with_cache(found, tmp_path, recording={})) is None
    assert recalled(replace(found, orphans=()), samples, with_cache(found, tmp_path)) is None
    assert recalled(found, samples[1:], with_cache(found, tmp_path)) is None
    assert recalled(found, samples, plan_for(found)) is None


def test_a_text_that_is_no_report_is_passed_over(folder, tmp_path):
    age(folder)
    found = survey([folder])
    plan = with_cache(found, tmp_path)
    recalled(found, found.samples, plan)
    plan.cache.keep("[1, 2, 3]")
    assert recalled(found, found.samples, plan) is None


def test_what_could_not_be_judged_is_tried_again(folder, tmp_path):
    age(folder)
    found = survey([folder])
    gone = replace(found, samples=(*found.samples, Sample("data/labels/val/gone.png", split="val")))
    first = check(gone, with_cache(gone, tmp_path))
    assert first.facts["unjudged"] == 1
    assert recalled(gone, gone.samples, with_cache(gone, tmp_path)) is None

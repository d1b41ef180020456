import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.errors import UsageError
from segloss_cli.scan import baseline
from segloss_cli.scan._relative import relative
from segloss_cli.scan.baseline import Baseline, counts_of, load, write
from segloss_cli.types import Finding

COUNTS = {"masks/a.png": {"SL201": 2, "SL105": 1}, "masks/b.png": {"SL201": 1}, "": {"SL602": 1}}


def finding(path="masks/a.png", code="SL201", key=""):
    return Finding(code, "id-out-of-range", "error", "proof", path, "id 21", "map it", key=key)


def test_what_is_written_is_read_back(tmp_path):
    path = str(tmp_path / "b.json")
    write(path, COUNTS)
    assert baseline._read(path) == COUNTS


def test_the_file_is_sorted_ascii_and_keeps_the_set_apart(tmp_path):
    path = tmp_path / "b.json"
    write(str(path), {"z.png": {"SL3": 1}, "é\udcff.png": {"SL2": 1, "SL1": 4}, "": {"SL9": 1}})
    text = path.read_bytes()
    assert text.isascii()
    document = json.loads(text)
    assert list(document) == ["version", "findings", "set"]
    assert document["version"] == 1
    assert list(document["findings"]) == ["z.png", "é\udcff.png"]
    assert list(document["findings"]["é\udcff.png"]) == ["SL1", "SL2"]
    assert document["set"] == {"SL9": 1}


def test_writing_twice_gives_the_same_bytes_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "b.json"
    write(str(path), COUNTS)
    first = path.read_bytes()
    write(str(path), dict(reversed(COUNTS.items())))
    assert path.read_bytes() == first
    assert os.listdir(tmp_path) == ["b.json"]


def test_the_file_may_be_read_as_others_that_are_made(tmp_path):
    (tmp_path / "other").write_text("")
    write(str(tmp_path / "b.json"), COUNTS)
    assert (tmp_path / "b.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_input_is_never_written_over(tmp_path):
    label = tmp_path / "a.png"
    label.write_bytes(b"\x89PNG\r\n")
    with pytest.raises(UsageError, match="it is not written over"):
        write(str(label), COUNTS)
    assert label.read_bytes() == b"\x89PNG\r\n"


def test_a_link_is_replaced_and_not_followed(tmp_path):
    other, link = tmp_path / "other.json", tmp_path / "b.json"
    write(str(other), {})
    before = other.read_bytes()
    link.symlink_to(other)
    write(str(link), COUNTS)
    assert other.read_bytes() == before
    assert not link.is_symlink()


def test_a_folder_that_does_not_exist_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        write(str(tmp_path / "none" / "b.json"), COUNTS)


def test_what_fails_half_way_leaves_the_old_file_and_nothing_beside(tmp_path, monkeypatch):
    path = tmp_path / "b.json"
    write(str(path), COUNTS)
    before = path.read_bytes()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UsageError, match="No space left"):
        write(str(path), {})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["b.json"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("\udcff", "is not JSON"),
        ("[]", 'has no "version"'),
        ('{"version": 1}', 'has no "version" and "findings"'),
        ('{"version": 2, "findings": {}}', "is of version 2"),
        ('{"version": 1, "findings": []}', "no table by path"),
        ('{"version": 1, "findings": {"a.png": 3}}', "'a.png' is no count by code"),
        ('{"version": 1, "findings": {"a.png": {"SL201": "3"}}}', "'a.png' is no count by code"),
        ('{"version": 1, "findings": {"a.png": {"SL201": true}}}', "'a.png' is no count by code"),
        ('{"version": 1, "findings": {"a.png": {"SL201": 0}}}', "'a.png' is no count by code"),
        ('{"version": 1, "findings": {}, "set": 3}', "'the set' is no count by code"),
    ],
)
def test_a_damaged_baseline_is_one_line(tmp_path, text, says):
    path = tmp_path / "b.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError) as error:
        load(str(path))
    assert says in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_baseline_says_how_to_write_one(tmp_path):
    with pytest.raises(UsageError, match="--write-baseline"):
        load(str(tmp_path / "none.json"))


def test_as_many_are_excused_as_are_recorded():
    known = Baseline("b.json", COUNTS)
    findings = [finding(key=str(key)) for key in range(4)]
    assert [known.take(one) for one in findings] == [True, True, False, False]
    assert known.take(finding(code="SL105"))
    assert not known.take(finding(code="SL101"))
    assert not known.take(finding(path="masks/c.png"))
    assert known.take(finding(path="", code="SL602"))
    assert known.suppressed == 4


def test_paths_are_relative_to_the_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = Baseline("b.json", COUNTS, root="data")
    assert known.take(finding(path="data/masks/a.png"))
    assert known.take(finding(path=str(tmp_path / "data" / "masks" / "a.png")))
    assert not known.take(finding(path="masks/a.png"))


def test_paths_on_another_drive_stay_as_they_are(monkeypatch):
    def refuse(*_):
        raise ValueError("path is on mount 'D:'")

    monkeypatch.setattr(os.path, "relpath", refuse)
    assert relative("D:/elsewhere/a.png", "C:/") == "D:/elsewhere/a.png"


def test_what_is_left_over_is_a_finding_at_the_baseline():
    known = Baseline("b.json", COUNTS)
    for one in (finding(), finding(code="SL105"), finding(path="", code="SL602")):
        assert known.take(one)
    left = list(known.unused())
    assert [(one.code, one.name, one.severity, one.path) for one in left] == [
        ("SL408", "unused-baseline-entry", "warning", "b.json")
    ] * 2
    assert left[0].message == "2 of SL201 recorded for masks/a.png, 1 found"
    assert left[1].message == "1 of SL201 recorded for masks/b.png, none found"
    assert "--prune-baseline" in left[0].remedy
    assert left[0].key != left[1].key
    assert left[0].evidence == {"path": "masks/a.png", "code": "SL201", "recorded": 2, "found": 1}


def test_nothing_is_left_over_of_what_was_used_up():
    known = Baseline("b.json", {"a.png": {"SL201": 1}})
    assert known.take(finding(path="a.png"))
    assert list(known.unused()) == []


def test_a_finding_about_the_baseline_is_never_excused_or_recorded():
    known = Baseline("b.json", {"b.json": {"SL408": 5}})
    one = finding(path="b.json", code="SL408")
    assert not known.take(one)
    assert counts_of([one]) == {}


@pytest.mark.parametrize("code", ["SL201", "SL105"])
def test_entries_of_rules_that_are_not_asked_are_not_judged(code):
    known = Baseline("b.json", COUNTS, codes={code, "SL408"})
    assert {entry[1] for entry in known.entries_left()} == {code}


def test_without_its_own_rule_nothing_is_said():
    assert list(Baseline("b.json", COUNTS, codes={"SL201"}).unused()) == []


def test_entries_of_what_is_not_looked_at_are_not_judged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    counts = {"masks/a.png": {"SL201": 1}, "masks2/a.png": {"SL201": 1}, "b.png": {"SL201": 1}}

    def left(*within):
        return [entry[0] for entry in Baseline("b.json", counts, root="data", within=within).entries_left()]

    assert left("data/masks") == ["masks/a.png"]
    assert left("data/b.png") == ["b.png"]
    assert left("data") == left(".") == left("/") == sorted(counts)
    assert left() == []


def test_pruning_keeps_what_is_found_and_what_was_not_judged():
    known = Baseline("b.json", COUNTS, codes={"SL201"})
    known.take(finding())
    assert known.pruned() == {"masks/a.png": {"SL201": 1, "SL105": 1}, "": {"SL602": 1}}


def test_pruning_what_is_all_used_changes_nothing(tmp_path):
    findings = [finding(), finding(), finding(code="SL105"), finding(path="masks/b.png"), finding("", "SL602")]
    path = str(tmp_path / "b.json")
    write(path, counts_of(findings))
    known = load(path)
    assert all(known.take(one) for one in findings)
    assert known.pruned() == counts_of(findings)
    assert list(known.unused()) == []


CODES = st.sampled_from(["SL201", "SL105"])
PATHS = st.sampled_from(["a.png", "b/c.png", ""])
FINDINGS = st.lists(st.builds(finding, PATHS, CODES), max_size=12)


@given(FINDINGS, FINDINGS, st.integers(1, 3))
def test_shards_added_up_are_one_run(recorded, found, parts):
    """Each path belongs to one shard; what each used up adds up to what one run uses up."""
    counts = counts_of(recorded)
    found = sorted(found, key=lambda one: (one.path, one.code))
    whole = Baseline("b.json", counts)
    kept = [one for one in found if not whole.take(one)]
    merged, kept_by_shards = Baseline("b.json", counts), []
    for part in range(parts):
        shard = Baseline("b.json", counts)
        kept_by_shards += [one for one in found if len(one.path) % parts == part and not shard.take(one)]
        merged.add(json.loads(json.dumps(shard.used())))
    assert sorted(kept_by_shards, key=lambda one: (one.path, one.code)) == kept
    assert merged.used() == whole.used()
    assert merged.suppressed == whole.suppressed
    assert list(merged.unused()) == list(whole.unused())
    assert merged.pruned() == whole.pruned()


@given(FINDINGS)
def test_what_was_written_down_is_excused_once(findings):
    known = Baseline("b.json", counts_of(findings))
    assert all(known.take(one) for one in findings)
    assert not any(known.take(replace(one, key="more")) for one in findings)

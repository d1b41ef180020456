"""Label files of every kind: broken ones have one finding, odd ones are read, and none stops the others."""

import os

import numpy as np
import pytest
from segloss_test_hostile_built import SIGNATURE, Kind, build_png, flipped
from segloss_test_hostile_kinds_arrays import BROKEN, CANARY, ODD
from segloss_test_hostile_kinds_encodings import ENCODINGS
from segloss_test_hostile_kinds_images import DAMAGED, SMALL, UNTRUE, indexed
from segloss_test_hostile_runs import (
    NEIGHBOURS,
    assert_broken,
    assert_clean,
    assert_neighbours,
    assert_read,
    called,
    checked,
    codes,
    inspected,
    laid_out,
    own,
    spawned,
    verdict_of,
)

from segloss_cli._plugins import names as items

GROUPS = {"images": DAMAGED, "arrays": BROKEN, "untrue": UNTRUE, "encodings": ENCODINGS, "odd arrays": ODD}
WAYS = {"check": checked, "inspect": inspected}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with all files of a group, each made once."""
    made = {}

    def folder(group):
        if group not in made:
            made[group] = laid_out(tmp_path_factory.mktemp("labels") / "labels", GROUPS[group])
        return made[group]

    return folder


@pytest.fixture(scope="module", params=WAYS)
def verdict(request, folder):
    """What a command says of all files of a group, asked once."""
    known = {}

    def verdict(group):
        if group not in known:
            known[group] = WAYS[request.param](folder(group), cwd=folder(group).parent)
        return known[group]

    return verdict


def each(*groups):
    cases = [(group, name, kind) for group in groups for name, kind in GROUPS[group].items()]
    return pytest.mark.parametrize(("group", "name", "kind"), cases, ids=[name for _, name, _ in cases])


@each("images", "arrays")
def test_a_broken_file_has_one_finding(verdict, group, name, kind):
    assert_broken(verdict(group), name, kind.says)


@each("untrue", "encodings", "odd arrays")
def test_an_odd_file_is_read(verdict, group, name, kind):
    assert_read(verdict(group), name, kind.codes, kind.says)


@pytest.mark.parametrize("group", GROUPS)
def test_the_others_are_judged_and_counted(verdict, group):
    found = verdict(group)
    assert_neighbours(found)
    assert found.document["summary"]["files"] == len(GROUPS[group]) + len(NEIGHBOURS)
    assert found.document["summary"]["skipped"] == (len(GROUPS[group]) if group in {"images", "arrays"} else 0)


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_ran_and_nothing_was_written(verdict, folder, group):
    verdict(group)
    place = folder(group)
    assert sorted(os.listdir(place)) == sorted([*GROUPS[group], *NEIGHBOURS])
    assert os.listdir(place.parent) == ["labels"]
    assert not os.path.exists(CANARY)


def test_a_process_says_nothing_but_its_report(tmp_path):
    """Decoders in C write to the standard error by themselves, Pillow logs and warns, workers have streams of their own."""
    every = {name: kind for group in GROUPS.values() for name, kind in group.items()}
    laid_out(tmp_path / "labels", every)
    flags = ("--no-cache", "--no-config", "--num-classes", "5", "--format", "json", "--jobs", "2")
    found = verdict_of(spawned("check", "--labels", "labels", *flags, cwd=tmp_path))
    assert_neighbours(found)
    broken = {*DAMAGED, *BROKEN}
    assert set(found.skipped) == broken
    assert {name for name in broken if [one["code"] for one in own(found.findings[name])] == ["SL107"]} == broken
    assert os.listdir(tmp_path) == ["labels"]


def test_reasons_are_clean_in_every_form(folder, tmp_path):
    """Headers and texts inside files end up in reasons: control codes must not."""
    forms = items("segloss_cli.render")
    outputs = [flag for form in forms for flag in ("--output", f"{form}={tmp_path / form}")]
    done = called("check", "--labels", folder("arrays"), "--no-cache", "--no-config", *outputs)
    assert (done.code, done.err) == (1, "")
    for form in forms:
        assert_clean((tmp_path / form).read_text("utf-8"))


def _flips(data):
    places = range(len(SIGNATURE), len(data))
    return {f"{place:05d}_{place % 8}.png": Kind(lambda p=place: flipped(data, p, p % 8)) for place in places}


def test_no_flipped_bit_goes_unnoticed(tmp_path):
    """One bit in every byte behind the signature; Pillow alone loads many of these, some with other ids."""
    data = indexed(values=SMALL[:16, :24])
    kinds = _flips(data)
    found = checked(laid_out(tmp_path / "labels", kinds), "--max-findings", "0")
    silent = [name for name in kinds if not codes(found.findings.get(name, [])) & {"SL107", "SL110"}]
    assert silent == []
    assert len(kinds) == len(data) - len(SIGNATURE) > 150
    assert_neighbours(found)


def test_colours_of_16_bits_are_shown_whole(tmp_path):
    """Three numbers of a common length, as the schema of JSON wants them; no swatch, which would need 8 bits."""
    bands = np.stack([SMALL.astype(np.uint16) * 257, SMALL, SMALL * 2], -1, dtype=np.uint16, casting="unsafe")
    (tmp_path / "a.png").write_bytes(build_png(bands, depth=16, colour=2))
    assert "#040400040008" in called("inspect", tmp_path).out
    (file,) = inspected(tmp_path).document["files"]
    assert file["colours"]["#040400040008"] > 0

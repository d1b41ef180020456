"""Folders that hold more than files: nothing blocks, nothing is walked twice, and the rest is judged."""

import os

import pytest
from segloss_test_hostile_built import healthy
from segloss_test_hostile_kinds_trees import GONE, ODD, PASSED, PASSED_IN, below, link, locked, locked_folder
from segloss_test_hostile_runs import (
    CONTRACT,
    NEIGHBOURS,
    PLAIN,
    assert_broken,
    assert_clean,
    assert_neighbours,
    called,
    codes,
    faulty,
    laid_out,
    spawned,
    unprivileged,
    verdict_of,
)

COMMANDS = {
    "check": ("check", "--labels", "labels", *PLAIN, *CONTRACT, "--format", "json"),
    "check by itself": ("check", ".", *PLAIN, "--format", "json"),
    "headers": ("check", ".", *PLAIN, *CONTRACT, "--select", "SL101,SL107,SL112,SL113", "--format", "json"),
    "inspect": ("inspect", "labels", *CONTRACT, "--format", "json"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    laid_out(folder / "labels", {})
    for name, (make, _) in {**ODD, **GONE}.items():
        make(folder / "labels" / name)
    return folder


@pytest.fixture(scope="module", params=COMMANDS)
def verdict(request, tree):
    """In a process of its own: opening a pipe would block for ever."""
    return request.param, verdict_of(spawned(*COMMANDS[request.param], cwd=tree))


@pytest.mark.parametrize(("name", "says"), [(name, says) for name, (_, says) in ODD.items()], ids=ODD)
def test_what_is_no_file_has_one_finding(verdict, name, says):
    assert_broken(verdict[1], name, says)


@pytest.mark.parametrize(("name", "says"), [(name, says) for name, (_, says) in GONE.items()], ids=GONE)
def test_what_the_system_refuses_is_skipped(verdict, name, says):
    assert name not in verdict[1].findings
    (reason,) = verdict[1].skipped[name]
    assert says in reason
    assert_clean(reason, lines=1)


def test_the_others_are_judged(verdict):
    command, found = verdict
    if command == "headers":
        assert found.code == 1
    else:
        assert "SL201" in codes(found.findings[NEIGHBOURS[0]]) or command == "check by itself"
    assert found.document["summary"]["files"] >= len(ODD) + len(GONE) + len(NEIGHBOURS)


def test_refusals_alone_make_it_incomplete(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "fine.png").write_bytes(healthy())
    link("no/such.png")(tmp_path / "labels" / "gone.png")
    for command in COMMANDS.values():
        assert called(*command, cwd=tmp_path).code == 3
    assert called(*COMMANDS["check"], "--exit-zero", cwd=tmp_path).code == 3


def test_images_and_predictions_can_be_pipes(tmp_path):
    for part, name in (("images", "a.png"), ("images", "b.jpg"), ("predictions", "b.npy")):
        (tmp_path / part).mkdir(exist_ok=True)
        os.mkfifo(tmp_path / part / name)
    (tmp_path / "labels").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "labels" / name).write_bytes(faulty())
    found = verdict_of(spawned("check", ".", *PLAIN, *CONTRACT, "--format", "json", cwd=tmp_path))
    said = [one["message"] for one in found.document["findings"] if one["code"] == "SL107"]
    assert len(said) == 3
    assert all("FIFO" in message for message in said)
    assert sum(one["code"] == "SL201" for one in found.document["findings"]) == 2


def test_links_to_folders_are_walked_once(tmp_path):
    """A folder that links to itself, to the one above and to another one: each file is judged once."""
    inner = laid_out(tmp_path / "labels" / "inner", {})
    for name, target in (("here", "."), ("above", ".."), ("root", tmp_path), ("again", tmp_path / "labels" / "inner")):
        (inner / name).symlink_to(target)
    elsewhere = tmp_path.parent / f"{tmp_path.name}_elsewhere"
    laid_out(elsewhere, {})
    (inner / "elsewhere").symlink_to(elsewhere)
    found = verdict_of(spawned(*COMMANDS["check"], cwd=tmp_path))
    assert_neighbours(found)
    assert found.document["summary"]["files"] == 2 * len(NEIGHBOURS)


def test_hard_links_are_files_like_any_other(tmp_path):
    folder = laid_out(tmp_path / "labels", {})
    os.link(folder / NEIGHBOURS[0], folder / "same.png")
    assert "SL201" in codes(verdict_of(called(*COMMANDS["check"], cwd=tmp_path)).findings["same.png"])


def test_a_folder_named_as_a_picture_is_a_folder(tmp_path):
    laid_out(tmp_path / "labels" / "dir.png", {})
    for command in ("check", "inspect"):
        found = verdict_of(called(*COMMANDS[command], cwd=tmp_path))
        assert_neighbours(found)
        assert found.document["summary"]["files"] == len(NEIGHBOURS)


def test_what_systems_leave_behind_is_passed_over(tmp_path):
    folder = laid_out(tmp_path / "labels", {})
    for name in PASSED:
        (folder / name).write_bytes(b"\0\5\x16\7")
    for name in PASSED_IN:
        (folder / name).mkdir()
        (folder / name / "junk.png").write_bytes(b"junk")
    found = verdict_of(called(*COMMANDS["check"], cwd=tmp_path))
    assert_neighbours(found)
    assert found.document["summary"]["files"] == len(NEIGHBOURS)


def test_folders_a_hundred_and_twenty_deep(tmp_path):
    deep = tmp_path.joinpath("labels", *["d"] * 120)
    laid_out(deep, {})
    for command in ("check", "inspect"):
        assert_neighbours(verdict_of(called(*COMMANDS[command], cwd=tmp_path)))


def test_a_path_longer_than_the_system_takes(tmp_path):
    """Such a folder cannot be listed by its path: it is named as skipped, and the rest is judged."""
    folder = laid_out(tmp_path / "labels", {})
    below(folder, 80)
    found = verdict_of(called(*COMMANDS["check"], cwd=tmp_path))
    assert_neighbours(found)
    assert any("cannot be listed" in reason for reasons in found.skipped.values() for reason in reasons)


def test_nothing_to_check_is_no_pass(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "notes.txt").write_text("x")
    for command in COMMANDS.values():
        done = called(*command, cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert_clean(done.err, lines=1)


class TestWhatNobodyMayRead:
    @pytest.fixture
    def tree(self, tmp_path):
        folder = laid_out(tmp_path / "labels", {})
        locked(folder / "locked.png")
        locked_folder(folder / "locked")
        yield tmp_path
        (folder / "locked").chmod(0o700)

    @pytest.mark.parametrize("command", ["check", "check by itself", "inspect"])
    def test_it_is_skipped_and_the_rest_is_judged(self, tree, command):
        found = verdict_of(spawned(*COMMANDS[command], cwd=tree, prefix=unprivileged()))
        assert "permission denied" in found.skipped["locked.png"][0]
        assert "locked.png" not in found.findings
        assert command == "inspect" or "cannot be listed" in found.skipped["locked"][0]
        assert command == "check by itself" or found.code == 1

    def test_alone_it_makes_the_report_incomplete(self, tree):
        for name in NEIGHBOURS:
            (tree / "labels" / name).unlink()
        for command in ("check", "inspect"):
            found = verdict_of(spawned(*COMMANDS[command], cwd=tree, prefix=unprivileged()))
            assert found.code == 3
            assert found.findings == {}

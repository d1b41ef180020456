"""Odd names and odd trees: nothing hangs, nothing is lost, nothing is opened that could block."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segloss_cli.errors import UsageError
from segloss_cli.scan.listing import survey
from segloss_cli.types import Sample

posix = pytest.mark.skipif(os.name != "posix", reason="such files are a matter of POSIX")

NAMES = [
    "caf\u00e9.png",
    "cafe\u0301.png",
    "\U0001f600.png",
    "[red]markup[red].png",
    "[bold.png",
    "[link=https:x].png",
    "new\nline.png",
    "tab\t.png",
    "cr\r.png",
    "\x1b[31mred.png",
    "\x1b]0;title\x07.png",
    "-rf.png",
    "--help.png",
    "with  spaces .png",
    "%s%n.png",
    "{0}.png",
    "'\"$(x)`y`.png",
    ";&|.png",
    "back\\slash.png",
    "*?.png",
    "\u202egnp.png",
    "zero\u200bwidth.png",
    "x" * 251 + ".png",
    ":smile:.png",
    "=1+1.png",
    "#430.png",
    "UPPER.PNG",
    "NOEXT",
    "_.png",
    "_mask.png",
    "mask.png",
    "a.b.c.png",
    " .png",
    "\udcff\udcfe.png",
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "x"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def labels(it):
    return [sample.label for sample in it.samples]


@posix
@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_listed_and_paired(here, name):
    stem = os.path.splitext(name)[0]
    os.makedirs("images")
    os.makedirs("masks")
    for path in (f"images/{stem}.jpg", f"masks/{name}"):
        with open(path, "wb"):
            pass
    it = survey(["."])
    assert it.samples == (Sample(label=f"masks/{name}", image=f"images/{stem}.jpg"),)
    assert it.orphans == ()
    assert all(note.isprintable() for note in it.notes)


@posix
def test_names_of_folders_are_no_lines_and_no_markup_in_notes(here):
    for folder in ("a\nb", "\x1b[31m", "[red]"):
        write(here / folder / "labels" / "x.png")
    it = survey(["."])
    assert len(it.samples) == 3
    assert all(note.isprintable() for note in it.notes)


@posix
def test_odd_names_in_lists_and_globs(here):
    for name in NAMES:
        write(here / "masks" / name)
    names = sorted(os.listdir("masks"))
    with open("list", "wb") as file:
        file.write(b"\0".join(os.fsencode(os.path.join("masks", name)) for name in names))
    assert labels(survey([], file_list="list")) == [os.path.join("masks", name) for name in names]
    assert sorted(labels(survey(["masks/*"]))) == [os.path.join("masks", name) for name in names]
    assert sorted(labels(survey([os.path.join("masks", name) for name in names]))) == sorted(
        os.path.join("masks", name) for name in names
    )


@posix
def test_links(here):
    write(here / "set/masks/a.png")
    write(here / "elsewhere/images/a.jpg")
    os.symlink("../elsewhere/images", "set/images")
    os.symlink("..", "set/masks/up")
    os.symlink("loop", "set/loop")
    os.symlink("gone.png", "set/masks/broken.png")
    os.symlink("self.png", "set/masks/self.png")
    os.symlink("a.png", "set/masks/z.png")
    os.symlink("/dev/zero", "set/masks/zero.png")
    os.link("set/masks/a.png", "set/masks/hard.png")
    it = survey(["set"])
    assert labels(it) == [f"set/masks/{name}.png" for name in ("a", "broken", "hard", "self", "z", "zero")]
    assert it.samples[0].image == "set/images/a.jpg"
    assert [(o.path, o.kind) for o in it.orphans if o.kind != "no-image"] == [("set/loop", "stray")]


@posix
def test_a_real_folder_is_walked_rather_than_a_link_to_it(here):
    write(here / "masks/a.png")
    write(here / "images/a.jpg")
    os.symlink("masks", "a_link")
    os.symlink("images", "labels")
    it = survey(["."])
    assert it.samples == (Sample(label="masks/a.png", image="images/a.jpg"),)
    assert labels(survey(["a_link"])) == ["a_link/a.png"]
    assert labels(survey(["a_link", "masks"])) == ["a_link/a.png"]


@posix
def test_what_is_no_regular_file_is_listed_and_not_opened(here):
    """Opening a FIFO would block for ever: the run is in another process, so that a hang is a failure."""
    os.makedirs("x/masks")
    os.mkfifo("x/masks/pipe.png")
    os.mkfifo("x/a.npy")
    write(here / "x/b.npy")
    server = socket.socket(socket.AF_UNIX)
    server.bind("x/masks/socket.png")
    server.close()
    code = "from segloss_cli.scan.listing import survey; print([s.path for s in survey(['x']).samples])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "['x/a.npy', 'x/b.npy', 'x/masks/pipe.png', 'x/masks/socket.png']\n"


@posix
def test_an_array_that_is_no_file_is_a_label(here):
    server = socket.socket(socket.AF_UNIX)
    server.bind("a.npy")
    server.close()
    assert labels(survey(["."])) == ["a.npy"]


def test_folders_that_are_called_like_files(here):
    write(here / "dir.png" / "a.png")
    write(here / "masks.npy" / "b.png")
    assert labels(survey(["."])) == [os.path.join("dir.png", "a.png"), os.path.join("masks.npy", "b.png")]
    assert labels(survey(["dir.png"])) == [os.path.join("dir.png", "a.png")]


@posix
def test_folders_that_may_not_be_listed_are_named(here, monkeypatch):
    for folder in ("open", "shut"):
        write(here / folder / "a.png")
    real = os.scandir

    def scandir(path):
        if "shut" in path:
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    it = survey(["."])
    assert labels(it) == ["open/a.png"]
    assert [(skipped.path, skipped.reason) for skipped in it.refused] == [
        ("shut", "cannot be listed: Permission denied")
    ]
    alone = survey(["shut"])
    assert (alone.samples, len(alone.refused)) == ((), 1)


@posix
def test_a_folder_that_vanishes(here, monkeypatch):
    write(here / "gone" / "a.png")
    write(here / "b.png")
    real = os.stat

    def status(path, *rest, **more):
        if path == "gone/":
            raise FileNotFoundError(2, "No such file or directory", path)
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "stat", status)
    assert labels(survey(["."])) == ["b.png", "gone/a.png"]


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_folders_without_permission(here):
    write(here / "a.png")
    write(here / "shut" / "b.png")
    os.chmod("shut", 0)
    try:
        assert len(survey(["."]).refused) == 1
    finally:
        os.chmod("shut", stat.S_IRWXU)


def test_what_systems_and_tools_leave_behind(here):
    for name in (
        "masks/a.png",
        "masks/._a.png",
        "masks/.DS_Store",
        "masks/Thumbs.db",
        "masks/desktop.ini",
        "masks/a.png~",
        "masks/a.png.part",
        "masks/README",
        "masks/LICENSE",
        "masks/notes.TXT",
        "masks/model.pth",
        "masks/clip.mp4",
        "__MACOSX/masks/a.png",
        ".git/objects/a.png",
        ".ipynb_checkpoints/a.png",
        "__pycache__/a.png",
        "node_modules/x/a.png",
        ".cache/a.png",
    ):
        write(here / name)
    it = survey(["."])
    assert labels(it) == [os.path.join("masks", "a.png")]
    assert dict(it.passed) == {
        "hidden": 2,
        "files of the system and of editors": 2,
        "text and code": 4,
        "archives, models, videos and documents": 3,
    }


def test_a_hidden_folder_that_is_named_is_meant(here):
    write(here / ".data" / "masks" / "a.png")
    assert labels(survey([".data"])) == [os.path.join(".data", "masks", "a.png")]
    with pytest.raises(UsageError, match="nothing to check"):
        survey(["."])


@posix
def test_very_deep_folders(here):
    deep = os.path.join(*["d" * 30] * 100)
    folder = os.open(".", os.O_RDONLY)
    for _ in range(150):
        os.mkdir("d" * 30, dir_fd=folder)
        inner = os.open("d" * 30, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    write(here / deep / "a.png")
    it = survey(["."])
    assert labels(it) == [os.path.join(deep, "a.png")]
    assert [skipped.reason for skipped in it.refused] == ["cannot be listed: File name too long"]


@posix
def test_an_array_that_may_not_be_read_is_a_label(here, monkeypatch):
    np.save("a.npy", np.zeros((2, 2, 2), np.float32))
    monkeypatch.setattr("builtins.open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
    assert labels(survey(["."])) == ["a.npy"]


PARTS = st.sampled_from(
    ["images", "masks", "train", "val", "a", "b", "x_mask", "SegmentationClass", "preds", "depth", "img-1", "rgb", "gt"]
)
ENDS = st.sampled_from([".png", ".jpg", ".npy", "_mask.png", "_gt.tif", "_leftImg8bit.png", "_color.png", "", ".txt"])
PATHS = st.lists(st.tuples(st.lists(PARTS, max_size=3), PARTS, ENDS), min_size=1, max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(paths=PATHS)
def test_every_file_is_a_sample_a_partner_an_orphan_or_passed_over(tmp_path_factory, paths):
    root = tmp_path_factory.mktemp("x")
    for folders, stem, end in paths:
        path = (
            root.joinpath(*(f + "_" for f in folders), stem + end) if not end else root.joinpath(*folders, stem + end)
        )
        if not path.exists() and not any(parent.is_file() for parent in path.parents):
            write(path)
    files = {os.path.join(here, name) for here, _, names in os.walk(root) for name in names}
    it = survey([str(root)], allow_empty=True)
    paths_of = [p for s in it.samples for p in (s.label, s.image, s.prediction) if p]
    lost = {orphan.path for orphan in it.orphans}
    assert set(paths_of) | lost <= files
    assert len({sample.path for sample in it.samples}) == len(it.samples)
    assert len(set(paths_of) | lost) + sum(it.passed.values()) >= len(files)
    key = [sample.path.split(os.sep) for sample in it.samples]
    assert key == sorted(key)
    assert survey([str(root)], allow_empty=True) == it

"""Damaged images beside healthy labels: the label is judged, the image has at most one finding of its own."""

import pytest
from segloss_test_hostile_kinds_images import DAMAGED, UNTRUE
from segloss_test_hostile_runs import CONTRACT, PLAIN, called, faulty, own, verdict_of

ARRAYS = {"array.png", "arrays.png"}
NAMES = {name: kind for name, kind in {**DAMAGED, **UNTRUE}.items() if not name.endswith((".npy", ".npz"))}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    for part in ("images", "labels"):
        (folder / part).mkdir()
    for name, kind in NAMES.items():
        stem = name.replace(".", "_")
        suffix = name.rpartition(".")[2] if "." in name else "png"
        (folder / "images" / f"{stem}.{suffix}").write_bytes(kind.make())
        (folder / "labels" / f"{stem}.png").write_bytes(faulty())
    flags = ("--images", "images", "--labels", "labels", *PLAIN, *CONTRACT, "--format", "json")
    return verdict_of(called("check", *flags, cwd=folder))


@pytest.mark.parametrize("name", NAMES)
def test_the_label_is_judged_whatever_its_image_is(verdict, name):
    stem = name.replace(".", "_")
    found = verdict.document["findings"]
    assert any(one["code"] == "SL201" and one["path"] == f"labels/{stem}.png" for one in found)
    images = [one for one in own(found) if one["path"].startswith(f"images/{stem}.")]
    assert [one["code"] for one in images].count("SL107") <= 1


def test_an_image_that_is_none_is_found(verdict):
    unread = {one["path"] for one in verdict.document["findings"] if one["code"] == "SL107"}
    assert {"images/empty_png.png", "images/lfs_png.png", "images/404_png.png"} <= unread
    assert not any(path.startswith("labels/") for path in unread)


def test_the_files_are_counted(verdict):
    assert verdict.code == 1
    assert verdict.document["dataset"]["files"]["label"] == len(NAMES)
    assert verdict.document["summary"]["files"] >= 2 * len(NAMES) - len(ARRAYS)

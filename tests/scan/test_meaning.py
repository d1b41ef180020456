"""How it is known what the labels are meant to be, and how many files are opened to find out."""

import json
import os
import signal
import time
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segloss_cli.errors import UsageError
from segloss_cli.scan import meaning as module
from segloss_cli.scan._worker import WorkersError
from segloss_cli.scan.cache import Cache
from segloss_cli.scan.listing import survey
from segloss_cli.scan.meaning import FEW, LOOKED, MEMORY, glance, meaning, without
from segloss_cli.types import Contract, Sample

OLD = 1_700_000_000
ADE = [0, 1, 2, 150]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(path, ids=(0, 1, 2)):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.fromarray(np.repeat(np.asarray([ids], np.uint8), 4, 0)).save(path)
    os.utime(path, (OLD, OLD))


def ade(count=3, ids=ADE):
    """Labels by the names and ids of ADE20K, which are recognised."""
    for i in range(count):
        save(f"data/annotations/validation/ADE_val_{i:08}.png", ids)
    return survey(["data"])


def read(monkeypatch):
    """The labels that are read from now on."""
    seen, real = [], module.read_label
    monkeypatch.setattr(module, "read_label", lambda path: seen.append(path) or real(path))
    return seen


def test_a_preset_is_taken_at_its_word(monkeypatch):
    seen = read(monkeypatch)
    contract, notes = meaning(ade(), Contract(), "voc")
    assert (contract.num_classes, contract.ignore) == (21, {255})
    assert contract.says("num_classes")
    assert notes == ("contract: preset voc, PASCAL VOC",)
    assert seen == []


def test_what_was_said_wins_over_all():
    said = Contract(num_classes=7, ignore=frozenset({9}), declared=frozenset({"num_classes", "ignore"}))
    found = ade()
    for preset in ("voc", ""):
        contract, _ = meaning(found, said, preset)
        assert (contract.num_classes, contract.ignore) == (7, {9})
    Path("data/class_names.txt").write_text("sky\nroad\n")
    assert meaning(found, said)[0].num_classes == 7


def test_a_preset_that_does_not_exist():
    with pytest.raises(UsageError, match="did you mean voc"):
        meaning(ade(), Contract(), "vok")


def test_a_file_of_the_data_set_declares(monkeypatch):
    found, seen = ade(), read(monkeypatch)
    labels = {"background": 0, "liver": 1, "tumour": 2}
    Path("data/dataset.json").write_text(json.dumps({"labels": labels, "channel_names": {"0": "CT"}}))
    contract, notes = meaning(found, Contract())
    assert (contract.num_classes, contract.names) == (3, tuple(labels))
    assert contract.says("num_classes")
    assert notes[0] == f"contract: {os.path.join('data', 'dataset.json')}"
    assert seen == []


def test_a_damaged_file_is_told_and_the_labels_are_looked_at():
    found = ade()
    Path("data/class_names.txt").write_bytes(b"\xff\xfe\x00sky")
    contract, notes = meaning(found, Contract())
    assert "class_names.txt" in notes[0]
    assert "ADE20K" in notes[1]
    assert contract.num_classes == 150


def test_what_is_detected_is_inferred_and_declares_nothing():
    contract, notes = meaning(ade(), Contract())
    assert contract.num_classes == 150
    assert not contract.says("num_classes")
    assert len(notes) == 1
    assert notes[0].startswith("data set: ADE20K")
    assert notes[0].endswith("so it is taken for, --preset ade20k declares it")


def test_what_is_only_likely_is_told_and_not_assumed():
    for i in range(3):
        save(f"data/labels/{i}.png", [*range(19), 255])
    contract, notes = meaning(survey(["data"]), Contract())
    assert contract == Contract()
    assert len(notes) == 1
    assert "nothing is assumed" in notes[0]
    assert "taken for" not in notes[0]


def test_of_most_sets_nothing_is_known():
    save("data/labels/a.png")
    assert meaning(survey(["data"]), Contract()) == (Contract(), ())


@pytest.mark.parametrize(
    "said", [Contract(num_classes=3), Contract(palette=((0, 0, 0), (1, 1, 1)), coded=True)], ids=["classes", "palette"]
)
def test_where_it_was_said_no_label_is_opened(said, monkeypatch):
    seen = read(monkeypatch)
    assert meaning(ade(), said) == (said, ())
    assert seen == []


def test_no_label_is_opened_that_may_not_be_looked_at(monkeypatch):
    seen = read(monkeypatch)
    assert meaning(ade(), Contract(), look=False) == (Contract(), ())
    assert seen == []


@pytest.mark.parametrize("count", [1, LOOKED, LOOKED + 1, 100])
def test_a_few_labels_spread_over_all_are_opened(count, monkeypatch):
    found, seen, real = ade(count), [], module._glances

    def glances(looked, *, apart):
        assert apart is (count > FEW)
        seen.extend(sample.label for sample in looked)
        return real(looked, apart=apart)

    monkeypatch.setattr(module, "_glances", glances)
    assert meaning(found, Contract())[0].num_classes == 150
    paths = [sample.label for sample in found.samples]
    assert len(seen) == len(set(seen)) == min(count, LOOKED)
    assert [seen[0], seen[-1]] == [paths[0], paths[-1]]
    assert seen == sorted(seen)


def test_labels_that_cannot_be_read_are_passed_over(monkeypatch):
    ade(8)
    paths = [sample.label for sample in survey(["data"]).samples]
    Path(paths[0]).write_bytes(b"")
    os.remove(paths[1])
    real = module.profile_label
    monkeypatch.setattr(module, "profile_label", lambda mask: 1 / 0 if "0007" in mask.container.path else real(mask))
    assert meaning(survey(["data"]), Contract())[0].num_classes == 150


class TestApart:
    """Of many labels a few are looked at by a worker."""

    def test_who_kills_it_is_passed_over(self, monkeypatch):
        found, real = ade(FEW + 1), module.read_label

        def deadly(path):
            if path.endswith("00000.png"):
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path)

        monkeypatch.setattr(module, "read_label", deadly)
        assert meaning(found, Contract())[0].num_classes == 150

    def test_so_is_who_takes_for_ever(self, monkeypatch):
        found, real = ade(FEW + 1), module.read_label
        monkeypatch.setattr(module, "PATIENCE", 0.2)
        monkeypatch.setattr(
            module, "read_label", lambda path: time.sleep(60 * path.endswith("00000.png")) or real(path)
        )
        assert meaning(found, Contract())[0].num_classes == 150

    def test_where_none_can_be_started_they_are_looked_at_here(self, monkeypatch):
        def none(*_, **__):
            raise WorkersError("no worker can be started")

        monkeypatch.setattr("segloss_cli.scan.parallel.outcomes", none)
        seen = read(monkeypatch)
        assert meaning(ade(FEW + 1), Contract())[0].num_classes == 150
        assert len(seen) == LOOKED

    def test_what_is_looked_at_travels(self):
        label = ade().samples[0].label
        seen = glance(Sample(label), MEMORY)
        assert b"ADE_val" in bytes(ForkingPickler.dumps(seen))
        assert [*seen.profile.counts] == ADE


def test_no_array_is_opened(monkeypatch):
    seen = read(monkeypatch)
    os.makedirs("data/labels")
    np.save("data/labels/a.npy", np.zeros((4, 4), np.uint8))
    np.savez("data/labels/b.npz", np.zeros((4, 4), np.uint8))
    assert meaning(survey(["data"]), Contract()) == (Contract(), ())
    assert seen == []


def test_a_set_without_labels():
    save("data/images/a.png")
    assert meaning(survey(["data"]), Contract()) == (Contract(), ())


class TestMemory:
    def remembered(self, found):
        return meaning(found, Contract(), memory=Cache.of(found.root, MEMORY, "cache"))

    @pytest.mark.parametrize("ids", [ADE, [0, 1, 2]], ids=["recognised", "nothing"])
    def test_a_second_time_no_label_is_opened(self, ids, monkeypatch):
        found = ade(ids=ids)
        first, seen = self.remembered(found), read(monkeypatch)
        assert self.remembered(found) == first == meaning(found, Contract(), memory=None)
        assert len(seen) == 3  # without a memory

    def test_nothing_recognised_is_remembered_too(self, monkeypatch):
        save("data/labels/a.png")
        found = survey(["data"])
        assert self.remembered(found) == (Contract(), ())
        seen = read(monkeypatch)
        assert self.remembered(found) == (Contract(), ())
        assert seen == []

    def test_a_label_that_changed_is_opened_again(self, monkeypatch):
        found = ade()
        self.remembered(found)
        save(found.samples[0].label, [0, 200])
        os.utime(found.samples[0].label, (OLD, OLD + 1))
        seen = read(monkeypatch)
        self.remembered(found)
        assert len(seen) == 3

    def test_other_files_are_another_set(self, monkeypatch):
        self.remembered(ade())
        save("data/images/validation/ADE_val_00000000.png")
        seen = read(monkeypatch)
        self.remembered(survey(["data"]))
        assert len(seen) == 3

    def test_what_was_written_a_moment_ago_is_not_remembered(self, monkeypatch):
        found = ade()
        os.utime(found.samples[0].label)
        self.remembered(found)
        seen = read(monkeypatch)
        self.remembered(found)
        assert len(seen) == 3

    def test_it_lies_beside_what_is_known_of_samples(self):
        found = ade()
        memory = Cache.of(found.root, MEMORY, "cache")
        assert meaning(found, Contract(), memory=memory)[0].num_classes == 150
        other = memory.by(MEMORY)
        assert other.recall(found.samples[:1]) is None
        other.close()
        assert len(os.listdir("cache")) == 1


def test_rules_that_a_preset_leaves_no_room_for():
    assert without("") == without("voc") == frozenset()
    assert without("medical_binary") == {"SL208"}

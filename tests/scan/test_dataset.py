"""Many pairs: each by itself, all together, and what a broken one or an interruption leaves."""

from __future__ import annotations

import numpy as np
import pytest

from segloss_cli import check_pair
from segloss_cli.losses._knobs import find
from segloss_cli.scan.dataset import compute
from segloss_cli.scan.options import Wanted, requests_of
from segloss_cli.scan.pairing import pair_up
from segloss_cli.types import Contract, Skipped

VOID = Contract(ignore=frozenset({255}), declared=frozenset({"ignore"}))


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Pairs of logits and ids, as files of two folders."""
    monkeypatch.chdir(tmp_path)
    for folder in ("p", "l"):
        (tmp_path / folder).mkdir()

    def write(name, classes=3, size=(8, 9), change=None, seed=None):
        stream = np.random.default_rng(ord(name) if seed is None else seed)
        logits = stream.standard_normal((classes, *size))
        label = stream.integers(0, max(classes, 2), size).astype(np.uint8)
        if change:
            change(logits, label)
        np.save(f"p/{name}.npy", logits[0] if classes == 1 else logits)
        np.save(f"l/{name}.npy", label)
        return logits, label

    return write


def void(_, label):
    label[:3] = 255


def stray(_, label):
    label[0, :2] = 7


def run(contract=VOID, losses=(), like=(), **wanted):
    pairs = pair_up("p", "l")
    return compute(pairs.paths, contract, Wanted(requests=requests_of(losses, like), likes=like, **wanted), pairs.alone)


def whole(report, target="given"):
    """The data set's values."""
    return {value.loss: value for value in report.losses if value.pred == "" and value.target.startswith(target)}


def test_a_data_set_is_one_batch(write, tmp_path):
    drawn = [write(name, change=void) for name in "abc"]
    np.save("pred.npy", np.stack([logits for logits, _ in drawn]))
    np.save("gt.npy", np.stack([label for _, label in drawn]))
    batch = {v.loss: v for v in check_pair("pred.npy", "gt.npy", VOID).losses if v.status == "ok"}
    together = whole(run())
    assert set(together) == set(batch)
    for name, value in batch.items():
        if "ranked" in find(name).kinds:  # the mean of the pairs, see below
            continue
        assert together[name].value == pytest.approx(value.value, rel=1e-12), name
        assert together[name].pixels == value.pixels
        assert together[name].over == value.over


def test_what_ranks_pixels_is_the_mean_of_the_pairs(write):
    for name in "abc":
        write(name)
    report = run(losses=["ohem:n_min=3"])
    *each, together = report.losses
    assert together.value == pytest.approx(sum(value.value for value in each) / 3)
    assert together.over == "mean of 3 pairs"
    assert together.pixels == 3 * 72


def test_a_ratio_is_not_the_mean_of_ratios(write):
    write("a", change=lambda z, y: y.__setitem__(slice(None), 0))
    write("b", change=void)
    report = run(losses=["dice"])
    *each, together = report.losses
    assert abs(together.value - sum(value.value for value in each) / 2) > 1e-3


def test_pairs_of_different_sizes(write):
    drawn = [write("a", size=(8, 9)), write("b", size=(4, 30)), write("c", size=(1, 1))]
    together = whole(run(losses=["cross-entropy"]))["cross-entropy"]
    each = []
    for z, y in drawn:
        log_p = z - np.log(np.exp(z).sum(0))
        each.append(-np.take_along_axis(log_p, y[None].astype(int), 0).reshape(-1))
    assert together.value == pytest.approx(np.concatenate(each).mean())


def test_one_pair_is_no_data_set(write):
    write("a")
    report = run(losses=["dice"])
    assert [value.pred for value in report.losses] == ["p/a.npy"]


def test_a_file_without_a_partner_is_said(write):
    write("a")
    write("b")
    np.save("p/z.npy", np.zeros((3, 8, 9)))
    report = run(losses=["dice"])
    assert report.skipped == (Skipped("p/z.npy", "no label in l has its stem"),)
    assert len(report.losses) == 3


def test_an_unreadable_pair_among_good_ones(write, tmp_path):
    for name in "abcd":
        write(name)
    (tmp_path / "p" / "b.npy").write_bytes(b"\x93NUMPY\x01")
    (tmp_path / "l" / "c.npy").write_text("<!DOCTYPE html>")
    report = run(losses=["cross-entropy"])
    assert [skipped.path for skipped in report.skipped] == ["p/b.npy", "l/c.npy"]
    assert [finding.code for finding in report.findings] == ["SL107", "SL107"]
    assert [value.pred for value in report.losses] == ["p/a.npy", "p/d.npy", ""]
    assert report.complete
    assert report.command == "compute"
    assert whole(report)["cross-entropy"].pixels == 144


def test_a_pair_that_does_not_go_together_among_good_ones(write):
    write("a")
    write("b")
    np.save("p/b.npy", np.zeros((3, 4, 4)))
    report = run(losses=["dice"])
    assert [(value.label, value.status) for value in report.losses] == [
        ("l/a.npy", "ok"),
        ("l/b.npy", "skipped"),
        ("", "ok"),
    ]
    assert whole(report)["dice"].pixels == 72
    assert "SL309" in {finding.code for finding in report.findings}


def test_only_broken_pairs(write, tmp_path):
    write("a")
    write("b")
    for name in "ab":
        (tmp_path / "p" / f"{name}.npy").write_bytes(b"")
    report = run()
    assert report.losses == ()
    assert len(report.skipped) == 2


@pytest.mark.parametrize("done", [0, 1, 2])
def test_an_interruption_keeps_what_is_done(write, done):
    for name in "abc":
        write(name)
    pairs = pair_up("p", "l").paths

    def interrupted():
        yield from pairs[:done]
        raise KeyboardInterrupt

    report = compute(interrupted(), VOID, Wanted(requests=requests_of(["dice"], [])))
    assert not report.complete
    assert [value.pred for value in report.losses if value.pred] == [pred for pred, _, _ in pairs[:done]]
    assert bool(whole(report)) == (done == 2)


def test_an_interruption_within_a_pair(write, monkeypatch):
    for name in "abc":
        write(name)
    from segloss_cli.scan import dataset

    real = dataset.judge_pair

    def interrupted(pred, *rest):
        if pred == "p/b.npy":
            raise KeyboardInterrupt
        return real(pred, *rest)

    monkeypatch.setattr(dataset, "judge_pair", interrupted)
    report = run(losses=["dice"])
    assert not report.complete
    assert [value.pred for value in report.losses] == ["p/a.npy"]


class TestGivenAndRepaired:
    def test_the_data_set_has_no_value_where_a_pair_raises(self, write):
        write("a", change=stray)
        write("b")
        report = run(losses=["cross-entropy", "bce"])
        given = whole(report)
        assert given["cross-entropy"].status == "undefined"
        assert given["cross-entropy"].reason.startswith("l/a.npy: id 7 is none of 0..2")
        assert given["bce"].status == "ok"

    @pytest.mark.parametrize("order", ["ab", "ba"])
    def test_a_pair_without_a_fault_is_in_the_repaired_value(self, write, order):
        """Whichever comes first, and also where nothing of the faulty one could be computed as given."""
        write(order[0], change=stray, seed=1)
        write(order[1], seed=2)
        report = run(losses=["cross-entropy"])
        repaired = whole(report, "repaired")["cross-entropy"]
        assert repaired.pixels == 2 * 72 - 2
        each = {v.pred: v for v in report.losses if v.pred and v.status == "ok"}
        sums = sum(value.value * value.pixels for value in each.values())
        assert len(each) == 2
        assert repaired.value == pytest.approx(sums / repaired.pixels)

    def test_different_repairs_have_a_common_name(self, write):
        write("a", change=stray)
        write("b", change=lambda z, y: y.__setitem__((0, 0), 9))
        names = {value.target for value in run(losses=["dice"]).losses if value.pred == ""}
        assert len(names) == 2
        assert all(name == "given" or name.startswith("repaired: ") for name in names)

    def test_a_library_that_cannot_take_one_of_the_pairs(self, write):
        """It has no value of the data set: a value over the other pairs would be of something else."""
        write("a")
        write("b", change=void)
        report = run(losses=["focal", "cross-entropy"], like=("smp",))
        together = whole(report)
        assert together["cross-entropy"].status == "ok"
        assert together["cross-entropy"].pixels == 2 * 72 - 27
        assert together["focal"].status == "skipped"
        assert together["focal"].reason.startswith("l/b.npy: ")

    @pytest.mark.parametrize("order", ["ab", "ba"])
    def test_losses_of_different_kinds_are_joined_though_a_pair_lacks_one(self, write, order):
        write(order[0], change=void)
        write(order[1])
        report = run(losses=["focal", "bce", "dice", "cross-entropy:label_smoothing=0.1", "kl"], like=("smp", "torch"))
        wanted = {("cross-entropy", "smp"), ("cross-entropy", "torch"), ("dice", "smp")}
        together = {(v.loss, v.like): v.status for v in report.losses if v.pred == ""}
        assert wanted <= {key for key, status in together.items() if status == "ok"} or together
        assert together["cross-entropy", "torch"] == "ok"


def test_pairs_of_another_task_are_left_out_of_the_sum(write):
    write("a", classes=3)
    write("b", classes=1)
    write("c", classes=3)
    report = run(losses=["dice", "cross-entropy"])
    assert whole(report)["dice"].pixels == 144
    assert len([value for value in report.losses if value.pred]) == 6


def test_the_contract_is_what_all_pairs_agree_on(write):
    write("a")
    write("b")
    assert run().contract.num_classes == 3
    write("c", classes=4)
    assert run().contract.num_classes is None


def test_memory_does_not_keep_pixels(write):
    from segloss_cli.scan.pair import judge_pair

    write("a")
    judged = judge_pair("p/a.npy", "l/a.npy", VOID, Wanted(requests=requests_of(["ohem"], [])))
    assert judged.report.losses[0].status == "ok"
    assert not any(part.passes.softmax.nll for part in judged.computed.parts)


def test_a_pair_with_soft_targets_leaves_what_takes_ids_undefined(write):
    for name in "abc":
        write(name, classes=1)
    np.save("l/b.npy", np.full((8, 9), 0.25, np.float32))
    found = whole(run(Contract(task="binary", declared=frozenset({"task"}))))
    assert found["cross-entropy"].status == "undefined"
    assert found["cross-entropy"].reason == "l/b.npy: takes class ids, and this label holds fractions"
    assert found["bce"].status == found["dice"].status == "ok"


def codes(report):
    return [finding.code for finding in report.findings]


def test_what_was_declared_is_judged_once(write):
    for name in "abc":
        write(name, change=void)
    report = run(losses=["dice-ce"], like=["monai"], weights=(0.0, 0.0, 0.0))
    assert codes(report).count("SL403") == codes(report).count("SL404") == 1
    assert {f.path for f in report.findings if f.code in {"SL403", "SL404"}} == {""}


def test_the_batch_and_the_mean_of_pairs(write):
    def right(logits, label):
        logits[:] = 6 * np.moveaxis(np.eye(3)[label], -1, 0)

    write("a")
    write("b", change=right)
    report = run(Contract())
    (note,) = [finding for finding in report.findings if finding.code == "SL904"]
    pairs = [value.value for value in report.losses if value.loss == "dice" and value.pred]
    assert note.path == ""
    assert note.evidence["value"] == whole(report)["dice"].value
    assert note.evidence["mean_of_images"] == pytest.approx(sum(pairs) / 2)
    assert "SL904" not in codes(run(Contract(), losses=["cross-entropy"]))
    assert "SL904" not in codes(run(Contract(), losses=["jaccard"], like=["kornia"])), "skipped everywhere"


def test_equal_pairs_have_one_value(write):
    for name in "ab":
        write(name, seed=1)
    assert "SL904" not in codes(run(Contract()))


def test_nothing_is_judged_of_nothing(write):
    write("a")
    with open("l/a.npy", "wb") as file:
        file.write(b"nothing")
    assert codes(run(Contract(), weights=(0.0,))) == ["SL107"]

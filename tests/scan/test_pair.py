"""One prediction and its label: what is told from the files, what is found, and what stops the losses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

import segloss_cli
from segloss_cli import check_pair
from segloss_cli.errors import ReadError, UsageError
from segloss_cli.rules import selected
from segloss_cli.scan.options import Wanted
from segloss_cli.types import Contract, Profile, ScoresProfile


def declare(**fields):
    return Contract(**fields, declared=frozenset(fields))


@pytest.fixture
def pair(tmp_path):
    """Check an array against a label array."""

    def pair(pred, label, contract=None, **options):
        np.save(tmp_path / "pred.npy", pred)
        np.save(tmp_path / "gt.npy", label)
        return check_pair(tmp_path / "pred.npy", tmp_path / "gt.npy", contract or Contract(), **options)

    return pair


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def ids(classes, *shape, dtype=np.uint8):
    label = np.random.default_rng(1).integers(0, classes, shape).astype(dtype)
    label.reshape(-1)[:classes] = range(min(classes, label.size))
    return label


def ok(report):
    return {value.loss: value.value for value in report.losses if value.status == "ok" and value.target == "given"}


def reasons(report):
    return {value.loss: value.reason for value in report.losses if value.status != "ok"}


def codes(report):
    return {finding.code for finding in report.findings}


class TestWhatIsToldFromTheFiles:
    @pytest.mark.parametrize(
        ("pred", "label", "task", "classes"),
        [
            (noise(5, 8, 9), ids(5, 8, 9), "multiclass", 5),
            (noise(2, 8, 9), ids(2, 8, 9), "multiclass", 2),
            (noise(8, 9), ids(2, 8, 9), "binary", None),
            (noise(1, 8, 9), ids(2, 8, 9), "binary", None),
            (noise(2, 1, 8, 9), ids(2, 2, 8, 9), "binary", None),
            (noise(3, 8, 9), ids(2, 3, 8, 9), "multilabel", None),
            (noise(2, 3, 8, 9), ids(2, 2, 3, 8, 9), "multilabel", None),
            (ids(2, 8, 9), ids(2, 8, 9), "binary", None),
            (ids(4, 8, 9), ids(4, 8, 9), "multiclass", None),
        ],
    )
    def test_the_task_and_the_classes(self, pair, pred, label, task, classes):
        contract = declare(task="multilabel") if label.ndim == 4 else None
        report = pair(pred, label, contract)
        assert (report.contract.task, report.contract.num_classes) == (task, classes)
        assert report.contract.says("task") == (contract is not None)
        assert not report.contract.says("num_classes")
        assert ok(report)

    def test_a_declared_task_stands(self, pair):
        report = pair(noise(2, 8, 9), ids(2, 2, 8, 9), declare(task="binary"))
        assert report.contract.task == "binary"
        assert report.files[0].shape == (2, 1, 8, 9)
        assert "bce" in ok(report)

    def test_the_files(self, pair):
        looked, label = pair(noise(3, 8, 9), ids(3, 8, 9)).files
        assert isinstance(looked, ScoresProfile)
        assert isinstance(label, Profile)
        assert (looked.shape, looked.kind, label.distinct) == ((1, 3, 8, 9), "logits", 3)

    def test_a_healthy_pair_has_no_finding(self, pair):
        report = pair(noise(3, 8, 9), ids(3, 8, 9), declare(num_classes=3))
        assert report.findings == ()
        assert report.command == "compute"
        assert report.complete


class TestLosses:
    def test_every_loss_of_the_task_and_the_others_with_a_reason(self, pair):
        report = pair(noise(3, 8, 9), ids(3, 8, 9))
        assert {"cross-entropy", "focal", "dice", "jaccard", "tversky", "ohem", "kl", "giou"} <= set(ok(report))
        assert "ask with --loss NAME" in reasons(report)["bce"]
        assert all(value.pixels == 72 for value in report.losses if value.status == "ok" and value.loss != "giou")
        assert {value.label for value in report.losses} == {report.files[1].path}

    def test_only_those_asked_for(self, pair):
        report = pair(noise(3, 8, 9), ids(3, 8, 9), losses=["dice:smooth=1", "bce"])
        assert [(value.loss, dict(value.knobs)) for value in report.losses] == [("dice", {"smooth": 1}), ("bce", {})]

    def test_in_each_convention(self, pair):
        report = pair(noise(3, 8, 9), ids(3, 8, 9), losses=["dice", "ohem"], like=["smp", "monai"])
        assert [(value.loss, value.like, value.status) for value in report.losses] == [
            ("dice", "smp", "ok"),
            ("dice", "monai", "ok"),
            ("ohem", "smp", "skipped"),
            ("ohem", "monai", "skipped"),
        ]
        assert "no ohem of smp" in report.losses[2].reason

    def test_a_convention_without_losses_means_those_it_has(self, pair):
        report = pair(noise(3, 8, 9), ids(3, 8, 9), like=["kornia"])
        found = [(value.loss, value.like) for value in report.losses if value.status == "ok"]
        assert found
        assert {like for _, like in found} == {"kornia"}

    def test_everything_beside_what_a_library_does_not_take(self, pair):
        label = ids(3, 8, 9)
        label[0] = 255
        contract = declare(ignore=frozenset({255}))
        report = pair(noise(3, 8, 9), label, contract, losses=["dice"], like=["smooth1", "smp"])
        skipped, computed = report.losses
        assert skipped.status == "skipped"
        assert "has no ignore_index, and the label has ignored pixels" in skipped.reason
        assert computed.status == "ok"

    def test_class_weights(self, pair):
        wanted = Wanted(weights=(1.0, 2.0, 3.0))
        report = pair(noise(3, 8, 9), ids(3, 8, 9), losses=["cross-entropy"], like=["torch", "smp"], wanted=wanted)
        weighted, skipped = report.losses
        import torch

        z, y = torch.from_numpy(noise(3, 8, 9))[None], torch.from_numpy(ids(3, 8, 9))[None].long()
        expected = torch.nn.functional.cross_entropy(z, y, torch.tensor([1.0, 2, 3], dtype=torch.float64))
        assert weighted.value == pytest.approx(float(expected))
        assert (skipped.status, skipped.reason) == ("skipped", "smp's cross-entropy takes no class weights")

    @pytest.mark.parametrize("weights", [(1.0, 3.0), (3.0,)])
    def test_class_weights_of_one_channel(self, pair, weights):
        label = ids(2, 8, 9)
        wanted = Wanted(weights=weights)
        report = pair(noise(8, 9), label, losses=["cross-entropy"], wanted=wanted)
        z = noise(8, 9)
        each = np.where(label == 1, 3 * np.logaddexp(0, -z), np.logaddexp(0, z))
        assert report.losses[0].value == pytest.approx(each.sum() / np.where(label == 1, 3, 1).sum())

    def test_by_class_and_by_image(self, pair):
        pred, label = noise(2, 3, 8, 9), ids(3, 2, 8, 9)
        plain = ok(pair(pred, label, losses=["cross-entropy", "dice", "ohem"]))
        report = pair(
            pred, label, losses=["cross-entropy", "dice", "ohem"], wanted=Wanted(per_class=True, per_image=True)
        )
        assert ok(report) == plain
        alone = [ok(pair(pred[i], label[i], losses=["cross-entropy", "dice", "ohem"])) for i in range(2)]
        for value in report.losses:
            assert value.per_image == pytest.approx([one[value.loss] for one in alone])
            assert len(value.per_class) == (0 if value.loss == "ohem" else 3)
        assert plain["cross-entropy"] == pytest.approx(sum(one["cross-entropy"] for one in alone) / 2)

    def test_an_image_that_is_all_ignored_has_no_value_of_its_own(self, pair):
        label = ids(3, 2, 8, 9)
        label[1] = 255
        contract = declare(ignore=frozenset({255}))
        report = pair(noise(2, 3, 8, 9), label, contract, losses=["cross-entropy"], wanted=Wanted(per_image=True))
        (value,) = report.losses
        assert value.per_image[1] is None
        assert value.per_image[0] == pytest.approx(value.value)
        assert value.pixels == 72

    def test_float32_is_computed_in_float32_and_can_be_asked_otherwise(self, pair):
        pred = noise(3, 8, 9).astype(np.float32)
        label = ids(3, 8, 9)
        wide = ok(pair(pred.astype(np.float64), label))
        assert ok(pair(pred, label, wanted=Wanted(dtype="float64"))) == wide
        assert ok(pair(pred, label)) != wide
        assert ok(pair(pred, label)) == pytest.approx(wide, rel=1e-6)

    @pytest.mark.parametrize("kind", ["logits", "probabilities", "ids"])
    def test_what_is_declared_is_believed(self, pair, kind):
        pred = np.asarray([[0.0, 1.0], [1.0, 0.0]])
        report = pair(pred, np.asarray([[0, 1], [1, 1]], np.uint8), wanted=Wanted(kind=kind), losses=["dice"])
        assert (report.files[0].kind, report.files[0].kind_declared) == (kind, True)

    def test_kl_to_a_teacher(self, pair, tmp_path):
        pred = noise(3, 8, 9)
        np.save(tmp_path / "t.npy", pred)
        report = pair(pred, ids(3, 8, 9), losses=["kl"], teacher=tmp_path / "t.npy")
        assert report.losses[0].value == pytest.approx(0, abs=1e-12)
        np.save(tmp_path / "t.npy", noise(3, 4, 9))
        with pytest.raises(UsageError, match=r"--teacher .*t\.npy: has the shape \(1, 3, 4, 9\), the prediction"):
            pair(pred, ids(3, 8, 9), losses=["kl"], teacher=tmp_path / "t.npy")

    def test_ids_get_the_classes_that_are_declared(self, pair):
        label, pred = ids(3, 8, 9), ids(3, 8, 9)
        plain = pair(pred, label, losses=["dice"], wanted=Wanted(per_class=True))
        five = pair(pred, label, declare(num_classes=5), losses=["dice"], wanted=Wanted(per_class=True))
        assert [len(report.losses[0].per_class) for report in (plain, five)] == [3, 5]
        assert plain.losses[0].value == pytest.approx(0, abs=1e-9)

    def test_reduce_zero_label(self, pair):
        label = ids(4, 8, 9)
        moved = np.where(label == 0, 255, label.astype(int) - 1).astype(np.uint8)
        given = ok(pair(noise(3, 8, 9), label, declare(reduce_zero_label=True)))
        assert given == ok(pair(noise(3, 8, 9), moved, declare(ignore=frozenset({255}))))


class TestWhatStopsTheLosses:
    @pytest.mark.parametrize(
        ("pred", "label", "contract", "says"),
        [
            (noise(3, 4, 5), ids(3, 8, 10), {}, "--resize interpolates the logits"),
            (noise(3, 8, 9), ids(3, 8, 10), {}, "8 x 9 and the label 8 x 10"),
            (noise(2, 3, 8, 9), ids(3, 8, 9), {}, "holds 2 images and the label 1"),
            (noise(3, 8, 9), ids(255, 8, 9, 3), {}, "coloured picture"),
            (noise(3, 8, 9), np.full((8, 9), np.nan, np.float32), {}, "NaN or infinity"),
            (noise(3, 8, 9), ids(2, 2, 8, 9), {"task": "multilabel"}, "this is (1, 2, 8, 9)"),
        ],
    )
    def test_what_does_not_go_together_skips_all_with_the_reason(self, pair, pred, label, contract, says):
        report = pair(pred, label, declare(**contract))
        assert report.losses
        assert {value.status for value in report.losses} == {"skipped"}
        assert all(says in value.reason for value in report.losses)
        assert report.findings

    def test_another_number_of_classes_than_channels(self, pair):
        report = pair(noise(3, 8, 9), ids(3, 8, 9), declare(num_classes=4))
        assert {value.status for value in report.losses} == {"skipped"}
        assert "3 channels and --num-classes says 4" in report.losses[0].reason

    def test_ids_for_a_multilabel_task(self, pair):
        report = pair(noise(3, 8, 9), ids(2, 8, 9), declare(task="multilabel"))
        assert {value.status for value in report.losses} == {"skipped"}
        assert "needs one plane per class, (3, H, W)" in report.losses[0].reason

    @pytest.mark.parametrize(("contract", "code"), [({"num_classes": 4}, "SL318"), ({"task": "multilabel"}, "SL312")])
    def test_a_contract_that_the_pair_breaks_is_a_finding(self, pair, contract, code):
        report = pair(noise(3, 8, 9), ids(3, 8, 9), declare(**contract))
        assert [finding.code for finding in report.findings if finding.severity == "error"] == [code]
        assert not report.skipped, "it was judged"

    def test_a_pair_that_cannot_be_computed_nor_blamed_is_skipped(self, pair):
        predicted = ids(3, 8, 9).copy()
        predicted[0, 0] = 255
        report = pair(predicted, ids(3, 8, 9))
        assert not [finding for finding in report.findings if finding.severity == "error"]
        (skipped,) = report.skipped
        assert skipped.reason == "the prediction holds id 255, which is none of 0..2: map it to a class"

    def test_an_ignored_id_of_the_repair_is_handed_over_too(self, pair):
        """MONAI divides by pixels once an id is ignored, and by pixels x classes before."""
        label = ids(3, 8, 9).copy()
        label[0] = 255
        given, repaired = pair(noise(3, 8, 9), label, losses=["focal"], like=["monai"]).losses
        (told,) = pair(noise(3, 8, 9), label, declare(ignore=frozenset({255})), losses=["focal"], like=["monai"]).losses
        assert given.status == "undefined"
        assert repaired.target == "repaired: 255 ignored"
        assert repaired.value == told.value

    def test_resize(self, pair):
        report = pair(noise(3, 4, 5), ids(3, 8, 10), wanted=Wanted(resize=True))
        assert {"dice", "cross-entropy"} <= set(ok(report))
        report = pair(noise(2, 3, 4, 5), ids(3, 8, 10), wanted=Wanted(resize=True))
        assert not ok(report)

    def test_files_that_cannot_be_read(self, pair, tmp_path):
        pair(noise(3, 8, 9), ids(3, 8, 9))
        (tmp_path / "bad.png").write_text("version https://git-lfs.github.com/spec/v1\n")
        for paths in (("bad.png", "gt.npy"), ("pred.npy", "bad.png"), ("pred.npy", "none.npy")):
            with pytest.raises(ReadError):
                check_pair(*(tmp_path / path for path in paths))

    def test_what_cannot_be_asked(self, pair):
        for options, says in (
            ({"losses": ["nothing"]}, "unknown name 'nothing'"),
            ({"losses": ["dice:nothing=1"]}, "no knob 'nothing'"),
            ({"like": ["nobody"]}, "--like nobody: unknown"),
            ({"wanted": Wanted(weights=(1.0,))}, "1 weights for 3 classes"),
        ):
            with pytest.raises(UsageError, match=says):
                pair(noise(3, 8, 9), ids(3, 8, 9), **options)

    def test_an_undefined_value_says_why(self, pair):
        label = np.zeros((8, 9), np.uint8)
        report = pair(noise(8, 9), label, losses=["dice", "bce", "giou"])
        assert report.losses[0].reason == "no pixel of any class in the label"
        assert report.losses[1].status == "ok"
        report = pair(np.full((8, 9), -1.0), label, losses=["giou"], wanted=Wanted(kind="logits"))
        assert report.losses[0].reason == "no region in prediction or label"

    def test_an_infinite_value_is_undefined(self, pair):
        p = np.zeros((2, 4, 4))
        p[0] = 1
        report = pair(p, np.ones((4, 4), np.uint8), losses=["cross-entropy", "dice"])
        assert reasons(report) == {"cross-entropy": "the value is inf"}


class TestFindings:
    def test_an_id_beyond_the_channels_is_proved_by_the_prediction(self, pair):
        label = ids(3, 8, 9)
        label[2:4, 3:5] = 40
        report = pair(noise(3, 8, 9), label)
        (finding,) = [finding for finding in report.findings if finding.code == "SL201"]
        assert (finding.severity, finding.certainty) == ("error", "proof")
        assert (finding.place.y, finding.place.x, finding.place.bbox) == (2, 3, (3, 2, 5, 4))

    def test_the_worst_comes_first(self, pair):
        label = ids(3, 8, 9).astype(np.float32)
        label[0, 0] = 40
        ranks = [("error", "warning", "info").index(f.severity) for f in pair(noise(3, 4, 9), label).findings]
        assert ranks == sorted(ranks)
        assert len(set(ranks)) > 1

    def test_losses_out_of_range_are_one_finding(self, pair):
        label = 40 * ids(2, 8, 9)
        report = pair(np.where(label > 0, 4.0, -4.5), label, declare(task="binary"))
        outside = [finding for finding in report.findings if finding.code == "SL402"]
        assert len(outside) == 1
        assert {"dice", "bce"} <= set(outside[0].evidence)
        repaired = [value for value in report.losses if value.target != "given" and value.value is not None]
        assert repaired
        assert all(value.low <= value.value <= value.high for value in repaired)

    def test_rules_can_be_chosen(self, pair):
        report = pair(noise(3, 4, 9), ids(3, 8, 9), wanted=Wanted(entries=selected(["SL2"], ())))
        assert report.findings == ()

    def test_a_value_between_given_and_repaired(self, pair):
        label = ids(3, 8, 9)
        label[0, 0] = 7
        report = pair(noise(3, 8, 9), label, losses=["cross-entropy", "bce"])
        found = {(value.loss, value.target): value.status for value in report.losses}
        assert found == {
            ("cross-entropy", "given"): "undefined",
            ("bce", "given"): "ok",
            ("cross-entropy", "repaired: 7 ignored"): "ok",
            ("bce", "repaired: 7 ignored"): "ok",
        }


def found(report, code):
    return [finding for finding in report.findings if finding.code == code]


class TestRulesAboutThePair:
    """The rules that need both files, what was asked for, or what was declared; their pages have the examples."""

    LABEL = np.repeat(np.repeat(ids(3, 8, 8), 8, 0), 8, 1)
    GOOD = 4 * np.moveaxis(np.eye(3)[LABEL], -1, 0) + noise(3, 64, 64)

    def test_a_healthy_pair_is_quiet(self, pair):
        assert pair(self.GOOD, self.LABEL, declare(num_classes=3)).findings == ()

    @pytest.mark.parametrize(
        ("pred", "label", "code"),
        [
            (GOOD[:, ::-1], LABEL, "SL315"),
            (GOOD[[1, 2, 0]], LABEL, "SL315"),
            (0 * GOOD, LABEL, "SL317"),
            (LABEL, LABEL, "SL319"),
        ],
    )
    def test_what_the_pixels_tell(self, pair, pred, label, code):
        (finding,) = pair(pred, label).findings
        assert (finding.code, finding.certainty) == (code, "proof" if code == "SL317" else "likely")
        assert finding.severity != "error"

    def test_class_ids_and_what_was_asked(self, pair):
        predicted = np.roll(self.LABEL, 1)
        assert not found(pair(predicted, self.LABEL), "SL308")
        assert not found(pair(predicted, self.LABEL, losses=["dice"]), "SL308")
        (finding,) = found(pair(predicted, self.LABEL, losses=["dice", "focal"], like=["smp"]), "SL308")
        assert (finding.severity, finding.evidence["losses"]) == ("error", ["focal of smp"])

    def test_a_predicted_id_that_is_no_class_of_the_declared_ones(self, pair):
        predicted = np.roll(self.LABEL, 1)
        predicted[0, 0] = 9
        report = pair(predicted, self.LABEL, declare(num_classes=3))
        (finding,) = found(report, "SL308")
        assert "9 is none" in finding.message
        assert not report.skipped, "it was judged"

    def test_cross_entropy_of_one_channel(self, pair):
        logits, label = noise(8, 9), ids(2, 8, 9)
        assert not found(pair(logits, label), "SL307")
        assert not found(pair(logits, label, declare(task="binary"), losses=["cross-entropy"]), "SL307")
        (finding,) = found(pair(logits, label, losses=["cross-entropy", "bce"]), "SL307")
        assert (finding.severity, finding.evidence["losses"]) == ("warning", ["cross-entropy"])

    def test_half_precision(self, pair):
        label = np.tile(self.LABEL, (5, 5))
        half = np.tile(self.GOOD, (1, 5, 5)).astype(np.float16)
        (finding,) = found(pair(half, label), "SL313")
        assert (finding.severity, finding.evidence["sum"]) == ("info", 320 * 320)
        (finding,) = found(pair(half, label, losses=["dice"]), "SL313")
        assert finding.severity == "warning"

    @pytest.mark.parametrize("dtype", ["<f2", ">f2"])
    def test_the_sum_of_one_channel(self, pair, dtype):
        label = np.zeros((2, 300, 300), np.uint8)
        label[:, :, :200] = 1
        foreground = np.where(label, 0.75, 0.25).astype(dtype)
        foreground[0, 0, 0] = np.nan
        (finding,) = found(
            pair(foreground, label, declare(task="binary"), wanted=Wanted(kind="probabilities")), "SL313"
        )
        assert finding.evidence["sum"] == 2 * (60_000 * 0.75 + 30_000 * 0.25) - 0.75

    def test_planes_that_overlap(self, pair):
        planes = np.moveaxis(np.eye(3, dtype=np.uint8)[self.LABEL], -1, 0)
        assert pair(self.GOOD, planes).contract.task == "multilabel"
        assert not found(pair(self.GOOD, planes), "SL314")
        planes[:, 0, :9] = 1
        assert found(pair(self.GOOD, planes), "SL314")
        assert not found(pair(self.GOOD, planes, declare(task="multilabel")), "SL314")

    def test_negative_by_design_is_one_note(self, pair):
        report = pair(noise(3, 8, 9), ids(3, 8, 9), losses=["dice", "dice-ce"], like=["nnunet"])
        negative = [value for value in report.losses if value.value is not None and value.value < 0]
        notes = found(report, "SL901")
        assert len(notes) == bool(negative)
        assert notes[0].severity == "info"

    def test_several_negative_losses_are_one_note(self, pair):
        contract = declare(num_classes=3)
        report = pair(self.GOOD, self.LABEL, contract, losses=["dice", "boundary", "dice-ce"], like=["nnunet", "monai"])
        (note,) = found(report, "SL901")
        assert {"dice (like nnunet)", "boundary (like monai)"} <= set(note.evidence)

    def test_batch_and_image(self, pair):
        label = np.stack([self.LABEL, np.minimum(self.LABEL, 1)])
        pred = np.stack([self.GOOD, 0.1 * self.GOOD])
        (finding,) = found(pair(pred, label), "SL904")
        by_image = pair(pred, label, losses=["dice"], wanted=Wanted(per_image=True))
        each = by_image.losses[0].per_image
        assert finding.evidence["value"] == by_image.losses[0].value
        assert finding.evidence["mean_of_images"] == pytest.approx(sum(each) / 2)
        assert found(by_image, "SL904") == [finding]
        assert not found(pair(pred, label, losses=["cross-entropy"]), "SL904")
        assert not found(pair(np.stack([self.GOOD] * 2), np.stack([self.LABEL] * 2)), "SL904")
        assert not found(pair(pred, label, wanted=Wanted(entries=selected(["SL2"], ()))), "SL904")


class TestTerms:
    """What was declared is judged once, whatever the number of losses."""

    VOID = declare(ignore=frozenset({255}), num_classes=3)

    def label(self):
        label = ids(3, 8, 9)
        label[0] = 255
        return label

    @pytest.mark.parametrize(
        ("losses", "like", "unable"),
        [
            ([], [], None),
            (["bce", "boundary"], [], None),
            ([], ["torch"], ["kl of torch"]),
            (["dice", "jaccard"], ["monai"], None),
            (["dice-ce", "dice-focal", "dice"], ["monai"], ["dice-ce of monai", "dice-focal of monai"]),
            ([], ["kornia"], None),
            ([], ["smp"], ["focal of smp", "mcc of smp"]),
        ],
    )
    def test_losses_that_cannot_ignore(self, pair, losses, like, unable):
        report = pair(noise(3, 8, 9), self.label(), self.VOID, losses=losses, like=like)
        notes = found(report, "SL403")
        assert [note.evidence["losses"] for note in notes] == ([] if unable is None else [unable])
        assert all(note.severity == "info" and note.path == report.files[1].path for note in notes)
        healthy = pair(noise(3, 8, 9), ids(3, 8, 9), self.VOID, losses=losses, like=like)
        assert not found(healthy, "SL403")

    def test_weights(self, pair):
        assert not found(pair(noise(3, 8, 9), ids(3, 8, 9), wanted=Wanted(weights=(0.0, 1.0, 2.0))), "SL404")
        (finding,) = found(pair(noise(3, 8, 9), ids(2, 8, 9), wanted=Wanted(weights=(0.0, 0.0, 2.0))), "SL404")[:1]
        assert "0 / 0" in finding.message

    def test_names_and_bytes(self, pair):
        report = pair(noise(17, 8, 9), ids(17, 8, 9), declare(num_classes=17, names=("a", "b")))
        assert [finding.code for finding in report.findings] == ["SL405", "SL903"]
        assert not found(pair(noise(17, 8, 9), ids(17, 8, 9)), "SL903"), "inferred"

    def test_rules_can_be_left_out(self, pair):
        wanted = Wanted(weights=(0.0, 0.0, 0.0), entries=selected((), ["SL404"]))
        assert not found(pair(noise(3, 8, 9), ids(3, 8, 9), wanted=wanted), "SL404")

    def test_losses_of_the_contract_stay_declared(self, pair):
        contract = declare(losses=("nll",))
        assert found(pair(noise(3, 8, 9), ids(3, 8, 9), contract), "SL306")
        assert not found(pair(noise(3, 8, 9), ids(3, 8, 9), contract, losses=["dice"]), "SL306")

    def test_where_values_are_shown_no_note_tells_them(self, pair):
        report = pair(noise(8, 9), 255 * ids(2, 8, 9), declare(task="binary"), losses=["bce"])
        assert found(report, "SL208")
        assert not found(report, "SL407")


def test_a_png_label(tmp_path):
    np.save(tmp_path / "pred.npy", noise(3, 8, 9))
    Image.fromarray(ids(3, 8, 9)).save(tmp_path / "gt.png")
    np.save(tmp_path / "gt.npy", ids(3, 8, 9))
    one, two = (ok(check_pair(tmp_path / "pred.npy", tmp_path / name)) for name in ("gt.png", "gt.npy"))
    assert one == two


def test_ranges_are_those_of_the_losses(pair):
    report = pair(noise(3, 8, 9), ids(3, 8, 9))
    ranges = {value.loss: (value.low, value.high) for value in report.losses if value.status == "ok"}
    assert ranges["dice"] == (0, 1)
    assert ranges["giou"] == (0, 2)
    assert ranges["cross-entropy"] == (0, math.inf)


def test_the_public_name():
    assert segloss_cli.check_pair is check_pair
